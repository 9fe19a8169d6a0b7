/* sql/rowform_postgresql.c - a row as the text of a composite value: (7,t,"a ""quoted"" text",)
 *
 * Made by the output functions of the types, as COPY does.  Nothing between two commas is NULL.
 */
#include "sql/rowform.h"

#include "sql/dialect.h"
#include "sql/ident.h"

static void
put(const struct table *t, struct buf *out)
{
	put_lit(out, "ROW(");
	for (size_t i = 0; i < t->n_columns; i++) {
		if (i > 0)
			put_lit(out, ", ");
		put_ident(&dialect_postgresql, t->columns[i].name, out);
	}
	put_lit(out, ")::text");
}

/* ---- reading ---- */

/* 2024-01-02 03:04:05.5+00 as ISO 8601; infinity and years before Christ stay as they are */
static struct span
moment(char *p, size_t n, bool has_zone)
{
	if (n < 19 || p[n - 1] == 'C')
		return (struct span){ p, n };
	for (size_t i = 10; i < n; i++)
		if (p[i] == ' ') {
			p[i] = 'T';
			break;
		}
	if (has_zone && memcmp(p + n - 3, "+00", 3) == 0) {
		p[n - 3] = 'Z';
		n -= 2;
	}
	return (struct span){ p, n };
}

static bool
read_cell(const struct column *c, char *p, size_t n, struct cell *out)
{
	*out = (struct cell){ .kind = CELL_TEXT, .text = { p, n } };
	switch (c->type) {
	case ABS_BOOL:
		*out = (struct cell){ .kind = CELL_BOOL, .number = p[0] == 't' };
		return n == 1;
	case ABS_INT16:
	case ABS_INT32:
	case ABS_INT64:
		return cell_int(out->text, out);
	case ABS_DECIMAL:
		out->kind = CELL_NUMBER;
		return true;
	case ABS_FLOAT32:
	case ABS_FLOAT64:
		out->kind = CELL_REAL;
		return true;
	case ABS_BINARY:
		return n >= 2 && p[0] == '\\' && p[1] == 'x' && cell_hex(p + 2, n - 2, out);
	case ABS_TIMESTAMP:
	case ABS_TIMESTAMPTZ:
		out->text = moment(p, n, c->type == ABS_TIMESTAMPTZ);
		return true;
	default:
		return true;
	}
}

/* From behind the opening quote to behind the closing one; quotes and backslashes are doubled. */
static bool
unquote(char **at, char *end, size_t *n)
{
	char *from = *at, *p, *to, *quote = memchr(from, '"', (size_t)(end - from));

	if (quote == NULL)
		return false;
	p = memchr(from, '\\', (size_t)(quote - from));
	if (p == NULL)
		p = quote;
	to = p;
	while (p < end) {
		if (*p == '"' || *p == '\\') {
			bool is_double = p + 1 < end && p[1] == *p;

			if (*p == '"' && !is_double) {
				*n = (size_t)(to - from);
				*at = p + 1;
				return true;
			}
			if (!is_double)
				return false;
			p++;
		}
		*to++ = *p++;
	}
	return false;
}

static bool
read(const struct table *t, char *text, size_t n, struct cell *cells)
{
	char *p = text, *end = text + n - 1;

	if (n < 2 || *p++ != '(' || *end != ')')
		return false;
	for (size_t i = 0; i < t->n_columns; i++) {
		char *from = p;
		size_t length;

		if (p < end && *p == '"') {
			from = ++p;
			if (!unquote(&p, end, &length))
				return false;
		} else {
			while (p < end && *p != ',')
				p++;
			length = (size_t)(p - from);
			if (length == 0)
				from = NULL;
		}
		if (from == NULL)
			cells[i] = (struct cell){ .kind = CELL_NULL };
		else if (!read_cell(&t->columns[i], from, length, &cells[i]))
			return false;
		if (i < t->n_columns - 1 && (p == end || *p++ != ','))
			return false;
	}
	return p == end;
}

static void
put_marker(const struct column *c, struct buf *out)
{
	if (c->native.n == 0) {
		buf_char(out, '?');
		return;
	}
	put_lit(out, "CAST(? AS ");
	buf_span(out, c->native);	/* as format_type() prints it */
	buf_char(out, ')');
}

const struct row_form row_form_postgresql = {
	.put = put, .read = read,
	.has_cursors = true,
	.compares_rows = true, .put_marker = put_marker,
};
