/* datapump/keyring.c - credentials and URIs, sealed and opened */
#include "datapump/keyring.h"

#include "conf/secret.h"

#define DEFAULT_REGION "us-east-1"

static const char *const kinds[] = { [KEY_BASIC] = "basic", [KEY_SWIFT] = "swift", [KEY_S3] = "s3" };

const char *
key_kind_name(enum key_kind kind)
{
	return kinds[kind];
}

bool
key_kind_read(struct span text, enum key_kind *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (span_is_nocase(text, kinds[i])) {
			*out = (enum key_kind)i;
			return true;
		}
	return false;
}

static struct span
bound_to(const struct pool_conf *pool, const char *what, struct span owner, struct span name, struct arena *mem)
{
	return span_of(arena_printf(mem, "cords/1/%s/%s/%.*s/%.*s", what, pool->name, SPAN_ARG(owner), SPAN_ARG(name)));
}

bool
keyring_seal(const struct conf *conf, const struct pool_conf *pool, struct credential *c, struct span secret, struct arena *mem,
    struct err *e)
{
	return secret_seal(conf_dir(conf), bound_to(pool, "credential", c->owner, c->name, mem), secret, mem, &c->sealed, e);
}

bool
keyring_find(const struct conf *conf, const struct pool_conf *pool, struct jobs *j, struct span owner, struct span name,
    struct arena *mem, struct key *out, struct err *e)
{
	struct span secret, known_as = arena_upper(mem, name);
	struct credential *c;

	if (!credential_get(j, owner, known_as, mem, &c, e))
		return false;
	if (c == NULL || !c->enabled || !key_kind_read(c->kind, &out->kind))
		return err_set(e, ERR_BAD_JOB, "ODP-39205: credential %.*s is not available", SPAN_ARG(name));
	if (!secret_unseal(conf_dir(conf), bound_to(pool, "credential", owner, known_as, mem), c->sealed, mem, &secret, e))
		return false;
	out->region = c->region.n == 0 ? DEFAULT_REGION : arena_z(mem, c->region);
	out->username = arena_z(mem, c->username);
	out->secret = secret.p;
	return true;
}

bool
keyring_seal_uri(const struct conf *conf, const struct pool_conf *pool, struct span owner, struct span uri, struct arena *mem,
    struct span *out, struct err *e)
{
	return secret_seal(conf_dir(conf), bound_to(pool, "uri", owner, SPAN(""), mem), uri, mem, out, e);
}

bool
keyring_open_uri(const struct conf *conf, const struct pool_conf *pool, struct span owner, struct span sealed, struct arena *mem,
    struct span *out, struct err *e)
{
	return secret_unseal(conf_dir(conf), bound_to(pool, "uri", owner, SPAN(""), mem), sealed, mem, out, e);
}
