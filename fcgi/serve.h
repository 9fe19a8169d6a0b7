/* fcgi/serve.h - the accept loop of a worker, and one CGI request */
#ifndef CORDS_FCGI_SERVE_H
#define CORDS_FCGI_SERVE_H

#include "conf/conf.h"

/* Descriptor 0 is a FastCGI listening socket: answer until told to stop.  Returns an exit code. */
int serve_fcgi(struct conf *conf);	/* takes conf */

/* CGI variables, no socket: answer one request. */
int serve_cgi(struct conf *conf);	/* takes conf */

#endif
