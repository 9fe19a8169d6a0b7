/* tests/datapump/test_dump_damage.c - dump sets that were damaged, and dump sets that somebody made up */
#include "tests/datapump/dumps.h"

#include "base/buf.h"
#include "datapump/frame.h"
#include "datapump/records.h"

/* the sizes and names of a set that is small, but has all parts */
static void
small_set(bool compress)
{
	struct arena *mem = arena_open(0);
	struct dump_writer *w;
	const struct dump_file *files;
	struct err e = { 0 };
	size_t n;

	folder_empty();
	MUST(dump_create(target("x.DMP", compress, mem), mem, &w, &e) && dump_schema(w, SPAN("HR"), &e));
	put_small_table(w, "A", 4, 8);
	put_small_table(w, "B", 0, 0);
	MUST(dump_finish(w, true, &files, &n, &e));
	assert_true(set_is_good("x.DMP", &e));
	arena_close(&mem);
}

static void
refused(const struct err *e, const char *what, size_t at, int value)
{
	if (e->kind != ERR_BAD_JOB || strstr(e->text, "ODP-39142: dump file x") == NULL || strstr(e->text, "member ") == NULL
	    || strstr(e->text, "offset ") == NULL)
		fail_msg("%s %zu (%d): %s", what, at, value, e->kind == ERR_NONE ? "accepted" : e->text);
}

/* R-25, DP-45: every byte changed, to eight values each; file, member and offset are told */
static void
damage__every_byte(void **state)
{
	(void)state;
	for (int compress = 0; compress < 2; compress++) {
		struct arena *mem = arena_open(0);
		struct span whole;
		struct err e;
		char *copy;

		small_set(compress);
		whole = file_read("x.DMP", mem);
		copy = arena_alloc(mem, whole.n);
		for (size_t i = 0; i < whole.n; i++)
			for (int bit = 0; bit < 8; bit++) {
				memcpy(copy, whole.p, whole.n);
				copy[i] = (char)(copy[i] ^ (1 << bit));
				file_write("x.DMP", (struct span){ copy, whole.n });
				if (set_is_good("x.DMP", &e))
					fail_msg("byte %zu, bit %d of %s, %.40s", i, bit, compress ? "frames" : "text", compress ? "" : copy + (i > 20 ? i - 20 : 0));
				refused(&e, "byte", i, bit);
			}
		arena_close(&mem);
	}
}

/* every beginning of a file, and a file with something behind its end */
static void
damage__every_prefix(void **state)
{
	(void)state;
	for (int compress = 0; compress < 2; compress++) {
		struct arena *mem = arena_open(0);
		struct span whole;
		struct err e;
		char *longer;

		small_set(compress);
		whole = file_read("x.DMP", mem);
		for (size_t n = 0; n < whole.n; n++) {
			file_write("x.DMP", (struct span){ whole.p, n });
			assert_false(set_is_good("x.DMP", &e));
			refused(&e, "prefix", n, 0);
		}
		longer = arena_alloc(mem, whole.n + 1);
		memcpy(longer, whole.p, whole.n);
		longer[whole.n] = '\n';
		file_write("x.DMP", (struct span){ longer, whole.n + 1 });
		assert_false(set_is_good("x.DMP", &e));
		refused(&e, "longer", whole.n, 0);
		arena_close(&mem);
	}
}

/* the members of x.DMP, as bytes */
static size_t
members(struct span whole, struct arena *mem, struct span *out, size_t max)
{
	struct frame_reader *r = frame_reader_open(mem);
	struct name_pattern p;
	struct dump_place *at = place(mem);
	struct span text;
	struct err e = { 0 };
	int64_t offset, n_bytes;
	size_t n = 0;
	int fd;

	pattern("x.DMP", mem, &p);
	MUST(at->ops->open(at, SPAN("x.DMP"), &fd, &n_bytes, &e) && frame_use(r, fd, n_bytes, &e));
	for (;;) {
		MUST(frame_next(r, &text, &offset, &e));
		if (text.n == 0)
			break;
		assert_true(n < max);
		out[n++] = (struct span){ whole.p + offset, (size_t)(frame_offset(r) - offset) };
	}
	close(fd);
	return n;
}

