/* conf/options.c - the table of settings, and what a text means for each kind */
#include "conf/conf.h"

#include "base/address.h"
#include "base/list.h"
#include "base/scan.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>

const struct option conf_options[] = {
#define O(field, key, kind, scope, dflt, min, max, help) \
	{ key, OPT_##kind, SCOPE_##scope, dflt, help, min, max, offsetof(struct settings, field) },
#define X(key, scope) { key, OPT_IGNORED, SCOPE_##scope, "", "accepted, without meaning here", 0, 0, 0 },
#define W(key, words)
#include "conf/options.def"
#undef O
#undef X
#undef W
};
const size_t conf_n_options = sizeof(conf_options) / sizeof(conf_options[0]);

static const struct {
	const char *key, *words;
} few_words[] = {
#define O(field, key, kind, scope, dflt, min, max, help)
#define X(key, scope)
#define W(key, words) { key, words },
#include "conf/options.def"
#undef O
#undef X
#undef W
};

const struct option *
option_find(struct span key)
{
	const struct option *family = NULL;

	for (size_t i = 0; i < conf_n_options; i++) {
		const struct option *o = &conf_options[i];
		size_t n = strlen(o->key);

		if (span_is(key, o->key))
			return o;
		if (o->key[n - 1] == '*' && key.n >= n && memcmp(key.p, o->key, n - 1) == 0)
			family = o;
	}
	return family;
}

enum { KEY_MAX = 96 };

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Levenshtein's distance, ignoring case; one row of the matrix is enough */
static size_t
distance(struct span a, struct span b)
{
	size_t row[KEY_MAX + 1];

	if (a.n > KEY_MAX || b.n > KEY_MAX)
		return KEY_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t best = diagonal + (lower(a.p[i - 1]) != lower(b.p[j - 1]));

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.n];
}

/* the last word of a dotted name: people remember "maxBody", not where it belongs */
static struct span
last_word(struct span key)
{
	for (size_t i = key.n; i > 0; i--)
		if (key.p[i - 1] == '.')
			return (struct span){ key.p + i, key.n - i };
	return key;
}

const struct option *
option_nearest(struct span key)
{
	const struct option *nearest = NULL;
	size_t best = key.n / 3 + 1;

	for (size_t i = 0; i < conf_n_options; i++) {
		const struct option *o = &conf_options[i];
		size_t d;

		if (o->kind == OPT_IGNORED)
			continue;
		d = distance(key, span_of(o->key));
		if (d < best) {
			best = d;
			nearest = o;
		}
	}
	for (size_t i = 0; nearest == NULL && i < conf_n_options; i++)
		if (conf_options[i].kind != OPT_IGNORED
		    && span_eq_nocase(last_word(key), last_word(span_of(conf_options[i].key))))
			nearest = &conf_options[i];
	return nearest;
}

const char *
option_words(const struct option *o)
{
	for (size_t i = 0; i < sizeof(few_words) / sizeof(few_words[0]); i++)
		if (strcmp(few_words[i].key, o->key) == 0)
			return few_words[i].words;
	return NULL;
}

const char *
option_kind_name(enum opt_kind kind)
{
	static const char *const names[] = {
		[OPT_TEXT] = "text",
		[OPT_BOOL] = "true or false",
		[OPT_INT] = "number",
		[OPT_COUNT] = "number or unlimited",
		[OPT_BYTES] = "bytes, with k, m or g",
		[OPT_MILLIS] = "duration, with ms, s, m, h or d",
		[OPT_SECRET] = "secret",
		[OPT_IGNORED] = "ignored",
	};

	return names[kind];
}

/* ---- reading one value ---- */

/* digits at the front of s; false when there are none or they do not fit */
static bool
take_digits(struct span *s, int64_t *out)
{
	size_t i = 0;

	*out = 0;
	while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9') {
		if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, s->p[i] - '0', out))
			return false;
		i++;
	}
	s->p += i;
	s->n -= i;
	return i > 0;
}

static bool
parse_int(struct span s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';

	if (negative)
		s.p++, s.n--;
	if (!take_digits(&s, out) || s.n != 0)
		return false;
	if (negative)
		*out = -*out;
	return true;
}

