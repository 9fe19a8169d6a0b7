/* sql/box.h - boxes of longitudes and latitudes: what a spatial index keeps of a geometry, and what it is asked
 *
 * A spatial index is an index table like any other.  Its values are the four sides of the box around a geometry, as texts
 * that sort by their bytes, rounded outward.  Boxes that overlap are found in any engine with comparisons alone:
 *
 *   v1   class of the width, then the western side      v2   the southern side
 *   v3   the eastern side                               v4   the northern side
 *
 * The class bounds how far west of a place a box that reaches it can begin, so that one range per class finds those that
 * come into question.
 */
#ifndef CORDS_SQL_BOX_H
#define CORDS_SQL_BOX_H

#include "sql/fit.h"

/* four equal fields that ask for the geometry at one path */
void box_fields(const struct index_field *f, struct arena *mem, struct index *ix);

/* the values of the box: BOX_SIDES of them */
void box_texts(const struct box *box, struct arena *mem, struct span *values);

/*
 * fit_box - a COND_SPATIAL against one of the sides that a spatial index keeps
 *
 * test    the path is known to be that of the index
 * out     set unless the answer is none; with those of all sides, true for each box that overlaps the box of the condition
 */
enum fit fit_box(const struct index *ix, size_t side, const struct cond *test, struct arena *mem, struct reach *out);

#endif
