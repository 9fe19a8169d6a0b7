/* soda/geo.c - the operands of $near, $within and $intersects, and their meaning */
#include "soda/geo.h"

#include "base/decimal.h"
#include "soda/geodesy.h"
#include "soda/planar.h"

enum { MAX_MEMBERS = 16 };

struct geo {
	enum spatial op;
	struct planar *planar;
	struct geodesy *geodesy;	/* $near */
	double metres, exclude_metres;
	bool has_exclude;
};

bool
geo_read(struct span value, struct arena *mem, struct shape *out, const char **why, struct err *e)
{
	*why = NULL;
	return shape_read(value, mem, out, why) && planar_is_valid(out, mem, why, e);
}

/* ---- operands ---- */

struct operand_reading {
	struct arena *mem;
	struct err *e;
	struct geo *geo;
	struct shape shape;
	bool has_geometry, has_distance;
	double distance, exclude, unit_metres;
};

static bool
read_geometry(struct operand_reading *r, const struct member *m)
{
	const char *why;

	r->has_geometry = true;
	if (jval_type(m->value) != J_OBJECT)
		return member_fail(m, r->e, 5017, "a geometry must be an object");
	if (geo_read(m->value, r->mem, &r->shape, &why, r->e))
		return true;
	return why != NULL && member_fail(m, r->e, 5000, "not a GeoJSON geometry: %s", why);
}

static bool
read_number(struct operand_reading *r, const struct member *m, double *out)
{
	struct dec d;

	if (jval_type(m->value) != J_NUMBER || !dec_parse(m->value, &d))
		return member_fail(m, r->e, 5047, "%.*s must be a number", SPAN_ARG(m->name));
	*out = dec_to_double(&d);
	return true;
}

static bool
read_unit(struct operand_reading *r, const struct member *m)
{
	static const struct {
		const char *name;
		double metres;
	} units[] = {
		{ "m", 1 }, { "meter", 1 }, { "km", 1000 }, { "kilometer", 1000 }, { "mile", 1609.344 }, { "ft", 0.3048 },
		{ "foot", 0.3048 }, { "yard", 0.9144 }, { "nautical_mile", 1852 },
	};
	struct span unit;

	if (jval_type(m->value) != J_STRING)
		return member_fail(m, r->e, 5014, "$unit must be a string");
	unit = jstring_decode(m->value, r->mem);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (span_is_nocase(unit, units[i].name)) {
			r->unit_metres = units[i].metres;
			return true;
		}
	return member_fail(m, r->e, 5000, "$unit: \"%.*s\" is not a unit of length", SPAN_ARG(excerpt(unit)));
}

static bool
read_flag(const struct member *m, bool *out, struct err *e)
{
	enum jtype type = jval_type(m->value);

	*out = type == J_TRUE;
	return type == J_TRUE || type == J_FALSE
	    || member_fail(m, e, 5000, "%.*s must be true or false", SPAN_ARG(m->name));
}

static bool
read_member(struct operand_reading *r, const struct member *m, const struct member *of, struct cond *out)
{
	bool is_distance = span_is(m->name, "$distance"), is_exclude = span_is(m->name, "$excludeDistance");

	if (span_is(m->name, "$geometry"))
		return read_geometry(r, m);
	if (is_distance || is_exclude || span_is(m->name, "$unit")) {
		if (r->geo->op != SPATIAL_NEAR)
			return member_fail(m, r->e, 5048, "%.*s is for $near only", SPAN_ARG(m->name));
		r->has_distance |= is_distance;
		r->geo->has_exclude |= is_exclude;
		return is_distance ? read_number(r, m, &r->distance) : is_exclude ? read_number(r, m, &r->exclude) : read_unit(r, m);
	}
	if (span_is(m->name, "$lax"))
		return read_flag(m, &out->lax, r->e);
	if (span_is(m->name, "$scalarRequired"))
		return read_flag(m, &out->scalar_required, r->e);
	return member_fail(m, r->e, 5049, "%.*s does not know the member \"%.*s\"", SPAN_ARG(of->name), SPAN_ARG(m->name));
}

