/* sql/catalogue_postgresql.c - tables of a schema of PostgreSQL, from its system catalogue */
#include "sql/catalogue.h"

#define NOT_OF_EXTENSION(class, oid) " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog." class "'" \
	"::regclass AND x.objid = " oid " AND x.deptype = 'e')"

/* ---- columns ---- */

static enum abstract_type
type_of(struct span name, bool is_enum)
{
	static const struct {
		const char *name;
		enum abstract_type type;
	} types[] = {
		{ "bool", ABS_BOOL }, { "int2", ABS_INT16 }, { "int4", ABS_INT32 }, { "int8", ABS_INT64 }, { "numeric", ABS_DECIMAL },
		{ "float4", ABS_FLOAT32 }, { "float8", ABS_FLOAT64 }, { "text", ABS_TEXT }, { "varchar", ABS_TEXT }, { "name", ABS_TEXT },
		{ "bpchar", ABS_CHAR }, { "bytea", ABS_BINARY }, { "date", ABS_DATE }, { "time", ABS_TIME },
		{ "timestamp", ABS_TIMESTAMP }, { "timestamptz", ABS_TIMESTAMPTZ }, { "json", ABS_JSON }, { "jsonb", ABS_JSON },
		{ "uuid", ABS_UUID },
	};

	if (is_enum)
		return ABS_ENUM;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (span_is(name, types[i].name))
			return types[i].type;
	return ABS_OTHER;
}

static bool
read_words(struct db *db, int64_t type, struct arena *mem, size_t *n, const struct span **out, struct err *e)
{
	struct bind of[] = { BIND_I(type) };
	struct answer a;

	if (!answer_read(db, "SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid::bigint = CAST(? AS bigint)"
	    " ORDER BY enumsortorder", of, 1, mem, &a, e))
		return false;
	*n = a.n_rows;
	*out = a.values;
	return true;
}

/* what stands in parentheses behind a type, as the catalogue packs it */
static void
read_size(struct column *c, int64_t mod)
{
	if (mod < 4)
		return;
	if (c->type == ABS_TEXT || c->type == ABS_CHAR) {
		c->length = mod - 4;
	} else if (c->type == ABS_DECIMAL) {
		c->precision = (mod - 4) >> 16 & 0xffff;
		c->scale = (mod - 4) & 0x7ff;
		if (c->scale >= 1024)
			c->scale -= 2048;
	}
}

/* A column with an owned sequence counts by itself, whichever way that was said.  Domains and composite types are not exported:
 * their columns are of the type below, or texts. */
