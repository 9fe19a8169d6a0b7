/* conf/xml.h - property lists in the XML form of Java, and nothing else of XML
 *
 * No document type with an internal subset, no external entity: what such a thing names is never opened.
 */
#ifndef CORDS_CONF_XML_H
#define CORDS_CONF_XML_H

#include "base/buf.h"
#include "base/err.h"

struct property {
	const char *key, *text;
	unsigned long line;
};

struct properties {
	size_t n;
	struct property *row;		/* each key once: the last one of a file counts */
};

/*
 * xml_read - one property list
 *
 * text    whole file; borrowed for the call
 * name    of the file, for messages
 * fails   CONFIG naming file and line
 */
bool xml_read(struct span text, const char *name, struct arena *mem, struct properties *out, struct err *e);

void xml_write(const struct properties *p, struct buf *out);

const struct property *properties_find(const struct properties *p, struct span key);	/* NULL */
void properties_put(struct properties *p, struct arena *mem, const char *key, const char *text, unsigned long line);
bool properties_remove(struct properties *p, struct span key);	/* was it there? */

#endif