static bool
finish(struct operand_reading *r, const struct member *m, struct cond *out)
{
	struct geo *geo = r->geo;
	const char *why;
	struct box *box = ARENA_NEW(r->mem, struct box);

	geo->metres = r->distance * r->unit_metres;
	geo->exclude_metres = r->exclude * r->unit_metres;
	*box = r->shape.box;
	if (geo->op == SPATIAL_NEAR) {
		geo->geodesy = geodesy_of(&r->shape, r->mem, r->e);
		if (geo->geodesy == NULL)
			return false;
		*box = geodesy_widen(box, geo->metres);
	}
	out->geo = geo;
	out->box = r->shape.n == 0 ? NULL : box;
	return planar_open(&r->shape, r->mem, &geo->planar, &why, r->e)
	    || (why != NULL && member_fail(m, r->e, 5000, "$geometry: %s", why));
}

bool
geo_parse(const struct member *m, enum spatial op, struct arena *mem, struct cond *out, struct err *e)
{
	struct operand_reading r = { .mem = mem, .e = e, .geo = ARENA_NEW(mem, struct geo), .unit_metres = 1609.344 };
	struct members list;

	r.geo->op = op;
	if (jval_type(m->value) != J_OBJECT)
		return member_fail(m, e, 5017, "%.*s needs an object", SPAN_ARG(m->name));
	if (!members_read(m, MAX_MEMBERS, mem, &list))
		return member_fail(m, e, 5049, "too many members in %.*s", SPAN_ARG(m->name));
	for (size_t i = 0; i < list.n; i++)
		if (!read_member(&r, &list.list[i], m, out))
			return false;
	if (!r.has_geometry)
		return member_fail(m, e, 5050, "%.*s needs $geometry", SPAN_ARG(m->name));
	if (op == SPATIAL_NEAR && !r.has_distance)
		return member_fail(m, e, 5000, "$near needs $distance");
	if (out->lax && out->scalar_required)
		return member_fail(m, e, 5058, "$lax and $scalarRequired cannot both be true");
	return finish(&r, m, out);
}

/* ---- documents ---- */

static bool
overlap(const struct box *a, const struct box *b)
{
	return a->west <= b->east && b->west <= a->east && a->south <= b->north && b->south <= a->north;
}

static bool
is_near(const struct geo *geo, const struct shape *s, struct arena *mem, struct err *e)
{
	bool meets = planar_intersects(geo->planar, s, mem, e);

	if (e->kind != ERR_NONE)
		return false;
	if (!(meets ? geo->metres >= 0 : geodesy_reaches(geo->geodesy, s, geo->metres, false, mem, e)))
		return false;
	if (!geo->has_exclude)
		return true;
	return !(meets ? geo->exclude_metres > 0 : geodesy_reaches(geo->geodesy, s, geo->exclude_metres, true, mem, e))
	    && e->kind == ERR_NONE;
}

static bool
not_geometry(const struct cond *c, const char *why, struct err *e)
{
	struct span path = excerpt(c->path.text);

	return !c->lax && err_set(e, ERR_NOT_GEOMETRY, "%.*s is not one GeoJSON geometry: %s", SPAN_ARG(path), why);
}

bool
geo_holds(const struct cond *c, size_t n, struct span value, struct arena *mem, struct err *e)
{
	struct span path = excerpt(c->path.text);
	struct shape s;
	const char *why;

	if (n == 0)
		return c->scalar_required && err_set(e, ERR_VALUE_MISSING, "%.*s is missing", SPAN_ARG(path));
	if (n > 1)
		return not_geometry(c, "there are several values", e);
	if (jval_type(value) == J_NULL)
		return false;
	if (!geo_read(value, mem, &s, &why, e))
		return why != NULL && not_geometry(c, why, e);
	if (c->box == NULL || s.n == 0 || !overlap(c->box, &s.box))
		return false;
	switch (c->geo->op) {
	case SPATIAL_NEAR:
		return is_near(c->geo, &s, mem, e);
	case SPATIAL_WITHIN:
		return planar_covers(c->geo->planar, &s, mem, e);
	case SPATIAL_INTERSECTS:
		return planar_intersects(c->geo->planar, &s, mem, e);
	}
	return false;
}
