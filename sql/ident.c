/* sql/ident.c - names from outside as identifiers */
#include "sql/ident.h"

#include "base/scan.h"

static size_t
count_chars(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool
is_narrow(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0xf0)
			return false;
	return true;
}

bool
ident_fits(const struct dialect *d, struct span name)
{
	return name.n > 0 && memchr(name.p, '\0', name.n) == NULL && utf8_valid(name)
	    && (d->ident_bytes == 0 || name.n <= d->ident_bytes)
	    && (d->ident_chars == 0 || count_chars(name) <= d->ident_chars) && (!d->ident_is_narrow || is_narrow(name));
}

void
put_ident(const struct dialect *d, struct span name, struct buf *out)
{
	buf_char(out, d->quote_open);
	for (size_t i = 0; i < name.n; i++) {
		buf_char(out, name.p[i]);
		if (name.p[i] == d->quote_close)
			buf_char(out, d->quote_close);
	}
	buf_char(out, d->quote_close);
}

void
put_qualified(const struct dialect *d, struct span schema, struct span name, struct buf *out)
{
	if (d->has_schemas && schema.n > 0) {
		put_ident(d, schema, out);
		buf_char(out, '.');
	}
	put_ident(d, name, out);
}
