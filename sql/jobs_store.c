/* sql/jobs_store.c - where jobs are kept, and the clock that their leases end by
 *
 * On SQLite the store is a file of its own: in rollback mode a job would otherwise wait for its own reading.
 */
#include "sql/jobs_store.h"
#include "sql/migrate.h"
#include "sql/odbc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* ---- opening ---- */

/* The settings of a pool that is nothing but the file beside the database. */
static bool
name_file(struct jobs *j, const struct pool_conf *pool, const char *database, struct err *e)
{
	if ((size_t)snprintf(j->path, sizeof(j->path), "%s-jobs", database) >= sizeof(j->path))
		return err_set(e, ERR_UNAVAILABLE, "pool \"%s\": the path of the job store is too long", pool->name);
	j->set = *pool->set;
	j->set.db_connection_type = j->set.db_custom_url = j->set.db_hosts = j->set.db_username = j->set.db_password = "";
	j->set.db_engine = dialect_sqlite.name;
	j->set.db_tls = "off";
	j->set.db_file = j->path;
	j->pool = *pool;
	j->pool.set = &j->set;
	return true;
}

/* the database that the store is of: a file, or on a server the same connection */
static bool
find_place(struct jobs *j, const struct pool_conf *pool, struct db *db, struct err *e)
{
	struct db *own = NULL;
	bool ok = true;

	if (db == NULL && !connect_by_url(pool->set) && connect_dialect(pool->set) == &dialect_sqlite)
		return name_file(j, pool, pool->set->db_file, e);
	if (db == NULL) {
		if (!db_open(pool, &own, e)) {
			db_close(&own);
			return false;
		}
		db = own;
	}
	if (db->dialect == &dialect_sqlite)
		ok = db->file.path != NULL ? name_file(j, pool, db->file.path, e)
		    : err_set(e, ERR_UNAVAILABLE, "pool \"%s\": a database in memory keeps no jobs", pool->name);
	else
		j->db = db;
	j->is_own = own != NULL && j->db == own;
	if (!j->is_own)
		db_close(&own);
	return ok;
}

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool
open_file(struct jobs *j, struct err *e)
{
	j->is_own = true;
	return (exists(j->path) || dialect_sqlite.create(&j->pool, NULL, e)) && db_open(&j->pool, &j->db, e);
}

/* Definitions take locks that nobody else's transaction may hold, so they come by a connection of their own. */
static bool
install(struct jobs *j, const struct pool_conf *pool, struct err *e)
{
	struct db *db = NULL;
	bool ok;

	if (j->is_own)
		return migrate_jobs(j->db, e);
	ok = db_open(pool, &db, e) && migrate_jobs(db, e);
	db_close(&db);
	return ok;
}

bool
jobs_open(const struct pool_conf *pool, struct db *db, struct jobs **out, struct err *e)
{
	struct jobs *j = calloc(1, sizeof(*j));

	*out = j;
	if (j == NULL)
		return err_set(e, ERR_NO_MEMORY, NULL);
	if (find_place(j, pool, db, e) && (j->db != NULL || open_file(j, e)) && install(j, pool, e))
		return true;
	jobs_close(out);
	return false;
}

void
jobs_close(struct jobs **j)
{
	if (*j != NULL && (*j)->is_own)
		db_close(&(*j)->db);
	free(*j);
	*j = NULL;
}

bool
jobs_ready(struct jobs *j, struct err *e)
{
	return !j->is_own || db_ready(j->db, e);
}

void
jobs_idle(struct jobs *j)
{
	if (j->is_own)
		db_idle(j->db);
}

/* ---- removing and comparing: on servers the repository's own migrations do that ---- */

/* false without an error: there is no file */
static bool
find_file(const struct pool_conf *pool, struct jobs *j, struct err *e)
{
	*j = (struct jobs){ 0 };
	if (!find_place(j, pool, NULL, e))
		return false;
	if (j->is_own)
		db_close(&j->db);
	return j->path[0] != '\0' && exists(j->path);
}

bool
jobs_uninstall(const struct pool_conf *pool, struct err *e)
{
	static const char *const with[] = { "-wal", "-shm", "-turn", "-damaged", "" };
	char name[sizeof(((struct jobs *)NULL)->path) + 16];
	struct jobs j;

	if (!find_file(pool, &j, e))
		return e->kind == ERR_NONE;
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", j.path, with[i]);
		if (unlink(name) != 0 && errno != ENOENT)
			return err_set(e, ERR_IO, "the job store cannot be removed");
	}
	return true;
}

bool
jobs_check(const struct pool_conf *pool, struct arena *mem, const char **report, struct err *e)
{
	struct jobs j;
	bool ok;

	*report = "";
	if (!find_file(pool, &j, e))
		return e->kind == ERR_NONE;
	ok = db_open(&j.pool, &j.db, e) && migrate_check_jobs(j.db, mem, report, e);
	db_close(&j.db);
	if (ok && (*report)[0] != '\0')
		*report = arena_printf(mem, "job store: %s", *report);
	return ok;
}

/* ---- the clock ---- */

/* Of the machine: time since it was booted, and the name of that boot, because the wall clock may jump. */
static bool
machine_clock(struct job_clock *out, struct err *e)
{
	struct timespec now;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out->boot, sizeof(out->boot) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		return err_set(e, ERR_IO, "the machine does not tell when it was booted");
	out->boot[n] = '\0';
	out->boot[strcspn(out->boot, "\n")] = '\0';
	out->us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	return true;
}

bool
jobs_now(struct jobs *j, struct job_clock *out, struct err *e)
{
	struct query q = { .text = span_of(j->db->dialect->clock) };
	bool found;

	*out = (struct job_clock){ 0 };
	if (j->db->dialect->clock == NULL)
		return machine_clock(out, e);
	return read_number(j->db, q, &out->us, &found, e) && (found || diag_broken(j->db, "no time", e));
}

/* ---- transactions ---- */

bool
jobs_begin(struct jobs *j, struct err *e)
{
	return db_begin(j->db, TX_WRITE, e);
}

bool
jobs_end(struct jobs *j, bool ok, struct err *e)
{
	if (ok && db_commit(j->db, e))
		return true;
	db_rollback(j->db);
	return false;
}

bool
jobs_write(struct jobs *j, struct query q, struct err *e)
{
	int64_t n;

	return stmt_exec(j->db, &q, &n, e) && (n == 1 || err_set(e, ERR_OVERTAKEN, NULL));
}
