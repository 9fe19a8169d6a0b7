/* sql/catalogue_sqlite.c - tables of a file of SQLite, from its pragmas and from the texts that made them */
#include "config.h"

#include "sql/catalogue.h"

#include "sql/clause.h"
#include "sql/ddl_sqlite.h"
#include "sql/ident.h"

#include <stdlib.h>

/* ---- types ---- */

static bool
holds(struct span type, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= type.n; i++)
		if (span_eq_nocase((struct span){ type.p + i, n }, (struct span){ word, n }))
			return true;
	return false;
}

static bool
begins(struct span type, const char *word)
{
	size_t n = strlen(word);

	return type.n >= n && span_eq_nocase((struct span){ type.p, n }, (struct span){ word, n });
}

/* What is meant by the word, before the engine's own rules of affinity, which look for parts of words. */
static enum abstract_type
type_of(struct span type)
{
	if (begins(type, "BOOL"))
		return ABS_BOOL;
	if (span_is_nocase(type, "DATE"))
		return ABS_DATE;
	if (span_is_nocase(type, "TIME"))
		return ABS_TIME;
	if (holds(type, "TIMESTAMPTZ") || holds(type, "WITH TIME ZONE"))
		return ABS_TIMESTAMPTZ;
	if (begins(type, "DATETIME") || begins(type, "TIMESTAMP"))
		return ABS_TIMESTAMP;
	if (span_is_nocase(type, "JSON") || span_is_nocase(type, "JSONB"))
		return ABS_JSON;
	if (span_is_nocase(type, "UUID"))
		return ABS_UUID;
	if (holds(type, "INT"))
		return ABS_INT64;
	if (begins(type, "CHAR(") || begins(type, "CHARACTER("))
		return ABS_CHAR;
	if (holds(type, "CHAR") || holds(type, "CLOB") || holds(type, "TEXT"))
		return ABS_TEXT;
	if (holds(type, "BLOB") || begins(type, "BINARY") || begins(type, "VARBINARY"))
		return ABS_BINARY;
	if (holds(type, "REAL") || holds(type, "FLOA") || holds(type, "DOUB"))
		return ABS_FLOAT64;
	if (begins(type, "NUMERIC") || begins(type, "DECIMAL") || begins(type, "NUMBER"))
		return ABS_DECIMAL;
	return ABS_OTHER;
}

static void
read_size(struct column *c)
{
	const char *open = c->native.p == NULL ? NULL : memchr(c->native.p, '(', c->native.n);
	long long first, second = 0;
	char *end;

	if (open == NULL)
		return;
	first = strtoll(open + 1, &end, 10);
	if (*end == ',')
		second = strtoll(end + 1, NULL, 10);
	if (first <= 0 || second < 0)
		return;
	if (c->type == ABS_DECIMAL) {
		c->precision = first;
		c->scale = second;
	} else if (c->type == ABS_TEXT || c->type == ABS_CHAR || c->type == ABS_BINARY) {
		c->length = first;
	}
}

/* ---- columns and the primary key ---- */

static const struct ddl_column *
ddl_column(const struct ddl_table *ddl, struct span name)
{
	const struct ddl_column *c = ddl->columns;

	while (c != NULL && !span_eq_nocase(c->name, name))
		c = c->next;
	return c;
}

/* name, type, not null, default, place in the primary key, hidden, is WITHOUT ROWID */
static void
add_columns(const struct answer *a, const struct ddl_table *ddl, struct arena *mem, struct table *t)
{
	struct column *columns = ARENA_ARRAY(mem, struct column, a->n_rows + 1);
	struct span *key = ARENA_ARRAY(mem, struct span, a->n_rows + 1);

	for (size_t i = 0; i < a->n_rows; i++) {
		struct column *c = &columns[t->n_columns++];
		const struct ddl_column *more = ddl_column(ddl, answer_at(a, i, 0));
		int64_t at = answer_int(a, i, 4);

		*c = (struct column){ .name = answer_at(a, i, 0), .native = answer_at(a, i, 1), .dflt = answer_at(a, i, 3),
			.nullable = !answer_true(a, i, 2) };
		c->type = type_of(c->native);
		read_size(c);
		if (more != NULL) {
			c->collation = more->collation;
			c->generated = more->generated;
		}
		if (at > 0 && (size_t)at <= a->n_rows) {
			key[at - 1] = c->name;
			t->pk.n_columns++;
			c->nullable = c->nullable && !answer_true(a, i, 6);
		}
	}
	t->columns = columns;
	t->has_no_rowid = a->n_rows > 0 && answer_true(a, 0, 6);
	t->pk.columns = key;
	t->pk.name = ddl->pk_name;
	/* a column INTEGER PRIMARY KEY is the number of the row, unless the key is an index of its own */
	for (size_t i = 0; i < t->n_columns; i++)
		if (t->pk.n_columns == 1 && span_eq(columns[i].name, key[0]) && span_is_nocase(columns[i].native, "INTEGER")
		    && a->n_rows > 0 && !answer_true(a, 0, 6) && !answer_true(a, 0, 7)) {
			columns[i].is_identity = true;
			columns[i].nullable = false;
		}
}

