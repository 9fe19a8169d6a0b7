/* fcgi/cmd_schema.c - cords schema: what is open under which alias, and whose password opens it */
#include "fcgi/cmd.h"

#include "base/buf.h"
#include "conf/password.h"
#include "fcgi/columns.h"
#include "sql/catalog.h"

#include <stdio.h>

struct schema_call {
	const struct cmd_context *c;
	const char *pool, *alias, *auth, *admin, *dir;
	bool from_stdin, json;
	struct db *db;
	int argc;
	char **argv;
};

/* Both stand in URLs and in files: letters, digits, '_', '$', '#' and '-'; an alias is no segment that means something else. */
static bool
is_name(const char *z)
{
	size_t n = strlen(z);

	for (size_t i = 0; i < n; i++) {
		char ch = z[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
		bool digit = ch >= '0' && ch <= '9';

		if (!letter && (i == 0 || !(digit || ch == '_' || ch == '$' || ch == '#' || ch == '-')))
			return false;
	}
	return n > 0 && n <= 128;
}

static bool
is_alias(const char *z)
{
	static const char *const taken[] = { "soda", "oauth", "sql-developer", "metadata-catalog" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (span_is_nocase(span_of(z), taken[i]))
			return false;
	return is_name(z) && strchr(z, '#') == NULL;
}

static struct span
lower_case(const char *z, struct arena *mem)
{
	char *copy = arena_z(mem, span_of(z));

	for (char *p = copy; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	return span_of(copy);
}

static bool
open_pool(struct schema_call *k, int *code)
{
	return (k->db = cmd_open_pool(k->c, k->dir, k->pool, code)) != NULL;
}

/* The schema as it is now: what is not given keeps its value. */
static bool
look_up(struct schema_call *k, const char *name, const struct schema **old, struct err *e)
{
	bool ok = db_begin(k->db, TX_READ, e) && catalog_begin(k->db, e) && schema_by_name(k->db, span_of(name), old, e);

	db_rollback(k->db);
	return ok;
}

/* NULL: not given */
static bool
is_boolean(const char *word)
{
	return word == NULL || strcmp(word, "true") == 0 || strcmp(word, "false") == 0;
}

static bool
is_true(const char *word)
{
	return strcmp(word, "true") == 0;
}

static bool
store(struct schema_call *k, const char *name, struct span alias, bool auth, const char *hash, struct err *e)
{
	bool ok = db_begin(k->db, TX_DEFINE, e) && catalog_begin(k->db, e)
	    && schema_enable(k->db, span_of(name), alias, auth, hash[0] == '\0' ? NULL : hash, e)
	    && (k->admin == NULL || schema_set_admin(k->db, span_of(name), is_true(k->admin), e))
	    && db_commit(k->db, e);

	if (!ok)
		db_rollback(k->db);
	return ok;
}

static int
schema_enable_run(struct schema_call *k)
{
	const struct schema *old;
	struct span password, alias;
	char hash[PASSWORD_HASH] = "";
	struct err e = { 0 };
	const char *name;
	bool auth = true;
	int code = EXIT_FAILED;

	if (k->argc != 1)
		return cmd_usage("schema", "enable takes one name");
	name = k->argv[0];
	if (!is_name(name))
		return cmd_usage("schema", "a schema's name begins with a letter; letters, digits, _ $ # - follow: %s", name);
	if (k->alias != NULL && !is_alias(k->alias))
		return cmd_usage("schema", "not an alias: %s", k->alias);
	if (!is_boolean(k->auth) || !is_boolean(k->admin))
		return cmd_usage("schema", "%s is true or false", is_boolean(k->auth) ? "--admin" : "--auth");
	if (!open_pool(k, &code))
		return code;
	if (!look_up(k, name, &old, &e))
		return cmd_fail(&e);
	auth = k->auth != NULL ? is_true(k->auth) : old == NULL || old->auth_required;
	alias = k->alias != NULL ? span_of(k->alias) 
	    : old != NULL ? arena_span(k->c->mem, old->alias) : lower_case(name, k->c->mem);
	if (k->alias == NULL && old == NULL && !is_alias(alias.p))
		return cmd_usage("schema", "%s cannot be an alias: give one with --alias", name);
	if (callers_log_in(db_settings(k->db))) {
		if (k->from_stdin || k->admin != NULL)
			return cmd_usage("schema", "db.credentialsSource of %s is REQUEST: password and rights of %s are those of the "
			    "account in the database", k->pool, name);
	/* a schema that asks for credentials and has none could not be reached by anybody */
	} else if (k->from_stdin || (auth && (old == NULL || old->password_hash[0] == '\0'))) {
		if (!cmd_new_password(k->c, k->from_stdin, name, &password))
			return EXIT_USAGE;
		if (!password_hash(password, hash, &e))
			return cmd_fail(&e);
	}
	if (!store(k, name, alias, auth, hash, &e))
		return cmd_fail(&e);
	printf("The schema named: %s is enabled under: %.*s in configuration: %s\n", name, SPAN_ARG(alias), k->pool);
	cmd_log_security(k->dir, "schema.enable", "%s under %.*s, pool %s%s%s%s", name, SPAN_ARG(alias), k->pool,
	    auth ? "" : ", without credentials", hash[0] == '\0' ? "" : ", password set",
	    k->admin == NULL ? "" : is_true(k->admin) ? ", SQL Administrator" : ", not SQL Administrator");
	return EXIT_OK;
}

static int
schema_disable_run(struct schema_call *k)
{
	bool was_there = false;
	struct err e = { 0 };
	int code = EXIT_FAILED;

	if (k->argc != 1)
		return cmd_usage("schema", "disable takes one name");
	if (!open_pool(k, &code))
		return code;
	if (!db_begin(k->db, TX_DEFINE, &e) || !catalog_begin(k->db, &e)
	    || !schema_disable(k->db, span_of(k->argv[0]), &was_there, &e) || !db_commit(k->db, &e)) {
		db_rollback(k->db);
		return cmd_fail(&e);
	}
	if (!was_there) {
		fprintf(stderr, "cords: there is no schema named: %s\n", k->argv[0]);
		return EXIT_USAGE;
	}
	printf("The schema named: %s is disabled in configuration: %s; its documents stay\n", k->argv[0], k->pool);
	cmd_log_security(k->dir, "schema.disable", "%s, pool %s", k->argv[0], k->pool);
	return EXIT_OK;
}

static int
schema_list_run(struct schema_call *k)
{
	static const struct column columns[] = {
		{ "Schema", "name", .min_width = 20 }, { "Alias", "alias", .min_width = 20 },
		{ "Enabled", "enabled", .kind = COLUMN_FLAG, .truth = "yes" },
		{ "Credentials", "auth", .kind = COLUMN_FLAG, .truth = "required" },
		{ "Account", "account", .kind = COLUMN_FLAG, .truth = "yes" },
		{ "Administrator", "admin", .kind = COLUMN_FLAG, .truth = "yes" }, { 0 }
	};
	struct arena *mem = k->c->mem;
	const struct schema *schema;
	struct columns t;
	struct err e = { 0 };
	size_t n = 0;
	bool ok;
	int code = EXIT_FAILED;

	if (k->argc != 0)
		return cmd_usage("schema", "list takes no more words");
	if (!open_pool(k, &code))
		return code;
	ok = db_begin(k->db, TX_READ, &e) && catalog_begin(k->db, &e) && schema_list(k->db, mem, &schema, &n, &e);
	db_rollback(k->db);
	if (!ok)
		return cmd_fail(&e);
	columns_open(&t, mem, columns);
	for (size_t i = 0; i < n; i++)
		columns_add(&t, (const char *[]){ arena_z(mem, schema[i].name), arena_z(mem, schema[i].alias),
		    schema[i].enabled ? "yes" : "no", schema[i].auth_required ? "required" : "optional",
		    schema[i].password_hash[0] != '\0' ? "yes" : "no", schema[i].is_admin ? "yes" : "no" });
	columns_show(&t, "schemas", k->json);
	return EXIT_OK;
}

int
cmd_schema(const struct cmd_context *c, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct schema_call *k);
	} verbs[] = {
		{ "enable", schema_enable_run }, { "disable", schema_disable_run }, { "list", schema_list_run },
	};
	struct schema_call k = { .c = c, .pool = "default" };
	const struct cmd_flag flags[] = {
		{ "--db-pool", &k.pool, NULL }, { "--alias", &k.alias, NULL }, { "--auth", &k.auth, NULL },
		{ "--admin", &k.admin, NULL },
		{ "--password-stdin", NULL, &k.from_stdin }, { "--json", NULL, &k.json }, { 0 }
	};

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc < 2)
		return cmd_usage("schema", "what to do is missing");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[1]) == 0) {
			k.dir = cmd_config_dir(c);
			k.argc = argc - 2;
			k.argv = argv + 2;
			return verbs[i].run(&k);
		}
	}
	return cmd_usage("schema", "unknown: %s", argv[1]);
}
