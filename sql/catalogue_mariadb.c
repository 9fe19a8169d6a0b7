/* sql/catalogue_mariadb.c - tables of a database of MariaDB, from information_schema */
#include "config.h"

#include "sql/catalogue.h"

#include "sql/ident.h"

/* ---- texts ---- */

/* what a backslash and this character stand for; '\0' for a zero byte, which no text has */
static char
escaped(char c)
{
	static const char letters[] = "nrtbZ", meant[] = "\n\r\t\b\032";
	const char *at = c == '\0' ? NULL : strchr(letters, c);

	return at != NULL ? meant[at - letters] : c == '0' ? '\0' : c;
}

/* The engine prints strings with backslashes, whatever the session says; they are read where a backslash is one. */
static struct span
without_escapes(struct span text, struct arena *mem)
{
	char quote = '\0';
	struct buf out;

	if (text.n == 0 || memchr(text.p, '\\', text.n) == NULL)
		return text;
	buf_init(&out, mem);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quote == '\'' && c == '\\' && i + 1 < text.n) {
			c = escaped(text.p[++i]);
			if (c == '\'')
				buf_char(&out, c);
		} else if (quote == '\0' && (c == '\'' || c == '`')) {
			quote = c;
		} else if (c == quote) {	/* a doubled one ends and begins again */
			quote = '\0';
		}
		buf_char(&out, c);
	}
	return buf_text(&out);
}

/* ---- columns ---- */

static bool
begins(struct span s, const char *with)
{
	return s.n >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

static bool
holds(struct span s, const char *word)
{
	return s.n > 0 && memmem(s.p, s.n, word, strlen(word)) != NULL;
}

static enum abstract_type
type_of(struct span name, struct span native)
{
	static const struct {
		const char *name;
		enum abstract_type type, as_unsigned;
	} types[] = {
		{ "tinyint", ABS_INT16, ABS_INT16 }, { "smallint", ABS_INT16, ABS_INT32 }, { "mediumint", ABS_INT32, ABS_INT32 },
		{ "int", ABS_INT32, ABS_INT64 }, { "bigint", ABS_INT64, ABS_UINT64 }, { "bit", ABS_UINT64, ABS_UINT64 },
		{ "year", ABS_INT16, ABS_INT16 }, { "decimal", ABS_DECIMAL, ABS_DECIMAL }, { "float", ABS_FLOAT32, ABS_FLOAT32 },
		{ "double", ABS_FLOAT64, ABS_FLOAT64 }, { "varchar", ABS_TEXT, 0 }, { "tinytext", ABS_TEXT, 0 }, { "text", ABS_TEXT, 0 },
		{ "mediumtext", ABS_TEXT, 0 }, { "longtext", ABS_TEXT, 0 }, { "char", ABS_CHAR, 0 }, { "binary", ABS_BINARY, 0 },
		{ "varbinary", ABS_BINARY, 0 }, { "tinyblob", ABS_BINARY, 0 }, { "blob", ABS_BINARY, 0 },
		{ "mediumblob", ABS_BINARY, 0 }, { "longblob", ABS_BINARY, 0 }, { "date", ABS_DATE, 0 }, { "time", ABS_TIME, 0 },
		{ "datetime", ABS_TIMESTAMP, 0 }, { "timestamp", ABS_TIMESTAMPTZ, 0 }, { "uuid", ABS_UUID, 0 }, { "enum", ABS_ENUM, 0 },
	};

	if (begins(native, "tinyint(1)"))
		return ABS_BOOL;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (span_is(name, types[i].name))
			return holds(native, " unsigned") ? types[i].as_unsigned : types[i].type;
	return ABS_OTHER;
}

/* enum('a','it''s') */
static void
read_words(struct column *c, struct arena *mem)
{
	struct span *words = ARENA_ARRAY(mem, struct span, c->native.n);
	const char *p = memchr(c->native.p, '\'', c->native.n), *end = c->native.p + c->native.n;

	while (p != NULL && p < end && *p == '\'') {
		struct buf word;

		buf_init(&word, mem);
		buf_reserve(&word, 1);
		for (p++; p < end && (*p != '\'' || (p + 1 < end && p[1] == '\'')); p++) {
			p += *p == '\'';
			buf_char(&word, *p);
		}
		words[c->n_words++] = buf_text(&word);
		p += 2;		/* quote and comma */
	}
	c->words = words;
}

static void
read_size(struct column *c, const struct answer *a, size_t row)
{
	bool has_chars = c->type == ABS_CHAR || (c->type == ABS_TEXT && begins(c->native, "varchar"));

	if (has_chars || (c->type == ABS_BINARY && holds(c->native, "binary")))
		c->length = answer_int(a, row, 9);
	if (c->type == ABS_DECIMAL) {
		c->precision = answer_int(a, row, 10);
		c->scale = answer_int(a, row, 11);
	}
}

/* A document is a text with a check that it is one. */
static bool
is_json(const struct answer *checks, struct span column)
{
	for (size_t i = 0; i < checks->n_rows; i++)
		if (span_eq(answer_at(checks, i, 0), column) && answer_true(checks, i, 2) && begins(answer_at(checks, i, 1), "json_valid("))
			return true;
	return false;
}

static bool
has_byte_default(const struct column *c)
{
	return c->type == ABS_BINARY && c->dflt.n > 0 && c->dflt.p[0] == '\'';
}

/* whose next value such a read would want to write */
static bool
has_sequence_default(const struct table *t)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (holds(t->columns[i].dflt, "nextval("))
			return true;
	return false;
}

