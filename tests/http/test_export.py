"""What an export reads, on every engine: values as they are, and one point in time."""
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest

import servers
from lib import BIN, ENGINES, Site

PROGRAM = "tests/datapump/export_pool"


@pytest.fixture(scope="session")
def program():
    build = pathlib.Path(BIN).resolve().parent
    subprocess.run(["make", "-s", "-C", build, PROGRAM], check=True, capture_output=True)
    return build / PROGRAM


@pytest.fixture
def tables(site):
    """Runs statements where the tables of schema demo are; what they made is dropped afterwards."""
    schema = {"sqlite": "", "postgresql": "demo.", "mariadb": "demo."}[site.engine]
    made = []

    def run(*statements):
        sql = [s.replace("@", schema) for s in statements]
        made.extend(s.split()[2].split("(")[0] for s in sql if s.startswith("CREATE TABLE"))
        execute(site, sql)

    if schema:
        execute(site, ["CREATE SCHEMA IF NOT EXISTS demo" + (" CHARACTER SET utf8mb4" if site.engine == "mariadb" else "")])
    if site.engine == "postgresql":
        execute(site, ["GRANT ALL ON SCHEMA demo TO cords", "ALTER DEFAULT PRIVILEGES IN SCHEMA demo GRANT ALL ON TABLES TO cords"])
    elif site.engine == "mariadb":
        execute(site, ["GRANT ALL ON demo.* TO cords"])
    yield run
    execute(site, [f"DROP TABLE {t}" for t in reversed(made)])


def execute(site, statements):
    if site.engine == "sqlite":
        db = sqlite3.connect(site.db, isolation_level=None, timeout=30)
        for s in ["BEGIN IMMEDIATE", *statements, "COMMIT"]:
            db.execute(s)
        db.close()
    elif site.engine == "postgresql":
        site.server.psql(site.database, "BEGIN", *statements, "COMMIT")
    else:
        site.server.mariadb("".join(s + ";\n" for s in ["SET NAMES utf8mb4", "START TRANSACTION", *statements, "COMMIT"]))


def export(program, site, folder, threads=1, processors=None):
    """-> log, [records and rows of the dump in order]; threads 0: as the machine has processors"""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    bound = ["taskset", "-c", processors] if processors else []
    r = subprocess.run([*bound, program, site.config, "demo", folder, str(threads)], text=True, capture_output=True, timeout=120)
    assert r.returncode == 0, r.stderr
    text = subprocess.run(["zstd", "-dc", *folder.glob("*.DMP")], capture_output=True, check=True).stdout
    return r.stdout, [json.loads(line) for line in text.decode().splitlines()]


def rows_of(records, name):
    number = next(r["id"] for r in records if isinstance(r, dict) and r.get("t") in ("table", "collection") and r["name"] == name)
    rows, here = [], False
    for r in records:
        if isinstance(r, dict):
            here = r.get("t") == "rows" and r["id"] == number
        elif here:
            rows.append(r)
    return rows


def test_values_are_exported_as_they_are(program, site, tables, tmp_path):
    """DP-82, DP-86: NULL and '', 64-bit extremes, decimals, bytes with NUL, 4-byte UTF-8; the standard zstd reads the file."""
    binary, zeros = ("bytea", "'\\x00ff00'") if site.engine == "postgresql" else ("BLOB", "x'00ff00'")
    tables(f"CREATE TABLE @v(id BIGINT NOT NULL PRIMARY KEY, d DECIMAL(12,3), t VARCHAR(40), b {binary}, moment DATE)",
           f"INSERT INTO @v VALUES (-9223372036854775808, 0.5, 'q\"\U0001F600', {zeros}, '2024-02-29')",
           "INSERT INTO @v VALUES (9223372036854775807, NULL, '', NULL, NULL)")
    log, records = export(program, site, tmp_path / "dump")
    first, last = rows_of(records, "v")
    assert first[0] == -2**63 and last[0] == 2**63 - 1
    assert (first[2], first[3], first[4]) == ('q"\U0001F600', {"b": "AP8A"}, "2024-02-29")
    assert last[1:] == [None, "", None, None]
    assert float(first[1] if site.engine != "sqlite" else first[1]["r"]) == 0.5
    assert '. . exported "demo"."v"' in log and "2 rows" in log


