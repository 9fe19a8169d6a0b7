/* sql/gen_column.c - one column of a table into its definition: type, default, identity, generated expression */
#include "sql/gen_table.h"

#include "sql/ident.h"
#include "sql/lex.h"
#include "sql/literal.h"
#include "sql/table_words.h"

void
ddl_note(struct table_ddl *d, struct arena *mem, const char *what, const char *why, struct span original)
{
	struct ddl_note *n = ARENA_NEW(mem, struct ddl_note);

	*n = (struct ddl_note){ .what = what, .why = why, .original = original };
	*d->end_notes = n;
	d->end_notes = &n->next;
}

/* ---- types ---- */

bool
type_is_harmless(struct span native, struct arena *mem)
{
	static const char *const rules[] = {
		"AS", "CHECK", "CONSTRAINT", "DEFAULT", "FOREIGN", "GENERATED", "KEY", "NOT", "NULL", "ON", "PRIMARY", "REFERENCES",
		"SELECT", "UNIQUE", "VISIBLE", "INVISIBLE", "COMMENT",
	};
	struct lex x;
	size_t depth = 0;

	lex_open(&x, native, mem);
	for (; x.kind != LEX_END; lex_next(&x)) {
		if (x.kind == LEX_WORD)
			for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
				if (lex_word(&x, rules[i]))
					return false;
		if (x.kind == LEX_BAD || x.kind == LEX_BYTES)
			return false;
		if (x.kind != LEX_SIGN)
			continue;
		if (lex_sign(&x, "("))
			depth++;
		else if (lex_sign(&x, ")")) {
			if (depth-- == 0)
				return false;
		} else if (lex_sign(&x, ",")) {
			if (depth == 0)
				return false;
		} else if (!lex_sign(&x, ".") && !lex_sign(&x, "[") && !lex_sign(&x, "]") && !lex_sign(&x, "-"))
			return false;
	}
	return depth == 0;
}

static void
put_words(const struct dialect *d, const struct column *c, struct buf *out)
{
	for (size_t i = 0; i < c->n_words; i++) {
		if (i > 0)
			put_lit(out, ", ");
		put_string(d, c->words[i], out);
	}
	buf_char(out, ')');
}

static void
with_length(const char *open, int64_t n, struct buf *out)
{
	buf_addz(out, open);
	buf_int(out, n);
	buf_char(out, ')');
}

struct typing {
	const struct gen_target *to;
	struct span schema;		/* of the table */
	const struct column *c;
	const char *label;		/* "column T.C" */
	bool in_key;
	int64_t key_chars, longest;
	int64_t *room;
	struct table_ddl *notes;
};

static void
warn(const struct typing *ty, struct buf *out, const char *why)
{
	ddl_note(ty->notes, out->mem, ty->label, why, (struct span){ NULL, 0 });
}

/* A text takes its room in the row when it has a length, and can be in a key only then. */
static void
text_type(const struct typing *ty, struct buf *out)
{
	const struct table_words *w = ty->to->dialect->tables;
	const struct column *c = ty->c;
	int64_t n = c->length;
	bool fixed = c->type == ABS_CHAR && w->char_n != NULL && n > 0 && n <= w->char_n_max;

	if (ty->in_key && w->key_text != NULL && (n == 0 || n > ty->key_chars)) {
		n = ty->longest > 255 ? ty->longest : 255;
		with_length(w->key_text, n < ty->key_chars ? n : ty->key_chars, out);
	} else if (fixed) {
		with_length(w->char_n, n, out);
	} else if (w->text_n != NULL && n > 0 && n <= w->text_n_max && (w->key_text == NULL || n * 4 <= *ty->room)) {
		*ty->room -= n * 4;
		with_length(w->text_n, n, out);
	} else {
		buf_addz(out, w->type[ABS_TEXT]);
	}
}

/* A scale may be negative, or above the precision, on one engine only. */
static void
decimal_type(const struct typing *ty, struct buf *out)
{
	const struct table_words *w = ty->to->dialect->tables;
	const struct column *c = ty->c;
	int64_t scale = c->scale < 0 ? 0 : c->scale, precision = c->scale < 0 ? c->precision - c->scale : c->precision;

	if (precision < scale)
		precision = scale;
	if (c->precision == 0 && w->keeps_doubles && ty->longest > w->decimal_digits + 2) {
		buf_addz(out, w->type[ABS_TEXT]);
		warn(ty, out, "has values with more digits than a number of this engine; becomes a text");
	} else if (c->precision == 0) {
		buf_addz(out, w->type[ABS_DECIMAL]);
		if (ty->to->dialect->tables->key_text != NULL)
			warn(ty, out, "has no precision; 35 digits before the point and 30 behind it are kept");
	} else if (precision > w->decimal_digits || scale > w->decimal_scale) {
		buf_addz(out, w->type[ABS_TEXT]);
		warn(ty, out, "has more digits than a number of this engine; becomes a text");
	} else if (w->decimal_n == NULL) {
		buf_addz(out, w->type[ABS_DECIMAL]);
	} else {
		buf_addz(out, w->decimal_n);
		buf_printf(out, "%lld,%lld)", (long long)precision, (long long)scale);
	}
}