static bool
read_columns(struct db *db, const struct ddl_table *ddl, struct arena *mem, struct table *t, struct err *e)
{
	static const char text[] = "SELECT x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden,"
	    " (SELECT l.wr FROM pragma_table_list(?) l WHERE l.schema = 'main'),"
	    " EXISTS (SELECT 1 FROM pragma_index_list(?) i WHERE i.origin = 'pk')"
	    " FROM pragma_table_xinfo(?) x WHERE x.hidden <> 1 ORDER BY x.cid";
	struct bind of[] = { BIND_T(t->name), BIND_T(t->name), BIND_T(t->name) };
	struct answer a;

	if (!answer_read(db, text, of, 3, mem, &a, e))
		return false;
	add_columns(&a, ddl, mem, t);
	return true;
}

static bool
read_next_identity(struct db *db, struct arena *mem, struct table *t, struct err *e)
{
	struct bind of[] = { BIND_T(t->name) };
	struct answer a;

	if (!answer_read(db, "SELECT seq FROM sqlite_sequence WHERE name = ?", of, 1, mem, &a, e))
		return false;
	if (a.n_rows > 0 && answer_int(&a, 0, 0) < INT64_MAX)
		t->next_identity = answer_int(&a, 0, 0) + 1;
	return true;
}

/* ---- keys that refer ---- */

static struct span
action(struct span s)
{
	return span_is(s, "NO ACTION") ? (struct span){ NULL, 0 } : s;
}

/* id, place, table, from, to, on_update, on_delete: the key that was written last has the least id */
static bool
read_fks(struct db *db, const struct ddl_table *ddl, struct arena *mem, struct table *t, struct err *e)
{
	static const char text[] = "SELECT f.id, f.seq, f.\"table\", f.\"from\","
	    " coalesce(f.\"to\", (SELECT p.name FROM pragma_table_info(f.\"table\") p WHERE p.pk = f.seq + 1)), f.on_update, f.on_delete"
	    " FROM pragma_foreign_key_list(?) f ORDER BY f.id DESC, f.seq";
	struct bind of[] = { BIND_T(t->name) };
	const struct ddl_name *name = ddl->fks;
	struct foreign_key *fks;
	struct answer a;

	if (!answer_read(db, text, of, 1, mem, &a, e))
		return false;
	fks = ARENA_ARRAY(mem, struct foreign_key, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows;) {
		struct foreign_key *fk = &fks[t->n_fks++];
		size_t n = answer_group(&a, i);

		*fk = (struct foreign_key){ .n_columns = n, .columns = answer_down(&a, i, n, 3, mem), .schema = t->schema,
			.table = answer_at(&a, i, 2), .ref_columns = answer_down(&a, i, n, 4, mem),
			.on_update = action(answer_at(&a, i, 5)), .on_delete = action(answer_at(&a, i, 6)) };
		if (name != NULL) {
			fk->name = name->name;
			fk->time = (struct key_time){ name->deferred, name->deferred };
			name = name->next;
		}
		i += n;
	}
	t->fks = fks;
	return true;
}

/* ---- indexes ---- */

/* of an index that a constraint made: its number ends its name */
static struct span
constraint_name(const struct ddl_table *ddl, struct span index)
{
	const struct ddl_name *name = ddl->keys;
	const char *digits = memrchr(index.p, '_', index.n);
	long n = digits == NULL ? 0 : strtol(digits + 1, NULL, 10);

	while (name != NULL && --n > 0)
		name = name->next;
	return name == NULL ? (struct span){ NULL, 0 } : name->name;
}

static bool
read_parts(struct db *db, struct span index, struct arena *mem, struct answer *out, struct err *e)
{
	struct bind of[] = { BIND_T(index) };

	return answer_read(db, "SELECT cid, name, \"desc\" FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno", of, 1, mem, out, e);
}

static void
add_index(struct table *t, struct table_index *indexes, struct span name, bool unique, const struct answer *parts,
    const struct ddl_index *ddl, struct arena *mem)
{
	struct index_part *p = ARENA_ARRAY(mem, struct index_part, parts->n_rows + 1);

	for (size_t i = 0; i < parts->n_rows; i++) {
		p[i].descending = answer_true(parts, i, 2);
		p[i].column = answer_at(parts, i, 1);
		if (p[i].column.p == NULL && i < ddl->n_parts)
			p[i].expression = ddl->parts[i];
	}
	indexes[t->n_indexes++] = (struct table_index){ .name = name, .unique = unique, .n_parts = parts->n_rows, .parts = p,
		.where = ddl->where };
}

