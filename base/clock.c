/* base/clock.c - calendar by arithmetic: no time zone of the host, no locale */
#include "base/clock.h"

#include <time.h>

static int64_t (*faked)(void);

int64_t
clock_us(void)
{
	struct timespec t;

	if (faked != NULL)
		return faked();
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
clock_fake(int64_t (*now_us)(void))
{
	faked = now_us;
}

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[] = "SunMonTueWedThuFriSat";

/* Days since 1970 of a date in the proleptic Gregorian calendar; years begin in March here, so that the leap day is
 * the last of its year. */
static int64_t
day_of(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct civil {
	int64_t year;
	int month, day, weekday, hour, minute, second, micro;
};

static struct civil
civil_of(int64_t us)
{
	int64_t day = us / 86400000000 - (us % 86400000000 < 0);
	int64_t rest = us - day * 86400000000;
	int64_t z = day + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
	int month = (int)((5 * of_year + 2) / 153);
	struct civil c;

	c.day = (int)(of_year - (153 * month + 2) / 5 + 1);
	c.month = month < 10 ? month + 3 : month - 9;
	c.year = years + era * 400 + (c.month <= 2);
	c.weekday = (int)(((day + 4) % 7 + 7) % 7);
	c.hour = (int)(rest / 3600000000);
	c.minute = (int)(rest / 60000000 % 60);
	c.second = (int)(rest / 1000000 % 60);
	c.micro = (int)(rest % 1000000);
	return c;
}

static char *
put_number(char *out, int64_t v, int width)
{
	for (int i = width - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	return out + width;
}

static char *
put_text(char *out, const char *p, size_t n)
{
	memcpy(out, p, n);
	return out + n;
}

void
clock_format(int64_t us, char out[CLOCK_TEXT])
{
	struct civil c = civil_of(us);

	out = put_number(out, c.year, 4);
	*out++ = '-';
	out = put_number(out, c.month, 2);
	*out++ = '-';
	out = put_number(out, c.day, 2);
	*out++ = 'T';
	out = put_number(out, c.hour, 2);
	*out++ = ':';
	out = put_number(out, c.minute, 2);
	*out++ = ':';
	out = put_number(out, c.second, 2);
	*out++ = '.';
	out = put_number(out, c.micro, 6);
	*out++ = 'Z';
	*out = '\0';
}

void
clock_http_date(int64_t us, char out[CLOCK_TEXT])
{
	struct civil c = civil_of(us);

	out = put_text(out, weekdays + 3 * c.weekday, 3);
	out = put_text(out, ", ", 2);
	out = put_number(out, c.day, 2);
	*out++ = ' ';
	out = put_text(out, months + 3 * (c.month - 1), 3);
	*out++ = ' ';
	out = put_number(out, c.year, 4);
	*out++ = ' ';
	out = put_number(out, c.hour, 2);
	*out++ = ':';
	out = put_number(out, c.minute, 2);
	*out++ = ':';
	out = put_number(out, c.second, 2);
	put_text(out, " GMT", 5);
}

/* Readers take what they expect from the front of a text, or leave it and say no. */
static bool
take_number(struct span *s, size_t width, int *out)
{
	int v = 0;

	if (s->n < width)
		return false;
	for (size_t i = 0; i < width; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	s->p += width;
	s->n -= width;
	*out = v;
	return true;
}

static bool
take_char(struct span *s, char c)
{
	if (s->n == 0 || *s->p != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static bool
take_text(struct span *s, const char *z)
{
	size_t n = strlen(z);

	if (s->n < n || memcmp(s->p, z, n) != 0)
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

/* One of the names in a list of three-letter names: its index from 1. */
static bool
take_name(struct span *s, const char *names, int *out)
{
	for (int i = 0; names[3 * i] != '\0'; i++)
		if (s->n >= 3 && memcmp(s->p, names + 3 * i, 3) == 0) {
			s->p += 3;
			s->n -= 3;
			*out = i + 1;
			return true;
		}
	return false;
}

static bool
is_date(int year, int month, int day)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

/* HH:MM:SS */
static bool
take_time(struct span *s, int *sec)
{
	int h, m, x;

	if (!take_number(s, 2, &h) || !take_char(s, ':') || !take_number(s, 2, &m) || !take_char(s, ':')
	    || !take_number(s, 2, &x) || h > 23 || m > 59 || x > 60)
		return false;
	*sec = h * 3600 + m * 60 + x;
	return true;
}

/* RFC 9110: a year of two digits that seems more than 50 years away is the past one of that ending */
static int
whole_year(int two_digits)
{
	int now = (int)civil_of(clock_us()).year;
	int year = now - now % 100 + two_digits;

	return year > now + 50 ? year - 100 : year;
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool
imf_date(struct span s, int *year, int *month, int *day, int *sec)
{
	int weekday;

	return take_name(&s, weekdays, &weekday) && take_text(&s, ", ") && take_number(&s, 2, day)
	    && take_char(&s, ' ') && take_name(&s, months, month) && take_char(&s, ' ')
	    && take_number(&s, 4, year) && take_char(&s, ' ') && take_time(&s, sec) && take_text(&s, " GMT")
	    && s.n == 0;
}

/* Sunday, 06-Nov-94 08:49:37 GMT */
static bool
rfc850_date(struct span s, int *year, int *month, int *day, int *sec)
{
	static const char *const names[] = {
		"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
	};
	int i = 0;

	while (i < 7 && !take_text(&s, names[i]))
		i++;
	if (i == 7 || !take_text(&s, ", ") || !take_number(&s, 2, day) || !take_char(&s, '-')
	    || !take_name(&s, months, month) || !take_char(&s, '-') || !take_number(&s, 2, year)
	    || !take_char(&s, ' ') || !take_time(&s, sec) || !take_text(&s, " GMT") || s.n != 0)
		return false;
	*year = whole_year(*year);
	return true;
}

/* Sun Nov  6 08:49:37 1994 */
static bool
asctime_date(struct span s, int *year, int *month, int *day, int *sec)
{
	int weekday;

	return take_name(&s, weekdays, &weekday) && take_char(&s, ' ') && take_name(&s, months, month)
	    && take_char(&s, ' ') && (take_char(&s, ' ') ? take_number(&s, 1, day) : take_number(&s, 2, day))
	    && take_char(&s, ' ') && take_time(&s, sec) && take_char(&s, ' ') && take_number(&s, 4, year)
	    && s.n == 0;
}

bool
clock_parse_http_date(struct span text, int64_t *us)
{
	int year, month, day, sec;

	if ((!imf_date(text, &year, &month, &day, &sec) && !rfc850_date(text, &year, &month, &day, &sec)
	    && !asctime_date(text, &year, &month, &day, &sec)) || !is_date(year, month, day))
		return false;
	*us = (day_of(year, month, day) * 86400 + sec) * 1000000;
	return true;
}

static bool
take_fraction(struct span *s, int32_t *nsec)
{
	int32_t v = 0;
	int n = 0;
	int digit;

	while (n < 9 && take_number(s, 1, &digit)) {
		v = v * 10 + digit;
		n++;
	}
	if (n == 0)
		return false;
	for (; n < 9; n++)
		v *= 10;
	*nsec = v;
	return true;
}

/* Z, +HH:MM, -HH:MM or nothing: seconds east of UTC */
static bool
take_zone(struct span *s, int *east)
{
	int h, m, sign;

	*east = 0;
	if (s->n == 0 || take_char(s, 'Z'))
		return true;
	sign = take_char(s, '-') ? -1 : 1;
	if ((sign == 1 && !take_char(s, '+')) || !take_number(s, 2, &h) || !take_char(s, ':')
	    || !take_number(s, 2, &m) || h > 23 || m > 59)
		return false;
	*east = sign * (h * 3600 + m * 60);
	return true;
}

bool
iso_parse(struct span text, struct iso_time *out)
{
	struct span s = text;
	int year, month, day, h = 0, m = 0, sec = 0, east = 0;
	int64_t days;

	*out = (struct iso_time){ .date_only = true };
	if (!take_number(&s, 4, &year) || !take_char(&s, '-') || !take_number(&s, 2, &month) || !take_char(&s, '-')
	    || !take_number(&s, 2, &day) || !is_date(year, month, day))
		return false;
	if (s.n > 0) {
		out->date_only = false;
		if (!take_char(&s, 'T') || !take_number(&s, 2, &h) || !take_char(&s, ':') || !take_number(&s, 2, &m)
		    || h > 23 || m > 59)
			return false;
		if (take_char(&s, ':')) {
			if (!take_number(&s, 2, &sec) || sec > 59)
				return false;
			if (take_char(&s, '.') && !take_fraction(&s, &out->nsec))
				return false;
		}
		if (!take_zone(&s, &east) || s.n != 0)
			return false;
	}
	days = day_of(year, month, day);
	out->local_day = (int32_t)days;
	out->sec = days * 86400 + h * 3600 + m * 60 + sec - east;
	return true;
}

int
iso_cmp(const struct iso_time *a, const struct iso_time *b)
{
	if (a->sec != b->sec)
		return a->sec < b->sec ? -1 : 1;
	return (a->nsec > b->nsec) - (a->nsec < b->nsec);
}
