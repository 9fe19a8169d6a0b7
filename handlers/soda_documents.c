/* handlers/soda_documents.c - one object: create, read, replace, patch, delete
 *
 * What is to be answered is made before the one statement that writes: when that is a transaction of its own, nothing may fail
 * behind it.
 */
#include "base/clock.h"
#include "handlers/precond.h"
#include "handlers/proof.h"
#include "handlers/reply.h"
#include "handlers/soda.h"
#include "handlers/soda_write.h"
#include "soda/key.h"
#include "soda/patch.h"
#include "sql/store.h"

/* A text that cannot be a key of this collection names no object of it. */
static bool
find_key(const struct call *c, const struct coll *coll, struct span *key, struct err *e)
{
	struct span text = c->params->text[P_KEY];

	if (key_canonical(&coll->meta, text, c->mem, key, e))
		return true;
	return err_set(e, ERR_NOT_FOUND, "no object with the key %.*s", SPAN_ARG(text));
}

static bool
no_such_object(struct span key, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "no object with the key %.*s", SPAN_ARG(key));
}

/* Another writer was faster.  Whoever named a version hears 412, the others are served again. */
static bool
lost_race(const struct call *c, int attempt, struct err *e)
{
	if (precond_names_version(c->req))
		return err_set(e, ERR_PRECONDITION, "the object has changed");
	if (attempt + 1 >= WRITE_ATTEMPTS)
		return err_set(e, ERR_LOST_RACE, NULL);
	return true;
}

static bool
is_conditional(const struct request *req)
{
	return request_header(req, "if-none-match").p != NULL || request_header(req, "if-match").p != NULL
	    || request_header(req, "if-modified-since").p != NULL
	    || request_header(req, "if-unmodified-since").p != NULL;
}

/* POST /{collection}: one new object, its key assigned here. */
bool
soda_object_post(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct doc doc = { 0 };
	struct draft d;
	struct buf b;

	if (!call_collection(c, &coll, e))
		return false;
	if (key_is_client_assigned(&coll->meta))
		return err_set(e, ERR_NO_KEYGEN, NULL);
	if (!write_body(c, coll, &doc, e)
	    || !write_new(c, coll, &doc, clock_us(), &d, e))
		return false;
	proof_note(c, NULL, &d.doc);
	buf_init(&b, c->mem);
	put_lit(&b, "{\"items\":[");
	reply_item(&b, c, coll, &d.doc, FIELDS_ALL, false, false, NULL);
	put_lit(&b, "],\"hasMore\":false}");
	out->status = 201;
	reply_object_headers(c, coll, &d.doc, true, out);
	response_body(out, "application/json", buf_text(&b));
	out->rows = 1;
	return store_insert(c->db, coll, &d.doc, 1, d.entries, d.n_entries, c->mem, e);
}

/* GET /{collection}/{key}: the content, as it was sent. */
bool
soda_object_get(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct span key;
	struct doc doc;
	bool found, not_modified = false;
	bool conditional = is_conditional(c->req);

	/* a conditional read looks at the version first, so that a 304 never touches the content */
	if (!call_collection(c, &coll, e)
	    || !find_key(c, coll, &key, e)
	    || !store_get(c->db, coll, key, !conditional, c->mem, &doc, &found, e))
		return false;
	if (!found)
		return no_such_object(c->params->text[P_KEY], e);
	if (conditional && !precond_read(c->req, &coll->meta, &doc, &not_modified, e))
		return false;
	out->rows = 1;
	if (conditional && !not_modified) {
		int64_t rev = doc.rev;

		if (!store_get(c->db, coll, key, true, c->mem, &doc, &found, e))
			return false;
		if (!found)
			return no_such_object(c->params->text[P_KEY], e);
		/* written between the two reads: what was asked of the old version is asked of the new one */
		if (doc.rev != rev && !precond_read(c->req, &coll->meta, &doc, &not_modified, e))
			return false;
	}
	if (not_modified) {
		reply_object_headers(c, coll, &doc, false, out);
		out->status = 304;
		return true;
	}
	reply_content(c, coll, &doc, out);
	return true;
}

