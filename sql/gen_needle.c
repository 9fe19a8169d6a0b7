/* sql/gen_needle.c - what the bare text of a document tells about conditions that no index decides
 *
 * A needle is a text that each match holds somewhere.  A short number stands in nearly every document, and what is greater than
 * something has no text: there an engine looks at what follows the name of the member in the text, if it can (struct dialect,
 * from_text).  Whatever is more than that is left to the matcher: arrays, and names that occur again.
 */
#include "sql/gen.h"

#include "sql/glob.h"
#include "sql/pattern.h"
#include "sql/spelling.h"

enum {
	NEEDLES = 16,			/* texts and values that one query looks for at most */
	NEEDLE_VALUES = 4,		/* more operands of one test are not worth looking for */
	LONGEST_NAME = 255		/* that is looked behind, so that a value fits into what is cut out */
};

/* ---- tests ---- */

/* the worst of what the operands have */
static enum needle
worst_needle(const struct cond *test, struct arena *mem)
{
	enum needle worst = NEEDLE_TEXT;
	struct span text;

	if (test->n_values == 0 || test->n_values > NEEDLE_VALUES)
		return NEEDLE_NONE;
	for (size_t i = 0; i < test->n_values && worst != NEEDLE_NONE; i++) {
		enum needle one = fit_needle(test, i, mem, &text);

		if (one != NEEDLE_TEXT)
			worst = one;
	}
	return worst;
}

/* The member whose value, or whose elements, the path names.  Its name in quotes must not be what stands between two other
 * strings: that begins behind a quote. */
static bool
member_of(const struct path *path, struct span *name)
{
	size_t n = path->n_steps;

	while (n > 0 && path->steps[n - 1].kind == STEP_ARRAY)
		n--;
	if (n == 0 || path->steps[n - 1].kind == STEP_ANY_FIELD)
		return false;
	*name = path->steps[n - 1].name;
	return is_literal(*name) && name->n <= LONGEST_NAME && memchr(",:]} ", name->p[0], 5) == NULL;
}

static bool
can_peek(const struct dialect *d, const struct cond *test, const struct path *at, struct arena *mem)
{
	const struct path path = path_join(at, &test->path, mem);
	struct globs globs;
	struct span name;
	struct buf pattern;

	if (d->glob != NULL)
		return member_of(&path, &name) && globs_of_test(test, name, mem, &globs);
	buf_init(&pattern, mem);
	return d->from_text[0] != NULL && member_of(&path, &name) && pattern_of_test(test, &pattern);
}

/* What is looked for: texts of all operands, or the value, or both of a number, which may stand elsewhere in the document. */
struct clue {
	size_t n_needles;
	bool peeks;
};

static struct clue
clue_of(const struct dialect *d, const struct cond *test, const struct path *at, struct arena *mem)
{
	enum needle worst = worst_needle(test, mem);

	return (struct clue){ worst == NEEDLE_NONE ? 0 : test->n_values, worst != NEEDLE_TEXT && can_peek(d, test, at, mem) };
}

/* How much is looked for; 0: nothing is known about matches.  A condition has a clue when each way to satisfy it has one. */
static size_t
count(const struct dialect *d, const struct cond *c, const struct path *at, struct arena *mem)
{
	struct path inner;
	struct clue clue;
	size_t sum = 0, n;

	switch (c->kind) {
	case COND_TEST:
		clue = clue_of(d, c, at, mem);
		return clue.n_needles + clue.peeks;
	case COND_AT:
		inner = path_join(at, &c->path, mem);
		return count(d, c->children, &inner, mem);
	case COND_ALL:
		for (const struct cond *child = c->children; child != NULL; child = child->next)
			sum += count(d, child, at, mem);
		return sum;
	case COND_ANY:
		for (const struct cond *child = c->children; child != NULL; child = child->next) {
			n = count(d, child, at, mem);
			if (n == 0)
				return 0;
			sum += n;
		}
		return sum;
	default:
		return 0;
	}
}

/* ---- their SQL ---- */

static void put_clue(struct sql *s, const struct cond *c, const struct path *at);

static struct span
between(char c, struct span text, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	buf_char(&b, c);
	buf_span(&b, text);
	buf_char(&b, c);
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
		/* its own % and _, and letters of either case, make it wider, which does no harm */
		put_lit(&s->text, "c.content LIKE ");
		sql_bind(s, BIND_T(between('%', text, s->text.mem)));
		return;
	}
	buf_addz(&s->text, s->dialect->contains[0]);
	sql_bind(s, BIND_T(text));
	buf_addz(&s->text, s->dialect->contains[1]);
}

static void
put_needles(struct sql *s, const struct cond *test)
{
	struct span text;
	bool has_number = false;

	buf_char(&s->text, '(');
	for (size_t i = 0; i < test->n_values; i++) {
		if (i > 0)
			put_lit(&s->text, " OR ");
		has_number |= fit_needle(test, i, s->text.mem, &text) == NEEDLE_NUMBER;
		put_contains(s, text);
	}
	if (has_number) {
		put_lit(&s->text, " OR ");
		put_spelling(s, " < ", SPELLING_PLAIN);
	}
	buf_char(&s->text, ')');
}

