# tests of handlers/: one program per source
HANDLERS_TESTS = \
	tests/handlers/test_answer \
	tests/handlers/test_auth \
	tests/handlers/test_origin \
	tests/handlers/test_params \
	tests/handlers/test_precond \
	tests/handlers/test_problem \
	tests/handlers/test_races \
	tests/handlers/test_reply \
	tests/handlers/test_route \
	tests/handlers/test_url
UNIT_TESTS += $(HANDLERS_TESTS)
check_PROGRAMS += $(HANDLERS_TESTS)
HANDLERS_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
HANDLERS_TEST_LIBS = $(HANDLERS) $(HANDLERS_LIBS) $(CMOCKA_LIBS)
tests_handlers_test_origin_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_origin_LDADD = $(HANDLERS_TEST_LIBS)
tests_handlers_test_params_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_params_LDADD = $(HANDLERS_TEST_LIBS)
tests_handlers_test_precond_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_precond_LDADD = $(HANDLERS_TEST_LIBS)
tests_handlers_test_problem_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_problem_LDADD = $(HANDLERS_TEST_LIBS)
tests_handlers_test_route_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_route_LDADD = $(HANDLERS_TEST_LIBS)
tests_handlers_test_url_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_url_LDADD = $(HANDLERS_TEST_LIBS)
WORLD = tests/handlers/world.c tests/handlers/world.h
tests_handlers_test_answer_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_answer_LDADD = $(HANDLERS_TEST_LIBS)
tests_handlers_test_answer_SOURCES = tests/handlers/test_answer.c $(WORLD)
tests_handlers_test_auth_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_auth_LDADD = $(HANDLERS_TEST_LIBS)
tests_handlers_test_auth_SOURCES = tests/handlers/test_auth.c $(WORLD)
tests_handlers_test_races_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_races_LDADD = $(HANDLERS_TEST_LIBS)
tests_handlers_test_races_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=db_commit,--wrap=stmt_exec_comparing,--wrap=catalog_find,--wrap=precond_read
tests_handlers_test_races_SOURCES = tests/handlers/test_races.c $(WORLD)
tests_handlers_test_reply_CPPFLAGS = $(HANDLERS_TEST_CPPFLAGS)
tests_handlers_test_reply_LDADD = $(HANDLERS_TEST_LIBS)
