"""Imports into tables that are there: rows that exist already, and sources that change between two runners.

tests/datapump/pump is the program, as in test_import.py.
"""
import contextlib
import json
import os
import random
import re
import signal
import subprocess

import pytest

import pools
from pools import copy, make

SERVERS = [e for e in os.environ.get("CORDS_ENGINES", "sqlite,postgresql,mariadb").split(",") if e]
ENGINES = [e for e in pools.ENGINES if e in SERVERS]
MANY = """CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, v TEXT);
    WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {n}) INSERT INTO t SELECT i, i, 'new' FROM c;"""
SKIPS = {"table_exists_action": "APPEND", "data_options": ["SKIP_CONSTRAINT_ERRORS"]}


def source_of(folder, n):
    pool = make("sqlite", folder)
    pool.run(MANY.format(n=n))
    return pool


def target_of(engine, folder, key="PRIMARY KEY", n="CHECK (n > 0)"):
    pool = make(engine, folder)
    if engine == "postgresql":
        pool.run("CREATE SCHEMA hr")
    pool.run(f"CREATE TABLE {pool.name('t')} (id INTEGER NOT NULL {key}, n INTEGER {n}, v VARCHAR(10))")
    return pool


def put(pool, ids):
    for at in range(0, len(ids), 3000):     # a command line has an end
        pool.run(f"INSERT INTO {pool.name('t')} (id, n, v) VALUES " + ",".join(f"({i}, {i}, 'old')" for i in ids[at:at + 3000]))


def seen(pool):
    return {int(i): v for i, v in pool.rows(f"SELECT id, v FROM {pool.name('t')}")}


def rejected(r):
    return [int(row) for row in re.findall(r"row (\d+) rejected", r.log)]


@pytest.mark.parametrize("by_dump", [True, False])
@pytest.mark.parametrize("b", ENGINES)
def test_rows_that_exist_are_told_exactly(b, by_dump, tmp_path):
    """DP-90, DP-93: runs of them, single ones, and rows that are refused for another reason"""
    n, old = 9000, [*range(4100, 4700), *range(5000, 5200, 7), 8999]
    source, target = source_of(tmp_path, n), target_of(b, tmp_path)
    source.run("UPDATE t SET n = 0 WHERE id IN (2, 4500, 6000, 6001, 9000)")
    put(target, old)
    r = copy(source, target, tmp_path, dumped=pools.dump(source, tmp_path) if by_dump else None, **SKIPS)
    wrong = sorted({*old, 2, 4500, 6000, 6001, 9000})
    assert rejected(r) == wrong and r.tables["t"]["rejected"] == len(wrong) and r.tables["t"]["imported"] == n - len(wrong), r.log
    assert seen(target) == {i: "old" if i in old else "new" for i in range(1, n + 1) if i in old or i not in wrong}
    assert r.log.count("row 6000 rejected: a constraint refuses this") == 1 and r.log.count("row 5007 rejected: the key exists already") == 1, r.log


@pytest.mark.parametrize("b", [e for e in ENGINES if e != "sqlite"])
def test_rows_that_all_exist_cost_little(b, tmp_path):
    """DP-93: the same import once more rolls back far less often than it has rows"""
    n = 2000
    source, target = source_of(tmp_path, n), target_of(b, tmp_path)
    assert copy(source, target, tmp_path, **SKIPS).tables["t"]["imported"] == n
    counter = {"postgresql": "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS n",      # of savepoints, too
               "mariadb": "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'COM_ROLLBACK'"}[b]
    before = int(target.rows(counter)[0][0])
    r = copy(source, target, tmp_path, name="J2", dumped=pools.dump(source, tmp_path), **SKIPS)
    assert r.tables["t"]["rejected"] == n and rejected(r) == list(range(1, 1001)), r.log
    assert int(target.rows(counter)[0][0]) - before < n / 10


@pytest.mark.skipif("sqlite" not in ENGINES, reason="about SQLite")
@pytest.mark.parametrize("by_dump", [True, False])
def test_a_key_that_ends_the_transaction(by_dump, tmp_path):
    """DP-90: SQLite takes back the whole transaction for a row that such a key refuses"""
    n, old = 300, [7, 8, 290]
    source, target = source_of(tmp_path, n), target_of("sqlite", tmp_path, "PRIMARY KEY ON CONFLICT ROLLBACK")
    put(target, old)
    r = copy(source, target, tmp_path, dumped=pools.dump(source, tmp_path) if by_dump else None, **SKIPS)
    if by_dump:
        assert rejected(r) == old and seen(target) == {i: "old" if i in old else "new" for i in range(1, n + 1)}, r.log
    else:
        assert "the table ends the whole transaction" in r.log and seen(target) == {i: "old" for i in old}, r.log


