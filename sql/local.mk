noinst_LIBRARIES += sql/libsql.a
sql_libsql_a_SOURCES =
sql_libsql_a_SOURCES += sql/ixtext.c sql/ixtext.h
sql_libsql_a_SOURCES += \
	sql/checkpoint.c \
	sql/connect.c \
	sql/db.c sql/db.h \
	sql/dbfile.c \
	sql/diag.c \
	sql/dialect.c sql/dialect.h sql/dialects.def \
	sql/dialect_sqlite.c \
	sql/odbc.h \
	sql/row.c \
	sql/stmt.c sql/stmt.h sql/stmts.def

# migrations are embedded into the program, in the order of their numbers
SQL_MIGRATIONS = \
	$(srcdir)/sql/migrations/0001_repository.sql
EXTRA_DIST += $(SQL_MIGRATIONS) sql/migrations/embed.awk sql/README
sql_libsql_a_SOURCES += sql/migrate.c sql/migrate.h sql/migrations.h
nodist_sql_libsql_a_SOURCES = sql/migrations_embedded.c
CLEANFILES += sql/migrations_embedded.c
sql/migrations_embedded.c: $(SQL_MIGRATIONS) $(srcdir)/sql/migrations/embed.awk
	$(AM_V_GEN)$(MKDIR_P) sql && $(AWK) -f $(srcdir)/sql/migrations/embed.awk $(SQL_MIGRATIONS) >$@.new && mv $@.new $@
