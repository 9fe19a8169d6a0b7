/* fcgi/cmd_credential.c - cords credential: what opens object storage for the jobs of a schema */
#include "fcgi/cmd_datapump.h"

#include "base/buf.h"
#include "base/clock.h"
#include "datapump/keyring.h"
#include "fcgi/columns.h"

#include <stdio.h>

struct credential_call {
	struct datapump_call pump;	/* pool, schema, words */
	const char *username, *type, *region;
	bool from_stdin, replace, json;
	struct span owner;
};

enum { NAME_MAX_BYTES = 128, REGION_MAX_BYTES = 64, USERNAME_MAX_BYTES = 512 };

/* A letter, then letters, digits, _ $ #: as everything that a job names. */
static bool
is_name(const char *z)
{
	size_t n = strlen(z);

	for (size_t i = 0; i < n; i++) {
		bool letter = (z[i] >= 'a' && z[i] <= 'z') || (z[i] >= 'A' && z[i] <= 'Z');

		if (!letter && (i == 0 || !((z[i] >= '0' && z[i] <= '9') || z[i] == '_' || z[i] == '$' || z[i] == '#')))
			return false;
	}
	return n > 0 && n <= NAME_MAX_BYTES;
}

/* both go into headers of requests */
static bool
is_line(const char *z, size_t max)
{
	size_t n = strlen(z);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)z[i] < 0x20 || z[i] == 0x7f)
			return false;
	return n > 0 && n <= max;
}

