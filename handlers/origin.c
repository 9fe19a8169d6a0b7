/* handlers/origin.c - where a request comes from */
#include "handlers/origin.h"

#include "base/address.h"
#include "base/list.h"

bool
address_is_listed(struct span address, const char *list)
{
	struct span rest = span_of(list);
	struct span item;
	unsigned char bytes[ADDRESS_BYTES];
	bool is_unix = address.n == 0 || (address.n >= 5 && memcmp(address.p, "unix:", 5) == 0);
	bool is_ip = !is_unix && address_read(address, bytes);

	while (list_next(&rest, &item))
		if (is_unix ? span_is(item, "unix:") : is_ip && address_is_in(bytes, item))
			return true;
	return false;
}

static struct span
remote_address(const struct request *req)
{
	return span_of(req->remote_address == NULL ? "" : req->remote_address);
}

bool
request_from_trusted_proxy(const struct request *req, const struct settings *global)
{
	return address_is_listed(remote_address(req), global->trusted_proxies);
}

bool
request_from_loopback(const struct request *req)
{
	return address_is_listed(remote_address(req), "127.0.0.0/8,::1,unix:");
}

bool
request_is_secure(const struct request *req, const struct settings *global)
{
	struct span wanted = span_of(global->https_header);
	struct span name, value, first;
	const char *colon;
	char lower[256];

	if (req->is_https)
		return true;
	colon = wanted.n == 0 ? NULL : memchr(wanted.p, ':', wanted.n);
	if (colon == NULL)
		return false;
	name = span_trim((struct span){ wanted.p, (size_t)(colon - wanted.p) });
	wanted = span_trim((struct span){ colon + 1, wanted.n - (size_t)(colon - wanted.p) - 1 });
	if (name.n == 0 || name.n >= sizeof(lower))
		return false;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20 : name.p[i]);
	lower[name.n] = '\0';
	value = request_header(req, lower);
	return list_next(&value, &first) && span_eq_nocase(first, wanted) && request_from_trusted_proxy(req, global);
}

struct span
request_client(const struct request *req, const struct settings *global)
{
	struct span forwarded = request_header(req, "x-forwarded-for");
	struct span last = { NULL, 0 };
	unsigned char bytes[ADDRESS_BYTES];

	if (forwarded.n > 0 && request_from_trusted_proxy(req, global)) {
		while (list_next(&forwarded, &last))
			;
		if (address_read(last, bytes))
			return last;
	}
	return remote_address(req);
}

/* https://host and https://host:443 are one origin; browsers leave the port out, Host headers may name it */
static struct span
without_default_port(struct span origin)
{
	bool https = origin.n > 8 && span_eq_nocase((struct span){ origin.p, 8 }, SPAN("https://"));
	const char *port = https ? ":443" : ":80";
	size_t n = strlen(port);

	if (origin.n > n && memcmp(origin.p + origin.n - n, port, n) == 0)
		origin.n -= n;
	return origin;
}

bool
origin_check(const struct request *req, const struct settings *global, struct span own, struct err *e)
{
	struct span origin;

	if ((req->method & (M_GET | M_HEAD | M_OPTIONS)) != 0)
		return true;
	origin = request_header(req, "origin");
	if (origin.n > 0) {
		if (span_eq_nocase(without_default_port(origin), without_default_port(own))
		    || list_holds(global->trusted_origins, origin))
			return true;
		return err_set(e, ERR_FORBIDDEN, "requests from this origin are not allowed");
	}
	if (span_is_nocase(span_trim(request_header(req, "sec-fetch-site")), "cross-site"))
		return err_set(e, ERR_FORBIDDEN, "requests from other sites are not allowed");
	return true;
}

bool
transport_refused(struct err *e)
{
	return err_set(e, ERR_FORBIDDEN, "HTTPS is required for this resource. Check security.httpsHeaderCheck and "
	    "security.trustedProxies if TLS ends in front of this server.");
}

bool
transport_check(const struct request *req, const struct settings *global, struct err *e)
{
	struct span mode = span_of(global->verify_ssl);

	if (span_is_nocase(mode, "false") || request_is_secure(req, global))
		return true;
	if (span_is_nocase(mode, "loopback") && request_from_loopback(req))
		return true;
	return transport_refused(e);
}

void
origin_headers(const struct request *req, const struct settings *global, struct response *out)
{
	struct span origin;

	if (global->trusted_origins[0] == '\0')
		return;
	response_header(out, "Vary", SPAN("Origin"));
	origin = request_header(req, "origin");
	if (origin.n == 0 || !list_holds(global->trusted_origins, origin))
		return;
	response_header(out, "Access-Control-Allow-Origin", origin);
	response_header(out, "Access-Control-Allow-Credentials", SPAN("true"));
	if (req->method != M_OPTIONS) {
		response_header(out, "Access-Control-Expose-Headers", span_of(arena_printf(out->mem, "Allow, Content-Disposition, "
		    "Content-Range, ETag, Last-Modified, Location, Retry-After, WWW-Authenticate, %s", global->trace_header)));
		return;
	}
	response_header(out, "Access-Control-Allow-Methods", SPAN("GET, HEAD, POST, PUT, PATCH, DELETE"));
	response_header(out, "Access-Control-Allow-Headers", span_of(arena_printf(out->mem, "Authorization, Content-Range, "
	    "Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Range, %s",
	    global->trace_header)));
	response_header(out, "Access-Control-Max-Age", SPAN("600"));
}
