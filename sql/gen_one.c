/* sql/gen_one.c - SELECTs of one document, and of how many there are */
#include "sql/gen.h"

struct query
gen_size(const struct dialect *d, const struct coll *coll, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT coalesce(max(c.seq), 0) FROM ");
	sql_coll_table(&s, coll->id);
	put_lit(&s.text, " c");
	return sql_query(&s);
}

static void
put_one(struct sql *s, const struct coll *coll, struct span held)
{
	put_lit(&s->text, " FROM ");
	sql_coll_table(s, coll->id);
	put_lit(&s->text, " c WHERE c.id = ");
	sql_bind(s, BIND_T(held));
}

struct query
gen_get(const struct dialect *d, const struct coll *coll, struct span held, bool want_content, struct arena *mem)
{
	struct query q;
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT ");
	sql_head_begin(&s);
	sql_head_end(&s, coll);
	if (meta_is_hetero(&coll->meta))
		put_lit(&s.text, ", c.media");
	if (want_content)
		put_lit(&s.text, ", c.content");
	put_one(&s, coll, held);
	q = sql_query(&s);
	q.has_head = true;
	return q;
}

struct query
gen_content(const struct dialect *d, const struct coll *coll, struct span held, struct arena *mem)
{
	struct sql s;

	sql_init(&s, d, mem);
	put_lit(&s.text, "SELECT c.bytes, c.content");
	put_one(&s, coll, held);
	return sql_query(&s);
}
