/* fcgi/cmd_config.c - cords config: settings, secrets, users and pools */
#include "fcgi/cmd.h"

#include "base/buf.h"
#include "base/list.h"
#include "conf/conf.h"
#include "conf/password.h"
#include "fcgi/columns.h"
#include "handlers/route.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

struct config_call {
	const struct cmd_context *c;
	const char *dir, *pool;
	bool global, defaults, json, from_stdin;
	int argc;			/* words behind the verb */
	char **argv;
	const struct conf *conf;	/* loaded on demand */
};

typedef int verb(struct config_call *k);

static bool
load(struct config_call *k, int *code)
{
	k->conf = cmd_load(k->c, k->dir, code);
	if (k->conf == NULL)
		return false;
	if (strcmp(k->pool, "default") == 0 || conf_pool_find(k->conf, span_of(k->pool)) != NULL)
		return true;
	fprintf(stderr, "cords: there is no pool named: %s\n", k->pool);
	*code = EXIT_FAILED;
	return false;
}

/* ---- settings ---- */

static const char *
source_name(const struct conf_entry *entry)
{
	switch (entry->from) {
	case FROM_GLOBAL:
		return "Global";
	case FROM_POOL:
		return "Pool";
	case FROM_WALLET:
		return "Pool Wallet";
	case FROM_DEFAULT:
		break;
	}
	return "Default";
}

static void
add_member(struct buf *b, const char *name, const char *text)
{
	buf_json(b, span_of(name));
	buf_char(b, ':');
	buf_json(b, span_of(text));
}

static void
print_json(struct buf *b)
{
	buf_char(b, '\n');
	fwrite(b->p, 1, b->n, stdout);
}

static void
add_entry(struct buf *b, const struct conf_entry *entry)
{
	buf_char(b, '{');
	add_member(b, "name", entry->key);
	buf_char(b, ',');
	add_member(b, "value", entry->text);
	buf_char(b, ',');
	add_member(b, "source", source_name(entry));
	buf_char(b, '}');
}

static int
config_list(struct config_call *k)
{
	static const struct column columns[] = {
		{ "Setting", "name", .min_width = 34 }, { "Value", "value", .min_width = 38 }, { "Source", "source", .min_width = 11 }, { 0 }
	};
	const struct conf_entry *entry;
	struct columns t;
	bool has_global = false;
	struct buf b;
	size_t n;
	int code;

	if (k->argc != 0)
		return cmd_usage("config", "list takes no more words");
	if (!load(k, &code))
		return code;
	n = conf_entries(k->conf, span_of(k->pool), k->defaults, k->c->mem, &entry);
	columns_open(&t, k->c->mem, columns);
	for (size_t i = 0; i < n; i++) {
		columns_add(&t, (const char *[]){ entry[i].key, entry[i].text, source_name(&entry[i]) });
		has_global = has_global || entry[i].from == FROM_GLOBAL;
	}
	if (k->json) {
		buf_init(&b, k->c->mem);
		buf_char(&b, '{');
		add_member(&b, "pool", k->pool);
		put_lit(&b, ",\"settings\":");
		columns_json(&t, &b);
		buf_char(&b, '}');
		print_json(&b);
		return EXIT_OK;
	}
	if (!has_global)
		puts("INFO: The configuration does not have any global settings specified.\n");
	printf("Database pool: %s\n\n", k->pool);
	columns_print(&t);
	return EXIT_OK;
}

/* what holds now: of the pool, global, or the default */
static bool
find_entry(struct config_call *k, const char *key, struct conf_entry *out)
{
	const struct conf_entry *entry;
	size_t n = conf_entries(k->conf, span_of(k->pool), true, k->c->mem, &entry);
	const struct option *o = option_find(span_of(key));

	for (size_t i = 0; i < n; i++) {
		if (strcmp(entry[i].key, key) == 0
		    && !(entry[i].from == FROM_POOL && o != NULL && o->scope == SCOPE_GLOBAL)) {
			*out = entry[i];
			return true;
		}
	}
	return false;
}