static bool
read_columns(struct db *db, int64_t oid, struct arena *mem, struct table *t, struct err *e)
{
	static const char text[] = "SELECT a.attname::text, CASE WHEN y.typtype = 'c' OR l1.typtype IN ('c', 'd') THEN 'text'"
	    "  WHEN b.oid IS NULL THEN pg_catalog.format_type(a.atttypid, a.atttypmod)"
	    "  ELSE pg_catalog.format_type(b.oid, y.typtypmod) END,"
	    " coalesce(b.typname, y.typname)::text, coalesce(b.typtype, y.typtype) = 'e', NOT a.attnotnull,"
	    " pg_catalog.pg_get_expr(d.adbin, d.adrelid), s.oid IS NOT NULL, a.attgenerated <> '',"
	    " CASE WHEN a.attcollation <> y.typcollation THEN l.collname::text END, pg_catalog.col_description(a.attrelid, a.attnum),"
	    " CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE y.typtypmod END, coalesce(b.oid, y.oid)::bigint,"
	    " (SELECT least(coalesce(q.last_value::numeric + q.increment_by, q.start_value), q.max_value)::bigint"
	    "  FROM pg_catalog.pg_sequences q WHERE q.schemaname = n.nspname AND q.sequencename = s.relname)"
	    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid"
	    " LEFT JOIN pg_catalog.pg_type b ON y.typtype = 'd' AND b.oid = y.typbasetype"
	    " LEFT JOIN pg_catalog.pg_type l1 ON y.typcategory = 'A' AND l1.oid = y.typelem"
	    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
	    " LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation"
	    " LEFT JOIN LATERAL (SELECT q.oid, q.relname, q.relnamespace FROM pg_catalog.pg_depend p"
	    "  JOIN pg_catalog.pg_class q ON q.oid = p.objid AND q.relkind = 'S' WHERE p.classid = 'pg_catalog.pg_class'::regclass"
	    "  AND p.refclassid = 'pg_catalog.pg_class'::regclass AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum"
	    "  AND p.deptype IN ('a', 'i') ORDER BY q.oid LIMIT 1) s ON true"
	    " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace"
	    " WHERE a.attrelid::bigint = CAST(? AS bigint) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
	struct bind of[] = { BIND_I(oid) };
	struct column *columns;
	struct answer a;

	if (!answer_read(db, text, of, 1, mem, &a, e))
		return false;
	columns = ARENA_ARRAY(mem, struct column, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++) {
		struct column *c = &columns[i];

		*c = (struct column){ .name = answer_at(&a, i, 0), .native = answer_at(&a, i, 1), .nullable = answer_true(&a, i, 4),
			.is_identity = answer_true(&a, i, 6), .collation = answer_at(&a, i, 8), .comment = answer_at(&a, i, 9) };
		c->type = type_of(answer_at(&a, i, 2), answer_true(&a, i, 3));
		read_size(c, answer_int(&a, i, 10));
		if (answer_true(&a, i, 7))
			c->generated = answer_at(&a, i, 5);
		else if (!c->is_identity)
			c->dflt = answer_at(&a, i, 5);
		if (c->is_identity)
			t->next_identity = answer_int(&a, i, 12);
		if (c->type == ABS_ENUM && !read_words(db, answer_int(&a, i, 11), mem, &c->n_words, &c->words, e))
			return false;
	}
	t->columns = columns;
	t->n_columns = a.n_rows;
	return true;
}

/* ---- constraints ---- */

static struct span
action(struct span letter)
{
	if (span_is(letter, "c"))
		return SPAN("CASCADE");
	if (span_is(letter, "n"))
		return SPAN("SET NULL");
	if (span_is(letter, "d"))
		return SPAN("SET DEFAULT");
	if (span_is(letter, "r"))
		return SPAN("RESTRICT");
	return (struct span){ NULL, 0 };
}

static bool
read_constraints(struct db *db, int64_t oid, struct arena *mem, struct table *t, struct err *e)
{
	static const char text[] = "SELECT c.oid::bigint, c.conname::text, c.contype::text, a.attname::text, f.attname::text,"
	    " n.nspname::text, r.relname::text, c.confupdtype::text, c.confdeltype::text,"
	    " CASE WHEN c.contype = 'x' THEN substr(pg_catalog.pg_get_constraintdef(c.oid), length('EXCLUDE ') + 1)"
	    "  ELSE pg_catalog.pg_get_expr(c.conbin, c.conrelid) END, c.condeferrable, c.condeferred, c.confmatchtype = 'f', c.convalidated,"
	    " position('NULLS NOT DISTINCT' IN pg_catalog.pg_get_constraintdef(c.oid)) > 0"
	    " FROM pg_catalog.pg_constraint c"
	    " LEFT JOIN LATERAL unnest(CASE WHEN c.contype NOT IN ('c', 'x') THEN c.conkey END) WITH ORDINALITY k(num, at) ON true"
	    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num"
	    " LEFT JOIN pg_catalog.pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[k.at]"
	    " LEFT JOIN pg_catalog.pg_class r ON r.oid = c.confrelid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace"
	    " WHERE c.conrelid::bigint = CAST(? AS bigint) AND c.contype IN ('p', 'u', 'f', 'c', 'x') ORDER BY c.conname, c.oid, k.at";
	struct bind of[] = { BIND_I(oid) };
	struct table_key *uniques;
	struct foreign_key *fks;
	struct table_check *checks, *excludes;
	struct answer a;

	if (!answer_read(db, text, of, 1, mem, &a, e))
		return false;
	uniques = ARENA_ARRAY(mem, struct table_key, a.n_rows + 1);
	fks = ARENA_ARRAY(mem, struct foreign_key, a.n_rows + 1);
	checks = ARENA_ARRAY(mem, struct table_check, a.n_rows + 1);
	excludes = ARENA_ARRAY(mem, struct table_check, a.n_rows + 1);
	for (size_t i = 0, n; i < a.n_rows; i += n) {
		struct span name = answer_at(&a, i, 1);
		struct table_key key;

		const struct key_time time = { answer_true(&a, i, 10), answer_true(&a, i, 11) };

		n = answer_group(&a, i);
		key = (struct table_key){ .name = name, .n_columns = n, .columns = answer_down(&a, i, n, 3, mem), .time = time,
			.nulls_are_equal = answer_true(&a, i, 14) };
		switch (answer_at(&a, i, 2).p[0]) {
		case 'p':
			t->pk = key;
			break;
		case 'u':
			uniques[t->n_uniques++] = key;
			break;
		case 'x':
			excludes[t->n_excludes++] = (struct table_check){ .name = name, .text = answer_at(&a, i, 9) };
			break;
		case 'c':
			checks[t->n_checks++] = (struct table_check){ .name = name, .text = answer_at(&a, i, 9),
				.unproven = !answer_true(&a, i, 13) };
			break;
		default:
			fks[t->n_fks++] = (struct foreign_key){ .name = name, .n_columns = n, .columns = key.columns,
				.schema = answer_at(&a, i, 5), .table = answer_at(&a, i, 6), .ref_columns = answer_down(&a, i, n, 4, mem),
				.on_update = action(answer_at(&a, i, 7)), .on_delete = action(answer_at(&a, i, 8)), .time = time,
				.match_full = answer_true(&a, i, 12) };
		}
	}
	t->uniques = uniques;
	t->fks = fks;
	t->checks = checks;
	t->excludes = excludes;
	return true;
}

