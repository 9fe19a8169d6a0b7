/* fcgi/wire.c, against a peer that lives in memory */
#include "tests/lib/unit.h"

#include "fcgi/wire.h"

#include <stdio.h>
#include <unistd.h>

/* one conversation: what the peer sends, and what it got */
struct fake {
	struct peer peer;
	const char *body;
	size_t n_body, at, piece;	/* piece: bytes of one read; 0: all */
	bool is_cut;			/* the stream breaks at the end of body */
	size_t n_read;
	char out[4096];
	size_t n_out, accepts;		/* writes fail when accepts bytes were taken */
};

static long
fake_read(void *state, char *p, size_t n)
{
	struct fake *f = state;
	size_t left = f->n_body - f->at;

	if (n > left)
		n = left;
	if (f->piece > 0 && n > f->piece)
		n = f->piece;
	if (n == 0)
		return f->is_cut ? -1 : 0;
	if (f->body == NULL)
		memset(p, 'x', n);
	else
		memcpy(p, f->body + f->at, n);
	f->at += n;
	f->n_read += n;
	return (long)n;
}

static bool
fake_write(void *state, const char *p, size_t n)
{
	struct fake *f = state;

	if (f->n_out + n > f->accepts)
		return false;
	memcpy(f->out + f->n_out, p, n);
	f->n_out += n;
	return true;
}

static bool
fake_stream_ok(void *state)
{
	const struct fake *f = state;

	return !(f->is_cut && f->at == f->n_body);
}

static struct settings limits;
static struct arena *mem;
static struct request req;
static struct err e;

static int
set_up(void **state)
{
	(void)state;
	memset(&limits, 0, sizeof(limits));
	limits.body_max_bytes = 1000;
	limits.memory_max_bytes = 1 << 20;
	limits.context_path = "/ords";
	limits.trace_header = "Request-Id";
	mem = arena_open(0);
	memset(&req, 0, sizeof(req));
	err_clear(&e);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_close(&mem);
	return 0;
}

static bool
converse(struct fake *f, char **env, const char *body)
{
	f->peer = (struct peer){
		.state = f, .env = env, .has_end = true, .read = fake_read, .write = fake_write,
		.stream_ok = fake_stream_ok
	};
	f->at = f->n_read = 0;
	f->body = body;
	f->n_body = body == NULL ? f->n_body : strlen(body);
	f->accepts = sizeof(f->out);
	return wire_read(&f->peer, &limits, mem, &req, &e);
}

#define ENV(...) ((char *[]){ (char *)"REQUEST_METHOD=GET", (char *)"REQUEST_URI=/ords/demo/soda/latest/c", __VA_ARGS__, NULL })
#define Z(s) ((char *)(s))

static void
wire__reads_variables(void **state)
{
	struct fake f = { 0 };

	(void)state;
	assert_true(converse(&f, ENV(Z("HTTP_IF_NONE_MATCH=\"1\""), Z("HTTP_HOST=api.example.com"), Z("HTTPS=on"),
	    Z("REMOTE_ADDR=192.0.2.7"), Z("SERVER_NAME=api"), Z("SERVER_PORT=8443"), Z("noequals")), ""));
	assert_int_equal(req.method, M_GET);
	assert_span(req.raw_path, "/ords/demo/soda/latest/c");
	assert_int_equal(req.n_segments, 4);
	assert_span(request_header(&req, "if-none-match"), "\"1\"");
	assert_span(request_header(&req, "host"), "api.example.com");
	assert_true(req.is_https);
	assert_string_equal(req.remote_address, "192.0.2.7");
	assert_string_equal(req.server_name, "api:8443");
	assert_false(req.has_content_type);
	assert_int_equal(req.body.n, 0);
}

static void
wire__last_of_a_variable_counts(void **state)
{
	struct fake f = { 0 };

	(void)state;
	assert_true(converse(&f, ENV(Z("HTTP_X=first"), Z("REMOTE_ADDR=192.0.2.1"), Z("HTTP_X=last"),
	    Z("REMOTE_ADDR=192.0.2.2"), Z("REQUEST_METHOD=HEAD")), ""));
	assert_int_equal(req.method, M_HEAD);
	assert_span(request_header(&req, "x"), "last");
	assert_int_equal(req.n_headers, 1);
	assert_string_equal(req.remote_address, "192.0.2.2");
}

