/* sql/dictionary_mariadb.c - the listings of the Database API from information_schema
 *
 * The database of the repository is no schema of users.  Whoever asks with the rights of a caller stands in no database, so it is
 * told by one of its tables.
 */
#include "sql/dictionary.h"
#include "sql/dialect.h"

#define OF_USERS(schema) schema " NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys', 'ords_metadata')" \
	" AND " schema " NOT IN (SELECT o.table_schema FROM information_schema.tables o WHERE o.table_name = 'ords_schemas')"

const char *const dictionary_mariadb[] = {
	[DICT_OBJECTS] = "SELECT upper(t.table_schema) AS owner, t.table_name AS object_name, CASE t.table_type WHEN 'VIEW' THEN 'VIEW'"
	    " WHEN 'SEQUENCE' THEN 'SEQUENCE' ELSE 'TABLE' END AS object_type FROM information_schema.tables t WHERE "
	    OF_USERS("t.table_schema")
	    " UNION ALL SELECT DISTINCT upper(s.table_schema), s.index_name, 'INDEX' FROM information_schema.statistics s WHERE "
	    OF_USERS("s.table_schema")
	    " UNION ALL SELECT upper(g.trigger_schema), g.trigger_name, 'TRIGGER' FROM information_schema.triggers g WHERE "
	    OF_USERS("g.trigger_schema"),
	[DICT_TABLES] = "SELECT upper(t.table_schema) AS owner, t.table_name AS table_name, 'DEFAULT' AS tablespace_name,"
	    " t.table_rows AS num_rows, 'N' AS temporary, nullif(t.table_comment, '') AS comments"
	    " FROM information_schema.tables t WHERE t.table_type = 'BASE TABLE' AND " OF_USERS("t.table_schema"),
	[DICT_COLUMNS] = "SELECT upper(c.table_schema) AS owner, c.table_name AS table_name, c.column_name AS column_name,"
	    " c.ordinal_position AS column_id, c.data_type AS data_type, c.character_maximum_length AS data_length,"
	    " c.numeric_precision AS data_precision, c.numeric_scale AS data_scale,"
	    " CASE c.is_nullable WHEN 'YES' THEN 'Y' ELSE 'N' END AS nullable, nullif(c.column_default, 'NULL') AS data_default"
	    " FROM information_schema.columns c WHERE " OF_USERS("c.table_schema"),
	[DICT_INDEXES] = "SELECT upper(s.table_schema) AS owner, s.table_name AS table_name, s.index_name AS index_name,"
	    " CASE WHEN min(s.non_unique) = 0 THEN 'UNIQUE' ELSE 'NONUNIQUE' END AS uniqueness,"
	    " group_concat(s.column_name ORDER BY s.seq_in_index SEPARATOR ',') AS `columns`"
	    " FROM information_schema.statistics s WHERE " OF_USERS("s.table_schema")
	    " GROUP BY s.table_schema, s.table_name, s.index_name",
	[DICT_FOREIGN_KEYS] = "SELECT upper(k.table_schema) AS owner, k.table_name AS table_name, k.constraint_name AS constraint_name,"
	    " group_concat(k.column_name ORDER BY k.ordinal_position SEPARATOR ',') AS `columns`,"
	    " upper(k.referenced_table_schema) AS referenced_owner, k.referenced_table_name AS referenced_table_name,"
	    " group_concat(k.referenced_column_name ORDER BY k.ordinal_position SEPARATOR ',') AS referenced_columns,"
	    " (SELECT r.delete_rule FROM information_schema.referential_constraints r WHERE r.constraint_schema = k.table_schema"
	    " AND r.table_name = k.table_name AND r.constraint_name = k.constraint_name) AS delete_rule"
	    " FROM information_schema.key_column_usage k WHERE k.referenced_table_name IS NOT NULL AND " OF_USERS("k.table_schema")
	    " GROUP BY k.table_schema, k.table_name, k.constraint_name, k.referenced_table_schema, k.referenced_table_name",
};
