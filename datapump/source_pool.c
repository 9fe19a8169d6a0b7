/* datapump/source_pool.c - another pool as the source of an import: descriptions and rows of one snapshot, no file between */
#include "datapump/source.h"

#include "sql/dialect.h"

struct pool_source {
	struct source s;
	struct db *db;
	struct arena *mem, *page;
	const struct table_ref **refs;	/* of each table */
	struct rows *rows;
};

static bool
open_table(struct source *s, const struct source_table *t, struct err *e)
{
	struct pool_source *p = (struct pool_source *)s;

	return rows_open(p->db, p->refs[t - s->tables], &t->table, NULL, p->page, &p->rows, e);
}

static bool
next_page(struct source *s, struct rows_page *out, struct err *e)
{
	return rows_next(((struct pool_source *)s)->rows, out, e);
}

static void
close_table(struct source *s)
{
	struct pool_source *p = (struct pool_source *)s;

	rows_close(p->rows);
	p->rows = NULL;
	arena_clear(p->page);
}

static void
close_page(void *page)
{
	struct arena *mem = page;

	arena_close(&mem);
}

#define APPEND(mem, list, n, more, n_more) do { \
	(list) = arena_grow((mem), (void *)(uintptr_t)(list), (n) * sizeof(*(list)), ((n) + (n_more) + 1) * sizeof(*(list))); \
	if ((n_more) > 0) \
		memcpy((void *)(uintptr_t)((list) + (n)), (more), (n_more) * sizeof(*(list))); \
	(n) += (n_more); \
} while (0)

static bool
tables_of(struct pool_source *p, const struct place *place, struct err *e)
{
	const struct table_ref *refs;
	size_t n;

	if (!tables_list(p->db, place, p->mem, &refs, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct source_table t = { .id = (int64_t)p->s.n_tables + 1, .n_rows = -1 };
		const struct table_ref *ref = &refs[i];
		size_t n_refs = p->s.n_tables;

		if (!table_describe(p->db, ref, p->mem, &t.table, e)) {
			if (e->kind != ERR_NOT_FOUND)
				return false;
			APPEND(p->mem, p->s.left_out, p->s.n_left_out, &ref->name, 1);
			err_clear(e);
			continue;
		}
		APPEND(p->mem, p->refs, n_refs, &ref, 1);
		APPEND(p->mem, p->s.tables, p->s.n_tables, &t, 1);
	}
	return true;
}

static bool
beside_tables(struct pool_source *p, const struct place *place, struct err *e)
{
	const struct enum_type *types;
	const struct sequence *sequences;
	const struct view *views;
	const struct code *codes;
	const struct span *others;
	size_t n;

	if (!others_list(p->db, place, p->mem, &others, &n, e))
		return false;
	APPEND(p->mem, p->s.others, p->s.n_others, others, n);
	if (!enum_types_list(p->db, place, p->mem, &types, &n, e))
		return false;
	APPEND(p->mem, p->s.types, p->s.n_types, types, n);
	if (!sequences_list(p->db, place, p->mem, &sequences, &n, e))
		return false;
	APPEND(p->mem, p->s.sequences, p->s.n_sequences, sequences, n);
	if (!views_list(p->db, place, p->mem, &views, &n, e))
		return false;
	APPEND(p->mem, p->s.views, p->s.n_views, views, n);
	if (!code_list(p->db, place, p->mem, &codes, &n, e))
		return false;
	APPEND(p->mem, p->s.codes, p->s.n_codes, codes, n);
	return true;
}

bool
source_of_pool(struct db *db, bool (*wants_schema)(const void *arg, struct span schema), const void *arg, struct arena *mem,
    struct source **out, struct err *e)
{
	static const struct source_ops ops = { open_table, next_page, close_table };
	struct pool_source *p = ARENA_NEW(mem, struct pool_source);
	const struct place *places;
	size_t n;

	*p = (struct pool_source){ .s = { .ops = &ops, .engine = db_dialect(db)->name }, .db = db, .mem = mem, .page = arena_open(0) };
	arena_defer(mem, close_page, p->page);
	if (!tables_places(db, mem, &places, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!wants_schema(arg, places[i].name))
			continue;
		if (!tables_of(p, &places[i], e) || (places[i].engine.n > 0 && !beside_tables(p, &places[i], e)))
			return false;
	}
	*out = &p->s;
	return true;
}
