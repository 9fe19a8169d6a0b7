/* sql/gen_text.c - a query as it grows: text and values side by side, and the names of our tables */
#include "sql/gen.h"

void
sql_init(struct sql *s, const struct dialect *d, struct arena *mem)
{
	*s = (struct sql){ .dialect = d };
	buf_init(&s->text, mem);
}

static void
add_bind(struct sql *s, struct bind b)
{
	if (s->n_binds == s->cap_binds) {
		size_t cap = s->cap_binds == 0 ? 8 : s->cap_binds * 2;

		s->binds = arena_grow(s->text.mem, s->binds, s->cap_binds * sizeof(b), cap * sizeof(b));
		s->cap_binds = cap;
	}
	s->binds[s->n_binds++] = b;
}

void
sql_bind(struct sql *s, struct bind b)
{
	buf_char(&s->text, '?');
	add_bind(s, b);
}

struct query
sql_query(const struct sql *s)
{
	return (struct query){ .text = buf_text(&s->text), .n_binds = s->n_binds, .binds = s->binds };
}

void
sql_coll_table(struct sql *s, int64_t coll_id)
{
	put_lit(&s->text, "soda_c_");
	buf_int(&s->text, coll_id);
}

void
sql_index_table(struct sql *s, int64_t index_id)
{
	put_lit(&s->text, "soda_i_");
	buf_int(&s->text, index_id);
}

void
sql_words_table(struct sql *s, int64_t index_id)
{
	put_lit(&s->text, "soda_t_");
	buf_int(&s->text, index_id);
}

void
sql_guide_table(struct sql *s, int64_t index_id)
{
	put_lit(&s->text, "soda_g_");
	buf_int(&s->text, index_id);
}

void
sql_value_column(struct sql *s, size_t field)
{
	buf_char(&s->text, 'v');
	buf_int(&s->text, (int64_t)field + 1);
}

void
sql_head_begin(struct sql *s)
{
	static const char *const columns[] = { "c.rev", "c.created", "c.modified", "c.bytes" };
	const char *const *head = s->dialect->head;

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		buf_addz(&s->text, head[i > 0]);
		buf_addz(&s->text, columns[i]);
	}
}

void
sql_head_end(struct sql *s, const struct coll *coll)
{
	const char *const *head = s->dialect->head;

	if (coll->meta.version_method != VERSION_NONE) {
		buf_addz(&s->text, head[1]);
		put_lit(&s->text, "c.version");
	}
	buf_addz(&s->text, head[2]);
}