static bool
parse_bytes(struct span s, int64_t *out)
{
	int64_t unit = 1;

	if (!take_digits(&s, out) || s.n > 1)
		return false;
	if (s.n == 1) {
		switch (lower(s.p[0])) {
		case 'k':
			unit = 1024;
			break;
		case 'm':
			unit = 1024 * 1024;
			break;
		case 'g':
			unit = 1024 * 1024 * 1024;
			break;
		default:
			return false;
		}
	}
	return !__builtin_mul_overflow(*out, unit, out);
}

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* PT15M, P1DT12H: parts in falling order, whole numbers */
static bool
parse_iso_duration(struct span s, int64_t *out)
{
	static const struct {
		char letter;
		bool in_time;
		int64_t unit;
	} parts[] = { { 'd', false, DAY }, { 'h', true, HOUR }, { 'm', true, MINUTE }, { 's', true, SECOND } };
	bool in_time = false;
	size_t part = 0;

	*out = 0;
	s.p++, s.n--;
	if (s.n == 0)
		return false;
	while (s.n > 0) {
		int64_t v;

		if (!in_time && lower(s.p[0]) == 't') {
			in_time = true;
			s.p++, s.n--;
		}
		if (!take_digits(&s, &v) || s.n == 0)
			return false;
		while (part < 4 && (parts[part].letter != lower(s.p[0]) || parts[part].in_time != in_time))
			part++;
		if (part == 4 || __builtin_mul_overflow(v, parts[part].unit, &v) || __builtin_add_overflow(*out, v, out))
			return false;
		part++;
		s.p++, s.n--;
	}
	return true;
}

static bool
parse_millis(struct span s, int64_t *out)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "", SECOND }, { "ms", 1 }, { "s", SECOND }, { "m", MINUTE }, { "h", HOUR }, { "d", DAY } };

	if (s.n > 0 && lower(s.p[0]) == 'p')
		return parse_iso_duration(s, out);
	if (!take_digits(&s, out))
		return false;
	s = span_trim(s);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (span_is_nocase(s, units[i].unit))
			return !__builtin_mul_overflow(*out, units[i].ms, out);
	return false;
}

static bool
parse_bool(struct span s, bool *out)
{
	if (span_is_nocase(s, "true") || span_is_nocase(s, "yes") || span_is_nocase(s, "on"))
		*out = true;
	else if (span_is_nocase(s, "false") || span_is_nocase(s, "no") || span_is_nocase(s, "off"))
		*out = false;
	else
		return false;
	return true;
}

/* ---- texts that have a form ---- */

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_alnum(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !is_one_of(s.p[i], "!#$%&'*+-.^_`|~"))
			return false;
	return s.n > 0;
}

static bool
is_context_path(struct span s)
{
	if (s.n < 2 || s.p[0] != '/' || s.p[s.n - 1] == '/')
		return false;
	for (size_t i = 1; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && !is_one_of(s.p[i], "/._~-"))
			return false;
		if (s.p[i] == '/' && s.p[i - 1] == '/')
			return false;
	}
	return true;
}

/* scheme, host and port, and nothing after them */
static bool
is_origin(struct span s)
{
	size_t at = 0;

	if (s.n == 0)
		return true;
	if (s.n > 8 && span_is_nocase((struct span){ s.p, 8 }, "https://"))
		at = 8;
	else if (s.n > 7 && span_is_nocase((struct span){ s.p, 7 }, "http://"))
		at = 7;
	else
		return false;
	for (; at < s.n; at++)
		if (!is_alnum(s.p[at]) && !is_one_of(s.p[at], ".-:[]"))
			return false;
	return true;
}

/* as browsers send them, of programs that are none as well (capacitor://localhost): compared as a whole, so "*" or a path would
 * match nothing */
static bool
is_origin_list(struct span s)
{
	struct span item;

	while (list_next(&s, &item)) {
		const char *colon = memchr(item.p, ':', item.n);
		size_t n_scheme = colon == NULL ? 0 : (size_t)(colon - item.p);

		if (n_scheme == 0 || item.n < n_scheme + 4 || memcmp(colon, "://", 3) != 0)
			return false;
		for (size_t i = 0; i < item.n; i++)
			if ((i < n_scheme || i >= n_scheme + 3) && !is_alnum(item.p[i])
			    && !is_one_of(item.p[i], i < n_scheme ? "+-." : ".-:[]"))
				return false;
	}
	return true;
}

