/* sql/convert_moment.c - dates and times of one engine for a column of another */
#include "sql/convert.h"

#include "sql/table_words.h"

#include <stdlib.h>

struct moment {
	bool has_date, has_time, has_zone;
	int year, month, day, hour, minute, second;
	struct span fraction;		/* without zeros at its end */
	int offset;			/* minutes east of UTC */
};

/* ---- reading ---- */

/* n digits; false when they are not there */
static bool
digits(struct span *s, size_t n, int *out)
{
	*out = 0;
	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*out = *out * 10 + (s->p[i] - '0');
	}
	s->p += n;
	s->n -= n;
	return true;
}

static bool
take(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static bool
read_date(struct span *s, struct moment *m)
{
	struct span at = *s;

	if (!digits(&at, 4, &m->year) || !take(&at, '-') || !digits(&at, 2, &m->month) || !take(&at, '-') || !digits(&at, 2, &m->day))
		return false;
	*s = at;
	return m->has_date = true;
}

static bool
read_time(struct span *s, struct moment *m)
{
	struct span at = *s;

	if (!digits(&at, 2, &m->hour) || !take(&at, ':') || !digits(&at, 2, &m->minute))
		return false;
	if (take(&at, ':') && !digits(&at, 2, &m->second))
		return false;
	if (take(&at, '.')) {
		m->fraction = at;
		while (at.n > 0 && at.p[0] >= '0' && at.p[0] <= '9')
			take(&at, at.p[0]);
		m->fraction.n -= at.n;
		while (m->fraction.n > 0 && m->fraction.p[m->fraction.n - 1] == '0')
			m->fraction.n--;
	}
	*s = at;
	return m->has_time = true;
}

static bool
read_zone(struct span *s, struct moment *m)
{
	int hours, minutes = 0;
	char sign;

	take(s, ' ');
	if (s->n == 0)
		return true;
	m->has_zone = true;
	if (take(s, 'Z') || take(s, 'z'))
		return true;
	sign = s->p[0];
	if ((sign != '+' && sign != '-') || !take(s, sign) || !digits(s, 2, &hours))
		return false;
	take(s, ':');
	if (s->n > 0 && !digits(s, 2, &minutes))
		return false;
	m->offset = (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
	return true;
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool
exists(const struct moment *m)
{
	return (!m->has_date || (m->year >= 1 && m->month >= 1 && m->month <= 12 && m->day >= 1 && m->day <= days_in(m->year, m->month)))
	    && m->hour <= 23 && m->minute <= 59 && m->second <= 59 && abs(m->offset) <= 24 * 60;
}

static bool
has_zero(const struct moment *m)
{
	return m->has_date && (m->month == 0 || m->day == 0 || m->year == 0);
}

static bool
read_moment(struct span s, struct moment *m)
{
	*m = (struct moment){ 0 };
	if (read_date(&s, m)) {
		if (s.n == 0)
			return true;
		if (!take(&s, 'T') && !take(&s, ' '))
			return false;
	}
	return read_time(&s, m) && read_zone(&s, m) && s.n == 0;
}

/* ---- to UTC ---- */

static void
add_day(struct moment *m, int by)
{
	m->day += by;
	if (m->day < 1) {
		if (--m->month < 1) {
			m->month = 12;
			m->year--;
		}
		m->day = days_in(m->year, m->month);
	} else if (m->day > days_in(m->year, m->month)) {
		m->day = 1;
		if (++m->month > 12) {
			m->month = 1;
			m->year++;
		}
	}
}

static void
to_utc(struct moment *m)
{
	int minutes = m->hour * 60 + m->minute - m->offset;

	if (minutes < 0)
		add_day(m, -1);
	else if (minutes >= 24 * 60)
		add_day(m, 1);
	minutes = (minutes + 48 * 60) % (24 * 60);
	m->hour = minutes / 60;
	m->minute = minutes % 60;
	m->offset = 0;
}

/* ---- writing ---- */

/* how many digits of a second the column keeps */
static size_t
digits_kept(const struct conversion *c)
{
	const struct span native = c->to->native;
	const char *open = native.n == 0 ? NULL : memchr(native.p, '(', native.n);

	if (open != NULL && open + 1 < native.p + native.n && open[1] >= '0' && open[1] <= '9')
		return (size_t)(open[1] - '0');
	return (size_t)c->dialect->tables->moment_digits;
}

static char *
put_number(char *p, int number, int n_digits)
{
	for (int i = n_digits - 1; i >= 0; i--, number /= 10)
		p[i] = (char)('0' + number % 10);
	return p + n_digits;
}

/* 2024-01-02 03:04:05.678, as far as it is there; UTC may be in the year 10000 */
static struct span
print(const struct moment *m, bool with_time, const char *zone, struct arena *mem)
{
	size_t n_zone = strlen(zone);
	char *text = arena_alloc(mem, sizeof("10000-01-02 03:04:05.") + m->fraction.n + n_zone), *p = text;

	if (m->has_date) {
		p = put_number(p, m->year, m->year > 9999 ? 5 : 4);
		*p++ = '-';
		p = put_number(p, m->month, 2);
		*p++ = '-';
		p = put_number(p, m->day, 2);
	}
	if (with_time) {
		if (m->has_date)
			*p++ = ' ';
		p = put_number(p, m->hour, 2);
		*p++ = ':';
		p = put_number(p, m->minute, 2);
		*p++ = ':';
		p = put_number(p, m->second, 2);
		if (m->fraction.n > 0) {
			*p++ = '.';
			memcpy(p, m->fraction.p, m->fraction.n);
			p += m->fraction.n;
		}
		memcpy(p, zone, n_zone);
		p += n_zone;
	}
	*p = '\0';
	return (struct span){ text, (size_t)(p - text) };
}

static enum convert_reason
timestamp(const struct conversion *c, struct moment *m, struct arena *mem, struct value *out, enum convert_note *note)
{
	const struct table_words *w = c->dialect->tables;
	const char *zone = "";

	if (!m->has_date)
		return CONVERT_NOT_TIMESTAMP;
	if (m->fraction.n > digits_kept(c))
		return CONVERT_FRACTION;
	if (c->to->type == ABS_TIMESTAMPTZ) {
		to_utc(m);
		zone = w->utc;
	} else if (m->has_zone) {
		if (c->from != ABS_TIMESTAMPTZ && !w->keeps_moments) {
			if (m->offset != 0)
				return CONVERT_ZONE;
			*note = NOTE_ZONE;
		}
		to_utc(m);
		zone = w->keeps_moments ? w->utc : "";
	}
	out->text = print(m, true, zone, mem);
	return CONVERT_OK;
}

enum convert_reason
convert_moment(const struct conversion *c, const struct cell *in, struct arena *mem, struct value *out, enum convert_note *note)
{
	static const enum convert_reason none[ABS__N] = {
		[ABS_DATE] = CONVERT_NOT_DATE, [ABS_TIME] = CONVERT_NOT_TIME, [ABS_TIMESTAMP] = CONVERT_NOT_TIMESTAMP,
		[ABS_TIMESTAMPTZ] = CONVERT_NOT_TIMESTAMP,
	};
	bool any_form = c->same_engine || c->dialect->tables->keeps_moments;
	struct moment m;

	if (in->kind != CELL_TEXT || (in->text.n > 0 && memchr(in->text.p, '\0', in->text.n) != NULL))
		return none[c->to->type];
	out->kind = VALUE_TEXT;
	out->text = in->text;
	if (!read_moment(in->text, &m))
		return any_form ? CONVERT_OK : none[c->to->type];
	if (has_zero(&m) && !any_form) {
		out->kind = VALUE_NULL;
		*note = NOTE_ZERO_DATE;
		return c->to->nullable ? CONVERT_OK : CONVERT_ZERO_DATE;
	}
	if (!exists(&m)) {
		if (m.has_zone && c->dialect->tables->utc[0] == '\0')	/* the zero of a TIMESTAMP */
			out->text = print(&m, true, "", mem);
		return any_form ? CONVERT_OK : none[c->to->type];
	}
	switch (c->to->type) {
	case ABS_DATE:
		if (!m.has_date || m.hour != 0 || m.minute != 0 || m.second != 0 || m.fraction.n > 0)
			return c->dialect->tables->keeps_moments ? CONVERT_OK : CONVERT_NOT_DATE;
		out->text = print(&m, false, "", mem);
		return CONVERT_OK;
	case ABS_TIME:
		if (c->same_engine || (c->dialect->tables->keeps_moments && (m.has_date || m.has_zone)))
			return CONVERT_OK;
		if (m.has_date)
			return CONVERT_NOT_TIME;
		if (m.has_zone)
			return CONVERT_ZONE;
		if (m.fraction.n > digits_kept(c))
			return CONVERT_FRACTION;
		out->text = print(&m, true, "", mem);
		return CONVERT_OK;
	default:
		return timestamp(c, &m, mem, out, note);
	}
}
