/* tests/lib/slow_patch.c - RFC 6902 and RFC 7396, sentence by sentence, on trees that are copied at every turn */
#include "tests/lib/slow_patch.h"

#include <stdlib.h>
#include <string.h>

enum { POINTER_ROOM = 1025 };

static size_t
depth_of(json_t *v)
{
	size_t max = 0, i;
	const char *name;
	json_t *child;

	if (!json_is_object(v) && !json_is_array(v))
		return 0;
	json_object_foreach(v, name, child)
		max = depth_of(child) > max ? depth_of(child) : max;
	json_array_foreach(v, i, child)
		max = depth_of(child) > max ? depth_of(child) : max;
	return max + 1;
}

/* the next step of a pointer; false at its end */
static bool
next_step(const char **p, char *out)
{
	if (**p == '\0')
		return false;
	for (++*p; **p != '\0' && **p != '/'; ++*p) {
		if (**p == '~')
			*out++ = *++*p == '0' ? '~' : '/';
		else
			*out++ = **p;
	}
	*out = '\0';
	return true;
}

static long
slow_index(const char *s)
{
	if (*s == '\0' || strspn(s, "0123456789") != strlen(s) || (s[0] == '0' && s[1] != '\0'))
		return -1;
	return atol(s);
}

static json_t *
slow_child(json_t *v, const char *step)
{
	if (json_is_object(v))
		return json_object_get(v, step);
	if (json_is_array(v) && slow_index(step) >= 0)
		return json_array_get(v, (size_t)slow_index(step));
	return NULL;
}

/* the parent of what a pointer names, and the last step */
static json_t *
slow_parent(json_t *v, const char *p, char *last)
{
	char step[POINTER_ROOM];

	next_step(&p, last);
	while (v != NULL && next_step(&p, step)) {
		v = slow_child(v, last);
		strcpy(last, step);
	}
	return v;
}

static json_t *
slow_get(json_t *v, const char *p)
{
	char last[POINTER_ROOM];

	if (v == NULL || *p == '\0')
		return v;
	v = slow_parent(v, p, last);
	return v == NULL ? NULL : slow_child(v, last);
}

/* v is taken */
static bool
slow_add(json_t **doc, const char *p, json_t *v)
{
	json_t *parent;
	char last[POINTER_ROOM];

	if (*p == '\0') {
		json_decref(*doc);
		*doc = v;
		return true;
	}
	parent = *doc == NULL ? NULL : slow_parent(*doc, p, last);
	if (json_is_object(parent))
		return json_object_set_new(parent, last, v) == 0;
	if (json_is_array(parent) && strcmp(last, "-") == 0)
		return json_array_append_new(parent, v) == 0;
	if (json_is_array(parent) && slow_index(last) >= 0 && (size_t)slow_index(last) <= json_array_size(parent))
		return json_array_insert_new(parent, (size_t)slow_index(last), v) == 0;
	json_decref(v);
	return false;
}

static bool
slow_remove(json_t **doc, const char *p)
{
	json_t *parent;
	char last[POINTER_ROOM];

	if (slow_get(*doc, p) == NULL)
		return false;
	if (*p == '\0') {
		json_decref(*doc);
		*doc = NULL;
		return true;
	}
	parent = slow_parent(*doc, p, last);
	if (json_is_object(parent))
		json_object_del(parent, last);
	else
		json_array_remove(parent, (size_t)slow_index(last));
	return true;
}

static bool
slow_operation(json_t **doc, json_t *op)
{
	const char *name = json_string_value(json_object_get(op, "op"));
	const char *path = json_string_value(json_object_get(op, "path"));
	const char *from = json_string_value(json_object_get(op, "from"));
	json_t *value = json_object_get(op, "value"), *v;

	if (strcmp(name, "add") == 0)
		return slow_add(doc, path, json_deep_copy(value));
	if (strcmp(name, "remove") == 0)
		return slow_remove(doc, path);
	if (strcmp(name, "replace") == 0) {
		/* removal first would shift the elements that follow */
		json_t *parent;
		char last[POINTER_ROOM];

		if (slow_get(*doc, path) == NULL)
			return false;
		if (*path == '\0')
			return slow_add(doc, path, json_deep_copy(value));
		parent = slow_parent(*doc, path, last);
		return json_is_object(parent) ? json_object_set_new(parent, last, json_deep_copy(value)) == 0
		    : json_array_set_new(parent, (size_t)slow_index(last), json_deep_copy(value)) == 0;
	}
	if (strcmp(name, "test") == 0)
		return slow_get(*doc, path) != NULL && json_equal(slow_get(*doc, path), value);
	v = slow_get(*doc, from);
	if (v == NULL)
		return false;
	v = json_deep_copy(v);
	if (strcmp(name, "move") == 0) {
		size_t n = strlen(from);

		if ((strncmp(path, from, n) == 0 && path[n] == '/') || !slow_remove(doc, from)) {
			json_decref(v);
			return false;
		}
	}
	return slow_add(doc, path, v);
}

bool
slow_patch(json_t **doc, json_t *patch, size_t max_depth)
{
	json_t *op;
	size_t i;

	json_array_foreach(patch, i, op)
		if (!slow_operation(doc, op) || depth_of(*doc) > max_depth)
			return false;
	return json_is_object(*doc) || json_is_array(*doc);
}

void
slow_merge(json_t **target, json_t *patch)
{
	const char *name;
	json_t *v;

	if (!json_is_object(*target)) {
		json_decref(*target);
		*target = json_object();
	}
	json_object_foreach(patch, name, v) {
		if (json_is_null(v)) {
			json_object_del(*target, name);
		} else if (json_is_object(v)) {
			json_t *inner = json_incref(json_object_get(*target, name));

			slow_merge(&inner, v);
			json_object_set_new(*target, name, inner);
		} else {
			json_object_set_new(*target, name, json_deep_copy(v));
		}
	}
}
