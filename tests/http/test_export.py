"""What an export reads, on every engine: values as they are, and one point in time."""
import json
import pathlib
import shutil
import sqlite3
import subprocess
import threading

import pytest

from lib import BIN

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


def export(program, site, folder):
    """-> log, [records and rows of the dump in order]"""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    r = subprocess.run([program, site.config, "demo", folder], text=True, capture_output=True, timeout=120)
    assert r.returncode == 0, r.stderr
    text = subprocess.run(["zstd", "-dc", *folder.glob("*.DMP")], capture_output=True, check=True).stdout
    return r.stdout, [json.loads(line) for line in text.decode().splitlines()]


def rows_of(records, name):
    number = next(r["id"] for r in records if isinstance(r, dict) and r.get("t") == "table" and r["name"] == name)
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
