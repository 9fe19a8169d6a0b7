# tests of sql/: check_PROGRAMS and UNIT_TESTS

UNIT_TESTS += tests/sql/test_ixtext
check_PROGRAMS += tests/sql/test_ixtext
tests_sql_test_ixtext_SOURCES = tests/sql/test_ixtext.c
tests_sql_test_ixtext_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_ixtext_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_array
check_PROGRAMS += tests/sql/test_array
tests_sql_test_array_SOURCES = tests/sql/test_array.c
tests_sql_test_array_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_array_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_stmt
check_PROGRAMS += tests/sql/test_stmt
tests_sql_test_stmt_SOURCES = tests/sql/test_stmt.c tests/sql/testdb.h
tests_sql_test_stmt_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_stmt_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_migrate
check_PROGRAMS += tests/sql/test_migrate
tests_sql_test_migrate_SOURCES = tests/sql/test_migrate.c tests/sql/testdb.h
tests_sql_test_migrate_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_migrate_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_db tests/sql/test_diag
check_PROGRAMS += tests/sql/test_db tests/sql/test_diag
tests_sql_test_db_SOURCES = tests/sql/test_db.c tests/sql/testdb.h
tests_sql_test_db_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_db_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)
tests_sql_test_diag_SOURCES = tests/sql/test_diag.c tests/sql/testdb.h
tests_sql_test_diag_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_diag_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_catalog
check_PROGRAMS += tests/sql/test_catalog
tests_sql_test_catalog_SOURCES = tests/sql/test_catalog.c tests/sql/testdb.h tests/sql/storedb.h
tests_sql_test_catalog_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_catalog_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_gen
check_PROGRAMS += tests/sql/test_gen
tests_sql_test_gen_SOURCES = tests/sql/test_gen.c tests/sql/testdb.h tests/sql/storedb.h
tests_sql_test_gen_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_gen_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_store tests/sql/test_accounts
check_PROGRAMS += tests/sql/test_store tests/sql/test_accounts
tests_sql_test_store_SOURCES = tests/sql/test_store.c tests/sql/testdb.h tests/sql/storedb.h
tests_sql_test_store_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_store_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)
tests_sql_test_accounts_SOURCES = tests/sql/test_accounts.c tests/sql/testdb.h tests/sql/storedb.h
tests_sql_test_accounts_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_accounts_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/sql/golden

UNIT_TESTS += tests/sql/test_clients
check_PROGRAMS += tests/sql/test_clients
tests_sql_test_clients_SOURCES = tests/sql/test_clients.c tests/sql/testdb.h tests/sql/storedb.h
tests_sql_test_clients_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_clients_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_spelling
check_PROGRAMS += tests/sql/test_spelling
tests_sql_test_spelling_SOURCES = tests/sql/test_spelling.c
tests_sql_test_spelling_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_spelling_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_parsed
check_PROGRAMS += tests/sql/test_parsed
tests_sql_test_parsed_SOURCES = tests/sql/test_parsed.c
tests_sql_test_parsed_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_parsed_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_fit
check_PROGRAMS += tests/sql/test_fit
tests_sql_test_fit_SOURCES = tests/sql/test_fit.c
tests_sql_test_fit_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_fit_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_ident
check_PROGRAMS += tests/sql/test_ident
tests_sql_test_ident_SOURCES = tests/sql/test_ident.c
tests_sql_test_ident_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_ident_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_literal tests/sql/test_gen_table tests/sql/test_convert tests/sql/test_load
check_PROGRAMS += tests/sql/test_literal tests/sql/test_gen_table tests/sql/test_convert tests/sql/test_load
tests_sql_test_literal_SOURCES = tests/sql/test_literal.c
tests_sql_test_literal_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_literal_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)
tests_sql_test_gen_table_SOURCES = tests/sql/test_gen_table.c tests/sql/testdb.h
tests_sql_test_gen_table_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_gen_table_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)
tests_sql_test_convert_SOURCES = tests/sql/test_convert.c
tests_sql_test_convert_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_convert_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)
tests_sql_test_load_SOURCES = tests/sql/test_load.c tests/sql/testdb.h
tests_sql_test_load_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_load_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_filter
check_PROGRAMS += tests/sql/test_filter
tests_sql_test_filter_SOURCES = tests/sql/test_filter.c tests/sql/testdb.h
tests_sql_test_filter_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_filter_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_progress
check_PROGRAMS += tests/sql/test_progress
tests_sql_test_progress_SOURCES = tests/sql/test_progress.c tests/sql/testdb.h tests/sql/storedb.h
tests_sql_test_progress_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_progress_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_tables
check_PROGRAMS += tests/sql/test_tables
tests_sql_test_tables_SOURCES = tests/sql/test_tables.c tests/sql/testdb.h tests/sql/storedb.h
tests_sql_test_tables_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_tables_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_jobs
check_PROGRAMS += tests/sql/test_jobs
tests_sql_test_jobs_SOURCES = tests/sql/test_jobs.c tests/sql/testdb.h tests/sql/storedb.h
tests_sql_test_jobs_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_jobs_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_snapshot
check_PROGRAMS += tests/sql/test_snapshot
tests_sql_test_snapshot_SOURCES = tests/sql/test_snapshot.c tests/sql/testdb.h
tests_sql_test_snapshot_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_snapshot_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_handin
check_PROGRAMS += tests/sql/test_handin
tests_sql_test_handin_SOURCES = tests/sql/test_handin.c
tests_sql_test_handin_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_handin_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_lead
check_PROGRAMS += tests/sql/test_lead
tests_sql_test_lead_SOURCES = tests/sql/test_lead.c tests/sql/testdb.h
tests_sql_test_lead_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_lead_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_turn
check_PROGRAMS += tests/sql/test_turn
tests_sql_test_turn_SOURCES = tests/sql/test_turn.c tests/sql/testdb.h
tests_sql_test_turn_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_turn_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_split
check_PROGRAMS += tests/sql/test_split
tests_sql_test_split_SOURCES = tests/sql/test_split.c
tests_sql_test_split_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_split_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_glob
check_PROGRAMS += tests/sql/test_glob
tests_sql_test_glob_SOURCES = tests/sql/test_glob.c tests/sql/operand.h
tests_sql_test_glob_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_glob_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/sql/test_pattern
check_PROGRAMS += tests/sql/test_pattern
tests_sql_test_pattern_SOURCES = tests/sql/test_pattern.c tests/sql/operand.h
tests_sql_test_pattern_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_sql_test_pattern_LDADD = $(SQL) $(SQL_LIBS) $(CMOCKA_LIBS)
