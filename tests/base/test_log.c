/* base/log.c */
#include "tests/lib/unit.h"

#include "base/clock.h"
#include "base/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/cords-test-log-XXXXXX";
static char path[64], moved[64];

static int64_t
some_day(void)
{
	return INT64_C(1619394051197350);
}

static int
open_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	snprintf(moved, sizeof(moved), "%s/log.1", folder);
	clock_fake(some_day);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	log_open(NULL, LOG_INFO);
	clock_fake(NULL);
	unlink(path);
	unlink(moved);
	return rmdir(folder);
}

static int
start_log(void **state)
{
	(void)state;
	unlink(path);
	log_open(path, LOG_INFO);
	return 0;
}

/* the whole log */
static const char *
logged(void)
{
	static char text[65536];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

/* the log must be one line, and that line one object */
static json_t *
logged_line(void)
{
	const char *text = logged();
	json_error_t why;
	json_t *line = json_loads(text, 0, &why);

	if (line == NULL)
		fail_msg("%s in %s", why.text, text);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	return line;
}

static void
log__access_line(void **state)
{
	struct err e = { .kind = ERR_NONE };
	struct log_request r = {
		.id = "r1", .method = "GET", .route = "/{schema}/soda/latest/{collection}", .pool = "default", .user = "ada",
		.address = "127.0.0.1", .status = 200, .total_us = 1234, .db_us = 56, .bytes_out = 789, .rows = 3,
	};

	(void)state;
	log_access(&r);
	assert_string_equal(logged(), "{\"time\":\"2021-04-25T23:40:51.197350Z\",\"level\":\"INFO\",\"event\":\"request\","
	    "\"id\":\"r1\",\"method\":\"GET\",\"route\":\"/{schema}/soda/latest/{collection}\",\"status\":200,"
	    "\"ms\":1.234,\"db_ms\":0.056,\"rows\":3,\"bytes\":789,\"pool\":\"default\",\"user\":\"ada\","
	    "\"address\":\"127.0.0.1\"}\n");
	start_log(NULL);
	err_set(&e, ERR_BUSY, NULL);
	err_detail(&e, "HY000 5 database is locked");
	r = (struct log_request){ .status = 503, .total_us = 2000000, .e = &e };
	log_access(&r);
	assert_string_equal(logged(), "{\"time\":\"2021-04-25T23:40:51.197350Z\",\"level\":\"INFO\",\"event\":\"request\","
	    "\"id\":\"\",\"method\":\"\",\"route\":\"\",\"status\":503,\"ms\":2000.000,\"db_ms\":0.000,\"rows\":0,"
	    "\"bytes\":0,\"pool\":\"\",\"user\":\"\",\"address\":\"\",\"error\":\"BUSY\","
	    "\"detail\":\"HY000 5 database is locked\"}\n");
}

/* nothing that is logged can split a line or forge a member */
static void
log__a_line_is_a_line(void **state)
{
	static const char evil[] = "a\r\n\x1b[31m\"},{\"level\":\"x\\\x7f\x01\xff\xc3\xa9";
	struct log_request r = {
		.id = evil, .method = evil, .route = evil, .pool = evil, .user = evil, .address = evil, .status = 200,
	};
	json_t *line;

	(void)state;
	log_access(&r);
	line = logged_line();
	/* not UTF-8: its bytes above ASCII are question marks */
	assert_string_equal(json_string_value(json_object_get(line, "user")), "a\r\n\x1b[31m\"},{\"level\":\"x\\\x7f\x01???");
	assert_string_equal(json_string_value(json_object_get(line, "level")), "INFO");
	json_decref(line);

	start_log(NULL);
	log_event(LOG_ERROR, "some.event", "%s", evil);
	json_decref(logged_line());

	start_log(NULL);
	log_security("login.failed", span_of(evil), evil, evil, evil);
	line = logged_line();
	assert_string_equal(json_string_value(json_object_get(line, "level")), "SECURITY");
	json_decref(line);
}

static void
log__long_values_are_cut(void **state)
{
	static char text[10000];
	struct err e = { .kind = ERR_INTERNAL };
	struct log_request r = {
		.id = text, .method = text, .route = text, .pool = text, .user = text, .address = text, .status = 200, .e = &e,
		.total_us = INT64_MAX, .db_us = INT64_MAX, .bytes_out = INT64_MIN, .rows = INT64_MAX,
	};
	static const char *const fillers[] = { "x", "\n", "\"", "\xc3\xa9", "\xf0\x9f\x98\x80", "\xff", "\x80" };

	(void)state;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		size_t n = strlen(fillers[i]);

		for (size_t at = 0; at + n < sizeof(text); at += n)
			memcpy(text + at, fillers[i], n);
		snprintf(e.detail, sizeof(e.detail), "%.300s", text);
		start_log(NULL);
		log_access(&r);
		json_decref(logged_line());
		assert_true(strlen(logged()) <= 4096);
		start_log(NULL);
		log_event(LOG_ERROR, "x", "%s", text);
		json_decref(logged_line());
		start_log(NULL);
		log_security("x", span_of(text), text, text, text);
		json_decref(logged_line());
	}
}