static bool
is_region(const char *z)
{
	return strspn(z, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(z) && is_line(z, REGION_MAX_BYTES);
}

/* one name; the store is open, and the owner known */
static bool
begin(struct credential_call *k, int *code)
{
	struct err e = { 0 };

	*code = EXIT_FAILED;
	if (k->pump.argc != 1 || !is_name(k->pump.argv[0])) {
		*code = cmd_usage("credential", "one name is needed: a letter, then letters, digits, _ $ #");
		return false;
	}
	if (!datapump_open(&k->pump, code))
		return false;
	if (!datapump_job_owner(&k->pump, &k->owner, &e)) {
		*code = cmd_fail(&e);
		return false;
	}
	return true;
}

static int
create(struct credential_call *k)
{
	struct datapump_call *p = &k->pump;
	struct credential c = { .enabled = true, .created_us = clock_us() };
	enum key_kind kind = KEY_BASIC;
	struct span secret;
	struct err e = { 0 };
	int code;

	if (k->username == NULL || !is_line(k->username, USERNAME_MAX_BYTES))
		return cmd_usage("credential", "--username is needed: 1 to %d bytes without control characters", USERNAME_MAX_BYTES);
	if (k->type != NULL && !key_kind_read(span_of(k->type), &kind))
		return cmd_usage("credential", "--type is basic, swift or s3, not %s", k->type);
	if (k->region != NULL && (kind != KEY_S3 || !is_region(k->region)))
		return cmd_usage("credential", "--region goes with --type s3: small letters, digits and -");
	if (kind == KEY_BASIC && strchr(k->username, ':') != NULL)
		return cmd_usage("credential", "a user name of type basic has no colon");
	if (!begin(k, &code))
		return code;
	if (!cmd_new_password(p->c, k->from_stdin, p->argv[0], &secret))
		return EXIT_USAGE;
	if (secret.n == 0)
		return cmd_usage("credential", "the secret is empty");
	c.owner = k->owner;
	c.name = arena_upper(p->c->mem, span_of(p->argv[0]));
	c.kind = span_of(key_kind_name(kind));
	c.region = span_of(k->region == NULL ? "" : k->region);
	c.username = span_of(k->username);
	if (!keyring_seal(p->conf, p->pool, &c, secret, p->c->mem, &e) || !credential_put(p->jobs, &c, k->replace, &e))
		return cmd_fail(&e);
	printf("The credential named: %.*s of %.*s was stored in configuration: %s\n", SPAN_ARG(c.name), SPAN_ARG(c.owner), p->pool->name);
	cmd_log_security(conf_dir(p->conf), "credential.create", "%.*s of %.*s, pool %s", SPAN_ARG(c.name), SPAN_ARG(c.owner), p->pool->name);
	return EXIT_OK;
}

static int
told(struct credential_call *k, bool was_there, const char *event, const char *done)
{
	struct datapump_call *p = &k->pump;
	struct span name = arena_upper(p->c->mem, span_of(p->argv[0]));

	if (!was_there) {
		fprintf(stderr, "cords: %.*s has no credential named: %.*s\n", SPAN_ARG(k->owner), SPAN_ARG(name));
		return EXIT_USAGE;
	}
	printf("The credential named: %.*s of %.*s was %s in configuration: %s\n", SPAN_ARG(name), SPAN_ARG(k->owner), done, p->pool->name);
	cmd_log_security(conf_dir(p->conf), event, "%.*s of %.*s, pool %s", SPAN_ARG(name), SPAN_ARG(k->owner), p->pool->name);
	return EXIT_OK;
}

static int
turn(struct credential_call *k, bool enabled)
{
	struct err e = { 0 };
	bool was_there;
	int code;

	if (!begin(k, &code))
		return code;
	if (!credential_enable(k->pump.jobs, k->owner, arena_upper(k->pump.c->mem, span_of(k->pump.argv[0])), enabled, &was_there, &e))
		return cmd_fail(&e);
	return enabled ? told(k, was_there, "credential.enable", "enabled") : told(k, was_there, "credential.disable", "disabled");
}

static int
enable(struct credential_call *k)
{
	return turn(k, true);
}

static int
disable(struct credential_call *k)
{
	return turn(k, false);
}

static int
drop(struct credential_call *k)
{
	struct err e = { 0 };
	bool was_there;
	int code;

	if (!begin(k, &code))
		return code;
	if (!credential_remove(k->pump.jobs, k->owner, arena_upper(k->pump.c->mem, span_of(k->pump.argv[0])), &was_there, &e))
		return cmd_fail(&e);
	return told(k, was_there, "credential.delete", "deleted");
}

static int
list(struct credential_call *k)
{
	static const struct column columns[] = {
		{ "Owner", "owner", .min_width = 20 }, { "Credential", "name", .min_width = 20 }, { "Type", "type", .min_width = 5 },
		{ .head = "Region", .member = "region" }, { "User", "username", .min_width = 20 },
		{ "Enabled", "enabled", .kind = COLUMN_FLAG, .truth = "yes" }, { .head = "Created", .member = "created" }, { 0 }
	};
	struct datapump_call *p = &k->pump;
	struct arena *mem = p->c->mem;
	struct credential *all;
	struct columns t;
	struct err e = { 0 };
	size_t n;
	int code = EXIT_FAILED;

	if (p->argc != 0)
		return cmd_usage("credential", "list takes no more words");
	if (!datapump_open(p, &code))
		return code;
	if (!credential_list(p->jobs, mem, &all, &n, &e))
		return cmd_fail(&e);
	columns_open(&t, mem, columns);
	for (size_t i = 0; i < n; i++) {
		const struct credential *c = &all[i];
		char created[CLOCK_TEXT];

		if (p->schema != NULL && !span_is_nocase(c->owner, p->schema))
			continue;
		clock_format(c->created_us, created);
		columns_add(&t, (const char *[]){ arena_z(mem, c->owner), arena_z(mem, c->name), arena_z(mem, c->kind), arena_z(mem, c->region),
		    arena_z(mem, c->username), c->enabled ? "yes" : "no", created });
	}
	columns_show(&t, "credentials", k->json);
	return EXIT_OK;
}

int
cmd_credential(const struct cmd_context *c, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct credential_call *k);
	} verbs[] = {
		{ "create", create }, { "list", list }, { "enable", enable }, { "disable", disable }, { "delete", drop },
	};
	struct credential_call k = { .pump.c = c };
	const struct cmd_flag flags[] = {
		{ "--db-pool", &k.pump.pool_name, NULL }, { "--schema", &k.pump.schema, NULL }, { "--username", &k.username, NULL },
		{ "--type", &k.type, NULL }, { "--region", &k.region, NULL }, { "--password-stdin", NULL, &k.from_stdin },
		{ "--replace", NULL, &k.replace }, { "--json", NULL, &k.json }, { 0 }
	};
	int code = EXIT_FAILED;

	if (!cmd_flags(flags, &argc, argv))
		return EXIT_USAGE;
	if (argc < 2)
		return cmd_usage("credential", "what to do is missing");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[1]) != 0)
			continue;
		k.pump.conf = cmd_load(c, cmd_config_dir(c), &code);
		k.pump.argc = argc - 2;
		k.pump.argv = argv + 2;
		return k.pump.conf == NULL ? code : verbs[i].run(&k);
	}
	return cmd_usage("credential", "unknown: %s", argv[1]);
}
