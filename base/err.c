/* base/err.c - the table of failures, and filling one in */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int status;
	const char *code, *title, *name;
} kinds[ERR__N] = {
	[ERR_NONE] = { 200, "", "", "NONE" },
#define E(name, status, code, title) [ERR_##name] = { status, code, title, #name },
#include "base/err.def"
#undef E
};

/* A client's own bytes come back in texts: no control byte may reach a log or a header, and a cut may not leave
 * half of a UTF-8 sequence behind. */
static void
make_printable(char *s)
{
	size_t n = strlen(s);
	size_t i = n;

	while (i > 0 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && (unsigned char)s[i - 1] >= 0xc0) {
		unsigned char lead = (unsigned char)s[i - 1];
		size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

		if (n - (i - 1) < want)
			s[i - 1] = '\0';
	}
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

static __attribute__((format(printf, 3, 0))) void
fill(char *out, size_t size, const char *fmt, va_list ap)
{
	vsnprintf(out, size, fmt, ap);
	make_printable(out);
}

static void
start(struct err *e, enum err_kind kind, int inner)
{
	e->kind = kind;
	e->inner = inner;
	e->at[0] = e->text[0] = e->detail[0] = '\0';
	snprintf(e->text, sizeof(e->text), "%s", kinds[kind].title);
}

bool
err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	start(e, kind, 0);
	if (fmt != NULL) {
		va_list ap;

		va_start(ap, fmt);
		fill(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
	}
	return false;
}

bool
err_inner(struct err *e, enum err_kind kind, int inner, const char *fmt, ...)
{
	va_list ap;

	start(e, kind, inner);
	va_start(ap, fmt);
	fill(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return false;
}

bool
err_as(struct err *e, enum err_kind kind, int inner)
{
	e->kind = kind;
	e->inner = inner;
	return false;
}

bool
err_at(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e->at, sizeof(e->at), fmt, ap);
	va_end(ap);
	return false;
}

bool
err_detail(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e->detail, sizeof(e->detail), fmt, ap);
	va_end(ap);
	return false;
}

void
err_clear(struct err *e)
{
	*e = (struct err){ .kind = ERR_NONE };
}

int
err_status(enum err_kind kind)
{
	return kinds[kind].status;
}

const char *
err_code(enum err_kind kind)
{
	return kinds[kind].code;
}

const char *
err_title(enum err_kind kind)
{
	return kinds[kind].title;
}

const char *
err_name(enum err_kind kind)
{
	return kinds[kind].name;
}
