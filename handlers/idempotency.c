/* handlers/idempotency.c - keeping answers for retries
 *
 * Headers are kept as lines "Name: value\n", in the order in which they were set; the body as it was sent.
 */
#include "handlers/idempotency.h"

#include "base/buf.h"
#include "base/digest.h"
#include "sql/accounts.h"

enum { KEY_MAX_BYTES = 255 };

bool
idem_of(const struct request *req, const struct caller *who, struct idem *out, struct err *e)
{
	struct span key = request_header(req, "idempotency-key");
	const struct span account[] = {
		who->is_mid_tier ? SPAN("mid-tier") : who->is_anonymous ? SPAN("anonymous") : SPAN("schema"),
		who->label, req->method_text, req->raw_path, req->raw_query, key,
	};
	const struct span asked[] = { req->body, request_header(req, "content-type"), request_header(req, "if-match"),
		request_header(req, "if-none-match"), request_header(req, "if-unmodified-since") };

	out->given = key.p != NULL;
	if (!out->given)
		return true;
	if (key.n == 0 || key.n > KEY_MAX_BYTES)
		return err_set(e, ERR_BAD_REQUEST, "Idempotency-Key must have 1 to %d characters", KEY_MAX_BYTES);
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] <= ' ' || key.p[i] > '~')
			return err_set(e, ERR_BAD_REQUEST, "Idempotency-Key must be visible ASCII characters");
	digest_parts(account, sizeof(account) / sizeof(account[0]), out->id);
	digest_parts(asked, sizeof(asked) / sizeof(asked[0]), out->request);
	return true;
}

/* Names of headers are constants elsewhere; here they live in the arena of the response. */
static void
replay_headers(struct span text, struct response *out)
{
	while (text.n > 0) {
		const char *colon = memchr(text.p, ':', text.n);
		const char *end = memchr(text.p, '\n', text.n);
		struct span value;

		if (colon == NULL || end == NULL || end < colon + 2)
			return;
		value = (struct span){ colon + 2, (size_t)(end - colon) - 2 };
		response_header(out, arena_z(out->mem, (struct span){ text.p, (size_t)(colon - text.p) }), value);
		text = (struct span){ end + 1, text.n - (size_t)(end - text.p) - 1 };
	}
}

bool
idem_replay(struct db *db, const struct idem *i, struct response *out, bool *found, struct err *e)
{
	struct idem_answer kept;

	if (!idem_read(db, i->id, i->request, out->mem, &kept, found, e))
		return false;
	if (!*found)
		return true;
	response_init(out, out->mem);
	out->status = kept.status;
	replay_headers(kept.headers, out);
	out->body = kept.body;
	out->has_body = response_find(out, "content-type").p != NULL;
	return true;
}

bool
idem_keep(struct db *db, const struct idem *i, const struct response *r, struct err *e)
{
	struct idem_answer a = { .status = r->status, .body = r->body };
	struct buf b;

	buf_init(&b, r->mem);
	for (size_t h = 0; h < r->n_headers; h++) {
		buf_addz(&b, r->headers[h].name);
		put_lit(&b, ": ");
		buf_span(&b, r->headers[h].value);
		buf_char(&b, '\n');
	}
	a.headers = buf_text(&b);
	return idem_write(db, i->id, i->request, &a, e);
}
