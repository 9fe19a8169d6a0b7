/* sql/split.c - a script that a caller wrote: where its statements begin and end, and what they are */
#include "sql/split.h"

#include "base/buf.h"
#include "sql/dialect.h"
#include "sql/verbs.h"

static const struct span semicolon = { ";", 1 };

struct splitter {
	const struct dialect *dialect;
	const struct lexis *lexis;
	struct arena *mem;
	const char *from, *p, *end;
	size_t line;
	const char *line_start;
	struct span delimiter;

	/* of the statement that is being read */
	struct statement now;
	struct span leading[LEADING];
	size_t n_words;
	struct span word;		/* the last one */
	int brackets, blocks;
	bool is_routine, is_decided;	/* its body may hold statements */
	bool ended_block;		/* the last word was END, and ended one */
	bool has_code_comment;
	struct marker *markers;
	size_t cap_markers;
	struct buf bare;		/* what is run, up to piece */
	const char *piece;
};

/* ---- bytes ---- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_in_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '$';
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char
at(const struct splitter *s, size_t n)
{
	return (size_t)(s->end - s->p) > n ? s->p[n] : '\0';
}

static void
step(struct splitter *s)
{
	if (*s->p++ == '\n') {
		s->line++;
		s->line_start = s->p;
	}
}

static void
skip_line(struct splitter *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

static bool
stands_here(const struct splitter *s, struct span what)
{
	return (size_t)(s->end - s->p) >= what.n && memcmp(s->p, what.p, what.n) == 0;
}

/* ---- what is not read: comments and quotes.  One without end goes to the end of the script. ---- */

static void
skip_block(struct splitter *s)
{
	size_t depth = 0;

	if (s->lexis->code_comments && (at(s, 2) == '!' || (at(s, 2) == 'M' && at(s, 3) == '!')))
		s->has_code_comment = true;
	while (s->p < s->end) {
		bool opens = at(s, 0) == '/' && at(s, 1) == '*', closes = at(s, 0) == '*' && at(s, 1) == '/';

		if (opens && (depth == 0 || s->lexis->nested_comments))
			depth++;
		else if (!closes) {
			step(s);
			continue;
		}
		depth -= closes;
		s->p += 2;
		if (depth == 0)
			return;
	}
}

static bool
comment(struct splitter *s)
{
	if (at(s, 0) == '-' && at(s, 1) == '-'
	    && (!s->lexis->blank_after_dashes || s->end - s->p == 2 || (unsigned char)at(s, 2) <= ' '))
		skip_line(s);
	else if (at(s, 0) == '#' && s->lexis->hash_comments)
		skip_line(s);
	else if (at(s, 0) == '/' && at(s, 1) == '*')
		skip_block(s);
	else
		return false;
	return true;
}

/* In a statement: what is run has its lines, so that places of errors are right. */
static bool
inner_comment(struct splitter *s)
{
	const char *from = s->p;

	if (!comment(s))
		return false;
	buf_add(&s->bare, s->piece, (size_t)(from - s->piece));
	buf_char(&s->bare, ' ');
	for (; from < s->p; from++)
		if (*from == '\n')
			buf_char(&s->bare, '\n');
	s->piece = s->p;
	return true;
}

/* A doubled quote ends it and begins it again, which comes to the same. */
static void
skip_quoted(struct splitter *s, char close, bool escapes)
{
	step(s);
	while (s->p < s->end && *s->p != close) {
		if (escapes && *s->p == '\\' && s->end - s->p > 1)
			step(s);
		step(s);
	}
	if (s->p < s->end)
		step(s);
}

/* $tag$ ... $tag$ */
static bool
dollar_quoted(struct splitter *s)
{
	struct span tag = { s->p, 1 };

	if (at(s, 0) != '$' || !s->lexis->dollar_quotes || is_digit(at(s, 1)))
		return false;
	while (is_letter(at(s, tag.n)) || is_digit(at(s, tag.n)))
		tag.n++;
	if (at(s, tag.n++) != '$')
		return false;
	s->p += tag.n;
	while (s->p < s->end && !stands_here(s, tag))
		step(s);
	s->p += s->p < s->end ? tag.n : 0;
	return true;
}

