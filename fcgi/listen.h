/* fcgi/listen.h - waiting for connections on the FastCGI socket, for signals, or for nothing */
#ifndef CORDS_FCGI_LISTEN_H
#define CORDS_FCGI_LISTEN_H

#include <stdbool.h>

enum listen_event {
	LISTEN_REQUEST,			/* something can be read from the connection */
	LISTEN_IDLE,			/* nothing came for a moment */
	LISTEN_AGAIN,			/* a signal was caught, or another worker was faster */
	LISTEN_BROKEN			/* the socket is of no use any more; logged */
};

/* fd: the listening socket, shared with other workers; it becomes non-blocking.  false: logged why */
bool listen_open(int fd);

/* *conn -1: accept a connection.  Otherwise a connection that the web server keeps: wait for its next request.  There a
 * wait has no limit, because giving up a kept connection loses the request that may be under way. */
enum listen_event listen_next(int *conn);

/* whoever connects from now on is refused at once, and may ask another worker */
void listen_close(void);

/* end the wait; may be called in a signal handler */
void listen_wake(void);

#endif