def test_rows_of_every_shape(program, site, tables, tmp_path):
    """DP-86: texts of any length and with any character, NULL in each place, more columns than a function of the engine takes"""
    texts = ["", ",", "-1", "a,b|c\"'\\", "é" * 300, "x" * 9000, None]
    columns = ", ".join(f"i{n} INTEGER, t{n} {'text' if site.engine == 'postgresql' else 'VARCHAR(9)'}" for n in range(60))
    tables("CREATE TABLE @s(id INTEGER NOT NULL PRIMARY KEY, c CHAR(5), t " + ("LONGTEXT" if site.engine == "mariadb" else "text")
           + ", n INTEGER)", f"CREATE TABLE @w(id INTEGER NOT NULL PRIMARY KEY, {columns})")
    quoted = ["NULL" if t is None else "'" + (t.replace("\\", "\\\\") if site.engine == "mariadb" else t).replace("'", "''") + "'"
              for t in texts]
    tables("INSERT INTO @s VALUES " + ", ".join(f"({n}, {'NULL' if n % 3 == 0 else repr('ab')}, {quoted[n % len(quoted)]},"
                                                f" {'NULL' if n % 2 else n})" for n in range(70)))
    cells = ", ".join("NULL, NULL" if n % 7 == 0 else f"{n}, 'v{n}'" for n in range(60))
    tables(f"INSERT INTO @w VALUES (1, {cells})", "INSERT INTO @w(id) VALUES (2)")
    _, records = export(program, site, tmp_path / "dump")
    padded = "ab   " if site.engine == "postgresql" else "ab"
    assert rows_of(records, "s") == [[n, None if n % 3 == 0 else padded, texts[n % len(texts)], None if n % 2 else n]
                                     for n in range(70)]
    assert rows_of(records, "w") == [[1, *(v for n in range(60) for v in ([None, None] if n % 7 == 0 else [n, f"v{n}"]))],
                                     [2, *[None] * 120]]


def test_null_where_there_was_none_before(program, site, tables, tmp_path):
    """DP-86: columns show their first NULL at any row, beside texts that look like the form of a row; one reader, and several"""
    text = "text" if site.engine == "postgresql" else "VARCHAR(20)"
    tables(f"CREATE TABLE @m(id INTEGER NOT NULL PRIMARY KEY, n INTEGER, a {text}, d DECIMAL(8,2), b {text}, k INTEGER NOT NULL, c {text})")
    odd = [",;,", ";", ",", "", "0,;,;", "1,1,;,x,y"]
    rows = [[n, None if n == 1700 else n, None if n == 2900 else odd[n % 6], None if n > 4000 and n % 2 else "0.50",
             None if n in (2900, 3000) else odd[n % 5], n, None if n == 5999 else odd[n % 4]] for n in range(6000)]
    for first in range(0, 6000, 1000):
        tables("INSERT INTO @m VALUES " + ", ".join("(" + ", ".join("NULL" if v is None else repr(v) for v in r) + ")"
                                                    for r in rows[first:first + 1000]))
    for threads in 1, 3:
        dumped = rows_of(export(program, site, tmp_path / "dump", threads)[1], "m")
        assert [[*r[:3], None if r[3] is None else "0.50", *r[4:]] for r in dumped] == rows


