"""Tables that few have, from a pool into another one of the same engine: what they say of themselves is still true there.

tests/datapump/pump is the program, as in test_import.py.
"""
import os

import pytest

import pools
from pools import copy, make

SERVERS = [e for e in os.environ.get("CORDS_ENGINES", "sqlite,postgresql,mariadb").split(",") if e]
COLUMNS = """SELECT column_name, column_type, is_nullable, hex(column_default), extra FROM information_schema.columns
    WHERE table_schema = database() AND table_name = '{table}' ORDER BY ordinal_position"""

# what makes it, what it is called, what is seen of it
MARIADB = {
    "dates that no calendar has": ("""SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE t (id INT PRIMARY KEY, d DATE, dt DATETIME(6), ts TIMESTAMP NULL, t TIME(6), y YEAR);
        INSERT INTO t VALUES (1, '0000-00-00', '0000-00-00', '0000-00-00', '-838:59:59', 0), (2, '2024-00-10', '2024-02-31 01:02:03.123456', '1970-01-01 00:00:01',
            '838:59:59.999999', 2155), (3, '9999-12-31', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07', '-00:00:00.5', 1901)""", "t", "SELECT * FROM t ORDER BY id"),
    "a column that is not seen": ("""CREATE TABLE t (id INT PRIMARY KEY, a INT INVISIBLE DEFAULT 7, b INT AS (id + 1) STORED INVISIBLE); INSERT INTO t (id, a) VALUES (1, 2)""",
                                  "t", "SELECT *, a AS x, b AS y FROM t"),
    "a key over beginnings": ("""CREATE TABLE t (a TEXT, n INT, b BLOB, PRIMARY KEY (a(5), n, b(7))); INSERT INTO t VALUES ('abcdefgh', 1, 'x'), ('abcdefgi', 2, 'y')""", "t",
                              "SELECT index_name, column_name, sub_part FROM information_schema.statistics WHERE table_schema = database() AND table_name = 't' ORDER BY seq_in_index"),
    "defaults of bytes": ("""CREATE TABLE t (id INT PRIMARY KEY, a VARBINARY(8) DEFAULT x'ff00fe5c41', b BINARY(4) DEFAULT 'ab', c BLOB DEFAULT x'80', d VARBINARY(9) NOT NULL DEFAULT '',
        e VARBINARY(3) DEFAULT '?'); INSERT INTO t (id) VALUES (1)""", "t", "SELECT hex(DEFAULT(a)), hex(DEFAULT(b)), hex(a), hex(b), hex(c), hex(d), hex(e) FROM t"),
    "defaults with signs": ("""CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) DEFAULT 'a\\b''c', b VARCHAR(20) DEFAULT 'x
        y'); INSERT INTO t (id) VALUES (1)""", "t", "SELECT hex(DEFAULT(a)), hex(DEFAULT(b)), hex(a), hex(b) FROM t"),
}


@pytest.mark.skipif("mariadb" not in SERVERS, reason="about MariaDB")
@pytest.mark.parametrize("by_dump", [True, False])
@pytest.mark.parametrize("what", MARIADB)
def test_mariadb_comes_back(what, by_dump, tmp_path):
    """DP-86"""
    script, table, query = MARIADB[what]
    source, target = make("mariadb", tmp_path), make("mariadb", tmp_path)
    source.run(script)
    r = copy(source, target, tmp_path, dumped=pools.dump(source, tmp_path) if by_dump else None)
    assert r.code == 0 and not r.skipped, r.log + r.skipped
    assert target.rows(query) == source.rows(query)
    assert target.rows(COLUMNS.format(table=table)) == source.rows(COLUMNS.format(table=table)) or "bytes" in what


@pytest.mark.skipif("mariadb" not in SERVERS, reason="about MariaDB")
@pytest.mark.parametrize("by_dump", [True, False])
def test_columns_that_a_sequence_of_mariadb_counts_for(by_dump, tmp_path):
    """DP-86, DP-63: it counts on in the other database, for each of its tables"""
    source, target = make("mariadb", tmp_path), make("mariadb", tmp_path)
    source.run("CREATE SEQUENCE `s 1` START 100 NOCACHE; CREATE TABLE t (id INT PRIMARY KEY DEFAULT nextval(`s 1`), v VARBINARY(3) DEFAULT x'ff');"
               " CREATE TABLE u (id INT DEFAULT (1 + nextval(`s 1`))); INSERT INTO t () VALUES (), ()")
    r = copy(source, target, tmp_path, dumped=pools.dump(source, tmp_path) if by_dump else None)
    assert "default of column u.id" in r.skipped and "default of column t.v" in r.skipped and "default of column t.id" not in r.skipped, r.log + r.skipped
    source.run("DROP TABLE t, u; DROP SEQUENCE `s 1`")
    target.run("INSERT INTO t () VALUES ()")
    assert [int(i) for i, in target.rows("SELECT id FROM t ORDER BY id")] == [100, 101, 102]


@pytest.mark.skipif("mariadb" not in SERVERS, reason="about MariaDB")
def test_what_only_mariadb_says_is_told_elsewhere(tmp_path):
    """DP-92"""
    source, target = make("mariadb", tmp_path), make("sqlite", tmp_path)
    source.run("CREATE TABLE t (a VARCHAR(20), n INT INVISIBLE, PRIMARY KEY (a(5))); INSERT INTO t VALUES ('x')")
    r = copy(source, target, tmp_path)
    assert r.code == 0 and "column t.n was invisible" in r.log and "primary key of t: was over the beginnings of values" in r.skipped, r.log + r.skipped
