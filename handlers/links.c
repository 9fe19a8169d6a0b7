/* handlers/links.c - the page-level links of a listing */
#include "handlers/links.h"

#include "base/buf.h"
#include "handlers/url.h"

/* One link; its own parameter first, then those that every page of the walk shares. */
struct link {
	const struct call *call;
	uint64_t limit;
	struct buf *b;
	char separator;
};

static void
link_parameter(struct link *l, const char *name)
{
	buf_char(l->b, l->separator);
	buf_addz(l->b, name);
	buf_char(l->b, '=');
	l->separator = '&';
}

static void
link_number(struct link *l, const char *name, uint64_t value)
{
	link_parameter(l, name);
	buf_int(l->b, (int64_t)value);
}

static void
link_open(struct link *l, const char *rel)
{
	if (l->b->n > 1)
		buf_char(l->b, ',');
	buf_printf(l->b, "{\"rel\":\"%s\",\"href\":\"", rel);
	buf_span(l->b, l->call->base_url);
	buf_char(l->b, '/');
	url_encode_segment(l->b, l->call->params->text[P_COLLECTION]);
	l->separator = '?';
}

static void
link_close(struct link *l)
{
	const struct params *p = l->call->params;

	if (l->limit > 0)
		link_number(l, "limit", l->limit);
	if (p->fields != FIELDS_ALL) {
		link_parameter(l, "fields");
		buf_addz(l->b, p->fields == FIELDS_ID ? "id" : "value");
	}
	if (p->total) {
		link_parameter(l, "totalResults");
		put_lit(l->b, "true");
	}
	put_lit(l->b, "\"}");
}

static void
link_by_key(struct link *l, const char *rel, const char *name, struct span key)
{
	link_open(l, rel);
	link_parameter(l, name);
	url_encode_value(l->b, key);
	link_close(l);
}

static void
link_by_offset(struct link *l, const char *rel, uint64_t offset)
{
	link_open(l, rel);
	link_number(l, "offset", offset);
	link_close(l);
}

struct span
links_by_offset(const struct call *c, uint64_t limit, uint64_t offset, size_t count, bool has_more)
{
	struct buf b;
	struct link l = { .call = c, .limit = limit, .b = &b };

	if (c->params->fields == FIELDS_ID)
		return (struct span){ NULL, 0 };
	buf_init(&b, c->mem);
	buf_char(&b, '[');
	link_open(&l, "first");
	link_close(&l);
	if (offset > 0)
		link_by_offset(&l, "prev", limit > 0 && offset > limit ? offset - limit : 0);
	if (has_more)
		link_by_offset(&l, "next", offset + count);
	buf_char(&b, ']');
	return buf_text(&b);
}

struct span
links_by_key(const struct call *c, uint64_t limit, bool descending, struct span first, struct span last, bool has_more)
{
	bool after_before = param_given(c->params, P_AFTER) || param_given(c->params, P_BEFORE);
	const char *up = after_before ? "after" : "fromID";
	const char *down = after_before ? "before" : "toID";
	struct buf b;
	struct link l = { .call = c, .limit = limit, .b = &b };

	if (c->params->fields == FIELDS_ID)
		return (struct span){ NULL, 0 };
	buf_init(&b, c->mem);
	buf_char(&b, '[');
	link_open(&l, "first");
	link_close(&l);
	if (first.n > 0)
		link_by_key(&l, "prev", descending ? up : down, first);
	if (has_more)
		link_by_key(&l, "next", descending ? down : up, last);
	buf_char(&b, ']');
	return buf_text(&b);
}