static void
wire__never_believes_these(void **state)
{
	struct fake f = { 0 };

	(void)state;
	assert_true(converse(&f, ENV(Z("HTTP_PROXY=http://evil"), Z("REMOTE_USER=admin"),
	    Z("HTTP_X_HTTP_METHOD_OVERRIDE=DELETE"), Z("HTTP_X_FORWARDED_PROTO=https")), ""));
	assert_int_equal(req.method, M_GET);
	assert_null(request_header(&req, "proxy").p);
	assert_null(request_header(&req, "content-length").p);
	assert_null(request_header(&req, "authorization").p);
	assert_false(req.is_https);
}

static void
wire__finds_credentials(void **state)
{
	struct fake a = { 0 }, b = { 0 }, c = { 0 }, none = { 0 };

	(void)state;
	assert_true(converse(&a, ENV(Z("HTTP_AUTHORIZATION=Basic one"), Z("REDIRECT_HTTP_AUTHORIZATION=Basic two")), ""));
	assert_span(request_header(&req, "authorization"), "Basic one");
	assert_true(converse(&b, ENV(Z("HTTP_AUTHORIZATION="), Z("REDIRECT_HTTP_AUTHORIZATION=Basic two")), ""));
	assert_span(request_header(&req, "authorization"), "Basic two");
	assert_true(converse(&c, ENV(Z("Authorization=Basic three")), ""));
	assert_span(request_header(&req, "authorization"), "Basic three");
	assert_true(converse(&none, ENV(Z("HTTP_AUTHORIZATION=")), ""));
	assert_null(request_header(&req, "authorization").p);
}

static void
wire__path_info_where_there_is_no_uri(void **state)
{
	struct fake f = { 0 };
	char *env[] = { Z("REQUEST_METHOD=GET"), Z("SCRIPT_NAME=/ords"), Z("PATH_INFO=/demo/soda/latest/a b%\xc3\xa4"),
		Z("QUERY_STRING=limit=1"), NULL };

	(void)state;
	assert_true(converse(&f, env, ""));
	assert_int_equal(req.n_segments, 4);
	assert_span(req.segments[3], "a b%\xc3\xa4");
	assert_int_equal(req.n_pairs, 1);
}

static void
wire__body_as_long_as_it_says(void **state)
{
	struct fake f = { .piece = 1 };

	(void)state;
	assert_true(converse(&f, ENV(Z("CONTENT_LENGTH=9"), Z("CONTENT_TYPE=application/json")), "{\"a\":1.0}"));
	assert_span(req.body, "{\"a\":1.0}");
	assert_true(req.has_content_type);
	assert_span(request_header(&req, "content-type"), "application/json");
}

