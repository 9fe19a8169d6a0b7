/* sql/lex.h - tokens of expression texts as catalogues print them: defaults, checks, predicates
 *
 * For texts that came from elsewhere.  Nothing here is put into SQL; literal.h decides what may be.
 */
#ifndef CORDS_SQL_LEX_H
#define CORDS_SQL_LEX_H

#include "base/arena.h"
#include "base/span.h"

enum lex_kind {
	LEX_END,
	LEX_BAD,		/* a quote without end, a comment, or a character that has no place in an expression */
	LEX_WORD,		/* bare: name, keyword; text as written */
	LEX_NAME,		/* quoted: text decoded */
	LEX_STRING,		/* text decoded */
	LEX_NUMBER,		/* text as written */
	LEX_BYTES,		/* x'..': the digits */
	LEX_SIGN		/* an operator, a bracket, a comma */
};

struct lex {
	const char *p, *end;
	struct arena *mem;
	enum lex_kind kind;	/* of the current token */
	struct span text;
};

void lex_open(struct lex *x, struct span text, struct arena *mem);	/* at the first token */
void lex_next(struct lex *x);
bool lex_word(const struct lex *x, const char *word);	/* is it this bare word, in either case? */
bool lex_sign(const struct lex *x, const char *sign);
bool lex_take(struct lex *x, const char *word);		/* the word or the sign, and past it */

#endif
