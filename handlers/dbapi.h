/* handlers/dbapi.h - the actions of the Database API: what the rows of routes.c call */
#ifndef CORDS_HANDLERS_DBAPI_H
#define CORDS_HANDLERS_DBAPI_H

#include "handlers/route.h"

action dbapi_version;			/* GET database/version */

#endif
