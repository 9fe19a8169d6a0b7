noinst_LIBRARIES += sql/libsql.a
sql_libsql_a_SOURCES =
sql_libsql_a_SOURCES += sql/ixtext.c sql/ixtext.h
sql_libsql_a_SOURCES += \
	sql/checkpoint.c \
	sql/connect.c \
	sql/db.c sql/cancel.c sql/db.h \
	sql/dbfile.c \
	sql/define.c \
	sql/diag.c \
	sql/dialect.c sql/dialect.h sql/dialects.def \
	sql/dialect_mariadb.c \
	sql/dialect_postgresql.c \
	sql/dialect_sqlite.c \
	sql/handin.c sql/handin.h \
	sql/hosts.c \
	sql/lead.c \
	sql/line.c sql/line.h \
	sql/login.c \
	sql/odbc.h \
	sql/often.c \
	sql/row.c \
	sql/stmt.c sql/stmt_cache.c sql/stmt.h sql/stmts.def sql/fetch.c sql/fetch.h \
	sql/turn.c

# migrations are embedded into the program, in the order of their numbers
SQL_MIGRATIONS = \
	$(srcdir)/sql/migrations/0001_repository.sql \
	$(srcdir)/sql/migrations/0002_import.sql \
	$(srcdir)/sql/migrations/0003_clients.sql \
	$(srcdir)/sql/migrations/0004_counter.sql \
	$(srcdir)/sql/migrations/0005_parsed.sql \
	$(srcdir)/sql/migrations/0006_keeps_parsed.sql \
	$(srcdir)/sql/migrations/0007_counter_echo.sql
SQL_JOB_MIGRATIONS = \
	$(srcdir)/sql/migrations/jobs/0001_jobs.sql \
	$(srcdir)/sql/migrations/jobs/0002_credentials.sql
EXTRA_DIST += $(SQL_MIGRATIONS) $(SQL_JOB_MIGRATIONS) sql/migrations/embed.awk sql/README
sql_libsql_a_SOURCES += sql/migrate.c sql/migrate.h sql/migrations.h
nodist_sql_libsql_a_SOURCES = sql/migrations_embedded.c sql/job_migrations_embedded.c
CLEANFILES += sql/migrations_embedded.c sql/job_migrations_embedded.c
sql/migrations_embedded.c: $(SQL_MIGRATIONS) $(srcdir)/sql/migrations/embed.awk
	$(AM_V_GEN)$(MKDIR_P) sql && $(AWK) -v series=migrations -f $(srcdir)/sql/migrations/embed.awk $(SQL_MIGRATIONS) >$@.new && mv $@.new $@
sql/job_migrations_embedded.c: $(SQL_JOB_MIGRATIONS) $(srcdir)/sql/migrations/embed.awk
	$(AM_V_GEN)$(MKDIR_P) sql && $(AWK) -v series=job_migrations -f $(srcdir)/sql/migrations/embed.awk $(SQL_JOB_MIGRATIONS) >$@.new && mv $@.new $@

# documents and the catalogue: the choice of indexes, the text of statements, reading and writing
sql_libsql_a_SOURCES += \
	sql/accounts.c sql/accounts.h \
	sql/array.c sql/array.h \
	sql/gen_unfold.c \
	sql/catalog.c sql/catalog.h \
	sql/catalog_cache.c sql/catalog_cache.h \
	sql/catalog_meta.c sql/coll.h \
	sql/catalogue.h \
	sql/catalogue_mariadb.c sql/catalogue_postgresql.c sql/catalogue_sqlite.c \
	sql/ddl_sqlite.c sql/ddl_sqlite.h \
	sql/box.c sql/box.h \
	sql/caller.c sql/caller.h \
	sql/caller_fault.c sql/caller_fault.h \
	sql/choose.c sql/choose.h \
	sql/clients.c sql/clients.h \
	sql/convert.c sql/convert.h \
	sql/convert_moment.c \
	sql/fit.c sql/fit.h \
	sql/dictionary.c sql/dictionary.h \
	sql/dictionary_mariadb.c \
	sql/dictionary_postgresql.c \
	sql/dictionary_sqlite.c \
	sql/filter.c sql/filter.h \
	sql/filter_table.c \
	sql/gen.c sql/gen.h sql/gen_page.c sql/gen_read.h \
	sql/gen_filter.c \
	sql/facts.c sql/facts.h \
	sql/gen_column.c \
	sql/gen_ddl.c \
	sql/gen_object.c \
	sql/gen_one.c \
	sql/gen_needle.c sql/gen_parsed.c sql/gen_search.c \
	sql/gen_table.c sql/gen_table.h \
	sql/gen_text.c \
	sql/gen_write.c sql/gen_write.h sql/gen_whole.c \
	sql/glob.c sql/glob.h \
	sql/ident.c sql/ident.h \
	sql/credentials.c sql/credentials.h \
	sql/jobs.c sql/jobs.h \
	sql/jobs_store.c sql/jobs_store.h \
	sql/jobs_work.c \
	sql/jsonpath.c sql/jsonpath.h \
	sql/keytext.c sql/keytext.h \
	sql/lex.c sql/lex.h \
	sql/pattern.c sql/pattern.h \
	sql/clause.c sql/clause.h \
	sql/literal.c sql/literal.h \
	sql/load.c sql/load_session.c sql/load.h \
	sql/named.h \
	sql/plan.h \
	sql/parsed.c sql/parsed.h \
	sql/progress.c sql/progress.h \
	sql/paging.c sql/paging.h \
	sql/rowform.c sql/rowform.h \
	sql/rowform_mariadb.c sql/rowform_postgresql.c sql/rowform_sqlite.c \
	sql/rows.c sql/rows.h sql/rows_cut.c sql/wide.c \
	sql/snapshot.c sql/snapshot.h \
	sql/read.c sql/read.h \
	sql/schemas.c \
	sql/search.c sql/search.h \
	sql/single.c \
	sql/sort.c \
	sql/spelling.c sql/spelling.h \
	sql/split.c sql/split.h \
	sql/store.c sql/store.h sql/fill.c sql/insert.c sql/insert.h \
	sql/table.h \
	sql/table_copy.c sql/table_copy.h \
	sql/tables.c sql/tables.h \
	sql/verbs.c sql/verbs.h \
	sql/table_words.c sql/table_words.h
