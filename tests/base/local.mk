# tests of base/: one program per source, linked with base/ alone
UNIT_TESTS += tests/base/test_arena
check_PROGRAMS += tests/base/test_arena
tests_base_test_arena_SOURCES = tests/base/test_arena.c
tests_base_test_arena_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_base_test_arena_LDADD = $(BASE) $(BASE_LIBS) $(CMOCKA_LIBS)
