/* base/err.c - the table of failures, and filling one in */
#include "base/err.h"

#include "base/scan.h"

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

/* The character at s, with the continuation bytes that stand behind its first one. */
static size_t
character(const char *s, size_t left)
{
	size_t n = 1;

	while ((unsigned char)s[0] >= 0xc0 && n < 4 && n < left && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* A client's own bytes come back in texts, cut where there was room, and headers need not be UTF-8: no control byte may reach a
 * log or a header, and nothing but UTF-8 the body of an answer.  What the end cut off is left out. */
static void
make_printable(char *s)
{
	for (size_t left = strlen(s), n; left > 0; s += n, left -= n) {
		n = character(s, left);
		if ((unsigned char)*s >= 0x20 && *s != 0x7f && utf8_valid((struct span){ s, n }))
			continue;
		if (n == left && (unsigned char)*s >= 0xc0) {
			*s = '\0';
			return;
		}
		memset(s, '?', n);
	}
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
err_before(struct err *e, const char *fmt, ...)
{
	char said[sizeof(e->text)];
	size_t n;
	va_list ap;

	memcpy(said, e->text, sizeof(said));
	va_start(ap, fmt);
	fill(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	memcpy(e->text + n, said, sizeof(said) - n);
	e->text[sizeof(e->text) - 1] = '\0';
	make_printable(e->text);
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
