/* sql/gen_filter.c - conditions of a filter object into SQL
 *
 * Engines differ in what equal texts are, in LIKE and in how a time is written: the dialect's forms make them agree.
 */
#include "sql/filter.h"

#include "base/clock.h"
#include "sql/gen.h"
#include "sql/ident.h"

static void
put_name(struct sql *s, const struct filter_column *c)
{
	put_ident(s->dialect, c->column.n > 0 ? c->column : c->name, &s->text);
}

static void
put_column(struct sql *s, const struct filter_column *c)
{
	const char *const *around = c->type == FILTER_TEXT ? s->dialect->text_column
	    : c->type == FILTER_TIME ? s->dialect->time_column : NULL;

	if (around != NULL)
		buf_addz(&s->text, around[0]);
	put_name(s, c);
	if (around != NULL)
		buf_addz(&s->text, around[1]);
}

/* 2024-01-31 23:59:59.000000, which every engine reads as UTC */
static void
bind_time(struct sql *s, int64_t us)
{
	char *text = arena_alloc(s->text.mem, CLOCK_TEXT);

	clock_format(us, text);
	text[10] = ' ';
	text[26] = '\0';
	buf_addz(&s->text, s->dialect->time_value[0]);
	sql_bind(s, BIND_T(span_of(text)));
	buf_addz(&s->text, s->dialect->time_value[1]);
}

static void
put_value(struct sql *s, const struct filter_column *c, const struct filter_operand *v)
{
	switch (c->type) {
	case FILTER_TEXT:
		sql_bind(s, BIND_T(v->text));
		break;
	case FILTER_NUMBER:
		put_lit(&s->text, "CAST(");
		sql_bind(s, BIND_T(v->text));
		buf_addz(&s->text, s->dialect->number_value);
		break;
	case FILTER_BOOL:
		buf_addz(&s->text, s->dialect->truth[v->number != 0]);
		break;
	case FILTER_TIME:
		bind_time(s, v->number);
		break;
	case FILTER_MICROS:
		sql_bind(s, BIND_I(v->number));
		break;
	case FILTER_OPAQUE:		/* only asked whether it is there */
		break;
	}
}

static void
put_comparison(struct sql *s, const struct filter_column *c, const char *sign, const struct filter_operand *v)
{
	if (c->type == FILTER_NUMBER && s->dialect->is_number != NULL) {	/* a text would be greater than every number */
		put_lit(&s->text, "typeof(");
		put_name(s, c);
		buf_addz(&s->text, s->dialect->is_number);
	}
	put_column(s, c);
	buf_addz(&s->text, sign);
	put_value(s, c, v);
}

static void
put_between(struct sql *s, const struct filter_cond *c)
{
	if (c->low.is_open && c->high.is_open) {
		put_name(s, c->column);
		put_lit(&s->text, " IS NOT NULL");
		return;
	}
	if (!c->low.is_open)
		put_comparison(s, c->column, " >= ", &c->low);
	if (!c->low.is_open && !c->high.is_open)
		put_lit(&s->text, " AND ");
	if (!c->high.is_open)
		put_comparison(s, c->column, " <= ", &c->high);
}

/* % and _ in the words of GLOB, which minds case where LIKE does not */
static struct span
glob_of(struct span pattern, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	for (size_t i = 0; i < pattern.n; i++) {
		switch (pattern.p[i]) {
		case '%':
			buf_char(&b, '*');
			break;
		case '_':
			buf_char(&b, '?');
			break;
		case '*':
		case '?':
		case '[':
			buf_printf(&b, "[%c]", pattern.p[i]);
			break;
		default:
			buf_char(&b, pattern.p[i]);
		}
	}
	return buf_text(&b);
}

static void
put_like(struct sql *s, const struct filter_cond *c)
{
	put_column(s, c->column);
	if (s->dialect->like_escape == NULL) {
		put_lit(&s->text, " GLOB ");
		sql_bind(s, BIND_T(glob_of(c->low.text, s->text.mem)));
		return;
	}
	put_lit(&s->text, " LIKE ");
	sql_bind(s, BIND_T(c->low.text));
	buf_addz(&s->text, s->dialect->like_escape);
}

static void
put_instr(struct sql *s, const struct filter_cond *c)
{
	buf_addz(&s->text, s->dialect->position);
	buf_char(&s->text, '(');
	put_column(s, c->column);
	put_lit(&s->text, ", ");
	sql_bind(s, BIND_T(c->low.text));
	if (c->op == FILTER_INSTR)
		put_lit(&s->text, ") > 0");
	else
		put_lit(&s->text, ") = 0");
}

static void
put_test(struct sql *s, const struct filter_cond *c)
{
	static const char *const sign[] = {
		[FILTER_EQ] = " = ", [FILTER_NE] = " <> ", [FILTER_LT] = " < ", [FILTER_LTE] = " <= ", [FILTER_GT] = " > ",
		[FILTER_GTE] = " >= ",
	};

	switch (c->op) {
	case FILTER_BETWEEN:
		put_between(s, c);
		break;
	case FILTER_INSTR:
	case FILTER_NINSTR:
		put_instr(s, c);
		break;
	case FILTER_LIKE:
		put_like(s, c);
		break;
	case FILTER_NULL:
		put_name(s, c->column);
		put_lit(&s->text, " IS NULL");
		break;
	case FILTER_NOTNULL:
		put_name(s, c->column);
		put_lit(&s->text, " IS NOT NULL");
		break;
	default:
		put_comparison(s, c->column, sign[c->op], &c->low);
	}
}

/* filter_parse() limits the depth */
static void
put_cond(struct sql *s, const struct filter_cond *c)
{
	if (c->op != FILTER_AND && c->op != FILTER_OR) {
		put_test(s, c);
		return;
	}
	if (c->children->next == NULL) {
		put_cond(s, c->children);
		return;
	}
	buf_char(&s->text, '(');
	for (const struct filter_cond *child = c->children; child != NULL; child = child->next) {
		put_cond(s, child);
		if (child->next == NULL)
			break;
		if (c->op == FILTER_AND)
			put_lit(&s->text, " AND ");
		else
			put_lit(&s->text, " OR ");
	}
	buf_char(&s->text, ')');
}

bool
sql_filter(struct sql *s, const struct filter *f)
{
	if (f->where == NULL)
		return false;
	put_cond(s, f->where);
	return true;
}

void
sql_filter_order(struct sql *s, const struct filter *f)
{
	for (size_t i = 0; i < f->n_order; i++) {
		const char *direction = f->order[i].descending ? " DESC, " : ", ";

		buf_char(&s->text, '(');
		put_name(s, f->order[i].column);
		put_lit(&s->text, " IS NULL)");
		buf_addz(&s->text, direction);
		put_column(s, f->order[i].column);
		buf_addz(&s->text, direction);
	}
}
