/* tests/soda/dice.h - random documents, index specifications and filters, as texts of JSON
 *
 * One seed makes all of them.  Values come from few small sets, so that documents and filters meet often, and from all
 * corners: each way to write a number, escapes, characters beyond the BMP and around the gaps of UTF-8, strings that look
 * like numbers, booleans or dates.
 *
 * Fields: n holds numbers, s scalars, d and t dates and times, o an object of scalars, p one x and one y behind an array; v an
 * array, g arrays of arrays, w anything.
 * Some documents do not keep to that.
 */
#ifndef CORDS_TESTS_SODA_DICE_H
#define CORDS_TESTS_SODA_DICE_H

#include "base/jcur.h"

#include <stdbool.h>
#include <stdint.h>

static uint64_t dice_state;

static unsigned
dice(unsigned sides)
{
	dice_state = dice_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)((dice_state >> 33) % sides);
}

#define PICK(...) ((const char *const[]){ __VA_ARGS__ })[dice(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))]

static bool
one_in(unsigned n)
{
	return dice(n) == 0;
}

/* ---- scalars ---- */

static void
put_number(struct buf *b)
{
	if (one_in(6)) {
		buf_addz(b, PICK("9007199254740992", "9007199254740993", "-9007199254740993", "12345678901234567890",
		    "12345678901234567891", "1e400", "-1e400", "1e-400", "0.1", "0.10", "0.1000000000000000055511151231257827",
		    "1E+2", "100", "1e1000000", "-0", "-0.0", "0e5", "4100", "4100.0", "41e2", "-410.5", "-4.105E2"));
		return;
	}
	buf_addz(b, PICK("", "", "", "-"));
	buf_addz(b, PICK("0", "1", "2", "3", "4", "5", "10", "12", "41"));
	buf_addz(b, PICK("", "", "", "", ".0", ".5", ".50"));
	buf_addz(b, PICK("", "", "", "", "", "e0", "E+1", "e-1"));
}

static void
put_time(struct buf *b)
{
	buf_char(b, '"');
	buf_addz(b, PICK("2020-01-01", "2020-01-02", "2020-01-03", "2019-12-31", "1969-07-20", "0001-01-01", "9999-12-31"));
	if (dice(3) != 0) {
		buf_addz(b, PICK("T00:00", "T00:00:00", "T23:59:59", "T10:30:00", "T10:30:00.5", "T10:30:00.500000001"));
		buf_addz(b, PICK("", "", "Z", "+00:00", "+02:00", "-05:30"));
	}
	buf_char(b, '"');
}

static void
put_string(struct buf *b)
{
	unsigned n = dice(5);

	if (one_in(4)) {
		buf_addz(b, PICK("\"true\"", "\"false\"", "\"null\"", "\"4100\"", "\"04100\"", "\"4.1e3\"", "\"-410.50\"",
		    "\"41\"", "\"41.0\"", "\" 41 \"", "\"4.1e1\"", "\"-0\"", "\"+5\"",
		    "\".5\"", "\"5.\"", "\"1e400\"", "\"\"", "\"tr\"", "\"2020-02-30\"", "\"\\u0034\\u0031\"", "\"0.5\""));
		return;
	}
	buf_char(b, '"');
	for (unsigned i = 0; i < n; i++)
		buf_addz(b, PICK("a", "a", "a", "b", "b", "A", "B", "1", "%", "_", " ", ".", "~", "=", "'", ";", "--", "/", "\\/", "\\n", "\\\"",
		    "\\\\", "\\u0061", "\\u0000", "\\u0001", "\x7f", "\u00e9", "e\u0301", "\\u00E9", "\u00df", "\ud7ff", "\\ud7ff", "\ue000",
		    "\uffff", "\U0001f600", "\\ud83d\\ude00", "\U0010ffff", "\\ud800", "\\udfff"));
	buf_char(b, '"');
}

static void
put_scalar(struct buf *b)
{
	switch (dice(8)) {
	case 0:
	case 1:
	case 2:
		put_number(b);
		break;
	case 3:
		buf_addz(b, PICK("true", "false", "null"));
		break;
	case 4:
		put_time(b);
		break;
	default:
		put_string(b);
		break;
	}
}

