/* tests/sql/operand.h - operands of filters as their reader makes them */
#ifndef CORDS_TESTS_SQL_OPERAND_H
#define CORDS_TESTS_SQL_OPERAND_H

#include "tests/lib/unit.h"

#include "sql/plan.h"

static inline struct operand
number_of(const char *text)
{
	struct operand o = { .type = J_NUMBER, .text = span_of(text) };

	assert_true(dec_parse(o.text, &o.number));
	return o;
}

static inline struct operand
string_of(const char *text)
{
	struct operand o = { .type = J_STRING, .text = span_of(text) };

	o.text_is_number = dec_parse_text(o.text, &o.number);
	return o;
}

#endif
