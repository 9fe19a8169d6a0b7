/* tests/datapump/test_dump.c - dump sets: written, read again, by ourselves and by others */
#include "tests/datapump/dumps.h"

#include "datapump/records.h"

#define N(list) (sizeof(list) / sizeof(*(list)))

static const struct cell null_cell = { CELL_NULL, 0, { NULL, 0 } };

static struct cell
integer(int64_t v)
{
	return (struct cell){ CELL_INT, v, { NULL, 0 } };
}

static struct cell
text_cell(enum cell_kind kind, struct span text)
{
	return (struct cell){ kind, 0, text };
}

/* DP-86 in part: every class of value in a column of every type comes back as the same class with the same text */
static void
dump__values_survive(void **state)
{
	const struct cell values[] = {
		null_cell, { CELL_BOOL, 1, { NULL, 0 } }, { CELL_BOOL, 0, { NULL, 0 } }, integer(0), integer(INT64_MAX), integer(INT64_MIN),
		text_cell(CELL_NUMBER, SPAN("18446744073709551615")), text_cell(CELL_NUMBER, SPAN("-0.50")), text_cell(CELL_NUMBER, SPAN("NaN")),
		text_cell(CELL_REAL, SPAN("-0.0")), text_cell(CELL_REAL, SPAN("1.0000000000000002e+300")), text_cell(CELL_REAL, SPAN("NaN")),
		text_cell(CELL_REAL, SPAN("Infinity")), text_cell(CELL_REAL, SPAN("-Infinity")), text_cell(CELL_REAL, SPAN("7.0")),
		text_cell(CELL_TEXT, SPAN("")), text_cell(CELL_TEXT, SPAN("\"\\\n\x01\x7f null \xf0\x9f\x98\x80")), text_cell(CELL_TEXT, SPAN("123")),
		text_cell(CELL_TEXT, SPAN("2024-01-02T03:04:05Z")), text_cell(CELL_BLOB, SPAN("")), text_cell(CELL_BLOB, SPAN("\0\xff\x80z")),
	};
	struct arena *mem = arena_open(0);
	struct err e = { 0 };

	(void)state;
	for (int compress = 0; compress < 2; compress++) {
		struct column columns[ABS__N];
		struct table t = { .schema = SPAN("HR"), .name = SPAN("ALL"), .n_columns = ABS__N, .columns = columns };
		struct cell row[ABS__N];
		struct dump_writer *w;
		struct dump_record r;
		struct dump_set *set;
		const struct dump_file *files;
		int64_t id, n_rows, n_bytes;
		size_t n, seen = 0, n_pages = 0;

		folder_empty();
		for (int i = 0; i < ABS__N; i++)
			columns[i] = (struct column){ .name = span_of(abstract_type_word((enum abstract_type)i)), .type = (enum abstract_type)i };
		MUST(dump_create(target("x.DMP", compress, mem), mem, &w, &e));
		MUST(dump_table(w, &t, &id, &e));
		for (size_t v = 0; v < N(values); v++) {
			for (size_t i = 0; i < ABS__N; i++)
				row[i] = values[v];
			MUST(dump_rows(w, row, 1, &e));
		}
		MUST(dump_end_table(w, &n_rows, &n_bytes, &e) && dump_finish(w, true, &files, &n, &e));
		MUST(set_open("x.DMP", false, mem, &set, &e) && dump_verify(set, NULL, NULL, &e));
		for (;;) {
			MUST(dump_next(set, &r, &e));
			if (r.kind == DUMP_END)
				break;
			if (r.kind != DUMP_ROWS)
				continue;
			n_pages++;
			assert_int_equal(r.first, seen + 1);
			for (size_t k = 0; k < r.n_rows; k++, seen++)
				for (size_t i = 0; i < ABS__N; i++) {
					const struct cell *got = &r.cells[k * ABS__N + i], *want = &values[seen];

					assert_int_equal(got->kind, want->kind);
					assert_int_equal(got->number, want->number);
					if (want->kind >= CELL_NUMBER)
						assert_true(span_eq(got->text, want->text));
				}
		}
		assert_int_equal(seen, N(values));
		assert_int_equal(n_pages, 1);	/* however many records they were written as */
	}
	arena_close(&mem);
}

