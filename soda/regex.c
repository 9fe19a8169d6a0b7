/* soda/regex.c - patterns: PCRE2 behind a door
 *
 * The dialect is POSIX extended with \d \w \s \b and non-greedy quantifiers; what else the library understands is
 * harmless under these limits.  Limits count backtracking steps per starting point, so a search goes over the text in
 * pieces and looks at the clock between them.  Whoever runs out of steps is refused: a value is never taken for one that
 * does not match.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "soda/match.h"


#include <pcre2.h>

enum {
	MAX_STEPS = 1000000,		/* of backtracking from one starting point; a whole value: and two per byte */
	MAX_HEAP_KIB = 32 * 1024,	/* for backtracking points */
	PIECE = 64,			/* starting points between two looks at the clock */
	MAX_TEXT = 1 << 30,		/* that much longer texts do not get more steps */
	MAX_MS = 10000			/* for one value */
};

struct regex {
	pcre2_code *code;
	pcre2_match_context *limits;
	bool whole;
	struct arena *mem;
	size_t charged;
};

static void
regex_free(void *arg)
{
	struct regex *re = arg;

	pcre2_match_context_free(re->limits);
	pcre2_code_free(re->code);
	arena_discharge(re->mem, re->charged);
}

static bool
bad_pattern(size_t at, const char *why, struct err *e)
{
	return err_inner(e, ERR_BAD_QBE, 5000, "bad pattern at byte %zu: %s", at, why);
}

bool
regex_make(struct span pattern, unsigned flags, struct arena *mem, void **out, struct err *e)
{
	uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY | PCRE2_USE_OFFSET_LIMIT;
	struct regex *re = ARENA_NEW(mem, struct regex);
	pcre2_compile_context *how;
	PCRE2_SIZE at, size;
	int why;

	/* (*LIMIT_MATCH=...) and its like would change what is decided here */
	if (pattern.n >= 2 && pattern.p[0] == '(' && pattern.p[1] == '*')
		return bad_pattern(0, "it must not begin with (*", e);
	if (flags & REGEX_NOCASE)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	re->whole = (flags & REGEX_WHOLE) != 0;
	re->mem = mem;
	arena_defer(mem, regex_free, re);
	how = pcre2_compile_context_create(NULL);
	re->limits = pcre2_match_context_create(NULL);
	if (how == NULL || re->limits == NULL) {
		pcre2_compile_context_free(how);
		return err_set(e, ERR_NO_MEMORY, NULL);
	}
	pcre2_set_newline(how, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(how, PCRE2_BSR_UNICODE);
	re->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, &why, &at, how);
	pcre2_compile_context_free(how);
	if (re->code == NULL) {
		PCRE2_UCHAR text[160];

		pcre2_get_error_message(why, text, sizeof(text));
		return bad_pattern(at, (const char *)text, e);
	}
	/* a short pattern can be a large program: (x{99}){99} */
	if (pcre2_pattern_info(re->code, PCRE2_INFO_SIZE, &size) != 0 || !arena_charge(mem, size))
		return err_set(e, ERR_TOO_LARGE, "the patterns of the filter take too much memory (request.maxMemory)");
	re->charged = size;
	pcre2_set_match_limit(re->limits, MAX_STEPS);
	pcre2_set_depth_limit(re->limits, MAX_STEPS);
	pcre2_set_heap_limit(re->limits, MAX_HEAP_KIB);
	*out = re;
	return true;
}

/* Half surrogates, which a JSON string may hold and UTF-8 may not: each becomes U+FFFD, which is as long. */
static struct span
without_surrogates(struct span text, struct arena *mem)
{
	char *copy = NULL;

	for (size_t i = 0; i + 2 < text.n; i++) {
		const char *p = memchr(text.p + i, 0xed, text.n - i - 2);

		if (p == NULL)
			break;
		i = (size_t)(p - text.p);
		if ((unsigned char)p[1] < 0xa0)
			continue;
		if (copy == NULL) {
			copy = arena_alloc(mem, text.n);
			memcpy(copy, text.p, text.n);
		}
		memcpy(copy + i, "\xef\xbf\xbd", 3);
	}
	return copy == NULL ? text : (struct span){ copy, text.n };
}

static bool
outcome(int rc, struct err *e)
{
	if (rc >= 0)
		return true;
	if (rc == PCRE2_ERROR_NOMATCH)
		return false;
	if (rc == PCRE2_ERROR_NOMEMORY)
		return err_set(e, ERR_NO_MEMORY, NULL);
	err_inner(e, ERR_BAD_QBE, 5000, "a pattern takes too many steps on some value");
	return err_detail(e, "pcre2_match: %d", rc);
}

/* Starting points from `at` on, a piece at a time: the first piece that is not without a match. */
static bool
search(const struct regex *re, struct span t, pcre2_match_data *data, struct err *e)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)t.p;
	int64_t until = 0;
	size_t at = 0;

	for (;;) {
		size_t last = t.n - at > PIECE ? at + PIECE : t.n;
		int rc;

		pcre2_set_offset_limit(re->limits, last);
		rc = pcre2_match(re->code, subject, t.n, at, PCRE2_NO_UTF_CHECK, data, re->limits);
		if (rc != PCRE2_ERROR_NOMATCH || last == t.n)
			return outcome(rc, e);
		for (at = last; at < t.n && (subject[at] & 0xc0) == 0x80; )
			at++;
		if (until == 0)
			until = clock_mono_ns() + MAX_MS * INT64_C(1000000);
		else if (clock_mono_ns() > until)
			return err_set(e, ERR_TIMEOUT, "a pattern takes too long on some value");
	}
}

bool
regex_test(const void *regex, struct span text, struct err *e)
{
	const uint32_t whole = PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	const struct regex *re = regex;
	struct span t = without_surrogates(text, re->mem);
	/* not kept: it holds on to the largest heap that a match ever needed */
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	bool yes;

	if (data == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	if (re->whole) {
		pcre2_set_match_limit(re->limits, MAX_STEPS + 2 * (uint32_t)(t.n < MAX_TEXT ? t.n : MAX_TEXT));
		pcre2_set_offset_limit(re->limits, PCRE2_UNSET);
		yes = outcome(pcre2_match(re->code, (PCRE2_SPTR)t.p, t.n, 0, whole, data, re->limits), e);
	} else {
		yes = search(re, t, data, e);
	}
	pcre2_match_data_free(data);
	return yes;
}