FAILING = {
    "trigger": "CREATE TABLE t (id INTEGER, n INTEGER, v TEXT);"
               " CREATE TRIGGER tr BEFORE INSERT ON t WHEN NEW.id IN (7, 8, 290) BEGIN SELECT RAISE(FAIL, 'no'); END",
    "behind": "CREATE TABLE t (id INTEGER, n INTEGER, v TEXT);"
              " CREATE TRIGGER tr AFTER INSERT ON t WHEN NEW.id IN (7, 8, 290) BEGIN SELECT RAISE(FAIL, 'no'); END",
    "column": "CREATE TABLE t (id INTEGER, n INTEGER UNIQUE ON CONFLICT FAIL, v TEXT)",
}


@pytest.mark.skipif("sqlite" not in ENGINES, reason="about SQLite")
@pytest.mark.parametrize("by_dump", [True, False])
@pytest.mark.parametrize("how", FAILING)
def test_a_statement_that_keeps_the_rows_before(how, by_dump, tmp_path):
    """DP-90: SQLite leaves those in the table for FAIL, where no key would tell that they come again"""
    n, wrong = 300, [7, 8, 290]
    source, target = source_of(tmp_path, n), make("sqlite", tmp_path)
    source.run("UPDATE t SET n = 0 WHERE id IN (7, 8, 290)")
    target.run(FAILING[how] + "; INSERT INTO t VALUES (0, 0, 'old')")
    r = copy(source, target, tmp_path, dumped=pools.dump(source, tmp_path) if by_dump else None, **SKIPS)
    ids = [int(i) for i, in target.rows("SELECT id FROM t ORDER BY id")]
    if by_dump:
        assert rejected(r) == wrong and ids == [i for i in range(n + 1) if i not in wrong], r.log
    else:
        assert "the table keeps rows of a statement that it refuses" in r.log and ids == [0], r.log


@pytest.mark.skipif("mariadb" not in ENGINES, reason="about MariaDB")
@pytest.mark.parametrize("exists", ["APPEND", "TRUNCATE", "REPLACE"])
@pytest.mark.parametrize("engine", ["MyISAM", "Aria"])
def test_a_table_without_transactions(engine, exists, tmp_path):
    """R-22, DP-90: part of a statement that is refused stays in it, so it is left as it was; a new table in its place keeps them"""
    source, target = source_of(tmp_path, 600), make("mariadb", tmp_path)
    target.run(f"CREATE TABLE t (id INTEGER, n INTEGER CHECK (n <> 300), v VARCHAR(10)) ENGINE={engine}; INSERT INTO t VALUES (0, 0, 'old')")
    r = copy(source, target, tmp_path, **{**SKIPS, "table_exists_action": exists})
    if exists == "REPLACE":
        assert r.code == 0 and len(seen(target)) == 600, r.log
    else:
        assert r.code == 2 and "takes no part in transactions" in r.log and seen(target) == {0: "old"}, r.log


TRIGGERS = {
    "sqlite": ["CREATE TRIGGER tr BEFORE INSERT ON t WHEN NEW.id % 100 = 0 BEGIN SELECT RAISE({0}); END", "IGNORE", "ABORT, 'no'"],
    "postgresql": ["CREATE FUNCTION hr.f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.id % 100 = 0 THEN {0}; END IF; RETURN NEW; END$$;"
                   " CREATE TRIGGER tr BEFORE INSERT ON hr.t FOR EACH ROW EXECUTE FUNCTION hr.f()", "RETURN NULL", "RAISE EXCEPTION 'no'"],
    "mariadb": ["CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW IF NEW.id % 100 = 0 THEN SIGNAL SQLSTATE '45000'; END IF", "", ""],
}