/* Everything that a description holds. */
static void
dump__descriptions_survive(void **state)
{
	const struct span words[] = { SPAN("a"), SPAN("b'\"") }, key[] = { SPAN("ID"), SPAN("B") }, refs[] = { SPAN("X"), SPAN("Y") };
	const struct column columns[] = {
		{ .name = SPAN("ID"), .type = ABS_INT32, .native = SPAN("integer"), .dflt = SPAN("7"), .is_identity = true },
		{ .name = SPAN("B"), .type = ABS_ENUM, .native = SPAN("mood"), .length = 3, .precision = 10, .scale = -2, .nullable = true,
		    .generated = SPAN("a || b"), .collation = SPAN("C"), .comment = SPAN(""), .n_words = 2, .words = words },
	};
	const struct table_key unique = { .name = SPAN("u"), .n_columns = 2, .columns = key };
	const struct foreign_key fk = { .n_columns = 2, .columns = key, .schema = SPAN("OTHER"), .table = SPAN("T"), .ref_columns = refs,
		.on_update = SPAN("CASCADE") };
	const struct table_check check = { .name = SPAN("c"), .text = SPAN("ID > 0") };
	const struct table_check exclude = { .name = SPAN("x"), .text = SPAN("USING gist (r WITH &&)") };
	const struct index_part parts[] = { { SPAN("ID"), { NULL, 0 }, true, 12 }, { { NULL, 0 }, SPAN("lower(b)"), false, 0 } };
	const struct table_index index = { SPAN("i"), true, 2, parts, SPAN("ID > 5"), SPAN("gin"), SPAN("USING gin (\"ID\")") };
	const struct table t = { .schema = SPAN("HR"), .name = SPAN("a\"b'c"), .comment = SPAN("x\ny"), .tablespace = SPAN("fast"), .n_columns = 2,
		.columns = columns, .pk = { .name = SPAN("p"), .n_columns = 2, .columns = key }, .n_uniques = 1, .uniques = &unique, .n_fks = 1, .fks = &fk, .n_checks = 1,
		.checks = &check, .n_excludes = 1, .excludes = &exclude, .module = SPAN("fts5(a)"), .is_derived = true, .n_indexes = 1, .indexes = &index, .n_rows_estimate = -1, .next_identity = 99 };
	const struct span specs[] = { SPAN("{\"name\":\"i\", \"fields\":[]}") };
	const struct table coll = { .schema = SPAN("HR"), .name = SPAN("docs"), .n_columns = 1, .columns = columns, .is_collection = true,
		.metadata = SPAN("{ \"a\" : 1.10 }"), .n_specs = 1, .specs = specs };
	const struct view view = { SPAN("HR"), SPAN("V"), SPAN("as it is"), true, true, 1, &index };
	const struct sequence sequence = { SPAN("HR"), SPAN("S"), 1, -2, INT64_MIN, INT64_MAX, 5, true };
	const struct code code = { SPAN("HR"), SPAN("T"), SPAN("TRIGGER"), SPAN("EMP"), SPAN("text") };
	const struct enum_type type = { SPAN("HR"), SPAN("mood"), 2, words };
	struct arena *mem = arena_open(0);
	struct dump_writer *w;
	struct dump_record r;
	struct dump_set *set;
	const struct dump_file *files;
	struct err e = { 0 };
	int64_t id, n_rows, n_bytes;
	size_t n;

	(void)state;
	folder_empty();
	MUST(dump_create(target("x.DMP", true, mem), mem, &w, &e));
	MUST(dump_schema(w, SPAN("HR"), &e) && dump_type(w, &type, &e) && dump_sequence(w, &sequence, &e));
	MUST(dump_table(w, &t, &id, &e) && dump_end_table(w, &n_rows, &n_bytes, &e));
	MUST(dump_table(w, &coll, &id, &e) && dump_end_table(w, &n_rows, &n_bytes, &e));
	MUST(dump_view(w, &view, &e) && dump_code(w, &code, &e) && dump_finish(w, true, &files, &n, &e));
	MUST(set_open("x.DMP", false, mem, &set, &e) && dump_verify(set, NULL, NULL, &e));
	assert_true(dump_is_consistent(set) && dump_is_complete(set));
	assert_span(dump_about(set)->job, "J");
	MUST(dump_next(set, &r, &e));
	assert_int_equal(r.kind, DUMP_SCHEMA);
	assert_span(r.schema, "HR");
	MUST(dump_next(set, &r, &e));
	assert_int_equal(r.kind, DUMP_TYPE);
	assert_int_equal(r.type.n_words, 2);
	assert_span(r.type.words[1], "b'\"");
	MUST(dump_next(set, &r, &e));
	assert_int_equal(r.kind, DUMP_SEQUENCE);
	assert_true(r.sequence.min == INT64_MIN && r.sequence.max == INT64_MAX && r.sequence.increment == -2 && r.sequence.cycle);
	MUST(dump_next(set, &r, &e));
	assert_int_equal(r.kind, DUMP_TABLE);
	assert_span(r.table.name, "a\"b'c");
	assert_span(r.table.comment, "x\ny");
	assert_span(r.table.tablespace, "fast");
	assert_int_equal(r.table.next_identity, 99);
	assert_int_equal(r.table.n_rows_estimate, -1);
	assert_span(r.table.columns[0].dflt, "7");
	assert_true(r.table.columns[0].is_identity && !r.table.columns[0].nullable && r.table.columns[1].nullable);
	assert_null(r.table.columns[0].comment.p);
	assert_non_null(r.table.columns[1].comment.p);
	assert_int_equal(r.table.columns[1].scale, -2);
	assert_span(r.table.columns[1].generated, "a || b");
	assert_span(r.table.columns[1].words[1], "b'\"");
	assert_span(r.table.pk.columns[1], "B");
	assert_span(r.table.uniques[0].name, "u");
	assert_null(r.table.fks[0].name.p);
	assert_span(r.table.fks[0].ref_columns[1], "Y");
	assert_span(r.table.fks[0].on_update, "CASCADE");
	assert_null(r.table.fks[0].on_delete.p);
	assert_span(r.table.checks[0].text, "ID > 0");
	assert_true(r.table.indexes[0].unique && r.table.indexes[0].parts[0].descending && r.table.indexes[0].parts[1].column.p == NULL);
	assert_span(r.table.indexes[0].parts[1].expression, "lower(b)");
	assert_int_equal(r.table.indexes[0].parts[0].length, 12);
	assert_span(r.table.indexes[0].kind, "gin");
	assert_span(r.table.indexes[0].clause, "USING gin (\"ID\")");
	assert_span(r.table.excludes[0].text, "USING gist (r WITH &&)");
	assert_span(r.table.module, "fts5(a)");
	assert_true(r.table.is_derived);
	MUST(dump_next(set, &r, &e) && r.kind == DUMP_END_TABLE && dump_next(set, &r, &e));
	assert_true(r.kind == DUMP_TABLE && r.table.is_collection);
	assert_span(r.table.metadata, "{\"a\":1.10}");
	assert_span(r.table.specs[0], "{\"name\":\"i\",\"fields\":[]}");
	MUST(dump_next(set, &r, &e) && r.kind == DUMP_END_TABLE && dump_next(set, &r, &e));
	assert_span(r.view.text, "as it is");
	assert_true(r.view.is_stored && r.view.is_filled && r.view.n_indexes == 1 && r.view.indexes[0].unique);
	MUST(dump_next(set, &r, &e));
	assert_span(r.code.table, "EMP");
	MUST(dump_next(set, &r, &e));
	assert_int_equal(r.kind, DUMP_END);
	arena_close(&mem);
}

