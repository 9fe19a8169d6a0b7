/* handlers/problem.h - a failure as an HTTP answer */
#ifndef CORDS_HANDLERS_PROBLEM_H
#define CORDS_HANDLERS_PROBLEM_H

#include "base/err.h"
#include "handlers/request.h"
#include "handlers/response.h"

struct settings;

/* PROBLEM_SODA: what SODA clients know, with o:errorCode and the failure as title; PROBLEM_ORDS: the form of everything else */
enum problem_form { PROBLEM_SODA, PROBLEM_ORDS };

/* allow: value for Allow with 405, e.g. "GET, HEAD, POST"; NULL otherwise.  retry_after_s: 0 for the default of the status.
 * Replaces whatever `out` held. */
void problem_reply(const struct request *req, const struct settings *set, enum problem_form form, const struct err *e,
    const char *allow, int64_t retry_after_s, struct response *out);

#endif
