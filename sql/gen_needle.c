/* sql/gen_needle.c - needles: what the bare text of a document holds if it matches */
#include "sql/gen.h"

#include "sql/spelling.h"

static void put_needle_of(struct sql *s, const struct cond *c);

/* A pattern for the text anywhere.  Its own % and _ and letters of either case make it wider, which does no harm. */
static struct span
like_of(struct span text, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	buf_char(&b, '%');
	buf_span(&b, text);
	buf_char(&b, '%');
	return buf_text(&b);
}

static void
put_spelling(struct sql *s, const char *is, enum spelling spelling)
{
	put_lit(&s->text, "c.backslash");
	buf_addz(&s->text, is);
	buf_int(&s->text, spelling);
}

/* Is the text in the document? */
static void
put_contains(struct sql *s, struct span text)
{
	if (s->dialect->contains[0] == NULL) {
		put_lit(&s->text, "c.content LIKE ");
		sql_bind(s, BIND_T(like_of(text, s->text.mem)));
		return;
	}
	buf_addz(&s->text, s->dialect->contains[0]);
	sql_bind(s, BIND_T(text));
	buf_addz(&s->text, s->dialect->contains[1]);
}

static void
put_test_needles(struct sql *s, const struct cond *c)
{
	struct span text;
	bool has_number = false;

	buf_char(&s->text, '(');
	for (size_t i = 0; i < c->n_values; i++) {
		if (i > 0)
			put_lit(&s->text, " OR ");
		has_number |= fit_needle(c, i, s->text.mem, &text) == NEEDLE_NUMBER;	/* each has one: needle_count() */
		put_contains(s, text);
	}
	if (has_number) {
		put_lit(&s->text, " OR ");
		put_spelling(s, " <> ", SPELLING_PLAIN);
	}
	buf_char(&s->text, ')');
}

static void
put_group(struct sql *s, const struct cond *c, const char *between)
{
	bool is_first = true;

	buf_char(&s->text, '(');
	for (const struct cond *child = c->children; child != NULL; child = child->next) {
		if (needle_count(child, s->text.mem) == 0)
			continue;
		if (!is_first)
			buf_addz(&s->text, between);
		is_first = false;
		put_needle_of(s, child);
	}
	buf_char(&s->text, ')');
}

/* only of conditions whose needle_count() is not 0 */
static void
put_needle_of(struct sql *s, const struct cond *c)
{
	switch (c->kind) {
	case COND_TEST:
		put_test_needles(s, c);
		break;
	case COND_AT:
		put_needle_of(s, c->children);
		break;
	case COND_ALL:
		put_group(s, c, " AND ");
		break;
	default:
		put_group(s, c, " OR ");
		break;
	}
}

void
sql_needles(struct sql *s, const struct choice *choice)
{
	buf_char(&s->text, '(');
	put_spelling(s, " = ", SPELLING_ESCAPED);
	put_lit(&s->text, " OR (");
	for (size_t i = 0; i < choice->n_needles; i++) {
		if (i > 0)
			put_lit(&s->text, " AND ");
		put_needle_of(s, choice->needles[i]);
	}
	put_lit(&s->text, "))");
}