static bool
quoted(struct splitter *s)
{
	char c = at(s, 0);

	if (c == '\'' || c == '"' || (c == '`' && s->lexis->backticks)) {
		skip_quoted(s, c, false);
		return true;
	}
	if (c == '[' && s->lexis->brackets) {
		skip_quoted(s, ']', false);
		return true;
	}
	if ((c == 'e' || c == 'E') && at(s, 1) == '\'' && s->lexis->escape_strings) {
		s->p++;
		skip_quoted(s, '\'', true);
		return true;
	}
	return dollar_quoted(s);
}

/* ---- words ---- */

static bool
is_one_of(struct span word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (span_is_nocase(word, *list))
			return true;
	return false;
}

/* CREATE TRIGGER, PROCEDURE ..., whose body may hold statements; a table may be called so, too */
static void
decide_routine(struct splitter *s, struct span word)
{
	static const char *const routines[] = { "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE", NULL };
	static const char *const others[] = { "TABLE", "INDEX", "VIEW", "USER", "ROLE", "DATABASE", "SCHEMA", NULL };

	if (s->is_decided || s->brackets > 0)
		return;
	if (s->n_words == 3 && span_is_nocase(s->leading[0], "BEGIN")) {
		s->is_decided = true;
		s->is_routine = span_is_nocase(s->leading[1], "NOT") && span_is_nocase(word, "ATOMIC");
		s->blocks = s->is_routine;
	}
	if (!span_is_nocase(s->leading[0], "CREATE"))
		return;
	s->is_routine = is_one_of(word, routines);
	s->is_decided = s->is_routine || is_one_of(word, others);
}

/* BEGIN and CASE open, END closes, but for END IF and its like, which close what was not counted. */
static void
count_blocks(struct splitter *s, struct span word)
{
	static const char *const uncounted[] = { "IF", "LOOP", "WHILE", "REPEAT", "FOR", NULL };
	bool after_end = s->ended_block;

	s->ended_block = false;
	if (after_end && is_one_of(word, uncounted)) {
		s->blocks++;
	} else if (span_is_nocase(word, "BEGIN") || (span_is_nocase(word, "CASE") && !after_end)) {
		s->blocks++;
	} else if (span_is_nocase(word, "END") && s->blocks > 0) {
		s->blocks--;
		s->ended_block = true;
	}
}

static unsigned
facts_of(const struct splitter *s, struct span word)
{
	static const char *const writes[] = { "INSERT", "UPDATE", "DELETE", "MERGE", NULL };
	static const char *const checks[] = { "ANALYZE", "CHECK", "OPTIMIZE", "REPAIR", NULL };
	static const char *const locks[] = { "FOR", "LOCK", "PROCEDURE", NULL };
	bool is_outside = s->brackets == 0;
	const char *p = s->p;

	while (p < s->end && is_blank(*p))
		p++;
	if (is_one_of(word, writes))
		return FACT_WRITES | (is_outside ? FACT_WRITES_BELOW : 0);
	if (span_is_nocase(word, "REPLACE") && is_outside && (p == s->end || *p != '('))
		return FACT_WRITES_BELOW;
	if (span_is_nocase(word, "RETURNING"))
		return FACT_RETURNING;
	if (span_is_nocase(word, "PARTITION") && is_one_of(s->word, checks))
		return FACT_MAINTENANCE;
	if (!is_outside)
		return 0;
	if (span_is_nocase(word, "LIMIT") || span_is_nocase(word, "FETCH"))
		return FACT_LIMIT;
	if (span_is_nocase(word, "INTO"))
		return FACT_INTO;
	return is_one_of(word, locks) ? FACT_LOCKS : 0;
}

static void
word(struct splitter *s)
{
	struct span w = { s->p, 0 };

	while (is_in_word(at(s, w.n)))
		w.n++;
	s->p += w.n;
	if (s->n_words < LEADING)
		s->leading[s->n_words] = w;
	if (s->n_words++ > 0)
		s->now.facts |= facts_of(s, w);
	if (s->is_routine)
		count_blocks(s, w);
	else
		decide_routine(s, w);
	s->word = w;
}