/* The text of a default may have lost what is no UTF-8; its bytes are those that an outer join without a row of the table finds.
 * Where they cannot be read, it becomes what nobody takes for one. */
static bool
read_bytes(struct db *db, struct arena *mem, const struct table *t, struct column *columns, struct err *e)
{
	struct answer a;
	struct buf b;
	size_t n = 0;

	buf_init(&b, mem);
	put_lit(&b, "SELECT ");
	for (size_t i = 0; i < t->n_columns; i++) {
		if (!has_byte_default(&columns[i]))
			continue;
		if (has_sequence_default(t)) {
			columns[i].dflt = span_of(arena_printf(mem, "unreadable(%.*s)", SPAN_ARG(columns[i].dflt)));
			continue;
		}
		buf_addz(&b, n++ == 0 ? "HEX(DEFAULT(" : ", HEX(DEFAULT(");
		put_lit(&b, "t.");
		put_ident(db_dialect(db), columns[i].name, &b);
		put_lit(&b, "))");
	}
	put_lit(&b, " FROM ");
	put_qualified(db_dialect(db), t->schema, t->name, &b);
	put_lit(&b, " t RIGHT JOIN (SELECT 1) one ON FALSE");
	if (n == 0)
		return true;
	if (!answer_read(db, buf_z(&b), NULL, 0, mem, &a, e))
		return false;
	for (size_t i = 0, k = 0; i < t->n_columns && a.n_rows == 1; i++)
		if (has_byte_default(&columns[i])) {
			struct span hex = answer_at(&a, 0, k++);

			columns[i].dflt = span_of(arena_printf(mem, "X'%.*s'", SPAN_ARG(hex)));
		}
	return true;
}

static bool
read_columns(struct db *db, const struct answer *checks, struct arena *mem, struct table *t, struct column **out, struct err *e)
{
	static const char text[] = "SELECT column_name, data_type, column_type, is_nullable = 'YES', column_default, extra,"
	    " generation_expression, collation_name, column_comment, character_maximum_length, numeric_precision, numeric_scale"
	    " FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position";
	struct bind of[] = { BIND_T(t->schema), BIND_T(t->name) };
	struct column *columns;
	struct answer a;

	if (!answer_read(db, text, of, 2, mem, &a, e))
		return false;
	columns = *out = ARENA_ARRAY(mem, struct column, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++) {
		struct column *c = &columns[i];
		struct span comment = answer_at(&a, i, 8);

		*c = (struct column){ .name = answer_at(&a, i, 0), .native = answer_at(&a, i, 2), .nullable = answer_true(&a, i, 3),
			.is_identity = holds(answer_at(&a, i, 5), "auto_increment"), .collation = answer_at(&a, i, 7),
			.follows_updates = holds(answer_at(&a, i, 5), "on update current_timestamp"),
			.is_invisible = holds(answer_at(&a, i, 5), "INVISIBLE") };
		c->type = type_of(answer_at(&a, i, 1), c->native);
		if (!span_is(answer_at(&a, i, 4), "NULL"))
			c->dflt = c->type == ABS_BINARY ? answer_at(&a, i, 4) : without_escapes(answer_at(&a, i, 4), mem);
		if (comment.n > 0)
			c->comment = comment;
		if (holds(answer_at(&a, i, 5), "GENERATED"))
			c->generated = without_escapes(answer_at(&a, i, 6), mem);
		read_size(c, &a, i);
		if (c->type == ABS_ENUM)
			read_words(c, mem);
		if (c->type == ABS_TEXT && is_json(checks, c->name)) {
			c->type = ABS_JSON;
			c->native = SPAN("json");	/* which brings collation and check */
			c->collation = (struct span){ NULL, 0 };
		}
	}
	t->columns = columns;
	t->n_columns = a.n_rows;
	return read_bytes(db, mem, t, columns, e);
}

