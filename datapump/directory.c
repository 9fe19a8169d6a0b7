/* datapump/directory.c - directory objects, as settings describe them */
#include "datapump/directory.h"

#include "base/list.h"

#define FAMILY "datapump.directory."
#define ROLES ".roles"

/* Without a list everybody who may run jobs; a SQL Administrator is also what a SQL Developer is. */
static bool
may_use(const struct conf *conf, const struct pool_conf *pool, struct span name, bool is_admin, struct arena *mem)
{
	const char *roles = conf_named(conf, pool, FAMILY, span_of(arena_printf(mem, "%.*s" ROLES, SPAN_ARG(name))));

	return roles == NULL || list_holds(roles, SPAN("SQL Developer"))
	    || (is_admin && list_holds(roles, SPAN("SQL Administrator")));
}

static bool
is_roles(struct span name)
{
	size_t n = sizeof(ROLES) - 1;

	return name.n > n && span_eq_nocase((struct span){ name.p + name.n - n, n }, SPAN(ROLES));
}

bool
directory_open(const struct conf *conf, const struct pool_conf *pool, struct span name, bool is_admin, struct arena *mem,
    struct dump_place **out, struct span *known_as, struct err *e)
{
	const char *path = is_roles(name) ? NULL : conf_named(conf, pool, FAMILY, name);
	bool make = path == NULL && span_is_nocase(name, DIRECTORY_DEFAULT);

	if (make)
		path = arena_printf(mem, "%s/datapump", conf_dir(conf));
	if (path == NULL || path[0] != '/' || !may_use(conf, pool, name, is_admin, mem))
		return err_set(e, ERR_BAD_JOB, "ODP-39087: directory name %.*s is invalid", SPAN_ARG(name));
	*known_as = arena_upper(mem, name);
	if (!place_directory(path, make, mem, out, e))
		return false;
	(*out)->min_free_bytes = pool->set->dump_min_free;
	return true;
}

size_t
directory_names(const struct conf *conf, const struct pool_conf *pool, bool is_admin, struct arena *mem, struct span **out)
{
	struct span *set;
	size_t n_set = conf_names(conf, pool, FAMILY, mem, &set), n = 0;

	*out = ARENA_ARRAY(mem, struct span, n_set + 1);
	if (may_use(conf, pool, SPAN(DIRECTORY_DEFAULT), is_admin, mem))
		(*out)[n++] = SPAN(DIRECTORY_DEFAULT);
	for (size_t i = 0; i < n_set; i++)
		if (!is_roles(set[i]) && !span_is_nocase(set[i], DIRECTORY_DEFAULT) && may_use(conf, pool, set[i], is_admin, mem))
			(*out)[n++] = arena_upper(mem, set[i]);
	return n;
}
