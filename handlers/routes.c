/* handlers/routes.c - what cords answers: the table
 *
 * Rows of one path stand together.  HEAD comes with GET; Allow, 405, OPTIONS, `cords routes` and the manual are made from here.
 */
#include "handlers/datapump.h"
#include "handlers/dbapi.h"
#include "handlers/health.h"
#include "handlers/instance.h"
#include "handlers/oauth.h"
#include "handlers/restsql.h"
#include "handlers/route.h"
#include "handlers/soda.h"

#define SODA "/soda/{version}"
#define OBJECT SODA "/{collection}/{key}"
#define COLLECTION SODA "/{collection}"
#define ACTIONS SODA "/custom-actions"
#define API "/_/db-api/{api}"
#define OBJECTS API "/database/objects"
#define PUMP API "/database/datapump"

#define SELECTING (P(LIMIT) | P(OFFSET) | P(Q) | P(FROM_ID) | P(AFTER) | P(TO_ID) | P(BEFORE) | P(SINCE) | P(UNTIL))
#define LISTED (P(LIMIT) | P(OFFSET) | P(Q))
#define PAGE ((SELECTING & ~P(Q)) | P(FIELDS) | P(TOTAL))

/* Both spellings of an action: /custom-actions/{action}/{collection} and ?action= */
#define ACTION(path, name, does, tx, carries, refuses, writes, summary) \
	{ M_POST, BASE_SCHEMA, path, name, does, tx, ROLE_SODA, P(ACTION) | (carries), refuses, writes, summary }
#define EACH_ACTION(path) \
	ACTION(path, "query", soda_query, TX_READ, PAGE, 0, false, "objects that match a filter"), \
	ACTION(path, "insert", soda_insert, TX_WRITE, 0, 0, true, "insert the elements of an array"), \
	ACTION(path, "update", soda_update, TX_WRITE, 0, SELECTING, true, "patch the objects that match a filter"), \
	ACTION(path, "delete", soda_delete_by_query, TX_WRITE, 0, SELECTING, true, "delete the objects that match a filter"), \
	ACTION(path, "truncate", soda_truncate, TX_WRITE, 0, SELECTING, true, "delete all objects"), \
	ACTION(path, "index", soda_index, TX_DEFINE, 0, 0, false, "create an index"), \
	ACTION(path, "unindex", soda_unindex, TX_DEFINE, 0, 0, false, "drop an index")

/* The names of two resources cannot be names of collections. */
static bool
refuse_name(const struct call *c, struct response *out, struct err *e)
{
	(void)c;
	(void)out;
	return err_set(e, ERR_BAD_NAME, "metadata-catalog and custom-actions are reserved names");
}