static void
write_members(const struct span *list, size_t n, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem);
	for (size_t i = 0; i < n; i++)
		buf_span(&b, list[i]);
	file_write("x.DMP", buf_text(&b));
}

/* all pairs of members swapped, each one left out, each one twice */
static void
damage__order_of_members(void **state)
{
	(void)state;
	for (int compress = 0; compress < 2; compress++) {
		struct arena *mem = arena_open(0);
		struct span whole, list[12], changed[13];
		struct dump_writer *w;
		const struct dump_file *files;
		struct err e = { 0 };
		size_t n;

		folder_empty();
		MUST(dump_create(target("x.DMP", compress, mem), mem, &w, &e));
		for (int i = 0; i < 6; i++)
			put_small_table(w, (const char *[]){ "A", "B", "C", "D", "E", "F" }[i], 3, 30000);
		MUST(dump_finish(w, true, &files, &n, &e));
		assert_true(set_is_good("x.DMP", &e));
		whole = file_read("x.DMP", mem);
		n = members(whole, mem, list, 12);
		assert_true(n >= 6);
		for (size_t a = 0; a < n; a++) {
			for (size_t b = a + 1; b < n; b++) {
				memcpy(changed, list, sizeof(list));
				changed[a] = list[b];
				changed[b] = list[a];
				write_members(changed, n, mem);
				assert_false(set_is_good("x.DMP", &e));
				refused(&e, "swapped", a, (int)b);
			}
			memcpy(changed, list, sizeof(list));
			memmove(changed + a, list + a + 1, (n - a - 1) * sizeof(*list));
			write_members(changed, n - 1, mem);
			assert_false(set_is_good("x.DMP", &e));
			refused(&e, "left out", a, 0);
			memcpy(changed, list, sizeof(list));
			memmove(changed + a + 1, list + a, (n - a) * sizeof(*list));
			write_members(changed, n + 1, mem);
			assert_false(set_is_good("x.DMP", &e));
			refused(&e, "twice", a, 0);
		}
		arena_close(&mem);
	}
}

/* R-25, DP-46: files of two sets, a file that is missing, the same file twice */
static void
damage__mixed_sets(void **state)
{
	struct arena *mem = arena_open(0);
	struct span one[8], other[8];
	size_t n = 0;
	struct err e = { 0 };
	char name[32];

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct dump_target *t = target("x%U.DMP", true, mem);
		struct dump_writer *w;
		const struct dump_file *files;

		folder_empty();
		t->file_bytes = 1 << 20;
		MUST(dump_create(t, mem, &w, &e));
		put_small_table(w, "A", 2000, 7000);
		MUST(dump_finish(w, true, &files, &n, &e));
		assert_true(n >= 3 && n < 8);
		for (size_t i = 0; i < n; i++)
			(round == 0 ? one : other)[i] = file_read(arena_z(mem, files[i].name), mem);
	}
	assert_true(set_is_good("x%U.DMP", &e));
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "x%02zu.DMP", i + 1);
		file_write(name, one[i]);
		assert_false(set_is_good("x%U.DMP", &e));
		file_write(name, other[(i + 1) % n]);
		assert_false(set_is_good("x%U.DMP", &e));
		assert_int_equal(unlink(arena_printf(mem, "%s/%s", folder, name)), 0);
		assert_false(set_is_good("x%U.DMP", &e));
		assert_true(i == 0 ? e.kind == ERR_NO_FILE : e.kind == ERR_BAD_JOB);
		file_write(name, other[i]);
		assert_true(set_is_good("x%U.DMP", &e));
	}
	arena_close(&mem);
}

