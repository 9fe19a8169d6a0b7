/* fcgi/service.h - cords serve as a service of systemd: a socket that it keeps open, and word that we are ready
 *
 * The protocol is a few variables of the environment (sd_listen_fds(3), sd_notify(3)); no library is needed for it.
 */
#ifndef CORDS_FCGI_SERVICE_H
#define CORDS_FCGI_SERVICE_H

#include "base/err.h"

/*
 * service_socket - the listening socket that systemd hands over
 *
 * fd      the descriptor, closed on exec; -1 when none was meant for us
 * fails   USAGE: several, or something that is not a listening socket
 */
bool service_socket(int *fd, struct err *e);

void service_tell(const char *state);	/* "READY=1"; nothing happens where nobody asked for it */

#endif
