/* tests/fuzz/fuzz_geo.c - a geometry on the first line, another one behind it
 *
 * What the two say about each other must fit together, and boxes must never lose what is near.
 */
#include "base/scan.h"
#include "soda/geo.h"
#include "soda/geodesy.h"
#include "soda/planar.h"

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

enum { MOST_POSITIONS = 64 };		/* that one input takes milliseconds */

static bool
read(struct span text, struct arena *mem, struct shape *out)
{
	struct scan_limits limits = { .max_depth = 100, .max_values = 2000 };
	struct scan_info info;
	struct err e = { 0 };
	const char *why;

	if (!json_scan(text, &limits, mem, &info, &e))
		return false;
	err_clear(&e);
	if (geo_read(jcur_root(info.text), mem, out, &why, &e)) {
		for (size_t i = 0; i < out->n; i++)
			MUST(out->at[i].lon >= out->box.west && out->at[i].lon <= out->box.east && out->at[i].lat >= out->box.south
			    && out->at[i].lat <= out->box.north);
		MUST(out->n_parts == 0 || out->n > 0);
		return out->n <= MOST_POSITIONS;
	}
	MUST(why != NULL && e.kind == ERR_NONE);
	return false;
}

static bool
overlap(struct box a, struct box b)
{
	return a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north;
}

static void
ask(const struct shape *a, const struct shape *b, struct arena *mem)
{
	static const double distances[] = { 0, 1, 1e3, 1e5, 1e6, 5e6, 1.9e7, 3e7 };
	struct planar *pa, *pb;
	struct err e = { 0 };
	const char *why;
	bool meet, within, was_near = false;

	MUST(planar_open(a, mem, &pa, &why, &e) && planar_open(b, mem, &pb, &why, &e));
	meet = planar_intersects(pa, b, mem, &e);
	within = planar_covers(pa, b, mem, &e);
	MUST(e.kind == ERR_NONE);
	MUST(!within || meet);
	MUST(!meet || overlap(a->box, b->box));
	if (a->n_parts == 1 && b->n_parts == 1)
		MUST(planar_intersects(pb, a, mem, &e) == meet);
	for (size_t i = 0; i < sizeof(distances) / sizeof(*distances); i++) {
		bool near = geodesy_reaches(geodesy_of(a, mem, &e), b, distances[i], false, mem, &e);

		if (e.kind == ERR_TIMEOUT)
			return;
		MUST(!near || overlap(geodesy_widen(&a->box, distances[i]), b->box));
		MUST(near || !was_near);
		was_near = near;
	}
	MUST(was_near || a->n == 0 || b->n == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_open(0);
	struct span one = { (const char *)data, size }, other = one;
	const char *line = size == 0 ? NULL : memchr(data, '\n', size);
	struct shape a, b;

	if (line != NULL) {
		one.n = (size_t)(line - one.p);
		other = (struct span){ line + 1, size - one.n - 1 };
	}
	if (read(one, mem, &a) && read(other, mem, &b))
		ask(&a, &b, mem);
	arena_close(&mem);
	return 0;
}
