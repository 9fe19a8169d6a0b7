/* fcgi/cmd_client.c - cords client: programs that get tokens of OAuth 2, and what they may do with them
 *
 * A client belongs to a schema and never gets a role that the schema's account has not.  Its secret is made here and shown once.
 */
#include "fcgi/cmd.h"

#include "base/list.h"
#include "base/uid.h"
#include "conf/secret.h"
#include "fcgi/columns.h"
#include "handlers/route.h"

#include <stdio.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 64, TOKEN_SIZE = 23, SECRET_SIZE = 2 * TOKEN_SIZE };

struct client_call {
	const struct cmd_context *c;
	const char *pool, *dir;
	bool json;
	struct db *db;
	int argc;			/* words behind the verb: SCHEMA NAME ... */
	char **argv;
	const struct schema *schema;
	struct client client;
};

static bool
is_name(const char *z)
{
	size_t n = strlen(z);

	for (size_t i = 0; i < n; i++) {
		char ch = z[i];
		bool word = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');

		if (!word && (i == 0 || (ch != '_' && ch != '-' && ch != '.')))
			return false;
	}
	return n > 0 && n <= NAME_MAX_BYTES;
}

static bool
open_pool(struct client_call *k, int *code)
{
	return (k->db = cmd_open_pool(k->c, k->dir, k->pool, code)) != NULL;
}

/* ---- what it may do ---- */

/* told on standard error, when it cannot be given */
static bool
role_is_possible(const struct client_call *k, const char *role, int *code)
{
	bool is_admin = strcasecmp(role, role_name(ROLE_SQL_ADMIN)) == 0;
	bool is_sql = is_admin || strcasecmp(role, role_name(ROLE_SQL_DEV)) == 0;

	*code = EXIT_USAGE;
	if (!is_sql && strcasecmp(role, role_name(ROLE_SODA)) != 0)
		cmd_usage("client", "a client can have SODA Developer, SQL Developer and SQL Administrator, not: %s", role);
	else if (is_sql && callers_log_in(db_settings(k->db)))
		cmd_usage("client", "db.credentialsSource of %s is REQUEST: SQL needs the password of an account of the database",
		    k->pool);
	else if (is_admin && !k->schema->is_admin)
		cmd_usage("client", "%.*s is no SQL Administrator itself", SPAN_ARG(k->schema->name));
	else
		*code = EXIT_OK;
	return *code == EXIT_OK;
}

static bool
roles_are_possible(const struct client_call *k, const char *roles, int *code)
{
	struct span rest = span_of(roles);
	struct span role;
	size_t n = 0;

	for (; list_next(&rest, &role); n++)
		if (!role_is_possible(k, arena_z(k->c->mem, role), code))
			return false;
	if (n > 0)
		return true;
	*code = cmd_usage("client", "roles are a list with commas, of one at least");
	return false;
}

/* ---- finding it ---- */

