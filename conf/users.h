/* conf/users.h - private to conf/: mid-tier users, one per line: name;hash;role,role */
#ifndef CORDS_CONF_USERS_H
#define CORDS_CONF_USERS_H

#include "conf/conf.h"

struct users {
	size_t n;
	struct mid_user *row;
};

/* fails CONFIG naming file and line; a missing file holds nobody */
bool users_read(const char *path, struct arena *mem, struct users *out, struct err *e);

#endif
