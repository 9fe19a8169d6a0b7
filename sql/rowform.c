/* sql/rowform.c - cells out of the text of a row, as forms share them */
#include "sql/rowform.h"

bool
cell_int(struct span digits, struct cell *out)
{
	size_t i = digits.n > 0 && digits.p[0] == '-';
	uint64_t v = 0;

	if (i == digits.n || digits.n - i > 20)
		return false;
	*out = (struct cell){ .kind = CELL_NUMBER, .text = digits };
	for (size_t k = i; k < digits.n; k++)
		if (digits.p[k] < '0' || digits.p[k] > '9')
			return false;
	if (digits.n - i > 19)
		return true;
	for (size_t k = i; k < digits.n; k++)
		v = v * 10 + (uint64_t)(digits.p[k] - '0');
	if (v <= (uint64_t)INT64_MAX + (uint64_t)i)
		*out = (struct cell){ .kind = CELL_INT, .number = i == 1 ? (int64_t)(0 - v) : (int64_t)v };
	return true;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
cell_hex(char *digits, size_t n, struct cell *out)
{
	if (n % 2 != 0)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int high = nibble(digits[i]), low = nibble(digits[i + 1]);

		if (high < 0 || low < 0)
			return false;
		digits[i / 2] = (char)(high << 4 | low);
	}
	*out = (struct cell){ .kind = CELL_BLOB, .text = { digits, n / 2 } };
	return true;
}

bool
cell_is_short(const struct column *c)
{
	switch (c->type) {
	case ABS_BOOL:
	case ABS_INT16:
	case ABS_INT32:
	case ABS_INT64:
	case ABS_UINT64:
	case ABS_DECIMAL:
	case ABS_FLOAT32:
	case ABS_FLOAT64:
	case ABS_DATE:
	case ABS_TIME:
	case ABS_TIMESTAMP:
	case ABS_TIMESTAMPTZ:
	case ABS_UUID:
		return true;
	default:
		return false;
	}
}

/* A value up to the next comma: a short one, or how long a long one is. */
static bool
read_head(const struct length_form *f, const struct column *c, char *p, size_t n, struct cell *out)
{
	if (n == 0) {
		*out = (struct cell){ .kind = CELL_NULL };
		return true;
	}
	if (cell_is_short(c))
		return f->read_short(c, p, n, out);
	if (!cell_int((struct span){ p, n }, out) || out->kind != CELL_INT)
		return false;
	if (out->number < 0)
		out->kind = CELL_NULL;
	return true;
}

char *
row_by_lengths(const struct length_form *f, const struct table *t, char *p, char *end, struct cell *cells)
{
	bool has_long = false;

	for (size_t i = 0; i < t->n_columns; i++) {
		char *from = p;

		has_long = has_long || !cell_is_short(&t->columns[i]);
		if (f->mark != '\0' && p < end && *p == f->mark)
			return NULL;
		while (p < end && *p != ',')
			p++;
		if (!read_head(f, &t->columns[i], from, (size_t)(p - from), &cells[i]))
			return NULL;
		if (i < t->n_columns - 1 && p++ == end)
			return NULL;
	}
	if (f->mark != '\0' && has_long) {
		if (end - p < 2 || p[1] != f->mark)	/* p[0] is the comma, or what read_short() has put there */
			return NULL;
		p += 2;
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		size_t n;

		if (cells[i].kind == CELL_NULL || cell_is_short(&t->columns[i]))
			continue;
		if (p++ >= end)
			return NULL;
		n = (size_t)cells[i].number;
		if ((size_t)(end - p) < n || !f->read_long(&t->columns[i], p, n, &cells[i]))
			return NULL;
		p += n;
	}
	return p;
}
