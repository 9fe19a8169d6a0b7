/* sql/glob.c - how a member is written whose value satisfies a test */
#include "sql/glob.h"

#include "base/buf.h"
#include "sql/pattern.h"

#define BLANKS " \t\r\n"

/* what may stand behind the name, and what stands before a value that is not looked at: a blank, or an array */
#define COLON "[:" BLANKS "]"
#define UNSEEN "[[" BLANKS ":]"

enum { MOST_BEGINS = 2 * GLOB_VALUES };

/* how values begin that satisfy the test */
struct begins {
	size_t n;
	struct span text[MOST_BEGINS];
	bool has_number;		/* a string may read as it */
};

static void
add(struct begins *b, struct span text)
{
	b->text[b->n++] = text;
}

static bool
add_number(struct begins *b, const struct dec *number, struct arena *mem)
{
	struct buf text;

	buf_init(&text, mem);
	dec_canonical(number, &text);
	if (!pattern_is_short_number(buf_text(&text)))
		return false;
	add(b, buf_text(&text));
	if (number->sign == 0)
		add(b, SPAN("-0"));
	b->has_number = true;
	return true;
}

static bool
add_operand(struct begins *b, const struct cond *test, const struct operand *v, struct arena *mem)
{
	enum method m = test->method;

	switch (v->type) {
	case J_NUMBER:
		return (m == METHOD_NONE || m == METHOD_NUMBER || m == METHOD_NUMBER_ONLY) && add_number(b, &v->number, mem);
	case J_STRING:		/* itself, or the number whose canonical text it is */
		return m == METHOD_NONE && v->text_is_number && add_number(b, &v->number, mem);
	case J_TRUE:
		add(b, SPAN("true"));
		break;
	case J_FALSE:
		add(b, SPAN("false"));
		break;
	case J_NULL:
		add(b, SPAN("null"));
		break;
	default:
		return false;
	}
	return m == METHOD_NONE || m == METHOD_BOOLEAN_ONLY;
}

/* ---- texts of patterns ---- */

/* *"name" */
static void
put_name(struct buf *out, struct span name)
{
	put_lit(out, "*\"");
	for (size_t i = 0; i < name.n; i++) {
		if (strchr("*?[", name.p[i]) != NULL)
			buf_printf(out, "[%c]", name.p[i]);
		else
			buf_char(out, name.p[i]);
	}
	buf_char(out, '"');
}

/* The first characters of all values in one set, in which - comes first. */
static struct span
put_first(struct span name, const struct begins *b, struct arena *mem)
{
	struct buf out;

	buf_init(&out, mem);
	put_name(&out, name);
	put_lit(&out, COLON "[");
	for (size_t i = 0; i < b->n; i++)
		if (b->text[i].p[0] == '-') {
			buf_char(&out, '-');
			break;
		}
	if (b->has_number)
		buf_char(&out, '"');
	put_lit(&out, "[" BLANKS ":");
	for (size_t i = 0; i < b->n; i++)
		if (b->text[i].p[0] != '-')
			buf_char(&out, b->text[i].p[0]);
	put_lit(&out, "]*");
	return buf_text(&out);
}

/* A number goes on with a point, or with zeros behind one, or ends. */
static struct span
put_value(struct span name, const char *before, struct span text, struct arena *mem)
{
	bool is_whole = memchr("-0123456789", text.p[0], 11) != NULL && memchr(text.p, '.', text.n) == NULL;
	struct buf out;

	buf_init(&out, mem);
	put_name(&out, name);
	buf_addz(&out, before);
	buf_span(&out, text);
	buf_addz(&out, is_whole ? "[^0-9]*" : "*");
	return buf_text(&out);
}

static struct span
put_unseen(struct span name, struct arena *mem)
{
	struct buf out;

	buf_init(&out, mem);
	put_name(&out, name);
	put_lit(&out, COLON UNSEEN "*");
	return buf_text(&out);
}

bool
globs_of_test(const struct cond *test, struct span name, struct arena *mem, struct globs *out)
{
	struct begins b = { 0 };

	if ((test->op != OP_EQ && test->op != OP_IN) || test->n_values == 0 || test->n_values > GLOB_VALUES)
		return false;
	for (size_t i = 0; i < test->n_values; i++)
		if (!add_operand(&b, test, &test->values[i], mem))
			return false;
	*out = (struct globs){ .first = put_first(name, &b, mem) };
	for (size_t i = 0; i < b.n; i++) {
		out->any[out->n++] = put_value(name, ":", b.text[i], mem);
		if (b.has_number)
			out->any[out->n++] = put_value(name, ":\"", b.text[i], mem);
	}
	out->any[out->n++] = put_unseen(name, mem);
	return true;
}