static bool
is_header_check(struct span s)
{
	const char *colon = s.n == 0 ? NULL : memchr(s.p, ':', s.n);

	if (s.n == 0)
		return true;
	return colon != NULL && is_token((struct span){ s.p, (size_t)(colon - s.p) })
	    && span_trim((struct span){ colon + 1, s.n - (size_t)(colon + 1 - s.p) }).n > 0;
}

static bool
holds_no_password(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		struct span rest = { s.p + i, s.n - i };
		bool at_start = i == 0 || is_one_of(s.p[i - 1], "; \t");

		if (at_start && ((rest.n >= 3 && span_is_nocase((struct span){ rest.p, 3 }, "pwd"))
		    || (rest.n >= 8 && span_is_nocase((struct span){ rest.p, 8 }, "password"))))
			return false;
	}
	return true;
}

/* host or host:port, comma separated; an address of IPv6 stands in brackets */
static bool
is_host_list(struct span s)
{
	size_t n_item = 0;

	for (size_t i = 0; i < s.n; i++) {
		bool blank = s.p[i] == ' ', comma = s.p[i] == ',';

		if (comma && n_item == 0)
			return false;
		n_item = comma ? 0 : n_item + !blank;
		if (!comma && !blank && !is_alnum(s.p[i]) && !is_one_of(s.p[i], ".-_:[]/"))
			return false;
	}
	return s.n == 0 || n_item > 0;
}

/* Hosts with or without port, *.domain, addresses and networks: no URLs, and no wildcards but at the beginning.  What nobody could
 * match would silently allow nothing. */
static bool
is_reach_list(struct span s)
{
	struct span item;

	while (list_next(&s, &item)) {
		size_t from = item.n > 2 && item.p[0] == '*' && item.p[1] == '.' ? 2 : 0;
		const char *slash = memchr(item.p, '/', item.n);
		size_t n_bits = slash == NULL ? 0 : (size_t)(item.p + item.n - slash) - 1;

		for (size_t i = from; i < item.n; i++)
			if (!is_alnum(item.p[i]) && !is_one_of(item.p[i], ".-_:[]/"))
				return false;
		if (slash != NULL && (slash == item.p || n_bits < 1 || n_bits > 3))
			return false;
		for (size_t i = 1; i <= n_bits; i++)
			if (slash[i] < '0' || slash[i] > '9')
				return false;
	}
	return true;
}

/* as address_is_listed() of handlers/origin.h understands it: a name would match nobody */
static bool
is_network_list(struct span s)
{
	unsigned char bytes[ADDRESS_BYTES];
	struct span item;

	while (list_next(&s, &item)) {
		const char *slash = memchr(item.p, '/', item.n);
		struct span head = { item.p, slash == NULL ? item.n : (size_t)(slash - item.p) };

		if (!span_is(item, "unix:") && !(address_read(head, bytes) && address_is_in(bytes, item)))
			return false;
	}
	return true;
}

/* what=POOL, comma separated */
static bool
is_rule_list(struct span s)
{
	while (s.n > 0) {
		const char *comma = memchr(s.p, ',', s.n);
		struct span item = span_trim((struct span){ s.p, comma == NULL ? s.n : (size_t)(comma - s.p) });
		size_t n_what = item.n;

		while (n_what > 0 && item.p[n_what - 1] != '=')
			n_what--;
		if (n_what < 2 || !pool_name_is_valid(span_trim((struct span){ item.p + n_what, item.n - n_what })))
			return false;
		if (comma == NULL)
			break;
		s.n -= (size_t)(comma + 1 - s.p);
		s.p = comma + 1;
	}
	return true;
}

static bool
is_header_rule_list(struct span s)
{
	return s.n == 0 || (memchr(s.p, ':', s.n) != NULL && is_rule_list(s));
}

