"""cords datapump at the command line: from pool to pool, and a look at a dump."""
import json
import os
import pathlib
import sqlite3
import subprocess

import pytest

BIN = pathlib.Path(os.environ.get("CORDS_BIN", pathlib.Path(__file__).resolve().parents[2] / "build" / "cords")).resolve()


@pytest.fixture
def cords(tmp_path):
    """run the program on a folder with two pools, full and empty, and schema shop in both"""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)

    def run(*args, stdin="", code=0):
        r = subprocess.run([BIN, "--config", folder, "--quiet", *args], input=stdin, text=True, capture_output=True, timeout=60)
        assert r.returncode == code, (args, r.returncode, r.stdout, r.stderr)
        return r
    run.folder = folder
    run("config", "set", "log.file", str(folder / "log"))
    for pool in ("default", "second"):
        run("install", "--db-pool", pool, "--db-file", f"{pool}.db")
        run("schema", "--db-pool", pool, "enable", "shop", "--password-stdin", stdin="secret\n")
    with sqlite3.connect(folder / "default.db") as db:
        db.executescript("CREATE TABLE emp(id INTEGER PRIMARY KEY, name VARCHAR(20)); INSERT INTO emp VALUES (1, 'x'), (2, NULL)")
    db.close()
    return run


def test_from_pool_to_pool(cords):
    out = cords("datapump", "export", '{"file_name":"A.DMP","job_name":"nightly"}').stdout
    assert out.startswith('Starting "SHOP"."NIGHTLY":') and "2 rows" in out and "successfully completed" in out.splitlines()[-1]
    assert "1 table(s), 2 row(s), of one point in time" in cords("datapump", "check", "A.DMP").stdout
    out = cords("datapump", "import", "-", "--db-pool", "second", stdin='{"file_name":"A.DMP"}').stdout
    assert "2 rows imported" in out
    with sqlite3.connect(cords.folder / "second.db") as db:
        assert db.execute("SELECT * FROM emp").fetchall() == [(1, "x"), (2, None)]
    db.close()
    assert "NIGHTLY" in cords("datapump", "list").stdout
    listed = [j for j in json.loads(cords("datapump", "list", "--json").stdout)["jobs"] if j["job_name"] == "NIGHTLY"]
    assert [(j["operation"], j["error_count"]) for j in listed] == [("EXPORT", 0)] and listed[0]["created"].endswith("Z")
    assert "COMPLETED" in cords("datapump", "status", "shop,nightly").stdout
    link = '{"network_link":"default","table_exists_action":"APPEND"}'
    assert "datapump.networkLinks" in cords("datapump", "import", link, "--db-pool", "second", code=2).stderr
    cords("config", "--db-pool", "second", "set", "datapump.networkLinks", "default")
    out = cords("datapump", "import", link, "--db-pool", "second", code=1).stdout
    assert "completed with" in out.splitlines()[-1]             # the keys are there already


def test_what_is_refused(cords):
    """told before there is a job"""
    cords("datapump", "export", '{"file_name":"A.DMP"}')
    for args, words in ((("export", '{"file_name":"A.DMP"}'), "ODP-31641"), (("export", '{"threads":0}'), "ODP-39001"),
                        (("export", "{"), "ODP-39001"), (("import", '{"file_name":"NOSUCH.DMP"}'), "ODP-31640"),
                        (("export", "{}", "--schema", "nosuch"), "there is no schema"),
                        (("import", '{"network_link":"nosuch"}'), "network_link"), (("check", "NOSUCH.DMP"), "ODP-31640"),
                        (("check", "https://example.com/b/o"), "ODP-39000"), (("check", "A.DMP", "--credential", "X"), "--credential"),
                        (("check", "https://example.com/b/o", "--credential", "X"), "ODP-39205")):
        r = cords("datapump", *args, code=2)
        assert words in r.stderr, r.stderr
    assert len(cords("datapump", "list").stdout.splitlines()) == 3


def test_check_finds_damage(cords):
    """R-25: one byte"""
    cords("datapump", "export", '{"file_name":"A.DMP"}')
    path = cords.folder / "datapump" / "A.DMP"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "ODP-39142" in cords("datapump", "check", "A.DMP", code=2).stderr


def test_several_schemas(cords):
    cords("schema", "enable", "other", "--password-stdin", stdin="secret\n")
    assert "--schema" in cords("datapump", "export", code=2).stderr
    assert '"OTHER"' in cords("datapump", "export", "--schema", "Other", code=1).stdout      # which has nothing to export