static void
mapped_type(const struct typing *ty, struct buf *out)
{
	const struct table_words *w = ty->to->dialect->tables;
	const struct column *c = ty->c;

	switch (c->type) {
	case ABS_TEXT:
	case ABS_CHAR:
		text_type(ty, out);
		return;
	case ABS_DECIMAL:
		decimal_type(ty, out);
		return;
	case ABS_BINARY:
		if (ty->in_key && w->key_text != NULL && (c->length == 0 || c->length > w->binary_n_max))
			with_length(w->binary_n, ty->longest > 255 ? ty->longest : 255, out);
		else if (w->binary_n != NULL && c->length > 0 && c->length <= w->binary_n_max && c->length <= *ty->room) {
			*ty->room -= c->length;
			with_length(w->binary_n, c->length, out);
		} else
			buf_addz(out, w->type[ABS_BINARY]);
		return;
	case ABS_UINT64:
		buf_addz(out, w->type[w->keeps_doubles && ty->longest >= 19 ? ABS_TEXT : ABS_UINT64]);
		return;
	case ABS_UUID:
		buf_addz(out, ty->to->old_uuid && w->old_uuid != NULL ? w->old_uuid : w->type[ABS_UUID]);
		return;
	case ABS_ENUM:
		if (w->enum_open != NULL && c->n_words > 0) {
			buf_addz(out, w->enum_open);
			put_words(ty->to->dialect, c, out);
		} else
			text_type(ty, out);
		return;
	case ABS_TIMESTAMPTZ:
		buf_addz(out, w->type[c->type]);
		if (w->key_text != NULL)
			warn(ty, out, "has a time zone; becomes a time in UTC");
		return;
	case ABS_OTHER:
		text_type(ty, out);
		warn(ty, out, "has a type that other engines do not know; becomes a text");
		return;
	default:
		buf_addz(out, w->type[c->type]);
	}
}

void
gen_enum_checks(const struct gen_target *to, const struct table *t, struct buf *out)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];

		if (c->type != ABS_ENUM || c->n_words == 0 || to->same_engine || to->dialect->tables->enum_open != NULL)
			continue;
		put_lit(out, ",\n\tCHECK (");
		put_ident(to->dialect, c->name, out);
		put_lit(out, " IN (");
		for (size_t k = 0; k < c->n_words; k++) {
			if (k > 0)
				put_lit(out, ", ");
			put_string(to->dialect, c->words[k], out);
		}
		put_lit(out, "))");
	}
}

/* ---- defaults ---- */

/* What one engine writes as a number another one calls true. */
static void
put_default(const struct gen_target *to, const struct column *c, struct literal l, struct buf *out)
{
	if (c->type == ABS_BOOL && (l.kind == LITERAL_NUMBER || l.kind == LITERAL_STRING)) {
		if (span_is(l.text, "0") || span_is_nocase(l.text, "f") || span_is_nocase(l.text, "false"))
			l.kind = LITERAL_FALSE;
		else if (span_is(l.text, "1") || span_is_nocase(l.text, "t") || span_is_nocase(l.text, "true"))
			l.kind = LITERAL_TRUE;
	}
	put_lit(out, " DEFAULT ");
	literal_put(to->dialect, &l, out);
}

static void
default_of(const struct typing *ty, struct buf *out)
{
	const struct column *c = ty->c;
	struct span schema, name;
	struct literal l;

	if (c->dflt.p == NULL || c->is_identity)
		return;
	if (ty->to->same_engine && next_value_parse(c->dflt, out->mem, &schema, &name) && span_eq(schema, ty->schema)) {
		put_lit(out, " DEFAULT ");
		next_value_put(ty->to->dialect, schema, name, out);
		return;
	}
	if (literal_parse(c->dflt, out->mem, &l)) {
		put_default(ty->to, c, l, out);
	} else if (ty->to->same_engine && expression_is_harmless(c->dflt, out->mem)) {
		put_lit(out, " DEFAULT (");
		buf_span(out, c->dflt);
		buf_char(out, ')');
	} else {
		ddl_note(ty->notes, out->mem, arena_printf(out->mem, "default of %s", ty->label),
		    ty->to->same_engine ? "is no expression that is taken over" : "is an expression of another engine", c->dflt);
	}
}