@pytest.mark.parametrize("aloud", [False, True])
@pytest.mark.parametrize("b", ENGINES)
def test_rows_that_a_trigger_refuses(b, aloud, tmp_path):
    """DP-89, DP-90: also where it says nothing"""
    source, target = source_of(tmp_path, 600), target_of(b, tmp_path)
    text, silent, loud = TRIGGERS[b]
    target.run(text.format(loud if aloud else silent) if b != "mariadb" else "\nDELIMITER //\n" + text.format("") + "//\nDELIMITER ;\n")
    dumped = pools.dump(source, tmp_path)
    r = copy(source, target, tmp_path, dumped=dumped, table_exists_action="APPEND")
    assert r.code == 2 and seen(target) == {} and r.summary["rejected"] == 0, r.log
    r = copy(source, target, tmp_path, name="J2", dumped=dumped, **SKIPS)
    assert rejected(r) == [100, 200, 300, 400, 500, 600] and len(seen(target)) == 594, r.log


@pytest.mark.skipif("postgresql" not in ENGINES, reason="about PostgreSQL")
def test_what_stays_of_a_table_that_fails_is_told(tmp_path):
    """DP-90: batches that were stored before something that no row is to blame for"""
    source, target = source_of(tmp_path, 9000), target_of("postgresql", tmp_path)
    target.run(TRIGGERS["postgresql"][0].replace("% 100 = 0", "= 8500").format("RAISE EXCEPTION 'no' USING ERRCODE = 'XX000'"))
    r = copy(source, target, tmp_path, dumped=pools.dump(source, tmp_path), **SKIPS)
    assert r.code == 2 and len(seen(target)) == 8000, r.log
    assert r.tables["t"]["note"] == "failed; what was taken of the first 8000 rows stays", r.log


@pytest.mark.skipif("mariadb" not in ENGINES, reason="about MariaDB")
def test_what_is_longer_than_a_statement(tmp_path):
    """DP-90: MariaDB hangs up on who sends more than max_allowed_packet: long rows and documents are told, many shorter ones divided"""
    source, target = make("sqlite", tmp_path), make("mariadb", tmp_path)
    source.run("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 9)"
               " INSERT INTO t SELECT i, zeroblob(CASE i WHEN 5 THEN 1100000 ELSE 400000 END) FROM c")
    pools.docs(source, "lengthy", 9)
    pools.docs(target, "lengthy", 0)
    source.run(f"UPDATE {documents_of(source)} SET content = '{{\"x\":\"' || printf('%.*c', CASE id WHEN 'lengthy5' THEN 1100000 ELSE 400000 END, 'x') || '\"}}'")
    old = target.rows("SELECT @@max_allowed_packet")[0][0]
    target.run("SET GLOBAL max_allowed_packet = 1048576")
    try:
        r = copy(source, target, tmp_path, remap_schemas=[], data_options=["SKIP_CONSTRAINT_ERRORS"])
    finally:
        target.run(f"SET GLOBAL max_allowed_packet = {old}")
    assert r.code == 2 and rejected(r) == [5, 5] and r.log.count("longer than the server takes") == 2, r.log
    assert [int(n) for n, in target.rows("SELECT id FROM lengthy.t ORDER BY id")] == [1, 2, 3, 4, 6, 7, 8, 9]
    assert len(keys_of(target)) == 8


def run_once(args, body, folder, stop):
    """One runner, killed after so many batches, or behind a line of its log, unless stop is None; its log."""
    log = folder / "log"
    with log.open("w") as f:
        p = subprocess.Popen([*args, body], stdout=f, cwd=folder,
                             env={**os.environ, **({} if stop is None else {"PUMP_STOP_AT" if isinstance(stop, str) else "PUMP_STOP_AFTER": str(stop)})})
    if stop is not None:
        assert os.waitid(os.P_PID, p.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT).si_code == os.CLD_STOPPED, log.read_text()
        p.send_signal(signal.SIGKILL)
    p.wait(120)
    out = log.read_text()
    assert stop is not None or p.returncode in (0, 2), out
    return out


@pytest.mark.parametrize("options", ["", ',"data_options":["SKIP_CONSTRAINT_ERRORS"]'])
@pytest.mark.parametrize("b", ENGINES)
def test_a_source_that_changes_between_two_runners(b, options, tmp_path):
    """R-22: into a table that was there all rows of a pool come at once, so whoever goes on misses and repeats none"""
    n = 20000
    source, target = source_of(tmp_path, n), target_of(b, tmp_path, "")
    put(target, [n + 5])
    body = '{"file_name":"X.DMP","table_exists_action":"APPEND"%s,"remap_schemas":[{"source":"main","target":"%s"}]}' % (
        options, pools.target_schema(target))
    args = [pools.PUMP, "copy", source.text, target.text, "J1"]
    run_once([*args, "1"], body, tmp_path, 4)
    source.run(f"DELETE FROM t WHERE id <= 1000; INSERT INTO t VALUES (0, 1, 'late'), ({n + 1}, 1, 'late')")
    out = run_once([*args, "2"], body, tmp_path, None)
    ids = [int(i) for i, in target.rows(f"SELECT id FROM {target.name('t')} ORDER BY id")]
    assert ids == [0, *range(1001, n + 2), n + 5], (len(ids), out)


