/* handlers/soda_query.h - filters as they arrive in requests */
#ifndef CORDS_HANDLERS_SODA_QUERY_H
#define CORDS_HANDLERS_SODA_QUERY_H

#include "handlers/route.h"
#include "soda/qbe.h"

/*
 * query_parse - a filter from a body or from ?q=
 *
 * text    any bytes
 * fails   QBE_HETERO; BAD_QBE, also for text that is not JSON; NO_TEXT_INDEX where $contains has no index, after the
 *         whole filter was checked
 */
bool query_parse(const struct call *c, const struct coll *coll, struct span text, enum qbe_use use, struct qbe *out,
    struct err *e);

#endif
