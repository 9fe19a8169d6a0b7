/* handlers/response.c - filling in a response */
#include "handlers/response.h"

#include "base/log.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

void
response_init(struct response *r, struct arena *mem)
{
	r->mem = mem;
	r->status = 200;
	r->n_headers = 0;
	r->body = (struct span){ "", 0 };
	r->file = -1;
	r->has_body = false;
	r->is_head = false;
	r->rows = 0;
}

/* Eight bytes at a time: has one of them bits that are not of a character above 0x1f, or is one 0x7f?  May also say yes to some
 * that are fine. */
static bool
may_hold_control(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return (((w - ones * 0x20) | (w + ones)) & high) != 0;
}

static bool
is_header_value(struct span value)
{
	size_t i = 0;

	while (value.n - i >= sizeof(uint64_t) && !may_hold_control(value.p + i))
		i += sizeof(uint64_t);
	for (; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

void
response_header(struct response *r, const char *name, struct span value)
{
	if (!is_header_value(value)) {
		log_event(LOG_WARNING, "header.dropped", "the value of %s holds control bytes", name);
		return;
	}
	assert(r->n_headers < MAX_RESPONSE_HEADERS);
	if (r->n_headers == MAX_RESPONSE_HEADERS)
		return;
	r->headers[r->n_headers].name = name;
	r->headers[r->n_headers++].value = value;
}

void
response_body(struct response *r, const char *media_type, struct span body)
{
	response_header(r, "Content-Type", span_of(media_type));
	r->body = body;
	r->has_body = true;
}

static void
close_file(void *arg)
{
	(void)close((int)(intptr_t)arg);
}

void
response_file(struct response *r, const char *media_type, int fd, int64_t at, int64_t n_bytes)
{
	response_body(r, media_type, SPAN(""));
	arena_defer(r->mem, close_file, (void *)(intptr_t)fd);
	r->file = fd;
	r->file_at = at;
	r->file_bytes = n_bytes;
}

int64_t
response_bytes(const struct response *r)
{
	if (!r->has_body)
		return 0;
	return r->file >= 0 ? r->file_bytes : (int64_t)r->body.n;
}

struct span
response_find(const struct response *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (span_is_nocase(span_of(r->headers[i].name), name))
			return r->headers[i].value;
	return (struct span){ NULL, 0 };
}
