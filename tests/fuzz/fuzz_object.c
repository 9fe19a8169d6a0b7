/* tests/fuzz/fuzz_object.c - whatever a URI is: what it becomes reads back as the same, leads to the same host, and its secrets are
 * not shown */
#include "datapump/object_uri.h"

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
	static const struct key keys[] = {
		{ KEY_BASIC, "us-east-1", "joe", "secret" }, { KEY_SWIFT, "us-east-1", "joe", "secret" }, { KEY_S3, "us-east-1", "joe", "secret" },
	};
	struct arena *mem = arena_open(0);
	struct span uri = { (const char *)data, size };
	struct object_uri u, again;
	struct err e = { 0 };

	for (size_t i = 0; i <= sizeof(keys) / sizeof(*keys); i++) {
		const struct key *key = i == 0 ? NULL : &keys[i - 1];
		const char *text;

		err_clear(&e);
		if (!object_uri_parse(uri, key, mem, &u, &e)) {
			MUST(e.kind == ERR_BAD_JOB);
			continue;
		}
		text = object_uri_text(&u, mem);
		MUST(memcmp(text, "https://", 8) == 0 && strpbrk(text, " \r\n\t#") == NULL);
		MUST(strstr(u.path, "/../") == NULL && u.path[0] == '/');
		MUST(object_uri_parse(span_of(text), key, mem, &again, &e));
		MUST(strcmp(again.host, u.host) == 0 && again.port == u.port && strcmp(again.path, u.path) == 0);
		MUST(!object_host_allowed(&u, "", &e) && e.kind == ERR_BAD_JOB);
	}
	MUST(object_uri_has_secret(uri) || span_eq(object_uri_shown(uri, mem), uri));
	MUST(span_eq(object_uri_shown(object_uri_shown(uri, mem), mem), object_uri_shown(uri, mem)));
	arena_close(&mem);
	return 0;
}