/* ---- constraints ---- */

/* name, text, is it of a column */
static bool
read_checks(struct db *db, struct arena *mem, const struct table *t, struct answer *out, struct err *e)
{
	struct bind of[] = { BIND_T(t->schema), BIND_T(t->name) };

	return answer_read(db, "SELECT constraint_name, check_clause, level = 'Column' FROM information_schema.check_constraints"
	    " WHERE constraint_schema = ? AND table_name = ? ORDER BY constraint_name", of, 2, mem, out, e);
}

static void
add_checks(const struct answer *a, struct arena *mem, struct table *t)
{
	struct table_check *checks = ARENA_ARRAY(mem, struct table_check, a->n_rows + 1);

	for (size_t i = 0; i < a->n_rows; i++) {
		bool of_column = answer_true(a, i, 2);

		if (of_column && begins(answer_at(a, i, 1), "json_valid("))
			continue;
		checks[t->n_checks].text = without_escapes(answer_at(a, i, 1), mem);
		if (!of_column)		/* which has the column's name */
			checks[t->n_checks].name = answer_at(a, i, 0);
		t->n_checks++;
	}
	t->checks = checks;
}

/* Refusing at once and refusing at the end of the statement are the same here. */
static struct span
action(struct span s)
{
	return span_is(s, "RESTRICT") || span_is(s, "NO ACTION") ? (struct span){ NULL, 0 } : s;
}

static bool
read_fks(struct db *db, struct arena *mem, struct table *t, struct err *e)
{
	static const char text[] = "SELECT k.constraint_name, k.column_name, k.referenced_table_schema, k.referenced_table_name,"
	    " k.referenced_column_name, r.update_rule, r.delete_rule FROM information_schema.key_column_usage k"
	    " JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema"
	    " AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name"
	    " WHERE k.table_schema = ? AND k.table_name = ? AND r.constraint_schema = ? AND r.table_name = ?"
	    " AND k.referenced_table_name IS NOT NULL ORDER BY k.constraint_name, k.ordinal_position";
	struct bind of[] = { BIND_T(t->schema), BIND_T(t->name), BIND_T(t->schema), BIND_T(t->name) };
	struct foreign_key *fks;
	struct answer a;

	if (!answer_read(db, text, of, 4, mem, &a, e))
		return false;
	fks = ARENA_ARRAY(mem, struct foreign_key, a.n_rows + 1);
	for (size_t i = 0, n; i < a.n_rows; i += n) {
		n = answer_group(&a, i);
		fks[t->n_fks++] = (struct foreign_key){ .name = answer_at(&a, i, 0), .n_columns = n, .columns = answer_down(&a, i, n, 1, mem),
			.schema = answer_at(&a, i, 2), .table = answer_at(&a, i, 3), .ref_columns = answer_down(&a, i, n, 4, mem),
			.on_update = action(answer_at(&a, i, 5)), .on_delete = action(answer_at(&a, i, 6)) };
	}
	t->fks = fks;
	return true;
}

/* ---- keys and indexes ---- */

static void
note_lengths(const struct table *t, struct column *columns, const struct index_part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < t->n_columns; k++)
			if (span_eq(columns[k].name, parts[i].column))
				columns[k].key_length = parts[i].length;
}