/* As exact as the column itself: timestamp(6) */
static void
follow_updates(const struct typing *ty, struct buf *out)
{
	const char *open = ty->c->native.n == 0 ? NULL : memchr(ty->c->native.p, '(', ty->c->native.n);

	if (!ty->c->follows_updates)
		return;
	if (!ty->to->same_engine || ty->to->dialect->tables->follow_updates == NULL) {
		warn(ty, out, "was set to the time of each update of its row; nothing does that here");
		return;
	}
	buf_addz(out, ty->to->dialect->tables->follow_updates);
	buf_printf(out, "(%c)", open != NULL && open[1] >= '0' && open[1] <= '6' ? open[1] : '0');
}

/* ---- a column ---- */

static bool
is_generated(const struct typing *ty, struct buf *out)
{
	const struct column *c = ty->c;

	if (c->generated.p == NULL)
		return false;
	if (ty->to->same_engine && ty->to->same_names && expression_is_harmless(c->generated, out->mem))
		return true;
	ddl_note(ty->notes, out->mem, ty->label, "was generated; becomes a plain column with the values that it had", c->generated);
	return false;
}

static bool
is_of_key(const struct table *t, const struct column *c)
{
	for (size_t i = 0; i < t->pk.n_columns; i++)
		if (span_eq(t->pk.columns[i], c->name))
			return true;
	return false;
}

static void
invisible(const struct typing *ty, struct buf *out)
{
	if (!ty->c->is_invisible)
		return;
	if (ty->to->same_engine && ty->to->dialect->tables->invisible != NULL)
		buf_addz(out, ty->to->dialect->tables->invisible);
	else
		warn(ty, out, "was invisible; everybody sees it here");
}

void
gen_key_columns(const struct gen_target *to, const struct table *t, struct buf *out, struct table_ddl *notes)
{
	for (size_t i = 0; i < t->pk.n_columns; i++) {
		int64_t length = 0;

		for (size_t k = 0; k < t->n_columns; k++)
			if (span_eq(t->columns[k].name, t->pk.columns[i]))
				length = t->columns[k].key_length;
		buf_addz(out, i == 0 ? "(" : ", ");
		put_ident(to->dialect, t->pk.columns[i], out);
		if (length > 0 && to->same_engine)
			buf_printf(out, "(%lld)", (long long)length);
		else if (length > 0)
			ddl_note(notes, out->mem, arena_printf(out->mem, "primary key of %.*s", SPAN_ARG(t->name)),
			    "was over the beginnings of values; all of them are in it here", t->pk.columns[i]);
	}
	buf_char(out, ')');
}

void
gen_column(const struct gen_target *to, const struct table *t, size_t column, bool in_key, int64_t key_chars, int64_t longest,
    int64_t *room, struct buf *out, struct table_ddl *notes)
{
	const struct table_words *w = to->dialect->tables;
	const struct column *c = &t->columns[column];
	const struct typing ty = { .to = to, .schema = t->schema, .c = c, .in_key = in_key, .key_chars = key_chars, .longest = longest,
		.room = room, .notes = notes, .label = arena_printf(out->mem, "column %.*s.%.*s", SPAN_ARG(t->name), SPAN_ARG(c->name)) };

	put_ident(to->dialect, c->name, out);
	buf_char(out, ' ');
	if (to->same_engine && c->native.n > 0 && type_is_harmless(c->native, out->mem)) {
		buf_span(out, c->native);
	} else {
		if (to->same_engine && c->native.n > 0)
			ddl_note(notes, out->mem, ty.label, "has a type that cannot be read; another one is used", c->native);
		if (!to->same_engine || c->native.n > 0)
			mapped_type(&ty, out);
	}
	if (to->same_engine && c->collation.n > 0) {
		put_lit(out, " COLLATE ");
		put_ident(to->dialect, c->collation, out);
	}
	if (is_generated(&ty, out)) {
		buf_addz(out, w->generated[0]);
		buf_span(out, c->generated);
		buf_addz(out, w->generated[1]);
		invisible(&ty, out);
		return;
	}
	if (!c->nullable || (to->key_later && is_of_key(t, c)))
		put_lit(out, " NOT NULL");
	if (c->is_identity && w->identity != NULL)
		buf_addz(out, w->identity);
	default_of(&ty, out);
	follow_updates(&ty, out);
	invisible(&ty, out);
	if (w->comment == COMMENT_INLINE && c->comment.n > 0) {
		put_lit(out, " COMMENT ");
		put_string(to->dialect, c->comment, out);
	}
}
