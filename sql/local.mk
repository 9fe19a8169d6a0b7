noinst_LIBRARIES += sql/libsql.a
sql_libsql_a_SOURCES =
