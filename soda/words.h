/* soda/words.h - the words of documents, for $contains
 *
 * A word is a run of letters, digits and the marks that belong to them, as long as it gets; case does not count.  Words of
 * strings and numbers count, names of members do not.
 */
#ifndef CORDS_SODA_WORDS_H
#define CORDS_SODA_WORDS_H

#include "sql/plan.h"

/* Makes a condition of what is looked for: its words become `values`, see COND_CONTAINS. */
void words_wanted(struct span text, struct arena *mem, struct cond *c);

/* Does some string or number in v, or v itself, hold these words, one after the other? */
bool words_in(const struct cond *c, struct span v, struct arena *mem);

/* Every word of a document once, as word_kept() cuts it, with blanks between them. */
struct span words_of(struct span content, struct arena *mem);

#endif
