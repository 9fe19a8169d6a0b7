/* handlers/oauth.c - OAuth 2 for programs: client credentials, tokens in headers
 *
 * The secret is checked before the transaction of the token begins, where passwords are checked (auth.c).  Nothing is hashed
 * slowly: secrets and tokens are random numbers that cannot be guessed.  Failures are counted all the same, so that whoever
 * tries is noticed and stopped.
 */
#include "handlers/oauth.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/list.h"
#include "base/log.h"
#include "base/uid.h"
#include "handlers/callers.h"
#include "handlers/authorization.h"
#include "handlers/origin.h"
#include "handlers/throttle.h"
#include "handlers/url.h"

enum { FORM_MAX_BYTES = 8192, FORM_MAX_PAIRS = 32, TOKEN_CHARS = 22, TOKEN_SIZE = TOKEN_CHARS + 1, CLIENT_ID_MAX = 64 };

/* ---- the form ---- */

static bool
is_form(const struct request *req)
{
	return span_is_nocase(bare_type(request_header(req, "content-type")), "application/x-www-form-urlencoded");
}

static bool
are_different(const struct pair *pairs, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (span_eq(pairs[i].name, pairs[j].name))
				return err_set(e, ERR_BAD_FORM, "the form names a parameter twice");
	return true;
}

