/* handlers/throttle.c - counting failed logins */
#include "handlers/throttle.h"

#include "base/digest.h"
#include "base/log.h"
#include "sql/accounts.h"

#include <stdio.h>

enum { ADDRESSES_PER_ACCOUNT = 5, LOWER_BYTES = 64 };

/* Accounts of schemas are called in either case, so one account is one counter.  What is longer than any name is cut. */
static void
name_counter(char kind, struct span name, char out[COUNTER_BYTES])
{
	unsigned char digest[32];
	char lower[LOWER_BYTES], hex[33];
	struct span parts[2] = { { lower, name.n < LOWER_BYTES ? name.n : LOWER_BYTES }, name };

	for (size_t i = 0; i < parts[0].n; i++)
		lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20 : name.p[i]);
	digest_parts(parts, name.n <= LOWER_BYTES ? 1 : 2, digest);
	digest_hex(digest, 16, hex);
	snprintf(out, COUNTER_BYTES, "%c:%s", kind, hex);
}

bool
throttle_open(struct db *db, const struct settings *global, struct span account, struct span address,
    struct throttle *out, int64_t *retry_after_s, struct err *e)
{
	int64_t n_address = 0;

	*out = (struct throttle){ .is_on = global->login_attempts >= 0 };
	if (!out->is_on)
		return true;
	out->window_ms = global->login_lock_ms;
	out->account_max = global->login_attempts;
	out->address_max = ADDRESSES_PER_ACCOUNT * global->login_attempts;
	name_counter('a', account, out->account);
	if (!throttle_read(db, span_of(out->account), out->window_ms, &out->n_account, retry_after_s, e))
		return false;
	if (out->n_account >= out->account_max)
		return err_set(e, ERR_THROTTLED, NULL);
	if (address.n == 0)
		return true;
	name_counter('p', address, out->address);
	if (!throttle_read(db, span_of(out->address), out->window_ms, &n_address, retry_after_s, e))
		return false;
	return n_address < out->address_max || err_set(e, ERR_THROTTLED, NULL);
}

static void
count(struct db *db, const char *counter, int64_t window_ms)
{
	struct err e = { 0 };

	if (counter[0] != '\0' && !throttle_add(db, span_of(counter), window_ms, &e))
		log_event(LOG_ERROR, "login.not_counted", "%s (%s)", e.text, e.detail);
}

void
throttle_failed(struct db *db, const struct throttle *t, bool *locked)
{
	*locked = t->is_on && t->n_account + 1 >= t->account_max;
	if (!t->is_on)
		return;
	count(db, t->account, t->window_ms);
	count(db, t->address, t->window_ms);
}

void
throttle_passed(struct db *db, const struct throttle *t)
{
	struct err e = { 0 };

	if (t->is_on && t->n_account > 0 && !throttle_clear(db, span_of(t->account), &e))
		log_event(LOG_ERROR, "login.not_counted", "%s (%s)", e.text, e.detail);
}
