/* sql/rowform_sqlite.c - a row as a JSON array, which tells the class of each value
 *
 * The driver prints doubles with 15 digits, cuts texts at NUL and does not tell of which class a value is.  json_array() does none
 * of this.  A number is an integer; a string is a double in columns that mostly hold such, else a text; the rare classes are
 * arrays: [hex] a blob, [text,1] a text, [digits,0,0] a double, [number] an integer.
 *
 * Printing a double takes the engine longer than all else of a row.  In a column of decimals with a scale most are whole numbers of
 * its last place: such a number stands there, if divided again it gives the same double, so its digits with the point between them
 * read as that double.
 *
 * Documents have quotes everywhere, and nobody needs them escaped twice: the array has the length of their text, which follows it.
 */
#include "sql/rowform.h"

#include "base/scan.h"
#include "sql/dialect.h"
#include "sql/ident.h"

#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	GROUP = 100,			/* a function takes at most 127 arguments */
	SCALE_MOST = 9
};

#define DIGITS "printf('%!.17g', "

static bool
holds_doubles(const struct column *c)
{
	return c->type == ABS_FLOAT32 || c->type == ABS_FLOAT64 || c->type == ABS_DECIMAL;
}

static bool
holds_integers(const struct column *c)
{
	return c->type >= ABS_INT16 && c->type <= ABS_UINT64;
}

/* Do most doubles come as whole numbers of their last place? */
static bool
is_scaled(const struct column *c)
{
	return c->type == ABS_DECIMAL && c->scale > 0 && c->scale <= SCALE_MOST;
}

/* The affinity TEXT turns numbers into texts when they are stored. */
static bool
has_text_affinity(const struct column *c)
{
	return (c->type == ABS_TEXT || c->type == ABS_CHAR) && c->native.n > 0;
}

/* The text of a document, which has no NUL. */
static bool
is_document(const struct column *c)
{
	return c->type == ABS_JSON && c->native.n == 0;
}

static void
put_as(const char *before, struct span name, const char *behind, struct buf *out)
{
	buf_addz(out, before);
	buf_span(out, name);
	buf_addz(out, behind);
}

/* Bytes are those that will be read, unless the file is kept in UTF-16. */
static void
put_is_plain(struct span name, struct buf *out)
{
	put_as("CASE WHEN typeof(", name, ") = 'text' AND length(CAST('a' AS BLOB)) = 1 THEN ", out);
}

/* The nearest whole number of the last place; adding half of the largest mantissa rounds. */
static void
put_rounded(struct span name, int64_t scale, struct buf *out)
{
	put_as("(", name, " * 1e", out);
	buf_int(out, scale);
	put_lit(out, " + 6755399441055744.0 - 6755399441055744.0)");
}

/* Not of less than 1, which would have no digit before the point, nor of infinities. */
static void
put_scaled(struct span name, int64_t scale, struct buf *out)
{
	put_as(" WHEN 'real' THEN CASE WHEN ", name, " * ", out);
	put_as("", name, " BETWEEN 1.0 AND 1e18 AND ", out);
	put_rounded(name, scale, out);
	put_lit(out, " / 1e");
	buf_int(out, scale);
	put_as(" = ", name, " THEN CAST(", out);
	put_rounded(name, scale, out);
	put_as(" AS INTEGER) ELSE " DIGITS, name, ") END WHEN 'integer' THEN json_array(", out);
	put_as("", name, ")", out);
}

/* What is rare in a column of numbers ends the page when it is long: no value is an empty array. */
static void
put_limit(struct span name, size_t most, struct buf *out)
{
	if (most == 0)
		return;
	put_as(" WHEN CASE WHEN length(CAST(", name, " AS BLOB)) > ", out);
	buf_int(out, (int64_t)most);
	put_as(" THEN typeof(", name, ") END THEN json_array()", out);
}

/* The class that most values have is asked for first.  Where numbers become texts, all that sorts before blobs is text, and
 * comparing is cheaper than asking; so it is for integers, where a number of another kind, which no reader takes for one, may end the
 * page.  most: bytes of a value; 0: any, and no page ends */
