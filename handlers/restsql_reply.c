/* handlers/restsql_reply.c - the answer of POST _/sql: one item for each statement that was run */
#include "handlers/restsql.h"

#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>

static void
close_row(void *row)
{
	struct arena *mem = row;

	arena_close(&mem);
}

void
sql_reply_open(struct sql_reply *r, const struct sql_request *asked, struct arena *mem)
{
	*r = (struct sql_reply){ .mem = mem, .shows = asked->shows, .row = arena_open(ROW_MOST_BYTES) };
	arena_defer(mem, close_row, r->row);
	buf_init(&r->b, mem);
	put_lit(&r->b, "{\"env\":{\"defaultTimeZone\":\"UTC\"},\"items\":[");
}

void
sql_reply_close(struct sql_reply *r, struct response *out)
{
	put_lit(&r->b, "]}");
	out->status = 200;
	out->rows = r->n_rows;
	response_body(out, "application/json", buf_text(&r->b));
}

static bool
shows(const struct sql_reply *r, enum sql_shown part)
{
	return (r->shows & (unsigned)part) != 0;
}

/* "name": with a comma before it unless it is the first member */
static void
member(struct sql_reply *r, const char *name)
{
	if (r->b.p[r->b.n - 1] != '{')
		buf_char(&r->b, ',');
	buf_printf(&r->b, "\"%s\":", name);
}

void
sql_item_open(struct sql_reply *r, const struct statement *st, const struct sql_request *asked)
{
	struct buf *b = &r->b;

	if (r->n_items++ > 0)
		buf_char(b, ',');
	buf_char(b, '{');
	if (shows(r, SHOW_INFORMATION))
		buf_printf(b, "\"statementId\":%zu,\"statementType\":\"%s\",\"statementPos\":{\"startLine\":%zu,\"endLine\":%zu}",
		    r->n_items, statement_type_name(st->type), st->start_line, st->end_line);
	if (shows(r, SHOW_TEXT)) {
		member(r, "statementText");
		buf_json(b, st->text);
	}
	if (asked->n_binds > 0 && shows(r, SHOW_BINDS)) {
		member(r, "binds");
		for (size_t i = 0; i < asked->n_binds; i++) {
			buf_char(b, i == 0 ? '[' : ',');
			buf_span(b, asked->binds[i].as_sent);
		}
		buf_char(b, ']');
	}
}

/* response: lines */
void
sql_item_close(struct sql_reply *r, struct span response, const int64_t *results, size_t n_results, bool is_batch)
{
	struct buf *b = &r->b;

	if (shows(r, SHOW_RESPONSE)) {
		bool is_first = true;

		member(r, "response");
		buf_char(b, '[');
		while (response.n > 0) {
			const char *end = memchr(response.p, '\n', response.n);
			struct span line = { response.p, end == NULL ? response.n : (size_t)(end - response.p) };

			if (!is_first)
				buf_char(b, ',');
			is_first = false;
			buf_json(b, line);
			response.p += line.n + (end != NULL);
			response.n -= line.n + (end != NULL);
		}
		buf_char(b, ']');
	}
	if (shows(r, SHOW_RESULT)) {
		member(r, "result");
		if (is_batch)
			buf_char(b, '[');
		else if (n_results == 0)	/* of a failure */
			buf_char(b, '0');
		for (size_t i = 0; i < n_results; i++) {
			if (i > 0)
				buf_char(b, ',');
			buf_int(b, results[i]);
		}
		if (is_batch)
			buf_char(b, ']');
	}
	buf_char(b, '}');
}

void
sql_item_failed(struct sql_reply *r, const struct caller_fault *f)
{
	struct buf *b = &r->b;

	member(r, "errorCode");
	buf_int(b, f->code);
	if (f->state[0] != '\0') {
		put_lit(b, ",\"sqlState\":");
		buf_json(b, span_of(f->state));
	}
	buf_printf(b, ",\"errorLine\":%zu,\"errorColumn\":%zu,\"errorDetails\":", f->line, f->column);
	buf_json(b, f->text);
}

/* ---- rows ---- */

struct label {				/* of a column in items */
	struct span text;
};

static bool
is_taken(const struct label *labels, size_t n, struct span text)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(labels[i].text, text))
			return true;
	return false;
}

