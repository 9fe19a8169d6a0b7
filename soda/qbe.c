/* soda/qbe.c - filters into conditions: what stands where; soda/operators.c reads what stands beneath a path */
#include "soda/qbe.h"

#include "soda/key.h"
#include "soda/operators.h"
#include "soda/order.h"
#include "soda/path.h"

/* where a filter stands: only the root, and $and at the root, may hold $id and the like */
struct level {
	size_t depth;
	bool is_top;
};

static bool parse_filter(struct qbe_reader *r, const struct member *of, struct level at, struct cond **out);
static bool parse_clause(struct qbe_reader *r, const struct member *m, struct level at, struct cond **out);

static bool
parse_clauses(struct qbe_reader *r, const struct members *clauses, struct level at, struct cond **out)
{
	struct cond_list all = { 0 };

	for (size_t i = 0; i < clauses->n; i++) {
		struct cond *c;

		if (!parse_clause(r, &clauses->list[i], at, &c))
			return false;
		cond_add(&all, c);
	}
	*out = cond_join(r, COND_ALL, &all);
	return true;
}

static bool
read_members(struct qbe_reader *r, const struct member *of, struct members *out)
{
	if (!members_read(of, QBE_MAX_NODES, r->mem, out))
		return member_fail(of, r->e, 5000, "the filter has more than %d conditions", QBE_MAX_NODES);
	return true;
}

static bool
parse_filter(struct qbe_reader *r, const struct member *of, struct level at, struct cond **out)
{
	struct members clauses;

	if (at.depth > QBE_MAX_DEPTH)
		return member_fail(of, r->e, 5000, "the filter is nested deeper than %d", QBE_MAX_DEPTH);
	return read_members(r, of, &clauses) && parse_clauses(r, &clauses, at, out);
}

/* ---- clauses that are words ---- */

static bool
parse_logic(struct qbe_reader *r, const struct member *m, const struct word *w, struct level at, struct cond **out)
{
	struct level inner = { .depth = at.depth + 1, .is_top = at.is_top && w->code == LOGIC_AND };
	struct cond_list all = { 0 };
	struct members filters;

	if (jval_type(m->value) != J_ARRAY)
		return member_fail(m, r->e, 5002, "%s needs an array", w->name);
	if (!elements_read(m, QBE_MAX_LIST, r->mem, &filters))
		return member_fail(m, r->e, 5000, "%s lists more than %d filters", w->name, QBE_MAX_LIST);
	if (filters.n == 0)
		return member_fail(m, r->e, 5021, "the operand of %s is empty", w->name);
	for (size_t i = 0; i < filters.n; i++) {
		const struct member *f = &filters.list[i];
		struct jiter it;
		struct span name, value;
		struct cond *c;

		if (jval_type(f->value) != J_OBJECT)
			return member_fail(f, r->e, 5017, "%s lists objects only", w->name);
		jiter_open(&it, f->value);
		if (!jiter_member(&it, &name, &value))
			return member_fail(f, r->e, 5021, "an empty object in %s", w->name);
		if (!parse_filter(r, f, inner, &c))
			return false;
		cond_add(&all, c);
	}
	*out = cond_join(r, w->code == LOGIC_AND ? COND_ALL : COND_ANY, &all);
	if (w->code == LOGIC_NOR)
		*out = cond_not(r, *out);
	return true;
}

/* text of one key: a string, or an integer in plain decimal */
static bool
read_key(struct qbe_reader *r, const struct member *m, struct span *key)
{
	enum jtype type = jval_type(m->value);
	struct dec number;
	struct buf text;

	if (type == J_STRING) {
		*key = jstring_decode(m->value, r->mem);
	} else if (type == J_NUMBER && dec_parse(m->value, &number) && dec_is_integer(&number)) {
		buf_init(&text, r->mem);
		dec_canonical(&number, &text);
		*key = buf_text(&text);
	} else {
		return false;
	}
	return true;
}