/* allow_incomplete: of a set that was cut, the tables that are whole */
static void
damage__incomplete(void **state)
{
	struct arena *mem = arena_open(0);
	struct dump_writer *w;
	const struct dump_file *files;
	const struct dump_entry *entries;
	struct dump_set *set;
	struct dump_record r;
	struct span whole;
	struct err e = { 0 };
	size_t n;

	(void)state;
	folder_empty();
	MUST(dump_create(target("x.DMP", true, mem), mem, &w, &e));
	put_small_table(w, "A", 3, 100000);
	put_small_table(w, "B", 5, 2 << 20);
	MUST(dump_finish(w, true, &files, &n, &e));
	whole = file_read("x.DMP", mem);
	file_write("x.DMP", (struct span){ whole.p, whole.n - whole.n / 4 });
	assert_false(set_is_good("x.DMP", &e));
	err_clear(&e);
	MUST(set_open("x.DMP", true, mem, &set, &e) && dump_verify(set, NULL, NULL, &e));
	assert_false(dump_is_complete(set) || dump_is_consistent(set));
	entries = dump_entries(set, &n);
	assert_int_equal(n, 1);
	assert_int_equal(entries[0].n_rows, 3);
	MUST(dump_seek(set, &entries[0], &e) && dump_next(set, &r, &e));
	assert_span(r.table.name, "A");
	arena_close(&mem);
}

/* ---- dumps that are well formed and say what they should not ---- */

/* a set of one member with this text, digests and all; %1$s in the first line is the number of the format */
static void
made_up(const char *body, int format, const char *tables, int n_objects)
{
	struct arena *mem = arena_open(0);
	const char *set = "00000000-0000-4000-8000-000000000000";
	struct digest_run *d = digest_run_open();
	struct buf b, master;
	unsigned char sum[32];
	char hex[65];

	buf_init(&b, mem);
	buf_printf(&b, "{\"dump\":%d,\"set\":\"%s\",\"file\":1,\"generator\":\"g\",\"created\":\"c\",\"engine\":\"e\",\"engine_version\":\"v\","
	    "\"mode\":\"FULL\",\"owner\":\"o\",\"job\":\"j\",\"encoding\":\"UTF-8\"}\n", format, set);
	digest_run_add(d, span_of(body));
	digest_run_end(d, sum);
	digest_hex(sum, 32, hex);
	record_put_member(&b, span_of(set), 1, 1, hex);
	buf_addz(&b, body);
	digest_run_add(d, buf_text(&b));
	digest_run_end(d, sum);
	digest_hex(sum, 32, hex);
	buf_init(&master, mem);
	buf_printf(&master, "{\"t\":\"master\",\"files\":[{\"name\":\"x.DMP\",\"bytes\":%zu,\"sha256\":\"%s\"}],\"tables\":[%s],\"objects\":%d,"
	    "\"consistent\":true,\"complete\":true}\n", b.n, hex, tables, n_objects);
	digest_run_add(d, buf_text(&master));
	digest_run_end(d, sum);
	digest_hex(sum, 32, hex);
	record_put_member(&b, span_of(set), 1, 2, hex);
	buf_span(&b, buf_text(&master));
	digest_run_close(&d);
	folder_empty();
	file_write("x.DMP", buf_text(&b));
	arena_close(&mem);
}

/* reads all of it after verifying */
static bool
made_up_is_read(struct err *e)
{
	struct arena *mem = arena_open(0);
	struct dump_record r = { .kind = DUMP_ROWS };
	struct dump_set *set;
	bool good;

	err_clear(e);
	good = set_open("x.DMP", false, mem, &set, e) && dump_verify(set, NULL, NULL, e);
	while (good && r.kind != DUMP_END)
		good = dump_next(set, &r, e);
	arena_close(&mem);
	return good;
}

/* DP-110: of later programs what is not known is passed over; a later format is refused */
static void
damage__later_formats(void **state)
{
	struct err e = { 0 };

	(void)state;
	made_up("{\"t\":\"schema\",\"name\":\"HR\"}\n{\"t\":\"hologram\",\"x\":[1,{}]}\n{\"v\":1}\n{\"t\":7}\n", 1, "", 1);
	MUST(made_up_is_read(&e));
	made_up("{\"t\":\"schema\",\"name\":\"HR\"}\n", 2, "", 1);
	assert_false(made_up_is_read(&e));
	assert_non_null(strstr(e.text, "its format is 2, this program knows 1"));
}