static const struct {
	const char *key;
	bool (*fits)(struct span s);
	const char *must;
} forms[] = {
	{ "standalone.context.path", is_context_path,
	    "must begin with '/', not end with it, and hold letters, digits, '.', '_', '~', '-'" },
	{ "request.traceHeaderName", is_token, "must be the name of a header" },
	{ "public.url", is_origin, "must be scheme, host and port only, like https://api.example.com" },
	{ "security.externalSessionTrustedOrigins", is_origin_list,
	    "must be origins as browsers send them, without a path, like https://app.example.com:8443, comma separated" },
	{ "security.httpsHeaderCheck", is_header_check, "must be \"Header: value\"" },
	{ "security.trustedProxies", is_network_list, "must be addresses, networks (10.0.0.0/8) and unix:, comma separated" },
	{ "instance.api.metricsAddresses", is_network_list, "must be addresses, networks (10.0.0.0/8) and unix:, comma separated" },
	{ "request.mapping.prefix", is_rule_list, "must be URL=POOL, comma separated" },
	{ "request.mapping.host", is_rule_list, "must be HOST=POOL, comma separated" },
	{ "request.mapping.header", is_header_rule_list, "must be HEADER: VALUE=POOL, comma separated" },
	{ "db.hosts", is_host_list, "must be host or host:port, comma separated" },
	{ "datapump.objectStorage.allowedHosts", is_reach_list, "must be host, host:port, *.domain, address or network, comma separated" },
	{ "db.customURL", holds_no_password, "must not hold a password: store it with config secret db.password" },
};

static bool
parse_text(const struct option *o, struct span text, struct arena *mem, const char **out, struct err *e)
{
	const char *words = option_words(o);

	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return err_set(e, ERR_CONFIG, "%s: control characters are not allowed", o->key);
	if (!utf8_valid(text))
		return err_set(e, ERR_CONFIG, "%s: the value is not UTF-8", o->key);
	if ((int64_t)text.n < o->min || (int64_t)text.n > o->max)
		return err_set(e, ERR_CONFIG, "%s: must be %" PRId64 " to %" PRId64 " bytes long", o->key, o->min, o->max);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].key, o->key) == 0 && !forms[i].fits(text))
			return err_set(e, ERR_CONFIG, "%s: %s", o->key, forms[i].must);
	if (words == NULL) {
		*out = arena_z(mem, text);
		return true;
	}
	for (const char *w = words; *w != '\0';) {
		size_t n = strcspn(w, " ");

		/* kept as the table spells it, so that nobody else has to fold case */
		if (span_eq_nocase(text, (struct span){ w, n })) {
			*out = arena_z(mem, (struct span){ w, n });
			return true;
		}
		w += n + strspn(w + n, " ");
	}
	return err_set(e, ERR_CONFIG, "%s: \"%.*s\" is none of: %s", o->key, SPAN_ARG(text), words);
}

static bool
in_range(const struct option *o, struct span text, int64_t v, struct err *e)
{
	const char *unit = o->kind == OPT_MILLIS ? " ms" : "";

	if (v < o->min)
		return err_set(e, ERR_CONFIG, "%s: %.*s is below the smallest value %" PRId64 "%s", o->key, SPAN_ARG(text),
		    o->min, unit);
	if (v > o->max)
		return err_set(e, ERR_CONFIG, "%s: %.*s is above the largest value %" PRId64 "%s", o->key, SPAN_ARG(text),
		    o->max, unit);
	return true;
}

bool
option_parse(const struct option *o, struct span text, struct arena *mem, void *at, struct err *e)
{
	int64_t v = 0;
	bool understood = false;

	assert(o->kind != OPT_IGNORED);
	if (o->kind != OPT_SECRET)		/* a password may begin with a blank */
		text = span_trim(text);
	switch (o->kind) {
	case OPT_TEXT:
		return parse_text(o, text, mem, at, e);
	case OPT_SECRET:
		if ((int64_t)text.n > o->max)
			return err_set(e, ERR_CONFIG, "%s: longer than %" PRId64 " bytes", o->key, o->max);
		*(const char **)at = arena_z(mem, text);
		return true;
	case OPT_BOOL:
		if (parse_bool(text, at))
			return true;
		break;
	case OPT_COUNT:
		if (span_is_nocase(text, "unlimited")) {
			*(int64_t *)at = -1;
			return true;
		}
		understood = parse_int(text, &v);
		break;
	case OPT_INT:
		understood = parse_int(text, &v);
		break;
	case OPT_BYTES:
		understood = parse_bytes(text, &v);
		break;
	case OPT_MILLIS:
		understood = parse_millis(text, &v);
		break;
	case OPT_IGNORED:
		break;
	}
	if (!understood)
		return err_set(e, ERR_CONFIG, "%s: \"%.*s\" is not: %s", o->key, SPAN_ARG(text), option_kind_name(o->kind));
	if (!in_range(o, text, v, e))
		return false;
	*(int64_t *)at = v;
	return true;
}