/* ---- indexes ---- */

static bool
read_indexes(struct db *db, int64_t oid, struct arena *mem, struct table *t, struct err *e)
{
	/* not plain: another method, operators or collations than those of the columns, NULLs at the other end, columns that are
	 * carried, NULLs that are the same, storage options */
	static const char text[] = "SELECT c.relname::text, i.indisunique, pg_catalog.pg_get_expr(i.indpred, i.indrelid),"
	    " a.attname::text, pg_catalog.pg_get_indexdef(i.indexrelid, k, true), i.indoption[k - 1] & 1 = 1,"
	    " CASE WHEN m.amname <> 'btree' THEN m.amname::text END,"
	    " CASE WHEN m.amname <> 'btree' OR i.indnatts > i.indnkeyatts OR c.reloptions IS NOT NULL"
	    "  OR position(' NULLS NOT DISTINCT' IN pg_catalog.pg_get_indexdef(i.indexrelid)) > 0"
	    "  OR EXISTS (SELECT 1 FROM pg_catalog.pg_opclass o WHERE o.oid = ANY (i.indclass::oid[]) AND NOT o.opcdefault)"
	    "  OR EXISTS (SELECT 1 FROM generate_series(0, i.indnkeyatts - 1) j LEFT JOIN pg_catalog.pg_attribute b"
	    "   ON b.attrelid = i.indrelid AND b.attnum = i.indkey[j] WHERE i.indoption[j] NOT IN (0, 3)"
	    "   OR i.indcollation[j] <> b.attcollation)"
	    "  THEN substr(pg_catalog.pg_get_indexdef(i.indexrelid),"
	    "   position(' USING ' || m.amname || ' (' IN pg_catalog.pg_get_indexdef(i.indexrelid)) + 1) END"
	    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
	    " JOIN pg_catalog.pg_am m ON m.oid = c.relam"
	    " CROSS JOIN LATERAL generate_series(1, i.indnkeyatts) k"
	    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]"
	    " WHERE i.indrelid::bigint = CAST(? AS bigint)"
	    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint x WHERE x.conindid = i.indexrelid AND x.contype IN ('p', 'u', 'x'))"
	    " ORDER BY c.relname, k";
	struct bind of[] = { BIND_I(oid) };
	struct table_index *indexes;
	struct answer a;

	if (!answer_read(db, text, of, 1, mem, &a, e))
		return false;
	indexes = ARENA_ARRAY(mem, struct table_index, a.n_rows + 1);
	for (size_t i = 0, n; i < a.n_rows; i += n) {
		struct index_part *parts;

		n = answer_group(&a, i);
		parts = ARENA_ARRAY(mem, struct index_part, n);
		for (size_t k = 0; k < n; k++) {
			parts[k] = (struct index_part){ .column = answer_at(&a, i + k, 3), .descending = answer_true(&a, i + k, 5) };
			if (parts[k].column.p == NULL)
				parts[k].expression = answer_at(&a, i + k, 4);
		}
		indexes[t->n_indexes++] = (struct table_index){ .name = answer_at(&a, i, 0), .unique = answer_true(&a, i, 1),
			.n_parts = n, .parts = parts, .where = answer_at(&a, i, 2), .kind = answer_at(&a, i, 6), .clause = answer_at(&a, i, 7) };
	}
	t->indexes = indexes;
	return true;
}

