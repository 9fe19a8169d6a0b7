/* sql/handin.c: what becomes of a write that was handed in, whoever dies meanwhile */
#include "tests/lib/unit.h"

#include "sql/handin.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AREA_AT = 4096, HEADS_AT = AREA_AT + 64, N_BYTES_AT = HEADS_AT + 8, GIVEN_AT = HEADS_AT + 16 };	/* of the first slot */

struct shared {
	char name[64];
	struct arena *mem;
	struct handin owner, leader;	/* of two connections */
};

static void
open_one(const struct shared *s, struct handin *h)
{
	const struct handin_file file = { 1, 2 };
	int fd = open(s->name, O_RDWR);

	assert_true(fd >= 0);
	*h = (struct handin){ .fd = fd };
	assert_true(handin_open(h, fd, 0, file, true));
}

static void
close_one(struct handin *h)
{
	int fd = h->fd;

	handin_close(h);
	close(fd);
}

static void
begin(struct shared *s)
{
	int fd;

	snprintf(s->name, sizeof(s->name), "/tmp/cords-test-XXXXXX");
	fd = mkstemp(s->name);
	assert_true(fd >= 0);
	close(fd);
	s->mem = arena_open(0);
	open_one(s, &s->owner);
	open_one(s, &s->leader);
}

static void
end(struct shared *s)
{
	close_one(&s->owner);
	close_one(&s->leader);
	arena_close(&s->mem);
	unlink(s->name);
}

static bool
give(struct handin *h, unsigned ticket, struct span value)
{
	const struct bind binds[] = { BIND_T(value), BIND_I(-7), BIND_N, BIND_B(SPAN("\1\2")) };
	const struct handin_step steps[] = {
		{ { .text = SPAN("INSERT INTO t VALUES (?, ?, ?, ?)"), .n_binds = 4, .binds = binds }, HANDIN_UNCOUNTED },
		{ { .text = SPAN("DELETE FROM u") }, 3 },
	};

	return handin_give(h, ticket, &(struct handin_write){ steps, 2 });
}

static bool
take_first(struct shared *s, struct handin_write *out)
{
	unsigned slots[HANDIN_SLOTS];

	return handin_waiting(&s->leader, slots) > 0 && handin_take(&s->leader, slots[0], s->mem, out);
}

/* what is taken is what was given; its owner hears of it when it is answered */
static void
handin__arrives_whole(void **state)
{
	struct handin_write w;
	struct shared s;

	(void)state;
	begin(&s);
	assert_false(take_first(&s, &w));
	assert_true(give(&s.owner, 5, SPAN("one")));
	assert_true(take_first(&s, &w));
	assert_int_equal(w.n_steps, 2);
	assert_true(span_is(w.steps[0].q.text, "INSERT INTO t VALUES (?, ?, ?, ?)"));
	assert_int_equal(w.steps[0].q.n_binds, 4);
	assert_true(w.steps[0].q.binds[0].kind == BIND_TEXT && span_is(w.steps[0].q.binds[0].text, "one"));
	assert_true(w.steps[0].q.binds[1].kind == BIND_INT && w.steps[0].q.binds[1].number == -7);
	assert_true(w.steps[0].q.binds[2].kind == BIND_NULL);
	assert_true(w.steps[0].q.binds[3].kind == BIND_BLOB && span_is(w.steps[0].q.binds[3].text, "\1\2"));
	assert_int_equal(w.steps[0].n_rows, HANDIN_UNCOUNTED);
	assert_int_equal(w.steps[1].n_rows, 3);
	assert_int_equal(handin_ticket(&s.leader, 0), 5);
	assert_int_equal(handin_look(&s.owner), HANDIN_TAKEN);
	assert_false(handin_withdraw(&s.owner));
	assert_false(give(&s.owner, 6, SPAN("two")));	/* somebody is at what stands there */
	handin_answer(&s.leader, 0, HANDIN_DONE);
	assert_int_equal(handin_look(&s.owner), HANDIN_DONE);
	handin_seen(&s.owner);
	assert_true(give(&s.owner, 6, SPAN("two")));
	assert_true(handin_withdraw(&s.owner));
	assert_false(take_first(&s, &w));
	end(&s);
}

