/* fcgi/columns.c */
#include "fcgi/columns.h"

#include <stdio.h>

/* characters, not bytes */
static size_t
width_of(const char *z)
{
	size_t n = 0;

	for (; *z != '\0'; z++)
		n += ((unsigned char)*z & 0xc0) != 0x80;
	return n;
}

void
columns_open(struct columns *t, struct arena *mem, const char *const *head, const size_t *min_width)
{
	*t = (struct columns){ .mem = mem };
	while (head[t->n_columns] != NULL) {
		t->width[t->n_columns] = min_width == NULL ? 0 : min_width[t->n_columns];
		t->n_columns++;
	}
	columns_add(t, head);
}

void
columns_add(struct columns *t, const char *const *row)
{
	size_t n = t->n_cells;

	t->cells = arena_grow(t->mem, t->cells, n * sizeof(*row), (n + t->n_columns) * sizeof(*row));
	for (size_t i = 0; i < t->n_columns; i++) {
		char *cell = arena_z(t->mem, span_of(row[i]));

		/* a file may hold anything; a terminal shall not obey it */
		for (char *p = cell; *p != '\0'; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				*p = '?';
		t->cells[t->n_cells++] = cell;
		if (width_of(cell) > t->width[i])
			t->width[i] = width_of(cell);
	}
}

static void
print_padded(const char *cell, size_t width)
{
	fputs(cell, stdout);
	for (size_t i = width_of(cell); i < width; i++)
		putchar(' ');
}

void
columns_print(const struct columns *t)
{
	for (size_t i = 0; i < t->n_cells; i += t->n_columns) {
		for (size_t j = 0; j < t->n_columns; j++) {
			bool is_last = j + 1 == t->n_columns;

			print_padded(t->cells[i + j], is_last ? 0 : t->width[j]);
			fputs(is_last ? "\n" : "   ", stdout);
		}
		for (size_t j = 0; i == 0 && j < t->n_columns; j++) {
			for (size_t k = 0; k < t->width[j]; k++)
				putchar('-');
			fputs(j + 1 == t->n_columns ? "\n" : "   ", stdout);
		}
	}
}
