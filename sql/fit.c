/* sql/fit.c - conditions against index fields and against bare text
 *
 * Why an index can be exact: a document's entry is "~" when the path yields nothing or one null, otherwise the text of
 * the one scalar there, because arrays, objects, several values and values of another type were refused when the document
 * was written.  "Some value at the path satisfies" is then "the value satisfies", and what remains is whether equal
 * texts mean equal values under the operand's type (soda/match.c casts by it):
 *
 *   varchar2   the string 41, the number 41 and 41.0 share a text; a number as operand also equals the strings "41.0" and
 *              "4.1e1", whose texts lie anywhere.  true and "true" share a text, too
 *   number     holds numbers and strings that read as numbers, by value: just what a number as operand compares
 *   date, timestamp   hold strings; exact for the method of that name only
 *
 * Where an index keeps the first characters of long texts only, what is kept of the operand is looked for, bounds included.
 */
#include "sql/fit.h"

#include "base/scan.h"
#include "sql/ixtext.h"

static bool
reaches_point(const struct reach *r, struct span text)
{
	const struct range *g = &r->range;
	int lo, hi;

	for (size_t i = 0; i < r->n_points; i++)
		if (span_eq(r->points[i], text))
			return true;
	if (r->n_points > 0)
		return false;
	lo = g->lo.p == NULL ? 1 : span_cmp(text, g->lo);
	hi = g->hi.p == NULL ? -1 : span_cmp(text, g->hi);
	return (lo > 0 || (lo == 0 && !g->lo_open)) && (hi < 0 || (hi == 0 && !g->hi_open));
}

static bool
reaches_word(const struct reach *r)
{
	return reaches_point(r, SPAN("=true")) || reaches_point(r, SPAN("=false"));
}

/* a text of one number as dec_canonical() writes it may begin with `text` */
static bool
begins_number(struct span text)
{
	return text.n == 0 || text.p[0] == '-' || (text.p[0] >= '0' && text.p[0] <= '9');
}

static bool
begins_word(struct span text)
{
	return (text.n <= 4 && memcmp("true", text.p, text.n) == 0) || (text.n <= 5 && memcmp("false", text.p, text.n) == 0);
}

/* Bounded at both ends, as all values lie between "=" and "~": engines without statistics take a range that is open at one
 * end for so large that they would rather read every row. */
static struct range
range_from(enum cmp_op op, struct span text)
{
	struct range r = { .lo = SPAN("="), .hi = IXTEXT_MISSING, .hi_open = true };

	switch (op) {
	case OP_GT:
	case OP_GTE:
		r.lo = text;
		r.lo_open = op == OP_GT;
		break;
	default:
		r.hi = text;
		r.hi_open = op == OP_LT;
		break;
	}
	return r;
}

static bool
is_ordering(enum cmp_op op)
{
	return op == OP_GT || op == OP_GTE || op == OP_LT || op == OP_LTE;
}

