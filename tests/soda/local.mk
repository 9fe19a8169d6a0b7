# tests of soda/: check_PROGRAMS and UNIT_TESTS

UNIT_TESTS += tests/soda/test_patch
check_PROGRAMS += tests/soda/test_patch
tests_soda_test_patch_SOURCES = tests/soda/test_patch.c tests/lib/slow_patch.c tests/lib/slow_patch.h
tests_soda_test_patch_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_patch_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/soda/patch.json

UNIT_TESTS += tests/soda/test_key
check_PROGRAMS += tests/soda/test_key
tests_soda_test_key_SOURCES = tests/soda/test_key.c
tests_soda_test_key_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_soda_test_key_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/soda/test_meta
check_PROGRAMS += tests/soda/test_meta
tests_soda_test_meta_SOURCES = tests/soda/test_meta.c
tests_soda_test_meta_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_soda_test_meta_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/soda/test_qbe tests/soda/test_match
check_PROGRAMS += tests/soda/test_qbe tests/soda/test_match
tests_soda_test_qbe_SOURCES = tests/soda/test_qbe.c tests/soda/filter.h
tests_soda_test_qbe_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_qbe_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
tests_soda_test_match_SOURCES = tests/soda/test_match.c tests/soda/filter.h
tests_soda_test_match_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_match_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/soda/qw.json tests/soda/qx.json

UNIT_TESTS += tests/soda/test_index
check_PROGRAMS += tests/soda/test_index
tests_soda_test_index_SOURCES = tests/soda/test_index.c
tests_soda_test_index_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_soda_test_index_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/soda/test_pushdown tests/soda/test_differential
check_PROGRAMS += tests/soda/test_pushdown tests/soda/test_differential
tests_soda_test_pushdown_SOURCES = tests/soda/test_pushdown.c tests/soda/docdb.h tests/soda/filter.h tests/sql/storedb.h tests/sql/testdb.h
tests_soda_test_pushdown_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_pushdown_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
tests_soda_test_differential_SOURCES = tests/soda/test_differential.c tests/soda/dice.h tests/soda/docdb.h tests/sql/storedb.h tests/sql/testdb.h
tests_soda_test_differential_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_soda_test_differential_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/soda/test_path tests/soda/test_order tests/soda/test_project
check_PROGRAMS += tests/soda/test_path tests/soda/test_order tests/soda/test_project
tests_soda_test_path_SOURCES = tests/soda/test_path.c tests/soda/filter.h
tests_soda_test_path_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_path_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
tests_soda_test_order_SOURCES = tests/soda/test_order.c tests/soda/filter.h
tests_soda_test_order_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_order_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
tests_soda_test_project_SOURCES = tests/soda/test_project.c tests/soda/filter.h
tests_soda_test_project_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_project_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/soda/test_jsonpath
check_PROGRAMS += tests/soda/test_jsonpath
tests_soda_test_jsonpath_SOURCES = tests/soda/test_jsonpath.c tests/soda/filter.h
tests_soda_test_jsonpath_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_jsonpath_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/soda/test_words tests/soda/test_guide
check_PROGRAMS += tests/soda/test_words tests/soda/test_guide
tests_soda_test_words_SOURCES = tests/soda/test_words.c tests/soda/filter.h
tests_soda_test_words_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_words_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
tests_soda_test_guide_SOURCES = tests/soda/test_guide.c tests/soda/filter.h
tests_soda_test_guide_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_guide_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/soda/test_search
check_PROGRAMS += tests/soda/test_search
tests_soda_test_search_SOURCES = tests/soda/test_search.c tests/soda/docdb.h tests/sql/storedb.h tests/sql/testdb.h
tests_soda_test_search_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_soda_test_search_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/soda/test_geo
check_PROGRAMS += tests/soda/test_geo
tests_soda_test_geo_SOURCES = tests/soda/test_geo.c tests/soda/filter.h
tests_soda_test_geo_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_geo_LDADD = $(SODA) $(SODA_LIBS) $(PROJ_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/soda/test_spatial
check_PROGRAMS += tests/soda/test_spatial
tests_soda_test_spatial_SOURCES = tests/soda/test_spatial.c tests/soda/docdb.h tests/soda/filter.h tests/sql/storedb.h tests/sql/testdb.h
tests_soda_test_spatial_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_DATA='"$(abs_top_srcdir)/tests/soda"'
tests_soda_test_spatial_LDADD = $(SODA) $(SODA_LIBS) $(CMOCKA_LIBS)
