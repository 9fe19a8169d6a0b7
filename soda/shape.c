/* soda/shape.c - a GeoJSON geometry as plain numbers */
#include "soda/shape.h"

enum { MAX_DEPTH = 32 };		/* collections inside each other */

struct reading {
	struct shape *out;
	const char **why;
};

static bool
refuse(struct reading *r, const char *why)
{
	*r->why = why;
	return false;
}

static void
add_part(struct shape *s, enum part_kind kind)
{
	s->parts = arena_room(s->mem, s->parts, s->n_parts, &s->cap_parts, sizeof(*s->parts));
	s->parts[s->n_parts++] = (struct part){ .kind = kind, .ring = s->n_rings };
}

static void
add_ring(struct shape *s, size_t first)
{
	s->rings = arena_room(s->mem, s->rings, s->n_rings, &s->cap_rings, sizeof(*s->rings));
	s->rings[s->n_rings++] = (struct ring){ first, s->n - first };
	s->parts[s->n_parts - 1].n_rings++;
}

static void
add_position(struct shape *s, struct lonlat p)
{
	if (s->n == 0)
		s->box = (struct box){ p.lon, p.lat, p.lon, p.lat };
	s->box.west = p.lon < s->box.west ? p.lon : s->box.west;
	s->box.east = p.lon > s->box.east ? p.lon : s->box.east;
	s->box.south = p.lat < s->box.south ? p.lat : s->box.south;
	s->box.north = p.lat > s->box.north ? p.lat : s->box.north;
	s->at = arena_room(s->mem, s->at, s->n, &s->cap, sizeof(*s->at));
	s->at[s->n++] = p;
}

static bool
is_latitude(double d)
{
	return d >= -90 && d <= 90;
}

static bool
read_position(struct reading *r, struct span v)
{
	double d[2] = { 0, 0 };
	struct jiter it;
	struct span x;
	struct dec number;
	size_t n = 0;

	if (jval_type(v) != J_ARRAY)
		return refuse(r, "coordinates are arrays");
	jiter_open(&it, v);
	for (; jiter_element(&it, &x); n++) {
		if (jval_type(x) != J_NUMBER || !dec_parse(x, &number))
			return refuse(r, "a position is a list of numbers");
		if (n < 2)
			d[n] = dec_to_double(&number);
	}
	if (n < 2)
		return refuse(r, "a position has two numbers");
	if (!is_latitude(d[1]) && is_latitude(d[0])) {
		double lat = d[0];

		d[0] = d[1];
		d[1] = lat;
	}
	if (!is_latitude(d[1]) || !(d[0] >= -180 && d[0] <= 180))
		return refuse(r, "a position is a longitude up to 180 and a latitude up to 90");
	add_position(r->out, (struct lonlat){ d[0], d[1] });
	return true;
}

static bool
read_point(struct reading *r, struct span v)
{
	size_t first = r->out->n;

	add_part(r->out, PART_POINT);
	if (!read_position(r, v))
		return false;
	add_ring(r->out, first);
	return true;
}

static bool
same_place(struct lonlat a, struct lonlat b)
{
	return a.lon >= b.lon && a.lon <= b.lon && a.lat >= b.lat && a.lat <= b.lat;
}

static bool
read_positions(struct reading *r, struct span v, size_t at_least)
{
	struct shape *s = r->out;
	size_t first = s->n;
	struct jiter it;
	struct span x;

	if (jval_type(v) != J_ARRAY)
		return refuse(r, "coordinates are arrays");
	jiter_open(&it, v);
	while (jiter_element(&it, &x))
		if (!read_position(r, x))
			return false;
	if (s->n - first < at_least)
		return refuse(r, "too few positions");
	add_ring(s, first);
	return true;
}

static bool
read_line(struct reading *r, struct span v)
{
	struct shape *s = r->out;
	struct ring *ring;
	size_t i = 1;

	add_part(s, PART_LINE);
	if (!read_positions(r, v, 2))
		return false;
	ring = &s->rings[s->n_rings - 1];
	while (i < ring->n && same_place(s->at[ring->first], s->at[ring->first + i]))
		i++;
	if (i == ring->n) {
		s->parts[s->n_parts - 1].kind = PART_POINT;
		ring->n = 1;
	}
	return true;
}

static bool
read_polygon(struct reading *r, struct span v)
{
	struct shape *s = r->out;
	struct jiter it;
	struct span x;

	if (jval_type(v) != J_ARRAY)
		return refuse(r, "coordinates are arrays");
	add_part(s, PART_POLYGON);
	jiter_open(&it, v);
	while (jiter_element(&it, &x)) {
		const struct ring *ring;

		if (!read_positions(r, x, 4))
			return false;
		ring = &s->rings[s->n_rings - 1];
		if (!same_place(s->at[ring->first], s->at[ring->first + ring->n - 1]))
			return refuse(r, "a ring ends where it begins");
	}
	return s->parts[s->n_parts - 1].n_rings > 0 || refuse(r, "empty coordinates");
}

/* a type, its counterpart with Multi before it, and who reads one of them */
static const struct {
	const char *one, *many;
	bool (*read)(struct reading *r, struct span v);
} types[] = {
	{ "Point", "MultiPoint", read_point },
	{ "LineString", "MultiLineString", read_line },
	{ "Polygon", "MultiPolygon", read_polygon },
};

static bool
read_many(struct reading *r, struct span v, bool (*read)(struct reading *r, struct span v))
{
	struct jiter it;
	struct span x;
	size_t n = 0;

	if (jval_type(v) != J_ARRAY)
		return refuse(r, "coordinates are arrays");
	jiter_open(&it, v);
	for (; jiter_element(&it, &x); n++)
		if (!read(r, x))
			return false;
	return n > 0 || refuse(r, "empty coordinates");
}

static bool
read_geometry(struct reading *r, struct span v, size_t depth)
{
	struct span type, part;
	struct jiter it;

	if (depth > MAX_DEPTH)
		return refuse(r, "nested too deep");
	if (jval_type(v) != J_OBJECT)
		return refuse(r, "not an object");
	if (!jmember(v, SPAN("type"), &type) || jval_type(type) != J_STRING)
		return refuse(r, "type is missing");
	type = jstring_decode(type, r->out->mem);
	if (span_is(type, "GeometryCollection")) {
		if (!jmember(v, SPAN("geometries"), &part) || jval_type(part) != J_ARRAY)
			return refuse(r, "geometries are missing");
		jiter_open(&it, part);
		while (jiter_element(&it, &part))
			if (!read_geometry(r, part, depth + 1))
				return false;
		return true;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		bool is_many = span_is(type, types[i].many);

		if (!is_many && !span_is(type, types[i].one))
			continue;
		if (!jmember(v, SPAN("coordinates"), &part))
			return refuse(r, "coordinates are missing");
		return is_many ? read_many(r, part, types[i].read) : types[i].read(r, part);
	}
	return refuse(r, "unknown type");
}

bool
shape_read(struct span text, struct arena *mem, struct shape *out, const char **why)
{
	struct reading r = { out, why };

	*out = (struct shape){ .mem = mem };
	return read_geometry(&r, text, 0);
}
