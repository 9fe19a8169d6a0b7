/* datapump/object_uri.c - URIs of objects */
#include "datapump/object_uri.h"

#include "base/buf.h"
#include "base/list.h"

enum { HTTPS_PORT = 443, LABEL_MAX_BYTES = 63, HOST_MAX_BYTES = 253 };

static bool
wrong(struct err *e, const char *why)
{
	return err_set(e, ERR_BAD_JOB, "ODP-39000: file_name must be an https URI: %s", why);
}

/* ---- authority ---- */

static bool
read_port(struct span text, int *out)
{
	int n = 0;

	if (text.n == 0 || text.n > 5)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		n = n * 10 + (text.p[i] - '0');
	}
	*out = n;
	return n > 0 && n <= 65535;
}

/* host, host:port, [address]:port; *port stays when there is none */
static bool
divide(struct span authority, struct span *host, int *port)
{
	bool bracket = authority.n > 0 && authority.p[0] == '[';
	const char *end = authority.n == 0 ? NULL : memchr(authority.p, bracket ? ']' : ':', authority.n);
	struct span rest;

	*host = authority;
	if (end == NULL)
		return !bracket;
	host->n = (size_t)(end - authority.p);
	rest = (struct span){ end, authority.n - host->n };
	if (bracket) {
		host->p++;
		host->n--;
		rest.p++;
		rest.n--;
		if (rest.n == 0)
			return true;
	}
	return rest.p[0] == ':' && read_port((struct span){ rest.p + 1, rest.n - 1 }, port);
}