/* Many members, files of limited size: rows in order, each table found by the directory of the set, memory of a slice bounded. */
static void
dump__large_set(void **state)
{
	struct arena *mem = arena_open(0);
	struct dump_target *t = target("x%U.DMP", true, mem);
	struct dump_writer *w;
	struct dump_record r;
	struct dump_set *set;
	const struct dump_file *files;
	const struct dump_entry *entries;
	struct err e = { 0 };
	size_t n, n_entries;
	int64_t seen = 0;

	(void)state;
	folder_empty();
	t->file_bytes = 1 << 20;
	MUST(dump_create(t, mem, &w, &e));
	put_small_table(w, "A", 3, 10);
	put_small_table(w, "B", 30000, 500);
	put_small_table(w, "C", 5, 5 << 20);
	put_small_table(w, "D", 2, 1);
	MUST(dump_finish(w, true, &files, &n, &e));
	assert_true(n > 1);
	MUST(set_open("x%U.DMP", false, mem, &set, &e) && dump_verify(set, NULL, NULL, &e));
	entries = dump_entries(set, &n_entries);
	assert_int_equal(n_entries, 4);
	MUST(dump_seek(set, &entries[3], &e) && dump_next(set, &r, &e));
	assert_true(r.kind == DUMP_TABLE);
	assert_span(r.table.name, "D");
	MUST(dump_seek(set, &entries[1], &e) && dump_next(set, &r, &e));
	assert_span(r.table.name, "B");
	for (;;) {
		MUST(dump_next(set, &r, &e));
		if (r.kind != DUMP_ROWS)
			break;
		for (size_t i = 0; i < r.n_rows; i++)
			assert_int_equal(r.cells[2 * i].number, ++seen);
	}
	assert_int_equal(r.kind, DUMP_END_TABLE);
	assert_int_equal(r.n_total, 30000);
	assert_int_equal(r.max_chars[1], 500);
	MUST(dump_next(set, &r, &e));
	assert_span(r.table.name, "C");
	dump_skip_rows(set);
	MUST(dump_next(set, &r, &e));
	assert_true(r.kind == DUMP_END_TABLE && r.n_total == 5 && r.max_chars[1] == 5 << 20);
	arena_close(&mem);
}

