/* sql/dialect.c - finding a dialect */
#include "sql/dialect.h"

#include <string.h>
#include <strings.h>

const struct dialect *const dialects[] = {
#define D(name) &dialect_##name,
#include "sql/dialects.def"
#undef D
	NULL
};

static const char *const word_names[W__N] = {
	[W_TEXT] = "text", [W_KEY] = "key", [W_JSON] = "json", [W_INT] = "int", [W_BLOB] = "blob", [W_TIME] = "time",
	[W_VIEW] = "view", [W_COUNTER] = "counter", [W_COUNTER_ECHO] = "counter_echo", [W_PARSED] = "parsed", [W_ADD_COLUMN] = "add_column",
	[W_HAS_PARSED] = "has_parsed",
};

size_t
dialect_kept_chars(const struct dialect *d, size_t n_fields)
{
	return n_fields == 0 ? 0 : d->index_chars / n_fields;
}

const struct dialect *
dialect_by_name(const char *name)
{
	for (size_t i = 0; dialects[i] != NULL; i++)
		if (strcasecmp(dialects[i]->name, name) == 0)
			return dialects[i];
	return NULL;
}

const struct dialect *
dialect_by_dbms(const char *dbms)
{
	for (size_t i = 0; dialects[i] != NULL; i++)
		if (strncasecmp(dialects[i]->dbms, dbms, strlen(dialects[i]->dbms)) == 0)
			return dialects[i];
	return NULL;
}

const char *
dialect_word(const struct dialect *d, struct span name)
{
	for (size_t i = 0; i < W__N; i++)
		if (span_is(name, word_names[i]))
			return d->word[i];
	return NULL;
}
