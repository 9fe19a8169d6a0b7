/* tests/fuzz/fuzz_path.c - a path on the first line, a document behind it
 *
 * Each value comes once, and is a value of the document.
 */
#include "base/scan.h"
#include "soda/path.h"

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

struct seen {
	struct span document;
	struct arena *mem;
	char *is_seen;			/* by the place where a value begins */
};

static bool
see(void *arg, struct span v)
{
	struct seen *s = arg;
	size_t at = (size_t)(v.p - s->document.p);
	struct scan_limits limits = { 0 };
	struct scan_info info;
	struct err e = { 0 };

	MUST(v.p >= s->document.p && v.n > 0 && at + v.n <= s->document.n);
	MUST(!s->is_seen[at]);
	s->is_seen[at] = 1;
	MUST(json_scan(v, &limits, s->mem, &info, &e));
	MUST(jcur_root(v).n == v.n);
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_limits limits = { .max_depth = 200, .max_values = 2000 };
	struct arena *mem = arena_open(0);
	struct seen s = { .mem = mem };
	struct span text = { (const char *)data, size };
	const char *line = size == 0 ? NULL : memchr(data, '\n', size);
	struct scan_info info;
	struct err e = { 0 };
	struct path p;

	if (line != NULL)
		text.n = (size_t)(line - text.p);
	if (!path_parse(text, mem, &p, &e)) {
		MUST(e.kind == ERR_BAD_QBE && e.inner >= 5000 && e.text[0] != '\0');
	} else {
		MUST(p.n_steps > 0 && p.n_steps <= PATH_MAX_STEPS);
		if (line != NULL) {
			s.document = (struct span){ line + 1, size - (size_t)(line + 1 - text.p) };
			if (json_scan(s.document, &limits, mem, &info, &e)) {
				s.document = jcur_root(info.text);
				s.is_seen = arena_zalloc(mem, s.document.n);
				path_each(&p, s.document, mem, see, &s);
			}
		}
	}
	arena_close(&mem);
	return 0;
}
