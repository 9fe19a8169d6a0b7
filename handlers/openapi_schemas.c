/* handlers/openapi_schemas.c - bodies of the Database API for the OpenAPI document */
#include "handlers/openapi.h"

#include "sql/dictionary.h"

/* ---- which operation carries what ---- */

static const struct body bodies[] = {
	{ M_GET, "/database/objects/", NULL, "ObjectsPage", NULL, NULL, 200, 0, false },
	{ M_GET, "/database/objects/tables/", NULL, "TablesPage", NULL, NULL, 200, 0, false },
	{ M_GET, "/database/objects/tables/{}", NULL, "Table", NULL, NULL, 200, 0, false },
	{ M_GET, "/database/objects/columns/", NULL, "ColumnsPage", NULL, NULL, 200, 0, false },
	{ M_GET, "/database/objects/indexes/", NULL, "IndexesPage", NULL, NULL, 200, 0, false },
	{ M_GET, "/database/objects/foreign_keys/", NULL, "ForeignKeysPage", NULL, NULL, 200, 0, false },
	{ M_POST, "/database/datapump/export", "DatapumpExport", "DatapumpJob", NULL, NULL, 201, 0, false },
	{ M_POST, "/database/datapump/import", "DatapumpImport", "DatapumpJob", NULL, NULL, 201, 0, false },
	{ M_POST, "/database/datapump/jobs", "DatapumpRequest", "DatapumpJob", NULL, NULL, 201, 0, false },
	{ M_GET, "/database/datapump/jobs", NULL, "DatapumpJobsPage", NULL, NULL, 200, 0, false },
	{ M_GET, "/database/datapump/jobs/{}", NULL, "DatapumpJob", NULL, NULL, 200, 0, false },
	{ M_POST, "/database/datapump/jobs/{}", "DatapumpAction", "DatapumpJob", NULL, NULL, 202, 0, true },
	{ M_DELETE, "/database/datapump/jobs/{}", NULL, NULL, NULL, NULL, 204, 202, true },
	{ M_GET, "/database/datapump/jobs/{}/{}", NULL, NULL, NULL, "application/octet-stream", 200, 0, false },
	{ M_DELETE, "/database/datapump/jobs/{}/{}", NULL, NULL, NULL, NULL, 204, 0, true },
	{ M_GET, "/database/datapump/files", NULL, NULL, NULL, NULL, 200, 0, true },
	{ M_PUT, "/database/datapump/files/{}", NULL, NULL, NULL, NULL, 201, 0, true },
	{ M_POST, "/_/sql", "SqlRequest", "SqlAnswer", "application/sql", NULL, 200, 0, false },
};

/* a final slash is of the row, not of the operation */
static bool
same_path(const char *known, const char *path)
{
	while (*known != '\0' && *path != '\0') {
		if (*known == '{' && *path == '{') {
			known = strchr(known, '}');
			path = strchr(path, '}');
		} else if (*known != *path) {
			return false;
		}
		known++, path++;
	}
	return (*known == '\0' || strcmp(known, "/") == 0) && (*path == '\0' || strcmp(path, "/") == 0);
}

const struct body *
body_find(enum http_method m, const char *path)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (bodies[i].method == (unsigned)m && same_path(bodies[i].path, path))
			return &bodies[i];
	return NULL;
}

/* ---- requests ---- */

enum type { TYPE_STRING, TYPE_INTEGER, TYPE_BOOLEAN, TYPE_SIZE, TYPE_EXPRESSIONS, TYPE_PAIRS, TYPE_OBJECTS, TYPE_QUERIES, TYPE_WORDS };
enum { EXPORT = 1, IMPORT = 2, BOTH = 3, OPERATION = 4 };

static const struct property {
	const char *name;
	enum type type;
	unsigned operations;
	const char *words;
	bool is_extension;
	const char *help;
} properties[] = {
#define PROPERTY(name, type, operations, words, extension, help) { name, TYPE_##type, operations, words, extension, help },
#include "handlers/properties.def"
#undef PROPERTY
};

