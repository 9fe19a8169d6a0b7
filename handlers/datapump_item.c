/* handlers/datapump_item.c - one job as JSON, with its links */
#include "handlers/datapump.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/list.h"
#include "base/log.h"
#include "conf/conf.h"
#include "datapump/jobname.h"
#include "datapump/start.h"
#include "handlers/answer.h"
#include "handlers/url.h"

#define JOBS "/database/datapump/jobs/"

struct span
datapump_owner(const struct call *c)
{
	return arena_upper(c->mem, c->schema != NULL ? c->schema->name : c->who->name);
}

bool
datapump_store(const struct call *c, struct jobs **out, struct err *e)
{
	return server_jobs(c->site->server, c->site->pool, c->db, out, e);
}

/* OWNER,NAME: a name of a job has no comma. */
bool
datapump_find(const struct call *c, struct jobs *j, struct job_row **out, struct err *e)
{
	struct span text = arena_upper(c->mem, c->params->text[P_JOB]), owner = text;

	*out = NULL;
	while (owner.n > 0 && owner.p[owner.n - 1] != ',')
		owner.n--;
	if (owner.n > 1) {
		struct span name = { owner.p + owner.n, text.n - owner.n };

		owner.n--;
		if ((c->who->is_sql_admin || span_eq(owner, datapump_owner(c)))
		    && !jobs_find(j, owner, name, c->mem, out, e))
			return false;
	}
	return *out != NULL || err_set(e, ERR_NO_JOB, NULL);
}

void
datapump_revive(const struct call *c, const struct job_row *row)
{
	struct err e = { 0 };

	if (row->is_alive || row->state == JOB_COMPLETED || row->state == JOB_STOPPED || !span_is_nocase(span_of(c->site->set->job_runner), "fork"))
		return;
	if (!job_start(c->site->conf, c->site->pool, row->id, &e))
		log_event(LOG_ERROR, "job.start", "%.*s: %s (%s)", SPAN_ARG(row->name), e.text, e.detail);
}

/* ---- JSON ---- */

static void
text_member(struct buf *b, const char *name, struct span value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value);
}

static void
time_member(struct buf *b, const char *name, int64_t us)
{
	char text[CLOCK_TEXT];

	if (us == 0)
		return;
	clock_format(us, text);
	text_member(b, name, span_of(text));
}

static void
put_progress(struct buf *b, const struct job_progress *p)
{
	buf_printf(b, ",\"progress\":{\"tables_total\":%lld,\"tables_done\":%lld,\"rows_done\":%lld,\"bytes_done\":%lld",
	    (long long)p->tables_total, (long long)p->tables_done, (long long)p->rows_done, (long long)p->bytes_done);
	if (p->percent >= 0)
		buf_printf(b, ",\"percent_done\":%lld", (long long)p->percent);
	if (p->current.n > 0)
		text_member(b, "current", p->current);
	buf_char(b, '}');
}

struct span
datapump_job_url(const struct call *c, const struct job_row *row)
{
	struct buf b;

	buf_init(&b, c->mem);
	buf_span(&b, c->base_url);
	put_lit(&b, JOBS);
	url_encode_segment(&b, row->owner);
	buf_char(&b, ',');
	url_encode_segment(&b, row->name);
	buf_char(&b, '/');
	return buf_text(&b);
}

static void
put_link(struct buf *b, const char *rel, struct span href, struct span file)
{
	if (b->p[b->n - 1] == '}')
		buf_char(b, ',');
	buf_printf(b, "{\"rel\":\"%s\",\"href\":\"", rel);
	buf_span(b, href);
	url_encode_segment(b, file);
	put_lit(b, "\"}");
}

static struct span
below(const struct call *c, const char *path)
{
	return span_of(arena_printf(c->mem, "%.*s%s", SPAN_ARG(c->base_url), path));
}

