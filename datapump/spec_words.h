/* datapump/spec_words.h - the words of enumerated properties; private to spec.c and spec_print.c */
#ifndef CORDS_DATAPUMP_SPEC_WORDS_H
#define CORDS_DATAPUMP_SPEC_WORDS_H

#include "datapump/spec.h"

struct spec_word {
	const char *word;		/* NULL: the end of the list */
	int value;
};

extern const struct spec_word spec_operation_words[], spec_mode_words[], spec_exists_words[], spec_content_words[],
    spec_compression_words[], spec_case_words[], spec_object_words[], spec_logtime_words[];

#endif