/* a request is executed only if it arrived whole */
static void
wire__refuses_what_is_not_whole(void **state)
{
	static const struct {
		const char *length, *again, *body;
		bool is_cut;
	} bad[] = {
		{ "CONTENT_LENGTH=5", NULL, "1234", false },
		{ "CONTENT_LENGTH=5", NULL, "123456", false },
		{ "CONTENT_LENGTH=0", NULL, "1", false },
		{ "CONTENT_LENGTH=4", NULL, "1234", true },
		{ "CONTENT_LENGTH=", NULL, "1234", true },
		{ "CONTENT_LENGTH=", NULL, "", true },
		{ "CONTENT_LENGTH=0", NULL, "", true },
		{ "X=", NULL, "", true },
		{ "CONTENT_LENGTH=-1", NULL, "1", false },
		{ "CONTENT_LENGTH=+1", NULL, "1", false },
		{ "CONTENT_LENGTH= 1", NULL, "1", false },
		{ "CONTENT_LENGTH=1e0", NULL, "1", false },
		{ "CONTENT_LENGTH=0x1", NULL, "1", false },
		{ "CONTENT_LENGTH=1,1", NULL, "1", false },
		{ "CONTENT_LENGTH=9007199254740993", NULL, "1", false },
		{ "CONTENT_LENGTH=18446744073709551617", NULL, "1", false },
		{ "CONTENT_LENGTH=1", "CONTENT_LENGTH=2", "1", false },
		{ "CONTENT_LENGTH=2", "CONTENT_LENGTH=1", "1", false },
		{ "CONTENT_LENGTH=4", "HTTP_CONTENT_LENGTH=4", "1234", true },
		{ "CONTENT_LENGTH=0", "HTTP_CONTENT_LENGTH=4", "", false },
		{ "CONTENT_LENGTH=3", "HTTP_CONTENT_LENGTH=4", "123", false },
		{ "CONTENT_LENGTH=", "HTTP_CONTENT_LENGTH=4", "1234", true },
		{ "CONTENT_LENGTH=", "HTTP_CONTENT_LENGTH=4", "123", false },
		{ "CONTENT_LENGTH=1", "HTTP_CONTENT_LENGTH=x", "1", false },
		{ "CONTENT_LENGTH=1", "HTTP_CONTENT_LENGTH=18446744073709551617", "1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fake f = { .is_cut = bad[i].is_cut };

		err_clear(&e);
		assert_false(converse(&f, ENV(Z(bad[i].length), Z(bad[i].again == NULL ? "X=" : bad[i].again)), bad[i].body));
		assert_int_equal(e.kind, ERR_BAD_REQUEST);
		assert_int_equal(req.body.n, 0);
		assert_int_equal(f.at, f.n_body);	/* and the peer could send everything */
	}
}

static void
wire__equal_lengths_are_one(void **state)
{
	struct fake f = { 0 };

	(void)state;
	assert_true(converse(&f, ENV(Z("CONTENT_LENGTH=2"), Z("CONTENT_LENGTH=2")), "{}"));
	assert_span(req.body, "{}");
}

static void
wire__body_without_length_is_read_to_its_end(void **state)
{
	struct fake f = { .piece = 3 };

	(void)state;
	assert_true(converse(&f, ENV(Z("CONTENT_LENGTH="), Z("HTTP_TRANSFER_ENCODING=chunked")), "[1,2,3,4,5,6,7,8]"));
	assert_span(req.body, "[1,2,3,4,5,6,7,8]");
}

/* CGI: standard input need not end */
static void
wire__cgi_reads_what_was_announced(void **state)
{
	struct fake f = { 0 };
	char *env[] = { Z("REQUEST_METHOD=POST"), Z("REQUEST_URI=/ords/"), Z("CONTENT_LENGTH=2"), NULL };

	(void)state;
	(void)converse(&f, env, "{}and more");
	f.at = f.n_read = 0;
	f.peer.has_end = false;
	err_clear(&e);
	assert_true(wire_read(&f.peer, &limits, mem, &req, &e));
	assert_span(req.body, "{}");
	assert_int_equal(f.n_read, 2);
	env[2] = NULL;
	f.at = f.n_read = 0;
	assert_true(wire_read(&f.peer, &limits, mem, &req, &e));
	assert_int_equal(f.n_read, 0);
}

/* a web server that cannot get rid of a body does not pass on why it was refused; behind the body there is nothing to wait for */
static void
wire__cgi_reads_what_is_refused(void **state)
{
	struct fake f = { .n_body = 5000 };
	char *env[] = { Z("REQUEST_METHOD=POST"), Z("REQUEST_URI=/ords/"), Z("CONTENT_LENGTH=4500"), NULL };

	(void)state;
	(void)converse(&f, env, NULL);
	f.peer.has_end = false;
	for (int i = 0; i < 2; i++) {
		f.at = f.n_read = 0;
		err_clear(&e);
		assert_false(wire_read(&f.peer, &limits, mem, &req, &e));
		assert_int_equal(e.kind, i == 0 ? ERR_TOO_LARGE : ERR_BAD_URI);
		assert_int_equal(f.n_read, 4500);
		env[1] = Z("REQUEST_URI=/ords/%zz");
	}
	env[2] = Z("CONTENT_LENGTH=-1");
	f.at = f.n_read = 0;
	assert_false(wire_read(&f.peer, &limits, mem, &req, &e));
	assert_int_equal(f.n_read, 0);
}

/* what was read whole is not read on, for the input need not end */
static void
wire__cgi_reads_no_further_than_it_was_told(void **state)
{
	struct fake f = { .n_body = 5000 };
	char *env[] = { Z("REQUEST_METHOD=POST"), Z("REQUEST_URI=/ords/"), Z("CONTENT_LENGTH=4"), Z("HTTP_CONTENT_LENGTH=5"), NULL };

	(void)state;
	(void)converse(&f, env, NULL);
	f.peer.has_end = false;
	f.at = f.n_read = 0;
	err_clear(&e);
	assert_false(wire_read(&f.peer, &limits, mem, &req, &e));
	assert_int_equal(e.kind, ERR_BAD_REQUEST);
	assert_int_equal(f.n_read, 4);
}

/* at the limit it works, one more is refused; the rest is read, but not kept */
static void
wire__body_limit(void **state)
{
	struct fake fits = { .n_body = 1000 }, over = { .n_body = 1001 }, far = { .n_body = 5000000 }, lie = { .n_body = 10 };

	(void)state;
	assert_true(converse(&fits, ENV(Z("CONTENT_LENGTH=1000")), NULL));
	assert_int_equal(req.body.n, 1000);
	assert_false(converse(&over, ENV(Z("CONTENT_LENGTH=1001")), NULL));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
	assert_non_null(strstr(e.text, "request.maxBody"));
	assert_int_equal(over.n_read, 1001);
	err_clear(&e);
	assert_false(converse(&far, ENV(Z("HTTP_TRANSFER_ENCODING=chunked")), NULL));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
	assert_int_equal(far.n_read, 5000000);
	assert_true(arena_total(mem) < 100000);
	err_clear(&e);
	assert_false(converse(&lie, ENV(Z("CONTENT_LENGTH=9007199254740992")), NULL));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
}

static void
wire__header_limits(void **state)
{
	static char fits[8200 + 8], over[8200 + 8], many[300][32], sum[9][8000];
	char *env[300];
	struct fake a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };

	(void)state;
	(void)snprintf(fits, sizeof(fits), "HTTP_X=%0*d", HEADER_MAX_BYTES, 0);
	assert_true(converse(&a, ENV(fits), ""));
	(void)snprintf(over, sizeof(over), "HTTP_X=%0*d", HEADER_MAX_BYTES + 1, 0);
	assert_false(converse(&b, ENV(over), ""));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
	for (int i = 0; i < 299; i++) {
		(void)snprintf(many[i], sizeof(many[i]), "HTTP_X%d=1", i);
		env[i] = many[i];
	}
	env[0] = Z("REQUEST_URI=/ords/");
	env[299] = NULL;
	err_clear(&e);
	assert_false(converse(&c, env, ""));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
	for (int i = 0; i < 9; i++) {
		(void)snprintf(sum[i], sizeof(sum[i]), "HTTP_X%d=%07900d", i, 0);
		env[i + 1] = sum[i];
	}
	env[10] = NULL;
	err_clear(&e);
	assert_false(converse(&d, env, ""));
	assert_int_equal(e.kind, ERR_TOO_LARGE);
}

