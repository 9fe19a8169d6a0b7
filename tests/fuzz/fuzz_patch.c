/* tests/fuzz/fuzz_patch.c - patches on documents against a slow and obvious implementation
 *
 * Input: the document up to the first line feed, then a JSON Patch (an array) or a merge patch (an object).  What comes out
 * must be a document within the limits, the document that went in must be as it was, and where Jansson can hold both texts the
 * slow implementation must come to the same end.
 */
#include "base/scan.h"
#include "soda/patch.h"
#include "tests/lib/slow_patch.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct patch_limits limits = { 64 << 10, 40 };

#define MUST(x) do { \
	if (!(x)) { \
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
		abort(); \
	} \
} while (0)

static bool
scans(struct span text, struct arena *mem, struct scan_info *out)
{
	const struct scan_limits lim = { .max_depth = limits.max_depth, .max_values = 20000 };
	struct err e;

	return json_scan(text, &lim, mem, out, &e);
}

/* fractions and exponents: Jansson tells 1.0 from 1 */
static bool
has_real(json_t *v)
{
	const char *name;
	json_t *child;
	size_t i;

	json_object_foreach(v, name, child)
		if (has_real(child))
			return true;
	json_array_foreach(v, i, child)
		if (has_real(child))
			return true;
	return json_is_real(v);
}

static json_t *
tree_of(struct span text)
{
	json_t *v = json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL);

	if (v != NULL && has_real(v)) {
		json_decref(v);
		return NULL;
	}
	return v;
}

/* ok: whether ours succeeded, with the text `got` */
static void
compare(struct span doc, struct span patch, bool ok, struct span got)
{
	json_t *d = tree_of(doc), *p = tree_of(patch), *result;
	bool want = true;

	if (d != NULL && p != NULL) {
		if (json_is_array(p))
			want = slow_patch(&d, p, limits.max_depth);
		else
			slow_merge(&d, p);
		MUST(ok == want);
		if (ok) {
			result = json_loadb(got.p, got.n, 0, NULL);
			MUST(result != NULL && json_equal(result, d));
			json_decref(result);
		}
	}
	json_decref(d);
	json_decref(p);
}

static void
check(struct span doc, struct span patch, bool is_merge, struct arena *mem)
{
	char *before = arena_z(mem, doc);
	struct patch *p = NULL;
	struct scan_info info;
	struct span out = { NULL, 0 };
	struct err e = { 0 };
	bool ok;

	if (!is_merge && !patch_parse(patch, mem, &p, &e)) {
		MUST(e.kind == ERR_PATCH_BAD || e.kind == ERR_PATCH_ELEMENT);
		return;
	}
	ok = is_merge ? merge_apply(patch, doc, &limits, mem, &out, &e) : patch_apply(p, doc, &limits, mem, &out, &e);
	MUST(memcmp(before, doc.p, doc.n) == 0);
	MUST(ok || e.kind == ERR_PATCH_CONFLICT || e.kind == ERR_BAD_JSON || e.kind == ERR_TOO_LARGE);
	if (ok) {
		MUST(scans(out, mem, &info));
		MUST(info.root == '{' || info.root == '[');
		MUST(out.n <= limits.max_bytes || out.p == doc.p);
	}
	if (e.kind != ERR_TOO_LARGE)
		compare(doc, patch, ok, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_open(0);
	struct span all = { (const char *)data, size };
	const char *end = size == 0 ? NULL : memchr(all.p, '\n', all.n);
	struct scan_info doc, patch;

	if (end != NULL && scans((struct span){ all.p, (size_t)(end - all.p) }, mem, &doc)
	    && scans((struct span){ end + 1, (size_t)(all.p + all.n - end - 1) }, mem, &patch)
	    && (doc.root == '{' || doc.root == '[') && (patch.root == '{' || patch.root == '['))
		check(doc.text, patch.text, patch.root == '{', mem);
	arena_close(&mem);
	return 0;
}