/* those who came first, also where tickets begin anew */
static void
handin__order_of_tickets(void **state)
{
	static const unsigned tickets[] = { 1, UINT32_MAX, 0, UINT32_MAX - 1 }, order[] = { 3, 1, 2, 0 };
	struct handin h[4];
	unsigned slots[HANDIN_SLOTS];
	struct shared s;

	(void)state;
	begin(&s);
	for (int i = 0; i < 4; i++) {
		open_one(&s, &h[i]);
		assert_true(give(&h[i], tickets[i], SPAN("x")));
	}
	assert_int_equal(handin_waiting(&s.leader, slots), 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(slots[i], order[i]);
		close_one(&h[i]);
	}
	end(&s);
}

/* F-17: what is for another file, on either device, waits for somebody else */
static void
handin__other_databases(void **state)
{
	static const struct handin_file others[] = { { 1, 3 }, { 2, 2 } };
	unsigned slots[HANDIN_SLOTS];
	struct handin_write w;
	struct shared s;

	(void)state;
	begin(&s);
	assert_true(give(&s.owner, 1, SPAN("x")));
	for (size_t i = 0; i < 2; i++) {
		s.leader.file = others[i];
		assert_int_equal(handin_waiting(&s.leader, slots), 0);
		assert_false(handin_take(&s.leader, s.owner.slot, s.mem, &w));
		assert_int_equal(handin_look(&s.owner), HANDIN_WAITING);
	}
	s.leader.file = s.owner.file;
	assert_true(take_first(&s, &w));
	end(&s);
}

/* more than a slot takes, and more writers than slots: they wait for their turn */
static void
handin__no_room(void **state)
{
	static char text[HANDIN_SLOT_BYTES];
	struct handin h[HANDIN_SLOTS + 1];
	struct shared s;

	(void)state;
	begin(&s);
	memset(text, 'x', sizeof(text));
	assert_false(give(&s.owner, 1, (struct span){ text, sizeof(text) }));
	assert_int_equal(handin_look(&s.owner), HANDIN_FREE);
	close_one(&s.owner);
	for (unsigned i = 0; i <= HANDIN_SLOTS; i++) {
		open_one(&s, &h[i]);
		assert_int_equal(give(&h[i], i, SPAN("x")), i < HANDIN_SLOTS);
	}
	for (unsigned i = 0; i <= HANDIN_SLOTS; i++)
		close_one(&h[i]);
	open_one(&s, &s.owner);
	end(&s);
}

static void
in_child(struct shared *s, void (*fn)(struct shared *s))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		fn(s);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
give_and_die(struct shared *s)
{
	struct handin h;

	open_one(s, &h);
	if (!give(&h, 1, SPAN("of the dead")))
		_exit(1);
}

/* nobody is told any more, so it is not written; the slot is for the next one */
static void
handin__owner_dies(void **state)
{
	struct handin_write w;
	struct shared s;

	(void)state;
	begin(&s);
	in_child(&s, give_and_die);
	assert_false(take_first(&s, &w));
	assert_true(give(&s.owner, 2, SPAN("of the living")));
	assert_int_equal(s.owner.slot, 0);
	assert_true(take_first(&s, &w));
	assert_true(span_is(w.steps[0].q.binds[0].text, "of the living"));
	end(&s);
}

static void
take_and_die(struct shared *s)
{
	struct handin_write w;

	if (!take_first(s, &w))
		_exit(1);
}

static void
store_and_die(struct shared *s)
{
	take_and_die(s);
	handin_answer(&s->leader, 0, HANDIN_STORING);
}

/* R-04, F-03: before COMMIT nothing is stored; from then on nobody knows */
static void
handin__leader_dies(void **state)
{
	struct shared s;

	(void)state;
	begin(&s);
	assert_true(give(&s.owner, 1, SPAN("x")));
	in_child(&s, take_and_die);
	assert_int_equal(handin_look(&s.owner), HANDIN_TAKEN);
	handin_mend(&s.leader);
	assert_int_equal(handin_look(&s.owner), HANDIN_REFUSED);
	handin_seen(&s.owner);
	assert_true(give(&s.owner, 2, SPAN("x")));
	in_child(&s, store_and_die);
	handin_mend(&s.leader);
	assert_int_equal(handin_look(&s.owner), HANDIN_DOUBT);
	end(&s);
}

/* what somebody is at is not overwritten, though its owner has died */
static void
handin__both_die(void **state)
{
	struct handin first;
	struct handin_write w;
	struct shared s;

	(void)state;
	begin(&s);
	open_one(&s, &first);
	assert_true(give(&first, 1, SPAN("x")));
	assert_true(take_first(&s, &w));
	close_one(&first);
	assert_true(give(&s.owner, 2, SPAN("y")));
	assert_int_equal(s.owner.slot, 1);
	open_one(&s, &first);
	handin_mend(&s.leader);
	assert_true(give(&first, 3, SPAN("z")));
	assert_int_equal(first.slot, 0);
	close_one(&first);
	end(&s);
}

