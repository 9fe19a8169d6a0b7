/* tests/fuzz/fuzz_qbe.c - a filter on the first line, a document behind it
 *
 * Whatever is accepted must answer: a filter or its complement, a sort key or an error, a projection that is JSON again.
 */
#include "base/scan.h"
#include "soda/match.h"
#include "soda/qbe.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x) do { \
	if (!(x)) { \
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
		abort(); \
	} \
} while (0)

static void
ask(const struct qbe *q, struct span document, struct arena *mem)
{
	struct cond not = { .kind = COND_NOT, .children = (struct cond *)q->where };
	struct plan plan = { .where = q->where, .order = q->order };
	struct err e = { 0 }, e2 = { 0 };
	size_t before = arena_total(mem);
	bool yes = match_plan(&plan, SPAN("k"), document, mem, &e);

	MUST(arena_total(mem) == before);
	MUST(e.kind == ERR_NONE || !yes);
	if (q->where != NULL && e.kind == ERR_NONE)
		MUST(match_doc(&not, SPAN("k"), document, mem, &e2) != yes && e2.kind == ERR_NONE);
	if (q->order.n_terms > 0) {
		struct span *keys = ARENA_ARRAY(mem, struct span, q->order.n_terms);

		err_clear(&e);
		MUST(order_keys(&plan, document, mem, keys, &e) == (e.kind == ERR_NONE));
	}
	if (q->project.n_paths > 0) {
		struct scan_limits limits = { .max_depth = 200 };
		struct scan_info info;
		struct buf b;

		buf_init(&b, mem);
		project_apply(&q->project, document, mem, &b);
		MUST(json_scan(buf_text(&b), &limits, mem, &info, &e));
		MUST(b.n <= document.n + 4);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const own[] = { "{\"a\":[{\"b\":1},\"x\",2.5,null],\"b\":{\"a\":true}}", "[{\"a\":\"2020-01-01\"}]", "{}", "7" };
	struct scan_limits limits = { .max_depth = 200, .max_values = 20000 };
	struct arena *mem = arena_open(0);
	struct span text = { (const char *)data, size }, document = { NULL, 0 };
	const char *line = size == 0 ? NULL : memchr(data, '\n', size);
	struct scan_info info;
	struct err e = { 0 };
	struct qbe q;
	bool has_document = false;

	if (line != NULL) {
		document = (struct span){ line + 1, size - (size_t)(line + 1 - text.p) };
		text.n = (size_t)(line - text.p);
		has_document = json_scan(document, &limits, mem, &info, &e);
		document = info.text;
	}
	for (enum qbe_use use = QBE_QUERY; use <= QBE_UPDATE; use++) {
		err_clear(&e);
		if (!qbe_scan(text, &limits, mem, &info, &e))
			break;
		if (!qbe_parse(info.text, use, NULL, mem, &q, &e)) {
			MUST(e.kind != ERR_NONE && e.text[0] != '\0');
			continue;
		}
		MUST(e.kind == ERR_NONE);
		for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
			ask(&q, span_of(own[i]), mem);
		if (has_document)
			ask(&q, document, mem);
	}
	arena_close(&mem);
	return 0;
}
