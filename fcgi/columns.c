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
columns_open(struct columns *t, struct arena *mem, const struct column *columns)
{
	*t = (struct columns){ .mem = mem, .columns = columns };
	while (columns[t->n_columns].head != NULL)
		t->n_columns++;
}

void
columns_add(struct columns *t, const char *const *row)
{
	size_t n = t->n_cells;

	t->cells = arena_grow(t->mem, t->cells, n * sizeof(*row), (n + t->n_columns) * sizeof(*row));
	for (size_t i = 0; i < t->n_columns; i++)
		t->cells[t->n_cells++] = arena_z(t->mem, span_of(row[i]));
}

/* a file may hold anything; a terminal shall not obey it */
static void
print_cell(const char *cell, size_t width)
{
	for (const char *p = cell; *p != '\0'; p++)
		putchar((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p);
	for (size_t i = width_of(cell); i < width; i++)
		putchar(' ');
}

static size_t
column_width(const struct columns *t, size_t column)
{
	size_t width = width_of(t->columns[column].head);

	if (width < t->columns[column].min_width)
		width = t->columns[column].min_width;
	for (size_t i = column; i < t->n_cells; i += t->n_columns)
		if (width_of(t->cells[i]) > width)
			width = width_of(t->cells[i]);
	return width;
}

void
columns_print(const struct columns *t)
{
	size_t *width = arena_alloc(t->mem, t->n_columns * sizeof(*width));
	size_t last = t->n_columns - 1;

	for (size_t j = 0; j < t->n_columns; j++) {
		width[j] = column_width(t, j);
		print_cell(t->columns[j].head, j == last ? 0 : width[j]);
		fputs(j == last ? "\n" : "   ", stdout);
	}
	for (size_t j = 0; j < t->n_columns; j++) {
		for (size_t k = 0; k < width[j]; k++)
			putchar('-');
		fputs(j == last ? "\n" : "   ", stdout);
	}
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t j = i % t->n_columns;

		print_cell(t->cells[i], j == last ? 0 : width[j]);
		fputs(j == last ? "\n" : "   ", stdout);
	}
}

static void
put_value(struct buf *out, const struct column *column, const char *cell)
{
	switch (column->kind) {
	case COLUMN_TEXT:
		buf_json(out, span_of(cell));
		break;
	case COLUMN_NUMBER:
		buf_addz(out, cell);
		break;
	case COLUMN_FLAG:
		buf_addz(out, span_is(span_of(cell), column->truth) ? "true" : "false");
		break;
	}
}

void
columns_json(const struct columns *t, struct buf *out)
{
	buf_char(out, '[');
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t j = i % t->n_columns;

		buf_addz(out, j > 0 ? "," : i > 0 ? ",{" : "{");
		buf_json(out, span_of(t->columns[j].member));
		buf_char(out, ':');
		put_value(out, &t->columns[j], t->cells[i]);
		if (j + 1 == t->n_columns)
			buf_char(out, '}');
	}
	buf_char(out, ']');
}

void
columns_show(const struct columns *t, const char *list, bool is_json)
{
	struct buf b;

	if (!is_json) {
		columns_print(t);
		return;
	}
	buf_init(&b, t->mem);
	buf_char(&b, '{');
	buf_json(&b, span_of(list));
	buf_char(&b, ':');
	columns_json(t, &b);
	put_lit(&b, "}\n");
	fwrite(b.p, 1, b.n, stdout);
}
