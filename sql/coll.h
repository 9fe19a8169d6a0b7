/* sql/coll.h - a collection as everybody sees it: identity, metadata, indexes
 *
 * soda/meta.c reads and prints the metadata, sql/catalog.c keeps it, sql/store.c obeys it.
 */
#ifndef CORDS_SQL_COLL_H
#define CORDS_SQL_COLL_H

#include "base/buf.h"
#include "sql/facts.h"
#include "sql/plan.h"

enum key_type { KEY_VARCHAR2, KEY_NVARCHAR2, KEY_NUMBER, KEY_RAW };
enum key_method { KEYS_UUID, KEYS_GUID, KEYS_SEQUENCE, KEYS_IDENTITY, KEYS_CLIENT, KEYS_EMBEDDED_OID, KEYS_SERVER };
enum content_type { CONTENT_BLOB, CONTENT_CLOB, CONTENT_VARCHAR2, CONTENT_JSON };
enum validation { VALIDATION_STANDARD, VALIDATION_STRICT, VALIDATION_LAX };
enum version_method { VERSION_NONE, VERSION_SHA256, VERSION_MD5, VERSION_UUID, VERSION_TIMESTAMP, VERSION_SEQUENTIAL };

/* effective metadata, after defaulting; strings are NUL-terminated, "" where absent */
struct meta {
	const char *schema_name;	/* as reported: upper case of the schema's name */
	const char *table_name;		/* as reported only; physical names are our own */
	const char *key_column;
	enum key_type key_type;
	int64_t key_max_length;		/* 0: not a character type */
	enum key_method key_method;
	const char *sequence_name;
	const char *key_path;		/* embedded keys: the member, "_id" by default */
	const char *content_column;
	enum content_type content_type;
	int64_t content_max_length;	/* bytes; 0: none */
	enum validation validation;
	bool has_validation;		/* not for JSON nor with jsonFormat */
	const char *compress, *encrypt;	/* "NONE" ... */
	bool cache;
	const char *json_format;	/* "OSON" or "" */
	const char *version_column;	/* "": no versions */
	enum version_method version_method;
	const char *modified_column;	/* "": none */
	const char *modified_index;
	const char *created_column;	/* "": none */
	const char *media_type_column;	/* "": not heterogeneous */
	bool read_only;
};

static inline bool
meta_is_hetero(const struct meta *m)
{
	return m->media_type_column[0] != '\0';
}

/* Back from the JSON that soda/meta.c prints; texts in mem.  fails INTERNAL */
bool meta_from_json(struct span json, struct arena *mem, struct meta *out, struct err *e);

enum index_kind { INDEX_BTREE, INDEX_SEARCH, INDEX_SPATIAL };

struct index_field {
	struct path path;		/* STEP_FIELD steps only */
	enum datatype type;
	size_t max_chars;		/* longer strings are refused; 0: no limit */
	bool descending;
};

struct guide;				/* sql/search.h */
enum { BOX_SIDES = 4 };			/* values of a spatial index: sql/box.h */

struct index {
	int64_t id;			/* physical tables soda_i_<id>; of a search index soda_t_<id> and soda_g_<id> */
	const char *name;
	enum index_kind kind;
	bool unique, scalar_required, lax, index_nulls, multivalue;
	size_t n_fields;
	const struct index_field *fields;
	size_t kept_chars;		/* of the text of each value, by the database that keeps it (sql/fit.h); 0: all */
	bool has_text;			/* search: $contains is answered ... */
	bool has_words;			/* ... and the engine keeps the words, to find candidates quickly */
	bool has_parsed;		/* ... and with them each document in parsed form, by an index over values at paths */
	bool indexes_parsed;		/* ... or such an index over those that the collection keeps */
	bool has_guide;			/* search: keeps what is known of the documents' shape */
	struct guide *guide;		/* ... as far as this connection remembers it */
	const struct index *next;	/* of the same collection, by id */
};

/* Each document has one row in the table of such an index. */
static inline bool
index_has_rows(const struct index *ix)
{
	return ix->kind != INDEX_SEARCH;
}

/* the search index of a collection; NULL: there is none */
static inline const struct index *
index_for_search(const struct index *list)
{
	while (list != NULL && list->kind != INDEX_SEARCH)
		list = list->next;
	return list;
}

/* What the catalogue keeps of an index besides its name, and back.  fails INTERNAL */
void index_to_json(const struct index *ix, struct buf *out);
bool index_from_json(struct span json, struct arena *mem, struct index *out, struct err *e);

struct coll {
	int64_t id;			/* physical table soda_c_<id> */
	int64_t schema_id;
	struct span name;
	struct meta meta;
	bool has_parsed;		/* its table keeps each document in parsed form as well (sql/parsed.h) ... */
	bool asks_parsed;		/* ... and filters ask it: not while documents of before are given theirs */
	struct span meta_json;		/* as reported under `properties`, compact */
	const struct index *indexes;
};

/* The values of one document for one index: text whose byte order is the index order.  NULL spans (p == NULL) are missing
 * values.  Made by soda/entry.c, kept by sql/store.c. */
struct index_entry {
	const struct index *index;
	const struct span *values;	/* n_fields of them */
	struct span words;		/* has_words: each word of the document once, with blanks between them */
	struct span parsed;		/* has_parsed: of the document, as sql/parsed.h makes it; p NULL: there is none */
	const struct facts *facts;	/* has_guide: of the document alone */
};

/* One object.  Spans are borrowed from an arena. */
struct doc {
	struct span key;
	int64_t rev;			/* hidden; any number at first, so that a key that comes again has another; every write adds 1 */
	struct span version;		/* etag text; n == 0 with VERSION_NONE */
	int64_t created_us, modified_us;
	bool is_null;			/* heterogeneous: null content */
	struct span content;		/* bytes as sent; only when it was asked for */
	size_t n_bytes;			/* of the content, also when it was not asked for */
	struct span media_type;		/* heterogeneous only; else empty */
};

struct docs {
	size_t n;
	struct doc *doc;
	bool has_more;
};

#endif
