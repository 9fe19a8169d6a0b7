/* tests/shim/witness.c */
#include "config.h"

#include "tests/shim/witness.h"

#include "tests/lib/unit.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sql.h>
#include <sqlext.h>

static char driver_path[512];

/* Beside the driver manager, or where the loader looks. */
static bool
find_driver(bool (*load)(const char *))
{
	static const char *const places[] = { "/odbc/libsqlite3odbc.so", "/libsqlite3odbc.so", "" };
	Dl_info info;
	const char *slash;

	if (dladdr((void *)(uintptr_t)SQLAllocHandle, &info) == 0 || (slash = strrchr(info.dli_fname, '/')) == NULL)
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (places[i][0] == '\0')
			snprintf(driver_path, sizeof(driver_path), "libsqlite3odbc.so");
		else
			snprintf(driver_path, sizeof(driver_path), "%.*s%s", (int)(slash - info.dli_fname), info.dli_fname,
			    places[i]);
		if (load(driver_path))
			return true;
	}
	return false;
}

static char registry[64];

static void
unregister(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/odbcinst.ini", registry);
	unlink(path);
	rmdir(registry);
}

struct shim *
witness_register(const char *shim_path)
{
	void *library = dlopen(shim_path, RTLD_NOW | RTLD_LOCAL);
	bool (*load)(const char *);
	char path[96];
	FILE *f;

	if (library == NULL) {
		printf("# %s\n", dlerror());
		return NULL;
	}
	*(void **)&load = dlsym(library, "shim_load");
	if (load == NULL || !find_driver(load))
		return NULL;
	snprintf(registry, sizeof(registry), "/tmp/cords-shim-XXXXXX");
	if (mkdtemp(registry) == NULL)
		return NULL;
	atexit(unregister);
	snprintf(path, sizeof(path), "%s/odbcinst.ini", registry);
	f = fopen(path, "w");
	if (f == NULL)
		return NULL;
	fprintf(f, "[SQLite3]\nDriver=%s\n[Real]\nDriver=%s\n", shim_path, driver_path);
	fclose(f);
	setenv("ODBCSYSINI", registry, 1);
	setenv("ODBCINSTINI", "odbcinst.ini", 1);
	return dlsym(library, "shim");
}

static void
connect_real(struct witness *w)
{
	char text[256];

	snprintf(text, sizeof(text), "Driver=Real;Database=%s;Timeout=20;NoCreat=1;NoWCHAR=1;StepAPI=1", w->path);
	assert_int_equal(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &w->env), SQL_SUCCESS);
	assert_int_equal(SQLSetEnvAttr(w->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0), SQL_SUCCESS);
	assert_int_equal(SQLAllocHandle(SQL_HANDLE_DBC, w->env, &w->dbc), SQL_SUCCESS);
	assert_true(SQL_SUCCEEDED(SQLDriverConnect(w->dbc, NULL, (SQLCHAR *)text, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT)));
	assert_int_equal(SQLAllocHandle(SQL_HANDLE_STMT, w->dbc, &w->stmt), SQL_SUCCESS);
	w->version = -1;
}

static void
disconnect(struct witness *w)
{
	SQLFreeHandle(SQL_HANDLE_STMT, w->stmt);
	SQLDisconnect(w->dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, w->dbc);
	SQLFreeHandle(SQL_HANDLE_ENV, w->env);
}

static void
remove_beside(const struct witness *w, const char *suffix)
{
	char path[160];

	snprintf(path, sizeof(path), "%s%s", w->path, suffix);
	unlink(path);
}