@pytest.mark.parametrize("b", ENGINES)
def test_progress_counts_no_row_twice(b, tmp_path):
    """R-22: a new table that is begun again, because its source may have changed"""
    n = 120000
    source, target = source_of(tmp_path, n), make(b, tmp_path)
    body = '{"file_name":"X.DMP","remap_schemas":[{"source":"main","target":"%s"}]}' % pools.target_schema(target)
    args = [pools.PUMP, "copy", source.text, target.text, "J1"]
    run_once([*args, "1"], body, tmp_path, 8)
    out = run_once([*args, "2"], body, tmp_path, None)
    assert f"rows done: {n}\n" in out, out
    assert len(seen(target)) == n


def documents_of(pool):
    name = {"postgresql": "ords_metadata.", "mariadb": f"{getattr(pool, 'database', '')}."}.get(pool.engine, "")
    return name + pool.rows(f"SELECT concat('soda_c_', id) AS t FROM {name}soda_collections" if name else
                            "SELECT 'soda_c_' || id FROM soda_collections")[0][0]


def keys_of(pool):
    return sorted(key for key, in pool.rows(f"SELECT id FROM {documents_of(pool)}"))


def with_documents(engine, folder, n, only=""):
    pool = make(engine, folder)
    pools.docs(pool, "demo", n)
    pool.run(f"DELETE FROM {documents_of(pool)} {only}")
    return pool


@pytest.mark.parametrize("exists", ["APPEND", "TRUNCATE"])
@pytest.mark.parametrize("b", ENGINES)
def test_a_collection_that_was_there_is_as_before(b, exists, tmp_path):
    """DP-89: when one document does not fit, those of earlier piles go, too, and those that made room for them come back"""
    source, target = make("sqlite", tmp_path), with_documents(b, tmp_path, 9000, "WHERE id <> 'demo9000'")
    pools.docs(source, "demo", 9000)
    source.run(f"UPDATE {documents_of(source)} SET created = 'x' WHERE id = 'demo9000'" if exists == "TRUNCATE" else "")
    dumped = pools.dump(source, tmp_path)
    r = copy(source, target, tmp_path, remap_schemas=[], table_exists_action=exists, dumped=dumped)
    assert r.code == 2 and re.search(r"(a document from \d+ to|row) 9000 rejected", r.log) and "rows done: 0\n" in r.log, r.log
    assert keys_of(target) == ["demo9000"] and r.summary["rejected"] == 0
    r = copy(source, target, tmp_path, name="J2", remap_schemas=[], dumped=dumped, **{**SKIPS, "table_exists_action": exists})
    assert r.code == 2 and rejected(r) == [9000] and len(keys_of(target)) == (9000 if exists == "APPEND" else 8999), r.log


@pytest.mark.parametrize("b", ENGINES)
def test_a_collection_is_emptied_and_filled_at_once(b, tmp_path):
    """R-22: also when the first runner is killed between the two"""
    source, target = make("sqlite", tmp_path), with_documents(b, tmp_path, 9000, "WHERE id <> 'demo9000'")
    pools.docs(source, "demo", 8500)
    body = '{"file_name":"X.DMP","table_exists_action":"TRUNCATE"}'
    args = [pools.PUMP, "copy", source.text, target.text, "J1"]
    run_once([*args, "1"], body, tmp_path, 2)
    assert keys_of(target) == ["demo9000"]
    out = run_once([*args, "2"], body, tmp_path, None)
    assert keys_of(target) == keys_of(source), out


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("b", ENGINES)
def test_documents_of_a_source_that_changes(b, skips, tmp_path):
    """R-22: all at once into a collection that was there, or, where documents may be left out, not any more after an interruption"""
    source, target = make("sqlite", tmp_path), with_documents(b, tmp_path, 1)
    pools.docs(source, "demo", 9000)
    body = '{"file_name":"X.DMP","table_exists_action":"APPEND"%s}' % (',"data_options":["SKIP_CONSTRAINT_ERRORS"]' if skips else "")
    args = [pools.PUMP, "copy", source.text, target.text, "J1"]
    run_once([*args, "1"], body, tmp_path, 3)
    source.run(f"DELETE FROM {documents_of(source)} WHERE id IN ('demo1', 'demo2')")
    out = run_once([*args, "2"], body, tmp_path, None)
    if skips:
        assert "the source may have changed since" in out and len(keys_of(target)) < 9000, out
    else:
        assert keys_of(target) == keys_of(source), out