static bool
describe(struct db *db, struct arena *mem, struct table *t, struct err *e)
{
	static const char text[] = "SELECT c.oid::bigint, pg_catalog.obj_description(c.oid, 'pg_class') FROM pg_catalog.pg_class c"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p', 'm')";
	struct bind of[] = { BIND_T(t->schema), BIND_T(t->name) };
	struct answer a;
	int64_t oid;

	if (!answer_read(db, text, of, 2, mem, &a, e))
		return false;
	if (a.n_rows == 0)
		return true;
	oid = answer_int(&a, 0, 0);
	t->comment = answer_at(&a, 0, 1);
	return read_columns(db, oid, mem, t, e) && read_constraints(db, oid, mem, t, e) && read_indexes(db, oid, mem, t, e);
}

/* ---- beside tables ---- */

static bool
sequences(struct db *db, struct span schema, struct arena *mem, const struct sequence **out, size_t *n, struct err *e)
{
	static const char text[] = "SELECT q.sequencename::text, q.start_value, q.increment_by, q.min_value, q.max_value, q.cycle,"
	    " least(greatest(coalesce(q.last_value::numeric + q.increment_by, q.start_value), q.min_value), q.max_value)::bigint"
	    " FROM pg_catalog.pg_sequences q JOIN pg_catalog.pg_namespace n ON n.nspname = q.schemaname"
	    " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = q.sequencename"
	    " WHERE q.schemaname = ? AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend p WHERE p.objid = c.oid"
	    " AND p.classid = 'pg_catalog.pg_class'::regclass AND p.refobjsubid > 0 AND p.deptype IN ('a', 'i'))"
	    NOT_OF_EXTENSION("pg_class", "c.oid") " ORDER BY 1";
	struct bind of[] = { BIND_T(schema) };
	struct sequence *all;
	struct answer a;

	if (!answer_read(db, text, of, 1, mem, &a, e))
		return false;
	all = ARENA_ARRAY(mem, struct sequence, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++)
		all[i] = (struct sequence){ .schema = schema, .name = answer_at(&a, i, 0), .start = answer_int(&a, i, 1),
			.increment = answer_int(&a, i, 2), .min = answer_int(&a, i, 3), .max = answer_int(&a, i, 4),
			.cycle = answer_true(&a, i, 5), .next = answer_int(&a, i, 6) };
	*out = all;
	*n = a.n_rows;
	return true;
}

static bool
code(struct db *db, struct span schema, struct arena *mem, const struct code **out, size_t *n, struct err *e)
{
	static const char text[] = "SELECT 1, p.proname::text, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, NULL,"
	    " pg_catalog.pg_get_functiondef(p.oid) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
	    " WHERE n.nspname = ? AND p.prokind IN ('f', 'p')" NOT_OF_EXTENSION("pg_proc", "p.oid")
	    " UNION ALL SELECT 2, t.tgname::text, 'TRIGGER', c.relname::text, pg_catalog.pg_get_triggerdef(t.oid)"
	    " FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND NOT t.tgisinternal ORDER BY 1, 2, 4, 5";
	struct bind of[] = { BIND_T(schema), BIND_T(schema) };
	struct code *all;
	struct answer a;

	if (!answer_read(db, text, of, 2, mem, &a, e))
		return false;
	all = ARENA_ARRAY(mem, struct code, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++)
		all[i] = (struct code){ .schema = schema, .name = answer_at(&a, i, 1), .kind = answer_at(&a, i, 2),
			.table = answer_at(&a, i, 3), .text = answer_at(&a, i, 4) };
	*out = all;
	*n = a.n_rows;
	return true;
}

