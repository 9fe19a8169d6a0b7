/* handlers/callers.h - connections that were opened with the credentials of callers (db.credentialsSource=REQUEST)
 *
 * The database decides whether a password is right, and runs the SQL of its account with the rights of that account.  What
 * cords stores itself (collections, their catalogue, jobs) belongs to the runtime account and is reached by it alone: with
 * rights there an account could read the documents of every schema past cords.
 */
#ifndef CORDS_HANDLERS_CALLERS_H
#define CORDS_HANDLERS_CALLERS_H

#include "handlers/route.h"

enum { CALLER_ID = 32 };		/* bytes: a keyed digest of pool, account and password */

struct callers;				/* of one worker */
struct callers *callers_open(void);
void callers_close(struct callers **c);
void callers_forget(struct callers *c);	/* the settings have changed: every connection is closed */
void callers_idle(struct callers *c);	/* those without work for jdbc.InactivityTimeout are closed */

/*
 * callers_connect - log in as an account of the database
 *
 * id        under which the connection is kept; the one kept before is closed
 * keep      false: it was about the password only
 * is_admin  the account is SQL Administrator (jdbc.auth.admin.role)
 * link      of the kept connection; NULL with keep false
 * fails     UNAUTHORIZED; UNAVAILABLE also when the server would believe any password
 */
struct caller_link;
bool callers_connect(struct callers *c, const struct pool_conf *pool, const struct account *who,
    const unsigned char id[CALLER_ID], bool keep, bool *is_admin, struct caller_link **link, struct err *e);

/* the one kept under this id, if it can be used still; NULL otherwise */
struct caller_link *callers_find(struct callers *c, const unsigned char id[CALLER_ID]);

/* for an action that runs SQL of the caller.  What the session was told is forgotten by callers_done(), after the request */
struct db *callers_take(struct caller_link *link);
void callers_done(struct caller_link *link);
int64_t callers_meter_us(const struct caller_link *link);	/* time in the driver, since it was taken */

#endif
