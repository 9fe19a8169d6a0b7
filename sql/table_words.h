/* sql/table_words.h - what definitions of tables are made of, as one constant struct per engine
 *
 * A part of struct dialect in a file of its own: words for abstract types, limits, and what can be said where.
 */
#ifndef CORDS_SQL_TABLE_WORDS_H
#define CORDS_SQL_TABLE_WORDS_H

#include "sql/table.h"

enum comment_form { COMMENT_NONE, COMMENT_INLINE, COMMENT_ON };

struct table_words {
	const char *type[ABS__N];	/* without length */
	const char *text_n, *char_n, *binary_n;	/* before "n)"; NULL: without length */
	int64_t text_n_max, char_n_max, binary_n_max;	/* longer ones are without length */
	const char *decimal_n;		/* before "p,s)"; NULL: without */
	int64_t decimal_digits, decimal_scale;	/* beyond: a text */
	const char *key_text;		/* type of a text in a key, before "n)"; NULL: any text can be in a key */
	int64_t key_chars;		/* ... all columns of a key together */
	const char *old_uuid;		/* before the engine had the type; NULL: it always had */
	const char *uuid_probe;		/* a SELECT of 1 when it has it */
	const char *enum_open;		/* type of a list of words, before them; NULL: a text with a check */
	const char *identity;		/* behind the type of a column that counts by itself; NULL: only a primary key can */
	bool identity_needs_key;
	const char *bytes[2];		/* around hexadecimal digits */
	const char *moment[3];		/* today, the time, both */
	const char *follow_updates;	/* before the number of digits in parentheses; NULL: no column does */
	const char *invisible;		/* behind a column that only who names it sees; NULL: there are none */
	bool defers_fks, defers_uniques;
	const char *generated[2];	/* around the expression of a generated column */
	const char *table_end;		/* of a table from another engine */
	bool keys_inline;		/* foreign keys and unique constraints cannot be added later */
	const char *const *index_kinds;	/* words before INDEX for indexes of another kind; ends with NULL */
	bool index_clauses;		/* indexes of another kind are told behind the name of the table */
	bool has_partial, has_expression_index, has_sequences, has_enum_types, has_tablespaces;
	bool dollar_quotes;		/* $tag$ begins a string */
	bool strict_booleans;		/* a boolean is true or false; else a small integer */
	bool has_infinity, has_nan;	/* of floating point */
	bool takes_nul;			/* inside a text, through its driver */
	bool keeps_doubles;		/* numbers with a fraction, whatever the type; texts of numbers in such columns become numbers */
	bool keeps_moments;		/* as the text that they are, of any form, with a Z for UTC */
	const char *utc;		/* behind a time with zone */
	int moment_digits;		/* of a fraction of a second when the type does not say */
	enum comment_form comment;
	const char *drop_fk;		/* ALTER TABLE, before its name */
	const char *analyze;		/* before the name of a table */
	const char *create_schema;	/* before its name; NULL: there are none */
	const char *invoked_view[2];	/* around the name of a view that reads with the rights of whoever reads it; NULL: nobody has any */
	const char *use_schema;		/* before its name: views and code then find what they name without it; NULL: they always name it */
	bool sequence_as_text;		/* nextval() is given a name inside of a text */
	const char *no_cycle;		/* of a sequence that ends */
	const char *restart_column;	/* of a column that counts, before its name; NULL: the table knows which */
	const char *restart;		/* ... before the next number; NULL: it always goes on behind the largest one */
	const char *const *load_session;	/* settings for whoever loads; ends with NULL */
	bool lazy_commit;		/* S_PROGRESS_ADVANCE_LAZILY: COMMIT of that transaction does not wait for the disk, whose order is kept */
	const char *empty_new;		/* before the name of a table that nobody else uses or refers to; NULL: as any other */
	bool key_later;			/* a primary key is made behind the rows, in the transaction that ends the table */
	bool one_transaction;		/* a new table of moderate size is loaded in one */
	bool side_by_side;		/* one table is loaded by two connections, where nothing makes one wait for the other */
	size_t load_rows;		/* of one statement */
	const char *only_new;		/* behind an INSERT: rows whose like exists are left out, but no others; NULL: cannot be said */
	const char *row_point, *row_point_end;	/* a savepoint, where a table may end the transaction for a row that it refuses */
	const char *overriding;		/* in an INSERT: values for columns that count by themselves */
	bool unfolds_arrays;		/* a load binds an array for each column (array.h) instead of each value */
};

extern const struct table_words table_words_sqlite, table_words_postgresql, table_words_mariadb;

#endif
