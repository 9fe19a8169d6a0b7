# tests of datapump/: one program per source
DATAPUMP_TESTS = \
	tests/datapump/test_ahead \
	tests/datapump/test_import_docs \
	tests/datapump/test_lanes \
	tests/datapump/test_readers \
	tests/datapump/test_dump_damage \
	tests/datapump/test_spec \
	tests/datapump/test_dump \
	tests/datapump/test_dump_publish \
	tests/datapump/test_export \
	tests/datapump/test_expr \
	tests/datapump/test_filename \
	tests/datapump/test_object_uri
UNIT_TESTS += $(DATAPUMP_TESTS)
check_PROGRAMS += $(DATAPUMP_TESTS)
DATAPUMP_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
DATAPUMP_TEST_LIBS = $(DATAPUMP) $(DATAPUMP_LIBS) $(CMOCKA_LIBS)
tests_datapump_test_dump_SOURCES = tests/datapump/test_dump.c tests/datapump/dumps.h
tests_datapump_test_dump_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_dump_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_ahead_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_ahead_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_lanes_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_lanes_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_dump_publish_SOURCES = tests/datapump/test_dump_publish.c tests/datapump/dumps.h
tests_datapump_test_dump_publish_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_dump_publish_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_expr_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_expr_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_filename_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_filename_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_object_uri_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_object_uri_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_spec_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_spec_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_dump_damage_SOURCES = tests/datapump/test_dump_damage.c tests/datapump/dumps.h
tests_datapump_test_dump_damage_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_dump_damage_LDADD = $(DATAPUMP_TEST_LIBS)
tests_datapump_test_export_SOURCES = tests/datapump/test_export.c tests/datapump/dumps.h tests/sql/storedb.h tests/sql/testdb.h
tests_datapump_test_export_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_export_LDADD = $(DATAPUMP_TEST_LIBS)

# an import as a program, for tests/datapump/test_import.py
check_PROGRAMS += tests/datapump/pump
tests_datapump_pump_LDADD = $(DATAPUMP) $(DATAPUMP_LIBS)
EXTRA_DIST += tests/datapump/pools.py tests/datapump/test_import.py tests/datapump/test_append.py tests/datapump/test_strange.py
tests_datapump_test_import_docs_SOURCES = tests/datapump/test_import_docs.c tests/sql/storedb.h tests/sql/testdb.h
tests_datapump_test_import_docs_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_import_docs_LDADD = $(DATAPUMP_TEST_LIBS)
# for tests/http/test_export.py
check_PROGRAMS += tests/datapump/export_pool
tests_datapump_export_pool_SOURCES = tests/datapump/export_pool.c
tests_datapump_export_pool_LDADD = $(DATAPUMP) $(DATAPUMP_LIBS)
tests_datapump_test_readers_SOURCES = tests/datapump/test_readers.c tests/sql/storedb.h tests/sql/testdb.h
tests_datapump_test_readers_CPPFLAGS = $(DATAPUMP_TEST_CPPFLAGS)
tests_datapump_test_readers_LDADD = $(DATAPUMP_TEST_LIBS)