static bool
find_schema(struct client_call *k, int *code)
{
	struct err e = { 0 };

	if (!catalog_begin(k->db, &e) || !schema_by_name(k->db, span_of(k->argv[0]), &k->schema, &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	if (k->schema != NULL)
		return true;
	fprintf(stderr, "cords: there is no schema named: %s\n", k->argv[0]);
	*code = EXIT_USAGE;
	return false;
}

static bool
find_client(struct client_call *k, int *code)
{
	struct err e = { 0 };
	bool found;

	if (!find_schema(k, code))
		return false;
	if (!client_by_name(k->db, k->schema->id, span_of(k->argv[1]), k->c->mem, &k->client, &found, &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	if (found)
		return true;
	fprintf(stderr, "cords: the schema %s has no client named: %s\n", k->argv[0], k->argv[1]);
	*code = EXIT_USAGE;
	return false;
}

/* Every change is one transaction, in which the client is what it was found to be. */
static bool
begin_change(struct client_call *k, bool of_client, int *code)
{
	struct err e = { 0 };

	if (!open_pool(k, code))
		return false;
	if (!db_begin(k->db, TX_DEFINE, &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	if (of_client ? find_client(k, code) : find_schema(k, code))
		return true;
	db_rollback(k->db);
	return false;
}

static bool
end_change(struct client_call *k, bool ok, struct err *e, int *code)
{
	if (ok && db_commit(k->db, e))
		return true;
	db_rollback(k->db);
	*code = cmd_fail(e);
	return false;
}

/* ---- secrets ---- */

static struct span
new_secret(struct client_call *k)
{
	char *secret = arena_zalloc(k->c->mem, SECRET_SIZE);

	secret_forget(k->c->mem, (struct span){ secret, SECRET_SIZE });
	uid_token(secret);
	uid_token(secret + strlen(secret));
	return span_of(secret);
}

static void
print_secret(const struct client_call *k, struct span client_id, struct span secret)
{
	printf(k->json ? "{\"client_id\":\"%.*s\",\"client_secret\":\"%.*s\"}\n" : "client_id: %.*s\nclient_secret: %.*s\n",
	    SPAN_ARG(client_id), SPAN_ARG(secret));
	if (!k->c->quiet)
		fputs("INFO: Only a digest of the secret is kept: it cannot be shown again.\n", stderr);
}

static void
tell(const struct client_call *k, const char *what)
{
	if (!k->json)
		printf("The client named: %s of the schema: %s %s in configuration: %s\n", k->argv[1], k->argv[0], what, k->pool);
}

/* ---- verbs ---- */

static int
client_create_run(struct client_call *k)
{
	char client_id[TOKEN_SIZE];
	struct span secret;
	struct err e = { 0 };
	int code;

	if (k->argc != 3)
		return cmd_usage("client", "create takes a schema, a name and a list of roles");
	if (!is_name(k->argv[1]))
		return cmd_usage("client", "a client's name is of letters and digits, _ - and . inside, 64 at most: %s", k->argv[1]);
	if (!begin_change(k, false, &code))
		return code;
	if (!roles_are_possible(k, k->argv[2], &code)) {
		db_rollback(k->db);
		return code;
	}
	uid_token(client_id);
	secret = new_secret(k);
	if (!end_change(k, client_create(k->db, k->schema->id, span_of(k->argv[1]), span_of(k->argv[2]), span_of(client_id),
	    secret, &e), &e, &code))
		return code;
	tell(k, "was created");
	print_secret(k, span_of(client_id), secret);
	cmd_log_security(k->dir, "client.create", "%s of %s, pool %s, with roles %s", k->argv[1], k->argv[0], k->pool, k->argv[2]);
	return EXIT_OK;
}

static int
client_roles_run(struct client_call *k)
{
	struct err e = { 0 };
	int code;

	if (k->argc != 3)
		return cmd_usage("client", "roles takes a schema, a name and a list of roles");
	if (!begin_change(k, true, &code))
		return code;
	if (!roles_are_possible(k, k->argv[2], &code)) {
		db_rollback(k->db);
		return code;
	}
	if (!end_change(k, client_set_roles(k->db, &k->client, span_of(k->argv[2]), &e), &e, &code))
		return code;
	tell(k, arena_printf(k->c->mem, "has the roles: %s", k->argv[2]));
	cmd_log_security(k->dir, "client.roles", "%s of %s, pool %s, has roles %s", k->argv[1], k->argv[0], k->pool, k->argv[2]);
	return EXIT_OK;
}

static int
client_secret_run(struct client_call *k)
{
	struct span secret;
	struct err e = { 0 };
	int code;

	if (k->argc != 2)
		return cmd_usage("client", "secret takes a schema and a name");
	if (!begin_change(k, true, &code))
		return code;
	secret = new_secret(k);
	if (!end_change(k, client_set_secret(k->db, &k->client, secret, &e), &e, &code))
		return code;
	tell(k, "has a new secret, and no tokens,");
	print_secret(k, k->client.client_id, secret);
	cmd_log_security(k->dir, "client.secret", "%s of %s, pool %s", k->argv[1], k->argv[0], k->pool);
	return EXIT_OK;
}

static int
client_revoke_run(struct client_call *k)
{
	struct err e = { 0 };
	int code;

	if (k->argc != 2)
		return cmd_usage("client", "revoke takes a schema and a name");
	if (!begin_change(k, true, &code) || !end_change(k, client_revoke(k->db, &k->client, &e), &e, &code))
		return code;
	tell(k, "has no tokens any more");
	cmd_log_security(k->dir, "client.revoke", "tokens of %s of %s, pool %s", k->argv[1], k->argv[0], k->pool);
	return EXIT_OK;
}

static int
client_delete_run(struct client_call *k)
{
	struct err e = { 0 };
	int code;

	if (k->argc != 2)
		return cmd_usage("client", "delete takes a schema and a name");
	if (!begin_change(k, true, &code) || !end_change(k, client_delete(k->db, &k->client, &e), &e, &code))
		return code;
	tell(k, "was removed");
	cmd_log_security(k->dir, "client.delete", "%s of %s, pool %s", k->argv[1], k->argv[0], k->pool);
	return EXIT_OK;
}

static int
client_list_run(struct client_call *k)
{
	static const struct column columns[] = {
		{ "Schema", "schema", .min_width = 20 }, { "Client", "name", .min_width = 20 }, { "Id", "client_id", .min_width = 22 },
		{ "Roles", "roles", .min_width = 20 }, { 0 }
	};
	struct arena *mem = k->c->mem;
	const struct client *client;
	struct columns t;
	struct err e = { 0 };
	size_t n = 0;
	bool ok;
	int code;

	if (k->argc != 0)
		return cmd_usage("client", "list takes no more words");
	if (!open_pool(k, &code))
		return code;
	ok = db_begin(k->db, TX_READ, &e) && catalog_begin(k->db, &e) && client_list(k->db, mem, &client, &n, &e);
	db_rollback(k->db);
	if (!ok)
		return cmd_fail(&e);
	columns_open(&t, mem, columns);
	for (size_t i = 0; i < n; i++)
		columns_add(&t, (const char *[]){ arena_z(mem, client[i].schema), arena_z(mem, client[i].name),
		    arena_z(mem, client[i].client_id), client[i].roles });
	columns_show(&t, "clients", k->json);
	return EXIT_OK;
}

int
cmd_client(const struct cmd_context *c, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct client_call *k);
	} verbs[] = {
		{ "create", client_create_run }, { "roles", client_roles_run }, { "secret", client_secret_run },
		{ "revoke", client_revoke_run }, { "delete", client_delete_run }, { "list", client_list_run },
	};
	struct client_call k = { .c = c, .pool = "default" };
	const struct cmd_flag flags[] = { { "--db-pool", &k.pool, NULL }, { "--json", NULL, &k.json }, { 0 } };

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc < 2)
		return cmd_usage("client", "what to do is missing");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[1]) == 0) {
			k.dir = cmd_config_dir(c);
			k.argc = argc - 2;
			k.argv = argv + 2;
			return verbs[i].run(&k);
		}
	}
	return cmd_usage("client", "unknown: %s", argv[1]);
}
