/* handlers/mapping.h - which pool a request means, before its path is looked at: request.mapping.* */
#ifndef CORDS_HANDLERS_MAPPING_H
#define CORDS_HANDLERS_MAPPING_H

#include "conf/conf.h"
#include "handlers/request.h"

/*
 * mapping_find - the rule that fits a request best: the one whose matched text is longest
 *
 * global   request.mapping.host   "api.example.com=sales": the Host, in either case; without a port, any
 *          request.mapping.prefix "https://api.example.com/ords/eu=sales", also without scheme, or without scheme and host
 *          request.mapping.header "X-Region: eu=sales"
 * host     name and port that the client asked for (url_host)
 * pool     of the rule; p NULL without one
 * n_used   segments below the context path that the prefix took
 * spec     ords.md 1.1
 */
void mapping_find(const struct request *req, const struct settings *global, struct span host, struct span *pool,
    size_t *n_used);

/* the next "what=pool" of a setting, whose form was checked when it was read; false at the end.  rest shrinks with each call */
bool mapping_next(struct span *rest, struct span *what, struct span *pool);

#endif
