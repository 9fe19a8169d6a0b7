/* conf/conf.h - the configuration folder, as typed settings
 *
 * The folder and its XML property files are ORDS's own: CONFIG/global/settings.xml, CONFIG/databases/POOL/pool.xml.
 * Precedence: pool over global over default.  options.def holds every setting: one row.
 */
#ifndef CORDS_CONF_CONF_H
#define CORDS_CONF_CONF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <stdint.h>

enum opt_kind {
	OPT_TEXT,		/* const char *, never NULL */
	OPT_BOOL,		/* bool: true false yes no on off */
	OPT_INT,		/* int64_t */
	OPT_COUNT,		/* int64_t; -1 for "unlimited" */
	OPT_BYTES,		/* int64_t: digits with optional k m g (KiB MiB GiB) */
	OPT_MILLIS,		/* int64_t milliseconds: digits with ms s m h d, or ISO 8601 PT15M; bare number = seconds */
	OPT_SECRET,		/* kept in the wallet, printed as ****** */
	OPT_IGNORED		/* known to ORDS, without meaning here: no member */
};
enum opt_scope { SCOPE_GLOBAL, SCOPE_POOL };

/* every setting as a typed member, with its default where neither file names it */
struct settings {
#define OPT_C_TEXT const char *
#define OPT_C_BOOL bool
#define OPT_C_INT int64_t
#define OPT_C_COUNT int64_t
#define OPT_C_BYTES int64_t
#define OPT_C_MILLIS int64_t
#define OPT_C_SECRET const char *
#define O(field, key, kind, scope, dflt, min, max, help) OPT_C_##kind field;
#define X(key, scope)
#define W(key, words)
#include "conf/options.def"
#undef O
#undef X
#undef W
};

struct option {
	const char *key;
	enum opt_kind kind;
	enum opt_scope scope;
	const char *dflt, *help;
	int64_t min, max;
	size_t offset;			/* of the member in struct settings; none when ignored */
};
extern const struct option conf_options[];
extern const size_t conf_n_options;
const struct option *option_find(struct span key);		/* exact, or by a row's final *; NULL */
const struct option *option_nearest(struct span key);		/* by edit distance, for suggestions; NULL when nothing is near */

const char *option_words(const struct option *o);	/* "warn strict": the only values allowed; NULL: any */
const char *option_kind_name(enum opt_kind kind);	/* "text", "duration", ... for people */

/* text -> typed value written to `at`; text is copied to mem where it is kept. fails CONFIG naming key and reason */
bool option_parse(const struct option *o, struct span text, struct arena *mem, void *at, struct err *e);

struct pool_conf {
	char name[65];			/* "default", "sales" */
	const struct settings *set;
};

struct mid_user {			/* a mid-tier user of global/credentials */
	const char *name, *hash, *roles;	/* roles: comma list */
};

/* [A-Za-z][A-Za-z0-9_-]{0,63} and no word that means something else at this place of a URL */
bool pool_name_is_valid(struct span name);
/* Do both lead to the same database, in the same way?  A connection that was made by one of them is one of the other then. */
bool conf_same_connection(const struct settings *a, const struct settings *b);
bool callers_log_in(const struct settings *set);	/* db.credentialsSource: do accounts of this pool belong to the database? */

struct conf;				/* one loaded state of the folder; const after conf_load */

/*
 * conf_load - read the whole folder
 *
 * dir     the configuration folder; need not hold anything: then all defaults, no pools
 * fails   CONFIG naming file, line and reason (unknown setting names are kept for `validate`, not refused; a DOCTYPE with an
 *         internal subset or external entity is refused); a secret file readable by group or others is refused
 */
bool conf_load(const char *dir, struct conf **out, struct err *e);
void conf_close(struct conf **c);

/* At most every 2 s looks at the modification times of the folder; reloads when something changed.  A broken file keeps
 * the old state and logs an error once per change.  Returns true when *c was replaced; what the old one holds lives
 * until the next replacement, so that borrowers have time to let go. */
bool conf_refresh(struct conf **c);

const char *conf_dir(const struct conf *c);
const struct settings *conf_global(const struct conf *c);
size_t conf_n_pools(const struct conf *c);
const struct pool_conf *conf_pool(const struct conf *c, size_t i);
const struct pool_conf *conf_pool_find(const struct conf *c, struct span name);	/* exact; NULL */
const struct mid_user *conf_user_find(const struct conf *c, struct span name);	/* NULL */
size_t conf_n_users(const struct conf *c);
const struct mid_user *conf_user(const struct conf *c, size_t i);

/* "datapump.directory." and "DATA_PUMP_DIR": the text of one setting of a family, pool over global; ASCII case of the name does not
 * count.  NULL: it is not set */
const char *conf_named(const struct conf *c, const struct pool_conf *pool, const char *family, struct span name);
/* the names of a family that are set, without repetition; those of the pool first */
size_t conf_names(const struct conf *c, const struct pool_conf *pool, const char *family, struct arena *mem, struct span **out);

/* For `config list` and `validate`: the texts as they stand in the files. */
struct conf_entry {
	const char *key, *text;
	const struct option *option;	/* NULL: a name nobody knows */
	enum { FROM_DEFAULT, FROM_GLOBAL, FROM_POOL, FROM_WALLET } from;
};
size_t conf_entries(const struct conf *c, struct span pool, bool with_defaults, struct arena *mem,
    const struct conf_entry **out);		/* sorted by key; secrets as "******" */

/* Changing the folder: lock file, temporary file, fsync, rename.  pool "" = global.  fails CONFIG, IO */
bool conf_set(const char *dir, const char *pool, struct span key, struct span text, struct err *e);
bool conf_delete(const char *dir, const char *pool, struct span key, bool *was_there, struct err *e);
bool conf_pool_delete(const char *dir, const char *pool, struct err *e);
bool conf_secret_set(const char *dir, const char *pool, struct span key, struct span secret, struct err *e);
bool conf_secret_get(const char *dir, const char *pool, struct span key, struct arena *mem, struct span *out, struct err *e);
bool conf_user_set(const char *dir, struct span name, const char *hash, struct span roles, struct err *e);
bool conf_user_delete(const char *dir, struct span name, bool *was_there, struct err *e);

/* Folder by precedence: --config value (may be NULL), $ORDS_CONFIG, a file cords.conf beside the program (one line: the
 * folder), ../cords-config beside the program when it exists, else the current directory.  *how: which of these, for the note */
const char *conf_find_dir(const char *option, struct arena *mem, const char **how);

#endif