/* in lower case; one that is there already gets _1, _2 ... */
static struct label *
make_labels(const struct caller_stmt *c, struct arena *mem)
{
	struct label *labels = ARENA_ARRAY(mem, struct label, c->n_columns + 1);

	for (size_t i = 0; i < c->n_columns; i++) {
		struct span name = c->columns[i].name;
		char *lower = arena_z(mem, name);
		struct span text = { lower, name.n };

		for (size_t k = 0; k < name.n; k++)
			if (lower[k] >= 'A' && lower[k] <= 'Z')
				lower[k] |= 0x20;
		for (unsigned n = 1; is_taken(labels, i, text); n++)
			text = span_of(arena_printf(mem, "%s_%u", lower, n));
		labels[i].text = text;
	}
	return labels;
}

static void
put_metadata(struct sql_reply *r, const struct caller_stmt *c, const struct label *labels)
{
	struct buf *b = &r->b;

	put_lit(b, "\"metadata\":[");
	for (size_t i = 0; i < c->n_columns; i++) {
		const struct caller_column *col = &c->columns[i];

		if (i > 0)
			buf_char(b, ',');
		put_lit(b, "{\"columnName\":");
		buf_json(b, col->name);
		put_lit(b, ",\"jsonColumnName\":");
		buf_json(b, labels[i].text);
		put_lit(b, ",\"columnTypeName\":");
		buf_json(b, span_of(col->type_name));
		buf_printf(b, ",\"precision\":%lld,\"scale\":%lld,\"isNullable\":%d}", (long long)col->precision,
		    (long long)col->scale, col->nullable);
	}
	put_lit(b, "],");
}

/* the shortest spelling that is the same double */
static void
put_real(struct buf *b, struct span digits)
{
	char text[40];
	double v;

	if (digits.p[digits.n - 1] > '9') {	/* NaN, Infinity */
		buf_json(b, digits);
		return;
	}
	v = strtod(digits.p, NULL);
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_addz(b, text);
}

static void
put_bytes(struct sql_reply *r, struct span bytes)
{
	char *text = arena_alloc(r->row, base64_size(bytes.n));

	buf_json(&r->b, (struct span){ text, base64_encode(bytes, text) });
}

static void
put_cell(struct sql_reply *r, const struct cell *cell)
{
	struct buf *b = &r->b;

	switch (cell->kind) {
	case CELL_NULL:
		put_lit(b, "null");
		break;
	case CELL_BOOL:
		buf_addz(b, cell->number != 0 ? "true" : "false");
		break;
	case CELL_INT:
		buf_int(b, cell->number);
		break;
	case CELL_NUMBER:
		buf_span(b, cell->text);
		break;
	case CELL_REAL:
		put_real(b, cell->text);
		break;
	case CELL_TEXT:
		buf_json(b, cell->text);
		break;
	case CELL_BLOB:
		put_bytes(r, cell->text);
		break;
	}
}

static void
put_row(struct sql_reply *r, const struct caller_stmt *c, const struct label *labels, const struct cell *row)
{
	for (size_t i = 0; i < c->n_columns; i++) {
		buf_char(&r->b, i == 0 ? '{' : ',');
		buf_json(&r->b, labels[i].text);
		buf_char(&r->b, ':');
		put_cell(r, &row[i]);
	}
	buf_char(&r->b, '}');
}

bool
sql_item_rows(struct sql_reply *r, struct caller_stmt *c, const struct caller_page *page, struct caller_fault *f, struct err *e)
{
	struct label *labels = make_labels(c, r->mem);
	const struct cell *row = NULL;
	uint64_t n = 0;
	size_t start = r->b.n;
	bool ok;

	member(r, "resultSet");
	buf_char(&r->b, '{');
	if (shows(r, SHOW_METADATA))
		put_metadata(r, c, labels);
	put_lit(&r->b, "\"items\":[");
	while ((ok = caller_row(c, r->row, &row, f, e)) && row != NULL) {
		if (n == page->limit || r->b.n > ANSWER_MOST_BYTES)
			break;
		if (n++ > 0)
			buf_char(&r->b, ',');
		put_row(r, c, labels, row);
		arena_clear(r->row);
	}
	arena_clear(r->row);
	if (!ok) {
		r->b.n = start;		/* what came before the failure is no result */
		return false;
	}
	r->n_rows += (int64_t)n;
	buf_printf(&r->b, "],\"hasMore\":%s,\"limit\":%llu,\"offset\":%llu,\"count\":%llu}", row != NULL ? "true" : "false",
	    (unsigned long long)page->limit, (unsigned long long)page->offset, (unsigned long long)n);
	return true;
}
