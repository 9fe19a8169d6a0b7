/* tests/shim/scenes.h - one request for every operation, and a database for all of them */
#ifndef CORDS_TESTS_SCENES_H
#define CORDS_TESTS_SCENES_H

#include "tests/handlers/world.h"

#define S "/ords/demo/soda/latest"
#define CONTENT_MARK "c0ntentS3cret"

enum {
	COLD = 1,		/* with a new connection */
	KNOWN = 4,		/* after a lost COMMIT, the object tells what happened */
	RANDOM = 2		/* keys differ each time: answers are not compared, of tables the number of rows is */
};

struct scene {
	const char *name, *method, *target, *headers, *body;
	int status;
	unsigned how;
};

extern const struct scene scenes[];	/* ends with name NULL */
enum { MOST_SCENES = 64 };

void scene_ask(struct world *w, const char *method, const char *target, const char *body, int status);
void scene_fill(struct world *w);

#endif
