/* sql/credentials.h - credentials for object storage: rows of the job store
 *
 * Each belongs to one owner of jobs.  The secret is stored as the caller sealed it (conf/secret.h).
 */
#ifndef CORDS_SQL_CREDENTIALS_H
#define CORDS_SQL_CREDENTIALS_H

#include "sql/jobs.h"

struct credential {
	struct span owner, name;	/* in upper case */
	struct span kind;		/* "basic", "swift", "s3" */
	struct span region;		/* n 0: none */
	struct span username;
	struct span sealed;		/* the secret */
	bool enabled;
	int64_t created_us;
};

/* replace: one of this name gives way; else fails DEFINED */
bool credential_put(struct jobs *j, const struct credential *c, bool replace, struct err *e);
bool credential_get(struct jobs *j, struct span owner, struct span name, struct arena *mem, struct credential **out, struct err *e);	/* *out NULL: none */
bool credential_list(struct jobs *j, struct arena *mem, struct credential **out, size_t *n, struct err *e);	/* by owner and name */
bool credential_enable(struct jobs *j, struct span owner, struct span name, bool enabled, bool *was_there, struct err *e);
bool credential_remove(struct jobs *j, struct span owner, struct span name, bool *was_there, struct err *e);

#endif
