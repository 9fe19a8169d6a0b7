noinst_LIBRARIES += sql/libsql.a
sql_libsql_a_SOURCES =
sql_libsql_a_SOURCES += sql/ixtext.c sql/ixtext.h
