/* sql/table_copy.h - descriptions that outlive what they were read from: everything reachable is copied to mem */
#ifndef CORDS_SQL_TABLE_COPY_H
#define CORDS_SQL_TABLE_COPY_H

#include "base/arena.h"
#include "sql/table.h"

struct table table_copy(const struct table *t, struct arena *mem);
struct view view_copy(const struct view *v, struct arena *mem);
struct sequence sequence_copy(const struct sequence *s, struct arena *mem);
struct code code_copy(const struct code *c, struct arena *mem);
struct enum_type enum_type_copy(const struct enum_type *t, struct arena *mem);

#endif
