/* handlers/route.c - matching a request against the table */
#include "handlers/route.h"

#include <stdio.h>

const char *
role_name(enum role r)
{
	switch (r) {
	case ROLE_ANY:
		return "any";
	case ROLE_SODA:
		return "SODA Developer";
	case ROLE_SQL_DEV:
		return "SQL Developer";
	case ROLE_SQL_ADMIN:
		return "SQL Administrator";
	case ROLE_SYSADMIN:
	case ROLE_MONITOR:
		return "System Administrator";
	case ROLE_CLIENT:
		return "client";
	case ROLE_NONE:
		break;
	}
	return "none";
}

static unsigned
methods_of(const struct route *r)
{
	return r->methods | ((r->methods & M_GET) != 0 ? (unsigned)M_HEAD : 0);
}

static bool
is_version(struct span s)
{
	return span_eq(s, SPAN("latest")) || span_eq(s, SPAN("v1")) || span_eq(s, SPAN("v1.0"));
}

static bool
is_api_version(struct span s)
{
	return span_eq(s, SPAN("stable")) || span_eq(s, SPAN("latest"));
}

static bool
is_reserved(struct span name)
{
	return span_eq(name, SPAN("metadata-catalog")) || span_eq(name, SPAN("custom-actions"));
}

/* "collection" -> P_COLLECTION; P__N when no parameter of paths is called so */
static enum param
path_param(struct span name)
{
#define V(id, text, help) \
	if (span_eq(name, SPAN(text))) \
		return P_##id;
#define Q(id, text, type, help)
#include "handlers/params.def"
#undef V
#undef Q
	return P__N;
}

/* A collection never has a reserved name, so the order of paths in the table does not matter. */
static bool
path_matches(const char *pattern, const struct span *segments, size_t n_segments, struct span found[P__N])
{
	size_t i = 0;

	for (; pattern[0] == '/' && pattern[1] != '\0'; i++) {
		size_t n = strcspn(++pattern, "/");

		if (i == n_segments)
			return false;
		if (pattern[0] == '{') {
			enum param id = path_param((struct span){ pattern + 1, n - 2 });

			if (id == P__N || (id == P_VERSION && !is_version(segments[i]))
			    || (id == P_API && !is_api_version(segments[i]))
			    || (id == P_COLLECTION && is_reserved(segments[i])))
				return false;
			found[id] = segments[i];
		} else if (!span_eq((struct span){ pattern, n }, segments[i])) {
			return false;
		}
		pattern += n;
	}
	return i == n_segments;
}

static bool
same_path(const struct route *a, const struct route *b)
{
	return a->base == b->base && strcmp(a->path, b->path) == 0;
}

struct asked {				/* the `action` parameters of the query */
	bool given, differ;
	struct span name;
};

static struct asked
action_asked(const struct request *req)
{
	struct asked a = { .given = false };

	for (size_t i = 0; i < req->n_pairs; i++) {
		if (!span_eq(req->pairs[i].name, SPAN("action")))
			continue;
		if (a.given && !span_eq(a.name, req->pairs[i].value))
			a.differ = true;
		a.given = true;
		a.name = req->pairs[i].value;
	}
	return a;
}

/* Rows of one path: first the action that the path names, then the method, then the action that the query names. */
static struct match
choose(const struct route *first, const struct request *req, struct span path_action)
{
	struct asked asked = action_asked(req);
	struct match m = { MATCH_NO_PATH, first };

	for (const struct route *r = first; r->path != NULL && same_path(first, r); r++) {
		struct span name = span_of(r->act_name);

		if (path_action.p != NULL && !span_eq(name, path_action))
			continue;
		if (m.kind == MATCH_NO_PATH)
			m.kind = MATCH_NO_METHOD;
		if ((methods_of(r) & (unsigned)req->method) == 0)
			continue;
		m.kind = MATCH_BAD_ACTION;
		if (req->method == M_POST && asked.given
		    ? !asked.differ && span_eq(asked.name, name) && r->act_name != NULL
		    : path_action.p != NULL || r->act_name == NULL)
			return (struct match){ MATCH_ROW, r };
	}
	if (m.kind == MATCH_NO_PATH)
		m.row = NULL;
	return m;
}

struct match
route_find(const struct request *req, enum route_base base, const struct span *segments, size_t n_segments,
    struct params *params)
{
	if (req->has_empty_segment)
		return (struct match){ MATCH_NO_PATH, NULL };
	for (const struct route *r = routes; r->path != NULL; r++) {
		struct span found[P__N] = { { NULL, 0 } };

		if ((r->base != base && r->base != BASE_API) || (r != routes && same_path(r - 1, r))
		    || !path_matches(r->path, segments, n_segments, found))
			continue;
		for (int id = 0; id < P__N; id++) {
			if (found[id].p != NULL) {
				params->text[id] = found[id];
				params->given |= (param_set)1 << id;
			}
		}
		return choose(r, req, found[P_ACTION_SEG]);
	}
	return (struct match){ MATCH_NO_PATH, NULL };
}

void
route_allow(const struct route *row, bool except_writers, unsigned without, char out[ALLOW_TEXT])
{
	static const enum http_method order[] = { M_GET, M_HEAD, M_POST, M_PUT, M_PATCH, M_DELETE };
	bool is_of_action = strstr(row->path, "{action}") != NULL;	/* each is a resource of its own */
	unsigned methods = 0;
	size_t n = 0;

	for (const struct route *r = routes; r->path != NULL; r++)
		if (same_path(r, row) && (!is_of_action || span_eq(span_of(r->act_name), span_of(row->act_name))) && r->summary != NULL
		    && !(except_writers && r->writes_objects))
			methods |= methods_of(r);
	methods &= ~without;
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if ((methods & (unsigned)order[i]) != 0)
			n += (size_t)snprintf(out + n, ALLOW_TEXT - n, "%s%s", n > 0 ? ", " : "", method_name(order[i]));
	if (n == 0)		/* a field without a value does not come through every web server */
		snprintf(out, ALLOW_TEXT, "OPTIONS");
}
