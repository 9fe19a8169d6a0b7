/* tests/fuzz/fuzz_filename.c - whatever a pattern is, the names that come out are names of files and nothing else */
#include "datapump/filename.h"

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
	static const int64_t numbers[] = { 1, 2, 99, 100, 2147483547, 2147483548 };
	struct arena *mem = arena_open(0);
	struct span text = { (const char *)data, size }, name, first;
	struct name_pattern p;
	struct err e = { 0 };

	if (filename_parse(text, 1562417105000000, mem, &p, &e)) {
		MUST(filename_number(&p, 1, mem, &first, &e));
		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
			err_clear(&e);
			if (!filename_number(&p, numbers[i], mem, &name, &e)) {
				MUST(e.kind == ERR_BAD_JOB);
				continue;
			}
			MUST(memchr(name.p, '/', name.n) == NULL && memchr(name.p, '\0', name.n) == NULL && name.p[0] != '.');
			MUST(name.n > FILENAME_MAX_BYTES || filename_is_plain(name));
			MUST(i == 0 || !span_eq(name, first));
		}
	} else {
		MUST(e.kind == ERR_BAD_JOB);
	}
	err_clear(&e);
	if (filename_parse_object(text, 0, mem, &p, &e))
		MUST(filename_number(&p, 1, mem, &name, &e));
	arena_close(&mem);
	return 0;
}
