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