def test_moments_behind_texts(program, site, tables, tmp_path):
    """DP-86: the last column is a moment of a zone, with a key and without, with NULL and without"""
    text, moment = ("text", "TIMESTAMPTZ") if site.engine == "postgresql" else ("VARCHAR(20)", "TIMESTAMP NULL")
    zone = "+00" if site.engine == "postgresql" else ""
    for name, key in ("k", " PRIMARY KEY"), ("w", ""):
        tables(f"CREATE TABLE @{name}(id INTEGER NOT NULL{key}, t {text}, m {moment})",
               f"INSERT INTO @{name} VALUES " + ", ".join(f"({n}, 'text {n}', '2024-01-02 10:00:0{n}{zone}')" for n in range(5)))
    def rows(name):
        return [[n, t, m and m.rstrip("Z").replace("T", " ")] for n, t, m in sorted(rows_of(records, name))]
    all_rows = [[n, f"text {n}", f"2024-01-02 10:00:0{n}"] for n in range(5)]
    _, records = export(program, site, tmp_path / "dump")
    assert rows("k") == all_rows and rows("w") == all_rows
    tables("INSERT INTO @k VALUES (5, NULL, NULL)", "INSERT INTO @w VALUES (5, NULL, NULL)")
    _, records = export(program, site, tmp_path / "dump")
    assert rows("k") == rows("w") == [*all_rows, [5, None, None]]


def test_documents_as_they_are(program, site, named, tmp_path):
    """DP-86: keys, contents with anything that is escaped, times; in the order in which they were stored, whoever reads them"""
    texts = ['{"n":%d,"t":"q\\"\\\\ \\u0000,] é\U0001F600"}' % n for n in range(300)] + ['{"long":"' + '\\"' * 40000 + '"}', "[]"]
    keys = [f"{(n * 7919) % 10007:05}" for n in range(len(texts))]
    for key, text in zip(keys, texts):
        assert named.put(key, text.encode()).status == 201
    for threads in 1, 3:
        _, records = export(program, site, tmp_path / "dump", threads)
        rows = rows_of(records, named.path.strip("/"))
        assert [r[0] for r in rows] == keys
        assert [r[1] for r in rows] == texts
        assert all(len(r) == 6 and r[3].endswith("Z") and r[4] == r[3] and r[5] is None for r in rows)


def test_types_of_postgresql_as_they_print(program, site, tables, tmp_path):
    """DP-86: what the output functions of types say, also of composites that consist of NULLs, networks, arrays and enumerations"""
    if site.engine != "postgresql":
        pytest.skip("types of PostgreSQL")
    execute(site, ["CREATE TYPE demo.pair AS (a integer, b text)", "CREATE TYPE demo.mood AS ENUM ('a,b', 'c')",
                   "GRANT USAGE ON TYPE demo.pair, demo.mood TO cords"])
    try:
        tables("CREATE TABLE @p(id INTEGER NOT NULL PRIMARY KEY, p demo.pair, m demo.mood, i inet, a text[], j jsonb, b boolean, u uuid,"
               " n name, x bytea, f real, d numeric, s timestamptz, v interval)",
               "INSERT INTO @p VALUES (1, ROW(NULL, NULL), 'a,b', '10.0.0.1', '{\"x,y\",NULL}', '{\"k\": [1, 2]}', true,"
               " '00000000-0000-0000-0000-00000000000a', 'n,1', '\\x2c00', 0.1, 'NaN', '2024-01-02 03:04:05.5+00', '1 day')",
               "INSERT INTO @p(id) VALUES (2)", "INSERT INTO @p(id, p, x, s) VALUES (3, ROW(1, ','), '', 'infinity')")
        _, records = export(program, site, tmp_path / "dump")
        tables("DROP TABLE @p")
    finally:
        execute(site, ["DROP TABLE IF EXISTS demo.p", "DROP TYPE demo.pair, demo.mood", "CREATE TABLE demo.p()"])
    first, second, third = rows_of(records, "p")
    assert first == [1, "(,)", "a,b", "10.0.0.1", '{"x,y",NULL}', '{"k": [1, 2]}', True, "00000000-0000-0000-0000-00000000000a", "n,1",
                     {"b": "LAA="}, 0.1, "NaN", "2024-01-02T03:04:05.5Z", "1 day"]
    assert second == [2, *[None] * 13]
    assert (third[1], third[9], third[12]) == ('(1,",")', {"b": ""}, "infinity")


