/* datapump/jobname.c - names made of the instant of a job */
#include "datapump/jobname.h"

#include <inttypes.h>
#include <time.h>

static struct tm
instant(int64_t us)
{
	time_t s = (time_t)(us / 1000000);
	struct tm tm;

	gmtime_r(&s, &tm);
	return tm;
}

static const char *
default_name(const char *operation, int64_t created_us, struct arena *mem)
{
	struct tm t = instant(created_us);

	return arena_printf(mem, "DATAPUMP_REST_%s_%04d%02d%02d%02d%02d%02d", operation, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
	    t.tm_hour, t.tm_min, t.tm_sec);
}

struct span
job_default_name(enum job_operation op, int64_t created_us, int64_t number, struct arena *mem)
{
	const char *name = default_name(job_operation_name(op), created_us, mem);

	return span_of(number <= 1 ? name : arena_printf(mem, "%s_%" PRId64, name, number));
}

/* what stands behind the instant, as a number; 0: nothing.  The client's own names are told apart by the row's number */
static int64_t
number_of(const struct job_row *row, struct arena *mem)
{
	const char *operation = span_eq(row->operation, SPAN("IMPORT")) ? "IMPORT" : "EXPORT";
	struct span name = span_of(default_name(operation, row->created_us, mem));
	int64_t n = 0;

	if (span_eq(row->name, name))
		return 0;
	if (row->name.n > name.n + 1 && row->name.n < name.n + 8 && memcmp(row->name.p, name.p, name.n) == 0
	    && row->name.p[name.n] == '_') {
		for (size_t i = name.n + 1; i < row->name.n && n >= 0; i++)
			n = row->name.p[i] >= '0' && row->name.p[i] <= '9' ? n * 10 + row->name.p[i] - '0' : -1;
		if (n > 1)
			return n;
	}
	return 1000000 + (int64_t)((uint64_t)row->id % 1000000);
}

const char *
job_stamp(const struct job_row *row, struct arena *mem)
{
	struct tm t = instant(row->created_us);
	int64_t n = number_of(row, mem);
	const char *stamp = arena_printf(mem, "%04d-%02d-%02d-%02d_%02d_%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
	    t.tm_min, t.tm_sec);

	return n == 0 ? stamp : arena_printf(mem, "%s-%" PRId64, stamp, n);
}

struct span
job_log_name(const struct job_row *row, struct arena *mem)
{
	return span_of(arena_printf(mem, "%s-%s.LOG", span_eq(row->operation, SPAN("IMPORT")) ? "IMPDAT" : "EXPDAT",
	    job_stamp(row, mem)));
}

struct span
job_default_dump(const struct job_row *row, struct arena *mem)
{
	return span_of(arena_printf(mem, "EXPDAT%%U-%s.DMP", job_stamp(row, mem)));
}