static void
put_scalars(struct buf *b, unsigned n)
{
	buf_char(b, '[');
	for (unsigned i = 0; i < n; i++) {
		buf_addz(b, i > 0 ? "," : "");
		put_scalar(b);
	}
	buf_char(b, ']');
}

/* ---- documents ---- */

static void
put_anything(struct buf *b, unsigned depth)
{
	unsigned n;

	switch (depth == 0 ? 9 : dice(6)) {
	case 0:
		n = dice(4);
		buf_char(b, '[');
		for (unsigned i = 0; i < n; i++) {
			buf_addz(b, i > 0 ? " ,\t" : "");
			put_anything(b, depth - 1);
		}
		buf_char(b, ']');
		break;
	case 1:
	case 2:
		buf_char(b, '{');
		if (!one_in(4)) {
			buf_addz(b, PICK("\"x\":", "\"\\u0078\" :", "\"n\": ", "\"X\":", "\"\":"));
			put_anything(b, depth - 1);
			if (!one_in(3)) {
				put_lit(b, ",\n\"y\":");
				put_anything(b, depth - 1);
			}
		}
		buf_char(b, '}');
		break;
	default:
		put_scalar(b);
		break;
	}
}

static void
put_number_or_text(struct buf *b)
{
	if (one_in(8))
		put_lit(b, "null");
	else if (one_in(4))
		buf_addz(b, PICK("\"4100\"", "\"4100.0\"", "\"41\"", "\"41.0\"", "\" 1 \"", "\"1e1\"", "\"-3\"", "\"\\u0035\""));
	else
		put_number(b);
}

static void
put_field(struct buf *b, char name, bool keeps_rules)
{
	if (!keeps_rules) {
		put_anything(b, 3);
		return;
	}
	switch (name) {
	case 'n':
		put_number_or_text(b);
		break;
	case 's':
		put_scalar(b);
		break;
	case 'd':
	case 't':
		if (one_in(8))
			put_lit(b, "null");
		else
			put_time(b);
		break;
	case 'o':
		put_lit(b, "{\"x\":");
		put_scalar(b);
		put_lit(b, ",\"y\":");
		put_number_or_text(b);
		buf_char(b, '}');
		break;
	case 'p':
		buf_printf(b, "[{\"q\":{\"x\":%u%s\"y\":%u}}]", dice(3), PICK(",", "}},{\"q\":{", "}},5,{\"q\":{"), dice(3));
		break;
	case 'v':
		put_scalars(b, dice(4));
		break;
	case 'g':
		buf_char(b, '[');
		put_scalars(b, dice(3));
		buf_char(b, ',');
		put_scalars(b, 2);
		buf_char(b, ']');
		break;
	default:
		put_anything(b, 4);
		break;
	}
}

/* wildness: one field in so many breaks the rules; 0: none */
static void
put_object(struct buf *b, unsigned wildness)
{
	bool some = false;

	buf_char(b, '{');
	for (const char *f = "nsdtopvgw"; *f != '\0'; f++) {
		if (one_in(4))
			continue;
		buf_addz(b, some ? PICK(",", ", ", "\n,") : "");
		if (one_in(10))
			buf_printf(b, "\"\\u00%02x\":", (unsigned)*f);
		else
			buf_printf(b, "\"%c\"%s", *f, PICK(":", ":", " : "));
		put_field(b, *f, wildness == 0 || !one_in(wildness));
		some = true;
	}
	buf_char(b, '}');
}

static void
put_document(struct buf *b, unsigned wildness)
{
	if (wildness == 0 || !one_in(2 * wildness)) {
		put_object(b, wildness);
		return;
	}
	buf_char(b, '[');
	put_object(b, wildness);
	put_lit(b, ", ");
	put_anything(b, 2);
	buf_char(b, ']');
}

/* ---- indexes ---- */

