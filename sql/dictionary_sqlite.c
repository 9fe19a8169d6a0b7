/* sql/dictionary_sqlite.c - the listings of the Database API from the schema table of a file
 *
 * The marker is the owner of the file's tables.  Declared types are free text: name, length or precision and scale are cut
 * out of it.
 */
#include "sql/dictionary.h"
#include "sql/dialect.h"

/* of tables, and of what belongs to them */
#define OF_USERS(name) name " NOT GLOB 'sqlite_*' AND " name " NOT GLOB 'soda_*' AND " name " NOT GLOB 'ords_*' AND " \
	name " NOT GLOB 'datapump_*'"

#define IN_PARENS "CASE WHEN instr(p.type, '(') > 0 THEN CAST(substr(p.type, instr(p.type, '(') + 1) AS INTEGER) END"
#define IS_NUMERIC "(upper(p.type) LIKE 'DEC%' OR upper(p.type) LIKE 'NUM%')"

const char *const dictionary_sqlite[] = {
	[DICT_OBJECTS] = "SELECT ? AS owner, m.name AS object_name, upper(m.type) AS object_type FROM sqlite_master m WHERE "
	    OF_USERS("m.tbl_name") " AND m.name NOT GLOB 'sqlite_*'",
	[DICT_TABLES] = "SELECT ? AS owner, m.name AS table_name, 'DEFAULT' AS tablespace_name, NULL AS num_rows, 'N' AS temporary,"
	    " NULL AS comments FROM sqlite_master m WHERE m.type = 'table' AND " OF_USERS("m.name"),
	[DICT_COLUMNS] = "SELECT ? AS owner, m.name AS table_name, p.name AS column_name, p.cid + 1 AS column_id,"
	    " trim(substr(p.type, 1, instr(p.type || '(', '(') - 1)) AS data_type,"
	    " CASE WHEN NOT " IS_NUMERIC " THEN " IN_PARENS " END AS data_length,"
	    " CASE WHEN " IS_NUMERIC " THEN " IN_PARENS " END AS data_precision,"
	    " CASE WHEN " IS_NUMERIC " AND instr(p.type, ',') > 0 THEN CAST(substr(p.type, instr(p.type, ',') + 1) AS INTEGER)"
	    " END AS data_scale,"
	    " CASE WHEN p.\"notnull\" OR p.pk > 0 THEN 'N' ELSE 'Y' END AS nullable, p.dflt_value AS data_default"
	    " FROM sqlite_master m JOIN pragma_table_xinfo(m.name) p WHERE m.type = 'table' AND " OF_USERS("m.name"),
	[DICT_INDEXES] = "SELECT ? AS owner, m.name AS table_name, l.name AS index_name,"
	    " CASE WHEN l.\"unique\" THEN 'UNIQUE' ELSE 'NONUNIQUE' END AS uniqueness,"
	    " (SELECT group_concat(coalesce(i.name, '(expression)'), ',') FROM (SELECT name FROM pragma_index_info(l.name)"
	    " ORDER BY seqno) i) AS columns"
	    " FROM sqlite_master m JOIN pragma_index_list(m.name) l WHERE m.type = 'table' AND " OF_USERS("m.name"),
	/* keys have no names of their own here */
	[DICT_FOREIGN_KEYS] = "SELECT f.owner, f.table_name, f.table_name || '_FK' || (f.id + 1) AS constraint_name,"
	    " group_concat(f.\"from\", ',') AS columns, f.owner AS referenced_owner, f.\"table\" AS referenced_table_name,"
	    " group_concat(f.\"to\", ',') AS referenced_columns, f.on_delete AS delete_rule"
	    " FROM (SELECT ? AS owner, m.name AS table_name, k.* FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k"
	    " WHERE m.type = 'table' AND " OF_USERS("m.name") " ORDER BY m.name, k.id, k.seq) f GROUP BY f.table_name, f.id",
};
