/* conf/xml.c - expat reads, a loop writes */
#include "conf/xml.h"

#include "base/clock.h"

#include <expat.h>

#define JAVA_DTD "http://java.sun.com/dtd/properties.dtd"

enum place { OUTSIDE, IN_PROPERTIES, IN_COMMENT, IN_ENTRY };

struct reading {
	XML_Parser parser;
	struct arena *mem;
	const char *name;
	struct properties *out;
	enum place place;
	const char *key;		/* of the entry being read */
	unsigned long line;
	struct buf text;
	struct err *e;
	bool failed;
};

const struct property *
properties_find(const struct properties *p, struct span key)
{
	for (size_t i = 0; i < p->n; i++)
		if (span_is(key, p->row[i].key))
			return &p->row[i];
	return NULL;
}

void
properties_put(struct properties *p, struct arena *mem, const char *key, const char *text, unsigned long line)
{
	struct property row = { key, text, line };

	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->row[i].key, key) == 0) {
			p->row[i] = row;
			return;
		}
	}
	p->row = arena_grow(mem, p->row, p->n * sizeof(row), (p->n + 1) * sizeof(row));
	p->row[p->n++] = row;
}

bool
properties_remove(struct properties *p, struct span key)
{
	for (size_t i = 0; i < p->n; i++) {
		if (span_is(key, p->row[i].key)) {
			memmove(&p->row[i], &p->row[i + 1], (p->n - i - 1) * sizeof(p->row[0]));
			p->n--;
			return true;
		}
	}
	return false;
}

static void
refuse(struct reading *r, const char *why)
{
	if (!r->failed)
		err_set(r->e, ERR_CONFIG, "%s line %lu: %s", r->name, (unsigned long)XML_GetCurrentLineNumber(r->parser), why);
	r->failed = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL
on_doctype(void *arg, const XML_Char *doctype, const XML_Char *system_id, const XML_Char *public_id, int has_subset)
{
	struct reading *r = arg;

	(void)doctype;
	if (has_subset || public_id != NULL || (system_id != NULL && strcmp(system_id, JAVA_DTD) != 0))
		refuse(r, "document types with definitions or entities of their own are not allowed");
}

static void XMLCALL
on_skipped_entity(void *arg, const XML_Char *entity, int is_parameter)
{
	(void)entity;
	(void)is_parameter;
	refuse(arg, "only the five entities of XML are allowed");
}

static void XMLCALL
on_start(void *arg, const XML_Char *element, const XML_Char **attributes)
{
	struct reading *r = arg;

	if (r->place == OUTSIDE && strcmp(element, "properties") == 0) {
		r->place = IN_PROPERTIES;
	} else if (r->place == IN_PROPERTIES && strcmp(element, "comment") == 0) {
		r->place = IN_COMMENT;
	} else if (r->place == IN_PROPERTIES && strcmp(element, "entry") == 0) {
		r->place = IN_ENTRY;
		r->key = NULL;
		for (; *attributes != NULL; attributes += 2)
			if (strcmp(attributes[0], "key") == 0)
				r->key = arena_z(r->mem, span_trim(span_of(attributes[1])));
		if (r->key == NULL || r->key[0] == '\0')
			refuse(r, "an entry without key");
		r->line = (unsigned long)XML_GetCurrentLineNumber(r->parser);
		buf_init(&r->text, r->mem);
	} else {
		refuse(r, "not a property list: only properties, comment and entry are allowed");
	}
}

static void XMLCALL
on_end(void *arg, const XML_Char *element)
{
	struct reading *r = arg;

	(void)element;
	if (r->failed)			/* expat still ends an empty element after it was stopped */
		return;
	if (r->place == IN_ENTRY)
		properties_put(r->out, r->mem, r->key, arena_z(r->mem, buf_text(&r->text)), r->line);
	r->place = r->place == IN_PROPERTIES ? OUTSIDE : IN_PROPERTIES;
}

static void XMLCALL
on_text(void *arg, const XML_Char *text, int n)
{
	struct reading *r = arg;
	struct span s = { text, (size_t)n };

	if (r->place == IN_ENTRY)
		buf_span(&r->text, s);
	else if (r->place == IN_PROPERTIES && span_trim(s).n > 0)
		refuse(r, "text outside of an entry");
}

static void
free_parser(void *arg)
{
	XML_ParserFree(arg);
}

bool
xml_read(struct span text, const char *name, struct arena *mem, struct properties *out, struct err *e)
{
	struct reading r = { .mem = mem, .name = name, .out = out, .e = e };

	*out = (struct properties){ 0 };
	if (text.n > 1024 * 1024)
		return err_set(e, ERR_CONFIG, "%s: larger than 1 MiB", name);
	r.parser = XML_ParserCreate(NULL);
	if (r.parser == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	arena_defer(mem, free_parser, r.parser);
	XML_SetUserData(r.parser, &r);
	XML_SetParamEntityParsing(r.parser, XML_PARAM_ENTITY_PARSING_NEVER);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	XML_SetSkippedEntityHandler(r.parser, on_skipped_entity);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	if (XML_Parse(r.parser, text.p, (int)text.n, 1) == XML_STATUS_ERROR && !r.failed)
		refuse(&r, XML_ErrorString(XML_GetErrorCode(r.parser)));
	return !r.failed;
}

static void
put_escaped(struct buf *out, const char *z)
{
	for (; *z != '\0'; z++) {
		switch (*z) {
		case '&':
			put_lit(out, "&amp;");
			break;
		case '<':
			put_lit(out, "&lt;");
			break;
		case '>':
			put_lit(out, "&gt;");
			break;
		case '"':
			put_lit(out, "&quot;");
			break;
		default:
			buf_char(out, *z);
		}
	}
}

void
xml_write(const struct properties *p, struct buf *out)
{
	char now[CLOCK_TEXT];

	clock_http_date(clock_us(), now);
	put_lit(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE properties SYSTEM \"" JAVA_DTD "\">\n"
	    "<properties>\n<comment>Saved on ");
	buf_addz(out, now);
	put_lit(out, "</comment>\n");
	for (size_t i = 0; i < p->n; i++) {
		put_lit(out, "<entry key=\"");
		put_escaped(out, p->row[i].key);
		put_lit(out, "\">");
		put_escaped(out, p->row[i].text);
		put_lit(out, "</entry>\n");
	}
	put_lit(out, "</properties>\n");
}