/* a list of keys; inner: what to say when an element is none */
static bool
parse_keys(struct qbe_reader *r, const struct members *keys, int inner, struct cond **out)
{
	struct operand *values = ARENA_ARRAY(r->mem, struct operand, keys->n);

	for (size_t i = 0; i < keys->n; i++) {
		const struct member *m = &keys->list[i];

		values[i].type = J_STRING;
		if (!read_key(r, m, &values[i].text))
			return member_fail(m, r->e, inner, "a key is a string or an integer");
		if (r->coll != NULL
		    && !key_canonical(&r->coll->meta, values[i].text, r->mem, &values[i].text, r->e))
			return member_at(m, r->e);
	}
	r->has_id = true;
	*out = cond_new(r, COND_KEYS);
	(*out)->values = values;
	(*out)->n_values = keys->n;
	return true;
}

static bool
read_key_list(struct qbe_reader *r, const struct member *m, struct members *keys)
{
	if (!elements_read(m, QBE_MAX_LIST, r->mem, keys))
		return member_fail(m, r->e, 5000, "more than %d keys", QBE_MAX_LIST);
	if (keys->n == 0)
		return member_fail(m, r->e, 5021, "an empty list of keys");
	return true;
}

static bool
parse_id(struct qbe_reader *r, const struct member *m, bool is_top, struct cond **out)
{
	struct members keys = { .n = 1, .list = m };

	if (!is_top)
		return member_fail(m, r->e, 5039, "$id is allowed at the root of a filter only");
	if (r->has_id)
		return member_fail(m, r->e, 5064, "$id stands in the filter already");
	if (jval_type(m->value) == J_ARRAY && !read_key_list(r, m, &keys))
		return false;
	return parse_keys(r, &keys, 5003, out);
}

static bool
parse_path(struct qbe_reader *r, const struct member *m, struct path *path)
{
	return path_parse(m->name, r->mem, path, r->e) || member_at(m, r->e);
}

static bool refuse_word(struct qbe_reader *r, const struct member *m);

static bool
parse_singles(struct qbe_reader *r, const struct member *m, bool is_top, struct cond **out)
{
	struct cond_list all = { 0 };
	struct members paths;

	if (!is_top)
		return member_fail(m, r->e, 5063, "$sqlJson is allowed at the root of a filter only");
	if (jval_type(m->value) != J_OBJECT)
		return member_fail(m, r->e, 5017, "$sqlJson needs an object");
	if (!read_members(r, m, &paths))
		return false;
	if (paths.n == 0)
		return member_fail(m, r->e, 5021, "the operand of $sqlJson is empty");
	for (size_t i = 0; i < paths.n; i++) {
		const struct member *x = &paths.list[i];
		struct path path;

		if (is_word(x->name))
			return refuse_word(r, x);
		if (!parse_path(r, x, &path) || !operators_single(r, x, &path, &all))
			return false;
	}
	*out = cond_join(r, COND_ALL, &all);
	return true;
}

/* a name that begins with $ where only a path can stand */
static bool
refuse_word(struct qbe_reader *r, const struct member *m)
{
	const struct word *w = word_find(m->name);

	if (w == NULL || w->kind == WORD_OUTER)
		return member_fail(m, r->e, 5018, "%.*s is not a recognized operator", SPAN_ARG(m->name));
	if (w->kind == WORD_VALUE)
		return member_fail(m, r->e, 5070, "%s is not available for textual JSON", w->name);
	return member_fail(m, r->e, 5004, "%s stands where a path is needed", w->name);
}

/* ---- clauses ---- */

/* Does an operand object hold operators?  Otherwise it is a filter of its own, and says itself what is wrong with it. */
static bool
holds_operators(struct qbe_reader *r, const struct member *m)
{
	struct jiter it;
	struct span raw, value;
	const struct word *w;

	jiter_open(&it, m->value);
	if (!jiter_member(&it, &raw, &value))
		return true;		/* {}: an empty operand */
	w = word_find(jraw_decode(raw, r->mem));
	return w != NULL && w->kind != WORD_LOGIC && w->kind != WORD_ID && w->kind != WORD_SINGLES
	    && w->kind != WORD_OUTER;
}

