/* handlers/origin.h - where a request comes from: proxy, transport, page in a browser
 *
 * Forwarding headers count only from security.trustedProxies.
 */
#ifndef CORDS_HANDLERS_ORIGIN_H
#define CORDS_HANDLERS_ORIGIN_H

#include "conf/conf.h"
#include "handlers/request.h"
#include "handlers/response.h"

/* is `address` in a comma list of addresses, networks (10.0.0.0/8, fd00::/8) and "unix:"? */
bool address_is_listed(struct span address, const char *list);
bool request_from_trusted_proxy(const struct request *req, const struct settings *global);
bool request_from_loopback(const struct request *req);

/* over HTTPS by the web server's variables, or by security.httpsHeaderCheck from a trusted proxy? */
bool request_is_secure(const struct request *req, const struct settings *global);

/* whom failed logins are counted for: the web server's client, or whom a trusted proxy names last in X-Forwarded-For */
struct span request_client(const struct request *req, const struct settings *global);

/*
 * origin_check - may a page from elsewhere have sent this?
 *
 * own     scheme://host of this server
 * fails   FORBIDDEN for unsafe methods from a page that is neither our own nor listed
 */
bool origin_check(const struct request *req, const struct settings *global, struct span own, struct err *e);

/*
 * transport_check - do credentials travel in the clear?
 *
 * fails   FORBIDDEN with the hint what to configure
 */
bool transport_check(const struct request *req, const struct settings *global, struct err *e);

/* FORBIDDEN, in the words of transport_check(); false, always */
bool transport_refused(struct err *e);

/* CORS headers, only for an origin of security.externalSessionTrustedOrigins */
void origin_headers(const struct request *req, const struct settings *global, struct response *out);

#endif