/* The answer to a write that is about to be done; another attempt has made one before. */
static void
answer_written(const struct call *c, const struct coll *coll, const struct draft *d, int status, bool location, struct response *out)
{
	response_init(out, c->mem);
	out->status = status;
	reply_object_headers(c, coll, &d->doc, location, out);
	out->rows = 1;
}

/* Nobody asks what is there, and nothing that is written or answered depends on it. */
static bool
may_overwrite(const struct call *c, const struct coll *coll)
{
	const struct meta *m = &coll->meta;

	return store_overwrites(c->db, coll) && !key_is_client_assigned(m) && m->key_method != KEYS_EMBEDDED_OID && !is_conditional(c->req)
	    && (m->version_method == VERSION_SHA256 || m->version_method == VERSION_MD5 || m->version_method == VERSION_UUID);
}

/* A replacement without a look at what is replaced: a statement less.  *done false: it has to be looked at, also to say what is
 * wrong. */
static bool
overwrite(const struct call *c, const struct coll *coll, const struct doc *doc, struct span key, struct response *out, bool *done,
    struct err *e)
{
	const struct doc unknown = { .key = key };
	struct draft d;

	*done = false;
	if (!write_next(c, coll, &unknown, doc, clock_us(), &d, e)) {
		err_clear(e);
		return true;
	}
	proof_note_over(c, &d.doc);
	answer_written(c, coll, &d, 200, true, out);
	return store_overwrite(c->db, coll, &d.doc, d.entries, d.n_entries, c->mem, done, e);
}

/* PUT /{collection}/{key}: replace; insert where clients assign keys. */
bool
soda_object_put(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct doc doc = { 0 }, old;
	struct draft d;
	struct span key;
	bool found, inserts, done = false;

	if (!call_collection(c, &coll, e)
	    || !key_canonical(&coll->meta, c->params->text[P_KEY], c->mem, &key, e)
	    || !write_body(c, coll, &doc, e))
		return false;
	inserts = key_is_client_assigned(&coll->meta);
	if (may_overwrite(c, coll) && !overwrite(c, coll, &doc, key, out, &done, e))
		return false;
	if (done)
		return true;
	for (int attempt = 0;; attempt++) {
		if (!store_get(c->db, coll, key, false, c->mem, &old, &found, e))
			return false;
		if (!found && !inserts)
			return no_such_object(c->params->text[P_KEY], e);
		if (!precond_write(c->req, &coll->meta, found ? &old : NULL, e))
			return false;
		doc.key = key;
		if (!found) {
			if (!write_new(c, coll, &doc, clock_us(), &d, e))
				return false;
			proof_note(c, NULL, &d.doc);
			answer_written(c, coll, &d, 201, true, out);
			if (!store_insert(c->db, coll, &d.doc, 1, d.entries, d.n_entries, c->mem, e)) {
				/* somebody inserted it since we looked: the whole request is done again */
				return e->kind == ERR_DUPLICATE_KEY ? err_as(e, ERR_BUSY, 0) : false;
			}
			return true;
		}
		if (coll->meta.key_method == KEYS_EMBEDDED_OID
		    && !key_embedded(&coll->meta, key, c->mem, &doc.content, &doc.key, e))
			return false;
		if (!write_next(c, coll, &old, &doc, clock_us(), &d, e))
			return false;
		proof_note(c, &old, &d.doc);
		answer_written(c, coll, &d, 200, true, out);
		if (!store_replace(c->db, coll, &d.doc, d.entries, d.n_entries, c->mem, &done, e))
			return false;
		if (done)
			return true;
		if (!lost_race(c, attempt, e))
			return false;
	}
}

enum patch_kind { KIND_PATCH, KIND_MERGE };