static bool
parse_clause(struct qbe_reader *r, const struct member *m, struct level at, struct cond **out)
{
	struct level inner = { .depth = at.depth + 1 };
	struct path path;
	struct cond *child;

	if (is_word(m->name)) {
		const struct word *w = word_find(m->name);

		if (w != NULL && w->kind == WORD_LOGIC)
			return parse_logic(r, m, w, at, out);
		if (w != NULL && w->kind == WORD_ID)
			return parse_id(r, m, at.is_top, out);
		if (w != NULL && w->kind == WORD_SINGLES)
			return parse_singles(r, m, at.is_top, out);
		return refuse_word(r, m);
	}
	if (!parse_path(r, m, &path))
		return false;
	if (jval_type(m->value) == J_ARRAY)
		return operators_every(r, m, &path, out);
	if (jval_type(m->value) != J_OBJECT)
		return operators_equal(r, m, &path, out);
	if (holds_operators(r, m))
		return operators_parse(r, m, &path, at.is_top, out);
	if (!parse_filter(r, m, inner, &child))
		return false;
	*out = cond_new(r, COND_AT);
	(*out)->path = path;
	(*out)->children = child;
	return true;
}

/* ---- the whole ---- */

static bool
parse_where(struct qbe_reader *r, const struct member *m, const struct members *clauses)
{
	const struct level root = { .is_top = true };
	struct members own;
	struct cond *where;

	if (clauses == NULL) {
		if (!read_members(r, m, &own))
			return false;
		clauses = &own;
	}
	if (clauses->n == 0)
		return true;
	if (!parse_clauses(r, clauses, root, &where))
		return false;
	r->out->where = where;
	return true;
}

static const struct word *
outer_word(const struct member *m)
{
	const struct word *w = is_word(m->name) ? word_find(m->name) : NULL;

	return w != NULL && w->kind == WORD_OUTER ? w : NULL;
}

/* the conditions beside $query and its like: there must be none */
static bool
refuse_beside(struct qbe_reader *r, const struct member *m)
{
	const struct word *w = word_find(m->name);

	if (is_word(m->name) && (w == NULL || (w->kind != WORD_LOGIC && w->kind != WORD_ID && w->kind != WORD_SINGLES)))
		return refuse_word(r, m);
	if (r->out->has_query)
		return member_fail(m, r->e, 5034, "\"%.*s\" cannot stand beside $query", SPAN_ARG(m->name));
	return member_fail(m, r->e, 5065, "the condition \"%.*s\" belongs into $query", SPAN_ARG(m->name));
}

static bool
parse_outer(struct qbe_reader *r, const struct member *m, enum outer what)
{
	struct qbe *out = r->out;

	switch (what) {
	case OUTER_QUERY:
		if (jval_type(m->value) != J_OBJECT)
			return member_fail(m, r->e, 5033, "$query must be an object");
		return parse_where(r, m, NULL);
	case OUTER_ORDERBY:
		return order_parse(m, r->mem, &out->order, r->e);
	case OUTER_PROJECT:
		return project_parse(m->value, r->mem, &out->project, r->e);
	case OUTER_PATCH:
		out->patch = m->value;
		if (jval_type(m->value) != J_ARRAY)
			return member_fail(m, r->e, 5046, "$patch must be an array");
		return true;
	case OUTER_MERGE:
		out->merge = m->value;
		if (jval_type(m->value) != J_OBJECT) {
			err_set(r->e, ERR_MERGE_BAD, "$merge must be an object");
			return member_at(m, r->e);
		}
		return true;
	}
	return false;
}

