/* handlers/precond.c - conditional requests
 *
 * Tags are compared as opaque strings, with or without quotes and W/, because proxies weaken them and clients forget the
 * quotes.
 */
#include "handlers/precond.h"

#include "base/clock.h"

static bool
next_tag(struct span *rest, struct span *tag)
{
	struct span s = *rest;
	const char *end;
	size_t used;

	while (s.n > 0 && (s.p[0] == ',' || s.p[0] == ' ' || s.p[0] == '\t'))
		s.p++, s.n--;
	if (s.n == 0)
		return false;
	if (s.n > 2 && s.p[0] == 'W' && s.p[1] == '/')
		s.p += 2, s.n -= 2;
	if (s.p[0] == '"' && (end = memchr(s.p + 1, '"', s.n - 1)) != NULL) {
		*tag = (struct span){ s.p + 1, (size_t)(end - s.p) - 1 };
		used = tag->n + 2;
	} else {
		end = memchr(s.p, ',', s.n);
		used = end == NULL ? s.n : (size_t)(end - s.p);
		*tag = span_trim((struct span){ s.p, used });
	}
	*rest = (struct span){ s.p + used, s.n - used };
	return true;
}

static bool
is_star(struct span list)
{
	return span_eq(span_trim(list), SPAN("*"));
}

/* does the list name this version?  An object without one is named by * only */
static bool
tags_hold(struct span list, const struct doc *doc)
{
	struct span tag;

	if (is_star(list))
		return true;
	while (doc->version.n > 0 && next_tag(&list, &tag))
		if (span_eq(tag, doc->version))
			return true;
	return false;
}

/* an HTTP date, or the timestamp of an item; whole seconds.  Dates that nobody can read count as absent */
static bool
read_date(struct span text, int64_t *sec)
{
	struct iso_time iso;
	int64_t us;

	text = span_trim(text);
	if (text.n == 0)
		return false;
	if (clock_parse_http_date(text, &us)) {
		*sec = us / 1000000;
		return true;
	}
	if (!iso_parse(text, &iso))
		return false;
	*sec = iso.sec;
	return true;
}

/* was it changed after the date of that header?  False when there is no such date, or no time to compare it with */
static bool
changed_since(const struct request *req, const char *header, const struct meta *m, const struct doc *doc, bool *known)
{
	int64_t sec;

	*known = m->modified_column[0] != '\0' && read_date(request_header(req, header), &sec);
	return *known && doc->modified_us / 1000000 > sec;
}

/* If-Match and If-Unmodified-Since of an object that exists */
static bool
still_as_known(const struct request *req, const struct meta *m, const struct doc *doc, struct err *e)
{
	struct span match = request_header(req, "if-match");
	bool known;

	if (match.p != NULL) {
		if (!tags_hold(match, doc))
			return err_set(e, ERR_PRECONDITION, "the object is not at the version of If-Match");
		return true;
	}
	if (changed_since(req, "if-unmodified-since", m, doc, &known))
		return err_set(e, ERR_PRECONDITION, "the object was changed after the time of If-Unmodified-Since");
	return true;
}

bool
precond_read(const struct request *req, const struct meta *m, const struct doc *doc, bool *not_modified, struct err *e)
{
	struct span none_match = request_header(req, "if-none-match");
	bool known;

	*not_modified = false;
	if (!still_as_known(req, m, doc, e))
		return false;
	if (none_match.p != NULL)
		*not_modified = tags_hold(none_match, doc);
	else
		*not_modified = !changed_since(req, "if-modified-since", m, doc, &known) && known;
	return true;
}

bool
precond_write(const struct request *req, const struct meta *m, const struct doc *doc, struct err *e)
{
	struct span none_match = request_header(req, "if-none-match");

	if (doc == NULL)
		return request_header(req, "if-match").p == NULL
		    || err_set(e, ERR_PRECONDITION, "If-Match: there is no such object");
	if (!still_as_known(req, m, doc, e))
		return false;
	if (none_match.p != NULL && tags_hold(none_match, doc))
		return err_set(e, ERR_PRECONDITION, "If-None-Match: there is such an object");
	return true;
}

bool
precond_names_version(const struct request *req)
{
	struct span match = request_header(req, "if-match");

	return match.p != NULL && !is_star(match);
}
