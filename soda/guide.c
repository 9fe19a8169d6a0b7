/* soda/guide.c - the data guide */
#include "soda/guide.h"

#include "base/jcur.h"
#include "soda/jtree.h"

/* ---- one document ---- */

struct level {
	uint32_t at;			/* place of the container; FACTS_NOWHERE: not looked at */
	size_t begun;			/* compact bytes before it */
	bool is_array;
};

struct sight {
	struct facts *facts;
	struct level *levels;		/* containers that are open */
	size_t n, cap;
	size_t n_bytes;			/* compact so far */
	uint32_t at;			/* place of the next value */
};

static void
see(struct sight *s, uint32_t at, enum fact_type type, size_t n_bytes)
{
	if (at != FACTS_NOWHERE)
		fact_see(&s->facts->list[at], type, n_bytes);
}

static uint32_t
place_below(struct sight *s, struct span name)
{
	uint32_t at = s->levels[s->n - 1].at;

	return at == FACTS_NOWHERE || s->n > FACTS_DEEPEST ? FACTS_NOWHERE : facts_add(s->facts, at, name);
}

/* one spelling for each name */
static struct span
spelled(struct span raw, struct arena *mem)
{
	if (memchr(raw.p, '\\', raw.n) == NULL && memchr(raw.p, 0x7f, raw.n) == NULL)
		return raw;
	return jtree_raw_name(jraw_decode(raw, mem), mem);
}

static void
open_container(struct sight *s, bool is_array)
{
	s->levels = arena_room(s->facts->mem, s->levels, s->n, &s->cap, sizeof(*s->levels));
	s->levels[s->n++] = (struct level){ s->at, s->n_bytes, is_array };
	s->n_bytes++;
}

static void
close_container(struct sight *s)
{
	const struct level *l = &s->levels[--s->n];

	s->n_bytes++;
	see(s, l->at, l->is_array ? FACT_ARRAY : FACT_OBJECT, s->n_bytes - l->begun);
}

/* p: behind the opening quote; the closing one */
static const char *
closing_quote(const char *p)
{
	for (; *p != '"'; p++)
		p += *p == '\\';
	return p;
}

/* a string at p, be it name or value; what comes behind it */
static const char *
see_string(struct sight *s, const char *p, const char *end)
{
	struct arena *mem = s->facts->mem;
	const char *quote = closing_quote(p + 1), *after = quote + 1;
	struct span inside = { p + 1, (size_t)(quote - p - 1) };
	struct arena_mark before;

	s->n_bytes += inside.n + 2;
	while (after < end && (unsigned char)*after <= ' ')
		after++;
	if (after < end && *after == ':') {
		s->n_bytes++;
		s->at = place_below(s, spelled(inside, mem));
		return after + 1;
	}
	before = arena_mark(mem);
	see(s, s->at, FACT_STRING, jraw_decode(inside, mem).n);
	arena_rewind(mem, before);
	return quote + 1;
}

static const char *
see_word(struct sight *s, const char *p, const char *end)
{
	enum fact_type type = *p == 'n' ? FACT_NULL : *p == 't' || *p == 'f' ? FACT_BOOLEAN : FACT_NUMBER;
	const char *from = p;

	while (p < end && *p != ',' && *p != ']' && *p != '}' && (unsigned char)*p > ' ')
		p++;
	s->n_bytes += (size_t)(p - from);
	see(s, s->at, type, (size_t)(p - from));
	return p;
}

void
guide_see(struct span content, struct facts *out)
{
	struct sight s = { .facts = out, .at = FACTS_ROOT };
	const char *p = content.p, *end = content.p + content.n;

	while (p < end) {
		if ((unsigned char)*p <= ' ') {
			p++;
			continue;
		}
		if (*p == '}' || *p == ']') {
			close_container(&s);
			p++;
			continue;
		}
		if (*p == ',') {
			s.n_bytes++;
			p++;
			continue;
		}
		if (s.n > 0 && s.levels[s.n - 1].is_array)
			s.at = place_below(&s, (struct span){ NULL, 0 });
		if (*p == '{' || *p == '[') {
			open_container(&s, *p == '[');
			p++;
		} else {
			p = *p == '"' ? see_string(&s, p, end) : see_word(&s, p, end);
		}
	}
}

/* ---- the schema ---- */

