/* handlers/page.c - listings of the Database API: how much, and the links from page to page */
#include "handlers/page.h"

#include "handlers/url.h"

enum { DEFAULT_LIMIT = 25 };

bool
page_read(const struct call *c, const struct filter_columns *columns, struct page *out, struct err *e)
{
	uint64_t most = (uint64_t)c->site->set->page_max_rows;

	*out = (struct page){ .limit = DEFAULT_LIMIT, .offset = c->params->offset };
	if (param_given(c->params, P_LIMIT))
		out->limit = c->params->limit;
	if (out->limit > most)
		out->limit = most;
	return !param_given(c->params, P_Q) || filter_parse(c->params->text[P_Q], "q", columns, c->mem, &out->filter, e);
}

static void
link_open(struct buf *b, const struct call *c, const char *rel, struct span path)
{
	if (b->n > 0 && b->p[b->n - 1] == '}')
		buf_char(b, ',');
	buf_printf(b, "{\"rel\":\"%s\",\"href\":\"", rel);
	buf_span(b, c->base_url);
	buf_span(b, path);
}

void
page_link(struct buf *b, const struct call *c, const char *rel, struct span path)
{
	link_open(b, c, rel, path);
	put_lit(b, "\"}");
}

/* offset 0: the first page; what the client said of limit and q stays */
static void
link_to(struct buf *b, const struct call *c, const char *rel, const char *path, const struct page *page, uint64_t offset)
{
	char separator = '?';

	link_open(b, c, rel, span_of(path));
	if (offset > 0) {
		buf_printf(b, "?offset=%llu", (unsigned long long)offset);
		separator = '&';
	}
	if (param_given(c->params, P_LIMIT)) {
		buf_printf(b, "%climit=%llu", separator, (unsigned long long)page->limit);
		separator = '&';
	}
	if (param_given(c->params, P_Q)) {
		buf_printf(b, "%cq=", separator);
		url_encode_value(b, c->params->text[P_Q]);
	}
	put_lit(b, "\"}");
}

void
page_reply(const struct call *c, const char *path, const struct page *page, struct span items, size_t count, bool has_more,
    struct response *out)
{
	struct buf b;

	buf_init(&b, c->mem);
	put_lit(&b, "{\"items\":[");
	buf_span(&b, items);
	buf_printf(&b, "],\"hasMore\":%s,\"limit\":%llu,\"offset\":%llu,\"count\":%zu,\"links\":[", has_more ? "true" : "false",
	    (unsigned long long)page->limit, (unsigned long long)page->offset, count);
	page_link(&b, c, "self", span_of(path));
	page_link(&b, c, "describedby", SPAN("/metadata-catalog/"));
	link_to(&b, c, "first", path, page, 0);
	if (has_more)
		link_to(&b, c, "next", path, page, page->offset + count);
	if (page->offset > 0)
		link_to(&b, c, "prev", path, page, page->offset > page->limit ? page->offset - page->limit : 0);
	put_lit(&b, "]}");
	out->status = 200;
	out->rows = (int64_t)count;
	response_body(out, "application/json", buf_text(&b));
}
