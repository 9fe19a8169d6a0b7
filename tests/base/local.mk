# tests of base/: one program per source, linked with base/ alone
BASE_TESTS = \
	tests/base/test_address \
	tests/base/test_arena \
	tests/base/test_buf \
	tests/base/test_clock \
	tests/base/test_decimal \
	tests/base/test_digest \
	tests/base/test_err \
	tests/base/test_jcur \
	tests/base/test_json \
	tests/base/test_log \
	tests/base/test_scan \
	tests/base/test_uid \
	tests/base/test_where
UNIT_TESTS += $(BASE_TESTS)
check_PROGRAMS += $(BASE_TESTS)
BASE_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
BASE_TEST_LIBS = $(BASE) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_base_test_address_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_address_LDADD = $(BASE_TEST_LIBS)
tests_base_test_arena_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_arena_LDADD = $(BASE_TEST_LIBS)
tests_base_test_buf_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_buf_LDADD = $(BASE_TEST_LIBS)
tests_base_test_clock_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_clock_LDADD = $(BASE_TEST_LIBS)
tests_base_test_decimal_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_decimal_LDADD = $(BASE_TEST_LIBS) -lm
tests_base_test_digest_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_digest_LDADD = $(BASE_TEST_LIBS)
tests_base_test_err_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_err_LDADD = $(BASE_TEST_LIBS)
tests_base_test_jcur_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_jcur_LDADD = $(BASE_TEST_LIBS)
tests_base_test_json_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_json_LDADD = $(BASE_TEST_LIBS)
tests_base_test_log_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_log_LDADD = $(BASE_TEST_LIBS)
tests_base_test_scan_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_scan_LDADD = $(BASE_TEST_LIBS)
tests_base_test_uid_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_uid_LDADD = $(BASE_TEST_LIBS)
tests_base_test_where_CPPFLAGS = $(BASE_TEST_CPPFLAGS)
tests_base_test_where_LDADD = $(BASE_TEST_LIBS)
