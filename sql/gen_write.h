/* sql/gen_write.h - parts of statements that write; private to gen_write.c and gen_whole.c
 *
 * Each puts one statement, or what it says, behind what is there already.  counter: as in gen.h; of a row that overwrites NULL,
 * too, where something before has compared it.
 */
#ifndef CORDS_SQL_GEN_WRITE_H
#define CORDS_SQL_GEN_WRITE_H

#include "sql/gen.h"

void sql_insert_docs(struct sql *s, const struct coll *coll, const struct row *rows, size_t n_rows, const int64_t *counter);
void sql_replace_doc(struct sql *s, const struct coll *coll, const struct row *row, const int64_t *counter);
void sql_remove_doc(struct sql *s, const struct coll *coll, struct span held, int64_t rev, const int64_t *counter);

void sql_entry_columns(struct sql *s, const struct index *ix);	/* INSERT INTO, table and columns, up to VALUES */
void sql_insert_entries(struct sql *s, const struct row *rows, const struct index_entry *entries, size_t stride, size_t n_rows);
void sql_replace_entry(struct sql *s, struct span held, const struct index_entry *entry);
void sql_remove_entry(struct sql *s, const struct index *ix, struct span held);

void sql_counter_is(struct sql *s, int64_t counter);	/* true, or what is not true */

struct bind entry_value(const struct index_entry *entry, size_t field);	/* as it is kept */
struct bind entry_nn(const struct index_entry *entry, struct arena *mem);

#endif