/* DP-109: the standard tools read it, and the digests are those of the text */
static void
dump__others_read_it(void **state)
{
	struct arena *mem = arena_open(0);
	struct dump_writer *w;
	const struct dump_file *files;
	struct err e = { 0 };
	size_t n;

	(void)state;
	folder_empty();
	MUST(dump_create(target("x.DMP", true, mem), mem, &w, &e));
	put_small_table(w, "A", 20000, 300);
	MUST(dump_finish(w, true, &files, &n, &e));
	assert_int_equal(system(arena_printf(mem, "cd %s && zstd -qdc x.DMP > text", folder)), 0);
	assert_int_equal(system(arena_printf(mem, "cd %s && test 20000 = $(jq -c 'select(type == \"array\")' text | wc -l)", folder)), 0);
	assert_int_equal(system(arena_printf(mem, "cd %s && jq -e 'select(.t? == \"master\") | .complete' text > /dev/null 2>&1 || "
	    "jq -c 'select(type == \"object\")' text | jq -se '.[-1].complete' > /dev/null", folder)), 0);
	/* each member: the digest in its first line, the text up to the next one */
	assert_int_equal(system(arena_printf(mem, "cd %s && awk '/^\\{\"t\":\"member\",/ { n++; match($0, /\"sha256\":\"[0-9a-f]+/);"
	    " print substr($0, RSTART + 10, 64) \"  m\" n > \"sums\"; next } n { print > (\"m\" n) }' text && sha256sum -c --quiet sums", folder)), 0);
	arena_close(&mem);
}

