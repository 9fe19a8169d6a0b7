/* conf/adopt.h - the settings of another installation, as far as they mean something here */
#ifndef CORDS_CONF_ADOPT_H
#define CORDS_CONF_ADOPT_H

#include "base/arena.h"
#include "base/err.h"

struct adopted {
	const char *pool;		/* "" global */
	const char *what;		/* name of a setting, or what else is said about the pool */
	const char *text;		/* its value; NULL when it was left out */
	const char *why;		/* it was left out; NULL when it was taken */
};

/*
 * conf_adopt - read a folder of ORDS 22.1 or later and write one of ours
 *
 * from    the other folder; only read
 * dir     ours; made when there is none; must hold neither global settings nor pools
 * out     one row for each setting, wallet and user that was found, in their order
 * fails   CONFIG: the other folder is none, is broken or is dir itself; dir is in use; IO.  Nothing was changed then
 */
bool conf_adopt(const char *from, const char *dir, struct arena *mem, const struct adopted **out, size_t *n, struct err *e);

#endif
