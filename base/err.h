/* base/err.h - one failure, told once by whoever detects it */
#ifndef CORDS_BASE_ERR_H
#define CORDS_BASE_ERR_H

#include <stdbool.h>

enum err_kind {
	ERR_NONE,
#define E(name, status, code, title) ERR_##name,
#include "base/err.def"
#undef E
	ERR__N
};

struct err {
	enum err_kind kind;
	int inner;		/* number of the SODA catalogue (5018), or 0 */
	char at[128];		/* JSON Pointer of what was wrong; "" none */
	char text[320];		/* for the client: what was wrong with the request */
	char detail[320];	/* for the log only: SQLSTATE, driver text, errno */
};

/*
 * err_set - name a failure
 *
 * fmt    printf form of the text for the client, or NULL: the title of the kind.  Values from outside are cut to fit;
 *        control bytes, and bytes that are no UTF-8, are replaced.  Never SQL text, file names or secrets.
 * returns false, always: `return err_set(e, ERR_NOT_FOUND, "no object %s", key);`
 */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* err_inner - the same with the inner number of the SODA catalogue */
bool err_inner(struct err *e, enum err_kind kind, int inner, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* err_as - keep the words of a failure and change what it is called; false, always */
bool err_as(struct err *e, enum err_kind kind, int inner);

/* err_before - words in front of what was said: which of many it was about; false, always */
bool err_before(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* err_at - say where: a JSON Pointer; returns false so that it can be chained */
bool err_at(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* err_detail - for the log only; returns false so that it can be chained */
bool err_detail(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void err_clear(struct err *e);

int err_status(enum err_kind kind);		/* HTTP status; ERR_NONE: 200 */
const char *err_code(enum err_kind kind);	/* "SODA-02002", or "" */
const char *err_title(enum err_kind kind);
const char *err_name(enum err_kind kind);	/* "BAD_QBE", for the log */

#endif