static void
overwrite(const struct shared *s, off_t at, const void *p, size_t n)
{
	int fd = open(s->name, O_WRONLY);

	assert_int_equal(pwrite(fd, p, n, at), n);
	close(fd);
}

/* lengths that lead out of a slot, and what stood there before the machine was started: neither is run */
static void
handin__nonsense_is_refused(void **state)
{
	static const uint32_t sizes[] = { UINT32_MAX, HANDIN_SLOT_BYTES + 1, 20, 0 };
	const int64_t later_ns = INT64_MAX, long_ago_ns = 1;
	struct handin_write w;
	struct shared s;

	(void)state;
	begin(&s);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		assert_true(give(&s.owner, 1, SPAN("x")));
		overwrite(&s, N_BYTES_AT, &sizes[i], sizeof(sizes[i]));
		assert_false(take_first(&s, &w));
		assert_int_equal(handin_look(&s.owner), HANDIN_REFUSED);
		handin_seen(&s.owner);
	}
	assert_true(give(&s.owner, 1, SPAN("x")));
	overwrite(&s, GIVEN_AT, &later_ns, sizeof(later_ns));
	assert_false(take_first(&s, &w));
	overwrite(&s, GIVEN_AT, &long_ago_ns, sizeof(long_ago_ns));
	assert_false(take_first(&s, &w));
	assert_true(handin_withdraw(&s.owner));
	end(&s);
}

/* of another version, or for others to write: as if there were none */
static void
handin__other_files(void **state)
{
	const unsigned layout = 77;
	struct handin h = { 0 };
	struct shared s;
	int fd;

	(void)state;
	begin(&s);
	fd = open(s.name, O_RDWR);
	overwrite(&s, AREA_AT, &layout, sizeof(layout));
	assert_false(handin_open(&h, fd, 1 << 30, h.file, false));
	assert_null(h.area);
	assert_int_equal(chmod(s.name, 0660), 0);
	assert_false(handin_open(&h, fd, 1 << 30, h.file, false));
	assert_int_equal(chmod(s.name, 0600), 0);
	assert_false(handin_open(&h, fd, 0, h.file, false));
	close(fd);
	end(&s);
}

struct race {
	struct shared *s;
	atomic_bool over;
	int n_taken;
};

static void *
take_all(void *arg)
{
	struct race *race = arg;
	struct handin_write w;

	while (!atomic_load(&race->over))
		if (take_first(race->s, &w)) {
			race->n_taken++;
			handin_answer(&race->s->leader, 0, HANDIN_DONE);
			arena_clear(race->s->mem);
		}
	return NULL;
}

/* taken or withdrawn, never both, and each is answered once */
static void
handin__one_of_both(void **state)
{
	enum { ROUNDS = 5000 };
	struct shared s;
	struct race race = { .s = &s };
	pthread_t thread;
	int n_withdrawn = 0, n_done = 0;

	(void)state;
	begin(&s);
	assert_int_equal(pthread_create(&thread, NULL, take_all, &race), 0);
	for (int i = 0; i < ROUNDS; i++) {
		assert_true(give(&s.owner, (unsigned)i, SPAN("x")));
		if (i % 2 == 0 && handin_withdraw(&s.owner)) {
			n_withdrawn++;
			continue;
		}
		while (handin_look(&s.owner) != HANDIN_DONE)
			sched_yield();
		handin_seen(&s.owner);
		n_done++;
	}
	atomic_store(&race.over, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(n_withdrawn + n_done, ROUNDS);
	assert_int_equal(race.n_taken, n_done);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handin__arrives_whole),
		cmocka_unit_test(handin__order_of_tickets),
		cmocka_unit_test(handin__other_databases),
		cmocka_unit_test(handin__no_room),
		cmocka_unit_test(handin__owner_dies),
		cmocka_unit_test(handin__leader_dies),
		cmocka_unit_test(handin__both_die),
		cmocka_unit_test(handin__nonsense_is_refused),
		cmocka_unit_test(handin__other_files),
		cmocka_unit_test(handin__one_of_both),
	};

	return cmocka_run_group_tests_name("sql/handin", tests, NULL, NULL);
}
