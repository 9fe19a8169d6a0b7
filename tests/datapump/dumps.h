/* tests/datapump/dumps.h - dump sets made and read for tests, in a folder of their own */
#ifndef CORDS_TESTS_DATAPUMP_DUMPS_H
#define CORDS_TESTS_DATAPUMP_DUMPS_H

#include "tests/lib/unit.h"

#include "datapump/dump.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static inline int
folder_make_for_test(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/cords-dump-XXXXXX");
	return mkdtemp(folder) == NULL;
}

static inline void
folder_empty(void)
{
	DIR *d = opendir(folder);

	assert_non_null(d);
	for (struct dirent *x = readdir(d); x != NULL; x = readdir(d))
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			assert_int_equal(unlinkat(dirfd(d), x->d_name, 0), 0);
	closedir(d);
}

static inline int
folder_remove_for_test(void **state)
{
	(void)state;
	folder_empty();
	return rmdir(folder);
}

static inline struct span
file_read(const char *name, struct arena *mem)
{
	char path[256];
	struct stat st;
	char *p;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	p = arena_alloc(mem, (size_t)st.st_size + 1);
	assert_int_equal(read(fd, p, (size_t)st.st_size), st.st_size);
	close(fd);
	return (struct span){ p, (size_t)st.st_size };
}

static inline void
file_write(const char *name, struct span bytes)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);			/* cutting a file and writing it again waits for the disk */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
	close(fd);
}

/* how many files there are, also those that clients cannot name */
static inline int
file_count(void)
{
	DIR *d = opendir(folder);
	int n = 0;

	for (struct dirent *x = readdir(d); x != NULL; x = readdir(d))
		n += strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0;
	closedir(d);
	return n;
}

/* is somebody asked because there is one file more than the last time, and not because one shall be published? */
static inline bool
is_new_file(int *n_made)
{
	int n = file_count();
	bool is_more = n > *n_made;

	*n_made = n;
	return is_more;
}

static const struct dump_about about_hr = {
	.generator = { "cords test", 10 }, .created = { "2024-01-02T03:04:05Z", 20 }, .engine = { "sqlite", 6 },
	.engine_version = { "3.40", 4 }, .mode = { "SCHEMA", 6 }, .owner = { "HR", 2 }, .job = { "J", 1 },
};

static inline void
pattern(const char *text, struct arena *mem, struct name_pattern *out)
{
	struct err e = { 0 };

	assert_true(filename_parse(span_of(text), 0, mem, out, &e));
}

static inline struct dump_place *
place(struct arena *mem)
{
	struct dump_place *p;
	struct err e = { 0 };

	assert_true(place_directory(folder, false, mem, &p, &e));
	return p;
}

/* a target with what most tests want */
static inline struct dump_target *
target(const char *names, bool compress, struct arena *mem)
{
	struct dump_target *t = ARENA_NEW(mem, struct dump_target);
	struct name_pattern *p = ARENA_NEW(mem, struct name_pattern);

	pattern(names, mem, p);
	t->place = place(mem);
	t->names = p;
	t->about = &about_hr;
	t->epoch = 1;
	t->compress = compress;
	return t;
}

#define MUST(x) do { \
	if (!(x)) { \
		fail_msg("%s: %s %s", #x, e.text, e.detail); \
	} \
} while (0)

/* a table of an integer and a text, with `n` rows whose text has n_text characters */
static inline void
put_small_table(struct dump_writer *w, const char *name, int64_t n, size_t n_text)
{
	struct column columns[] = {
		{ .name = SPAN("ID"), .type = ABS_INT64, .native = SPAN("INTEGER"), .is_identity = true },
		{ .name = SPAN("NAME"), .type = ABS_TEXT, .native = SPAN("TEXT"), .nullable = true },
	};
	struct span key = SPAN("ID");
	struct table t = { .schema = SPAN("HR"), .name = span_of(name), .n_columns = 2, .columns = columns, .pk = { .n_columns = 1, .columns = &key } };
	int64_t id, n_rows, n_bytes;
	struct err e = { 0 };
	char *text = malloc(n_text + 1);
	uint64_t dice = 1;		/* text that does not shrink to nothing */

	MUST(dump_table(w, &t, &id, &e));
	for (int64_t i = 0; i < n; i++) {
		struct cell row[2] = { { CELL_INT, i + 1, { NULL, 0 } }, { CELL_TEXT, 0, { text, n_text } } };

		for (size_t k = 0; k < n_text; k++) {
			dice = dice * 6364136223846793005u + 1442695040888963407u;
			text[k] = (char)('a' + (dice >> 33) % 26);
		}
		MUST(dump_rows(w, row, 1, &e));
	}
	MUST(dump_end_table(w, &n_rows, &n_bytes, &e));
	assert_int_equal(n_rows, n);
	free(text);
}

static inline bool
set_open(const char *names, bool allow_incomplete, struct arena *mem, struct dump_set **out, struct err *e)
{
	struct name_pattern *p = ARENA_NEW(mem, struct name_pattern);
	struct dump_source *s = ARENA_NEW(mem, struct dump_source);

	pattern(names, mem, p);
	*s = (struct dump_source){ place(mem), p, allow_incomplete };
	return dump_open(s, mem, out, e);
}

/* opened and verified */
static inline bool
set_is_good(const char *names, struct err *e)
{
	struct arena *mem = arena_open(0);
	struct dump_set *set;
	bool good;

	err_clear(e);
	good = set_open(names, false, mem, &set, e) && dump_verify(set, NULL, NULL, e);
	arena_close(&mem);
	return good;
}

#endif