/* places by the one above, in their order; 0 ends a list, because the root is below nothing */
struct family {
	const struct facts *facts;
	uint32_t *first, *next;
	struct buf *out;
};

static void
put_member(struct buf *b, const char *name, struct span text)
{
	buf_printf(b, ",\"%s\":\"", name);
	buf_span(b, text);
	buf_char(b, '"');
}

static void print_place(const struct family *f, uint32_t at);

static void
print_members(const struct family *f, uint32_t at)
{
	const char *between = "";

	put_lit(f->out, ",\"properties\":{");
	for (uint32_t i = f->first[at]; i != 0; i = f->next[i]) {
		if (f->facts->list[i].name.p == NULL)
			continue;
		buf_addz(f->out, between);
		buf_char(f->out, '"');
		buf_span(f->out, f->facts->list[i].name);
		put_lit(f->out, "\":");
		print_place(f, i);
		between = ",";
	}
	buf_char(f->out, '}');
}

static void
print_elements(const struct family *f, uint32_t at)
{
	for (uint32_t i = f->first[at]; i != 0; i = f->next[i]) {
		if (f->facts->list[i].name.p != NULL)
			continue;
		put_lit(f->out, ",\"items\":");
		print_place(f, i);
	}
}

/* null yields to the others, and whatever differs can be told as a string */
static const char *
scalar_type(unsigned types)
{
	switch (types & FACT_SCALAR & ~(unsigned)FACT_NULL) {
	case 0:
		return "null";
	case FACT_BOOLEAN:
		return "boolean";
	case FACT_NUMBER:
		return "number";
	default:
		return "string";
	}
}

static void
print_shape(const struct family *f, uint32_t at, enum fact_shape shape)
{
	const struct fact *x = &f->facts->list[at];
	const char *type = shape == SHAPE_OBJECT ? "object" : shape == SHAPE_ARRAY ? "array" : scalar_type(x->types);
	bool is_element = at != FACTS_ROOT && x->name.p == NULL;

	buf_printf(f->out, "{\"type\":\"%s\"", type);
	if (at != FACTS_ROOT && !(is_element && shape != SHAPE_SCALAR))
		buf_printf(f->out, ",\"o:length\":%lu", 1UL << x->length[shape]);
	if (is_element && shape == SHAPE_SCALAR)
		buf_printf(f->out, ",\"o:preferred_column_name\":\"scalar_%s\"", type);
	else if (at != FACTS_ROOT && !is_element)
		put_member(f->out, "o:preferred_column_name", x->name);
	if (shape == SHAPE_OBJECT)
		print_members(f, at);
	if (shape == SHAPE_ARRAY)
		print_elements(f, at);
	buf_char(f->out, '}');
}

/* Recurses on the depth of the guide, which ends at FACTS_DEEPEST. */
static void
print_place(const struct family *f, uint32_t at)
{
	unsigned types = f->facts->list[at].types;
	bool has[SHAPE__N] = {
		[SHAPE_OBJECT] = (types & FACT_OBJECT) != 0 || types == 0,
		[SHAPE_ARRAY] = (types & FACT_ARRAY) != 0,
		[SHAPE_SCALAR] = (types & FACT_SCALAR) != 0,
	};
	bool is_one = has[SHAPE_OBJECT] + has[SHAPE_ARRAY] + has[SHAPE_SCALAR] == 1;
	const char *between = "";

	if (!is_one)
		put_lit(f->out, "{\"oneOf\":[");
	for (int shape = 0; shape < SHAPE__N; shape++) {
		if (!has[shape])
			continue;
		buf_addz(f->out, between);
		print_shape(f, at, (enum fact_shape)shape);
		between = ",";
	}
	if (!is_one)
		put_lit(f->out, "]}");
}

void
guide_print(const struct facts *facts, struct buf *out)
{
	struct family f = { .facts = facts, .out = out };

	f.first = ARENA_ARRAY(facts->mem, uint32_t, facts->n);
	f.next = ARENA_ARRAY(facts->mem, uint32_t, facts->n);
	for (size_t i = facts->n - 1; i > 0; i--) {
		f.next[i] = f.first[facts->list[i].parent];
		f.first[facts->list[i].parent] = (uint32_t)i;
	}
	print_place(&f, FACTS_ROOT);
}
