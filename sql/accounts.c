/* sql/accounts.c - failures of logins, counted where all workers see them; answers kept for retries */
#include "sql/accounts.h"

#include "base/clock.h"
#include "base/digest.h"
#include "sql/named.h"
#include "sql/odbc.h"

#define US_PER_S INT64_C(1000000)
#define IDEM_KEPT_US (24 * 3600 * US_PER_S)

static bool
exec(struct db *db, struct query q, int64_t *n_changed, struct err *e)
{
	return stmt_exec(db, &q, n_changed, e);
}

/* ---- logins ---- */

enum { ATTEMPTS = 3 };

/* A window that begins in the future was written before a clock was set back: it is over, too.  One that begins in a moment was
 * written by somebody who looked at the clock later than we did. */
enum { MOMENT_US = 10 * US_PER_S };

static bool
is_over(int64_t start_us, int64_t window_us, int64_t now_us)
{
	return start_us > now_us + MOMENT_US || now_us - start_us >= window_us;
}

bool
throttle_read(struct db *db, struct span counter, int64_t window_ms, int64_t *n_failures, int64_t *retry_after_s,
    struct err *e)
{
	struct bind who[] = { BIND_T(counter) };
	struct query q = NAMED(S_LOGIN_GET, who);
	int64_t now_us = clock_us(), window_us = window_ms * 1000, n = 0, start_us = 0;
	struct stmt *st;
	bool has_row, ok;

	*n_failures = *retry_after_s = 0;
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, &has_row, e)
	    && (!has_row || (stmt_int(st, 0, &n, e) && stmt_int(st, 1, &start_us, e)));
	stmt_done(st);
	if (!ok || !has_row || is_over(start_us, window_us, now_us))
		return ok;
	*n_failures = n;
	*retry_after_s = (start_us + window_us - now_us + US_PER_S - 1) / US_PER_S;
	return true;
}

/* Whoever fails under many names leaves many rows: all that are over go with each new one. */
static bool
add_failure(struct db *db, struct span counter, int64_t window_ms, struct err *e)
{
	int64_t now_us = clock_us(), n = 0;
	struct bind over[] = { BIND_I(now_us - window_ms * 1000), BIND_I(now_us + MOMENT_US) };
	struct bind who[] = { BIND_T(counter), BIND_I(now_us) };

	if (!exec(db, NAMED(S_LOGIN_EXPIRE, over), NULL, e)
	    || !exec(db, named(S_LOGIN_ADD, who, 1), &n, e))
		return false;
	return n > 0 || write_one(db, NAMED(S_LOGIN_INSERT, who), e);
}

/* Others may add the first failure at the same moment. */
bool
throttle_add(struct db *db, struct span counter, int64_t window_ms, struct err *e)
{
	for (int left = ATTEMPTS; ; left--) {
		if (db_begin(db, TX_WRITE, e) && add_failure(db, counter, window_ms, e) && db_commit(db, e))
			return true;
		db_rollback(db);
		if (left == 1 || (e->kind != ERR_BUSY && e->kind != ERR_DUPLICATE_KEY))
			return false;
		db_nap();
	}
}

bool
throttle_clear(struct db *db, struct span counter, struct err *e)
{
	struct bind who[] = { BIND_T(counter) };

	if (db_begin(db, TX_WRITE, e) && exec(db, NAMED(S_LOGIN_DELETE, who), NULL, e) && db_commit(db, e))
		return true;
	db_rollback(db);
	return false;
}

/* ---- answers for retries ---- */

enum { DIGEST = 32, DIGEST_HEX = 2 * DIGEST };

static bool
read_answer(struct stmt *st, struct arena *mem, struct span *body_digest, struct idem_answer *out, struct err *e)
{
	int64_t status = 0;

	if (!stmt_text(st, 0, mem, body_digest, e) || !stmt_int(st, 1, &status, e)
	    || !stmt_blob(st, 2, mem, &out->headers, e) || !stmt_blob(st, 3, mem, &out->body, e))
		return false;
	out->status = (int)status;
	return true;
}

bool
idem_read(struct db *db, const unsigned char id[32], const unsigned char request[32], struct arena *mem,
    struct idem_answer *out, bool *found, struct err *e)
{
	char id_hex[DIGEST_HEX + 1], request_hex[DIGEST_HEX + 1];
	struct bind who[] = { BIND_T(((struct span){ id_hex, DIGEST_HEX })), BIND_I(clock_us() - IDEM_KEPT_US) };
	struct query q = NAMED(S_IDEM_GET, who);
	struct span kept;
	struct stmt *st;
	bool ok;

	digest_hex(id, DIGEST, id_hex);
	digest_hex(request, DIGEST, request_hex);
	*found = false;
	if (!stmt_open(db, &q, &st, e))
		return false;
	ok = stmt_step(st, found, e) && (!*found || read_answer(st, mem, &kept, out, e));
	stmt_done(st);
	if (!ok || !*found || span_is(kept, request_hex))
		return ok;
	*found = false;
	return err_set(e, ERR_IDEM_MISMATCH, NULL);
}

bool
idem_write(struct db *db, const unsigned char id[32], const unsigned char request[32], const struct idem_answer *a,
    struct err *e)
{
	char id_hex[DIGEST_HEX + 1], request_hex[DIGEST_HEX + 1];
	int64_t now_us = clock_us();
	struct bind old[] = { BIND_I(now_us - IDEM_KEPT_US) };
	struct bind row[] = {
		BIND_T(((struct span){ id_hex, DIGEST_HEX })), BIND_T(((struct span){ request_hex, DIGEST_HEX })),
		BIND_I(a->status), BIND_B(a->headers), BIND_B(a->body), BIND_I(now_us),
	};

	digest_hex(id, DIGEST, id_hex);
	digest_hex(request, DIGEST, request_hex);
	if (!exec(db, NAMED(S_IDEM_EXPIRE, old), NULL, e))
		return false;
	if (write_one(db, NAMED(S_IDEM_INSERT, row), e))
		return true;
	return e->kind == ERR_DUPLICATE_KEY || e->kind == ERR_CONSTRAINT ? err_set(e, ERR_IDEM_BUSY, NULL) : false;
}
