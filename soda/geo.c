/* soda/geo.c - the operands of $near, $within and $intersects: their shape, not yet their meaning */
#include "soda/geo.h"

#include "base/decimal.h"

enum { MAX_MEMBERS = 16, GEO_MAX_DEPTH = 32 };

/* ---- geometries (RFC 7946 section 3.1) ---- */

enum shape { POSITION, LINE, RING, POSITIONS };

static bool
bad_geometry(const struct member *m, struct err *e, const char *what)
{
	return member_fail(m, e, 5000, "not a GeoJSON geometry: %s", what);
}

static bool
check_position(const struct member *m, struct span v, struct err *e)
{
	struct jiter it;
	struct span x;
	size_t n = 0;

	jiter_open(&it, v);
	while (jiter_element(&it, &x)) {
		if (jval_type(x) != J_NUMBER)
			return bad_geometry(m, e, "a position is a list of numbers");
		n++;
	}
	return n >= 2 || bad_geometry(m, e, "a position has two numbers");
}

/* positions, `depth` arrays deep; a ring is closed and has four of them, a line two */
static bool
check_positions(const struct member *m, struct span v, size_t depth, enum shape shape, struct err *e)
{
	struct jiter it;
	struct span x, first = { NULL, 0 }, last = { NULL, 0 };
	size_t n = 0;

	if (jval_type(v) != J_ARRAY)
		return bad_geometry(m, e, "coordinates are arrays");
	if (depth == 0)
		return check_position(m, v, e);
	jiter_open(&it, v);
	for (; jiter_element(&it, &x); n++) {
		if (!check_positions(m, x, depth - 1, shape, e))
			return false;
		first = n == 0 ? x : first;
		last = x;
	}
	if (depth > 1)
		return n > 0 || bad_geometry(m, e, "empty coordinates");
	if (n < (shape == RING ? 4 : shape == LINE ? 2 : 1))
		return bad_geometry(m, e, "too few positions");
	if (shape == RING) {
		struct jiter a, b;
		struct span p, q;
		struct dec x0, x1;

		jiter_open(&a, first);
		jiter_open(&b, last);
		while (jiter_element(&a, &p) && jiter_element(&b, &q))
			if (!dec_parse(p, &x0) || !dec_parse(q, &x1) || dec_cmp(&x0, &x1) != 0)
				return bad_geometry(m, e, "a ring ends where it begins");
	}
	return true;
}

static const struct {
	const char *name;
	size_t depth;			/* arrays around a position */
	enum shape shape;
} geometries[] = {
	{ "Point", 0, POSITION }, { "MultiPoint", 1, POSITIONS }, { "LineString", 1, LINE },
	{ "MultiLineString", 2, LINE }, { "Polygon", 2, RING }, { "MultiPolygon", 3, RING },
};

static bool
check_geometry(const struct member *m, size_t depth, struct arena *mem, struct err *e)
{
	struct span type, part;
	struct members parts;

	if (jval_type(m->value) != J_OBJECT)
		return member_fail(m, e, 5017, "a geometry must be an object");
	if (depth > GEO_MAX_DEPTH)
		return bad_geometry(m, e, "nested too deep");
	if (!jmember(m->value, SPAN("type"), &type) || jval_type(type) != J_STRING)
		return bad_geometry(m, e, "type is missing");
	type = jstring_decode(type, mem);
	if (span_is(type, "GeometryCollection")) {
		struct member list = { .up = m, .name = SPAN("geometries") };

		if (!jmember(m->value, list.name, &list.value) || jval_type(list.value) != J_ARRAY)
			return bad_geometry(m, e, "geometries are missing");
		if (!elements_read(&list, 1000, mem, &parts))
			return bad_geometry(&list, e, "more than 1000 geometries");
		for (size_t i = 0; i < parts.n; i++)
			if (!check_geometry(&parts.list[i], depth + 1, mem, e))
				return false;
		return true;
	}
	for (size_t i = 0; i < sizeof(geometries) / sizeof(*geometries); i++)
		if (span_is(type, geometries[i].name)) {
			if (!jmember(m->value, SPAN("coordinates"), &part))
				return bad_geometry(m, e, "coordinates are missing");
			return check_positions(m, part, geometries[i].depth, geometries[i].shape, e);
		}
	return bad_geometry(m, e, "unknown type");
}

/* ---- operands ---- */

static bool
check_unit(const struct member *m, struct arena *mem, struct err *e)
{
	static const char *const units[] = {
		"m", "meter", "km", "kilometer", "mile", "ft", "foot", "yard", "nautical_mile"
	};
	struct span unit;

	if (jval_type(m->value) != J_STRING)
		return member_fail(m, e, 5014, "$unit must be a string");
	unit = jstring_decode(m->value, mem);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (span_is_nocase(unit, units[i]))
			return true;
	return member_fail(m, e, 5000, "$unit: \"%.*s\" is not a unit of length", SPAN_ARG(excerpt(unit)));
}

static bool
check_flag(const struct member *m, bool *out, struct err *e)
{
	enum jtype type = jval_type(m->value);

	*out = type == J_TRUE;
	return type == J_TRUE || type == J_FALSE
	    || member_fail(m, e, 5000, "%.*s must be true or false", SPAN_ARG(m->name));
}

bool
geo_check(const struct member *m, enum spatial op, struct arena *mem, struct err *e)
{
	bool has_geometry = false, has_distance = false, lax = false, scalar_required = false, ok;
	struct members list;

	if (jval_type(m->value) != J_OBJECT)
		return member_fail(m, e, 5017, "%.*s needs an object", SPAN_ARG(m->name));
	if (!members_read(m, MAX_MEMBERS, mem, &list))
		return member_fail(m, e, 5049, "too many members in %.*s", SPAN_ARG(m->name));
	for (size_t i = 0; i < list.n; i++) {
		const struct member *x = &list.list[i];
		bool is_distance = span_is(x->name, "$distance");

		if (span_is(x->name, "$geometry")) {
			has_geometry = true;
			ok = check_geometry(x, 0, mem, e);
		} else if (is_distance || span_is(x->name, "$excludeDistance") || span_is(x->name, "$unit")) {
			has_distance = has_distance || is_distance;
			if (op != SPATIAL_NEAR)
				return member_fail(x, e, 5048, "%.*s is for $near only", SPAN_ARG(x->name));
			ok = span_is(x->name, "$unit") ? check_unit(x, mem, e) : jval_type(x->value) == J_NUMBER
			    || member_fail(x, e, 5047, "%.*s must be a number", SPAN_ARG(x->name));
		} else if (span_is(x->name, "$lax")) {
			ok = check_flag(x, &lax, e);
		} else if (span_is(x->name, "$scalarRequired")) {
			ok = check_flag(x, &scalar_required, e);
		} else {
			ok = member_fail(x, e, 5049, "%.*s does not know the member \"%.*s\"", SPAN_ARG(m->name),
			    SPAN_ARG(x->name));
		}
		if (!ok)
			return false;
	}
	if (!has_geometry)
		return member_fail(m, e, 5050, "%.*s needs $geometry", SPAN_ARG(m->name));
	if (op == SPATIAL_NEAR && !has_distance)
		return member_fail(m, e, 5000, "$near needs $distance");
	if (lax && scalar_required)
		return member_fail(m, e, 5058, "$lax and $scalarRequired cannot both be true");
	return true;
}
