/* sql/dictionary_postgresql.c - the listings of the Database API from pg_catalog */
#include "sql/dictionary.h"
#include "sql/dialect.h"

#define OWNER(n) "upper(CAST(" n ".nspname AS text) COLLATE \"C\")"
#define NAME(column) "CAST(" column " AS text)"
#define OF_USERS "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'ords_metadata')"

/* on a caller's own connection: what that account may use in some way.  The runtime account lists for others. */
#define MAY_USE "(coalesce(current_setting('cords.caller', true), '') = '' OR pg_has_role(c.relowner, 'USAGE')" \
	" OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, REFERENCES, TRIGGER'))"

/* names of the columns that an array of numbers means, in its order */
#define NAMES(numbers, relation) "(SELECT string_agg(CAST(a.attname AS text), ',' ORDER BY k.n)" \
	" FROM unnest(" numbers ") WITH ORDINALITY AS k(number, n)" \
	" JOIN pg_catalog.pg_attribute a ON a.attrelid = " relation " AND a.attnum = k.number)"

const char *const dictionary_postgresql[] = {
	[DICT_OBJECTS] = "SELECT " OWNER("n") " AS owner, " NAME("c.relname") " AS object_name, CASE WHEN c.relkind IN ('r', 'p', 'f')"
	    " THEN 'TABLE' WHEN c.relkind IN ('v', 'm') THEN 'VIEW' WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'INDEX' END AS object_type"
	    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I') AND " OF_USERS
	    " UNION ALL SELECT " OWNER("n") ", " NAME("t.tgname") ", 'TRIGGER' FROM pg_catalog.pg_trigger t"
	    " JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE NOT t.tgisinternal AND " OF_USERS,
	[DICT_TABLES] = "SELECT " OWNER("n") " AS owner, " NAME("c.relname") " AS table_name,"
	    " coalesce(CAST(s.spcname AS text), 'pg_default') AS tablespace_name,"
	    " CASE WHEN c.reltuples >= 0 THEN CAST(c.reltuples AS bigint) END AS num_rows,"
	    " CASE WHEN c.relpersistence = 't' THEN 'Y' ELSE 'N' END AS temporary, obj_description(c.oid, 'pg_class') AS comments"
	    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace WHERE c.relkind IN ('r', 'p') AND " OF_USERS
	    " AND " MAY_USE,
	[DICT_COLUMNS] = "SELECT " OWNER("n") " AS owner, " NAME("c.relname") " AS table_name, " NAME("a.attname") " AS column_name,"
	    " CAST(a.attnum AS int) AS column_id, format_type(a.atttypid, NULL) AS data_type,"
	    " CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS data_length,"
	    " CASE WHEN a.atttypid = 1700 AND a.atttypmod > 4 THEN ((a.atttypmod - 4) >> 16) & 65535 END AS data_precision,"
	    " CASE WHEN a.atttypid = 1700 AND a.atttypmod > 4 THEN (((a.atttypmod - 4) & 2047) # 1024) - 1024 END AS data_scale,"
	    " CASE WHEN a.attnotnull THEN 'N' ELSE 'Y' END AS nullable, pg_get_expr(d.adbin, d.adrelid) AS data_default"
	    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
	    " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND " OF_USERS " AND " MAY_USE,
	[DICT_INDEXES] = "SELECT " OWNER("n") " AS owner, " NAME("c.relname") " AS table_name, " NAME("x.relname") " AS index_name,"
	    " CASE WHEN i.indisunique THEN 'UNIQUE' ELSE 'NONUNIQUE' END AS uniqueness,"
	    " (SELECT string_agg(pg_get_indexdef(i.indexrelid, CAST(k AS int), true), ',' ORDER BY k)"
	    " FROM generate_series(1, CAST(i.indnkeyatts AS int)) AS k) AS columns"
	    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
	    " JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	    " WHERE " OF_USERS,
	[DICT_FOREIGN_KEYS] = "SELECT " OWNER("n") " AS owner, " NAME("c.relname") " AS table_name, " NAME("f.conname")
	    " AS constraint_name, " NAMES("f.conkey", "f.conrelid") " AS columns, " OWNER("rn") " AS referenced_owner, "
	    NAME("r.relname") " AS referenced_table_name, " NAMES("f.confkey", "f.confrelid") " AS referenced_columns,"
	    " CASE f.confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'"
	    " ELSE 'NO ACTION' END AS delete_rule"
	    " FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class c ON c.oid = f.conrelid"
	    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_class r ON r.oid = f.confrelid"
	    " JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace WHERE f.contype = 'f' AND " OF_USERS,
};
