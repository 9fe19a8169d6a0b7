/* handlers/precond.h - conditional requests */
#ifndef CORDS_HANDLERS_PRECOND_H
#define CORDS_HANDLERS_PRECOND_H

#include "base/err.h"
#include "handlers/request.h"
#include "sql/coll.h"

/* of a read: sets *not_modified; fails PRECONDITION */
bool precond_read(const struct request *req, const struct meta *m, const struct doc *doc, bool *not_modified, struct err *e);

/* of a write on the object as it stands; NULL: it is about to be inserted.  fails PRECONDITION */
bool precond_write(const struct request *req, const struct meta *m, const struct doc *doc, struct err *e);

/* does it name a version at all?  Then a lost race is 412 and is not repeated */
bool precond_names_version(const struct request *req);

#endif