static bool
read_indexes(struct db *db, struct arena *mem, struct table *t, struct column *columns, struct err *e)
{
	static const char text[] = "SELECT index_name, non_unique = 0, column_name, collation = 'D', sub_part,"
	    " CASE WHEN index_type NOT IN ('BTREE', 'HASH') THEN index_type END"
	    " FROM information_schema.statistics WHERE table_schema = ? AND table_name = ?"
	    " ORDER BY index_name, seq_in_index";
	struct bind of[] = { BIND_T(t->schema), BIND_T(t->name) };
	struct table_key *uniques;
	struct table_index *indexes;
	struct answer a;

	if (!answer_read(db, text, of, 2, mem, &a, e))
		return false;
	uniques = ARENA_ARRAY(mem, struct table_key, a.n_rows + 1);
	indexes = ARENA_ARRAY(mem, struct table_index, a.n_rows + 1);
	for (size_t i = 0, n; i < a.n_rows; i += n) {
		struct table_key key = { .name = answer_at(&a, i, 0) };
		struct span kind = answer_at(&a, i, 5);
		struct index_part *parts;
		bool is_plain = kind.p == NULL;

		key.n_columns = n = answer_group(&a, i);
		key.columns = answer_down(&a, i, n, 2, mem);
		parts = ARENA_ARRAY(mem, struct index_part, n);
		for (size_t k = 0; k < n; k++) {
			parts[k] = (struct index_part){ .column = key.columns[k], .descending = answer_true(&a, i + k, 3),
				.length = kind.p == NULL ? answer_int(&a, i + k, 4) : 0 };
			is_plain = is_plain && !parts[k].descending && parts[k].length == 0;
		}
		if (span_is(key.name, "PRIMARY")) {
			note_lengths(t, columns, parts, n);
			key.name = (struct span){ NULL, 0 };	/* they are all called so */
			t->pk = key;
		} else if (answer_true(&a, i, 1) && is_plain) {
			uniques[t->n_uniques++] = key;
		} else {
			indexes[t->n_indexes++] = (struct table_index){ .name = key.name, .unique = answer_true(&a, i, 1), .n_parts = n,
				.parts = parts, .kind = kind };
		}
	}
	t->uniques = uniques;
	t->indexes = indexes;
	return true;
}

static bool
describe(struct db *db, struct arena *mem, struct table *t, struct err *e)
{
	struct bind of[] = { BIND_T(t->schema), BIND_T(t->name) };
	struct column *columns;
	struct answer a, checks;

	if (!answer_read(db, "SELECT table_comment, auto_increment FROM information_schema.tables"
	    " WHERE table_schema = ? AND table_name = ?", of, 2, mem, &a, e))
		return false;
	if (a.n_rows == 0)
		return true;
	if (answer_at(&a, 0, 0).n > 0)
		t->comment = answer_at(&a, 0, 0);
	t->next_identity = answer_int(&a, 0, 1);
	if (!read_checks(db, mem, t, &checks, e) || !read_columns(db, &checks, mem, t, &columns, e))
		return false;
	add_checks(&checks, mem, t);
	return read_fks(db, mem, t, e) && read_indexes(db, mem, t, columns, e);
}

/* ---- beside tables ---- */

static bool
read_sequence(struct db *db, struct sequence *s, struct arena *mem, struct err *e)
{
	struct buf text;
	struct answer a;

	buf_init(&text, mem);
	put_lit(&text, "SELECT start_value, increment, minimum_value, maximum_value, cycle_option, next_not_cached_value FROM ");
	put_qualified(&dialect_mariadb, s->schema, s->name, &text);
	if (!answer_read(db, buf_z(&text), NULL, 0, mem, &a, e))
		return false;
	if (a.n_rows == 0)
		return true;
	s->start = answer_int(&a, 0, 0);
	s->increment = answer_int(&a, 0, 1);
	s->min = answer_int(&a, 0, 2);
	s->max = answer_int(&a, 0, 3);
	s->cycle = answer_true(&a, 0, 4);
	s->next = answer_int(&a, 0, 5);
	return true;
}

static bool
sequences(struct db *db, struct span schema, struct arena *mem, const struct sequence **out, size_t *n, struct err *e)
{
	struct bind of[] = { BIND_T(schema) };
	struct sequence *all;
	struct answer a;

	if (!answer_read(db, "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'SEQUENCE'"
	    " ORDER BY 1", of, 1, mem, &a, e))
		return false;
	all = ARENA_ARRAY(mem, struct sequence, a.n_rows + 1);
	for (size_t i = 0; i < a.n_rows; i++) {
		all[i] = (struct sequence){ .schema = schema, .name = answer_at(&a, i, 0) };
		if (!read_sequence(db, &all[i], mem, e))
			return false;
	}
	*out = all;
	*n = a.n_rows;
	return true;
}

/* Who made a routine may not be there where it goes. */
static struct span
without_definer(struct span text, struct arena *mem)
{
	static const char begin[] = "CREATE DEFINER=";
	const char *verb;
	struct buf out;

	if (!begins(text, begin))
		return text;
	verb = memmem(text.p, text.n, " PROCEDURE ", 11);
	if (verb == NULL)
		verb = memmem(text.p, text.n, " FUNCTION ", 10);
	if (verb == NULL)
		return text;
	buf_init(&out, mem);
	put_lit(&out, "CREATE");
	buf_add(&out, verb, (size_t)(text.p + text.n - verb));
	return buf_text(&out);
}