#define STRINGS "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":["
static const char *const shapes[] = {
	[TYPE_STRING] = "{\"type\":\"string\"",
	[TYPE_INTEGER] = "{\"type\":\"integer\"",
	[TYPE_BOOLEAN] = "{\"type\":\"boolean\"",
	[TYPE_SIZE] = "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]",
	[TYPE_EXPRESSIONS] = STRINGS "\"expression\"],\"properties\":{\"expression\":{\"type\":\"string\"}}}",
	[TYPE_PAIRS] = STRINGS "\"source\",\"target\"],\"properties\":{\"source\":{\"type\":\"string\"},\"target\":{\"type\":\"string\"}}}",
	[TYPE_OBJECTS] = STRINGS "\"object_type\"],\"properties\":{\"object_type\":{\"type\":\"string\"},\"expression\":{\"type\":\"string\"}}}",
	[TYPE_QUERIES] = STRINGS "\"table\",\"filter\"],\"properties\":{\"table\":{\"type\":\"string\"},\"filter\":{\"type\":\"object\"}}}",
	[TYPE_WORDS] = "{\"type\":\"array\",\"items\":{\"type\":\"string\"}",
};

static void
put_words(struct buf *b, const struct property *p)
{
	struct span rest = span_of(p->words);

	if (rest.n == 0 || p->type == TYPE_WORDS)
		return;
	put_lit(b, ",\"enum\":[");
	while (rest.n > 0) {
		const char *blank = memchr(rest.p, ' ', rest.n);
		struct span word = { rest.p, blank == NULL ? rest.n : (size_t)(blank - rest.p) };

		if (p->type == TYPE_INTEGER)
			buf_span(b, word);
		else
			buf_json(b, word);
		rest.p += word.n, rest.n -= word.n;
		if (rest.n == 0)
			break;
		buf_char(b, ',');
		rest.p++, rest.n--;
	}
	buf_char(b, ']');
}

static void
put_request(struct buf *b, const char *name, unsigned operations, const char *required)
{
	bool is_first = true;

	buf_printf(b, "\"%s\":{\"type\":\"object\"%s,\"properties\":{", name, required);
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		const struct property *p = &properties[i];

		if ((p->operations & operations) == 0)
			continue;
		if (!is_first)
			buf_char(b, ',');
		is_first = false;
		buf_json(b, span_of(p->name));
		buf_char(b, ':');
		buf_addz(b, shapes[p->type]);
		put_words(b, p);
		put_lit(b, ",\"description\":");
		buf_json(b, span_of(p->help));
		if (p->is_extension)
			put_lit(b, ",\"x-extension\":true");
		buf_char(b, '}');
	}
	put_lit(b, "}},");
}

/* ---- listings ---- */

static void
put_page(struct buf *b, const char *name, const char *item)
{
	buf_printf(b, "\"%s\":{\"allOf\":[{\"$ref\":\"#/components/schemas/Page\"},{\"type\":\"object\",\"properties\":{\"items\":"
	    "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}}}}]},", name, item);
}

static void
put_item(struct buf *b, const char *name, enum dictionary which)
{
	const struct filter_columns *c = &dictionary_columns[which];

	buf_printf(b, "\"%s\":{\"type\":\"object\",\"properties\":{", name);
	for (size_t i = 0; i < c->n; i++) {
		if (i > 0)
			buf_char(b, ',');
		buf_json(b, c->column[i].name);
		if (c->column[i].type == FILTER_NUMBER)
			put_lit(b, ":{\"type\":\"integer\",\"nullable\":true}");
		else
			put_lit(b, ":{\"type\":\"string\",\"nullable\":true}");
	}
	if (which == DICT_TABLES)
		put_lit(b, ",\"links\":{\"$ref\":\"#/components/schemas/Links\"}");
	put_lit(b, "}},");
}

