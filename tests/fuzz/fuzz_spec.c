/* tests/fuzz/fuzz_spec.c - a request is refused with words, or printed as what is read as the same */
#include "base/scan.h"
#include "datapump/spec.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (enum job_operation op = JOB_ANY; op <= JOB_IMPORT; op++) {
		struct arena *mem = arena_open(0);
		struct job_spec first, second;
		struct err e = { 0 };
		struct buf a, b;

		buf_init(&a, mem);
		buf_init(&b, mem);
		if (!spec_parse((struct span){ (const char *)data, size }, op, mem, &first, &e)) {
			MUST(e.kind == ERR_BAD_JOB && strncmp(e.text, "ODP-", 4) == 0 && utf8_valid(span_of(e.text)));
		} else {
			spec_print(&first, &a);
			MUST(spec_parse(buf_text(&a), op, mem, &second, &e) && second.n_warnings == 0);
			spec_print(&second, &b);
			MUST(span_eq(buf_text(&a), buf_text(&b)));
			(void)spec_wants_table(&first, SPAN("HR"), SPAN("EMP"), SPAN("DEFAULT"), false);
		}
		arena_close(&mem);
	}
	return 0;
}
