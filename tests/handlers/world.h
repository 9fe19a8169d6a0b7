/* tests/handlers/world.h - a server with a schema on a real database, asked by literals
 *
 * Two schemas, demo (alias "demo") and other (alias "Other"), each with an account whose password is "secret"; mid-tier users
 * soda, admin and nobody with the same password.
 */
#ifndef CORDS_TESTS_HANDLERS_WORLD_H
#define CORDS_TESTS_HANDLERS_WORLD_H

#include "conf/conf.h"
#include "handlers/answer.h"

struct world {
	char dir[64];
	struct conf *conf;
	struct server *server;
	struct arena *mem;		/* of the last request */
	struct request req;
	struct response out;
};

/* settings: name, value, ... NULL; security.verifySSL is false unless it is named */
void world_open(struct world *w, const char *const *settings);
void world_close(struct world *w);

/* change settings and load them as a worker does */
void world_set(struct world *w, const char *key, const char *value);

#define AS_DEMO "Authorization: Basic ZGVtbzpzZWNyZXQ="
#define AS_OTHER "Authorization: Basic b3RoZXI6c2VjcmV0"
#define AS_SODA "Authorization: Basic c29kYTpzZWNyZXQ="
#define AS_ADMIN "Authorization: Basic YWRtaW46c2VjcmV0"
#define AS_NOBODY "Authorization: Basic bm9ib2R5OnNlY3JldA=="

/* headers: "Name: value", separated by newlines; NULL none.  Returns the status; w->out is the answer */
int world_ask(struct world *w, const char *method, const char *target, const char *headers, const char *body);

/* the same as demo */
int world_demo(struct world *w, const char *method, const char *target, const char *body);

const char *world_body(const struct world *w);
const char *world_header(const struct world *w, const char *name);	/* NULL when absent */

#endif
