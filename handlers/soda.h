/* handlers/soda.h - the actions of SODA for REST: what the rows of routes.c call */
#ifndef CORDS_HANDLERS_SODA_H
#define CORDS_HANDLERS_SODA_H

#include "handlers/route.h"

/* soda_catalog.c: what there is */
action soda_versions;			/* GET /soda */
action soda_list;			/* GET /soda/{version} */
action soda_catalog;			/* GET /soda/{version}/metadata-catalog */
action soda_schema;			/* GET /soda/{version}/metadata-catalog/{collection} */
action soda_actions_list;		/* GET /soda/{version}/custom-actions */

/* soda_collections.c: a collection as a whole */
action soda_collection_put, soda_collection_delete;
action soda_index, soda_unindex;

/* soda_query.c: pages of objects */
action soda_collection_get;		/* GET /soda/{version}/{collection} */
action soda_query;			/* POST ?action=query */

/* soda_documents.c: one object */
action soda_object_post, soda_object_get, soda_object_put, soda_object_patch, soda_object_delete;

/* soda_bulk.c: many objects at once */
action soda_insert, soda_update, soda_delete_by_query, soda_truncate;

#endif
