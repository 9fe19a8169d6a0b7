/* datapump/dump_publish.c: a set whose runner ended while it published */
#include "tests/datapump/dumps.h"

#include <sys/wait.h>

static int n_until_death, n_made;

/* asked behind each new file, and before each is published: then it dies as a process that is killed does */
static bool
may_publish(void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	if (!is_new_file(&n_made) && n_until_death-- == 0)
		_exit(0);
	return true;
}

static struct dump_target *
target_of_job(struct arena *mem)
{
	static struct dump_about about;
	struct dump_target *t = target("x%U.DMP", true, mem);

	about = about_hr;
	about.set = SPAN("00000000-0000-4000-8000-000000000001");
	t->about = &about;
	t->file_bytes = 1 << 20;
	return t;
}

/* Several files, of which the first n are published. */
static void
leave_behind(int n)
{
	pid_t child;

	folder_empty();
	child = fork();
	if (child == 0) {
		struct arena *mem = arena_open(0);
		struct dump_target *t = target_of_job(mem);
		const struct dump_file *files;
		struct dump_writer *w;
		struct err e = { 0 };
		size_t n_files;

		n_until_death = n;
		t->may_publish = may_publish;
		MUST(dump_create(t, mem, &w, &e) && dump_schema(w, SPAN("HR"), &e));
		put_small_table(w, "A", 1, 5 << 20);
		put_small_table(w, "B", 1, 5 << 20);
		put_small_table(w, "C", 1, 100);
		MUST(dump_finish(w, true, &files, &n_files, &e));
		_exit(1);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static struct dump_writer *
take(struct arena *mem)
{
	struct dump_target *t = target_of_job(mem);
	struct dump_writer *w;
	struct err e = { 0 };

	t->epoch = 2;
	MUST(dump_take_whole(t, 1, mem, &w, &e));
	return w;
}

/* R-24, DP-100 at unit level: whichever file was the next to be published */
static void
dump_publish__goes_on(void **state)
{
	(void)state;
	for (int n = 0; n < 3; n++) {
		struct arena *mem = arena_open(0);
		const struct dump_file *files;
		struct dump_writer *w;
		struct dump_set *set;
		struct err e = { 0 };
		size_t n_files;

		leave_behind(n);
		w = take(mem);
		assert_non_null(w);
		MUST(dump_finish(w, true, &files, &n_files, &e));
		assert_true(n_files > 3);
		assert_span(files[2].name, "x03.DMP");
		MUST(set_open("x%U.DMP", false, mem, &set, &e) && dump_verify(set, NULL, NULL, &e));
		assert_true(dump_is_consistent(set));
		arena_close(&mem);
		assert_int_equal(file_count(), n_files);
	}
}

/* What is not whole is not taken: it is continued, or begins anew. */
static void
dump_publish__only_what_is_whole(void **state)
{
	(void)state;
	for (int n = 0; n < 2; n++) {
		for (int what = 0; what < 4; what++) {
			struct arena *mem = arena_open(0);
			char name[64];
			struct span bytes;
			char *changed;

			leave_behind(n);
			snprintf(name, sizeof(name), ".00000000-0000-4000-8000-000000000001-%d-1", what == 3 ? 2 : 3);
			bytes = file_read(name, mem);
			changed = arena_alloc(mem, bytes.n);
			memcpy(changed, bytes.p, bytes.n);
			if (what == 0)
				changed[bytes.n / 2] ^= 1;
			else if (what == 1)
				bytes.n--;
			else if (what == 2)
				changed[bytes.n - 1] ^= 1;
			bytes.p = changed;
			file_write(name, bytes);
			if (what == 3)
				assert_int_equal(unlink(arena_printf(mem, "%s/%s", folder, name)), 0);
			assert_null(take(mem));
			arena_close(&mem);
		}
	}
}

/* A file of somebody else under the name of ours is not taken for it. */
static void
dump_publish__not_the_set_of_another(void **state)
{
	struct arena *mem = arena_open(0);

	(void)state;
	leave_behind(1);
	file_write("x01.DMP", (struct span){ "precious", 8 });
	assert_null(take(mem));
	assert_span(file_read("x01.DMP", mem), "precious");
	arena_close(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump_publish__goes_on),
		cmocka_unit_test(dump_publish__only_what_is_whole),
		cmocka_unit_test(dump_publish__not_the_set_of_another),
	};

	return cmocka_run_group_tests(tests, folder_make_for_test, folder_remove_for_test);
}