#define TABLE "{\"t\":\"table\",\"id\":1,\"schema\":\"HR\",\"name\":\"T\",\"columns\":[{\"name\":\"A\",\"type\":\"int64\"}]}\n"
#define END "{\"t\":\"end_table\",\"id\":1,\"rows\":1}\n"
#define ROWS "{\"t\":\"rows\",\"id\":1,\"n\":1,\"first\":1}\n"

/* R-26 in part: whoever makes a dump up is refused, or understood as far as the grammar goes, and never believed */
static void
damage__hostile_sets(void **state)
{
	static const char *const bad[] = {
		"x\n", "[\n", "{\"t\":\"schema\"}\n", "{\"t\":\"schema\",\"name\":7}\n",
		ROWS "[1]\n", "{\"t\":\"end_table\",\"id\":1,\"rows\":0}\n", TABLE, TABLE TABLE, TABLE ROWS "[1]\n",
		TABLE ROWS "[]\n" END, TABLE ROWS "[1,2]\n" END, TABLE ROWS "[[1]]\n" END, TABLE ROWS "{}\n" END, TABLE ROWS "7\n" END, TABLE ROWS END,
		TABLE ROWS "[{\"b\":\"***\"}]\n" END, TABLE ROWS "[{\"i\":1.5}]\n" END, TABLE ROWS "[{\"x\":1}]\n" END, TABLE ROWS "[{\"i\":1,\"s\":\"\"}]\n" END,
		TABLE ROWS "[{}]\n" END, TABLE ROWS "[{\"r\":\"abc\"}]\n" END, TABLE ROWS "[{\"d\":\"abc\"}]\n" END, TABLE ROWS "[1]]\n" END,
		TABLE ROWS "[\"\xff\"]\n" END,
		TABLE "{\"t\":\"rows\",\"id\":2,\"n\":1,\"first\":1}\n[1]\n" END, TABLE "{\"t\":\"rows\",\"id\":1,\"n\":1,\"first\":2}\n[1]\n" END,
		TABLE "{\"t\":\"rows\",\"id\":1,\"n\":-1,\"first\":1}\n" END, TABLE "{\"t\":\"rows\",\"id\":1,\"n\":9223372036854775807,\"first\":1}\n[1]\n" END,
		TABLE ROWS "[1]\n{\"t\":\"end_table\",\"id\":1,\"rows\":2}\n", TABLE ROWS "[1]\n{\"t\":\"end_table\",\"id\":1,\"rows\":1,\"max_chars\":[1,2]}\n",
		"{\"t\":\"table\",\"id\":1,\"schema\":\"HR\",\"name\":\"T\",\"columns\":[]}\n" END,
		"{\"t\":\"table\",\"id\":0,\"schema\":\"HR\",\"name\":\"T\",\"columns\":[{\"name\":\"A\",\"type\":\"int64\"}]}\n" ROWS "[1]\n" END,
		"{\"t\":\"table\",\"id\":1,\"schema\":\"HR\",\"name\":\"T\",\"columns\":[{\"name\":\"A\",\"type\":\"evil\"}]}\n" ROWS "[1]\n" END,
		"{\"t\":\"table\",\"id\":1,\"schema\":\"HR\",\"name\":\"T\",\"columns\":[{\"name\":\"A\",\"type\":\"int64\"}],\"index\":[{\"name\":\"i\",\"parts\":[{}]}]}\n"
		ROWS "[1]\n" END,
		"{\"t\":\"collection\",\"id\":1,\"schema\":\"HR\",\"name\":\"T\",\"columns\":[{\"name\":\"A\",\"type\":\"int64\"}],\"metadata\":[]}\n" ROWS "[1]\n" END,
	};
	struct arena *mem = arena_open(0);
	struct err e = { 0 };
	struct buf deep, wide;

	(void)state;
	made_up(TABLE ROWS "[1]\n" END, 1, "{\"id\":1,\"file\":1,\"offset\":184,\"rows\":1}", 1);
	MUST(made_up_is_read(&e));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		bool has_table = strstr(bad[i], "\"table\"") != NULL || strstr(bad[i], "\"collection\"") != NULL;

		made_up(bad[i], 1, has_table ? "{\"id\":1,\"file\":1,\"offset\":184,\"rows\":1}" : "", 1);
		if (made_up_is_read(&e))
			fail_msg("accepted: %s", bad[i]);
		refused(&e, bad[i], i, 0);
	}
	buf_init(&deep, mem);
	for (int i = 0; i < 100000; i++)
		buf_char(&deep, '[');
	buf_char(&deep, '\n');
	made_up(buf_z(&deep), 1, "", 0);
	assert_false(made_up_is_read(&e));
	buf_init(&wide, mem);
	put_lit(&wide, "{\"t\":\"table\",\"id\":1,\"schema\":\"HR\",\"name\":\"T\",\"columns\":[{\"name\":\"A\",\"type\":\"text\"}");
	for (int i = 0; i < DUMP_COLUMNS; i++)
		put_lit(&wide, ",{\"name\":\"A\",\"type\":\"text\"}");
	put_lit(&wide, "]}\n");
	made_up(buf_z(&wide), 1, "{\"id\":1,\"file\":1,\"offset\":184,\"rows\":1}", 1);
	assert_false(made_up_is_read(&e));
	arena_close(&mem);
}

