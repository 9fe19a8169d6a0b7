# tests of conf/: one program per source, linked with conf/ and base/
CONF_TESTS = \
	tests/conf/test_conf \
	tests/conf/test_options \
	tests/conf/test_password \
	tests/conf/test_secret \
	tests/conf/test_xml
UNIT_TESTS += $(CONF_TESTS)
check_PROGRAMS += $(CONF_TESTS)
CONF_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
CONF_TEST_LDADD = $(CONF) $(CONF_LIBS) $(CMOCKA_LIBS)

tests_conf_test_conf_SOURCES = tests/conf/test_conf.c tests/conf/scratch.h
tests_conf_test_conf_CPPFLAGS = $(CONF_TEST_CPPFLAGS)
tests_conf_test_conf_LDADD = $(CONF_TEST_LDADD)

tests_conf_test_options_SOURCES = tests/conf/test_options.c
tests_conf_test_options_CPPFLAGS = $(CONF_TEST_CPPFLAGS)
tests_conf_test_options_LDADD = $(CONF_TEST_LDADD)

tests_conf_test_password_SOURCES = tests/conf/test_password.c
tests_conf_test_password_CPPFLAGS = $(CONF_TEST_CPPFLAGS)
tests_conf_test_password_LDADD = $(CONF_TEST_LDADD)

tests_conf_test_secret_SOURCES = tests/conf/test_secret.c tests/conf/scratch.h
tests_conf_test_secret_CPPFLAGS = $(CONF_TEST_CPPFLAGS)
tests_conf_test_secret_LDADD = $(CONF_TEST_LDADD)

tests_conf_test_xml_SOURCES = tests/conf/test_xml.c
tests_conf_test_xml_CPPFLAGS = $(CONF_TEST_CPPFLAGS)
tests_conf_test_xml_LDADD = $(CONF_TEST_LDADD)