static void
put_index_field(struct buf *b, bool is_multivalue)
{
	static const struct {
		const char *path, *type;
	} fields[] = { { "n", "number" }, { "n", "number" }, { "n", "varchar2" }, { "s", "varchar2" }, { "s", "string" }, { "d", "date" },
		{ "d", "timestamp" }, { "d", "varchar2" }, { "t", "timestamp" }, { "t", "date" }, { "o.x", "any_scalar" },
		{ "o.y", "number" }, { "o.y", "varchar" }, { "p.q.x", "number" }, { "p.q.y", "number" }, { "v", "varchar2" },
		{ "w", "varchar2" }, { "s", "number" }, { "w.x", "number" } };
	size_t i = dice(is_multivalue || one_in(6) ? 19 : 15);

	buf_printf(b, "{\"path\":\"%s\"", fields[i].path);
	if (!is_multivalue) {
		buf_printf(b, ",\"datatype\":\"%s\"", fields[i].type);
		if (fields[i].type[0] == 'v' && one_in(4))
			buf_printf(b, ",\"maxLength\":%s", PICK("0", "2", "40", "2000"));
	}
	buf_printf(b, "%s}", PICK("", "", ",\"order\":\"asc\"", ",\"order\":\"desc\"", ",\"order\":-1"));
}

static void
put_index(struct buf *b, unsigned number)
{
	unsigned kind = dice(8), n = 1 + dice(3);

	buf_printf(b, "{\"name\":\"i%u\",\"fields\":[", number);
	for (unsigned i = 0; i < n; i++) {
		buf_addz(b, i > 0 ? "," : "");
		put_index_field(b, kind == 0);
	}
	buf_printf(b, "]%s%s%s}", kind == 0 ? ",\"multivalue\":true" : kind == 1 || kind == 2 ? ",\"lax\":true"
	    : kind == 3 && one_in(2) ? ",\"scalarRequired\":true" : "", one_in(8) ? ",\"unique\":true" : "",
	    kind != 0 && one_in(6) ? ",\"indexNulls\":true" : "");
}

/* ---- filters ---- */

static const char *
a_path(void)
{
	if (one_in(3))
		return PICK("w", "w.x", "w[*].x", "w.x.y", "w[0]", "w[last]", "w[1 to last].x", "..x", "w..y", "*", "w.*", "v[*]", "v[0]", "v[last-1]",
		    "g", "g[*]", "g[*][*]", "g[1][0,1]", "o.*", "[0].n", "[*]", "`n`", "..n", "nothing", "w.``", "w.X", "n[0]", "s[*]");
	return PICK("n", "n", "s", "s", "d", "t", "o", "o.x", "o.y", "v", "w.x");
}

static const char *
a_pattern(void)
{
	return PICK("\"a\"", "\"a.*\"", "\"[ab]+\"", "\".\"", "\"\"", "\"\\\\d+\"", "\"(a|b)*\"", "\"^a?b\"", "\"\\\\.\"", "\".*\u00e9\"", "\"4.\"");
}

static void
put_operand(struct buf *b, char kind)
{
	switch (kind) {
	case 'n':
		put_number(b);
		break;
	case 's':
		put_string(b);
		break;
	case 't':
		put_time(b);
		break;
	case 'b':
		buf_addz(b, PICK("true", "false"));
		break;
	case 'o':		/* what can be ordered */
		if (one_in(2))
			put_number(b);
		else if (one_in(4))
			put_time(b);
		else
			put_string(b);
		break;
	default:
		put_scalar(b);
		break;
	}
}

static void
put_operands(struct buf *b, char kind, unsigned n)
{
	buf_char(b, '[');
	for (unsigned i = 0; i < n; i++) {
		buf_addz(b, i > 0 ? "," : "");
		put_operand(b, kind);
	}
	buf_char(b, ']');
}