static bool
add_marker(struct splitter *s, size_t n, struct span name, struct err *e)
{
	if (s->now.n_markers == STATEMENT_MARKERS)
		return err_set(e, ERR_TOO_LARGE, "a statement has at most %d markers", STATEMENT_MARKERS);
	s->markers = arena_room(s->mem, s->markers, s->now.n_markers, &s->cap_markers, sizeof(*s->markers));
	s->markers[s->now.n_markers++] = (struct marker){ s->bare.n + (size_t)(s->p - s->piece), n, name };
	s->p += n;
	return true;
}

/* ?, :name; :: is a cast, and := sets */
static bool
sign(struct splitter *s, struct err *e)
{
	char c = at(s, 0);
	size_t n = 1;

	if (c == '?') {
		if (s->lexis->many_markers && is_digit(at(s, 1)))
			s->now.facts |= FACT_ODD_MARKER;
		return add_marker(s, 1, (struct span){ NULL, 0 }, e);
	}
	if (c == ':' && is_letter(at(s, 1)) && (s->p == s->from || s->p[-1] != ':')) {
		while (is_in_word(at(s, n)))
			n++;
		return add_marker(s, n, (struct span){ s->p + 1, n - 1 }, e);
	}
	if ((c == '@' || c == '$') && s->lexis->many_markers)
		s->now.facts |= FACT_ODD_MARKER;
	s->brackets += (c == '(') - (c == ')');
	step(s);
	return true;
}

/* ---- one statement ---- */

/* a line that holds nothing but a slash */
static bool
slash_line(const struct splitter *s)
{
	const char *p = s->p + 1;

	if (at(s, 0) != '/')
		return false;
	for (const char *q = s->line_start; q < s->p; q++)
		if (!is_blank(*q))
			return false;
	while (p < s->end && *p != '\n' && is_blank(*p))
		p++;
	return p == s->end || *p == '\n';
}

/* What SQL*Plus and its like would do themselves, each to the end of its line: nothing is ever done on this host. */
static bool
client_command(const struct splitter *s)
{
	static const char *const words[] = {
		"HOST", "SPOOL", "PROMPT", "CONNECT", "CONN", "DISCONNECT", "EXIT", "QUIT", "DEFINE", "UNDEFINE", "ACCEPT", "COLUMN",
		"WHENEVER", "PAUSE", "REMARK", "REM", "SOURCE", "SYSTEM", "PRINT", "VARIABLE", "TIMING", NULL
	};
	static const char *const settings[] = { "ECHO", "FEEDBACK", "HEADING", "LINESIZE", "PAGESIZE", "SERVEROUTPUT", "TERMOUT",
		"VERIFY", "SQLBLANKLINES", "SQLFORMAT", "TRIMSPOOL", "AUTOTRACE", "SCAN", NULL };
	struct span first = { s->p, 0 }, second;

	if (at(s, 0) == '!' || at(s, 0) == '@' || at(s, 0) == '\\')
		return true;
	while (is_in_word(at(s, first.n)))
		first.n++;
	if (is_one_of(first, words))
		return true;
	second = (struct span){ s->p + first.n, 0 };
	while (second.p < s->end && (*second.p == ' ' || *second.p == '\t'))
		second.p++;
	while (second.p + second.n < s->end && is_in_word(second.p[second.n]))
		second.n++;
	return span_is_nocase(first, "SET") && is_one_of(second, settings);
}

/* DELIMITER //, alone on its line */
static bool
delimiter_line(struct splitter *s)
{
	struct span rest;

	if (!s->lexis->delimiter_lines || s->end - s->p < 9 || !span_eq_nocase((struct span){ s->p, 9 }, SPAN("DELIMITER"))
	    || is_in_word(at(s, 9)))
		return false;
	rest.p = s->p + 9;
	skip_line(s);
	rest.n = (size_t)(s->p - rest.p);
	rest = span_trim(rest);
	s->delimiter = rest.n > 0 ? rest : semicolon;
	return true;
}