/* which of them may stand together, and where */
static bool
check_outer(struct qbe_reader *r, const struct member *root, unsigned present, enum qbe_use use)
{
	const unsigned project = 1u << OUTER_PROJECT, patch = 1u << OUTER_PATCH, merge = 1u << OUTER_MERGE;

	if ((present & project) != 0 && (present & (patch | merge)) != 0) {
		err_inner(r->e, ERR_PROJECT, 5010, "$project cannot stand beside $patch or $merge");
		return member_at(root, r->e);
	}
	if ((present & patch) != 0 && (present & merge) != 0)
		return member_fail(root, r->e, 5046, "$patch and $merge cannot stand together");
	if ((present & project) != 0 && use != QBE_QUERY) {
		err_inner(r->e, ERR_PROJECT, 5010, "$project is for queries only");
		return member_at(root, r->e);
	}
	if ((present & (patch | merge)) != 0 && use != QBE_UPDATE)
		return member_fail(root, r->e, 5046, "$patch and $merge are for updates only");
	return true;
}

static bool
parse_composite(struct qbe_reader *r, const struct member *root, const struct members *members, enum qbe_use use)
{
	unsigned present = 0;

	for (size_t i = 0; i < members->n; i++) {
		const struct member *m = &members->list[i];
		const struct word *w = outer_word(m);

		if (w == NULL)
			continue;
		if (m->is_repeated && (w->code == OUTER_QUERY || w->code == OUTER_ORDERBY))
			return member_fail(m, r->e, 5032, "%s stands more than once", w->name);
		present |= 1u << w->code;
	}
	r->out->has_query = (present & 1u << OUTER_QUERY) != 0;
	for (size_t i = 0; i < members->n; i++)
		if (outer_word(&members->list[i]) == NULL)
			return refuse_beside(r, &members->list[i]);
	if (!check_outer(r, root, present, use))
		return false;
	for (size_t i = 0; i < members->n; i++)
		if (!parse_outer(r, &members->list[i], (enum outer)outer_word(&members->list[i])->code))
			return false;
	return true;
}

bool
qbe_parse(struct span text, enum qbe_use use, const struct coll *coll, struct arena *mem, struct qbe *out,
    struct err *e)
{
	struct qbe_reader r = { .coll = coll, .mem = mem, .out = out, .e = e };
	struct member root = { .value = jcur_root(text) };
	struct members members;
	struct cond *where;

	*out = (struct qbe){ 0 };
	if (jval_type(root.value) == J_ARRAY && use != QBE_UPDATE) {
		if (!read_key_list(&r, &root, &members) || !parse_keys(&r, &members, 5020, &where))
			return false;
		out->where = where;
		return true;
	}
	if (jval_type(root.value) != J_OBJECT)
		return err_set(e, ERR_QBE_SHAPE, NULL);
	if (!read_members(&r, &root, &members))
		return false;
	out->is_exactly_empty = members.n == 0;
	for (size_t i = 0; i < members.n; i++)
		if (outer_word(&members.list[i]) != NULL)
			return parse_composite(&r, &root, &members, use);
	if (use == QBE_UPDATE && members.n > 0)
		return refuse_beside(&r, &members.list[0]);
	return parse_where(&r, &root, &members);
}

bool
qbe_scan(struct span text, const struct scan_limits *limits, struct arena *mem, struct scan_info *info, struct err *e)
{
	struct scan_limits lax = *limits;
	struct err unused = { 0 };
	struct members members;
	struct member root = { 0 };

	if (json_scan(text, limits, mem, info, e))
		return true;
	lax.allow_duplicates = true;
	if (e->kind != ERR_BAD_JSON || limits->allow_duplicates || !json_scan(text, &lax, mem, info, &unused))
		return false;
	root.value = jcur_root(info->text);
	if (!members_read(&root, QBE_MAX_NODES, mem, &members))
		return false;
	for (size_t i = 0; i < members.n; i++) {
		const struct member *m = &members.list[i];

		if (m->is_repeated && (span_is(m->name, "$query") || span_is(m->name, "$orderby")))
			return member_fail(m, e, 5032, "%.*s stands more than once", SPAN_ARG(m->name));
	}
	return false;
}
