/* tests/fuzz/fuzz_dump.c - a file that calls itself a dump
 *
 * As it is; and as the text of a member whose digest is right, so that records and rows are reached.
 */
#include "config.h"

#include "datapump/frame.h"
#include "datapump/records.h"

#include <sys/mman.h>
#include <unistd.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x) do { \
	if (!(x)) { \
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
		abort(); \
	} \
} while (0)

#define SET "00000000-0000-4000-8000-000000000000"

static struct span file;

static bool
open_memory(struct dump_place *p, struct span name, int *fd, int64_t *n_bytes, struct err *e)
{
	(void)p;
	if (!span_is(name, "x.DMP"))
		return err_set(e, ERR_NO_FILE, NULL);
	*fd = memfd_create("dump", MFD_CLOEXEC);
	MUST(*fd >= 0 && write(*fd, file.p, file.n) == (ssize_t)file.n);
	*n_bytes = (int64_t)file.n;
	return true;
}

static struct span
shown(struct dump_place *p, struct span name)
{
	(void)p;
	return name;
}

static const struct place_ops ops = { .open = open_memory, .shown = shown };

/* Rows come only with all their cells. */
static void
read_set(bool allow_incomplete)
{
	struct arena *mem = arena_open(0);
	struct dump_place p = { .ops = &ops, .mem = mem };
	const struct name_pattern names = { SPAN("x.DMP"), false };
	const struct dump_source s = { &p, &names, allow_incomplete };
	struct dump_record r = { .kind = DUMP_ROWS };
	struct dump_set *set;
	struct err e = { 0 };
	size_t n_columns = 0, n;
	bool good = dump_open(&s, mem, &set, &e);

	while (good && r.kind != DUMP_END) {
		good = dump_next(set, &r, &e);
		if (good && r.kind == DUMP_TABLE)
			n_columns = r.table.n_columns;
		if (good && r.kind == DUMP_ROWS)
			for (size_t i = 0; i < r.n_rows * n_columns; i++)
				MUST(r.cells[i].kind <= CELL_BLOB && (r.cells[i].kind < CELL_NUMBER || r.cells[i].text.p != NULL));
	}
	MUST(good || (e.kind == ERR_BAD_JOB && e.text[0] != '\0'));
	if (good) {
		(void)dump_entries(set, &n);
		if (!dump_verify(set, NULL, NULL, &e))
			MUST(e.kind == ERR_BAD_JOB);
	}
	arena_close(&mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = { (const char *)data, size };
	struct dump_about about = { .set = SPAN(SET), .file = 1, .generator = SPAN("g"), .created = SPAN("c"), .engine = SPAN("e"),
		.engine_version = SPAN("v"), .mode = SPAN("m"), .owner = SPAN("o"), .job = SPAN("j") };
	struct arena *mem = arena_open(0);
	struct digest_run *d = digest_run_open();
	struct frame_packer *packer = frame_packer_open(mem);
	unsigned char sum[32];
	struct err e = { 0 };
	struct buf text, packed;
	char hex[65];

	file = body;
	read_set(false);
	read_set(true);
	buf_init(&text, mem);
	buf_init(&packed, mem);
	record_put_about(&text, &about);
	MUST(frame_pack(packer, buf_text(&text), &packed, &e));
	text.n = 0;
	digest_run_add(d, body);
	digest_run_end(d, sum);
	digest_hex(sum, sizeof(sum), hex);
	record_put_member(&text, about.set, 1, 1, hex);
	buf_span(&text, body);
	MUST(frame_pack(packer, buf_text(&text), &packed, &e));
	file = buf_text(&packed);
	read_set(true);
	digest_run_close(&d);
	arena_close(&mem);
	return 0;
}