static bool
read_routine(struct db *db, struct code *c, struct arena *mem, struct err *e)
{
	bool is_function = span_is(c->kind, "FUNCTION");
	struct buf text;
	struct answer a;

	buf_init(&text, mem);
	buf_addz(&text, is_function ? "SHOW CREATE FUNCTION " : "SHOW CREATE PROCEDURE ");
	put_qualified(&dialect_mariadb, c->schema, c->name, &text);
	if (!answer_read(db, buf_z(&text), NULL, 0, mem, &a, e))
		return false;
	if (a.n_rows > 0 && answer_at(&a, 0, 2).p != NULL)
		c->text = without_definer(answer_at(&a, 0, 2), mem);
	return true;
}

static struct span
trigger_text(const struct answer *a, size_t row, struct arena *mem)
{
	struct buf out;

	buf_init(&out, mem);
	put_lit(&out, "CREATE TRIGGER ");
	put_ident(&dialect_mariadb, answer_at(a, row, 0), &out);
	buf_char(&out, ' ');
	buf_span(&out, answer_at(a, row, 2));
	buf_char(&out, ' ');
	buf_span(&out, answer_at(a, row, 3));
	put_lit(&out, " ON ");
	put_ident(&dialect_mariadb, answer_at(a, row, 1), &out);
	put_lit(&out, " FOR EACH ROW ");
	buf_span(&out, answer_at(a, row, 4));
	return buf_text(&out);
}

static bool
code(struct db *db, struct span schema, struct arena *mem, const struct code **out, size_t *n, struct err *e)
{
	struct bind of[] = { BIND_T(schema) };
	struct answer routines, triggers;
	struct code *all;

	*n = 0;
	if (!answer_read(db, "SELECT routine_name, routine_type FROM information_schema.routines WHERE routine_schema = ?"
	    " AND routine_type IN ('FUNCTION', 'PROCEDURE') ORDER BY 2, 1", of, 1, mem, &routines, e)
	    || !answer_read(db, "SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_statement"
	    " FROM information_schema.triggers WHERE trigger_schema = ? ORDER BY 2, 3, 4, action_order", of, 1, mem, &triggers, e))
		return false;
	all = ARENA_ARRAY(mem, struct code, routines.n_rows + triggers.n_rows + 1);
	for (size_t i = 0; i < routines.n_rows; i++) {
		all[*n] = (struct code){ .schema = schema, .name = answer_at(&routines, i, 0), .kind = answer_at(&routines, i, 1) };
		if (!read_routine(db, &all[*n], mem, e))
			return false;
		*n += all[*n].text.p != NULL;	/* others may not be seen by this account */
	}
	for (size_t i = 0; i < triggers.n_rows; i++)
		all[(*n)++] = (struct code){ .schema = schema, .name = answer_at(&triggers, i, 0), .kind = SPAN("TRIGGER"),
			.table = answer_at(&triggers, i, 1), .text = trigger_text(&triggers, i, mem) };
	*out = all;
	return true;
}

const struct catalogue catalogue_mariadb = {
	.schemas = "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN"
	    " ('mysql', 'information_schema', 'performance_schema', 'sys', database())",
	.tables = "SELECT table_name, 'DEFAULT', table_rows, engine = 'InnoDB', 1 FROM information_schema.tables"
	    " WHERE table_schema = ? AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1",
	.documents = "SELECT table_name, table_rows FROM information_schema.tables WHERE table_schema = DATABASE()"
	    " AND LEFT(table_name, 7) = 'soda_c_'",
	.views = "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = ? ORDER BY 1",
	.view_query = without_escapes,
	/* where a schema is not compared with a constant, the tables of all schemas are opened */
	.others = "SELECT 'event' AS kind, event_name AS name FROM information_schema.events WHERE event_schema = ?"
	    " UNION ALL SELECT 'system versioning of', table_name FROM information_schema.tables WHERE table_schema = ?"
	    "  AND table_type = 'SYSTEM VERSIONED'"
	    " UNION ALL SELECT 'partitioning of', table_name FROM information_schema.tables WHERE table_schema = ?"
	    "  AND create_options LIKE '%partitioned%'"
	    " UNION ALL SELECT concat('storage engine ', engine, ' of'), table_name FROM information_schema.tables WHERE table_schema = ?"
	    "  AND table_type = 'BASE TABLE' AND engine <> @@default_storage_engine"
	    " ORDER BY 1, 2",
	.position = "SELECT nullif(@@gtid_current_pos, '')",
	.redefines = true,
	.describe = describe,
	.sequences = sequences,
	.code = code,
};