static bool
is_number(struct span label)
{
	size_t i = label.n > 2 && label.p[0] == '0' && (label.p[1] | 0x20) == 'x' ? 2 : 0;
	bool hex = i == 2;

	for (; i < label.n; i++) {
		char c = (char)(label.p[i] | 0x20);

		if (!((c >= '0' && c <= '9') || (hex && c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

/* Names, and addresses as everybody writes them: 127.1, 0x7f000001 and 2130706433 are none, though resolvers take them. */
static bool
is_host(struct span host)
{
	unsigned char address[ADDRESS_BYTES];
	struct span label = { host.p, 0 };

	if (address_read(host, address))
		return true;
	if (host.n == 0 || host.n > HOST_MAX_BYTES)
		return false;
	for (size_t i = 0; i <= host.n; i++) {
		char c = i < host.n ? host.p[i] : '.';

		if (c == '.') {
			if (label.n == 0 || label.n > LABEL_MAX_BYTES || label.p[0] == '-' || label.p[label.n - 1] == '-'
			    || (i == host.n && is_number(label)))
				return false;
			label = (struct span){ host.p + i + 1, 0 };
			continue;
		}
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
		label.n++;
	}
	return true;
}

static const char *
lower(struct span host, struct arena *mem)
{
	char *z = arena_z(mem, host);

	for (char *p = z; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	return z;
}

/* ---- path and query ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
object_uri_is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

/* One spelling, which is also what signatures are made of. */
static bool
put_path(struct buf *b, struct span path, struct err *e)
{
	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];
		bool is_coded = c == '%';

		if (is_coded) {
			int high = i + 2 < path.n ? hex_digit(path.p[i + 1]) : -1, low = i + 2 < path.n ? hex_digit(path.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return wrong(e, "a percent sign without two hexadecimal digits");
			c = (unsigned char)(high << 4 | low);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || (!is_coded && (c == ' ' || c == '\\')))
			return wrong(e, "its path has a character that is not allowed");
		if (object_uri_is_unreserved(c) || (c == '/' && !is_coded))
			buf_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
	return true;
}

struct span
object_uri_decoded(const char *path, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	for (const char *p = path; *p != '\0'; p++) {
		if (*p != '%') {
			buf_char(&b, *p);
			continue;
		}
		buf_char(&b, (char)(hex_digit(p[1]) << 4 | hex_digit(p[2])));
		p += 2;
	}
	return buf_text(&b);
}

static bool
has_dots(struct span path)
{
	size_t from = 1;

	for (size_t i = 1; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		if ((i - from == 1 && path.p[from] == '.') || (i - from == 2 && path.p[from] == '.' && path.p[from + 1] == '.'))
			return true;
		from = i + 1;
	}
	return false;
}

static bool
read_path(struct span path, struct arena *mem, struct object_uri *out, struct err *e)
{
	struct buf b;

	buf_init(&b, mem);
	if (path.n < 2 || path.p[path.n - 1] == '/')
		return wrong(e, "it names no object");
	if (!put_path(&b, path, e))
		return false;
	if (has_dots(buf_text(&b)))
		return wrong(e, "its path has a segment of dots");
	out->path = buf_z(&b);
	return true;
}

static bool
read_query(struct span query, struct arena *mem, struct object_uri *out, struct err *e)
{
	for (size_t i = 0; i < query.n; i++)
		if ((unsigned char)query.p[i] <= ' ' || (unsigned char)query.p[i] >= 0x7f)
			return wrong(e, "its query has a character that is not allowed");
	out->query = arena_z(mem, query);
	return true;
}

/* ---- who is behind it ---- */

static bool
ends(const char *host, const char *domain)
{
	size_t n = strlen(host), n_domain = strlen(domain);

	return n > n_domain && strcmp(host + n - n_domain, domain) == 0;
}

/* The label of a host behind another one: of eu-1 in "objectstorage.eu-1.oraclecloud.com". */
static const char *
label_behind(const char *host, const char *label, struct arena *mem)
{
	size_t n = strlen(label);

	for (const char *at = host; at != NULL; at = strchr(at, '.')) {
		at += *at == '.';
		if (strncmp(at, label, n) == 0 && at[n] == '.')
			return arena_z(mem, (struct span){ at + n + 1, strcspn(at + n + 1, ".") });
	}
	return NULL;
}

/* s3.REGION, BUCKET.s3.REGION, s3.dualstack.REGION, s3-REGION; without one it is the first of all */
static const char *
amazon_region(const char *host, struct arena *mem)
{
	const char *region = label_behind(host, "s3", mem), *old = strstr(host, "s3-");

	if (region != NULL && strcmp(region, "dualstack") == 0)
		region = label_behind(host, "dualstack", mem);
	if (region == NULL && old != NULL)
		region = arena_z(mem, (struct span){ old + 3, strcspn(old + 3, ".") });
	return region == NULL || strcmp(region, "amazonaws") == 0 ? "us-east-1" : region;
}

/* /n/NAMESPACE/b/BUCKET/o/OBJECT -> /v1/NAMESPACE/BUCKET/OBJECT of the Swift host: there the auth token is valid. */
static bool
native_to_swift(struct object_uri *u, struct arena *mem, struct err *e)
{
	static const char *const between[] = { "/n/", "/b/", "/o/" };
	const char *at = u->path, *label;
	struct buf b;

	buf_init(&b, mem);
	put_lit(&b, "/v1");
	for (size_t i = 0; i < 3; i++) {
		size_t n;

		if (strncmp(at, between[i], 3) != 0)
			return wrong(e, "its path must be /n/NAMESPACE/b/BUCKET/o/OBJECT");
		at += 3;
		n = i < 2 ? strcspn(at, "/") : strlen(at);
		buf_char(&b, '/');
		buf_add(&b, at, n);
		at += n;
	}
	u->path = buf_z(&b);
	label = strstr(u->host, "objectstorage.");
	u->host = arena_printf(mem, "%.*sswift%s", (int)(label - u->host), u->host, label);
	return true;
}

bool
object_uri_is_oracle(const struct object_uri *u)
{
	return ends(u->host, ".oraclecloud.com") || ends(u->host, ".customer-oci.com");
}

static bool
choose(struct object_uri *u, const struct key *key, struct arena *mem, struct err *e)
{
	static const enum object_proof proofs[] = { [KEY_BASIC] = PROOF_BASIC, [KEY_SWIFT] = PROOF_SWIFT, [KEY_S3] = PROOF_S3 };
	bool is_oracle = object_uri_is_oracle(u);

	u->proof = PROOF_NONE;
	if (ends(u->host, ".blob.core.windows.net"))
		return err_set(e, ERR_BAD_JOB, "ODP-39000: this storage is not supported: Azure");
	if (key == NULL)
		return true;
	if (u->query != NULL || strncmp(u->path, "/p/", 3) == 0)
		return wrong(e, "a pre-authenticated one goes without credential_name");
	u->proof = proofs[key->kind];
	u->region = key->region;
	if (ends(u->host, ".amazonaws.com") || ends(u->host, ".amazonaws.com.cn")) {
		u->proof = PROOF_S3;
		u->region = amazon_region(u->host, mem);
	} else if (is_oracle && strstr(u->host, ".compat.objectstorage.") != NULL) {
		u->proof = PROOF_S3;
		u->region = label_behind(u->host, "objectstorage", mem);
	} else if (is_oracle) {
		u->proof = PROOF_BASIC;
		if (label_behind(u->host, "objectstorage", mem) != NULL)
			return native_to_swift(u, mem, e);
	}
	return true;
}

bool
object_uri_parse(struct span uri, const struct key *key, struct arena *mem, struct object_uri *out, struct err *e)
{
	static const char scheme[] = "https://";
	struct span authority, host, path, query = { NULL, 0 };
	const char *end;

	*out = (struct object_uri){ .port = HTTPS_PORT };
	if (uri.n > OBJECT_URI_MAX_BYTES)
		return err_set(e, ERR_BAD_JOB, "ODP-39000: file_name is longer than %d bytes", OBJECT_URI_MAX_BYTES);
	if (uri.n < sizeof(scheme) || !span_eq_nocase((struct span){ uri.p, sizeof(scheme) - 1 }, SPAN("https://")))
		return err_set(e, ERR_BAD_JOB, "ODP-39000: file_name must be an https URI");
	if (memchr(uri.p, '#', uri.n) != NULL)
		return wrong(e, "it has a fragment");
	authority = (struct span){ uri.p + sizeof(scheme) - 1, 0 };
	while (authority.p + authority.n < uri.p + uri.n && strchr("/?", authority.p[authority.n]) == NULL)
		authority.n++;
	if (memchr(authority.p, '@', authority.n) != NULL)
		return wrong(e, "it has user information");
	if (!divide(authority, &host, &out->port) || !is_host(host))
		return wrong(e, "its host or port is badly formed");
	path = (struct span){ authority.p + authority.n, (size_t)(uri.p + uri.n - authority.p) - authority.n };
	end = path.n == 0 ? NULL : memchr(path.p, '?', path.n);
	if (end != NULL) {
		query = (struct span){ end + 1, path.n - (size_t)(end + 1 - path.p) };
		path.n = (size_t)(end - path.p);
	}
	out->host = lower(host, mem);
	return read_path(path, mem, out, e) && (end == NULL || read_query(query, mem, out, e)) && choose(out, key, mem, e);
}

const char *
object_uri_text(const struct object_uri *u, struct arena *mem)
{
	bool bracket = strchr(u->host, ':') != NULL;

	/* the usual port is left out: it would be part of what is signed */
	return arena_printf(mem, "https://%s%s%s%s%s%s%s", bracket ? "[" : "", u->host, bracket ? "]" : "",
	    u->port == HTTPS_PORT ? "" : arena_printf(mem, ":%d", u->port), u->path, u->query == NULL ? "" : "?",
	    u->query == NULL ? "" : u->query);
}

/* ---- who may be reached ---- */

static bool
host_is(const char *host, struct span item)
{
	struct span name = span_of(host);
	unsigned char a[ADDRESS_BYTES], b[ADDRESS_BYTES];

	if (item.n > 2 && item.p[0] == '*' && item.p[1] == '.')
		return name.n >= item.n && span_eq_nocase((struct span){ name.p + name.n - (item.n - 1), item.n - 1 },
		    (struct span){ item.p + 1, item.n - 1 });
	if (address_read(name, a))
		return address_read(item, b) && memcmp(a, b, sizeof(a)) == 0;
	return span_eq_nocase(name, item);
}

/* an address of IPv6 may stand without brackets when it has no port */
static bool
divide_item(struct span item, struct span *host, int *port)
{
	unsigned char address[ADDRESS_BYTES];

	*port = HTTPS_PORT;
	*host = item;
	return address_read(item, address) || divide(item, host, port);
}

bool
object_host_allowed(const struct object_uri *u, const char *list, struct err *e)
{
	struct span rest = span_of(list), item, host;
	int port;

	while (list_next(&rest, &item))
		if (divide_item(item, &host, &port) && port == u->port && host_is(u->host, host))
			return true;
	return err_set(e, ERR_BAD_JOB, "ODP-39000: host %s, port %d, is not among datapump.objectStorage.allowedHosts", u->host, u->port);
}

/* RFC 6890 and its successors: what does not lead to the internet, or not to one machine of it. */
static const char *const not_public[] = {
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10",
	"fec0::/10", "ff00::/8",
};

bool
object_address_allowed(const unsigned char address[ADDRESS_BYTES], const char *list)
{
	struct span rest = span_of(list), item, host;
	bool is_public = true;
	int port;

	for (size_t i = 0; i < sizeof(not_public) / sizeof(*not_public); i++)
		is_public = is_public && !address_is_in(address, span_of(not_public[i]));
	while (!is_public && list_next(&rest, &item))
		if (address_is_in(address, item) || (divide_item(item, &host, &port) && address_is_in(address, host)))
			return true;
	return is_public;
}

/* ---- showing ---- */

struct span
object_uri_shown(struct span uri, struct arena *mem)
{
	const char *end = memchr(uri.p, '?', uri.n);
	struct span path = { uri.p, end == NULL ? uri.n : (size_t)(end - uri.p) };
	struct buf b;

	buf_init(&b, mem);
	for (size_t i = 0; i < path.n; i++) {
		bool is_secret = path.n - i > 3 && memcmp(path.p + i, "/p/", 3) == 0;

		if (!is_secret) {
			buf_char(&b, path.p[i]);
			continue;
		}
		put_lit(&b, "/p/****");
		for (i += 3; i < path.n && path.p[i] != '/'; i++)
			;
		i--;
	}
	if (end != NULL)
		put_lit(&b, "?****");
	return buf_text(&b);
}

bool
object_uri_has_secret(struct span uri)
{
	static const char mark[] = "/p/";

	if (memchr(uri.p, '?', uri.n) != NULL)
		return true;
	for (size_t i = 0; i + sizeof(mark) - 1 < uri.n; i++)
		if (memcmp(uri.p + i, mark, sizeof(mark) - 1) == 0)
			return true;
	return false;
}
