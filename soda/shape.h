/* soda/shape.h - a GeoJSON geometry as plain numbers (RFC 7946 section 3.1)
 *
 * Whatever its type is, a geometry becomes a list of parts: points, lines and polygons.  Multi... and collections are only
 * longer lists.
 */
#ifndef CORDS_SODA_SHAPE_H
#define CORDS_SODA_SHAPE_H

#include "sql/plan.h"

struct lonlat {				/* degrees */
	double lon, lat;
};

struct ring {				/* positions one after the other; of a polygon: closed, the first is its outline */
	size_t first, n;
};

enum part_kind { PART_POINT, PART_LINE, PART_POLYGON, PART_KINDS };

struct part {
	enum part_kind kind;
	size_t ring, n_rings;		/* points and lines have one */
};

struct shape {
	size_t n_parts, n_rings, n;
	struct part *parts;
	struct ring *rings;
	struct lonlat *at;
	struct box box;			/* around all positions; when there are none it means nothing */
	struct arena *mem;
	size_t cap_parts, cap_rings, cap;
};

/*
 * shape_read - the geometry in a JSON text
 *
 * text    that passed json_scan()
 * out     in mem
 * why     what is wrong, a constant text; set when the answer is false
 *
 * A position is longitude, latitude, and numbers that have no meaning here.  Where the second one cannot be a latitude and
 * the first can, the pair is taken as written the other way round.  A line without length is a point.
 */
bool shape_read(struct span text, struct arena *mem, struct shape *out, const char **why);

#endif
