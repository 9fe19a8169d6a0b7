/* soda/geo.h - the operands of $near, $within and $intersects */
#ifndef CORDS_SODA_GEO_H
#define CORDS_SODA_GEO_H

#include "soda/member.h"

enum spatial { SPATIAL_NEAR, SPATIAL_WITHIN, SPATIAL_INTERSECTS };

/*
 * geo_check - is it a well-formed operand?
 *
 * m       the operator with its operand
 * fails   BAD_QBE 5000, 5014, 5017, 5047..5050, 5058
 * spec    SODA for REST, spatial operators; RFC 7946 section 3.1 for geometries
 */
bool geo_check(const struct member *m, enum spatial op, struct arena *mem, struct err *e);

#endif