@pytest.mark.parametrize("b", ENGINES)
def test_rejected_rows_are_counted_once(b, tmp_path):
    """R-22, DP-90: by runners that are killed one after the other, between batches and at any moment"""
    n, old = 30000, [*range(3000, 9000), *range(12000, 29000, 13)]
    source, target = source_of(tmp_path, n), target_of(b, tmp_path)
    source.run("UPDATE t SET n = 0 WHERE id % 7000 = 0; UPDATE t SET n = 'x' WHERE id % 9000 = 1")
    put(target, old)
    wrong = {*old, *range(7000, n + 1, 7000), *range(1, n + 1, 9000)} if b != "sqlite" else {*old, *range(7000, n + 1, 7000)}
    dice = random.Random(7)
    args = [pools.PUMP, "copy", f"dump={pools.dump(source, tmp_path)}", target.text, "J1"]
    body = '{"file_name":"X.DMP","table_exists_action":"APPEND","data_options":["SKIP_CONSTRAINT_ERRORS"],' \
           '"remap_schemas":[{"source":"main","target":"%s"}]}' % pools.target_schema(target)
    for epoch in range(1, 7):
        if epoch % 2:
            run_once([*args, str(epoch)], body, tmp_path, 2)
            continue
        p = subprocess.Popen([*args, str(epoch), body], stdout=subprocess.DEVNULL, cwd=tmp_path)
        with contextlib.suppress(subprocess.TimeoutExpired):
            p.wait(dice.uniform(0.02, 0.1))
        p.kill()
        p.wait()
    out = run_once([*args, "7"], body, tmp_path, None)
    summary = json.loads(out.splitlines()[-1])["tables"]
    assert [(t["imported"], t["rejected"]) for t in summary] == [(n - len(wrong), len(wrong))], out
    assert seen(target) == {i: "old" if i in old else "new" for i in range(1, n + 1) if i in old or i not in wrong}


def killed_between_parts(target, dumped, folder, first, n, wrong):
    """A runner that is killed behind the line about its first row that is rejected, and another one."""
    body = '{"file_name":"X.DMP","table_exists_action":"APPEND","data_options":["SKIP_CONSTRAINT_ERRORS"],' \
           '"remap_schemas":[{"source":"main","target":"%s"}]}' % pools.target_schema(target)
    args = [pools.PUMP, "copy", f"dump={dumped}", target.text, "J1"]
    run_once([*args, "1"], body, folder, f"row {first} rejected")
    out = run_once([*args, "2"], body, folder, None)
    summary = json.loads(out.splitlines()[-1])["tables"]
    assert [(t["imported"], t["rejected"]) for t in summary] == [(n - wrong, wrong)], out


@pytest.mark.parametrize("b, ends", [(b, ends) for b in ENGINES if b != "mariadb" for ends in (False, True) if b == "sqlite" or not ends])
def test_rejected_rows_are_counted_with_their_part(b, ends, tmp_path):
    """R-22, DP-90: what was refused of a batch when it was read is counted by the part that comes behind it"""
    source = source_of(tmp_path, 3100)
    source.run("UPDATE t SET n = NULL WHERE id = 3000")
    target = target_of(b, tmp_path, "PRIMARY KEY ON CONFLICT ROLLBACK" if ends else "PRIMARY KEY", "NOT NULL")
    old = [500] if ends else range(1, 2001)
    put(target, old)
    killed_between_parts(target, pools.dump(source, tmp_path), tmp_path, old[0], 3100, len(old) + 1)


@pytest.mark.parametrize("b", ENGINES)
def test_rejected_documents_are_counted_with_their_part(b, tmp_path):
    """R-22, DP-90: a document that is none is told of behind those before it"""
    source, target = make("sqlite", tmp_path), with_documents(b, tmp_path, 500, "WHERE id <> 'demo500'")
    pools.docs(source, "demo", 3100)
    source.run(f"UPDATE {documents_of(source)} SET created = 'x' WHERE id = 'demo3000'")
    killed_between_parts(target, pools.dump(source, tmp_path), tmp_path, 500, 3100, 2)
    assert len(keys_of(target)) == 3099
