/* datapump/dump_verify.c - every byte of a dump set read once, before anything is done with it */
#include "datapump/reading.h"

#include <inttypes.h>
#include <stdio.h>

struct tally {
	int64_t n_objects;
	size_t n_tables;
};

static bool
count(struct dump_set *set, const struct dump_record *r, struct tally *t, struct err *e)
{
	const struct dump_master *m = &set->master;
	char why[96];

	switch (r->kind) {
	case DUMP_TABLE:
		dump_skip_rows(set);
		t->n_objects++;
		if (!set->is_complete)
			return true;
		if (t->n_tables < m->n_tables && m->tables[t->n_tables].id == r->id && m->tables[t->n_tables].file == r->at.file
		    && m->tables[t->n_tables].offset == r->at.offset)
			return true;
		snprintf(why, sizeof(why), "the directory of the set does not tell of table %" PRId64 " here", r->id);
		return reading_bad(set, &r->at, e, why);
	case DUMP_END_TABLE:
		if (!set->is_complete || m->tables[t->n_tables++].n_rows == r->n_total)
			return true;
		return reading_bad(set, &r->at, e, "the directory of the set tells another number of rows");
	case DUMP_ROWS: case DUMP_END:
		return true;
	default:
		t->n_objects++;
		return true;
	}
}

bool
reading_check_file(struct dump_set *set, int64_t number, struct err *e)
{
	struct dump_at at = { number, 0, 0 };
	unsigned char sum[32];
	char hex[65], why[96];

	digest_run_end(set->file_digest, sum);
	digest_hex(sum, sizeof(sum), hex);
	if (!set->is_complete || strcmp(hex, set->master.files[number - 1].sha256) == 0)
		return true;
	snprintf(why, sizeof(why), "the digest of the file differs, although all its members can be read");
	return reading_bad(set, &at, e, why);
}

bool
reading_list_tables(struct dump_set *set, struct err *e)
{
	enum { STEP = 64 };
	struct dump_entry *list = NULL, entry = { 0 };
	struct dump_record r = { .kind = DUMP_ROWS };
	size_t n = 0;

	if (!dump_rewind(set, e))
		return false;
	while (r.kind != DUMP_END) {
		if (!dump_next(set, &r, e))
			return false;
		if (r.kind == DUMP_TABLE) {
			entry = (struct dump_entry){ r.id, r.at.file, r.at.offset, 0 };
			dump_skip_rows(set);
		}
		if (r.kind != DUMP_END_TABLE)
			continue;
		entry.n_rows = r.n_total;
		if (n % STEP == 0)
			list = arena_grow(set->mem, list, n * sizeof(*list), (n + STEP) * sizeof(*list));
		list[n++] = entry;
	}
	set->master.tables = list;
	set->master.n_tables = n;
	return true;
}

bool
dump_verify(struct dump_set *set, bool (*go_on)(void *arg, struct err *e), void *arg, struct err *e)
{
	return dump_verify_seeing(set, NULL, NULL, go_on, arg, e);
}

bool
dump_verify_seeing(struct dump_set *set, dump_see *see, void *see_arg, bool (*go_on)(void *arg, struct err *e), void *arg,
    struct err *e)
{
	struct tally t = { 0 };
	struct dump_record r = { .kind = DUMP_ROWS };
	struct dump_at last = { 0 };
	bool good;

	set->file_digest = digest_run_open();
	set->go_on = go_on;
	set->go_on_arg = arg;
	good = dump_rewind(set, e);
	while (good && r.kind != DUMP_END) {
		good = dump_next(set, &r, e) && count(set, &r, &t, e);
		if (good && see != NULL && r.kind != DUMP_ROWS)
			see(see_arg, &r);
		last = r.at;
	}
	if (good && set->is_complete && set->master_at.member != set->next_member)
		good = reading_bad(set, &set->master_at, e, "members before it are missing, or there are more than it counts");
	if (good && set->is_complete && (t.n_tables != set->master.n_tables || t.n_objects != set->master.n_objects))
		good = reading_bad(set, &last, e, "the directory of the set tells of more than there is");
	digest_run_close(&set->file_digest);
	set->go_on = NULL;
	frame_digest(set->frames, NULL, 0);
	return good && dump_rewind(set, e);
}