void
witness_open(struct witness *w, const char *path)
{
	FILE *f;

	snprintf(w->path, sizeof(w->path), "%s", path);
	connect_real(w);	/* the last connection that leaves empties the WAL */
	disconnect(w);
	f = fopen(path, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	w->n_kept = ftell(f);
	rewind(f);
	w->kept = malloc((size_t)w->n_kept);
	assert_non_null(w->kept);
	assert_int_equal(fread(w->kept, 1, (size_t)w->n_kept, f), w->n_kept);
	fclose(f);
	connect_real(w);
}

void
witness_restore(struct witness *w)
{
	FILE *f;

	disconnect(w);
	remove_beside(w, "-wal");
	remove_beside(w, "-shm");
	remove_beside(w, "-damaged");
	f = fopen(w->path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(w->kept, 1, (size_t)w->n_kept, f), w->n_kept);
	assert_int_equal(fclose(f), 0);
	connect_real(w);
}

void
witness_close(struct witness *w)
{
	disconnect(w);
	free(w->kept);
}

/* ---- looking ---- */

static void
open_rows(SQLHSTMT h, const char *text)
{
	if (!SQL_SUCCEEDED(SQLExecDirect(h, (SQLCHAR *)(uintptr_t)text, SQL_NTS)))
		fail_msg("witness: %s", text);
}

static uint64_t
mix(uint64_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
	return h * 31 + n;
}

static long
data_version(struct witness *w)
{
	SQLBIGINT n = -1;
	SQLLEN length;

	open_rows(w->stmt, "PRAGMA data_version");
	assert_true(SQL_SUCCEEDED(SQLFetch(w->stmt)));
	SQLGetData(w->stmt, 1, SQL_C_SBIGINT, &n, sizeof(n), &length);
	SQLFreeStmt(w->stmt, SQL_CLOSE);
	return (long)n;
}

/* How often a document was written is nobody's business: a write that seemed to be overtaken is done again. */
enum { REV_COLUMN = 3 };

static void
look_at_table(struct witness *w, SQLHSTMT h, const char *table)
{
	static char value[65536];
	char text[256];
	SQLSMALLINT n_columns;
	SQLLEN length;
	uint64_t n_rows = 0;
	bool is_of_documents = strncmp(table, "soda_c_", 7) == 0;

	snprintf(text, sizeof(text), "SELECT * FROM \"%.128s\" ORDER BY 1, 2", table);
	open_rows(h, text);
	SQLNumResultCols(h, &n_columns);
	while (SQLFetch(h) == SQL_SUCCESS) {
		n_rows++;
		for (SQLSMALLINT c = 1; c <= n_columns; c++) {
			if (is_of_documents && c == REV_COLUMN)
				continue;
			length = 0;
			SQLGetData(h, (SQLUSMALLINT)c, SQL_C_CHAR, value, sizeof(value), &length);
			w->exact = length < 0 ? mix(w->exact, "null", 4) : mix(w->exact, value, (size_t)length);
		}
	}
	SQLFreeStmt(h, SQL_CLOSE);
	w->exact = mix(w->exact, table, strlen(table)) + n_rows;
	w->counted = mix(w->counted, table, strlen(table)) + n_rows;
}

uint64_t
witness_digest(struct witness *w, bool counts_only)
{
	long version = data_version(w);
	char name[128], names[256][128];
	size_t n = 0;
	SQLLEN length;

	if (version == w->version)
		return counts_only ? w->counted : w->exact;
	w->version = version;
	w->exact = w->counted = UINT64_C(0xcbf29ce484222325);
	open_rows(w->stmt, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
	while (SQLFetch(w->stmt) == SQL_SUCCESS && n < 256) {
		SQLGetData(w->stmt, 1, SQL_C_CHAR, name, sizeof(name), &length);
		memcpy(names[n++], name, sizeof(name));
	}
	SQLFreeStmt(w->stmt, SQL_CLOSE);
	for (size_t i = 0; i < n; i++)
		look_at_table(w, w->stmt, names[i]);
	return counts_only ? w->counted : w->exact;
}

bool
witness_can_write(struct witness *w)
{
	bool yes = SQL_SUCCEEDED(SQLExecDirect(w->stmt, (SQLCHAR *)"BEGIN IMMEDIATE", SQL_NTS));

	SQLFreeStmt(w->stmt, SQL_CLOSE);
	if (yes)
		SQLExecDirect(w->stmt, (SQLCHAR *)"ROLLBACK", SQL_NTS);
	SQLFreeStmt(w->stmt, SQL_CLOSE);
	return yes;
}

bool
witness_is_marked(const struct witness *w)
{
	char path[160];

	snprintf(path, sizeof(path), "%s-damaged", w->path);
	return access(path, F_OK) == 0;
}
