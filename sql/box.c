/* sql/box.c - boxes as texts, and which texts belong to boxes that overlap another one */
#include "sql/box.h"

#include "sql/ixtext.h"

#include <math.h>

enum { WEST, SOUTH, EAST, NORTH };

/* Degrees become whole numbers: ten millions of them are one degree, one is about a centimetre. */
#define UNITS 1e7
#define MOST_UNITS INT64_C(3600000000)

/* the widest box of each class, in units; points that were rounded outward are in the first */
static const int64_t widths[] = { 1, 10000, 100000, 1000000, 10000000, 100000000, MOST_UNITS };
enum { CLASSES = sizeof(widths) / sizeof(*widths) };

static int64_t
units(double degrees, bool up)
{
	double u = (degrees + 180) * UNITS;

	u = up ? ceil(u) : floor(u);
	return u < 0 ? 0 : u > (double)MOST_UNITS ? MOST_UNITS : (int64_t)u;
}

static struct span
side_text(int64_t u, struct arena *mem)
{
	return span_of(arena_printf(mem, "=%010lld", (long long)u));
}

static struct span
west_text(size_t class, int64_t u, struct arena *mem)
{
	return span_of(arena_printf(mem, "=%zu%010lld", class, (long long)(u < 0 ? 0 : u)));
}

void
box_fields(const struct index_field *f, struct arena *mem, struct index *ix)
{
	struct index_field *fields = ARENA_ARRAY(mem, struct index_field, BOX_SIDES);

	for (size_t i = 0; i < BOX_SIDES; i++)
		fields[i] = *f;
	ix->fields = fields;
	ix->n_fields = BOX_SIDES;
}

void
box_texts(const struct box *box, struct arena *mem, struct span *values)
{
	int64_t west = units(box->west, false), east = units(box->east, true);
	size_t class = 0;

	while (class + 1 < CLASSES && east - west > widths[class])
		class++;
	values[WEST] = west_text(class, west, mem);
	values[SOUTH] = side_text(units(box->south, false), mem);
	values[EAST] = side_text(east, mem);
	values[NORTH] = side_text(units(box->north, true), mem);
}

static void
reach_west(const struct box *box, struct arena *mem, struct reach *out)
{
	int64_t west = units(box->west, false), east = units(box->east, true);

	out->ranges = ARENA_ARRAY(mem, struct range, CLASSES);
	out->n_ranges = CLASSES;
	for (size_t i = 0; i < CLASSES; i++) {
		out->ranges[i].lo = west_text(i, west - widths[i], mem);
		out->ranges[i].hi = west_text(i, east, mem);
	}
}

enum fit
fit_box(const struct index *ix, size_t side, const struct cond *test, struct arena *mem, struct reach *out)
{
	const struct box *box = test->box;

	*out = (struct reach){ 0 };
	/* the index may hold, and leave out, just what the condition takes for no geometry and does not fail on */
	if (ix->kind != INDEX_SPATIAL || test->kind != COND_SPATIAL || box == NULL || (ix->lax && !test->lax)
	    || (!ix->scalar_required && test->scalar_required))
		return FIT_NONE;
	switch (side) {
	case WEST:
		reach_west(box, mem, out);
		break;
	case SOUTH:
		out->range.hi = side_text(units(box->north, true), mem);
		break;
	case EAST:
		out->range = (struct range){ .lo = side_text(units(box->west, false), mem), .hi = IXTEXT_MISSING, .hi_open = true };
		break;
	default:
		out->range = (struct range){ .lo = side_text(units(box->south, false), mem), .hi = IXTEXT_MISSING, .hi_open = true };
		break;
	}
	return FIT_WIDER;
}
