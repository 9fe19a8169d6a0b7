/* sql/wide.c - long pieces of long results
 *
 * MariaDB gathers what it sends in the buffer in which statements come: 16 KiB at first (net_buffer_length, which a session cannot
 * set), more when a statement was longer, until the connection ends.  Each piece is a call on both sides, and wakes whoever reads.
 * So whoever is going to read much sends a long value once.
 */
#include "sql/odbc.h"

#include <string.h>

enum { PIECE_BYTES = 256 << 10 };

bool
db_widen(struct db *db, struct err *e)
{
	struct arena_mark before = arena_mark(db->work);
	struct bind value;
	struct query q = { .n_binds = 1, .binds = &value };
	struct stmt *st = NULL;
	bool has_row = true, ok;
	char *piece;

	if (db->dialect->widen == NULL || db->is_wide || db->most_bytes < 2 * PIECE_BYTES)
		return true;
	piece = arena_alloc(db->work, PIECE_BYTES);
	memset(piece, ' ', PIECE_BYTES);
	value = BIND_B(((struct span){ piece, PIECE_BYTES }));
	q.text = span_of(db->dialect->widen);
	ok = stmt_open(db, &q, &st, e) && stmt_step(st, &has_row, e);
	stmt_done(st);
	arena_rewind(db->work, before);
	db->is_wide = ok;
	return ok;
}