#define BLANK "[ \t\r\n]"
#define MANY_BLANKS BLANK "{64}"

/* of the text from a name in quotes on, of which engines look at a kilobyte: who has written many blanks is a candidate, so that the
 * value lies within */
static struct span
pattern_behind(struct span name, const struct cond *test, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	buf_printf(&b, "^.{%zu}(" MANY_BLANKS "|" BLANK "*:(" MANY_BLANKS "|" BLANK "*([[]|\"?(", name.n);
	pattern_of_test(test, &b);
	put_lit(&b, "))))");
	return buf_text(&b);
}

static void
put_glob(struct sql *s, struct span pattern)
{
	put_lit(&s->text, "c.content");
	buf_addz(&s->text, s->dialect->glob);
	sql_bind(s, BIND_T(pattern));
}

static void
put_globs(struct sql *s, const struct cond *test, struct span name)
{
	struct globs globs = { .n = 0 };

	globs_of_test(test, name, s->text.mem, &globs);
	buf_char(&s->text, '(');
	put_spelling(s, " < ", SPELLING_PLAIN);
	put_lit(&s->text, " OR (");
	put_glob(s, globs.first);
	for (size_t i = 0; i < globs.n; i++) {
		buf_addz(&s->text, i == 0 ? " AND (" : " OR ");
		put_glob(s, globs.any[i]);
	}
	put_lit(&s->text, ")))");
}

static void
put_peek(struct sql *s, const struct cond *test, const struct path *path)
{
	const char *const *from = s->dialect->from_text, *const *once_more = s->dialect->once_more;
	struct arena *mem = s->text.mem;
	struct span name = { NULL, 0 };

	member_of(path, &name);
	if (s->dialect->glob != NULL) {
		put_globs(s, test, name);
		return;
	}
	name = between('"', name, mem);
	buf_char(&s->text, '(');
	put_spelling(s, " < ", SPELLING_PLAIN);
	put_lit(&s->text, " OR (");
	put_spelling(s, " < ", SPELLING_ONCE);
	put_lit(&s->text, " AND ");
	buf_addz(&s->text, once_more[0]);
	sql_bind(s, BIND_T(name));
	buf_addz(&s->text, once_more[1]);
	sql_bind(s, BIND_T(name));
	buf_addz(&s->text, once_more[2]);
	put_lit(&s->text, ") OR ");
	buf_addz(&s->text, from[0]);
	sql_bind(s, BIND_T(name));
	buf_addz(&s->text, from[1]);
	sql_bind(s, BIND_T(pattern_behind(name, test, mem)));
	buf_addz(&s->text, from[2]);
	buf_char(&s->text, ')');
}

static void
put_test(struct sql *s, const struct cond *test, const struct path *at)
{
	struct clue clue = clue_of(s->dialect, test, at, s->text.mem);
	struct path path = path_join(at, &test->path, s->text.mem);

	if (clue.n_needles > 0)
		put_needles(s, test);
	if (clue.n_needles > 0 && clue.peeks)
		put_lit(&s->text, " AND ");
	if (clue.peeks)
		put_peek(s, test, &path);
}

static void
put_group(struct sql *s, const struct cond *c, const struct path *at, const char *between)
{
	bool is_first = true;

	buf_char(&s->text, '(');
	for (const struct cond *child = c->children; child != NULL; child = child->next) {
		if (count(s->dialect, child, at, s->text.mem) == 0)
			continue;
		if (!is_first)
			buf_addz(&s->text, between);
		is_first = false;
		put_clue(s, child, at);
	}
	buf_char(&s->text, ')');
}

/* only of conditions whose count() is not 0 */
static void
put_clue(struct sql *s, const struct cond *c, const struct path *at)
{
	struct path inner;

	switch (c->kind) {
	case COND_TEST:
		put_test(s, c, at);
		break;
	case COND_AT:
		inner = path_join(at, &c->path, s->text.mem);
		put_clue(s, c->children, &inner);
		break;
	case COND_ALL:
		put_group(s, c, at, " AND ");
		break;
	default:
		put_group(s, c, at, " OR ");
		break;
	}
}

bool
sql_has_needles(const struct dialect *d, const struct choice *choice, struct arena *mem)
{
	for (size_t i = 0; choice->looks_at_text && i < choice->n_rest; i++) {
		size_t n = count(d, choice->rest[i].cond, &choice->rest[i].at, mem);

		if (n > 0 && n <= NEEDLES)
			return true;
	}
	return false;
}

void
sql_needles(struct sql *s, const struct choice *choice)
{
	size_t n, sum = 0;

	buf_char(&s->text, '(');
	put_spelling(s, " = ", SPELLING_ESCAPED);
	put_lit(&s->text, " OR (");
	for (size_t i = 0; i < choice->n_rest; i++) {
		n = count(s->dialect, choice->rest[i].cond, &choice->rest[i].at, s->text.mem);
		if (n == 0 || sum + n > NEEDLES)
			continue;
		if (sum > 0)
			put_lit(&s->text, " AND ");
		sum += n;
		put_clue(s, choice->rest[i].cond, &choice->rest[i].at);
	}
	put_lit(&s->text, "))");
}
