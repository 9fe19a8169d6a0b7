/* handlers/dbapi.h - the actions of the Database API: what the rows of routes.c call */
#ifndef CORDS_HANDLERS_DBAPI_H
#define CORDS_HANDLERS_DBAPI_H

#include "handlers/route.h"

action dbapi_version;			/* GET database/version */

/* dbapi_objects.c: GET database/objects/... */
action dbapi_objects, dbapi_tables, dbapi_columns, dbapi_indexes, dbapi_foreign_keys;
action dbapi_table;			/* .../tables/{table} */

/* dbapi_catalog.c: what there is */
action dbapi_catalog;			/* GET metadata-catalog/ */
action dbapi_openapi;			/* GET metadata-catalog/openapi.json */
action schema_catalog;			/* GET /{schema}/metadata-catalog/ */
action schema_openapi;			/* GET /{schema}/open-api-catalog/ */

#endif