/* to the first byte of a statement; false at the end of the script */
static bool
find_start(struct splitter *s)
{
	while (s->p < s->end) {
		if (is_blank(*s->p))
			step(s);
		else if (stands_here(s, s->delimiter))
			s->p += s->delimiter.n;
		else if (slash_line(s))
			s->p++;
		else if (!comment(s) && !delimiter_line(s))
			return true;
	}
	return false;
}

/* also in front of a comment that a statement begins with, because some comments are code */
static void
begin(struct splitter *s)
{
	s->now = (struct statement){ .text = { s->p, 0 }, .start_line = s->line, .start_column = (size_t)(s->p - s->line_start) + 1,
	    .verb = { "", 0 }, .second = { "", 0 } };
	memset(s->leading, 0, sizeof(s->leading));
	s->word = (struct span){ "", 0 };
	s->n_words = 0;
	s->brackets = s->blocks = 0;
	s->is_routine = s->is_decided = s->ended_block = false;
	s->markers = NULL;
	s->cap_markers = 0;
	buf_init(&s->bare, s->mem);
	s->piece = s->p;
}

static bool
read_statement(struct splitter *s, struct err *e)
{
	bool blocks_count = span_eq(s->delimiter, semicolon);

	while (s->p < s->end && !slash_line(s)) {
		if (stands_here(s, s->delimiter) && (s->blocks == 0 || !blocks_count))
			break;
		if (inner_comment(s) || quoted(s))
			continue;
		if (is_letter(*s->p)) {
			word(s);
		} else if (is_digit(*s->p)) {
			while (is_in_word(at(s, 0)))
				s->p++;
		} else if (!sign(s, e)) {
			return false;
		}
	}
	return true;
}

static void
end(struct splitter *s)
{
	struct span *text = &s->now.text;

	text->n = (size_t)(s->p - text->p);
	while (text->n > 0 && is_blank(text->p[text->n - 1]))
		text->n--;
	s->now.run = *text;
	if (s->piece != text->p && !s->is_routine) {
		const char *last = text->p + text->n;

		buf_add(&s->bare, s->piece, last > s->piece ? (size_t)(last - s->piece) : 0);
		s->now.run = buf_text(&s->bare);
	}
	s->now.end_line = s->now.start_line;
	for (size_t i = 0; i < text->n; i++)
		s->now.end_line += text->p[i] == '\n';
	s->now.markers = s->markers;
	if (s->is_routine)	/* a body has parameters, and keeps its comments */
		s->now.n_markers = 0;
	if (s->n_words > 0)
		s->now.verb = s->leading[0];
	if (s->n_words > 1)
		s->now.second = s->leading[1];
}

/* ---- all of them ---- */

static bool
next(struct splitter *s, bool *found, struct err *e)
{
	s->has_code_comment = false;
	*found = find_start(s);
	if (!*found)
		return true;
	begin(s);
	if (client_command(s)) {
		skip_line(s);
		end(s);
		s->now.type = STATEMENT_CLIENT;
		s->now.refusal = "commands of a client are not run here";
		return true;
	}
	if (!read_statement(s, e))
		return false;
	end(s);
	if (s->has_code_comment)
		s->now.facts |= FACT_CODE_COMMENT;
	verbs_judge(s->dialect, s->leading, s->mem, &s->now);
	return true;
}

bool
script_split(const struct dialect *d, struct span text, struct arena *mem, const struct statement **out, size_t *n,
    struct err *e)
{
	struct splitter s = { .dialect = d, .lexis = d->lexis, .mem = mem, .from = text.p, .p = text.p, .end = text.p + text.n,
	    .line = 1, .line_start = text.p, .delimiter = semicolon };
	struct statement *list = NULL;
	size_t cap = 0;
	bool found;

	for (*n = 0; next(&s, &found, e); ++*n) {
		if (!found) {
			*out = list;
			return true;
		}
		if (*n == SCRIPT_STATEMENTS)
			return err_set(e, ERR_TOO_LARGE, "a script has at most %d statements", SCRIPT_STATEMENTS);
		list = arena_room(mem, list, *n, &cap, sizeof(*list));
		list[*n] = s.now;
	}
	return false;
}