def test_a_dump_is_of_one_point_in_time(program, site, tables, tmp_path):
    """DP-84, R-23: value moves from one table to another all the time; the sum is the same in every dump."""
    tables("CREATE TABLE @a(id INTEGER NOT NULL PRIMARY KEY, v INTEGER)", "INSERT INTO @a VALUES (1, 100000)",
           "CREATE TABLE @k(id INTEGER NOT NULL PRIMARY KEY, v INTEGER)",
           "INSERT INTO @k VALUES " + ", ".join(f"({n}, {n})" for n in range(4000)),
           "CREATE TABLE @z(id INTEGER NOT NULL PRIMARY KEY, v INTEGER)", "INSERT INTO @z VALUES (1, 0)")
    stop, moves = threading.Event(), []

    def move():
        while not stop.is_set():
            tables("UPDATE @a SET v = v - 1", "UPDATE @z SET v = v + 1")
            moves.append(1)

    writer = threading.Thread(target=move)
    writer.start()
    try:
        for _ in range(5):
            _, records = export(program, site, tmp_path / "dump")
            assert records[-1]["consistent"] is True
            assert rows_of(records, "a")[0][1] + rows_of(records, "z")[0][1] == 100000
            assert len(rows_of(records, "k")) == 4000
    finally:
        stop.set()
        writer.join()
    assert moves


def test_several_readers_are_of_one_point_in_time(program, site, tables, tmp_path):
    """DP-84, R-23: value moves between rows and tables all the time while four connections read"""
    tables("CREATE TABLE @a(id INTEGER NOT NULL PRIMARY KEY, v INTEGER)", "INSERT INTO @a VALUES (1, 100000)",
           "CREATE TABLE @k(id INTEGER NOT NULL PRIMARY KEY, v INTEGER)",
           "INSERT INTO @k VALUES " + ", ".join(f"({n}, 7)" for n in range(8000)))
    stop, moves = threading.Event(), []

    def move():
        while not stop.is_set():
            tables("UPDATE @a SET v = v - 3", "UPDATE @k SET v = v + 2 WHERE id = 7990", "UPDATE @k SET v = v + 1 WHERE id = 5")
            moves.append(1)

    writer = threading.Thread(target=move)
    writer.start()
    try:
        for _ in range(4):
            log, records = export(program, site, tmp_path / "dump", threads=4)
            assert "degree 4" in log
            assert records[-1]["consistent"] is True
            rows = rows_of(records, "k")
            assert [r[0] for r in rows] == list(range(8000))
            assert rows_of(records, "a")[0][1] + sum(r[1] for r in rows) == 100000 + 7 * 8000
    finally:
        stop.set()
        writer.join()
    assert moves


def test_the_same_rows_whoever_reads_them(program, site, tables, tmp_path):
    """R-23: keys of two columns and of one, rows that are long, a table without a key: the same rows in the same order"""
    tables("CREATE TABLE @c(a INTEGER NOT NULL, b VARCHAR(20) NOT NULL, v VARCHAR(400), PRIMARY KEY (a, b))",
           "INSERT INTO @c VALUES " + ", ".join(f"({n % 13}, 'k{n}', '{n}')" for n in range(3000)),
           "CREATE TABLE @n(v INTEGER)", "INSERT INTO @n VALUES (2), (1), (3)",
           "CREATE TABLE @e(id INTEGER NOT NULL PRIMARY KEY)")
    tables("UPDATE @c SET v = '" + "long " * 70 + "' WHERE a = 4")
    dumps = [export(program, site, tmp_path / "dump", threads=n)[1] for n in (1, 2, 5)]
    for name, n_rows in ("c", 3000), ("n", 3), ("e", 0):
        one, *others = ([r for r in rows_of(d, name)] for d in dumps)
        assert len(one) == n_rows and all(o == one for o in others)