static bool
patch_kind(const struct call *c, struct span body, enum patch_kind *kind, struct err *e)
{
	struct span type = write_media_type(c);
	struct span root = jcur_root(body);

	if (span_is_nocase(type, "application/json-patch+json")) {
		*kind = KIND_PATCH;
		return true;
	}
	if (span_is_nocase(type, "application/merge-patch+json")) {
		*kind = KIND_MERGE;
		return true;
	}
	if (type.n > 0 && !span_is_nocase(type, "application/json")
	    && !span_is_nocase(type, "application/x-www-form-urlencoded"))
		return err_set(e, ERR_MEDIA_TYPE,
		    "media type %.*s is not a patch: send application/json-patch+json or application/merge-patch+json",
		    SPAN_ARG(type));
	*kind = root.n > 0 && root.p[0] == '{' ? KIND_MERGE : KIND_PATCH;
	return true;
}

/* PATCH /{collection}/{key}: read, patch, compare-and-set. */
bool
soda_object_patch(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct patch *patch = NULL;
	struct patch_limits lim;
	struct scan_limits scan;
	struct scan_info info;
	enum patch_kind kind;
	struct span key;
	struct doc old;
	struct draft d;
	bool done = false;

	/* the media type is known before the body is looked at, so an unsupported one is told first */
	if (!call_collection(c, &coll, e)
	    || !write_encoding(c, e)
	    || !patch_kind(c, c->req->body, &kind, e))
		return false;
	scan = write_limits(c, coll);
	lim = (struct patch_limits){ .max_bytes = (size_t)c->site->set->body_max_bytes, .max_depth = scan.max_depth };
	if (c->req->body.n == 0)
		return err_inner(e, ERR_PATCH_BAD, 5046, "the body is empty; a patch was expected");
	if (!json_scan(c->req->body, &scan, c->mem, &info, e)
	    || !patch_kind(c, info.text, &kind, e)
	    || !(kind == KIND_PATCH ? patch_parse(info.text, c->mem, &patch, e) : merge_check(info.text, e))
	    || !find_key(c, coll, &key, e))
		return false;
	for (int attempt = 0; !done; attempt++) {
		struct doc doc;
		struct span after;
		bool found;

		if (!store_get(c->db, coll, key, true, c->mem, &old, &found, e))
			return false;
		if (!found)
			return no_such_object(c->params->text[P_KEY], e);
		if (!precond_write(c->req, &coll->meta, &old, e))
			return false;
		if (old.is_null || !write_is_json(coll, old.media_type))
			return err_set(e, ERR_PATCH_CONFLICT, "the object is not JSON and cannot be patched");
		doc = (struct doc){ .media_type = old.media_type };
		if (!(kind == KIND_PATCH ? patch_apply(patch, old.content, &lim, c->mem, &after, e)
		    : merge_apply(info.text, old.content, &lim, c->mem, &after, e))
		    || !write_content(coll, after, &doc, e)
		    || (coll->meta.key_method == KEYS_EMBEDDED_OID
		    && !key_embedded_kept(&coll->meta, key, after, c->mem, e))
		    || !write_next(c, coll, &old, &doc, clock_us(), &d, e))
			return false;
		proof_note(c, &old, &d.doc);
		answer_written(c, coll, &d, 200, false, out);
		if (!store_replace(c->db, coll, &d.doc, d.entries, d.n_entries, c->mem, &done, e)
		    || (!done && !lost_race(c, attempt, e)))
			return false;
	}
	return true;
}

/* DELETE /{collection}/{key} */
bool
soda_object_delete(const struct call *c, struct response *out, struct err *e)
{
	const struct coll *coll;
	struct span key;
	struct doc old;
	bool found, done = false;

	if (!call_collection(c, &coll, e)
	    || !find_key(c, coll, &key, e))
		return false;
	for (int attempt = 0; !done; attempt++) {
		if (!store_get(c->db, coll, key, false, c->mem, &old, &found, e))
			return false;
		if (!found)
			return no_such_object(c->params->text[P_KEY], e);
		if (!precond_write(c->req, &coll->meta, &old, e))
			return false;
		proof_note(c, &old, NULL);
		out->status = 200;
		out->rows = 1;
		if (!store_remove(c->db, coll, key, old.rev, &done, e)
		    || (!done && !lost_race(c, attempt, e)))
			return false;
	}
	return true;
}
