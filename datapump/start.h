/* datapump/start.h - a process of its own for a job, which outlives the request and the web server */
#ifndef CORDS_DATAPUMP_START_H
#define CORDS_DATAPUMP_START_H

#include "conf/conf.h"

#include <stdint.h>

/*
 * job_start - run `cords datapump run` for a job, detached
 *
 * The new process has a session of its own, is nobody's child, has no descriptor but /dev/null, and knows of the environment only
 * what names files: the configuration, drivers, secrets.  It is this program as it runs, even when a newer one stands in its place.
 *
 * fails   IO: no process could be made, or the program not be executed
 */
bool job_start(const struct conf *conf, const struct pool_conf *pool, int64_t id, struct err *e);

/* The same for `cords datapump run-pending`: whoever has time looks for jobs whose runner died. */
bool job_start_pending(const struct conf *conf, struct err *e);

#endif