/* a usable identifier is taken, any other replaced */
static void
wire__request_id(void **state)
{
	struct fake f = { 0 }, g = { 0 }, h = { 0 };
	char first[65], longest[80] = "HTTP_REQUEST_ID=";

	(void)state;
	assert_true(converse(&f, ENV(Z("HTTP_REQUEST_ID=Abc-123_z")), ""));
	assert_string_equal(req.id, "Abc-123_z");
	memset(longest + 16, 'a', 63);
	assert_true(converse(&f, ENV(longest), ""));
	assert_int_equal(strlen(req.id), 63);
	assert_true(converse(&g, ENV(Z("HTTP_REQUEST_ID=a\r\nb")), ""));
	assert_int_equal(strlen(req.id), 22);
	memcpy(first, req.id, sizeof(first));
	assert_true(converse(&h, ENV(Z("HTTP_REQUEST_ID=")), ""));
	assert_int_equal(strlen(req.id), 22);
	assert_string_not_equal(req.id, first);
	limits.trace_header = "X-Trace";
	assert_true(converse(&h, ENV(Z("HTTP_X_TRACE=mine"), Z("HTTP_REQUEST_ID=other")), ""));
	assert_string_equal(req.id, "mine");
}

static void
wire__bad_requests_are_still_known(void **state)
{
	struct fake f = { 0 };
	char *env[] = { Z("REQUEST_METHOD=get"), Z("REQUEST_URI=/ords/%zz"), Z("HTTP_ACCEPT=text/html"), NULL };

	(void)state;
	assert_false(converse(&f, env, "body"));
	assert_int_equal(e.kind, ERR_BAD_URI);
	assert_int_equal(req.method, M_OTHER);
	assert_span(request_header(&req, "accept"), "text/html");
	assert_int_equal(strlen(req.id), 22);
	assert_int_equal(f.at, 4);
	(void)converse(&f, (char *[]){ NULL }, "");	/* no variable at all */
	assert_int_equal(req.method, M_OTHER);
}