def test_two_read_unasked(program, site, tables, tmp_path):
    """where MariaDB has many rows, or SQLite many bytes, and the machine two processors; the same rows as one reads"""
    tables("CREATE TABLE @t(id INTEGER NOT NULL PRIMARY KEY, v VARCHAR(300))", "INSERT INTO @t VALUES (1, 'x')")
    analyze = "ANALYZE TABLE @t" if site.engine == "mariadb" else "ANALYZE @t"
    tables(analyze)
    assert "degree" not in export(program, site, tmp_path / "dump", threads=0)[0]
    for first in range(2, 20002, 400):
        tables("INSERT INTO @t VALUES " + ", ".join(f"({n}, 'v{n:0250}')" for n in range(first, first + 400)))
    tables(analyze)
    assert "degree" not in export(program, site, tmp_path / "dump", threads=0, processors="0")[0]
    _, one = export(program, site, tmp_path / "dump")
    log, two = export(program, site, tmp_path / "dump", threads=0)
    assert ("degree 2" in log) == (site.engine != "postgresql" and len(os.sched_getaffinity(0)) > 1)
    assert rows_of(two, "t") == rows_of(one, "t") and len(rows_of(two, "t")) == 20001


@contextlib.contextmanager
def writer_at_work(server, statement):
    """a transaction of MariaDB that has written, and neither commits nor ends"""
    client = subprocess.Popen(["mariadb", "--no-defaults", "-S", server.folder / "socket", "-u", servers.ADMIN, "-nNB"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "MYSQL_PWD": servers.PASSWORD})
    client.stdin.write(f"START TRANSACTION; {statement}; SELECT 'written';\n")
    client.stdin.flush()
    try:
        assert client.stdout.readline() == "written\n"
        yield
    finally:
        client.communicate("ROLLBACK;")


def test_nobody_waits_long_for_what_was_not_asked(program, site, tables, tmp_path):
    """a writer of MariaDB holds a table: unasked, one connection reads after a second, and that is no warning"""
    if site.engine != "mariadb":
        pytest.skip("others need no lock")
    tables("CREATE TABLE @t(id INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO @t VALUES " + ", ".join(f"({n})" for n in range(20000)),
           "ANALYZE TABLE @t")
    with writer_at_work(site.server, "UPDATE demo.t SET id = -1 WHERE id = 0"):
        began = time.monotonic()
        log, records = export(program, site, tmp_path / "dump", threads=0)
        took = time.monotonic() - began
    assert "One process reads: " in log or len(os.sched_getaffinity(0)) == 1
    assert "degree" not in log and took < 4
    assert rows_of(records, "t")[0] == [0] and len(rows_of(records, "t")) == 20000


def test_statements_that_may_not_be_long(program, site, tables, tmp_path):
    """a server of MariaDB that takes short statements only is not sent the long value that widens its results"""
    if site.engine != "mariadb":
        pytest.skip("others gather as much as comes")
    tables("CREATE TABLE @t(id INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO @t VALUES " + ", ".join(f"({n})" for n in range(3000)))
    usual = site.server.mariadb("SELECT @@GLOBAL.max_allowed_packet").strip()
    site.server.mariadb("SET GLOBAL max_allowed_packet = 131072")
    try:
        _, records = export(program, site, tmp_path / "dump", threads=2)
    finally:
        site.server.mariadb(f"SET GLOBAL max_allowed_packet = {usual}")
    assert len(rows_of(records, "t")) == 3000


def test_one_reads_where_writers_cannot_be_held(program, site, tables, tmp_path):
    """an account of MariaDB that may not lock tables, and a writer that holds one: one connection reads, with a line in the log"""
    if site.engine != "mariadb":
        pytest.skip("others need no lock")
    tables("CREATE TABLE @t(id INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO @t VALUES (1), (2)")
    execute(site, ["REVOKE LOCK TABLES ON demo.* FROM cords"])
    try:
        log, records = export(program, site, tmp_path / "dump", threads=3)
    finally:
        execute(site, ["GRANT ALL ON demo.* TO cords"])
    assert "threads is 3; one process reads: " in log and "degree" not in log
    assert len(rows_of(records, "t")) == 2 and records[-1]["consistent"] is True


