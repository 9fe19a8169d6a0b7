/* soda/casemap.h - upper and lower case, the same in every locale */
#ifndef CORDS_SODA_CASEMAP_H
#define CORDS_SODA_CASEMAP_H

#include "base/arena.h"

#include <stdint.h>

/* Each character by the simple mapping of Unicode: one for one, whatever the language.  text: UTF-8 */
struct span case_upper(struct span text, struct arena *mem);
struct span case_lower(struct span text, struct arena *mem);

/* One character, so that all that differ in case only become the same one. */
uint32_t case_fold(uint32_t c);

#endif