static bool
read_indexes(struct db *db, const struct ddl_table *ddl, struct arena *mem, struct table *t, struct err *e)
{
	static const char text[] = "SELECT i.name, i.\"unique\", i.origin, m.sql FROM pragma_index_list(?) i"
	    " LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = i.name WHERE i.origin <> 'pk' ORDER BY i.seq DESC";
	struct bind of[] = { BIND_T(t->name) };
	struct table_index *indexes;
	struct table_key *uniques;
	struct answer a;

	if (!answer_read(db, text, of, 1, mem, &a, e))
		return false;
	indexes = ARENA_ARRAY(mem, struct table_index, a.n_rows + 1);
	uniques = ARENA_ARRAY(mem, struct table_key, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++) {
		struct ddl_index more = { 0 };
		struct answer parts;

		if (!read_parts(db, answer_at(&a, i, 0), mem, &parts, e))
			return false;
		if (!span_is(answer_at(&a, i, 2), "u")) {
			if (answer_at(&a, i, 3).p != NULL)
				ddl_index_read(answer_at(&a, i, 3), mem, &more);
			add_index(t, indexes, answer_at(&a, i, 0), answer_true(&a, i, 1), &parts, &more, mem);
			continue;
		}
		uniques[t->n_uniques++] = (struct table_key){ .name = constraint_name(ddl, answer_at(&a, i, 0)),
			.n_columns = parts.n_rows, .columns = answer_down(&parts, 0, parts.n_rows, 1, mem) };
	}
	t->indexes = indexes;
	t->uniques = uniques;
	return true;
}

/* Rows of a full-text table are known to others by a number that is no column of it. */
static bool
describe_virtual(struct db *db, struct arena *mem, struct table *t, struct err *e)
{
	struct ddl_table none = { 0 };
	struct column *columns;
	enum module_rows rows;
	bool has_rowid;

	if (!read_columns(db, &none, mem, t, e))
		return false;
	if (!module_is_harmless(t->module, mem, &has_rowid, &rows))
		return true;
	t->is_derived = rows != MODULE_OWN;
	if (!has_rowid)
		return true;
	columns = ARENA_ARRAY(mem, struct column, t->n_columns + 1);
	columns[0] = (struct column){ .name = SPAN("rowid"), .type = ABS_INT64, .native = SPAN("INTEGER") };
	memcpy(columns + 1, t->columns, t->n_columns * sizeof(*columns));
	t->columns = columns;
	t->n_columns++;
	return true;
}

static bool
describe(struct db *db, struct arena *mem, struct table *t, struct err *e)
{
	struct bind of[] = { BIND_T(t->name) };
	struct ddl_table ddl = { 0 };
	struct answer a;

	if (!answer_read(db, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", of, 1, mem, &a, e))
		return false;
	if (a.n_rows == 0)
		return true;
	t->module = ddl_module(answer_at(&a, 0, 0), mem);
	if (t->module.p != NULL)
		return describe_virtual(db, mem, t, e);
	ddl_table_read(answer_at(&a, 0, 0), mem, &ddl);
	t->n_checks = ddl.n_checks;
	t->checks = ddl.checks;
	t->is_strict = ddl.is_strict;
	t->never_reuses = ddl.autoincrement;
	return read_columns(db, &ddl, mem, t, e) && read_fks(db, &ddl, mem, t, e) && read_indexes(db, &ddl, mem, t, e)
	    && (!ddl.autoincrement || read_next_identity(db, mem, t, e));
}

static bool
triggers(struct db *db, struct span schema, struct arena *mem, const struct code **out, size_t *n, struct err *e)
{
	static const char text[] = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
	    " AND tbl_name NOT GLOB 'soda_*' AND tbl_name NOT GLOB 'ords_*' ORDER BY name";
	struct answer a;
	struct code *code;

	*n = 0;
	if (!answer_read(db, text, NULL, 0, mem, &a, e))
		return false;
	code = ARENA_ARRAY(mem, struct code, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++)
		code[(*n)++] = (struct code){ .schema = schema, .name = answer_at(&a, i, 0), .kind = SPAN("TRIGGER"),
			.table = answer_at(&a, i, 1), .text = answer_at(&a, i, 2) };
	*out = code;
	return true;
}

const struct catalogue catalogue_sqlite = {
	/* tables in which a virtual one keeps what it has are made by that */
	.tables = "SELECT name, 'DEFAULT', NULL, 't', 't' FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')"
	    " AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'ords_*' AND name NOT GLOB 'soda_*' AND name NOT GLOB 'datapump_*'"
	    " ORDER BY name",
	.bytes = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
	.views = "SELECT name, sql FROM sqlite_master WHERE type = 'view' AND name NOT GLOB 'ords_*' AND name NOT GLOB 'soda_*'"
	    " ORDER BY name",
	.view_query = ddl_view_query,
	.describe = describe,
	.code = triggers,
};
