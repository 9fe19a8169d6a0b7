/* sql/filter_table.c - what can be asked about the columns of a table of users */
#include "sql/filter.h"

#include "sql/table.h"

static enum filter_type
type_of(enum abstract_type type)
{
	switch (type) {
	case ABS_BOOL:
		return FILTER_BOOL;
	case ABS_INT16:
	case ABS_INT32:
	case ABS_INT64:
	case ABS_UINT64:
	case ABS_DECIMAL:
	case ABS_FLOAT32:
	case ABS_FLOAT64:
		return FILTER_NUMBER;
	case ABS_DATE:
	case ABS_TIMESTAMP:
	case ABS_TIMESTAMPTZ:
		return FILTER_TIME;
	case ABS_TEXT:
	case ABS_CHAR:
	case ABS_TIME:			/* of no day */
	case ABS_JSON:
	case ABS_UUID:
	case ABS_ENUM:
		return FILTER_TEXT;
	case ABS_BINARY:
	case ABS_OTHER:
	case ABS__N:
		break;
	}
	return FILTER_OPAQUE;
}

struct filter_columns
filter_columns_of(const struct table *t, struct arena *mem)
{
	struct filter_column *column = ARENA_ARRAY(mem, struct filter_column, t->n_columns);

	for (size_t i = 0; i < t->n_columns; i++)
		column[i] = (struct filter_column){ .name = t->columns[i].name, .type = type_of(t->columns[i].type) };
	return (struct filter_columns){ t->n_columns, column };
}