static void
wire__writes_status_headers_body(void **state)
{
	struct fake f = { 0 };
	struct response r;

	(void)state;
	(void)converse(&f, ENV(Z("X=")), "");
	response_init(&r, mem);
	r.status = 201;
	response_header(&r, "ETag", SPAN("\"1\""));
	response_body(&r, "application/json", SPAN("{}"));
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 201 Created\r\nETag: \"1\"\r\n"
	    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
	f.n_out = 0;
	r.is_head = true;
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 201 Created\r\nETag: \"1\"\r\n"
	    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n");
	f.n_out = 0;
	response_init(&r, mem);
	r.status = 204;
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 204 No Content\r\n\r\n");
	f.n_out = 0;
	f.accepts = 10;
	assert_false(wire_write(&f.peer, &r));
}

/* a part of a file; and a file that became shorter is an answer that breaks off */
static void
wire__writes_a_body_from_a_file(void **state)
{
	struct fake f = { 0 };
	struct response r;
	FILE *file = tmpfile();

	(void)state;
	(void)converse(&f, ENV(Z("X=")), "");
	assert_non_null(file);
	assert_true(fputs("0123456789", file) >= 0);
	assert_int_equal(fflush(file), 0);
	response_init(&r, mem);
	response_file(&r, "text/plain", dup(fileno(file)), 2, 3);
	assert_int_equal(response_bytes(&r), 3);
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n234");
	f.n_out = 0;
	r.is_head = true;
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n");
	f.n_out = 0;
	r.is_head = false;
	r.file_bytes = 9;
	assert_false(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n23456789");
	(void)fclose(file);
}

/* Apache would make a redirect of it */
static void
wire__no_location_with_200_under_apache(void **state)
{
	struct fake f = { 0 };
	struct response r;

	(void)state;
	(void)converse(&f, ENV(Z("SERVER_SOFTWARE=Apache/2.4.62 (Debian)")), "");
	response_init(&r, mem);
	response_header(&r, "Location", SPAN("http://a/b"));
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 200 OK\r\n\r\n");
	f.n_out = 0;
	r.status = 201;
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 201 Created\r\nLocation: http://a/b\r\n\r\n");
	f.n_out = 0;
	r.status = 200;
	f.peer.env = ENV(Z("SERVER_SOFTWARE=nginx/1.26"));
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 200 OK\r\nLocation: http://a/b\r\n\r\n");
}

/* R-69, as far as headers go */
static void
wire__no_header_is_split(void **state)
{
	struct fake f = { 0 };
	struct response r;

	(void)state;
	(void)converse(&f, ENV(Z("X=")), "");
	response_init(&r, mem);
	response_header(&r, "Location", SPAN("/a\r\nSet-Cookie: x"));
	response_header(&r, "X-A", SPAN("\x1b[0m"));
	response_header(&r, "X-B", ((struct span){ "a\0b", 3 }));
	assert_true(wire_write(&f.peer, &r));
	assert_span(((struct span){ f.out, f.n_out }), "Status: 200 OK\r\n\r\n");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(wire__reads_variables),
		T(wire__last_of_a_variable_counts),
		T(wire__never_believes_these),
		T(wire__finds_credentials),
		T(wire__path_info_where_there_is_no_uri),
		T(wire__body_as_long_as_it_says),
		T(wire__refuses_what_is_not_whole),
		T(wire__equal_lengths_are_one),
		T(wire__body_without_length_is_read_to_its_end),
		T(wire__cgi_reads_what_was_announced),
		T(wire__cgi_reads_what_is_refused),
		T(wire__cgi_reads_no_further_than_it_was_told),
		T(wire__body_limit),
		T(wire__header_limits),
		T(wire__request_id),
		T(wire__bad_requests_are_still_known),
		T(wire__writes_status_headers_body),
		T(wire__writes_a_body_from_a_file),
		T(wire__no_location_with_200_under_apache),
		T(wire__no_header_is_split),
	};

	return cmocka_run_group_tests_name("fcgi/wire", tests, NULL, NULL);
}
