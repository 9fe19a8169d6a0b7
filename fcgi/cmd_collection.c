/* fcgi/cmd_collection.c - cords collection: what the documents of a collection that is there are kept in besides their text
 *
 * A batch of documents is one transaction that excludes all writers, so those wait for a batch and not for all of them.
 */
#include "fcgi/cmd.h"

#include "sql/catalog.h"
#include "sql/store.h"

#include <stdio.h>
#include <string.h>

struct collection_call {
	struct db *db;
	struct arena *mem;
	struct span schema, name;
};

/* The collection as it is now.  What is found is borrowed until the transaction ends. */
static bool
begin(const struct collection_call *k, const struct coll **coll, struct err *e)
{
	const struct schema *schema;

	if (!db_begin(k->db, TX_DEFINE, e) || !catalog_begin(k->db, e) || !schema_by_name(k->db, k->schema, &schema, e))
		return false;
	if (schema == NULL)
		return err_set(e, ERR_NO_COLLECTION, "there is no schema named: %.*s", SPAN_ARG(k->schema));
	return catalog_find(k->db, schema->id, k->name, coll, e);
}

static bool
run_batch(const struct collection_call *k, int64_t *after_seq, size_t *n_docs, struct err *e)
{
	const struct coll *coll;

	return begin(k, &coll, e)
	    && (coll->has_parsed || err_set(e, ERR_NO_COLLECTION, "the collection was made anew meanwhile"))
	    && store_parsed_fill(k->db, coll, after_seq, n_docs, k->mem, e)
	    && db_commit(k->db, e);
}

static bool
parse(const struct collection_call *k, uint64_t *n_all, struct err *e)
{
	const struct coll *coll;
	int64_t after_seq = 0;
	size_t n_docs;

	if (!begin(k, &coll, e) || !catalog_parsed_begin(k->db, coll, e) || !db_commit(k->db, e))
		return false;
	do {
		struct arena_mark before = arena_mark(k->mem);

		if (!run_batch(k, &after_seq, &n_docs, e))
			return false;
		*n_all += n_docs;
		arena_rewind(k->mem, before);
	} while (n_docs > 0);
	return begin(k, &coll, e) && db_may_take(k->db, db_settings(k->db)->index_ms, e) && catalog_parsed_finish(k->db, coll, e) && db_commit(k->db, e);
}

int
cmd_collection(const struct cmd_context *c, int argc, char **argv)
{
	struct collection_call k = { .mem = c->mem };
	const char *pool = "default";
	const struct cmd_flag flags[] = { { "--db-pool", &pool, NULL }, { 0 } };
	uint64_t n_all = 0;
	struct err e = { 0 };
	int code = EXIT_FAILED;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc != 4 || strcmp(argv[1], "parse") != 0)
		return cmd_usage("collection", "parse takes a schema and a collection");
	k.schema = span_of(argv[2]);
	k.name = span_of(argv[3]);
	if ((k.db = cmd_open_pool(c, cmd_config_dir(c), pool, &code)) == NULL)
		return code;
	if (!parse(&k, &n_all, &e)) {
		db_rollback(k.db);
		return cmd_fail(&e);
	}
	printf("The collection named: %s of %s keeps documents in parsed form in configuration: %s; there were %llu\n", argv[3], argv[2], pool,
	    (unsigned long long)n_all);
	return EXIT_OK;
}