/* nothing can be asked for before it is whole, names that are taken stay as they are, and what fails leaves nothing */
static void
dump__publishes_at_the_end(void **state)
{
	struct arena *mem = arena_open(0), *first = arena_open(0);
	struct dump_writer *w;
	const struct dump_file *files;
	struct dump_target *t;
	struct err e = { 0 };
	size_t n;

	(void)state;
	folder_empty();
	MUST(dump_create(target("x.DMP", true, first), first, &w, &e));
	put_small_table(w, "A", 10, 10);
	assert_false(set_is_good("x.DMP", &e));
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_int_equal(file_count(), 1);
	arena_close(&first);				/* given up */
	assert_int_equal(file_count(), 0);

	first = arena_open(0);
	err_clear(&e);
	MUST(dump_create(target("x.DMP", true, first), first, &w, &e));
	file_write("x.DMP", SPAN("mine"));		/* meanwhile somebody makes it */
	assert_false(dump_finish(w, true, &files, &n, &e));
	assert_int_equal(e.kind, ERR_FILE_EXISTS);
	arena_close(&first);
	assert_span(file_read("x.DMP", mem), "mine");
	assert_int_equal(file_count(), 1);

	err_clear(&e);					/* DP-54 */
	assert_false(dump_create(target("x.DMP", true, mem), mem, &w, &e));
	assert_int_equal(e.kind, ERR_FILE_EXISTS);
	assert_non_null(strstr(e.text, "ODP-31641: unable to create dump file x.DMP"));
	err_clear(&e);
	t = target("x.DMP", true, mem);
	t->replace = true;
	MUST(dump_create(t, mem, &w, &e) && dump_finish(w, true, &files, &n, &e));
	assert_true(set_is_good("x.DMP", &e));
	arena_close(&mem);
}

static bool
not_ours(void *arg, struct err *e)
{
	static int n_made;
	int *left = arg;

	return is_new_file(&n_made) || (*left)-- > 0 || err_set(e, ERR_LOST_RACE, "another runner has taken over");
}

/* R-20 in part: a runner that was overtaken publishes nothing */
static void
dump__asks_before_publishing(void **state)
{
	struct arena *mem = arena_open(0);
	struct dump_target *t = target("x%U.DMP", false, mem);
	struct dump_writer *w;
	const struct dump_file *files;
	struct err e = { 0 };
	size_t n;
	int left = 1;

	(void)state;
	folder_empty();
	t->file_bytes = 1 << 20;
	t->may_publish = not_ours;
	t->arg = &left;
	MUST(dump_create(t, mem, &w, &e));
	put_small_table(w, "A", 3000, 3000);
	assert_false(dump_finish(w, true, &files, &n, &e));
	assert_int_equal(e.kind, ERR_LOST_RACE);
	assert_false(set_is_good("x%U.DMP", &e));
	assert_int_equal(e.kind, ERR_NO_FILE);
	arena_close(&mem);
	assert_int_equal(file_count(), 0);
}

static bool
overtaken(void *arg, struct err *e)
{
	(void)arg;
	return err_set(e, ERR_OVERTAKEN, NULL);
}

/* R-20 in part: whoever took over has swept already, so nothing that is made later stays; what a successor may use does */
static void
dump__overtaken_runner_leaves_no_new_file(void **state)
{
	struct arena *mem = arena_open(0);
	struct dump_target *t = target("x%U.DMP", false, mem);
	struct column column = { .name = SPAN("C"), .type = ABS_TEXT };
	struct table table = { .schema = SPAN("HR"), .name = SPAN("T"), .n_columns = 1, .columns = &column };
	struct cell row = { CELL_TEXT, 0, { arena_zalloc(mem, 3 << 20), 3 << 20 } };
	struct dump_writer *w;
	struct err e = { 0 };
	int64_t id;

	(void)state;
	folder_empty();
	memset((void *)(uintptr_t)row.text.p, 'x', row.text.n);
	t->file_bytes = 1 << 20;
	MUST(dump_create(t, mem, &w, &e) && dump_table(w, &table, &id, &e) && dump_rows(w, &row, 1, &e));
	t->may_publish = overtaken;
	while (dump_rows(w, &row, 1, &e))
		;
	assert_int_equal(e.kind, ERR_OVERTAKEN);
	dump_keep(w);
	arena_close(&mem);
	assert_int_equal(file_count(), 1);
}