def test_case_of_names_counts_when_it_is_to(cords):
    """datapump.caseSensitiveNames: the same expressions and remapping, with and without; on export and on import"""
    asked = '{"file_name":"%s.DMP","name_expressions":[{"expression":"%s \'EMP\'"}],"remap_tables":[{"source":"EMP","target":"%s"}]}'
    assert '"emp"' in cords("datapump", "export", asked % ("A", "=", "x")).stdout
    assert '"one"' in cords("datapump", "import", asked % ("A", "=", "one"), "--db-pool", "second").stdout
    for pool in ("default", "second"):
        cords("config", "--db-pool", pool, "set", "datapump.caseSensitiveNames", "true")
    assert "ODP-31655" in cords("datapump", "export", asked % ("B", "=", "x"), code=1).stdout
    assert '"emp"' in cords("datapump", "export", asked % ("C", "!=", "x")).stdout
    for table, n in (("EMP", 2), ("shop.emp", 1), ("emp", 1)):
        query = '{"file_name":"Q.DMP","reuse_dumpfiles":true,"queries":[{"table":"%s","filter":{"id":{"$gt":1}}}]}' % table
        out = cords("datapump", "export", query).stdout
        assert f" {n} rows" in out and ("queries[0].table: no table" in out) == (table == "EMP")
    assert "ODP-31655" in cords("datapump", "import", asked % ("A", "=", "two"), "--db-pool", "second", code=1).stdout
    out = cords("datapump", "import", asked % ("A", "!=", "two"), "--db-pool", "second").stdout
    assert '"emp"' in out and '"two"' not in out


def test_lines_of_an_import_come_in_their_order(cords):
    """DP-81: the master table, then Starting, then what is worked on"""
    cords("datapump", "export", '{"file_name":"A.DMP"}')
    lines = cords("datapump", "import", '{"file_name":"A.DMP","job_name":"J"}', "--db-pool", "second").stdout.splitlines()
    assert lines[:2] == ['Master table "SHOP"."J" successfully loaded/unloaded', 'Starting "SHOP"."J":']
    assert lines[2].startswith("Processing object type ") and lines[-1].startswith('Job "SHOP"."J" successfully completed at ')


def test_row_that_no_dump_can_hold_is_left_out(cords):
    """with its place and its reason; the others are there, and so are the other tables"""
    with sqlite3.connect(cords.folder / "default.db") as db:
        db.executescript("CREATE TABLE bad(id INTEGER PRIMARY KEY, b BLOB); INSERT INTO bad VALUES (1, NULL), (2, zeroblob(53000000)), (3, x'ff')")
    db.close()
    out = cords("datapump", "export", '{"file_name":"A.DMP"}', code=1).stdout
    assert "ODP-31693: table bad, row 2 is longer than 64 MiB as text; the row is left out" in out
    assert 'ODP-31693: table "shop"."bad": 1 rows left out' in out and "completed with 1 error(s)" in out.splitlines()[-1]
    assert "2 tables, 4 rows imported, 0 rejected" in cords("datapump", "import", '{"file_name":"A.DMP"}', "--db-pool", "second").stdout
    with sqlite3.connect(cords.folder / "second.db") as db:
        assert db.execute("SELECT id, b FROM bad").fetchall() == [(1, None), (3, b"\xff")]
    db.close()


def test_table_that_others_refer_to_stays(cords):
    """DP-96: of a REST-enabled schema in a file; neither replaced nor emptied while a table outside of the job refers to it"""
    with sqlite3.connect(cords.folder / "default.db") as db:
        db.executescript("CREATE TABLE dept(id INTEGER PRIMARY KEY); INSERT INTO dept VALUES (1); DROP TABLE emp;"
                         "CREATE TABLE emp(d INTEGER REFERENCES Dept); INSERT INTO emp VALUES (1)")
    cords("datapump", "export", '{"file_name":"A.DMP"}')
    with db:
        db.execute("INSERT INTO dept VALUES (2)")
        db.execute("INSERT INTO emp VALUES (2)")
    for action in "REPLACE", "TRUNCATE":
        body = '{"file_name":"A.DMP","table_exists_action":"%s"%s}'
        out = cords("datapump", "import", body % (action, ',"name_expressions":[{"expression":"= \'DEPT\'"}]'), code=1).stdout
        assert "dept is referred to by shop.emp, which is not part of the job; nothing was dropped" in out.replace("main.", "shop."), out
        assert db.execute("SELECT id, d FROM dept JOIN emp ON d = id ORDER BY 1").fetchall() == [(1, 1), (2, 2)]
    assert "2 tables, 2 rows imported" in cords("datapump", "import", body % (action, "")).stdout
    assert db.execute("SELECT id, d FROM dept JOIN emp ON d = id").fetchall() == [(1, 1)]
    db.close()


def test_remapping_of_nothing_is_told(cords):
    """a name that was mistyped"""
    cords("datapump", "export", '{"file_name":"A.DMP"}')
    out = cords("datapump", "import", '{"file_name":"A.DMP","remap_tables":[{"source":"emp","target":"e2"},{"source":"nosuch","target":"z"}],'
                '"remap_schemas":[{"source":"hrx","target":"shop"}]}', "--db-pool", "second").stdout
    assert "remap_tables[1].source: nothing that is imported is named so" in out and "remap_tables[0]" not in out
    assert "remap_schemas[0].source: nothing that is imported is named so" in out and '"e2"' in out
