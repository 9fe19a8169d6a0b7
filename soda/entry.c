/* soda/entry.c - the values of a document for the indexes of its collection */
#include "base/jcur.h"
#include "soda/geo.h"
#include "soda/guide.h"
#include "soda/index.h"
#include "soda/member.h"
#include "soda/path.h"
#include "soda/words.h"
#include "sql/box.h"
#include "sql/ixtext.h"
#include "sql/parsed.h"

#include <stdio.h>

struct found {
	struct span value;
	size_t n;
};

/* the first value; the second one ends the search */
static bool
take_value(void *arg, struct span v)
{
	struct found *f = arg;

	f->value = v;
	return ++f->n > 1;
}

static bool
refuse(const struct index *ix, const struct index_field *f, enum err_kind kind, const char *why, struct err *e)
{
	return err_set(e, kind, "index %.*s: %.*s %s", SPAN_ARG(excerpt(span_of(ix->name))), SPAN_ARG(excerpt(f->path.text)), why);
}

static bool
is_too_long(struct span v, const struct index_field *f, struct span text, struct arena *mem)
{
	struct span cut = text;

	/* behind its first byte a text has no more characters than bytes */
	return f->max_chars != 0 && text.n - 1 > f->max_chars
	    && ixtext_value(v, f->type, f->max_chars, mem, &cut) && cut.n != text.n;
}

/* false: the value breaks the rule of the index; a lax index takes it as missing */
static bool
convert(const struct index *ix, const struct index_field *f, const struct found *found, struct arena *mem,
    struct span *out, struct err *e)
{
	if (found->n > 1 || jval_is_container(found->value))
		return refuse(ix, f, ERR_NOT_SCALAR, "is not one scalar", e);
	if (!ixtext_value(found->value, f->type, 0, mem, out))
		return f->type == TYPE_NUMBER ? refuse(ix, f, ERR_NOT_NUMBER, "is not a number", e)
		    : refuse(ix, f, ERR_NOT_DATE, "is not a date", e);
	if (is_too_long(found->value, f, *out, mem))
		return refuse(ix, f, ERR_INVALID_DOC, "is longer than maxLength", e);
	return true;
}

static bool
convert_geometry(const struct index *ix, const struct found *found, struct arena *mem, struct span *values, struct err *e)
{
	const char *why = "there are several values";
	struct shape s;
	char text[160];

	if (found->n == 1 && geo_read(found->value, mem, &s, &why, e)) {
		if (s.n > 0)
			box_texts(&s.box, mem, values);
		return true;
	}
	if (why == NULL)
		return false;
	snprintf(text, sizeof(text), "is not one GeoJSON geometry: %s", why);
	return refuse(ix, &ix->fields[0], ERR_NOT_GEOMETRY, text, e);
}

/* what there is at the path of a field; *is_missing: nothing, and that is allowed */
static bool
find_value(const struct index *ix, const struct index_field *f, struct span root, struct arena *mem, struct found *out,
    bool *is_missing, struct err *e)
{
	*out = (struct found){ .n = 0 };
	path_each(&f->path, root, mem, take_value, out);
	*is_missing = out->n == 0 || (out->n == 1 && jval_type(out->value) == J_NULL);
	return out->n > 0 || !ix->scalar_required || refuse(ix, f, ERR_VALUE_MISSING, "is missing", e);
}

/* a value that the index refuses: a lax one takes it as missing */
static bool
is_forgiven(const struct index *ix, struct err *e)
{
	if (!(ix->lax || ix->multivalue)
	    || !(e->kind == ERR_NOT_SCALAR || e->kind == ERR_NOT_NUMBER || e->kind == ERR_NOT_DATE || e->kind == ERR_INVALID_DOC
	    || e->kind == ERR_NOT_GEOMETRY))
		return false;
	err_clear(e);
	return true;
}

static bool
field_value(const struct index *ix, const struct index_field *f, struct span root, struct arena *mem, struct span *out,
    struct err *e)
{
	struct found found;
	bool is_missing;

	if (!find_value(ix, f, root, mem, &found, &is_missing, e))
		return false;
	if (is_missing || convert(ix, f, &found, mem, out, e))
		return true;
	*out = (struct span){ NULL, 0 };
	return is_forgiven(ix, e);
}

static bool
box_values(const struct index *ix, struct span root, struct arena *mem, struct span *values, struct err *e)
{
	struct found found;
	bool is_missing;

	return find_value(ix, &ix->fields[0], root, mem, &found, &is_missing, e)
	    && (is_missing || convert_geometry(ix, &found, mem, values, e) || is_forgiven(ix, e));
}

bool
index_entry_of(const struct index *ix, struct span content, struct arena *mem, struct index_entry *out, struct err *e)
{
	struct span *values = ARENA_ARRAY(mem, struct span, ix->n_fields);
	struct span root = jcur_root(content);

	*out = (struct index_entry){ .index = ix, .values = values };
	if (ix->has_words)
		out->words = words_of(content, mem);
	if (ix->has_parsed)
		out->parsed = parsed_of(content, mem);
	if (ix->has_guide) {
		struct facts *facts = ARENA_NEW(mem, struct facts);

		facts_init(facts, mem);
		guide_see(content, facts);
		out->facts = facts;
	}
	if (ix->kind == INDEX_SPATIAL && !box_values(ix, root, mem, values, e))
		return false;
	for (size_t i = 0; ix->kind == INDEX_BTREE && i < ix->n_fields; i++)
		if (!field_value(ix, &ix->fields[i], root, mem, &values[i], e))
			return false;
	return true;
}

bool
index_entries(const struct coll *coll, struct span content, struct arena *mem, struct index_entry **out, size_t *n,
    struct err *e)
{
	const struct index *ix;
	size_t i = 0;

	*n = 0;
	*out = NULL;
	for (ix = coll->indexes; ix != NULL; ix = ix->next)
		++*n;
	if (*n == 0)
		return true;
	*out = ARENA_ARRAY(mem, struct index_entry, *n);
	for (ix = coll->indexes; ix != NULL; ix = ix->next)
		if (!index_entry_of(ix, content, mem, &(*out)[i++], e))
			return false;
	return true;
}