/* kind: what the operands are, 'a': any scalar */
static void
put_operator(struct buf *b, char kind)
{
	char ordered = kind == 'a' ? 'o' : kind;

	switch (dice(12)) {
	case 0:
	case 1:
		buf_printf(b, "\"%s\":", PICK("$eq", "$eq", "$ne"));
		put_operand(b, kind);
		break;
	case 2:
	case 3:
	case 4:
		buf_printf(b, "\"%s\":", PICK("$gt", "$gte", "$ge", "$lt", "$lte", "$le"));
		put_operand(b, ordered);
		break;
	case 5:
		put_lit(b, "\"$between\":[");
		if (one_in(4))
			put_lit(b, "null");
		else
			put_operand(b, ordered);
		buf_char(b, ',');
		put_operand(b, ordered);
		buf_char(b, ']');
		break;
	case 6:
	case 7:
		buf_printf(b, "\"%s\":", PICK("$in", "$in", "$nin", "$all"));
		put_operands(b, kind, dice(5));
		break;
	case 8:
		buf_printf(b, "\"$exists\":%s", PICK("true", "false", "1", "0", "\"x\"", "null"));
		break;
	case 9:
		buf_printf(b, "\"%s\":", PICK("$startsWith", "$startsWith", "$hasSubstring", "$instr", "$like"));
		put_string(b);
		break;
	case 10:
		if (one_in(2))
			buf_printf(b, "\"$mod\":[%s,%s]", PICK("2", "-3", "5.9", "-1"), PICK("0", "1", "-1", "2"));
		else
			buf_printf(b, "\"$like\":%s", PICK("\"a%\"", "\"%b\"", "\"_\"", "\"__%\"", "\"2020%\"", "\"4%\"", "\"t%\"", "\"%41%\"", "\"%\""));
		break;
	default:
		buf_printf(b, "\"%s\":%s", PICK("$regex", "$likeRegex", "$ciRegex", "$ciLikeRegex", "$nlRegex", "$nlLikeRegex",
		    "$nlciRegex", "$nlciLikeRegex"), a_pattern());
		break;
	}
}

static void
put_operators(struct buf *b, char kind, unsigned n)
{
	buf_char(b, '{');
	for (unsigned i = 0; i < n; i++) {
		buf_addz(b, i > 0 ? "," : "");
		if (one_in(6)) {
			put_lit(b, "\"$not\":{");
			put_operator(b, kind);
			buf_char(b, '}');
		} else {
			put_operator(b, kind);
		}
	}
	buf_char(b, '}');
}

static void
put_method(struct buf *b)
{
	static const struct {
		const char *name;
		char kind;
	} methods[] = { { "$number", 'n' }, { "$number", 'n' }, { "$string", 's' }, { "$string", 's' }, { "$date", 't' }, { "$date", 't' },
		{ "$timestamp", 't' }, { "$timestamp", 't' }, { "$double", 'n' }, { "$boolean", 'b' }, { "$ceiling", 'n' }, { "$floor", 'n' },
		{ "$abs", 'n' }, { "$upper", 's' }, { "$lower", 's' }, { "$length", 'n' }, { "$size", 'n' }, { "$type", 's' },
		{ "$numberOnly", 'a' }, { "$stringOnly", 'a' }, { "$stringOnly", 's' }, { "$booleanOnly", 'b' }, { "$dateTimeOnly", 't' } };
	size_t i = dice(sizeof(methods) / sizeof(*methods));

	buf_printf(b, "{\"%s\":", methods[i].name);
	if (one_in(3))
		put_operand(b, methods[i].kind);
	else
		put_operators(b, methods[i].kind, 1 + one_in(4));
	buf_char(b, '}');
}

static void
put_filter(struct buf *b, unsigned depth)
{
	unsigned n = 1 + dice(2);

	buf_char(b, '{');
	for (unsigned i = 0; i < n; i++) {
		buf_addz(b, i > 0 ? "," : "");
		if (depth > 0 && one_in(4)) {
			buf_printf(b, "\"%s\":[", PICK("$and", "$or", "$or", "$nor"));
			put_filter(b, depth - 1);
			if (!one_in(4)) {
				buf_char(b, ',');
				put_filter(b, depth - 1);
			}
			buf_char(b, ']');
			continue;
		}
		buf_printf(b, "\"%s\":", a_path());
		switch (dice(depth > 0 ? 9 : 8)) {
		case 0:
		case 1:
			put_scalar(b);
			break;
		case 2:
			put_scalars(b, dice(3));
			break;
		case 3:
		case 4:
		case 5:
			put_operators(b, 'a', 1 + one_in(3) + one_in(6));
			break;
		case 8:
			put_filter(b, depth - 1);
			break;
		default:
			put_method(b);
			break;
		}
	}
	buf_char(b, '}');
}

/* the value of a document at a.b, when there is a scalar; otherwise a random one of the kind */
static void
put_operand_from(struct buf *b, struct span document, const char *path, char kind)
{
	struct span v = jcur_root(document);

	for (; v.n > 0 && *path != '\0'; path += path[1] == '.' ? 2 : 1)
		if (!jmember(v, (struct span){ path, 1 }, &v))
			v.n = 0;
	if (v.n == 0 || v.p[0] == '{' || v.p[0] == '[')
		put_operand(b, kind);
	else
		buf_span(b, v);
}

