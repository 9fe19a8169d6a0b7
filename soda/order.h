/* soda/order.h - $orderby: reading it; order_keys() of soda/match.h gives it its meaning */
#ifndef CORDS_SODA_ORDER_H
#define CORDS_SODA_ORDER_H

#include "soda/member.h"
#include "sql/plan.h"

enum { ORDER_MAX_TERMS = 100 };

/*
 * order_parse - read one of the three forms of $orderby
 *
 * m       the member with its value
 * fails   BAD_QBE 5000, 5017, 5018, 5033, 5035, 5036, 5054..5058 and those of paths; ARRAY_STEPS
 * spec    SODA for REST, "$orderby"
 */
bool order_parse(const struct member *m, struct arena *mem, struct order *out, struct err *e);

#endif