bool
token_request_read(const struct request *req, struct arena *mem, struct token_request *out, struct err *e)
{
	struct pair pairs[FORM_MAX_PAIRS];
	const struct {
		const char *name;
		struct span *value;
	} known[] = {
		{ "grant_type", &out->grant_type }, { "scope", &out->scope }, { "client_id", &out->client_id },
		{ "client_secret", &out->client_secret },
	};
	size_t n;

	*out = (struct token_request){ 0 };
	if (!is_form(req))
		return err_set(e, ERR_BAD_FORM, "the body must be application/x-www-form-urlencoded");
	if (req->body.n > FORM_MAX_BYTES)
		return err_set(e, ERR_BAD_FORM, "the form is longer than %d bytes", FORM_MAX_BYTES);
	if (!form_split(req->body, mem, pairs, FORM_MAX_PAIRS, &n, e) || !are_different(pairs, n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (pairs[i].value.n > 0 && span_is(pairs[i].name, known[k].name))
				*known[k].value = pairs[i].value;
	return true;
}

/* ---- who asks for a token ---- */

/* One way only (RFC 6749 2.3); the id may be said again beside Basic, as some programs do. */
static bool
login_read(const struct request *req, struct arena *mem, struct login *out, struct err *e)
{
	struct span header = request_header(req, "authorization");
	struct token_request form;

	if (!token_request_read(req, mem, &form, e))
		return false;
	if (header.p == NULL) {
		*out = (struct login){ form.client_id, form.client_secret };
		return (out->user.p != NULL && out->password.p != NULL) || err_set(e, ERR_BAD_CLIENT, NULL);
	}
	if (!basic_read(header, mem, out))
		return err_set(e, ERR_BAD_CLIENT, NULL);
	if (form.client_secret.p != NULL || (form.client_id.p != NULL && !span_eq(form.client_id, out->user)))
		return err_set(e, ERR_BAD_FORM, "credentials come in a header or in the form, not in both");
	return true;
}

static void
caller_of(const struct client *client, struct arena *mem, struct caller *out)
{
	*out = (struct caller){ .name = client->schema, .schema_id = client->schema_id, .client = client,
	    .is_sql_admin = client->schema_is_admin && list_holds(client->roles, span_of(role_name(ROLE_SQL_ADMIN))) };
	out->label = span_of(arena_printf(mem, "%.*s:%.*s", SPAN_ARG(client->schema), SPAN_ARG(client->name)));
}

static bool
client_find(struct db *db, const struct login *login, const struct schema *schema, struct arena *mem, struct client *out,
    bool *passed, struct err *e)
{
	bool found = false;

	*passed = false;
	if (login->user.n <= CLIENT_ID_MAX && !client_by_id(db, login->user, mem, out, &found, e))
		return false;
	*passed = found && schema != NULL && out->schema_id == schema->id && out->schema_enabled
	    && client_secret_fits(out, login->password);
	return true;
}

struct attempt {			/* to get a token */
	const struct request *req;
	const struct login *login;
	struct span address;
	struct arena *mem;
};

static void
log_attempt(const struct attempt *a, const char *event)
{
	log_security(event, a->login->user, arena_z(a->mem, a->address), a->req->id, "client");
}

static bool
check_secret(const struct attempt *a, const struct settings *global, struct db *db, const struct schema *schema,
    struct client *client, int64_t *retry_after_s, struct err *e)
{
	/* no account has a colon in its name */
	struct span counted = span_of(arena_printf(a->mem, "client:%.*s", SPAN_ARG(a->login->user)));
	struct throttle throttle;
	bool passed, locked;

	if (!throttle_open(db, global, counted, a->address, &throttle, retry_after_s, e)) {
		if (e->kind == ERR_THROTTLED)
			log_attempt(a, "login.throttled");
		return false;
	}
	if (!client_find(db, a->login, schema, a->mem, client, &passed, e))
		return false;
	if (passed) {
		throttle_passed(db, &throttle);
		return true;
	}
	throttle_failed(db, &throttle, &locked);
	log_attempt(a, "login.failed");
	if (locked)
		log_attempt(a, "login.locked");
	return err_set(e, ERR_BAD_CLIENT, NULL);
}

bool
oauth_client(const struct request *req, const struct site *site, struct db *db, const struct schema *schema,
    struct arena *mem, struct caller *out, struct err *e)
{
	const struct settings *global = conf_global(site->conf);
	struct client *client = ARENA_NEW(mem, struct client);
	struct login login;
	const struct attempt a = { req, &login, request_client(req, global), mem };
	bool ok;

	if (!login_read(req, mem, &login, e))
		return false;
	ok = check_secret(&a, global, db, schema, client, &out->retry_after_s, e);
	/* what stands in the form is of the request, and read once more */
	if (request_header(req, "authorization").p != NULL)
		digest_wipe((char *)(uintptr_t)login.password.p, login.password.n);
	if (ok)
		caller_of(client, mem, out);
	return ok;
}

/* ---- the token ---- */

bool
oauth_token(const struct call *c, struct response *out, struct err *e)
{
	const int64_t life_us = c->site->set->token_ms * 1000;
	struct token_request form;
	char *token = arena_alloc(c->mem, TOKEN_SIZE);
	struct buf b;

	if (!token_request_read(c->req, c->mem, &form, e))
		return false;
	if (form.grant_type.p == NULL)
		return err_set(e, ERR_BAD_FORM, "the parameter grant_type is missing");
	if (!span_is(form.grant_type, "client_credentials"))
		return err_set(e, ERR_BAD_GRANT, NULL);
	if (form.scope.p != NULL)
		return err_set(e, ERR_BAD_SCOPE, NULL);
	uid_token(token);
	if (!token_add(c->db, c->who->client, span_of(token), life_us, c->site->set->token_max, e))
		return false;
	buf_init(&b, c->mem);
	buf_printf(&b, "{\"access_token\":\"%s\",\"token_type\":\"bearer\",\"expires_in\":%lld}", token,
	    (long long)(life_us / 1000000));
	response_body(out, "application/json", buf_text(&b));
	response_header(out, "Cache-Control", SPAN("no-store"));
	response_header(out, "Pragma", SPAN("no-cache"));
	return true;
}

bool
oauth_no_flow(const struct call *c, struct response *out, struct err *e)
{
	(void)c;
	(void)out;
	return err_set(e, ERR_BAD_FLOW, NULL);
}

/* ---- whose token ---- */

bool
oauth_bearer(const struct request *req, const struct site *site, struct db *db, struct span token, struct arena *mem,
    struct caller *out, struct err *e)
{
	struct client *client = ARENA_NEW(mem, struct client);
	bool found = false;

	if (token.n == TOKEN_CHARS && !client_of_token(db, token, mem, client, &found, e))
		return false;
	if (!found || !client->schema_enabled) {
		if (catalog_is_trusted(db))	/* nobody is refused by memory alone */
			return catalog_doubt(db, e);
		log_security("login.failed", SPAN("-"), arena_z(mem, request_client(req, conf_global(site->conf))), req->id, "Bearer");
		return err_set(e, ERR_BAD_TOKEN, NULL);
	}
	caller_of(client, mem, out);
	return true;
}