static void
log__levels(void **state)
{
	const struct log_request r = { .id = "x" };

	(void)state;
	log_event(LOG_FINE, "fine", NULL);
	assert_string_equal(logged(), "");
	log_open(path, LOG_WARNING);
	assert_int_equal(log_level_now(), LOG_WARNING);
	log_event(LOG_INFO, "info", NULL);
	log_access(&r);
	assert_string_equal(logged(), "");
	log_security("login.failed", SPAN("ada"), "127.0.0.1", "r1", "wrong password");
	assert_non_null(strstr(logged(), "\"event\":\"login.failed\",\"id\":\"r1\",\"user\":\"ada\",\"address\":\"127.0.0.1\","
	    "\"what\":\"wrong password\"}\n"));
	log_event(LOG_WARNING, "odd", "%d of %d", 1, 2);
	assert_non_null(strstr(logged(), "\"text\":\"1 of 2\"}\n"));
}

static void
log__moved_away_and_reopened(void **state)
{
	struct stat st;

	(void)state;
	log_event(LOG_INFO, "before", NULL);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(rename(path, moved), 0);
	log_reopen();
	log_event(LOG_INFO, "after", NULL);
	assert_null(strstr(logged(), "before"));
	assert_non_null(strstr(logged(), "after"));
}

static size_t
lines_logged(void)
{
	size_t n = 0;

	for (const char *p = logged(); (p = strchr(p, '\n')) != NULL; p++)
		n++;
	return n;
}

/* lines of requests are kept together, whole and in order, until something else is written, or no more fit into one write */
static void
log__gathered(void **state)
{
	const struct log_request r = { .id = "r", .method = "GET", .route = "/", .pool = "p", .user = "u", .address = "a", .status = 200 };
	size_t n_full = 0, n_line;

	(void)state;
	log_gather(true);
	log_access(&r);
	log_access(&r);
	assert_int_equal(lines_logged(), 0);
	log_flush();
	assert_int_equal(lines_logged(), 2);
	n_line = strlen(logged()) / 2;
	log_access(&r);
	log_event(LOG_ERROR, "last", NULL);
	assert_int_equal(lines_logged(), 4);
	assert_string_equal(strrchr(strstr(logged(), "\"last\""), '\n'), "\n");
	while (lines_logged() == 4) {
		log_access(&r);
		n_full++;
	}
	assert_true(n_line * n_full > 4096 && n_line * (n_full - 1) <= 4096);
	assert_int_equal(lines_logged(), 4 + n_full - 1);
	log_reopen();
	assert_int_equal(lines_logged(), 4 + n_full);
	log_access(&r);
	log_gather(false);
	log_access(&r);
	assert_int_equal(lines_logged(), 4 + n_full + 2);
}

/* standard error takes what the file does not */
static void
log__unwritable(void **state)
{
	int real = dup(STDERR_FILENO);
	int file;

	(void)state;
	assert_true(real >= 0);
	file = open(path, O_WRONLY | O_APPEND);
	assert_true(file >= 0 && dup2(file, STDERR_FILENO) == STDERR_FILENO);
	log_open("/nonexistent/folder/log", LOG_INFO);
	log_event(LOG_INFO, "first", NULL);
	log_open("/dev/full", LOG_INFO);
	log_event(LOG_INFO, "second", NULL);
	dup2(real, STDERR_FILENO);
	close(real);
	close(file);
	assert_non_null(strstr(logged(), "log.open_failed"));
	assert_non_null(strstr(logged(), "\"first\""));
	assert_non_null(strstr(logged(), "\"second\""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(log__access_line, start_log),
		cmocka_unit_test_setup(log__a_line_is_a_line, start_log),
		cmocka_unit_test_setup(log__long_values_are_cut, start_log),
		cmocka_unit_test_setup(log__levels, start_log),
		cmocka_unit_test_setup(log__moved_away_and_reopened, start_log),
		cmocka_unit_test_setup(log__gathered, start_log),
		cmocka_unit_test_setup(log__unwritable, start_log),
	};

	return cmocka_run_group_tests_name("base/log", tests, open_folder, remove_folder);
}