/* DP-50, DP-53: names are used up */
static void
dump__names_are_used_up(void **state)
{
	struct arena *mem = arena_open(0);
	struct dump_target *t = target("x.DMP", false, mem);
	struct dump_writer *w;
	struct err e = { 0 };
	struct column column = { .name = SPAN("C"), .type = ABS_TEXT };
	struct table table = { .schema = SPAN("HR"), .name = SPAN("T"), .n_columns = 1, .columns = &column };
	struct cell row = { CELL_TEXT, 0, { arena_zalloc(mem, 3 << 20), 3 << 20 } };
	int64_t id, n_rows = 0;

	(void)state;
	folder_empty();
	t->file_bytes = 1 << 20;
	MUST(dump_create(t, mem, &w, &e));
	MUST(dump_table(w, &table, &id, &e));
	while (dump_rows(w, &row, 1, &e))
		assert_true(n_rows++ < 5);
	assert_non_null(strstr(e.text, "neither %U nor %L"));
	arena_close(&mem);
}

/* DP-56: links are neither followed nor written through; what is no file is none */
static void
dump__no_links(void **state)
{
	struct arena *mem = arena_open(0);
	struct dump_place *p;
	struct span name = SPAN("l.DMP");
	struct err e = { 0 };
	struct dump_writer *w;
	const struct place_entry *list;
	int64_t n_bytes;
	size_t n;
	int fd;
	char at[128];

	(void)state;
	folder_empty();
	file_write("real", SPAN("secret"));
	p = place(mem);
	snprintf(at, sizeof(at), "%s/l.DMP", folder);
	assert_int_equal(symlink("real", at), 0);
	assert_false(p->ops->open(p, name, &fd, &n_bytes, &e));
	assert_int_equal(e.kind, ERR_NO_FILE);
	err_clear(&e);
	assert_false(dump_create(target("l.DMP", true, mem), mem, &w, &e));
	assert_int_equal(e.kind, ERR_FILE_EXISTS);
	MUST(place_list(p, mem, &list, &n, &e));
	assert_int_equal(n, 1);
	assert_span(list[0].name, "real");
	assert_int_equal(unlink(at), 0);
	assert_int_equal(mkfifo(at, 0600), 0);
	assert_false(p->ops->open(p, name, &fd, &n_bytes, &e));
	assert_int_equal(unlink(at), 0);
	snprintf(at, sizeof(at), "%s/r2", folder);
	assert_int_equal(symlink(folder, at), 0);
	assert_false(p->ops->open(p, SPAN("r2"), &fd, &n_bytes, &e));
	assert_int_equal(unlink(at), 0);
	assert_span(file_read("real", mem), "secret");
	arena_close(&mem);
}

/* DP-100 at unit level: whatever a runner left behind, cut at any byte, is continued to a set that is whole and says that it is
 * not of one point in time; tables that were whole are not asked for again. */