static int
unknown(const char *key)
{
	const struct option *near = option_nearest(span_of(key));

	fprintf(stderr, "cords: The setting named: %s is unknown.", key);
	if (near != NULL)
		fprintf(stderr, " Did you mean: %s?", near->key);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

static int
config_get(struct config_call *k)
{
	struct conf_entry entry;
	const char *key;
	struct buf b;
	int code;

	if (k->argc != 1)
		return cmd_usage("config", "get takes the name of a setting");
	key = k->argv[0];
	if (!load(k, &code))
		return code;
	if (!find_entry(k, key, &entry)) {
		if (option_find(span_of(key)) == NULL)
			return unknown(key);
		entry = (struct conf_entry){ .key = key, .text = "", .from = FROM_DEFAULT };
	}
	if (k->json) {
		buf_init(&b, k->c->mem);
		add_entry(&b, &entry);
		print_json(&b);
	} else {
		puts(entry.text);
	}
	return EXIT_OK;
}

static bool
is_known_pool(struct config_call *k, const char *verb_name)
{
	if (pool_name_is_valid(span_of(k->pool)))
		return true;
	cmd_usage("config", "%s: not a name for a pool: %s", verb_name, k->pool);
	return false;
}

/* The text as it is stored, not as it was typed: "******" for what nobody should read. */
static void
tell_set(const struct config_call *k, const char *pool, const char *key, const char *text)
{
	if (pool[0] == '\0')
		printf("The global setting named: %s was set to: %s\n", key, text);
	else
		printf("The setting named: %s was set to: %s in configuration: %s\n", key, text, pool);
	cmd_log_security(k->dir, "config.set", "%s of %s", key, pool[0] == '\0' ? "global" : pool);
}

static int
config_set(struct config_call *k)
{
	const struct option *o;
	const char *pool;
	struct err e = { 0 };

	if (k->argc != 2)
		return cmd_usage("config", "set takes the name of a setting and its value");
	if (!is_known_pool(k, "set"))
		return EXIT_USAGE;
	o = option_find(span_of(k->argv[0]));
	pool = k->global || (o != NULL && o->scope == SCOPE_GLOBAL) ? "" : k->pool;
	if (!conf_set(k->dir, pool, span_of(k->argv[0]), span_of(k->argv[1]), &e))
		return cmd_fail(&e);
	tell_set(k, pool, k->argv[0], k->argv[1]);
	if (o->kind == OPT_IGNORED && !k->c->quiet)
		fprintf(stderr, "INFO: %s is accepted, but has no meaning here.\n", k->argv[0]);
	return EXIT_OK;
}

static int
config_delete(struct config_call *k)
{
	const struct option *o;
	const char *pool;
	bool was_there = false;
	struct err e = { 0 };

	if (k->argc != 1)
		return cmd_usage("config", "delete takes the name of a setting");
	if (!is_known_pool(k, "delete"))
		return EXIT_USAGE;
	o = option_find(span_of(k->argv[0]));
	pool = k->global || (o != NULL && o->scope == SCOPE_GLOBAL) ? "" : k->pool;
	if (!conf_delete(k->dir, pool, span_of(k->argv[0]), &was_there, &e))
		return cmd_fail(&e);
	/* where a global setting was written into a pool by hand, it has no effect; it can be deleted there all the same */
	if (!was_there && !k->global && pool[0] == '\0') {
		pool = k->pool;
		if (!conf_delete(k->dir, pool, span_of(k->argv[0]), &was_there, &e))
			return cmd_fail(&e);
	}
	if (!was_there) {
		if (o == NULL)
			return unknown(k->argv[0]);
		fprintf(stderr, "cords: The setting named: %s is not set in configuration: %s\n", k->argv[0], k->pool);
		return EXIT_USAGE;
	}
	if (pool[0] == '\0')
		printf("The global setting named: %s was removed\n", k->argv[0]);
	else
		printf("The setting named: %s was removed from configuration: %s\n", k->argv[0], pool);
	cmd_log_security(k->dir, "config.delete", "%s of %s", k->argv[0], pool[0] == '\0' ? "global" : pool);
	return EXIT_OK;
}

static int
config_secret(struct config_call *k)
{
	struct span secret;
	struct err e = { 0 };
	const struct option *o;

	if (k->argc != 1)
		return cmd_usage("config", "secret takes the name of a setting");
	if (!is_known_pool(k, "secret"))
		return EXIT_USAGE;
	o = option_find(span_of(k->argv[0]));
	if (o == NULL)
		return unknown(k->argv[0]);
	if (o->kind != OPT_SECRET)
		return cmd_usage("config", "%s is not a secret: use config set", o->key);
	if (!cmd_new_password(k->c, k->from_stdin, o->key, &secret))
		return EXIT_USAGE;
	if (!conf_secret_set(k->dir, k->global ? "" : k->pool, span_of(o->key), secret, &e))
		return cmd_fail(&e);
	tell_set(k, k->global ? "" : k->pool, o->key, "******");
	return EXIT_OK;
}

/* the numbers of the table, in its own units */
static const char *
allowed(const struct option *o, struct arena *mem)
{
	const char *words = option_words(o);

	if (words != NULL)
		return words;
	switch (o->kind) {
	case OPT_INT:
	case OPT_COUNT:
	case OPT_BYTES:
		return arena_printf(mem, "%" PRId64 " to %" PRId64, o->min, o->max);
	case OPT_MILLIS:
		return arena_printf(mem, "%" PRId64 "ms to %" PRId64 "ms", o->min, o->max);
	case OPT_TEXT:
	case OPT_SECRET:
		return arena_printf(mem, "%" PRId64 " to %" PRId64 " bytes", o->min, o->max);
	case OPT_BOOL:
	case OPT_IGNORED:
		break;
	}
	return "";
}

static int
config_info(struct config_call *k)
{
	const struct option *o;
	struct conf_entry entry = { .text = "", .from = FROM_DEFAULT };
	const char *lines[7][2];
	struct buf b;
	int code;

	if (k->argc != 1)
		return cmd_usage("config", "info takes the name of a setting");
	o = option_find(span_of(k->argv[0]));
	if (o == NULL)
		return unknown(k->argv[0]);
	if (!load(k, &code))
		return code;
	if (!find_entry(k, k->argv[0], &entry))
		entry.key = k->argv[0];
	memcpy(lines, (const char *[7][2]){
		{ "name", entry.key }, { "help", o->help }, { "kind", option_kind_name(o->kind) },
		{ "scope", o->scope == SCOPE_GLOBAL ? "global" : "pool" }, { "allowed", allowed(o, k->c->mem) },
		{ "default", o->dflt }, { "value", entry.text },
	}, sizeof(lines));
	buf_init(&b, k->c->mem);
	for (size_t i = 0; i < 7; i++) {
		if (k->json) {
			buf_char(&b, i == 0 ? '{' : ',');
			add_member(&b, lines[i][0], lines[i][1]);
		} else {
			printf("%-9s%s\n", lines[i][0], lines[i][1]);
		}
	}
	if (k->json) {
		buf_char(&b, '}');
		print_json(&b);
	}
	return EXIT_OK;
}

/* ---- users ---- */

/* ORDS has more names than those that open something here; others are perhaps misspelt. */
static void
tell_unknown_roles(const char *roles)
{
	static const char *const without_meaning[] = {
		"OAuth2 Client Developer", "RESTful Services", "Schema Administrator", "Listener Administrator"
	};
	static const enum role known[] = { ROLE_SODA, ROLE_SQL_DEV, ROLE_SQL_ADMIN, ROLE_SYSADMIN };
	struct span rest = span_of(roles);
	struct span role;

	while (list_next(&rest, &role)) {
		bool found = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found = found || span_is_nocase(role, role_name(known[i]));
		for (size_t i = 0; i < sizeof(without_meaning) / sizeof(without_meaning[0]); i++)
			found = found || span_is_nocase(role, without_meaning[i]);
		if (!found)
			fprintf(stderr, "WARNING: The role named: %.*s is unknown, and opens nothing.\n", SPAN_ARG(role));
	}
}

static int
user_add(struct config_call *k)
{
	char hash[PASSWORD_HASH];
	struct span password;
	struct err e = { 0 };

	if (k->argc != 2)
		return cmd_usage("config", "user add takes a name and a list of roles");
	if (!cmd_new_password(k->c, k->from_stdin, k->argv[0], &password))
		return EXIT_USAGE;
	if (!password_hash(password, hash, &e)
	    || !conf_user_set(k->dir, span_of(k->argv[0]), hash, span_of(k->argv[1]), &e))
		return cmd_fail(&e);
	printf("The user named: %s was stored with roles: %s\n", k->argv[0], k->argv[1]);
	tell_unknown_roles(k->argv[1]);
	cmd_log_security(k->dir, "user.set", "%s with roles %s", k->argv[0], k->argv[1]);
	return EXIT_OK;
}

static int
user_list(struct config_call *k)
{
	static const struct column columns[] = {
		{ "User", "name", .min_width = 20 }, { "Roles", "roles", .min_width = 40 }, { 0 }
	};
	struct columns t;
	int code;

	if (k->argc != 0)
		return cmd_usage("config", "user list takes no more words");
	if (!load(k, &code))
		return code;
	columns_open(&t, k->c->mem, columns);
	for (size_t i = 0; i < conf_n_users(k->conf); i++) {
		const struct mid_user *user = conf_user(k->conf, i);

		columns_add(&t, (const char *[]){ user->name, user->roles });
	}
	columns_show(&t, "users", k->json);
	return EXIT_OK;
}

static int
user_delete(struct config_call *k)
{
	bool was_there = false;
	struct err e = { 0 };

	if (k->argc != 1)
		return cmd_usage("config", "user delete takes a name");
	if (!conf_user_delete(k->dir, span_of(k->argv[0]), &was_there, &e))
		return cmd_fail(&e);
	if (!was_there) {
		fprintf(stderr, "cords: there is no user named: %s\n", k->argv[0]);
		return EXIT_USAGE;
	}
	printf("The user named: %s was removed\n", k->argv[0]);
	cmd_log_security(k->dir, "user.delete", "%s", k->argv[0]);
	return EXIT_OK;
}

/* ---- pools ---- */

static int
pool_list(struct config_call *k)
{
	static const struct column columns[] = {
		{ "Pool", "name", .min_width = 20 }, { "Path", "path", .min_width = 20 }, { "Database", "database", .min_width = 40 }, { 0 }
	};
	struct columns t;
	int code;

	if (k->argc != 0)
		return cmd_usage("config", "pool list takes no more words");
	if (!load(k, &code))
		return code;
	columns_open(&t, k->c->mem, columns);
	for (size_t i = 0; i < conf_n_pools(k->conf); i++) {
		const struct pool_conf *pool = conf_pool(k->conf, i);
		bool is_default = strcmp(pool->name, "default") == 0;
		const char *path = arena_printf(k->c->mem, "%s/%s%s", conf_global(k->conf)->context_path,
		    is_default ? "" : pool->name, is_default ? "" : "/");
		const char *database = pool->set->db_file[0] != '\0' ? pool->set->db_file
		    : pool->set->db_custom_url[0] != '\0' || pool->set->db_engine[0] == '\0' ? pool->set->db_custom_url
		    : arena_printf(k->c->mem, "%s/%s", pool->set->db_hostname, pool->set->db_servicename);

		columns_add(&t, (const char *[]){ pool->name, path, database });
	}
	columns_show(&t, "pools", k->json);
	return EXIT_OK;
}

static int
pool_delete(struct config_call *k)
{
	struct err e = { 0 };
	struct stat st;

	if (k->argc != 1)
		return cmd_usage("config", "pool delete takes the name of a pool");
	if (!pool_name_is_valid(span_of(k->argv[0]))
	    || stat(arena_printf(k->c->mem, "%s/databases/%s", k->dir, k->argv[0]), &st) != 0) {
		fprintf(stderr, "cords: there is no pool named: %s\n", k->argv[0]);
		return EXIT_USAGE;
	}
	if (!conf_pool_delete(k->dir, k->argv[0], &e))
		return cmd_fail(&e);
	printf("The pool named: %s was removed from the configuration; its database was not touched\n", k->argv[0]);
	cmd_log_security(k->dir, "pool.delete", "%s", k->argv[0]);
	return EXIT_OK;
}

int
cmd_config(const struct cmd_context *c, int argc, char **argv)
{
	static const struct {
		const char *first, *second;
		verb *run;
	} verbs[] = {
		{ "list", NULL, config_list }, { "get", NULL, config_get }, { "set", NULL, config_set },
		{ "delete", NULL, config_delete }, { "secret", NULL, config_secret }, { "info", NULL, config_info },
		{ "user", "add", user_add }, { "user", "list", user_list }, { "user", "delete", user_delete },
		{ "pool", "list", pool_list }, { "pool", "delete", pool_delete },
	};
	struct config_call k = { .c = c, .pool = "default" };
	const struct cmd_flag flags[] = {
		{ "--db-pool", &k.pool, NULL }, { "--global", NULL, &k.global }, { "--json", NULL, &k.json },
		{ "--include-defaults", NULL, &k.defaults }, { "--password-stdin", NULL, &k.from_stdin }, { 0 }
	};

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc < 2)
		return cmd_usage("config", "what to do is missing");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		int n_words = verbs[i].second == NULL ? 2 : 3;

		if (strcmp(verbs[i].first, argv[1]) != 0
		    || (n_words == 3 && (argc < 3 || strcmp(verbs[i].second, argv[2]) != 0)))
			continue;
		k.dir = cmd_config_dir(c);
		k.argc = argc - n_words;
		k.argv = argv + n_words;
		return verbs[i].run(&k);
	}
	return cmd_usage("config", "unknown: %s%s%s", argv[1], argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
}