def test_one_reads_beside_a_rollback_journal(program, tmp_path):
    """DP-25: there readers and writers would wait for each other; the log says so"""
    if "sqlite" not in ENGINES:
        pytest.skip("a journal of SQLite")
    site = Site(tmp_path, engine="sqlite", settings={"db.journalMode": "DELETE"})
    execute(site, ["CREATE TABLE t(v INTEGER)", "INSERT INTO t VALUES (1), (2)"])
    log, records = export(program, site, tmp_path / "dump", threads=8)
    assert "threads is 8; one process reads: it has a rollback journal" in log and "degree" not in log
    assert len(rows_of(records, "t")) == 2 and records[-1]["consistent"] is True


def test_what_is_not_exported_is_told(program, site, tables, tmp_path):
    """nothing is missing without a word: domains, events; of SQLite, rows of virtual tables that are made from others"""
    tables("CREATE TABLE @t(id INTEGER NOT NULL PRIMARY KEY, v VARCHAR(9))", "INSERT INTO @t VALUES (1, 'x')")
    make, drop, said = {
        "sqlite": ("CREATE VIRTUAL TABLE made USING fts5(v, content='t', content_rowid='id')", "DROP TABLE made", None),
        "postgresql": ("CREATE DOMAIN demo.positive AS integer CHECK (VALUE > 0)", "DROP DOMAIN demo.positive", "domain positive"),
        "mariadb": ("CREATE EVENT demo.nightly ON SCHEDULE EVERY 1 DAY DO SET @x = 1", "DROP EVENT demo.nightly", "event nightly"),
    }[site.engine]
    if site.engine == "mariadb":
        execute(site, ["GRANT EVENT ON demo.* TO cords"])
    execute(site, [make])
    try:
        log, records = export(program, site, tmp_path / "dump")
    finally:
        execute(site, [drop])
    if said:
        assert f"{said} of schema demo is not exported" in log
    else:
        described = next(r for r in records if isinstance(r, dict) and r.get("name") == "made")
        assert described["module"].startswith("fts5(") and described["derived"] and rows_of(records, "made") == []


# what makes a table more than its columns, rows and keys
MORE = {
    "postgresql": (["CREATE TABLE demo.part(k INTEGER NOT NULL) PARTITION BY RANGE (k)", "CREATE TABLE demo.more(w INTEGER) INHERITS (demo.t)",
                    "CREATE RULE keeps AS ON DELETE TO demo.t DO INSTEAD NOTHING", "CREATE POLICY own ON demo.t USING (id > 0)",
                    "CREATE STATISTICS demo.both ON id, v FROM demo.t"],
                   ["DROP TABLE demo.more", "DROP TABLE demo.part"],
                   ["partitioning of part", "inheritance of more", "rule keeps of t", "row security policy own of t", "extended statistics both"]),
    "mariadb": (["CREATE TABLE demo.part(k INTEGER NOT NULL) PARTITION BY HASH (k)", "CREATE TABLE demo.vers(k INTEGER) WITH SYSTEM VERSIONING",
                 "CREATE TABLE demo.old(k INTEGER) ENGINE=MyISAM"],
                ["DROP TABLE demo.part", "DROP TABLE demo.vers", "DROP TABLE demo.old"],
                ["partitioning of part", "system versioning of vers", "storage engine MyISAM of old"]),
}


def test_what_a_table_loses_is_told(program, site, tables, tmp_path):
    """tables come with their rows, and without what their engine alone does with them"""
    if site.engine not in MORE:
        pytest.skip("the others of SQLite come along")
    make, drop, said = MORE[site.engine]
    tables("CREATE TABLE @t(id INTEGER NOT NULL PRIMARY KEY, v VARCHAR(9))")
    try:
        execute(site, make)
        log, _ = export(program, site, tmp_path / "dump")
    finally:
        execute(site, drop)
    for words in said:
        assert f"{words} of schema demo is not exported" in log, log
