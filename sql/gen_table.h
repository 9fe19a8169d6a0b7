/* sql/gen_table.h - a table as data into definitions of an engine
 *
 * The data may come from a dump: names are quoted by put_ident(), and every other text passes sql/literal.h or is left out
 * with a note.  Nothing is executed here.
 */
#ifndef CORDS_SQL_GEN_TABLE_H
#define CORDS_SQL_GEN_TABLE_H

#include "sql/dialect.h"
#include "sql/table.h"

/* for whom definitions are made */
struct gen_target {
	const struct dialect *dialect;
	bool same_engine;		/* as the source: native types, expressions and partial indexes are taken over */
	bool same_names;		/* ... unless names are changed on the way */
	bool old_uuid;			/* the engine does not have the type yet */
	bool is_trusted;		/* what it makes may act with the rights of whoever makes it, which are those of cords */
	bool key_later;			/* the primary key is made by gen_primary_key(), behind the rows */
};

enum ddl_kind { DDL_TABLE, DDL_INDEX, DDL_UNIQUE, DDL_FK, DDL_COMMENT, DDL_VIEW, DDL_SEQUENCE, DDL_TYPE, DDL_CODE };

/* one statement, in the order in which they run; DDL_TABLE before the rows, the others of a table after them */
struct ddl_step {
	enum ddl_kind kind;
	struct span name;		/* of what it makes */
	const char *text;
	const struct foreign_key *fk;	/* DDL_FK */
	const char *inside;		/* to be said before, on a connection that nobody uses afterwards; NULL: nothing */
	struct ddl_step *next;
};

/* what is not made as it was.  original p NULL: something is made, but another thing than before */
struct ddl_note {
	const char *what, *why;
	struct span original;
	struct ddl_note *next;
};

struct table_ddl {
	struct ddl_step *steps, **end;
	struct ddl_note *notes, **end_notes;
};

/*
 * gen_table - everything that makes a table, except its rows
 *
 * t          with the names that it gets
 * max_chars  longest value of each column in characters, or NULL: unknown
 */
void gen_table(const struct gen_target *to, const struct table *t, const int64_t *max_chars, struct arena *mem,
    struct table_ddl *out);

/* Its part for a virtual table of SQLite, whose module says everything. */
void gen_virtual(const struct gen_target *to, const struct table *t, struct arena *mem, struct table_ddl *out);

/* The indexes of a table or of a stored view alone. */
void gen_indexes(const struct gen_target *to, const struct table *t, struct arena *mem, struct table_ddl *out);

/* Comments of a table and its columns, where they are statements of their own. */
void gen_comments(const struct gen_target *to, const struct table *t, struct arena *mem, struct table_ddl *out);
/* For columns that are lists of words, where the engine has no such type: checks, inside of the definition of the table. */
void gen_enum_checks(const struct gen_target *to, const struct table *t, struct buf *out);

/* Beside tables; what cannot be made is noted.  code: triggers and routines, when they are wanted at all. */
void gen_view(const struct gen_target *to, const struct view *v, struct arena *mem, struct table_ddl *out);
void gen_sequence(const struct gen_target *to, const struct sequence *s, struct arena *mem, struct table_ddl *out);
void gen_enum_type(const struct gen_target *to, const struct enum_type *t, struct arena *mem, struct table_ddl *out);
void gen_code(const struct gen_target *to, const struct code *c, struct arena *mem, struct table_ddl *out);

void ddl_open(struct table_ddl *out);

/* fixed forms with names in them; NULL: the engine needs none */
const char *gen_schema(const struct dialect *d, struct span schema, struct arena *mem);
const char *gen_drop_table(const struct dialect *d, struct span schema, struct span name, struct arena *mem);
const char *gen_drop_table_if(const struct dialect *d, struct span schema, struct span name, struct arena *mem);
void gen_drop_fk(const struct dialect *d, const struct table *t, const struct foreign_key *fk, struct arena *mem,
    struct table_ddl *out);
const char *gen_primary_key(const struct dialect *d, const struct table *t, struct arena *mem);
const char *gen_empty_table(const struct dialect *d, struct span schema, struct span name, bool is_new, struct arena *mem);
const char *gen_count_rows(const struct dialect *d, struct span schema, struct span name, struct arena *mem);
const char *gen_analyze(const struct dialect *d, struct span schema, struct span name, struct arena *mem);
const char *gen_orphans(const struct dialect *d, const struct table *t, const struct foreign_key *fk, struct arena *mem);
const char *gen_largest(const struct dialect *d, const struct table *t, struct span column, struct arena *mem);
const char *gen_restart(const struct dialect *d, const struct table *t, struct span column, int64_t next, struct arena *mem);
const char *gen_restart_sequence(const struct dialect *d, const struct sequence *s, int64_t next, struct arena *mem);

/* ---- gen_column.c ---- */

/* (a, b) of the primary key */
void gen_key_columns(const struct gen_target *to, const struct table *t, struct buf *out, struct table_ddl *notes);
/* in_key: part of a primary key, a unique constraint or a foreign key; room: bytes that are left in a row */
void gen_column(const struct gen_target *to, const struct table *t, size_t column, bool in_key, int64_t key_chars,
    int64_t longest, int64_t *room, struct buf *out, struct table_ddl *notes);
void ddl_note(struct table_ddl *d, struct arena *mem, const char *what, const char *why, struct span original);

/* is the type, as the engine prints it, a type and nothing else? */
bool type_is_harmless(struct span native, struct arena *mem);

#endif