const struct route routes[] = {
/* method     base         path          ?action  does         tx        role       may carry  refuses  writes objects  summary */
{ M_GET,    BASE_SCHEMA, OBJECT,       NULL, soda_object_get,    TX_NONE,  ROLE_SODA, 0, P(ACTION), false, "content of an object" },
{ M_PUT,    BASE_SCHEMA, OBJECT,       NULL, soda_object_put,    TX_WRITE, ROLE_SODA, 0, P(ACTION), true, "replace or insert an object" },
{ M_PATCH,  BASE_SCHEMA, OBJECT,       NULL, soda_object_patch,  TX_WRITE, ROLE_SODA, 0, P(ACTION), true, "change parts of an object" },
{ M_DELETE, BASE_SCHEMA, OBJECT,       NULL, soda_object_delete, TX_WRITE, ROLE_SODA, 0, P(ACTION), true, "delete an object" },

{ M_GET,    BASE_SCHEMA, COLLECTION,   NULL, soda_collection_get, TX_READ, ROLE_SODA, PAGE | P(Q), P(ACTION), false, "objects, page by page" },
{ M_POST,   BASE_SCHEMA, COLLECTION,   NULL, soda_object_post,   TX_WRITE, ROLE_SODA, 0, 0, true, "insert an object" },
{ M_PUT,    BASE_SCHEMA, COLLECTION,   NULL, soda_collection_put, TX_DEFINE, ROLE_SODA, 0, P(ACTION), false, "create a collection" },
{ M_DELETE, BASE_SCHEMA, COLLECTION,   NULL, soda_collection_delete, TX_DEFINE, ROLE_SODA, 0, P(ACTION) | SELECTING, false, "drop a collection" },
EACH_ACTION(COLLECTION),

EACH_ACTION(ACTIONS "/{action}/{collection}"),
{ M_GET,    BASE_SCHEMA, ACTIONS,      NULL, soda_actions_list,  TX_NONE,  ROLE_SODA, 0, 0, false, "names of the actions" },
{ M_PUT,    BASE_SCHEMA, ACTIONS,      NULL, refuse_name,        TX_NONE,  ROLE_SODA, 0, 0, false, NULL },

{ M_GET,    BASE_SCHEMA, SODA "/metadata-catalog/{collection}", NULL, soda_schema, TX_READ, ROLE_SODA, 0, 0, false, "metadata of a collection" },
{ M_GET,    BASE_SCHEMA, SODA "/metadata-catalog", NULL, soda_catalog, TX_READ, ROLE_SODA, P(LIMIT) | P(FROM_ID), 0, false, "collections with metadata and links" },
{ M_PUT,    BASE_SCHEMA, SODA "/metadata-catalog", NULL, refuse_name,  TX_NONE, ROLE_SODA, 0, 0, false, NULL },

{ M_GET,    BASE_SCHEMA, SODA,         NULL, soda_list,          TX_READ,  ROLE_SODA, P(LIMIT) | P(FROM_ID), 0, false, "collections" },
{ M_GET,    BASE_SCHEMA, "/soda",      NULL, soda_versions,      TX_NONE,  ROLE_SODA, 0, 0, false, "protocol versions" },

{ M_GET,    BASE_API, OBJECTS "/tables/{table}", NULL, dbapi_table, TX_READ, ROLE_SQL_DEV, 0, 0, false, "one table" },
{ M_GET,    BASE_API, OBJECTS "/tables/", NULL, dbapi_tables,    TX_READ,  ROLE_SQL_DEV, LISTED, 0, false, "tables" },
{ M_GET,    BASE_API, OBJECTS "/columns/", NULL, dbapi_columns,  TX_READ,  ROLE_SQL_DEV, LISTED, 0, false, "columns of tables" },
{ M_GET,    BASE_API, OBJECTS "/indexes/", NULL, dbapi_indexes,  TX_READ,  ROLE_SQL_DEV, LISTED, 0, false, "indexes" },
{ M_GET,    BASE_API, OBJECTS "/foreign_keys/", NULL, dbapi_foreign_keys, TX_READ, ROLE_SQL_DEV, LISTED, 0, false, "foreign keys" },
{ M_GET,    BASE_API, OBJECTS "/",     NULL, dbapi_objects,      TX_READ,  ROLE_SQL_DEV, LISTED, 0, false, "tables, views, indexes, sequences, triggers" },
{ M_POST,   BASE_API, PUMP "/export",  NULL, datapump_export,    TX_NONE, ROLE_SQL_DEV, 0, 0, false, "export: create a job and start it" },
{ M_POST,   BASE_API, PUMP "/import",  NULL, datapump_import,    TX_NONE, ROLE_SQL_DEV, 0, 0, false, "import: create a job and start it" },
{ M_POST,   BASE_API, PUMP "/jobs",    NULL, datapump_create,    TX_NONE, ROLE_SQL_DEV, 0, 0, false, "export or import, as operation says" },
{ M_GET,    BASE_API, PUMP "/jobs",    NULL, datapump_list,      TX_NONE, ROLE_SQL_DEV, P(LIMIT) | P(OFFSET) | P(Q), 0, false, "jobs, newest first" },
{ M_GET,    BASE_API, PUMP "/jobs/{job}", NULL, datapump_job,    TX_NONE, ROLE_SQL_DEV, 0, 0, false, "one job" },
{ M_POST,   BASE_API, PUMP "/jobs/{job}", NULL, datapump_order,  TX_NONE, ROLE_SQL_DEV, 0, 0, false, "stop, start, kill a job, or change its degree" },
{ M_DELETE, BASE_API, PUMP "/jobs/{job}", NULL, datapump_drop,   TX_NONE, ROLE_SQL_DEV, P(FILES), 0, false, "remove the record of a job" },
{ M_GET,    BASE_API, PUMP "/jobs/{job}/{filename}", NULL, datapump_file, TX_NONE, ROLE_SQL_DEV, 0, 0, false, "log or dump of a job" },
{ M_DELETE, BASE_API, PUMP "/jobs/{job}/{filename}", NULL, datapump_drop_file, TX_NONE, ROLE_SQL_DEV, 0, 0, false, "remove a file of a job" },
{ M_GET,    BASE_API, PUMP "/files",   NULL, datapump_files,     TX_NONE, ROLE_SQL_DEV, P(DIRECTORY), 0, false, "dump files of a directory" },
{ M_PUT,    BASE_API, PUMP "/files/{filename}", NULL, datapump_upload, TX_NONE, ROLE_SQL_DEV, P(DIRECTORY), 0, false, "send a dump file, whole or in pieces" },
{ M_GET,    BASE_API, API "/database/version", NULL, dbapi_version, TX_READ, ROLE_SQL_DEV, 0, 0, false, "product and version of the database" },

{ M_POST,   BASE_SCHEMA, "/_/sql",     NULL, restsql_run,        TX_OWN,   ROLE_SQL_DEV, 0, 0, false, "run a script of SQL" },

{ M_GET,    BASE_API, API "/metadata-catalog/openapi.json", NULL, dbapi_openapi, TX_NONE, ROLE_ANY, 0, 0, false, "OpenAPI document" },
{ M_GET,    BASE_API, API "/metadata-catalog/", NULL, dbapi_catalog, TX_NONE, ROLE_ANY, P(LIMIT) | P(OFFSET), 0, false, "services of the Database API" },
{ M_GET,    BASE_SCHEMA, "/metadata-catalog/", NULL, schema_catalog, TX_NONE, ROLE_SODA, P(LIMIT) | P(OFFSET), 0, false, "what a schema publishes" },
{ M_GET,    BASE_SCHEMA, "/open-api-catalog/", NULL, schema_openapi, TX_NONE, ROLE_SODA, 0, 0, false, "OpenAPI document of all that a schema publishes" },

{ M_POST,   BASE_SCHEMA, "/oauth/token", NULL, oauth_token,      TX_WRITE, ROLE_CLIENT, 0, 0, false, "a token of OAuth 2 for a client" },
{ M_GET | M_POST, BASE_SCHEMA, "/oauth/auth", NULL, oauth_no_flow, TX_NONE, ROLE_NONE, 0, 0, false, NULL },

{ M_GET,    BASE_POOL, "/_/health/live",  NULL, health_live,     TX_NONE,  ROLE_NONE, 0, 0, false, "is the program alive?" },
{ M_GET,    BASE_POOL, "/_/health/ready", NULL, health_ready,    TX_NONE,  ROLE_NONE, 0, 0, false, "can databases be reached?" },
{ M_GET,    BASE_POOL, "/_/instance-api/{api}/status", NULL, instance_status, TX_NONE, ROLE_SYSADMIN, 0, 0, false, "program, worker and pools" },
{ M_GET,    BASE_POOL, "/_/instance-api/{api}/metrics", NULL, instance_metrics, TX_NONE, ROLE_MONITOR, 0, 0, false, "the same in numbers, for monitoring" },
{ 0 } };