/* What everybody may know: eight members, the same in a listing. */
static void
put_view(struct buf *b, const struct job_row *row)
{
	const char *state = row->is_alive ? job_state_name(row->state) : "NOT RUNNING";
	int64_t degree = row->is_alive ? row->degree : 0;

	put_lit(b, "{\"job_name\":");
	buf_json(b, row->name);
	text_member(b, "owner_name", row->owner);
	text_member(b, "operation", row->operation);
	text_member(b, "job_mode", row->mode);
	text_member(b, "state", span_of(state));
	buf_printf(b, ",\"degree\":%lld,\"attached_sessions\":0,\"datapump_sessions\":%lld", (long long)degree,
	    (long long)(row->is_alive ? degree + 1 : 0));
}

void
datapump_element(struct buf *b, const struct call *c, const struct job_row *row)
{
	put_view(b, row);
	put_lit(b, ",\"links\":[");
	put_link(b, "self", datapump_job_url(c, row), SPAN(""));
	put_lit(b, "]}");
}

static const char *
last_state(const struct job_row *row)
{
	if (row->is_alive)
		return job_state_name(row->state);
	return row->state == JOB_COMPLETED ? "COMPLETED" : "STOPPED";
}

static void
put_details(struct buf *b, const struct job_row *row)
{
	text_member(b, "job_state", span_of(last_state(row)));
	buf_printf(b, ",\"error_count\":%lld", (long long)row->n_errors);
	if (row->warnings.n > 2) {
		put_lit(b, ",\"warnings\":");
		buf_span(b, row->warnings);
	}
	put_progress(b, &row->progress);
	time_member(b, "created", row->created_us);
	time_member(b, "started", row->started_us);
	time_member(b, "finished", row->finished_us);
	if (span_eq(row->operation, SPAN("EXPORT")) && row->state == JOB_COMPLETED)
		buf_printf(b, ",\"consistent\":%s", row->is_consistent ? "true" : "false");
	if (row->message.n > 0)
		text_member(b, "message", row->message);
	if (row->summary.n > 0) {
		put_lit(b, ",\"summary\":");
		buf_span(b, row->summary);
	}
}

/* collection, describedby, the log, what else was made, self */
static bool
put_links(struct buf *b, const struct call *c, struct jobs *j, const struct job_row *row, struct err *e)
{
	struct span url = datapump_job_url(c, row);
	struct job_file *files;
	size_t n;

	if (!jobs_files(j, row->id, c->mem, &files, &n, e))
		return false;
	put_lit(b, ",\"links\":[");
	put_link(b, "collection", below(c, JOBS), SPAN(""));
	put_link(b, "describedby", below(c, "/metadata-catalog/"), SPAN(""));
	put_link(b, "related", url, job_log_name(row, c->mem));
	for (size_t i = 0; i < n; i++)
		if (files[i].kind != JOB_FILE_LOG && !files[i].is_object)
			put_link(b, "related", url, files[i].name);
	put_link(b, "self", url, SPAN(""));
	put_lit(b, "]}");
	return true;
}

static bool
names_tag(struct span list, struct span tag)
{
	struct span item;

	while (list_next(&list, &item)) {
		if (item.n > 2 && memcmp(item.p, "W/", 2) == 0)
			item.p += 2, item.n -= 2;
		if (span_eq(item, tag) || span_eq(item, SPAN("*")))
			return true;
	}
	return false;
}

bool
datapump_reply(const struct call *c, struct jobs *j, const struct job_row *row, int status, struct response *out, struct err *e)
{
	char digest[89];
	struct span tag;
	struct buf b;

	buf_init(&b, c->mem);
	put_view(&b, row);
	put_details(&b, row);
	if (!put_links(&b, c, j, row, e))
		return false;
	digest_sha512_base64(buf_text(&b), digest);
	tag = span_of(arena_printf(c->mem, "\"%s\"", digest));
	response_header(out, "ETag", tag);
	if ((c->req->method & (M_GET | M_HEAD)) != 0 && names_tag(request_header(c->req, "if-none-match"), tag)) {
		out->status = 304;
		return true;
	}
	out->status = status;
	out->rows = 1;
	response_body(out, "application/json", buf_text(&b));
	return true;
}
