/* soda/entry.c - the values of a document for the indexes of its collection */
#include "base/jcur.h"
#include "soda/guide.h"
#include "soda/index.h"
#include "soda/path.h"
#include "soda/words.h"
#include "sql/ixtext.h"

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
	struct span path = f->path.text;

	return err_set(e, kind, "index %.60s: %.*s %s", ix->name, (int)(path.n < 100 ? path.n : 100), path.p, why);
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
field_value(const struct index *ix, const struct index_field *f, struct span root, struct arena *mem, struct span *out,
    struct err *e)
{
	bool is_lax = ix->lax || ix->multivalue;
	struct found found = { .n = 0 };

	*out = (struct span){ NULL, 0 };
	path_each(&f->path, root, mem, take_value, &found);
	if (found.n == 0)
		return !ix->scalar_required || refuse(ix, f, ERR_VALUE_MISSING, "is missing", e);
	if (found.n == 1 && jval_type(found.value) == J_NULL)
		return true;
	if (convert(ix, f, &found, mem, out, e))
		return true;
	if (!is_lax)
		return false;
	err_clear(e);
	*out = (struct span){ NULL, 0 };
	return true;
}

bool
index_entry_of(const struct index *ix, struct span content, struct arena *mem, struct index_entry *out, struct err *e)
{
	struct span *values = ARENA_ARRAY(mem, struct span, ix->n_fields);
	struct span root = jcur_root(content);

	*out = (struct index_entry){ .index = ix, .values = values };
	if (ix->has_words)
		out->words = words_of(content, mem);
	if (ix->has_guide) {
		struct facts *facts = ARENA_NEW(mem, struct facts);

		facts_init(facts, mem);
		guide_see(content, facts);
		out->facts = facts;
	}
	for (size_t i = 0; i < ix->n_fields; i++)
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
		*n += index_has_entries(ix);
	if (*n == 0)
		return true;
	*out = ARENA_ARRAY(mem, struct index_entry, *n);
	for (ix = coll->indexes; ix != NULL; ix = ix->next)
		if (index_has_entries(ix) && !index_entry_of(ix, content, mem, &(*out)[i++], e))
			return false;
	return true;
}
