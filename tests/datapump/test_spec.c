/* tests/datapump/test_spec.c - requests of jobs */
#include "tests/lib/unit.h"
#include "tests/lib/arena.h"

#include "datapump/spec.h"

static struct job_spec spec;

/* NULL: accepted */
static const char *
refused(const char *body, enum job_operation op)
{
	struct err e = { 0 };

	if (spec_parse(span_of(body), op, mem, &spec, &e))
		return NULL;
	assert_int_equal(e.kind, ERR_BAD_JOB);
	return arena_printf(mem, "%s", e.text);
}

static void
must(const char *body, enum job_operation op)
{
	const char *why = refused(body, op);

	if (why != NULL)
		fail_msg("%s: %s", body, why);
}

/* DP-04, DP-05 at unit level, and the defaults of the tables */
static void
spec__defaults(void **state)
{
	static const char *const empty[] = { "", "  \n", "{}", "{\"threads\":null,\"file_name\":null}" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		must(empty[i], JOB_EXPORT);
		assert_true(spec.operation == JOB_EXPORT && spec.mode == MODE_SCHEMA && spec.threads == 0 && spec.keep_master && spec.compress);
		assert_span(spec.directory, "DATA_PUMP_DIR");
		assert_null(spec.file_name.p);
		assert_int_equal(spec.n_warnings, 0);
	}
}

