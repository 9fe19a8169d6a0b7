/* handlers/dbapi_objects.c - GET database/objects/...: what the database holds
 *
 * A SQL Developer sees the own schema, a SQL Administrator all of them.  The owner is shown in upper case, as everywhere in
 * ORDS, and what is owned as the engine spells it.
 */
#include "handlers/dbapi.h"

#include "handlers/page.h"
#include "handlers/url.h"
#include "sql/dictionary.h"

static const char *const path_of[DICT__N] = {
	[DICT_OBJECTS] = "/database/objects/", [DICT_TABLES] = "/database/objects/tables/",
	[DICT_COLUMNS] = "/database/objects/columns/", [DICT_INDEXES] = "/database/objects/indexes/",
	[DICT_FOREIGN_KEYS] = "/database/objects/foreign_keys/",
};

/* Who may see only one schema sees the one of the URL, which is their own; without one in the URL, that of the account. */
static struct span
seen_owner(const struct call *c)
{
	if (c->who->is_sql_admin)
		return (struct span){ NULL, 0 };
	if (c->schema != NULL)
		return arena_upper(c->mem, c->schema->name);
	return c->who->schema_id != 0 ? arena_upper(c->mem, c->who->name) : SPAN("");
}

static bool
file_owner(const struct call *c, struct span *out, struct err *e)
{
	const struct schema *first;

	if (!call_file_owner(c, &first, e))
		return false;
	*out = first == NULL ? SPAN("MAIN") : arena_upper(c->mem, first->name);
	return true;
}

static bool
ask_of(const struct call *c, struct dict_ask *ask, struct err *e)
{
	*ask = (struct dict_ask){ .owner = seen_owner(c) };
	return file_owner(c, &ask->file_owner, e);
}

/* One item; numbers come as text and go as text. */
static void
put_item(struct buf *b, const struct call *c, enum dictionary which, const struct span *cell)
{
	const struct filter_columns *columns = &dictionary_columns[which];

	for (size_t i = 0; i < columns->n; i++) {
		buf_char(b, i == 0 ? '{' : ',');
		buf_json(b, columns->column[i].name);
		buf_char(b, ':');
		if (cell[i].p == NULL)
			put_lit(b, "null");
		else if (columns->column[i].type == FILTER_NUMBER)
			buf_span(b, cell[i]);
		else
			buf_json(b, cell[i]);
	}
	if (which == DICT_TABLES) {
		struct buf path;

		buf_init(&path, c->mem);
		buf_addz(&path, path_of[which]);
		url_encode_segment(&path, cell[0]);
		buf_char(&path, ',');
		url_encode_segment(&path, cell[1]);
		put_lit(b, ",\"links\":[");
		page_link(b, c, "self", buf_text(&path));
		buf_char(b, ']');
	}
	buf_char(b, '}');
}

static bool
listing(const struct call *c, enum dictionary which, struct response *out, struct err *e)
{
	struct dict_ask ask;
	struct dict_rows rows;
	struct page page;
	struct buf items;

	if (!page_read(c, &dictionary_columns[which], &page, e) || !ask_of(c, &ask, e))
		return false;
	ask.filter = &page.filter;
	ask.limit = page.limit;
	ask.offset = page.offset;
	if (!dictionary_list(call_sql_db(c), which, &ask, c->mem, &rows, e))
		return false;
	buf_init(&items, c->mem);
	for (size_t i = 0; i < rows.n; i++) {
		if (i > 0)
			buf_char(&items, ',');
		put_item(&items, c, which, rows.cell + i * rows.n_columns);
	}
	page_reply(c, path_of[which], &page, buf_text(&items), rows.n, rows.has_more, out);
	return true;
}

bool
dbapi_objects(const struct call *c, struct response *out, struct err *e)
{
	return listing(c, DICT_OBJECTS, out, e);
}

bool
dbapi_tables(const struct call *c, struct response *out, struct err *e)
{
	return listing(c, DICT_TABLES, out, e);
}

bool
dbapi_columns(const struct call *c, struct response *out, struct err *e)
{
	return listing(c, DICT_COLUMNS, out, e);
}

bool
dbapi_indexes(const struct call *c, struct response *out, struct err *e)
{
	return listing(c, DICT_INDEXES, out, e);
}

bool
dbapi_foreign_keys(const struct call *c, struct response *out, struct err *e)
{
	return listing(c, DICT_FOREIGN_KEYS, out, e);
}

/* {owner},{table_name}: the name of a schema holds no comma, that of a table may */
bool
dbapi_table(const struct call *c, struct response *out, struct err *e)
{
	struct span key = c->params->text[P_TABLE];
	const char *comma = memchr(key.p, ',', key.n);
	struct span owner;
	struct dict_ask ask;
	struct dict_rows rows;
	struct buf b;

	if (comma == NULL)
		return err_set(e, ERR_NO_PATH, NULL);
	owner = arena_upper(c->mem, (struct span){ key.p, (size_t)(comma - key.p) });
	if (!ask_of(c, &ask, e))
		return false;
	if (ask.owner.p != NULL && !span_eq(ask.owner, owner))
		return err_set(e, ERR_NO_PATH, NULL);
	ask.owner = owner;
	ask.key = (struct span){ comma + 1, key.n - owner.n - 1 };
	ask.limit = 1;
	if (!dictionary_list(call_sql_db(c), DICT_TABLES, &ask, c->mem, &rows, e))
		return false;
	if (rows.n == 0)
		return err_set(e, ERR_NO_PATH, NULL);
	buf_init(&b, c->mem);
	put_item(&b, c, DICT_TABLES, rows.cell);
	out->rows = 1;
	response_body(out, "application/json", buf_text(&b));
	return true;
}
