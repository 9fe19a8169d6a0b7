/* handlers/authorization.c - what an Authorization header says */
#include "handlers/authorization.h"

#include "base/digest.h"
#include "base/scan.h"

/* what follows the name of a scheme, in either case */
static bool
is_scheme(struct span header, const char *name, struct span *rest)
{
	size_t n = strlen(name);

	header = span_trim(header);
	if (header.n < n || !span_eq_nocase((struct span){ header.p, n }, span_of(name)))
		return false;
	*rest = (struct span){ header.p + n, header.n - n };
	if (rest->n > 0 && rest->p[0] != ' ' && rest->p[0] != '\t')
		return false;
	*rest = span_trim(*rest);
	return true;
}

bool
basic_read(struct span header, struct arena *mem, struct login *out)
{
	unsigned char *text;
	const char *colon;
	size_t n;

	if (!is_scheme(header, "Basic", &header))
		return false;
	text = arena_alloc(mem, 3 * header.n / 4 + 3);
	if (!base64_decode(header, text, &n))
		return false;
	if ((colon = memchr(text, ':', n)) == NULL || memchr(text, '\0', n) != NULL)
		return false;
	out->user = (struct span){ (char *)text, (size_t)(colon - (char *)text) };
	out->password = (struct span){ colon + 1, n - out->user.n - 1 };
	return out->user.n > 0 && utf8_valid(out->user);
}

bool
bearer_read(struct span header, struct span *token)
{
	return is_scheme(header, "Bearer", token);
}
