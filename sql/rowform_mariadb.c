/* sql/rowform_mariadb.c - a row as bytes: short values and lengths between commas, then the long values
 *
 * 7,2024-01-02,5,,;,Hello: a number, a date, a text of five bytes, a text that is NULL; behind a semicolon the texts in their order,
 * each behind a comma.  Texts are taken as bytes: nothing is converted, a text may hold anything, and columns of one table may have
 * different collations.
 */
#include "sql/rowform.h"

#include "sql/dialect.h"
#include "sql/ident.h"

static bool
begins(struct span s, const char *with)
{
	return s.n >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

static bool
is_utf8(const struct column *c)
{
	return c->collation.n == 0 || begins(c->collation, "utf8") || begins(c->collation, "ascii");
}

static bool
is_geometry(const struct column *c)
{
	static const char *const kinds[] = { "geometry", "point", "linestring", "polygon", "multi" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (begins(c->native, kinds[i]))
			return true;
	return false;
}

static void
put_value(const struct column *c, struct buf *out)
{
	const char *end = ")";

	if (c->type == ABS_FLOAT32)		/* printed with 6 digits otherwise */
		put_lit(out, "CAST(");
	else if (c->type == ABS_UINT64 && begins(c->native, "bit"))
		put_lit(out, "CAST(");
	else if (c->type == ABS_UUID)
		put_lit(out, "CAST(");
	else if (c->type == ABS_OTHER && is_geometry(c))
		put_lit(out, "ST_AsText(");
	else if (c->type == ABS_OTHER)
		put_lit(out, "CAST(");
	else if (c->type != ABS_BINARY && !cell_is_short(c) && !is_utf8(c))
		put_lit(out, "CONVERT(");
	else
		end = "";
	put_ident(&dialect_mariadb, c->name, out);
	if (c->type == ABS_FLOAT32)
		put_lit(out, " AS DOUBLE");
	else if (c->type == ABS_UINT64 && begins(c->native, "bit"))
		put_lit(out, " AS UNSIGNED");
	else if (c->type == ABS_UUID || (c->type == ABS_OTHER && !is_geometry(c)))
		put_lit(out, " AS CHAR");
	else if (end[0] != '\0' && c->type != ABS_OTHER)
		put_lit(out, " USING utf8mb4");
	buf_addz(out, end);
}

/* A separator that is bytes makes bytes of all that it stands between.  NULL is left out, and so is missing before the mark. */
static void
put(const struct table *t, struct buf *out)
{
	bool has_long = false;

	put_lit(out, "CONCAT_WS(CAST(x'2C' AS BINARY)");
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];

		buf_addz(out, c->nullable ? ", IFNULL(" : ", ");
		buf_addz(out, cell_is_short(c) ? "" : "LENGTH(");
		put_value(c, out);
		buf_addz(out, cell_is_short(c) ? "" : ")");
		buf_addz(out, c->nullable ? ", '')" : "");
		has_long = has_long || !cell_is_short(c);
	}
	if (has_long)
		put_lit(out, ", ';'");
	for (size_t i = 0; i < t->n_columns; i++)
		if (!cell_is_short(&t->columns[i])) {
			put_lit(out, ", ");
			put_value(&t->columns[i], out);
		}
	buf_char(out, ')');
}

/* ---- reading ---- */

static bool
read_short(const struct column *c, char *p, size_t n, struct cell *out)
{
	*out = (struct cell){ .kind = CELL_TEXT, .text = { p, n } };
	switch (c->type) {
	case ABS_BOOL:
		if (!cell_int(out->text, out))
			return false;
		if (out->number == 0 || out->number == 1)
			out->kind = CELL_BOOL;
		return true;
	case ABS_INT16:
	case ABS_INT32:
	case ABS_INT64:
	case ABS_UINT64:
		return cell_int(out->text, out);
	case ABS_DECIMAL:
		out->kind = CELL_NUMBER;
		return true;
	case ABS_FLOAT32:
	case ABS_FLOAT64:
		out->kind = CELL_REAL;
		return true;
	case ABS_TIMESTAMPTZ:
		p[n] = 'Z';	/* the session's zone is UTC; where the comma was, or the spare byte */
		out->text.n++;
		/* fall through */
	case ABS_TIMESTAMP:
		if (n > 10)
			p[10] = 'T';
		return true;
	default:
		return true;
	}
}

static bool
read_long(const struct column *c, char *p, size_t n, struct cell *out)
{
	*out = (struct cell){ .kind = c->type == ABS_BINARY ? CELL_BLOB : CELL_TEXT, .text = { p, n } };
	return true;
}

static char *
read(const struct table *t, char *text, char *end, struct cell *cells)
{
	static const struct length_form form = { .mark = ';', .read_short = read_short, .read_long = read_long };

	return row_by_lengths(&form, t, text, end, cells);
}

/* Is the order of the index that of a comparison with a text or a number? */
static bool
can_follow(const struct column *c)
{
	return c->type != ABS_FLOAT32 && c->type != ABS_ENUM && c->type != ABS_OTHER && c->type != ABS_JSON && is_utf8(c);
}

static void
put_marker(const struct column *c, struct buf *out)
{
	switch (c->type) {
	case ABS_UINT64:
		put_lit(out, "CAST(? AS UNSIGNED)");
		break;
	case ABS_DECIMAL:
		buf_printf(out, "CAST(? AS DECIMAL(%lld,%lld))", (long long)c->precision, (long long)c->scale);
		break;
	case ABS_FLOAT64:
		put_lit(out, "CAST(? AS DOUBLE)");
		break;
	case ABS_TIMESTAMPTZ:	/* without its Z */
		put_lit(out, "TRIM(TRAILING 'Z' FROM ?)");
		break;
	default:
		buf_char(out, '?');
	}
}

/* Geometries travel as text. */
static const char *
load_marker(const struct column *c)
{
	return c->type == ABS_OTHER && is_geometry(c) ? "ST_GeomFromText(?)" : "?";
}

const struct row_form row_form_mariadb = {
	.is_bytes = true, .minds_nulls = true, .put = put, .read = read,
	.can_follow = can_follow, .put_marker = put_marker, .load_marker = load_marker,
};
