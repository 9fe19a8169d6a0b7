/* tests/lib/unit.h - cmocka with what it needs before it */
#ifndef CORDS_TESTS_LIB_UNIT_H
#define CORDS_TESTS_LIB_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* keep this order */
#include <cmocka.h>

#include "base/span.h"

#define assert_span(s, z) do { \
	struct span got_ = (s); \
	assert_int_equal(got_.n, strlen(z)); \
	assert_memory_equal(got_.p, (z), strlen(z)); \
} while (0)

#endif