static void
put_column(const struct column *c, size_t most, struct buf *out)
{
	bool compares = holds_integers(c) && most > 0;
	struct span name;
	struct buf quoted;

	buf_init(&quoted, out->mem);
	put_ident(&dialect_sqlite, c->name, &quoted);
	name = buf_text(&quoted);
	if (c->is_identity) {
		buf_span(out, name);
		return;
	}
	if (has_text_affinity(c)) {
		put_as("CASE WHEN ", name, " < x'' THEN ", out);
		put_as("", name, " WHEN ", out);
		put_as("", name, " NOTNULL THEN json_array(hex(", out);
		put_as("", name, ")) END", out);
		return;
	}
	if (is_document(c)) {
		put_is_plain(name, out);
		put_as("length(CAST(", name, " AS BLOB)) ELSE ", out);
	}
	if (compares) {
		put_as("CASE WHEN +", name, " < '' THEN ", out);
		put_as("", name, " ELSE ", out);
	}
	put_as("CASE typeof(", name, ")", out);
	if (holds_doubles(c)) {
		if (is_scaled(c))
			put_scaled(name, c->scale, out);
		else
			put_as(" WHEN 'real' THEN " DIGITS, name, ")", out);
		put_limit(name, most, out);
		put_as(" WHEN 'text' THEN json_array(", name, ", 1)", out);
	} else {
		put_as(holds_integers(c) ? " WHEN 'integer' THEN " : " WHEN 'text' THEN ", name, "", out);
		put_as(" WHEN 'real' THEN json_array(" DIGITS, name, "), 0, 0)", out);
		if (holds_integers(c))
			put_limit(name, most, out);
	}
	put_as(" WHEN 'blob' THEN json_array(hex(", name, "))", out);
	put_as(" ELSE ", name, is_document(c) || compares ? " END END" : " END", out);
}

static void
put_document(const struct column *c, struct buf *out)
{
	struct buf quoted;

	buf_init(&quoted, out->mem);
	put_ident(&dialect_sqlite, c->name, &quoted);
	put_lit(out, " || ");
	put_is_plain(buf_text(&quoted), out);
	put_as("", buf_text(&quoted), " ELSE '' END", out);
}

static void
put_row(const struct table *t, size_t most, struct buf *out)
{
	put_lit(out, "json_array(");
	for (size_t i = 0; i < t->n_columns; i++) {
		if (t->n_columns > GROUP && i % GROUP == 0)
			put_lit(out, "json_array(");
		put_column(&t->columns[i], most, out);
		if (t->n_columns > GROUP && (i % GROUP == GROUP - 1 || i == t->n_columns - 1))
			buf_char(out, ')');
		if (i < t->n_columns - 1)
			put_lit(out, ", ");
	}
	buf_char(out, ')');
	for (size_t i = 0; i < t->n_columns; i++)
		if (is_document(&t->columns[i]))
			put_document(&t->columns[i], out);
}

static void
put(const struct table *t, struct buf *out)
{
	put_row(t, 0, out);
}

/* how many bytes the values have that may well be long */
static void
put_length(const struct table *t, struct buf *out)
{
	const char *plus = "";

	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];

		if (c->is_identity || holds_integers(c) || holds_doubles(c))
			continue;
		buf_addz(out, plus);
		put_lit(out, "ifnull(length(CAST(");
		put_ident(&dialect_sqlite, c->name, out);
		put_lit(out, " AS BLOB)), 0)");
		plus = " + ";
	}
	if (plus[0] == '\0')
		buf_char(out, '0');
}

static void
put_group(const struct table *t, size_t row_bytes, struct buf *out)
{
	put_lit(out, "count(*), group_concat(");
	put_row(t, row_bytes / t->n_columns + 1, out);
	put_lit(out, ", ',') FILTER (WHERE ");
	put_length(t, out);
	put_lit(out, " <= ");
	buf_int(out, (int64_t)row_bytes);
	buf_char(out, ')');
}

/* ---- reading ---- */

struct reader {
	char *p, *end;
};

static bool
take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static char *
put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* The engine escapes quote, backslash and control characters. */
static bool
unescape(struct reader *r, char **to)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	const char *at;
	char digits[5] = "";

	if (r->end - r->p < 2)
		return false;
	r->p++;
	if (*r->p != 'u') {
		at = memchr(from, *r->p, sizeof(from) - 1);
		if (at == NULL)
			return false;
		*(*to)++ = is[at - from];
		r->p++;
		return true;
	}
	if (r->end - r->p < 5)
		return false;
	memcpy(digits, r->p + 1, 4);
	*to = put_utf8(*to, (unsigned)strtoul(digits, NULL, 16));
	r->p += 5;
	return true;
}

/* How many bytes stand before the next quote or backslash? */
static size_t
plain(const char *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');

	for (; n - i >= 16; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		int found = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash)));

		if (found != 0)
			return i + (size_t)__builtin_ctz((unsigned)found);
	}
