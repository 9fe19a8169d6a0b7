/* tests/shim/memory.h - memory that ends during answer()
 *
 * Counts what our own objects ask of malloc(), calloc(), realloc() and strdup(); libraries are left alone.
 */
#ifndef CORDS_TESTS_MEMORY_H
#define CORDS_TESTS_MEMORY_H

void memory_refuse(unsigned at);	/* the at-th request is refused; 0: none.  Counts from here */
unsigned memory_asked(void);

#endif