static void
dump__continues(void **state)
{
	static const struct span id = SPAN("00000000-0000-4000-8000-000000000001");
	int most = 0;

	(void)state;
	for (int compress = 0; compress < 2; compress++) {
		struct arena *mem = arena_open(0);
		struct dump_about about = about_hr;
		struct span left[2];
		size_t n_left = 0;
		const char *old[2] = { arena_printf(mem, ".%.*s-1-1", SPAN_ARG(id)), arena_printf(mem, ".%.*s-2-1", SPAN_ARG(id)) };

		about.set = id;
		for (size_t cut = 0; cut <= 60; cut++) {
			struct arena *round = arena_open(0);
			struct dump_target *t = target("x%U.DMP", compress, round);
			struct dump_writer *w;
			struct dump_set *set;
			struct dump_record r;
			const struct dump_kept *kept;
			const struct dump_file *files;
			struct err e = { 0 };
			size_t n, n_kept;
			int tables = 0;

			folder_empty();
			t->about = &about;
			t->file_bytes = 1 << 20;
			if (cut == 0) {
				struct arena *first = arena_open(0);

				MUST(dump_create(t, first, &w, &e) && dump_schema(w, SPAN("HR"), &e));
				put_small_table(w, "A", 50, 3000);
				put_small_table(w, "B", 300, 3000);
				put_small_table(w, "C", 1, 5 << 20);
				put_small_table(w, "D", 1, 5 << 20);
				dump_keep(w);
				arena_close(&first);
				for (; n_left < 2; n_left++)
					left[n_left] = file_read(old[n_left], mem);
			} else {
				size_t all = left[0].n + left[1].n, at = all * cut / 60;

				file_write(old[0], (struct span){ left[0].p, at < left[0].n ? at : left[0].n });
				if (at > left[0].n)
					file_write(old[1], (struct span){ left[1].p, at - left[0].n });
			}
			t->epoch = 2;
			MUST(dump_continue(t, 1, round, &w, &kept, &n_kept, &e));
			for (size_t i = 0; i < n_kept; i++)
				assert_span(kept[i].name, ((const char *[]){ "A", "B", "C", "D" })[i]);
			most = (int)n_kept > most ? (int)n_kept : most;
			if (n_kept < 1)
				put_small_table(w, "A", 50, 3000);
			put_small_table(w, "Z", 7, 10);
			MUST(dump_finish(w, true, &files, &n, &e));
			MUST(set_open("x%U.DMP", false, round, &set, &e) && dump_verify(set, NULL, NULL, &e));
			assert_false(dump_is_consistent(set));
			do {
				MUST(dump_next(set, &r, &e));
				tables += r.kind == DUMP_TABLE;
			} while (r.kind != DUMP_END);
			assert_int_equal(tables, n_kept + 1 + (n_kept < 1));
			arena_close(&round);
			assert_int_equal(file_count(), n);	/* nothing else is left */
		}
		arena_close(&mem);
	}
	assert_true(most >= 2);
}

/* Text that is not UTF-8 does not come into a dump that nobody could read. */
static void
dump__only_utf8(void **state)
{
	struct column column = { .name = SPAN("C"), .type = ABS_TEXT };
	struct table t = { .schema = SPAN("HR"), .name = SPAN("T"), .n_columns = 1, .columns = &column };
	struct cell cell = text_cell(CELL_TEXT, SPAN("\xff"));
	struct arena *mem = arena_open(0);
	struct dump_writer *w;
	struct err e = { 0 };
	int64_t id;

	(void)state;
	folder_empty();
	MUST(dump_create(target("x.DMP", true, mem), mem, &w, &e) && dump_table(w, &t, &id, &e));
	assert_false(dump_rows(w, &cell, 1, &e));
	assert_non_null(strstr(e.text, "table T, row 1, column C"));
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump__values_survive),
		cmocka_unit_test(dump__descriptions_survive),
		cmocka_unit_test(dump__large_set),
		cmocka_unit_test(dump__others_read_it),
		cmocka_unit_test(dump__publishes_at_the_end),
		cmocka_unit_test(dump__asks_before_publishing),
		cmocka_unit_test(dump__overtaken_runner_leaves_no_new_file),
		cmocka_unit_test(dump__names_are_used_up),
		cmocka_unit_test(dump__no_links),
		cmocka_unit_test(dump__continues),
		cmocka_unit_test(dump__only_utf8),
	};

	return cmocka_run_group_tests(tests, folder_make_for_test, folder_remove_for_test);
}