/* what indexes are made for: few comparisons of values with their own type; likely to find the document */
static void
put_plain_filter(struct buf *b, struct span document)
{
	static const struct {
		const char *path;
		char kind;
		const char *method;	/* NULL: none */
	} clauses[] = { { "n", 'n', NULL }, { "n", 'n', "$number" }, { "s", 's', NULL }, { "s", 's', "$string" }, { "s", 's', NULL },
		{ "d", 't', "$date" }, { "d", 't', NULL }, { "t", 't', "$timestamp" }, { "o.x", 's', NULL }, { "o.y", 'n', NULL },
		{ "n", 's', NULL }, { "s", 'n', NULL } };
	static const char *const comparisons[] = { "$eq", "$eq", "$gt", "$gte", "$lt", "$lte" };
	unsigned n = 1 + one_in(2), first = dice(sizeof(clauses) / sizeof(*clauses));

	if (one_in(8)) {
		buf_printf(b, "{\"p.q\":{\"x\":%u,\"y\":%u}}", dice(3), dice(3));
		return;
	}
	buf_char(b, '{');
	for (unsigned i = 0; i < n; i++) {
		size_t k = (first + 5 * i) % (sizeof(clauses) / sizeof(*clauses));

		buf_printf(b, "%s\"%s\":{", i > 0 ? "," : "", clauses[k].path);
		if (clauses[k].method != NULL)
			buf_printf(b, "\"%s\":{", clauses[k].method);
		if (one_in(6)) {
			buf_printf(b, "\"%s\":", one_in(2) ? "$in" : "$between");
			put_operands(b, clauses[k].kind, 2);
		} else if (clauses[k].kind == 's' && one_in(4)) {
			put_lit(b, "\"$startsWith\":");
			put_string(b);
		} else {
			size_t at;

			buf_printf(b, "\"%s\":", comparisons[dice(6)]);
			at = b->n;
			if (one_in(3))
				put_operand(b, clauses[k].kind);
			else
				put_operand_from(b, document, clauses[k].path, clauses[k].kind);
			if (one_in(4)) {	/* the same bound once more, maybe open */
				struct span same = arena_span(b->mem, (struct span){ b->p + at, b->n - at });

				buf_printf(b, ",\"%s\":%.*s", PICK("$gt", "$ge", "$lt", "$le"), SPAN_ARG(same));
			}
		}
		buf_addz(b, clauses[k].method != NULL ? "}}" : "}");
	}
	buf_char(b, '}');
}

static void
put_order(struct buf *b)
{
	static const struct {
		const char *path, *type;
	} terms[] = { { "n", "number" }, { "n", "number" }, { "n", "varchar2" }, { "s", "varchar2" }, { "s", "string" }, { "d", "date" },
		{ "d", "timestamp" }, { "t", "timestamp" }, { "t", "date" }, { "o.x", "varchar2" }, { "o.y", "number" },
		{ "w", "string" }, { "v", "number" } };
	unsigned n_terms = one_in(4) ? 13 : 11, n = 1 + one_in(3) + one_in(4), form = dice(4);
	const char *close = form == 0 || form == 1 ? "]" : form == 2 ? "]}" : "}";

	buf_addz(b, form == 3 ? "{" : form == 2 ? PICK("{\"$lax\":true,\"$fields\":[", "{\"$lax\":true,\"$fields\":[",
	    "{\"$scalarRequired\":true,\"$fields\":[", "{\"$fields\":[") : "[");
	for (unsigned i = 0; i < n; i++) {
		size_t k = dice(n_terms);

		buf_addz(b, i > 0 ? "," : "");
		if (form == 3)
			buf_printf(b, "\"%s\":%s", terms[k].path, PICK("1", "-1", "2", "\"-2\""));
		else
			buf_printf(b, "{\"path\":\"%s\",\"datatype\":\"%s\",\"order\":\"%s\"%s}", terms[k].path, terms[k].type, PICK("asc", "desc"),
			    PICK("", "", "", ",\"maxLength\":2", ",\"maxLength\":40"));
	}
	buf_addz(b, close);
}

#endif