static bool
enum_types(struct db *db, struct span schema, struct arena *mem, const struct enum_type **out, size_t *n, struct err *e)
{
	static const char text[] = "SELECT t.typname::text, t.oid::bigint FROM pg_catalog.pg_type t"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = ? AND t.typtype = 'e'"
	    NOT_OF_EXTENSION("pg_type", "t.oid") " ORDER BY 1";
	struct bind of[] = { BIND_T(schema) };
	struct enum_type *all;
	struct answer a;

	if (!answer_read(db, text, of, 1, mem, &a, e))
		return false;
	all = ARENA_ARRAY(mem, struct enum_type, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++) {
		all[i] = (struct enum_type){ .schema = schema, .name = answer_at(&a, i, 0) };
		if (!read_words(db, answer_int(&a, i, 1), mem, &all[i].n_words, &all[i].words, e))
			return false;
	}
	*out = all;
	*n = a.n_rows;
	return true;
}

const struct catalogue catalogue_postgresql = {
	.schemas = "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE left(nspname, 3) <> 'pg_'"
	    " AND nspname NOT IN ('information_schema', 'ords_metadata') AND has_schema_privilege(oid, 'USAGE')",
	.tables = "SELECT c.relname::text, coalesce(s.spcname::text, 'pg_default'),"
	    " CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, true, has_table_privilege(c.oid, 'SELECT')"
	    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace"
	    " WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition" NOT_OF_EXTENSION("pg_class", "c.oid") " ORDER BY 1",
	.documents = "SELECT relname::text, CASE WHEN reltuples >= 0 THEN reltuples::bigint END FROM pg_catalog.pg_class"
	    " WHERE relnamespace = 'ords_metadata'::regnamespace AND relkind = 'r' AND relname LIKE 'soda\\_c\\_%'",
	/* in the order in which they were made: one may stand on another */
	.views = "SELECT c.relname::text, pg_catalog.pg_get_viewdef(c.oid), c.relkind = 'm', c.relispopulated FROM pg_catalog.pg_class c"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relkind IN ('v', 'm')"
	    NOT_OF_EXTENSION("pg_class", "c.oid") " ORDER BY c.oid",
	.others = "SELECT x.kind, x.name FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL ("
	    "SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'composite type' END AS kind, c.relname::text AS name"
	    " FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('f', 'c')" NOT_OF_EXTENSION("pg_class", "c.oid")
	    " UNION ALL SELECT 'domain', t.typname::text FROM pg_catalog.pg_type t WHERE t.typnamespace = n.oid AND t.typtype = 'd'"
	    NOT_OF_EXTENSION("pg_type", "t.oid")
	    " UNION ALL SELECT 'aggregate', p.proname::text FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid AND p.prokind = 'a'"
	    NOT_OF_EXTENSION("pg_proc", "p.oid")
	    " UNION ALL SELECT CASE WHEN c.relkind = 'p' THEN 'partitioning of' ELSE 'inheritance of' END, c.relname::text"
	    " FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND NOT c.relispartition AND (c.relkind = 'p' OR (c.relkind = 'r'"
	    " AND EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)))"
	    " UNION ALL SELECT 'rule', r.rulename || ' of ' || c.relname FROM pg_catalog.pg_rewrite r"
	    " JOIN pg_catalog.pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = n.oid AND r.rulename <> '_RETURN'"
	    " UNION ALL SELECT 'row security policy', p.polname || ' of ' || c.relname FROM pg_catalog.pg_policy p"
	    " JOIN pg_catalog.pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = n.oid"
	    " UNION ALL SELECT 'extended statistics', s.stxname::text FROM pg_catalog.pg_statistic_ext s WHERE s.stxnamespace = n.oid"
	    ") x WHERE n.nspname = ? ORDER BY 1, 2",
	.position = "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text",
	.lock = { "LOCK TABLE ", " IN ACCESS SHARE MODE" },
	.describe = describe,
	.sequences = sequences,
	.code = code,
	.enum_types = enum_types,
};