/* DP-07, DP-08, DP-18 to DP-20, DP-23, DP-24, DP-36, DP-37, DP-42, DP-43, DP-47, DP-48, DP-58, DP-62, DP-75, DP-95: the texts */
static void
spec__refused(void **state)
{
	static const struct {
		const char *body;
		enum job_operation op;
		const char *text;
	} rows[] = {
		{ "{\"threads\":", JOB_EXPORT, "ODP-39001: invalid request body" }, { "[]", JOB_EXPORT, "ODP-39001: invalid request body" },
		{ "{\"threads\":1,\"threads\":2}", JOB_EXPORT, "ODP-39001: invalid request body" },
		{ "{}", JOB_ANY, "ODP-39001: operation is required" },
		{ "{\"operation\":\"MERGE\"}", JOB_ANY, "ODP-39001: invalid argument value for operation" },
		{ "{\"job_mode\":\"TRANSPORTABLE\"}", JOB_EXPORT, "ODP-39001: invalid argument value for job_mode" },
		{ "{\"job_mode\":1}", JOB_EXPORT, "ODP-39001: invalid argument value for job_mode" },
		{ "{\"job_mode\":\"TABLESPACE\"}", JOB_EXPORT, "ODP-39039" },
		{ "{\"threads\":0}", JOB_EXPORT, "ODP-39001: invalid argument value for threads" },
		{ "{\"threads\":-1}", JOB_EXPORT, "ODP-39001: invalid argument value for threads" },
		{ "{\"threads\":1.5}", JOB_EXPORT, "ODP-39001: invalid argument value for threads" },
		{ "{\"threads\":\"2\"}", JOB_EXPORT, "ODP-39001: invalid argument value for threads" },
		{ "{\"threads\":1e99}", JOB_EXPORT, "ODP-39001: invalid argument value for threads" },
		{ "{\"keep_master\":2}", JOB_EXPORT, "ODP-39001: invalid argument value for keep_master" },
		{ "{\"keep_master\":true}", JOB_EXPORT, "ODP-39001: invalid argument value for keep_master" },
		{ "{\"name_expressions\":[{\"expression\":\"='A'\"},{\"expression\":5}]}", JOB_EXPORT,
		    "ODP-39001: invalid argument value for name_expressions[1]" },
		{ "{\"name_expressions\":[\"LIKE 'A'\"]}", JOB_EXPORT, "ODP-39001: invalid argument value for name_expressions[0]" },
		{ "{\"name_expressions\":[{}]}", JOB_EXPORT, "ODP-39001: invalid argument value for name_expressions[0]" },
		{ "{\"name_expressions\":[{\"expression\":\"='A'\",\"x\":1}]}", JOB_EXPORT, "ODP-39001: invalid argument value for name_expressions[0]" },
		{ "{\"name_expressions\":{}}", JOB_EXPORT, "ODP-39001: invalid argument value for name_expressions" },
		{ "{\"schema_expressions\":[{\"expression\":\"='A' OR 1=1\"}]}", JOB_EXPORT,
		    "ODP-39071: value for schema_expressions[0] is badly formed at position 6" },
		{ "{\"filter\":\"A,,B\"}", JOB_EXPORT, "ODP-39071: value for filter is badly formed at position 3" },
		{ "{}", JOB_IMPORT, "ODP-39000: file_name is required for IMPORT" },
		{ "{\"file_name\":\"../x.DMP\"}", JOB_EXPORT, "ODP-39124" }, { "{\"file_name\":\"a%Q\"}", JOB_IMPORT, "ODP-39124" },
		{ "{\"credential_name\":\"C\"}", JOB_EXPORT, "ODP-39000: file_name must be an https URI" },
		{ "{\"credential_name\":\"C\",\"file_name\":\"x.DMP\"}", JOB_EXPORT, "ODP-39000: file_name must be an https URI" },
		{ "{\"file_name\":\"http://h/x\"}", JOB_EXPORT, "ODP-39000: file_name must be an https URI" },
		{ "{\"file_name\":\"x\",\"remap_schemas\":[{\"source\":\"A\",\"target\":\"B\"},{\"source\":\"a\",\"target\":\"C\"}]}", JOB_IMPORT,
		    "ODP-39001: invalid argument value for remap_schemas[1]" },
		{ "{\"file_name\":\"x\",\"remap_schemas\":[{\"source\":\"A\"}]}", JOB_IMPORT, "ODP-39001: invalid argument value for remap_schemas[0]" },
		{ "{\"file_name\":\"x\",\"content\":\"DATA_ONLY\",\"table_exists_action\":\"skip\"}", JOB_IMPORT,
		    "ODP-39001: invalid argument value for table_exists_action" },
		{ "{\"file_name\":\"x\",\"content\":\"DATA_ONLY\",\"table_exists_action\":\"REPLACE\"}", JOB_IMPORT,
		    "ODP-39001: invalid argument value for table_exists_action" },
		{ "{\"file_name\":\"x\",\"network_link\":\"P\"}", JOB_IMPORT, "ODP-39001: invalid argument value for file_name" },
		{ "{\"file_size\":1000}", JOB_EXPORT, "ODP-39001: invalid argument value for file_size" },
		{ "{\"file_size\":\"1T\"}", JOB_EXPORT, "ODP-39001: invalid argument value for file_size" },
		{ "{\"file_size\":\"9223372036854775807G\"}", JOB_EXPORT, "ODP-39001: invalid argument value for file_size" },
		{ "{\"job_name\":\"1A\"}", JOB_EXPORT, "ODP-39001: invalid argument value for job_name" },
		{ "{\"job_name\":\"\"}", JOB_EXPORT, "ODP-39001: invalid argument value for job_name" },
		{ "{\"reuse_dumpfiles\":1}", JOB_EXPORT, "ODP-39001: invalid argument value for reuse_dumpfiles" },
		{ "{\"datapump_dir\":\"a\\u0000b\"}", JOB_EXPORT, "ODP-39001: invalid argument value for datapump_dir" },
		{ "{\"file_name\":\"x\",\"sqlfile\":\"/etc/x\"}", JOB_IMPORT, "ODP-39001: invalid argument value for sqlfile" },
		{ "{\"include\":[{\"object_type\":\"GRANT\"}]}", JOB_EXPORT, "ODP-39001: invalid argument value for include" },
		{ "{\"queries\":[{\"table\":\"T\",\"filter\":\"x\"}]}", JOB_EXPORT, "ODP-39001: invalid argument value for queries[0]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *why = refused(rows[i].body, rows[i].op);

		if (why == NULL || strncmp(why, rows[i].text, strlen(rows[i].text)) != 0)
			fail_msg("%s: %s", rows[i].body, why == NULL ? "accepted" : why);
	}
}

/* DP-18, DP-26, DP-27: case of words, what is not known, what does not apply */
static void
spec__ignored(void **state)
{
	(void)state;
	must("{\"operation\":\"export\",\"jobMode\":\"FULL\",\"remap_schemas\":5,\"x\":{}}", JOB_ANY);
	assert_string_equal(job_operation_name(spec.operation), "EXPORT");
	assert_int_equal(spec.n_warnings, 3);
	assert_span(spec.warnings[0], "property jobMode is ignored: it is not known");
	assert_span(spec.warnings[1], "property remap_schemas is ignored: it does not apply to EXPORT");
	must("{\"job_mode\":\"full\",\"filter\":\"HR\"}", JOB_EXPORT);
	assert_int_equal(spec.n_warnings, 1);
	assert_null(spec.filter_expr);
}

static bool
wants(const char *schema, const char *table, const char *tablespace)
{
	return spec_wants_table(&spec, span_of(schema), span_of(table), span_of(tablespace), false);
}

/* DP-28, DP-40, DP-41: several expressions, and the filter, all hold */
static void
spec__selects(void **state)
{
	(void)state;
	must("{\"job_mode\":\"TABLE\",\"name_expressions\":[{\"expression\":\"!='EMP'\"},{\"expression\":\"LIKE 'EMP%'\"}],"
	    "\"schema_expressions\":[{\"expression\":\"IN ('SCOTT')\"}]}", JOB_EXPORT);
	assert_true(wants("scott", "emp_hist", NULL));
	assert_false(wants("SCOTT", "EMP", NULL) || wants("SCOTT", "DEPT", NULL) || wants("HR", "EMP_HIST", NULL));
	must("{\"filter\":\"'HR','SCOTT'\",\"schema_expressions\":[{\"expression\":\"!='HR'\"}]}", JOB_EXPORT);
	assert_true(spec_wants_schema(&spec, SPAN("SCOTT"), false));
	assert_false(spec_wants_schema(&spec, SPAN("HR"), false) || spec_wants_schema(&spec, SPAN("OE"), false));
	must("{\"job_mode\":\"TABLE\",\"filter\":\"EMP\"}", JOB_EXPORT);
	assert_true(wants("HR", "EMP", NULL) && !wants("HR", "DEPT", NULL) && spec_wants_schema(&spec, SPAN("OE"), false));
	must("{\"job_mode\":\"TABLESPACE\",\"filter\":\"USERS\"}", JOB_EXPORT);
	assert_true(wants("HR", "EMP", "USERS") && !wants("HR", "EMP", "OTHER") && !wants("HR", "EMP", NULL));
	must("{\"exclude\":[{\"object_type\":\"TABLE\",\"expression\":\"LIKE 'TMP%'\"},{\"object_type\":\"INDEX\"}]}", JOB_EXPORT);
	assert_true(wants("HR", "EMP", NULL) && !wants("HR", "TMP1", NULL) && !spec_wants(&spec, OBJECT_INDEX, SPAN("I"), false));
	must("{\"include\":[{\"object_type\":\"table\",\"expression\":\"='EMP'\"}]}", JOB_EXPORT);
	assert_true(wants("HR", "EMP", NULL) && !wants("HR", "DEPT", NULL) && spec_wants(&spec, OBJECT_INDEX, SPAN("I"), false));
	assert_false(spec_wants(&spec, OBJECT_VIEW, SPAN("V"), false));
}

/* What is printed for the row of the job is read as the same. */
static void
spec__round_trip(void **state)
{
	static const char *const bodies[] = {
		"{\"operation\":\"EXPORT\",\"job_mode\":\"TABLE\",\"datapump_dir\":\"D\",\"file_name\":\"x%U.DMP\",\"filter\":\"'a''b',C\",\"name_expressions\":"
		"[{\"expression\":\"!='A\\u0022'\"}],\"threads\":4,\"keep_master\":0,\"content\":\"METADATA_ONLY\",\"job_name\":\"abc$1\",\"file_size\":\"2M\","
		"\"reuse_dumpfiles\":true,\"compression\":\"none\",\"include\":[{\"object_type\":\"VIEW\"},{\"object_type\":\"TABLE\",\"expression\":\"='A'\"}],"
		"\"queries\":[{\"table\":\"T\",\"filter\":{\"a\": 1.10}}],\"estimate_only\":true,\"logtime\":\"ALL\"}",
		"{\"operation\":\"IMPORT\",\"job_mode\":\"TABLESPACE\",\"file_name\":\"x\",\"tablespace_expressions\":[{\"expression\":\"IS NULL\"}],"
		"\"remap_schemas\":[{\"source\":\"A\",\"target\":\"b\"}],\"remap_tables\":[{\"source\":\"S.T\",\"target\":\"U\"},{\"source\":\"T\",\"target\":\"V\"}],"
		"\"content\":\"DATA_ONLY\",\"data_options\":[\"skip_constraint_errors\"],\"allow_incomplete\":true,\"name_case\":\"LOWER\",\"sqlfile\":\"a.sql\","
		"\"include_code\":true,\"verify\":false}",
		"{\"operation\":\"IMPORT\",\"network_link\":\"other\"}",
		"{\"operation\":\"EXPORT\",\"credential_name\":\"C\",\"file_name\":\"https://host/a%U\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct buf first, second;

		buf_init(&first, mem);
		buf_init(&second, mem);
		must(bodies[i], JOB_ANY);
		assert_int_equal(spec.n_warnings, 0);
		spec_print(&spec, &first);
		must(buf_z(&first), JOB_ANY);
		assert_int_equal(spec.n_warnings, 0);
		spec_print(&spec, &second);
		assert_string_equal(buf_z(&first), buf_z(&second));
	}
	assert_int_equal(spec.file_bytes, 1 << 30);
	must(bodies[0], JOB_ANY);
	assert_true(spec.file_bytes == 2 << 20 && spec.threads == 4 && !spec.keep_master && !spec.compress && spec.reuse_files);
	assert_span(spec.job_name, "ABC$1");
	must(bodies[1], JOB_ANY);
	assert_true(spec.exists == EXISTS_APPEND && spec.skip_constraint_errors && !spec.verify && spec.name_case == NAMES_LOWER);
	assert_span(spec.remap_tables[0].schema, "S");
	assert_span(spec.remap_tables[0].source, "T");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spec__defaults),
		cmocka_unit_test(spec__refused),
		cmocka_unit_test(spec__ignored),
		cmocka_unit_test(spec__selects),
		cmocka_unit_test(spec__round_trip),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