#endif
	while (i < n && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

static bool
read_string(struct reader *r, struct span *out)
{
	char *from, *to;

	if (!take(r, '"'))
		return false;
	from = to = r->p;
	while (r->p < r->end && *r->p != '"') {
		size_t n = plain(r->p, (size_t)(r->end - r->p));

		if (n == 0) {
			if (!unescape(r, &to))
				return false;
			continue;
		}
		if (to != r->p)
			memmove(to, r->p, n);
		to += n;
		r->p += n;
	}
	*out = (struct span){ from, (size_t)(to - from) };
	return take(r, '"');
}

/* What is not UTF-8 is carried as the bytes that it is. */
static struct cell
text_cell(struct span text)
{
	return (struct cell){ .kind = utf8_valid(text) ? CELL_TEXT : CELL_BLOB, .text = text };
}

static struct cell
double_cell(struct span digits)
{
	if (span_is(digits, "Inf"))
		digits = SPAN("Infinity");
	else if (span_is(digits, "-Inf"))
		digits = SPAN("-Infinity");
	return (struct cell){ .kind = CELL_REAL, .text = digits };
}

static bool
read_integer(struct reader *r, struct cell *out)
{
	char *from = r->p;

	while (r->p < r->end && *r->p != ',' && *r->p != ']')
		r->p++;
	return cell_int((struct span){ from, (size_t)(r->p - from) }, out) && out->kind == CELL_INT;
}

static bool
read_tagged(struct reader *r, struct cell *out)
{
	struct span s;
	bool ok = take(r, '[');

	if (ok && r->p < r->end && *r->p != '"')
		return read_integer(r, out) && take(r, ']');
	ok = ok && read_string(r, &s);
	if (ok && take(r, ']'))
		return cell_hex((char *)(uintptr_t)s.p, s.n, out);
	if (!ok || !take(r, ',') || r->p == r->end)
		return false;
	if (take(r, '1')) {
		*out = text_cell(s);
		return take(r, ']');
	}
	*out = double_cell(s);
	return take(r, '0') && take(r, ',') && take(r, '0') && take(r, ']');
}

/* The point comes between the digits: those before it move onto the byte that divides cells. */
static bool
point_digits(char *p, size_t n, size_t scale, struct cell *out)
{
	if (n - (p[0] == '-') <= scale)
		return false;
	memmove(p - 1, p, n - scale);
	p[n - scale - 1] = '.';
	*out = (struct cell){ .kind = CELL_REAL, .text = { p - 1, n + 1 } };
	return true;
}

static bool
read_number(struct reader *r, const struct column *c, struct cell *out)
{
	char *from = r->p;

	if (!read_integer(r, out))
		return false;
	if (is_scaled(c))
		return point_digits(from, (size_t)(r->p - from), (size_t)c->scale, out);
	if (c->type == ABS_BOOL && (out->number == 0 || out->number == 1))
		out->kind = CELL_BOOL;
	return true;
}

static bool
read_cell(struct reader *r, const struct column *c, struct cell *out)
{
	struct span s;

	if (r->p == r->end)
		return false;
	switch (*r->p) {
	case 'n':
		*out = (struct cell){ .kind = CELL_NULL };
		r->p += 4;
		return r->p <= r->end;
	case '"':
		if (!read_string(r, &s))
			return false;
		*out = holds_doubles(c) ? double_cell(s) : text_cell(s);
		return true;
	case '[':
		return read_tagged(r, out);
	default:
		return read_number(r, c, out);
	}
}

static bool
read_documents(const struct table *t, struct reader *r, struct cell *cells)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		int64_t n = cells[i].number;

		if (!is_document(&t->columns[i]) || cells[i].kind != CELL_INT)
			continue;
		if (n < 0 || n > r->end - r->p)
			return false;
		cells[i] = text_cell((struct span){ r->p, (size_t)n });
		r->p += n;
	}
	return true;
}

static char *
read(const struct table *t, char *text, char *end, struct cell *cells)
{
	struct reader r = { text, end };
	bool grouped = t->n_columns > GROUP;

	if (!take(&r, '['))
		return NULL;
	for (size_t i = 0; i < t->n_columns; i++) {
		if ((i > 0 && !take(&r, ',')) || (grouped && i % GROUP == 0 && !take(&r, '['))
		    || !read_cell(&r, &t->columns[i], &cells[i]))
			return NULL;
		if (grouped && (i % GROUP == GROUP - 1 || i == t->n_columns - 1) && !take(&r, ']'))
			return NULL;
	}
	return take(&r, ']') && read_documents(t, &r, cells) ? r.p : NULL;
}

static void
put_marker(const struct column *c, struct buf *out)
{
	(void)c;
	buf_char(out, '?');
}

static const char *const numbers[] = { "rowid", "_rowid_", "oid", NULL };

const struct row_form row_form_sqlite = {
	.put = put, .read = read, .put_group = put_group, .group_gap = 1, .numbers = numbers,
	.streams = true,
	.compares_rows = true, .put_marker = put_marker,
};