/* Frames that hold hundreds of times as much text as bytes end before they fill a disk or the memory. */
static void
damage__bomb(void **state)
{
	struct arena *mem = arena_open(0);
	struct frame_packer *p = frame_packer_open(mem);
	struct frame_reader *r = frame_reader_open(mem);
	char *blanks = malloc(32 << 20);
	struct span text;
	struct buf frame, all;
	struct err e = { 0 };
	struct dump_place *at = place(mem);
	int64_t offset, n_bytes;
	int fd, n = 0;

	(void)state;
	folder_empty();
	memset(blanks, ' ', 32 << 20);
	buf_init(&frame, mem);
	buf_init(&all, mem);
	MUST(frame_pack(p, (struct span){ blanks, 32 << 20 }, &frame, &e));
	for (int i = 0; i < 40; i++)
		buf_span(&all, buf_text(&frame));
	file_write("bomb", buf_text(&all));
	MUST(at->ops->open(at, SPAN("bomb"), &fd, &n_bytes, &e) && frame_use(r, fd, n_bytes, &e));
	while (frame_next(r, &text, &offset, &e))
		assert_true(text.n > 0 && ++n < 40);
	assert_non_null(strstr(e.text, "200 bytes of text"));
	assert_int_equal(n, 32);			/* a gigabyte is nobody's business */
	close(fd);

	frame.n = 0;					/* one member that is too long */
	blanks = realloc(blanks, 80 << 20);
	memset(blanks, ' ', 80 << 20);
	err_clear(&e);
	MUST(frame_pack(p, (struct span){ blanks, 80 << 20 }, &frame, &e));
	file_write("bomb", buf_text(&frame));
	MUST(at->ops->open(at, SPAN("bomb"), &fd, &n_bytes, &e) && frame_use(r, fd, n_bytes, &e));
	assert_false(frame_next(r, &text, &offset, &e));
	assert_non_null(strstr(e.text, "more than 64 MiB"));
	close(fd);
	free(blanks);
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damage__every_byte),
		cmocka_unit_test(damage__every_prefix),
		cmocka_unit_test(damage__order_of_members),
		cmocka_unit_test(damage__mixed_sets),
		cmocka_unit_test(damage__incomplete),
		cmocka_unit_test(damage__later_formats),
		cmocka_unit_test(damage__hostile_sets),
		cmocka_unit_test(damage__bomb),
	};

	return cmocka_run_group_tests(tests, folder_make_for_test, folder_remove_for_test);
}
