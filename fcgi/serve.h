/* fcgi/serve.h - the accept loop of a worker, and one CGI request */
#ifndef CORDS_FCGI_SERVE_H
#define CORDS_FCGI_SERVE_H

#include "conf/conf.h"

/* Both take conf.  NULL: the folder could not be loaded; requests are answered 503 until it can, because a process that
 * ends at its start would be started again and again by a web server. */

/* Descriptor 0 is a FastCGI listening socket: answer until told to stop.  argv: of the program, which begins anew by it after
 * worker.maxRequests or above worker.maxMemory.  Returns an exit code. */
int serve_fcgi(struct conf *conf, char **argv);

/* CGI variables, no socket: answer one request. */
int serve_cgi(struct conf *conf);

/* Nobody serves as root unless security.stepDown is false: says so on standard error. */
bool serve_may_run(const struct conf *conf);

/* where and how much, as log.file and log.level say */
void serve_open_log(const struct conf *conf);

#endif
