/* handlers/problem.c - a failure as an HTTP answer
 *
 * One body for all: the members that SODA clients know and those of the front layer.  Failures of the front layer (no
 * o:errorCode) keep its wording.  What err.detail holds is for the log.
 */
#include "handlers/problem.h"

#include "base/buf.h"
#include "conf/conf.h"
#include "handlers/accept.h"

#include <stdio.h>

enum { RETRY_AFTER_S = 5 };

static const struct status {
	int number;
	const char *code, *title;
	const char *anchor;		/* of RFC 2616, section 10; NULL: about:blank */
} statuses[] = {
	{ 400, "BadRequest", "Bad Request", "4.1" },
	{ 401, "Unauthorized", "Unauthorized", NULL },
	{ 403, "Forbidden", "Forbidden", NULL },
	{ 404, "NotFound", "Not Found", "4.5" },
	{ 405, "MethodNotAllowed", "Method Not Allowed", "4.6" },
	{ 406, "NotAcceptable", "Not Acceptable", "4.7" },
	{ 409, "Conflict", "Conflict", "4.10" },
	{ 412, "PreconditionFailed", "Precondition Failed", "4.13" },
	{ 413, "PayloadTooLarge", "Payload Too Large", "4.14" },
	{ 415, "UnsupportedMediaType", "Unsupported Media Type", "4.16" },
	{ 416, "RangeNotSatisfiable", "Range Not Satisfiable", NULL },
	{ 422, "UnprocessableEntity", "Unprocessable Entity", NULL },
	{ 429, "TooManyRequests", "Too Many Requests", NULL },
	{ 500, "InternalServerError", "Internal Server Error", "5.1" },
	{ 501, "NotImplemented", "Not Implemented", "5.2" },
	{ 503, "ServiceUnavailable", "Service Unavailable", "5.4" },
	{ 504, "GatewayTimeout", "Gateway Timeout", "5.5" },
};

static const struct status *
status_find(int number)
{
	size_t n = sizeof(statuses) / sizeof(statuses[0]);

	for (size_t i = 0; i < n; i++)
		if (statuses[i].number == number)
			return &statuses[i];
	return status_find(500);
}

/* ---- which form? ---- */

struct preference {			/* in thousandths; -1 not mentioned */
	int html, json, anything;
};

static void
prefer(struct preference *p, struct span type, int q)
{
	if (span_is_nocase(type, "text/html") || span_is_nocase(type, "application/xhtml+xml"))
		p->html = q > p->html ? q : p->html;
	else if (span_is_nocase(type, "*/*"))
		p->anything = q;
	else if (span_is_nocase(type, "application/*") || span_is_nocase(type, "application/json")
	    || (type.n > 5 && span_eq_nocase((struct span){ type.p + type.n - 5, 5 }, SPAN("+json"))))
		p->json = q > p->json ? q : p->json;
}

static bool
wants_html(const struct request *req, const struct settings *set)
{
	struct preference p = { -1, -1, -1 };
	struct span rest, type;
	int q;

	if (span_is_nocase(span_of(set->error_format), "JSON"))
		return false;
	if (span_is_nocase(span_of(set->error_format), "HTML"))
		return true;
	rest = request_header(req, "accept");
	while (accept_next(&rest, &type, &q))
		prefer(&p, type, q);
	return p.html > 0 && p.html > (p.json >= 0 ? p.json : p.anything);
}

/* ---- what RFC 6749 5.2 and RFC 6750 3 ask for ---- */

/* Clients of the token endpoint know these words, and one form for them. */
static const char *
oauth_word(enum err_kind kind)
{
	switch (kind) {
	case ERR_BAD_CLIENT:
		return "invalid_client";
	case ERR_BAD_FORM:
		return "invalid_request";
	case ERR_BAD_GRANT:
		return "unsupported_grant_type";
	case ERR_BAD_SCOPE:
		return "invalid_scope";
	case ERR_BAD_FLOW:
		return "unsupported_response_type";
	default:
		return NULL;
	}
}

static void
oauth_body(struct buf *b, const struct err *e)
{
	buf_printf(b, "{\"error\":\"%s\",\"error_description\":", oauth_word(e->kind));
	buf_json(b, span_of(e->text));
	buf_char(b, '}');
}

static void
challenge(enum err_kind kind, struct response *out)
{
	if (kind == ERR_BAD_TOKEN) {
		response_header(out, "WWW-Authenticate", SPAN("Bearer realm=\"cords\", error=\"invalid_token\""));
		return;
	}
	response_header(out, "WWW-Authenticate", SPAN("Basic realm=\"cords\", charset=\"UTF-8\""));
	if (kind == ERR_UNAUTHORIZED)
		response_header(out, "WWW-Authenticate", SPAN("Bearer realm=\"cords\""));
}

/* ---- the body ---- */

static bool
is_write(const struct request *req)
{
	return (req->method & (M_POST | M_PUT | M_PATCH | M_DELETE)) != 0;
}

