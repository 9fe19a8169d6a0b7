/* sql/rowform_postgresql.c - a row as text: short values and lengths between commas, then the long values
 *
 * 7,t,5,-1,Hello: a number, a truth, a text of five bytes, a text that is NULL; the texts follow in their order, each behind a
 * comma.  Values are made by the output functions of their types, as COPY does.  Nothing is quoted, so nobody looks at each byte
 * of a text.  The encoding of database and client is the same, so lengths are those of what is sent.
 */
#include "sql/rowform.h"

#include "sql/dialect.h"
#include "sql/ident.h"

enum { ARGUMENTS = 90 };	/* a function takes at most 100 */

/* What can be asked for the length of its text without making it. */
static bool
has_length(const struct column *c)
{
	static const char *const types[] = { "text", "character varying", "character" };

	if (c->native.n == 0)		/* of a table of ours */
		return c->type == ABS_TEXT || c->type == ABS_JSON;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		size_t n = strlen(types[i]);

		if (c->native.n >= n && memcmp(c->native.p, types[i], n) == 0 && (c->native.n == n || c->native.p[n] == '('))
			return c->type == ABS_TEXT || c->type == ABS_CHAR;
	}
	return false;
}

/* num_nonnulls(): a composite value may be there and consist of NULLs. */
static void
put_length(const struct column *c, struct buf *out)
{
	bool is_known = has_length(c) || c->type == ABS_BINARY;

	if (!is_known) {
		put_lit(out, "nullif(num_nonnulls(");
		put_ident(&dialect_postgresql, c->name, out);
		put_lit(out, "), 0) * ");
	}
	buf_addz(out, is_known ? "octet_length(" : "octet_length(concat(");
	put_ident(&dialect_postgresql, c->name, out);
	buf_addz(out, is_known ? ")" : "))");
	if (c->type == ABS_BINARY)	/* \x and two digits for each byte */
		put_lit(out, " * 2 + 2");
}

static void
put_head(const struct column *c, bool nothing_is_null, struct buf *out)
{
	if (!cell_is_short(c)) {
		put_lit(out, "coalesce(");
		put_length(c, out);
		put_lit(out, ", -1)");
	} else if (c->nullable && !nothing_is_null) {
		put_lit(out, "concat(");
		put_ident(&dialect_postgresql, c->name, out);
		buf_char(out, ')');
	} else {
		put_ident(&dialect_postgresql, c->name, out);
	}
}

/* All at once: concat_ws() leaves NULL out, with its comma. */
static void
put_narrow(const struct table *t, bool nothing_is_null, struct buf *out)
{
	put_lit(out, "concat_ws(','");
	for (size_t i = 0; i < t->n_columns; i++) {
		put_lit(out, ", ");
		put_head(&t->columns[i], nothing_is_null, out);
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		if (cell_is_short(&t->columns[i]))
			continue;
		put_lit(out, ", ");
		put_ident(&dialect_postgresql, t->columns[i].name, out);
	}
	buf_char(out, ')');
}

/* Pieces of as many arguments as a function takes. */
static void
put_wide(const struct table *t, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_columns; i++) {
		buf_addz(out, i % ARGUMENTS != 0 ? ", " : i == 0 ? "concat_ws(',', " : ") || ',' || concat_ws(',', ");
		put_head(&t->columns[i], false, out);
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		if (cell_is_short(&t->columns[i]))
			continue;
		buf_addz(out, n++ % ARGUMENTS != 0 ? ", CASE WHEN num_nonnulls(" : ") || concat(CASE WHEN num_nonnulls(");
		put_ident(&dialect_postgresql, t->columns[i].name, out);
		put_lit(out, ") = 1 THEN concat(',', ");
		put_ident(&dialect_postgresql, t->columns[i].name, out);
		put_lit(out, ") END");
	}
	buf_char(out, ')');
}

static void
put(const struct table *t, struct buf *out)
{
	const char *word = "CASE WHEN ";
	size_t n = t->n_columns;

	for (size_t i = 0; i < t->n_columns; i++)
		n += !cell_is_short(&t->columns[i]);
	if (n > ARGUMENTS) {
		put_wide(t, out);
		return;
	}
	for (size_t i = 0; i < t->n_columns; i++) {	/* usually it is known with one look at each */
		if (!cell_is_short(&t->columns[i]) || !t->columns[i].nullable)
			continue;
		buf_addz(out, word);
		put_ident(&dialect_postgresql, t->columns[i].name, out);
		put_lit(out, " IS NOT NULL");
		word = " AND ";
	}
	if (word[0] == ' ') {
		put_lit(out, " THEN ");
		put_narrow(t, true, out);
		put_lit(out, " ELSE ");
	}
	put_narrow(t, word[0] != ' ', out);
	if (word[0] == ' ')
		put_lit(out, " END");
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
read_short(const struct column *c, char *p, size_t n, struct cell *out)
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
	case ABS_TIMESTAMP:
	case ABS_TIMESTAMPTZ:
		out->text = moment(p, n, c->type == ABS_TIMESTAMPTZ);
		return true;
	default:
		return true;
	}
}

static bool
read_long(const struct column *c, char *p, size_t n, struct cell *out)
{
	if (c->type == ABS_BINARY)
		return n >= 2 && p[0] == '\\' && p[1] == 'x' && cell_hex(p + 2, n - 2, out);
	*out = (struct cell){ .kind = CELL_TEXT, .text = { p, n } };
	return true;
}

static char *
read(const struct table *t, char *text, char *end, struct cell *cells)
{
	static const struct length_form form = { .read_short = read_short, .read_long = read_long };

	return row_by_lengths(&form, t, text, end, cells);
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