static size_t
last_char(struct span s)
{
	size_t at = s.n - 1;

	while (at > 0 && ((unsigned char)s.p[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static unsigned
decode(const char *p, size_t n)
{
	unsigned c = (unsigned char)p[0];

	if (n > 1)
		c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

static size_t
encode(unsigned c, char *out)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(first[n] | c);
	return n;
}

/* The smallest text above everything that begins with `text`: its last character becomes the next one.  A text that is
 * bound has to be UTF-8, so that a byte alone cannot be counted up. */
static struct span
after_prefix(struct span text, struct arena *mem)
{
	char *p = arena_alloc(mem, text.n + 1);

	memcpy(p, text.p, text.n);
	while (text.n > 1) {
		size_t at = last_char(text);
		unsigned c = decode(text.p + at, text.n - at);

		if (c < 0x10ffff) {
			c = c + 1 == 0xd800 ? 0xe000 : c + 1;
			return (struct span){ p, at + encode(c, p + at) };
		}
		text.n = at;
	}
	return IXTEXT_MISSING;
}

static void
range_of_prefix(struct span prefix, struct arena *mem, struct reach *out)
{
	out->range = (struct range){ .lo = ixtext_string(prefix, mem), .hi_open = true };
	out->range.hi = after_prefix(out->range.lo, mem);
}

struct span
like_prefix(struct span pattern)
{
	size_t n = 0;

	while (n < pattern.n && pattern.p[n] != '%' && pattern.p[n] != '_')
		n++;
	return (struct span){ pattern.p, n };
}

/* One point; the answer holds for an index of varchar2. */
static enum fit
point_in_text(const struct index *ix, enum method method, const struct operand *v, struct arena *mem, struct span *out)
{
	enum fit is_word = FIT_WIDER;

	switch (v->type) {
	case J_STRING:
		*out = ixtext_string(v->text, mem);
		is_word = span_is(v->text, "true") || span_is(v->text, "false") ? FIT_WIDER : FIT_EXACT;
		switch (method) {
		case METHOD_STRING:
			return FIT_EXACT;
		case METHOD_NONE:
			return is_word;
		case METHOD_STRING_ONLY:
			return v->text_is_number ? FIT_WIDER : is_word;
		default:
			return FIT_NONE;
		}
	case J_TRUE:
	case J_FALSE:
		*out = v->type == J_TRUE ? SPAN("=true") : SPAN("=false");
		return method == METHOD_NONE || method == METHOD_BOOLEAN_ONLY ? FIT_WIDER : FIT_NONE;
	case J_NULL:
		*out = IXTEXT_MISSING;
		return method != METHOD_NONE ? FIT_NONE : ix->scalar_required ? FIT_EXACT : FIT_WIDER;
	default:
		return FIT_NONE;
	}
}

static enum fit
point_in_numbers(const struct index *ix, enum method method, const struct operand *v, struct arena *mem,
    struct span *out)
{
	switch (v->type) {
	case J_NUMBER:
		*out = ixtext_number(&v->number, mem);
		return method == METHOD_NONE || method == METHOD_NUMBER ? FIT_EXACT
		    : method == METHOD_NUMBER_ONLY ? FIT_WIDER : FIT_NONE;
	case J_STRING:
		/* the string itself, or a number whose canonical text it is: both have its value */
		if (!v->text_is_number || (method != METHOD_NONE && method != METHOD_STRING_ONLY))
			return FIT_NONE;
		*out = ixtext_number(&v->number, mem);
		return FIT_WIDER;
	case J_NULL:
		*out = IXTEXT_MISSING;
		return method != METHOD_NONE ? FIT_NONE : ix->scalar_required ? FIT_EXACT : FIT_WIDER;
	default:
		return FIT_NONE;
	}
}

static struct span
time_text(enum datatype type, const struct iso_time *t, struct arena *mem)
{
	return type == TYPE_DATE ? ixtext_day(t->local_day, mem) : ixtext_instant(t, mem);
}

static enum fit
point_in_times(const struct index *ix, enum datatype type, enum method method, const struct operand *v,
    struct arena *mem, struct span *out)
{
	struct iso_time t;

	if (v->type == J_NULL) {
		*out = IXTEXT_MISSING;
		return method != METHOD_NONE ? FIT_NONE : ix->scalar_required ? FIT_EXACT : FIT_WIDER;
	}
	if (v->type != J_STRING)
		return FIT_NONE;
	if (method == (type == TYPE_DATE ? METHOD_DATE : METHOD_TIMESTAMP)) {
		*out = time_text(type, &v->time, mem);
		return FIT_EXACT;
	}
	/* an equal string means the same time, but not the other way round */
	if ((method != METHOD_NONE && method != METHOD_STRING_ONLY) || !iso_parse(v->text, &t))
		return FIT_NONE;
	*out = time_text(type, &t, mem);
	return FIT_WIDER;
}

static enum fit
point(const struct index *ix, size_t field, enum method method, const struct operand *v, struct arena *mem,
    struct span *out)
{
	enum datatype type = ix->fields[field].type;

	switch (type) {
	case TYPE_VARCHAR2:
		return point_in_text(ix, method, v, mem, out);
	case TYPE_NUMBER:
		return point_in_numbers(ix, method, v, mem, out);
	default:
		return point_in_times(ix, type, method, v, mem, out);
	}
}

/* All values have to be found: those that are not would be lost. */
static enum fit
points(const struct index *ix, size_t field, const struct cond *test, struct arena *mem, struct reach *out)
{
	enum fit all = FIT_EXACT;

	if (test->n_values == 0)
		return FIT_NONE;
	out->points = ARENA_ARRAY(mem, struct span, test->n_values);
	for (size_t i = 0; i < test->n_values; i++) {
		enum fit one = point(ix, field, test->method, &test->values[i], mem, &out->points[i]);

		if (one < all)
			all = one;
	}
	out->n_points = test->n_values;
	return all;
}

/* A range over texts also holds the words of booleans, which match no string. */
static enum fit
range_in_text(const struct cond *test, struct arena *mem, struct reach *out)
{
	if (test->values[0].type != J_STRING)
		return FIT_NONE;
	out->range = range_from(test->op, ixtext_string(test->values[0].text, mem));
	switch (test->method) {
	case METHOD_STRING:
		return FIT_EXACT;
	case METHOD_NONE:
		return reaches_word(out) ? FIT_WIDER : FIT_EXACT;
	case METHOD_STRING_ONLY:
		return FIT_WIDER;
	default:
		return FIT_NONE;
	}
}

static enum fit
range(const struct index *ix, size_t field, const struct cond *test, struct arena *mem, struct reach *out)
{
	const struct operand *v = &test->values[0];
	enum datatype type = ix->fields[field].type;

	switch (type) {
	case TYPE_VARCHAR2:
		return range_in_text(test, mem, out);
	case TYPE_NUMBER:
		if (v->type != J_NUMBER)
			return FIT_NONE;
		out->range = range_from(test->op, ixtext_number(&v->number, mem));
		return test->method == METHOD_NONE || test->method == METHOD_NUMBER ? FIT_EXACT
		    : test->method == METHOD_NUMBER_ONLY ? FIT_WIDER : FIT_NONE;
	default:
		if (test->method != (type == TYPE_DATE ? METHOD_DATE : METHOD_TIMESTAMP))
			return FIT_NONE;
		out->range = range_from(test->op, time_text(type, &v->time, mem));
		return FIT_EXACT;
	}
}

/* Only strings begin with something, unless $string makes them of numbers and booleans. */
static enum fit
prefix(const struct index *ix, size_t field, const struct cond *test, struct arena *mem, struct reach *out)
{
	struct span text = test->values[0].text;
	bool also_others;

	if (ix->fields[field].type != TYPE_VARCHAR2 || test->values[0].type != J_STRING)
		return FIT_NONE;
	if (test->op == OP_LIKE)
		text = like_prefix(text);
	if (text.n == 0 || !(test->method == METHOD_NONE || test->method == METHOD_STRING
	    || test->method == METHOD_STRING_ONLY))
		return FIT_NONE;
	range_of_prefix(text, mem, out);
	also_others = test->method != METHOD_STRING && (begins_number(text) || begins_word(text));
	return test->op == OP_LIKE || also_others ? FIT_WIDER : FIT_EXACT;
}

/* ---- long texts ---- */

/* Characters, not bytes: cut between bytes, a text with a longer last character would lose more than one that stands before it. */
struct span
value_kept(const struct index *ix, struct span text)
{
	size_t at = 0, n_chars = 0;

	if (ix->kept_chars == 0 || text.n <= ix->kept_chars)
		return text;
	for (; at < text.n; at++)
		if (((unsigned char)text.p[at] & 0xc0) != 0x80 && n_chars++ == ix->kept_chars)
			break;
	return (struct span){ text.p, at };
}

bool
value_is_long(const struct index *ix, struct span text)
{
	size_t n_chars = 0;

	if (ix->kept_chars == 0 || text.n < ix->kept_chars)
		return false;
	for (size_t at = 0; at < text.n && n_chars < ix->kept_chars; at++)
		n_chars += ((unsigned char)text.p[at] & 0xc0) != 0x80;
	return n_chars == ix->kept_chars;
}

bool
value_may_be_long(const struct index *ix, size_t field)
{
	enum { WIDEST = 5 };	/* characters that ixtext.c writes for one */
	const struct index_field *f = &ix->fields[field];

	if (ix->kept_chars == 0 || f->type == TYPE_DATE)
		return false;
	if (f->type == TYPE_TIMESTAMP)
		return ix->kept_chars <= IXTEXT_INSTANT_CHARS;
	return f->type != TYPE_VARCHAR2 || f->max_chars == 0 || f->max_chars >= ix->kept_chars / WIDEST;
}

static bool
shorten_bound(const struct index *ix, struct span *bound, bool *is_open)
{
	if (bound->p == NULL || !value_is_long(ix, *bound))
		return false;
	*bound = value_kept(ix, *bound);
	*is_open = false;
	return true;
}

/* true: something was */
static bool
shorten(const struct index *ix, struct reach *r)
{
	bool any = false;

	for (size_t i = 0; i < r->n_points; i++) {
		any |= value_is_long(ix, r->points[i]);
		r->points[i] = value_kept(ix, r->points[i]);
	}
	if (r->n_points == 0) {
		any |= shorten_bound(ix, &r->range.lo, &r->range.lo_open);
		any |= shorten_bound(ix, &r->range.hi, &r->range.hi_open);
	}
	return any;
}

enum fit
fit_index(const struct index *ix, size_t field, const struct cond *test, struct arena *mem, struct reach *out)
{
	enum fit fit = FIT_NONE;

	*out = (struct reach){ 0 };
	if (test->kind == COND_SPATIAL || ix->kind != INDEX_BTREE || ix->lax || ix->multivalue)
		return FIT_NONE;
	switch (test->op) {
	case OP_EQ:
	case OP_IN:
		fit = points(ix, field, test, mem, out);
		break;
	case OP_STARTS_WITH:
	case OP_LIKE:
		fit = prefix(ix, field, test, mem, out);
		break;
	default:
		if (is_ordering(test->op))
			fit = range(ix, field, test, mem, out);
		break;
	}
	return fit == FIT_NONE || !shorten(ix, out) ? fit : FIT_WIDER;
}

bool
reach_meet(struct reach *a, const struct reach *b)
{
	struct range *r = &a->range;
	int d;

	if (a->n_points > 0 || b->n_points > 0 || a->n_ranges > 0 || b->n_ranges > 0)
		return false;
	if (b->range.lo.p != NULL) {
		d = r->lo.p == NULL ? -1 : span_cmp(r->lo, b->range.lo);
		if (d < 0)
			r->lo_open = b->range.lo_open;
		if (d == 0)
			r->lo_open |= b->range.lo_open;
		if (d < 0)
			r->lo = b->range.lo;
	}
	if (b->range.hi.p != NULL) {
		d = r->hi.p == NULL ? 1 : span_cmp(r->hi, b->range.hi);
		if (d > 0)
			r->hi_open = b->range.hi_open;
		if (d == 0)
			r->hi_open |= b->range.hi_open;
		if (d > 0)
			r->hi = b->range.hi;
	}
	return true;
}

/* ---- bare text ---- */

bool
is_literal(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == '"' || text.p[i] == '\\')
			return false;
	return text.n > 0 && utf8_valid(text);
}

struct span
like_run(struct span pattern)
{
	struct span best = { pattern.p, 0 };

	while (pattern.n > 0) {
		struct span run = like_prefix(pattern);
		size_t skip = run.n < pattern.n ? run.n + 1 : run.n;

		if (run.n > best.n)
			best = run;
		pattern = (struct span){ pattern.p + skip, pattern.n - skip };
	}
	return best;
}

static bool
put_needle(struct span text, bool from_start, bool to_end, struct arena *mem, struct span *out)
{
	struct buf b;

	if (!is_literal(text))
		return false;
	buf_init(&b, mem);
	if (from_start)
		buf_char(&b, '"');
	buf_span(&b, text);
	if (to_end)
		buf_char(&b, '"');
	*out = buf_text(&b);
	return true;
}

/* Fewer stand in nearly every document, as part of a date if nothing else. */
enum { DIGITS_LOOKED_FOR = 4 };

/* Without a cast also the number whose canonical text it is; one that is far from 1 has an exponent there. */
static enum needle
needle_of_text(const struct cond *test, const struct operand *v, struct arena *mem, struct span *out)
{
	bool may_be_number = test->method == METHOD_NONE && v->text_is_number;

	if (!may_be_number)
		return put_needle(v->text, true, true, mem, out) ? NEEDLE_TEXT : NEEDLE_NONE;
	if (v->text.n < DIGITS_LOOKED_FOR || memchr(v->text.p, 'e', v->text.n) != NULL || memchr(v->text.p, 'E', v->text.n) != NULL)
		return NEEDLE_NONE;
	return put_needle(v->text, false, false, mem, out) ? NEEDLE_NUMBER : NEEDLE_NONE;
}

/* A number that is written plainly begins with its canonical text. */
static enum needle
needle_of_number(const struct cond *test, const struct operand *v, struct arena *mem, struct span *out)
{
	struct buf b;

	if (test->method != METHOD_NONE && test->method != METHOD_NUMBER && test->method != METHOD_NUMBER_ONLY)
		return NEEDLE_NONE;
	buf_init(&b, mem);
	dec_canonical(&v->number, &b);
	*out = buf_text(&b);
	return out->n >= DIGITS_LOOKED_FOR && memchr(out->p, 'E', out->n) == NULL ? NEEDLE_NUMBER : NEEDLE_NONE;
}

static bool
has_needle_text(const struct cond *test, struct span text, struct arena *mem, struct span *out)
{
	switch (test->op) {
	case OP_STARTS_WITH:
		return put_needle(text, true, false, mem, out);
	case OP_HAS_SUBSTRING:
		return put_needle(text, false, false, mem, out);
	case OP_LIKE:
		return put_needle(like_run(text), false, false, mem, out);
	default:
		return false;
	}
}

enum needle
fit_needle(const struct cond *test, size_t value, struct arena *mem, struct span *out)
{
	const struct operand *v = &test->values[value];
	bool is_equality = test->op == OP_EQ || test->op == OP_IN;

	if (v->type == J_NUMBER)
		return is_equality ? needle_of_number(test, v, mem, out) : NEEDLE_NONE;
	/* without a cast only strings, or numbers by their canonical text; with $string booleans as well */
	if (v->type != J_STRING || !(test->method == METHOD_NONE || test->method == METHOD_STRING_ONLY))
		return NEEDLE_NONE;
	if (is_equality)
		return needle_of_text(test, v, mem, out);
	return has_needle_text(test, v->text, mem, out) ? NEEDLE_TEXT : NEEDLE_NONE;
}

bool
path_is(const struct path *path, const struct path *fields)
{
	if (path->n_steps != fields->n_steps)
		return false;
	for (size_t i = 0; i < path->n_steps; i++)
		if (path->steps[i].kind != STEP_FIELD || !span_eq(path->steps[i].name, fields->steps[i].name))
			return false;
	return true;
}

struct span
word_kept(struct span word)
{
	size_t n = word.n < WORD_KEPT_BYTES ? word.n : WORD_KEPT_BYTES;

	while (n < word.n && ((unsigned char)word.p[n] & 0xc0) == 0x80)
		n--;
	return (struct span){ word.p, n };
}
