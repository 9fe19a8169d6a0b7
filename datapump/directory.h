/* datapump/directory.h - directory objects: names for folders where dumps and logs lie
 *
 * Clients know the names only.  Whether a directory exists that they may not use, they do not learn.
 */
#ifndef CORDS_DATAPUMP_DIRECTORY_H
#define CORDS_DATAPUMP_DIRECTORY_H

#include "conf/conf.h"
#include "datapump/place.h"

#define DIRECTORY_DEFAULT "DATA_PUMP_DIR"

/*
 * directory_open - the place behind a name
 *
 * name      ASCII case does not count
 * is_admin  the caller is SQL Administrator
 * known_as  the name in upper case, in mem
 * fails     BAD_JOB, ODP-39087 for an unknown and for a forbidden one alike; IO
 * spec      Data Pump 16.1, settings datapump.directory.NAME
 */
bool directory_open(const struct conf *conf, const struct pool_conf *pool, struct span name, bool is_admin, struct arena *mem,
    struct dump_place **out, struct span *known_as, struct err *e);

/* The names that a caller may use, in upper case, DATA_PUMP_DIR first. */
size_t directory_names(const struct conf *conf, const struct pool_conf *pool, bool is_admin, struct arena *mem, struct span **out);

#endif