/* of REST-Enabled SQL */
static void
put_sql(struct buf *b)
{
	put_lit(b, "\"SqlRequest\":{\"type\":\"object\",\"required\":[\"statementText\"],\"properties\":{\"statementText\":{\"type\":\"string\"},"
	    "\"binds\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"value\"],\"properties\":{\"index\":{\"type\":\"integer\","
	    "\"minimum\":1},\"name\":{\"type\":\"string\"},\"data_type\":{\"type\":\"string\"},\"mode\":{\"type\":\"string\",\"enum\":[\"in\"]},"
	    "\"batch\":{\"type\":\"boolean\"},\"value\":{}}}},\"offset\":{\"type\":\"integer\",\"minimum\":0},"
	    "\"limit\":{\"type\":\"integer\",\"minimum\":1},\"continueOnError\":{\"type\":\"boolean\",\"x-extension\":true},");
	put_lit(b, "\"responseFormat\":{\"type\":\"object\",\"properties\":{\"resultSetMetaData\":{\"type\":\"boolean\"},"
	    "\"statementInformation\":{\"type\":\"boolean\"},\"statementText\":{\"type\":\"boolean\"},\"binds\":{\"type\":\"boolean\"},"
	    "\"result\":{\"type\":\"boolean\"},\"response\":{\"type\":\"boolean\"}}}}},");
	put_lit(b, "\"SqlAnswer\":{\"type\":\"object\",\"properties\":{\"env\":{\"type\":\"object\"},\"items\":{\"type\":\"array\",\"items\":"
	    "{\"type\":\"object\",\"properties\":{\"statementId\":{\"type\":\"integer\"},\"statementType\":{\"type\":\"string\"},"
	    "\"statementPos\":{\"type\":\"object\",\"properties\":{\"startLine\":{\"type\":\"integer\"},\"endLine\":{\"type\":\"integer\"}}},"
	    "\"statementText\":{\"type\":\"string\"},\"binds\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
	    "\"response\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"result\":{},"
	    "\"resultSet\":{\"type\":\"object\",\"properties\":{\"metadata\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
	    "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"hasMore\":{\"type\":\"boolean\"},\"limit\":{\"type\":\"integer\"},"
	    "\"offset\":{\"type\":\"integer\"},\"count\":{\"type\":\"integer\"}}},"
	    "\"errorCode\":{\"type\":\"integer\"},\"sqlState\":{\"type\":\"string\",\"x-extension\":true},\"errorLine\":{\"type\":\"integer\"},"
	    "\"errorColumn\":{\"type\":\"integer\"},\"errorDetails\":{\"type\":\"string\"}}}}}},");
}

void
openapi_schemas(struct buf *b)
{
	put_item(b, "Object", DICT_OBJECTS);
	put_item(b, "Table", DICT_TABLES);
	put_item(b, "Column", DICT_COLUMNS);
	put_item(b, "Index", DICT_INDEXES);
	put_item(b, "ForeignKey", DICT_FOREIGN_KEYS);
	put_page(b, "ObjectsPage", "Object");
	put_page(b, "TablesPage", "Table");
	put_page(b, "ColumnsPage", "Column");
	put_page(b, "IndexesPage", "Index");
	put_page(b, "ForeignKeysPage", "ForeignKey");
	put_request(b, "DatapumpExport", EXPORT, "");
	put_request(b, "DatapumpImport", IMPORT, "");
	put_request(b, "DatapumpRequest", EXPORT | IMPORT | OPERATION, ",\"required\":[\"operation\"]");
	put_page(b, "DatapumpJobsPage", "DatapumpJob");
	put_lit(b, "\"DatapumpAction\":{\"type\":\"object\",\"required\":[\"action\"],\"properties\":{\"action\":{\"type\":\"string\","
	    "\"enum\":[\"STOP_JOB\",\"START_JOB\",\"KILL_JOB\",\"PARALLEL\"]},\"immediate\":{\"type\":\"boolean\"},"
	    "\"threads\":{\"type\":\"integer\"}},\"x-extension\":true},");
	put_lit(b, "\"DatapumpJob\":{\"type\":\"object\",\"properties\":{\"job_name\":{\"type\":\"string\"},"
	    "\"owner_name\":{\"type\":\"string\"},\"operation\":{\"type\":\"string\",\"enum\":[\"EXPORT\",\"IMPORT\"]},"
	    "\"job_mode\":{\"type\":\"string\"},\"state\":{\"type\":\"string\"},\"job_state\":{\"type\":\"string\"},"
	    "\"degree\":{\"type\":\"integer\"},\"attached_sessions\":{\"type\":\"integer\"},\"datapump_sessions\":{\"type\":\"integer\"},"
	    "\"links\":{\"$ref\":\"#/components/schemas/Links\"}}},");
	put_sql(b);
	put_lit(b, "\"Links\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"rel\":{\"type\":\"string\"},"
	    "\"href\":{\"type\":\"string\",\"format\":\"uri\"},\"mediaType\":{\"type\":\"string\"}}}},");
	put_lit(b, "\"Page\":{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{}},\"hasMore\":{\"type\":\"boolean\"},"
	    "\"limit\":{\"type\":\"integer\"},\"offset\":{\"type\":\"integer\"},\"count\":{\"type\":\"integer\"},"
	    "\"links\":{\"$ref\":\"#/components/schemas/Links\"}}},");
	put_lit(b, "\"Problem\":{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
	    "\"message\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"},\"instance\":{\"type\":\"string\"},"
	    "\"status\":{\"type\":\"integer\"}}}");
}
