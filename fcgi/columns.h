/* fcgi/columns.h - text in columns, for people */
#ifndef CORDS_FCGI_COLUMNS_H
#define CORDS_FCGI_COLUMNS_H

#include "base/arena.h"

enum { COLUMNS_MAX = 6 };

struct columns {
	struct arena *mem;
	size_t n_columns, n_cells;
	const char **cells;
	size_t width[COLUMNS_MAX];
};

/* head: NULL-terminated, as long as there are columns; min_width may be NULL.  Texts are borrowed */
void columns_open(struct columns *t, struct arena *mem, const char *const *head, const size_t *min_width);
void columns_add(struct columns *t, const char *const *row);
void columns_print(const struct columns *t);	/* head, dashes as wide as the columns, rows; three blanks between */

#endif
