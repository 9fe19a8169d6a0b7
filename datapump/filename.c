/* datapump/filename.c - names of dump files */
#include "datapump/filename.h"

#include "base/buf.h"

#include <inttypes.h>
#include <time.h>

enum { U_LAST = 99, L_BEFORE_FIRST = 99, L_LAST = 2147483646 };

static bool
is_allowed(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
	    || (c != '\0' && strchr("._-$#+= ", c) != NULL);
}

bool
filename_is_plain(struct span name)
{
	if (name.n == 0 || name.n > FILENAME_MAX_BYTES || name.p[0] == '.' || name.p[0] == ' ' || name.p[name.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_allowed(name.p[i]) && name.p[i] != '%')
			return false;
	return true;
}

/* Dates are put in; what counts stays, and so do doubled percent signs, so that the result can be read again. */
static bool
put_dates(struct span text, int64_t now_us, struct buf *b, bool *counts, struct err *e)
{
	time_t sec = (time_t)(now_us / 1000000);
	struct tm day;

	gmtime_r(&sec, &day);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c != '%') {
			buf_char(b, c);
			continue;
		}
		c = i + 1 < text.n ? text.p[++i] : '\0';
		switch (c) {
		case '%':
			put_lit(b, "%%");
			break;
		case 'U': case 'u':
			*counts = true;
			put_lit(b, "%U");
			break;
		case 'L': case 'l':
			*counts = true;
			put_lit(b, "%L");
			break;
		case 'D': case 'd':
			buf_printf(b, "%02d", day.tm_mday);
			break;
		case 'M': case 'm':
			buf_printf(b, "%02d", day.tm_mon + 1);
			break;
		case 'Y': case 'y':
			buf_printf(b, "%04d", day.tm_year + 1900);
			break;
		case 'T': case 't':
			buf_printf(b, "%04d%02d%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
			break;
		default:
			return c == '\0' ? err_set(e, ERR_BAD_JOB, "ODP-39124: dump file name ends in a lone %%")
			    : err_set(e, ERR_BAD_JOB, "ODP-39124: dump file name contains an invalid substitution variable %%%c", c);
		}
	}
	return true;
}

bool
filename_parse_object(struct span text, int64_t now_us, struct arena *mem, struct name_pattern *out, struct err *e)
{
	struct buf b;

	*out = (struct name_pattern){ 0 };
	buf_init(&b, mem);
	if (!put_dates(text, now_us, &b, &out->counts, e))
		return false;
	out->text = buf_text(&b);
	return true;
}

bool
filename_parse(struct span text, int64_t now_us, struct arena *mem, struct name_pattern *out, struct err *e)
{
	struct span first;
	struct buf b;

	*out = (struct name_pattern){ 0 };
	if (text.n == 0 || text.n > FILENAME_MAX_BYTES)
		return err_set(e, ERR_BAD_JOB, "ODP-39124: dump file name has %zu bytes, 1 to %d are allowed", text.n, FILENAME_MAX_BYTES);
	for (size_t i = 0; i < text.n; i++)
		if (!is_allowed(text.p[i]) && text.p[i] != '%')
			return err_set(e, ERR_BAD_JOB, "ODP-39124: dump file name has a character that is not allowed at position %zu", i + 1);
	buf_init(&b, mem);
	if (!put_dates(text, now_us, &b, &out->counts, e))
		return false;
	if (memchr(text.p, '.', text.n) == NULL)
		put_lit(&b, ".DMP");
	out->text = buf_text(&b);
	if (!filename_number(out, 1, mem, &first, e))
		return false;
	if (!filename_is_plain(first))
		return err_set(e, ERR_BAD_JOB, "ODP-39124: dump file name begins with a dot or a space, ends in a space or is too long");
	return true;
}

bool
filename_number(const struct name_pattern *p, int64_t number, struct arena *mem, struct span *out, struct err *e)
{
	struct buf b;

	if (number > 1 && !p->counts)
		return err_set(e, ERR_BAD_JOB, "ODP-39095: dump file space is used up: the file name has neither %%U nor %%L for a second file");
	buf_init(&b, mem);
	for (size_t i = 0; i < p->text.n; i++) {
		char c = p->text.p[i];

		if (c != '%') {
			buf_char(&b, c);
			continue;
		}
		c = p->text.p[++i];
		if (c == '%') {
			buf_char(&b, '%');
		} else if (c == 'U') {
			if (number > U_LAST)
				return err_set(e, ERR_BAD_JOB, "ODP-39095: dump file space is used up: %%U ends at 99, use %%L");
			buf_printf(&b, "%02" PRId64, number);
		} else {
			if (number > L_LAST - L_BEFORE_FIRST)
				return err_set(e, ERR_BAD_JOB, "ODP-39095: dump file space is used up: %%L ends at 2147483646");
			buf_int(&b, L_BEFORE_FIRST + number);
		}
	}
	*out = buf_text(&b);
	return true;
}
