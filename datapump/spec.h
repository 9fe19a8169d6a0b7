/* datapump/spec.h - what a job shall do: the body of a request, checked, and the same printed for the row of the job */
#ifndef CORDS_DATAPUMP_SPEC_H
#define CORDS_DATAPUMP_SPEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "datapump/expr.h"

#include <stdint.h>

enum job_operation { JOB_ANY, JOB_EXPORT, JOB_IMPORT };
enum job_mode { MODE_FULL, MODE_SCHEMA, MODE_TABLE, MODE_TABLESPACE };
enum job_content { CONTENT_ALL, CONTENT_DATA, CONTENT_METADATA };
enum exists_action { EXISTS_SKIP, EXISTS_APPEND, EXISTS_TRUNCATE, EXISTS_REPLACE };
enum name_case { NAMES_PRESERVE, NAMES_LOWER, NAMES_UPPER };
enum object_type {
	OBJECT_TABLE, OBJECT_INDEX, OBJECT_CONSTRAINT, OBJECT_REF_CONSTRAINT, OBJECT_VIEW, OBJECT_SEQUENCE, OBJECT_TRIGGER, OBJECT_COMMENT,
	OBJECT__N
};

enum { SPEC_MAX_EXPRESSIONS = 100, SPEC_MIN_FILE_BYTES = 1 << 20 };

struct spec_expressions {
	size_t n;			/* 0: everything */
	const struct span *texts;
	const struct expr *const *all;	/* each of them must hold */
};

struct spec_remap {
	struct span schema;		/* of remap_tables, when the source was SCHEMA.TABLE; p NULL: any */
	struct span source, target;
};

struct spec_objects {			/* one element of include or exclude */
	enum object_type type;
	struct span text;		/* p NULL: all of this type */
	const struct expr *expr;
};

struct spec_query {
	struct span table;
	struct span filter;		/* a filter object, JSON */
};

enum { JOB_THREADS_MAX = 64 };		/* connections of one job */

struct job_spec {
	enum job_operation operation;
	enum job_mode mode;
	struct span directory;		/* as written; DATA_PUMP_DIR when absent */
	struct span file_name;		/* as written; p NULL: absent */
	struct span credential;		/* p NULL: absent */
	struct span filter;
	const struct expr *filter_expr;	/* NULL: absent */
	struct spec_expressions names, schemas, tablespaces;
	size_t n_remap_schemas, n_remap_tables, n_remap_tablespaces;
	const struct spec_remap *remap_schemas, *remap_tables, *remap_tablespaces;
	int64_t threads;			/* 1 to JOB_THREADS_MAX; 0: not asked for, so the machine decides */
	bool keep_master;

	enum exists_action exists;
	enum job_content content;
	struct span job_name;		/* upper case; p NULL: absent */
	int64_t file_bytes;		/* 0: no limit */
	bool reuse_files, compress;
	size_t n_include, n_exclude, n_queries;
	const struct spec_objects *include, *exclude;
	const struct spec_query *queries;
	bool skip_constraint_errors, allow_incomplete;
	enum name_case name_case;
	struct span network_link, sqlfile;	/* p NULL: absent */
	bool estimate_only, logtime, include_code, verify;

	size_t n_warnings;
	const struct span *warnings;	/* what was ignored */
};

/*
 * spec_parse - read a request
 *
 * text       the body; empty, or blanks, stand for {}
 * operation  fixed by the URL, or JOB_ANY: the body must tell
 * mem        owns what is reachable from out; text is borrowed as long
 * fails      BAD_JOB with the texts of the specification; BAD_JSON becomes BAD_JOB with the position
 * spec       Data Pump, request body, extension properties, errors
 */
bool spec_parse(struct span text, enum job_operation operation, struct arena *mem, struct job_spec *out, struct err *e);

/* JSON that spec_parse() reads as the same; without warnings */
void spec_print(const struct job_spec *s, struct buf *out);

/* Do the expressions, the filter and the mode let this through?  exact: case of names counts (datapump.caseSensitiveNames).
 * tablespace p NULL: the object has none.  spec_wants() is about include and exclude alone. */
bool spec_wants_schema(const struct job_spec *s, struct span schema, bool exact);
bool spec_wants_table(const struct job_spec *s, struct span schema, struct span table, struct span tablespace, bool exact);
bool spec_wants(const struct job_spec *s, enum object_type type, struct span name, bool exact);

const char *job_operation_name(enum job_operation op);	/* "EXPORT" */
const char *job_mode_name(enum job_mode mode);		/* "SCHEMA" */

/* file_name is the URI of an object: begins with https:// in either case */
bool spec_is_uri(struct span file_name);

#endif