/* What a client may do about a write that met the weather: NULL when there is nothing to say. */
static const char *
advice(const struct request *req, const struct err *e)
{
	if (!is_write(req))
		return NULL;
	if (e->kind == ERR_UNCERTAIN)
		return ",\"outcome\":\"unknown\"";
	if (e->kind == ERR_CONN_LOST || e->kind == ERR_BUSY)
		return ",\"retry\":\"safe\"";
	return NULL;
}

static void
member(struct buf *b, const char *name, struct span value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value);
}

static void
details(struct buf *b, const struct err *e)
{
	if (e->inner == 0 && e->at[0] == '\0')
		return;
	put_lit(b, ",\"o:errorDetails\":[{\"title\":");
	buf_json(b, span_of(e->text));
	if (e->inner != 0)
		buf_printf(b, ",\"o:errorCode\":\"JSON-%05d\"", e->inner);
	else
		member(b, "o:errorCode", span_of(err_code(e->kind)));
	if (e->at[0] != '\0')
		member(b, "o:errorPath", span_of(e->at));
	put_lit(b, "}]");
}

static void
json_body(struct buf *b, const struct request *req, const struct settings *set, enum problem_form form, const struct err *e,
    const struct status *st)
{
	const char *code = form == PROBLEM_SODA ? err_code(e->kind) : "";
	const char *more = advice(req, e);

	if (code[0] == '\0')
		buf_printf(b, "{\"type\":\"tag:oracle.com,2020:error/%s\"", st->code);
	else if (st->anchor != NULL)
		buf_printf(b, "{\"type\":\"http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.%s\"", st->anchor);
	else
		put_lit(b, "{\"type\":\"about:blank\"");
	buf_printf(b, ",\"status\":%d", st->number);
	member(b, "title", span_of(code[0] == '\0' ? st->title : e->text));
	if (code[0] != '\0')
		member(b, "o:errorCode", span_of(code));
	member(b, "code", span_of(st->code));
	member(b, "message", span_of(e->text));
	buf_printf(b, ",\"instance\":\"tag:oracle.com,2020:ecid/%s\"", req->id);
	if (form == PROBLEM_SODA)
		details(b, e);
	if (more != NULL)
		buf_addz(b, more);
	if (set->debug_screen && e->detail[0] != '\0')
		member(b, "detail", span_of(e->detail));
	buf_char(b, '}');
}

static void
put_html(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<':
			put_lit(b, "&lt;");
			break;
		case '>':
			put_lit(b, "&gt;");
			break;
		case '&':
			put_lit(b, "&amp;");
			break;
		case '"':
			put_lit(b, "&quot;");
			break;
		case '\'':
			put_lit(b, "&#39;");
			break;
		default:
			buf_char(b, *text);
		}
	}
}

static void
html_body(struct buf *b, const struct request *req, const struct settings *set, enum problem_form form, const struct err *e,
    const struct status *st)
{
	buf_printf(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%d %s</title></head>\n"
	    "<body><h1>%d %s</h1>\n<p>", st->number, st->title, st->number, st->title);
	put_html(b, e->text);
	put_lit(b, "</p>\n");
	if (form == PROBLEM_SODA && err_code(e->kind)[0] != '\0')
		buf_printf(b, "<p>%s</p>\n", err_code(e->kind));
	if (set->debug_screen && e->detail[0] != '\0') {
		put_lit(b, "<pre>");
		put_html(b, e->detail);
		put_lit(b, "</pre>\n");
	}
	buf_printf(b, "<p>Request %s</p></body></html>\n", req->id);
}

void
problem_reply(const struct request *req, const struct settings *set, enum problem_form form, const struct err *e,
    const char *allow, int64_t retry_after_s, struct response *out)
{
	const struct status *st = status_find(err_status(e->kind));
	struct buf b;

	response_init(out, out->mem);
	out->status = st->number;
	buf_init(&b, out->mem);
	if (oauth_word(e->kind) != NULL) {
		oauth_body(&b, e);
		response_body(out, "application/json", buf_text(&b));
		response_header(out, "Cache-Control", SPAN("no-store"));
		response_header(out, "Pragma", SPAN("no-cache"));
	} else if (wants_html(req, set)) {
		html_body(&b, req, set, form, e, st);
		response_body(out, "text/html; charset=utf-8", buf_text(&b));
		response_header(out, "Content-Security-Policy", SPAN("sandbox; default-src 'none'"));
		response_header(out, "Cross-Origin-Resource-Policy", SPAN("same-origin"));
	} else {
		json_body(&b, req, set, form, e, st);
		response_body(out, "application/problem+json", buf_text(&b));
	}
	if (st->number == 401)
		challenge(e->kind, out);
	if (st->number == 405 && allow != NULL)
		response_header(out, "Allow", span_of(allow));
	if (st->number == 429 || st->number == 503) {
		char *seconds = arena_alloc(out->mem, 24);

		snprintf(seconds, 24, "%lld", (long long)(retry_after_s > 0 ? retry_after_s : RETRY_AFTER_S));
		response_header(out, "Retry-After", span_of(seconds));
	}
}
