/* soda/meta_words.h - the words of collection metadata and the constants they stand for */
#ifndef CORDS_SODA_META_WORDS_H
#define CORDS_SODA_META_WORDS_H

#include "sql/coll.h"

struct word {
	const char *text;		/* NULL ends a list */
	int value;
};

enum { WORD_UNSUPPORTED = 1000 };	/* a word that is known, but names nothing we have */

/* The first word of a value is how it is written; the others are accepted. */
extern const struct word key_type_words[], key_method_words[], content_type_words[], validation_words[],
    version_method_words[], compress_words[], encrypt_words[];

int meta_word_find(const struct word *words, struct span text);	/* in any case; -1: unknown */
const char *word_text(const struct word *words, int value);

static inline bool
key_is_decimal(enum key_method m)
{
	return m == KEYS_SEQUENCE || m == KEYS_IDENTITY;
}

#endif
