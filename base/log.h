/* base/log.h - one JSON object per line
 *
 * Never content, bound values or secrets: callers hand over names, numbers and texts of struct err only.  Controls are
 * escaped, so a line is a line.  Where the file cannot be written, lines go to standard error.
 */
#ifndef CORDS_BASE_LOG_H
#define CORDS_BASE_LOG_H

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_FINE };

void log_open(const char *path, enum log_level level);	/* path "" or NULL: standard error; opened with O_APPEND, 0600 */
void log_reopen(void);			/* after the file was moved away */
enum log_level log_level_now(void);

/* For a process that never rests: lines of requests are kept together, at most as many as a pipe takes at once, until
 * log_flush(), or until a line of another kind is written.  Workers that append to one file wait for each other. */
void log_gather(bool on);
void log_flush(void);			/* of any thread; costs nothing when there is nothing */

/* event: a short constant word ("login.failed"); fmt: printf text for people, or NULL */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* who, from where, what, request id; always written, whatever the level */
void log_security(const char *event, struct span who, const char *address, const char *request_id, const char *what);

struct log_request {
	const char *id;			/* request identifier */
	const char *method, *route;	/* route: the pattern, "/{schema}/soda/latest/{collection}" */
	const char *pool, *user, *address;
	int status;
	int64_t total_us, db_us, bytes_out;
	int64_t rows;
	const struct err *e;		/* NULL when all went well */
};

void log_access(const struct log_request *r);		/* one line per request at LOG_INFO */

#endif
