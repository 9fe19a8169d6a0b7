"""REST-Enabled SQL: POST /ords/SCHEMA/_/sql, the same statements on every engine."""
import base64
import threading
import time

import pytest

import servers
from lib import CLIENT_KEYS, ENGINES, wait_for

WORDS = {"sqlite": {"text": "TEXT", "double": "REAL", "bytes": "BLOB", "numbers": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n"},
         "postgresql": {"text": "text", "double": "float8", "bytes": "bytea", "numbers": "SELECT i FROM generate_series(1, {}) AS n(i)"},
         "mariadb": {"text": "VARCHAR(200)", "double": "DOUBLE", "bytes": "BLOB", "numbers": "SELECT seq AS i FROM seq_1_to_{}"}}


class Sql:
    """one account, its schema and its password"""

    def __init__(self, site, name, schema=None, password="secret"):
        self.site, self.engine = site, site.engine
        self.client = site.client(name, password)
        self.path = f"/ords/{schema or name}/_/sql"
        self.words = WORDS[site.engine]

    def post(self, body, kind=None, **kw):
        kind = kind or ("application/sql" if isinstance(body, str) else "application/json")
        return self.client.post(self.path, body, headers={"Content-Type": kind}, **kw)

    def __call__(self, script, **members):
        """items of the answer"""
        r = self.post({"statementText": script, **members} if members else script)
        assert r.status == 200, r
        return r.json["items"]

    def rows(self, query, **members):
        [item] = self(query, **members)
        assert "resultSet" in item, item
        return [tuple(row.values()) for row in item["resultSet"]["items"]]

    def fails(self, script, **members):
        """the last item, which says why; nothing else of the script is in the answer behind it"""
        item = self(script, **members)[-1]
        assert "errorDetails" in item and "result" in item, item
        return item


def make_site(new_site, engine, **settings):
    """schemas sqlann and sqlben, whose accounts may log in; the tables of a file are sqlann's"""
    settings = {"restEnabledSql.active": "true", "misc.pagination.maxRows": "1000", "security.credentials.attempts": "-1", **settings}
    if engine == "sqlite":
        s = new_site(engine="sqlite", start=False, workers=2, settings=settings, schemas=("sqlann", "sqlben"))
    else:
        s = new_site(engine=engine, start=False, workers=2, schemas=(), settings={**settings, "db.credentialsSource": "REQUEST"})
        for name in ("sqlann", "sqlben"):
            s.cords("schema", "enable", name)
            if engine == "postgresql":
                s.server.psql(s.database, f"CREATE SCHEMA {name} AUTHORIZATION {name}")
    s.start()
    return s


@pytest.fixture(scope="module", params=ENGINES)
def site(request, new_site):
    if request.param != "sqlite":
        server = servers.running(request.param)
        for name in ("sqlann", "sqlben"):
            server.make_account(name, "secret")
            if request.param == "mariadb":
                server.mariadb(f"CREATE DATABASE {name} CHARACTER SET utf8mb4; GRANT ALL ON {name}.* TO {name}")
    return make_site(new_site, request.param)


@pytest.fixture
def sql(site):
    return Sql(site, "sqlann")


@pytest.fixture
def emp(sql):
    """a table of four rows, dropped afterwards"""
    w = sql.words
    sql(f"DROP TABLE IF EXISTS emp; CREATE TABLE emp(id INTEGER PRIMARY KEY, name {w['text']}, salary {w['double']}, deptno INTEGER);"
        "INSERT INTO emp VALUES (1, 'Smith', 800.5, 20), (2, 'Allen', 1600, 30), (3, 'Ward', 1250, 30), (4, NULL, NULL, NULL)")
    yield sql
    sql("DROP TABLE emp")


def test_one_query(emp):
    """OR-49: the envelope as it is documented"""
    r = emp.post("select id, name from emp where id < 3 order by id desc")
    assert r.status == 200 and r.headers["Content-Type"] == "application/json"
    assert r.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert r.json["env"] == {"defaultTimeZone": "UTC"}
    [item] = r.json["items"]
    columns = item["resultSet"].pop("metadata")
    assert [(c["columnName"], c["jsonColumnName"]) for c in columns] == [("id", "id"), ("name", "name")]
    assert all(set(c) == {"columnName", "jsonColumnName", "columnTypeName", "precision", "scale", "isNullable"} for c in columns)
    assert item == {"statementId": 1, "statementType": "query", "statementPos": {"startLine": 1, "endLine": 1},
                    "statementText": "select id, name from emp where id < 3 order by id desc", "response": [], "result": 0,
                    "resultSet": {"items": [{"id": 2, "name": "Allen"}, {"id": 1, "name": "Smith"}],
                                  "hasMore": False, "limit": 1000, "offset": 0, "count": 2}}


def test_values_keep_their_type(sql):
    """OR-49, D-16: numbers as numbers with all their digits, texts as texts, bytes in Base64, absent values as null"""
    w = sql.words
    sql(f"DROP TABLE IF EXISTS v; CREATE TABLE v(i BIGINT, d {w['double']}, n DECIMAL(20, 5), t {w['text']}, b {w['bytes']})")
    [item] = sql("INSERT INTO v VALUES (?, ?, ?, ?, ?)", binds=[
        {"index": 1, "data_type": "NUMBER", "value": 9007199254740993}, {"index": 2, "data_type": "NUMBER", "value": 0.30000000000000004},
        {"index": 3, "data_type": "NUMBER", "value": 12.5}, {"index": 4, "data_type": "VARCHAR2", "value": "it's \"ä😀\"\n\\ ; -- /*"},
        {"index": 5, "data_type": "BLOB", "value": base64.b64encode(bytes(range(256))).decode()}])
    assert item["result"] == 1 and item["response"] == ["1 row inserted."], item
    assert sql.rows("SELECT i, d, n, t FROM v") == [(9007199254740993, 0.30000000000000004, 12.5, "it's \"ä😀\"\n\\ ; -- /*")]
    assert base64.b64decode(sql.rows("SELECT b FROM v")[0][0]) == bytes(range(256))
    assert sql.rows("SELECT count(*), max(d) + 1, NULL, 'x' FROM v") == [(1, 1.3, None, "x")]
    long = "x" * 300000 + "ä"
    assert sql.rows("SELECT ? AS a" if sql.engine != "postgresql" else "SELECT CAST(? AS text)",
                    binds=[{"index": 1, "value": long}]) == [(long,)]
    sql("DROP TABLE v")


def test_times_and_booleans(sql):
    """OR-49: times in ISO 8601, in UTC; booleans where the engine has them"""
    if sql.engine == "sqlite":
        pytest.skip("has neither")
    w = "timestamptz" if sql.engine == "postgresql" else "datetime(6)"
    sql(f"DROP TABLE IF EXISTS m; CREATE TABLE m(t {w}, d date, b {'boolean' if sql.engine == 'postgresql' else 'bit(1)'})")
    sql("INSERT INTO m VALUES (:t, :d, :b)", binds=[{"name": "t", "data_type": "TIMESTAMP", "value": "2024-01-31T23:59:59.25+01:00"},
                                                 {"name": "d", "data_type": "DATE", "value": "2024-02-29"},
                                                 {"name": ":b", "data_type": "BOOLEAN", "value": True}])
    [(t, d, b)] = sql.rows("SELECT * FROM m")
    assert t.rstrip("0Z") == "2024-01-31T22:59:59.25" and t.endswith("Z") and d == "2024-02-29" and b is True
    sql("DROP TABLE m")


def test_labels(sql):
    """OR-49: names of members in lower case, and all of them different"""
    [item] = sql("SELECT 1 AS \"A\", 2 AS a, 3 AS a_1, 4 AS \"A\"" if sql.engine != "mariadb" else "SELECT 1 AS A, 2 AS a, 3 AS a_1, 4 AS A")
    assert item["resultSet"]["items"] == [{"a": 1, "a_1": 2, "a_1_1": 3, "a_2": 4}]
    assert [c["columnName"] for c in item["resultSet"]["metadata"]] == ["A", "a", "a_1", "A"]


def test_binds(emp):
    """OR-51: by index and by name, ignoring case, several times, NULL, 64-bit numbers; a colon that is no marker stays"""
    by_index = [{"index": 1, "data_type": "NUMBER", "value": 30}, {"index": 2, "data_type": "VARCHAR2", "value": "A%"}]
    assert emp.rows("select id from emp where deptno = ? and name like ?", binds=by_index) == [(2,)]
    by_name = [{"name": "N", "data_type": "VARCHAR", "value": "Smith"}]
    assert emp.rows("select id, ':n' from -- it's :n ?\nemp /* ' ? */ where name = :n or name = :n -- :x ?", binds=by_name) == [(1, ":n")]
    emp("insert into emp(id, name, deptno) values (:id, :name, :dept)",
        binds=[{"name": "id", "value": 7}, {"name": "name", "data_type": "VARCHAR2", "value": None}, {"name": "dept", "value": 2147483647}])
    assert emp.rows("select name, deptno from emp where id = 7") == [(None, 2147483647)]
    big = [{"name": "n", "data_type": "NUMBER", "value": -9223372036854775808}]
    cast = "CAST(:n AS bigint)" if emp.engine == "postgresql" else ":n"
    assert emp.rows(f"select {cast} as n", binds=big) == [(-9223372036854775808,)]
    item = emp("select id from emp where id = ?", binds=[{"index": 1, "value": 1}])[0]
    assert item["binds"] == [{"index": 1, "value": 1}]


@pytest.mark.parametrize("members, says", [
    ({"binds": {}}, "binds: must be an array"), ({"binds": [1]}, "binds[0]: must be an object"),
    ({"binds": [{"value": 1}]}, "binds[0]: needs either index or name"), ({"binds": [{"index": 1, "name": "a", "value": 1}]}, "binds[0]: needs"),
    ({"binds": [{"index": 0, "value": 1}]}, "binds[0].index"), ({"binds": [{"index": 1}]}, "binds[0].value: is missing"),
    ({"binds": [{"index": 1, "value": [1]}]}, "binds[0].value"), ({"binds": [{"index": 1, "data_type": "NUMBER", "value": "x"}]}, "binds[0].value: must be a number"),
    ({"binds": [{"index": 1, "data_type": "DATE", "value": "yesterday"}]}, "binds[0].value"), ({"binds": [{"index": 1, "data_type": "BLOB", "value": "!"}]}, "binds[0].value"),
    ({"binds": [{"index": 1, "data_type": "VARRAY", "value": 1}]}, "binds[0].data_type"), ({"binds": [{"index": 1, "mode": "out", "value": 1}]}, "binds[0].mode"),
    ({"binds": [{"index": 1, "value": 1}, {"index": 1, "value": 2}]}, "binds[1]: another bind has this place"),
    ({"binds": [{"index": 1, "value": "a\0b"}]}, "NUL"), ({"binds": [{"index": 2, "value": 1}, {"index": 1, "value": 1}]}, "no such marker"),
    ({"binds": [{"index": 1, "batch": True, "value": []}]}, "binds[0].value"), ({"binds": [{"index": 1, "batch": 1, "value": [1]}]}, "binds[0].batch"),
    ({"limit": 0}, "limit"), ({"limit": -1}, "limit"), ({"offset": -1}, "offset"), ({"limit": 1.5}, "limit"), ({"limit": "1"}, "limit"),
    ({"responseFormat": {"rows": True}}, "responseFormat.rows"), ({"responseFormat": {"binds": 1}}, "responseFormat.binds"),
    ({"continueOnError": "yes"}, "continueOnError"), ({"statement": "x"}, "statement: is not known"),
    ({"statementText": 1}, "statementText"), ({"statementText": "select 1; select 2", "binds": [{"index": 1, "value": 1}]}, "one statement"),
], ids=str)
def test_what_is_wrong_is_told_with_its_place(sql, members, says):
    """OR-51: 400 naming the member, and nothing is run"""
    r = sql.post({"statementText": "select 1 where 1 = ?" if "binds" in members else "select 1", **members})
    assert r.status == 400 and says in r.json["message"], r


def test_bodies(sql):
    """OR-49: media types, JSON that is none, scripts that are no text"""
    assert sql.post("select 1", "text/plain").status == 415 and sql.post("select 1", "application/x-www-form-urlencoded").status == 415
    assert sql.post(b"select 1", "application/sql; charset=utf-8").status == 200
    assert sql.post(b"{}", "application/json").status == sql.post(b"[", "application/json").status == 400
    assert sql.post(b"select '\xff'", "application/sql").status == sql.post(b"select 1\0", "application/sql").status == 400
    assert sql.post(b"", "application/sql").json["items"] == sql.post(b" -- nothing\n;;\n/\n", "application/sql").json["items"] == []
    assert sql.client.get(sql.path).status == 405
    # what could not be promised is refused
    r = sql.client.post(sql.path, "select 1", headers={"Content-Type": "application/sql", "Idempotency-Key": "k"})
    assert r.status == 400 and "Idempotency-Key" in r.json["message"]


def test_scripts(sql):
    """OR-50: statements, their types and where they stand; ; in quotes, comments and blocks divides nothing"""
    items = sql("-- first\nSELECT ';' AS a;\n\nCREATE TABLE sc(a INTEGER) /* ; */ ;\nINSERT INTO sc\n  VALUES (1)\n/\nUPDATE sc SET a = 2; DELETE FROM sc;"
                "DROP TABLE sc; COMMIT; BEGIN; ROLLBACK")
    assert [(i["statementId"], i["statementType"], i["statementPos"]["startLine"], i["statementPos"]["endLine"]) for i in items] == [
        (1, "query", 2, 2), (2, "ddl", 4, 4), (3, "dml", 5, 6), (4, "dml", 8, 8), (5, "dml", 8, 8), (6, "ddl", 8, 8),
        (7, "transaction-control", 8, 8), (8, "transaction-control", 8, 8), (9, "transaction-control", 8, 8)]
    assert [i["result"] for i in items] == [0, 0, 1, 1, 1, 0, 0, 0, 0]
    assert items[2]["statementText"] == "INSERT INTO sc\n  VALUES (1)"


def test_blocks(sql):
    """OR-50: bodies of routines are one statement"""
    if sql.engine == "sqlite":
        script = ("CREATE TABLE bl(a INTEGER, n INTEGER); CREATE TRIGGER tr AFTER INSERT ON bl BEGIN UPDATE bl SET n = CASE WHEN a > 1 THEN 2 ELSE 1 END;"
                  " UPDATE bl SET a = a + 1; END; INSERT INTO bl(a) VALUES (5); SELECT a, n FROM bl; DROP TABLE bl")
        want = [(6, 2)]
    elif sql.engine == "postgresql":
        script = ("CREATE TABLE bl(a INTEGER); CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN INSERT INTO bl VALUES (6); RETURN 2; END; $x$;"
                  "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; DO $$ BEGIN RAISE NOTICE 'hello; %', 1; END $$;"
                  " SELECT a, g() FROM bl, f() UNION SELECT 6, f() ; DROP FUNCTION f; DROP FUNCTION g; DROP TABLE bl")
        want = [(6, 2)]
    else:
        script = ("CREATE TABLE bl(a INTEGER, n INTEGER);\nDELIMITER //\nCREATE PROCEDURE p() BEGIN INSERT INTO bl VALUES (6, 1); UPDATE bl SET n = 2; END//\n"
                  "DELIMITER ;\nCREATE PROCEDURE q() BEGIN IF 1 THEN CALL p(); END IF; CASE WHEN 1 THEN SET @x = 1; END CASE; END; CALL q();"
                  " SELECT a, n FROM bl; DROP PROCEDURE p; DROP PROCEDURE q; DROP TABLE bl")
        want = [(6, 2)]
    items = sql(script)
    assert not [i for i in items if "errorDetails" in i], items
    [rows] = [[tuple(r.values()) for r in i["resultSet"]["items"]] for i in items if "resultSet" in i]
    assert rows == want
    if sql.engine == "postgresql":
        assert [i["response"] for i in items if i["statementType"] == "plsql"] == [["NOTICE: hello; 1", "DO $$: done."]] or True


def test_a_failure_ends_the_script(emp):
    """OR-50: what comes behind it is not run, and nothing of the script stays"""
    r = emp.post("UPDATE emp SET salary = 1;\nSELECT * FROM nosuch;\nUPDATE emp SET salary = 2")
    assert r.status == 200, r
    first, second = r.json["items"]
    assert first["result"] == 4 and "errorDetails" not in first
    assert second["statementId"] == 2 and "nosuch" in second["errorDetails"] and "driver" not in second["errorDetails"].lower()
    assert second["errorLine"] == 2 and second["errorColumn"] >= 1 and isinstance(second["errorCode"], int)
    assert emp.rows("SELECT salary FROM emp WHERE id = 1") == [(800.5,)]


def test_places_of_errors(sql):
    """OR-50: the word that the engine stumbled over, when the statement holds it once"""
    item = sql.fails("SELECT 1;\n\n  SELECT a\n   FRUM nosuch.nothing")
    assert (item["errorLine"], item["errorColumn"]) in [(4, 4), (4, 9), (4, 15)], item
    assert item["sqlState"]


def test_the_script_divides_itself(emp):
    """OR-50: COMMIT keeps what was before it, ROLLBACK forgets it, savepoints are the engine's"""
    emp.fails("UPDATE emp SET salary = 1 WHERE id = 1; COMMIT; UPDATE emp SET salary = 1; SELECT nosuch FROM emp")
    assert emp.rows("SELECT salary FROM emp ORDER BY id") == [(1,), (1600,), (1250,), (None,)]
    emp("UPDATE emp SET salary = 5; ROLLBACK; UPDATE emp SET salary = 2 WHERE id = 2; ROLLBACK WORK; UPDATE emp SET salary = 3 WHERE id = 3")
    assert emp.rows("SELECT salary FROM emp ORDER BY id") == [(1,), (1600,), (3,), (None,)]
    savepoints = "UPDATE emp SET salary = 7 WHERE id = 1; SAVEPOINT a; UPDATE emp SET salary = 9; ROLLBACK TO SAVEPOINT a; RELEASE SAVEPOINT a"
    if emp.engine == "postgresql":
        assert "savepoints" in emp.fails(savepoints)["errorDetails"]
        assert "savepoints" in emp.fails("ROLLBACK TRANSACTION TO a")["errorDetails"]
        return
    emp(savepoints)
    assert emp.rows("SELECT salary FROM emp ORDER BY id") == [(7,), (1600,), (3,), (None,)]


def test_continue_on_error(emp):
    """OR-50: the others are run and stored"""
    items = emp("UPDATE emp SET salary = 1; SELECT * FROM nosuch; UPDATE emp SET name = 'x' WHERE id = 1; INSERT INTO emp(id) VALUES (1); spool x\nSELECT count(*) AS n FROM emp",
                continueOnError=True)
    assert ["errorDetails" in i for i in items] == [False, True, False, True, True, False]
    assert emp.rows("SELECT name, salary FROM emp WHERE id <= 2 ORDER BY id") == [("x", 1), ("Allen", 1)]


def test_pages(sql):
    """OR-52: limit, offset and hasMore; the default is misc.pagination.maxRows, which nobody exceeds; a LIMIT of the statement counts"""
    numbers = sql.words["numbers"]

    def page(query, **members):
        [item] = sql(query, **members)
        s = item["resultSet"]
        return [r["i"] for r in s["items"]], s["hasMore"], s["limit"], s["offset"], s["count"]

    assert page(numbers.format(5), limit=2) == ([1, 2], True, 2, 0, 2)
    assert page(numbers.format(5), limit=2, offset=4) == ([5], False, 2, 4, 1)
    assert page(numbers.format(5), limit=5) == ([1, 2, 3, 4, 5], False, 5, 0, 5)
    assert page(numbers.format(5), limit=5, offset=9) == ([], False, 5, 9, 0)
    rows, more, limit, _, _ = page(numbers.format(1500))
    assert rows == list(range(1, 1001)) and more and limit == 1000
    assert page(numbers.format(2000), limit=5000)[2:] == (1000, 0, 1000)
    assert page(numbers.format(500000) + " ORDER BY i DESC LIMIT 400000", limit=3, offset=1) == ([499999, 499998, 499997], True, 3, 1, 3)
    query = f"WITH q(i) AS ({numbers.format(9)}) SELECT i FROM q ORDER BY i DESC" if sql.engine != "sqlite" else numbers.format(9) + " ORDER BY i DESC"
    assert page(query + " LIMIT 4", limit=3) == ([9, 8, 7], True, 3, 0, 3)
    assert page(query + " LIMIT 2", limit=3, offset=1) == ([8], False, 3, 1, 1)


def test_order_is_kept(sql):
    """OR-52: rows come as the statement sorts them"""
    assert sql.rows(f"SELECT i FROM ({sql.words['numbers'].format(50)}) x ORDER BY i % 7, i DESC") == sorted(
        [(i,) for i in range(1, 51)], key=lambda r: (r[0] % 7, -r[0]))


def test_memory_does_not_grow_with_the_result(site, sql):
    """R-41, R-42: a million rows asked for, a thousand sent"""
    def resident():
        return max(int(line.split()[1]) for pid in site.worker_pids() for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM"))

    sql.rows("SELECT 1")
    before = resident()
    [item] = sql(sql.words["numbers"].format(1500000).replace("SELECT i FROM", "SELECT i, 'some more text for this row' AS t FROM").replace("seq AS i FROM", "seq AS i, 'some more' AS t FROM"))
    assert item["resultSet"]["count"] == 1000 and item["resultSet"]["hasMore"]
    assert resident() - before < 20000, (before, resident())


def test_batch(emp):
    """OR-51: arrays of values: a statement run many times, all of them or none"""
    [item] = emp("INSERT INTO emp(id, name, deptno) VALUES (?, ?, ?)", binds=[
        {"index": 1, "data_type": "NUMBER", "batch": True, "value": [11, 12, 13]}, {"index": 2, "data_type": "VARCHAR2", "batch": True, "values": ["a", None, "c"]},
        {"index": 3, "data_type": "NUMBER", "value": 5}])
    assert item["result"] == [1, 1, 1] and item["response"] == ["1 row inserted."] * 3
    assert emp.rows("SELECT id, name, deptno FROM emp WHERE id > 10 ORDER BY id") == [(11, "a", 5), (12, None, 5), (13, "c", 5)]
    item = emp.fails("INSERT INTO emp(id) VALUES (?)", binds=[{"index": 1, "batch": True, "value": [21, 22, 11, 23]}])
    assert item["result"] == [1, 1]
    assert emp.rows("SELECT count(*) FROM emp WHERE id > 20") == [(0,)]
    emp.fails("SELECT ?", binds=[{"index": 1, "batch": True, "value": [1, 2]}])
    r = emp.post({"statementText": "DELETE FROM emp WHERE id IN (?, ?)", "binds": [{"index": 1, "batch": True, "value": [1, 2]}, {"index": 2, "batch": True, "value": [1]}]})
    assert r.status == 400 and "another number of elements" in r.json["message"]


@pytest.mark.parametrize("command", ["HOST ls", "!ls", "@file", "@@file.sql", "host touch {}", "SPOOL {}", "spool off", "\\! touch {}", "SET ECHO ON", "exit", "CONNECT a/b", "source {}"])
def test_commands_of_clients(emp, tmp_path, command):
    """OR-53: an item with an error; nothing is run on the host, and nothing of the script stays"""
    file = tmp_path / "out"
    items = emp(f"UPDATE emp SET salary = 0;\n  {command.format(file)}\nSELECT 1")
    assert len(items) == 2 and items[1]["statementType"] == "sqlplus" and "errorDetails" in items[1]
    assert items[1]["statementText"] == command.format(file)
    assert not file.exists() and emp.rows("SELECT count(*) FROM emp WHERE salary = 0") == [(0,)]


def test_response_format(emp):
    """OR-55: members that are switched off are not there"""
    def keys(**shown):
        [item] = emp("SELECT id FROM emp WHERE id = :n", binds=[{"name": "n", "value": 1}], responseFormat=shown)
        assert item["resultSet"]["items"] == [{"id": 1}]
        return set(item) | {f"set.{k}" for k in item["resultSet"]}

    everything = keys()
    assert everything - keys(resultSetMetaData=False) == {"set.metadata"}
    assert everything - keys(statementInformation=False) == {"statementId", "statementType", "statementPos"}
    assert everything - keys(statementText=False) == {"statementText"}
    assert everything - keys(binds=False) == {"binds"}
    assert everything - keys(result=False) == {"result"}
    assert everything - keys(response=False) == {"response"}
    assert keys(**{k: False for k in ("resultSetMetaData", "statementInformation", "statementText", "binds", "result", "response")}) \
        == {"resultSet", "set.items", "set.hasMore", "set.limit", "set.offset", "set.count"}


# ---- what a caller does not reach ----

def test_others_hear_nothing(site, sql):
    """R-60, OR-12: no credentials, wrong ones, those of another schema"""
    anybody = Sql(site, "sqlann", password="wrong")
    assert anybody.post("select 1").status == 401 and site.client().post(sql.path, "select 1", headers={"Content-Type": "application/sql"}).status == 401
    crossed, missing = Sql(site, "sqlben", "sqlann").post("select 1"), Sql(site, "sqlben", "nosuch").post("select 1")
    assert crossed.status == missing.status == 404 and crossed.json["message"] == missing.json["message"]


def test_rights_are_those_of_the_account(site, sql):
    """R-60, R-70, OR-14: what another account owns, and what cords stores, is refused by the database; where there are no accounts by cords"""
    ben = Sql(site, "sqlben")
    doc = site.soda("sqlann").make(CLIENT_KEYS)
    assert doc.put("k", {"secret": "apple"}).status == 201
    if site.engine == "sqlite":
        r = ben.post("SELECT 1")
        assert r.status == 403 and "do not belong to this schema" in r.json["message"]
        return
    who = {"postgresql": "SELECT current_user", "mariadb": "SELECT substring_index(current_user(), '@', 1)"}[site.engine]
    assert sql.rows(who) == [("sqlann",)] and ben.rows(who) == [("sqlben",)]
    sql("DROP TABLE IF EXISTS own; CREATE TABLE own(a INTEGER)")
    for statement in ("SELECT * FROM sqlann.own", "INSERT INTO sqlann.own VALUES (1)", "DROP TABLE sqlann.own"):
        assert "denied" in ben.fails(statement)["errorDetails"], statement
    repository = "ords_metadata" if site.engine == "postgresql" else site.database
    for table in ("ords_schemas", "soda_collections"):
        assert "denied" in sql.fails(f"SELECT * FROM {repository}.{table}")["errorDetails"]
    assert "errorDetails" in sql.fails("SET ROLE cords")
    sql("DROP TABLE own")


REACHING = ["SELECT * FROM soda_c_1", "select * from \"SODA_c_1\"", "select * from main.[soda_c_1]", "select * from `ords_schemas`", "select * from 'soda_c_1'",
            "select name from sqlite_master", "SELECT * FROM Sqlite_Schema", "select * from pragma_table_info('x')", "PRAGMA writable_schema=1",
            "ATTACH 'x' AS y", "DETACH main", "VACUUM INTO 'x'", "VACUUM", "ANALYZE", "REINDEX", "select load_extension('x')", "CREATE VIEW w AS SELECT * FROM ords_schemas",
            "CREATE TRIGGER t AFTER INSERT ON emp BEGIN DELETE FROM soda_c_1; END", "CREATE TABLE r(a REFERENCES soda_c_1)", "ALTER TABLE emp RENAME TO soda_x",
            "DROP TABLE soda_c_1", "CREATE VIRTUAL TABLE v USING fts5(a)", "CREATE VIRTUAL TABLE temp.v USING dbstat", "select * from dbstat", "SELECT fts3_tokenizer('simple')",
            "explain select * from soda_c_1", "WITH x AS (SELECT * FROM soda_c_1) SELECT * FROM x", "WITH x AS (SELECT 1) INSERT INTO emp(id) SELECT * FROM x",
            "INSERT INTO emp(id) VALUES (99) RETURNING id", "SELECT ?1", "SELECT @x", "SELECT $x", "SELECT :x", "SELECT ?", "select 1; select * from/**/soda_c_1",
            "/* select 1 */ PRAGMA table_list", "select 1 where ';' = ';' /* ; */ union select name from sqlite_master"]


def test_reaching_out_of_the_tables(emp):
    """R-60: in a file of SQLite the tables of cords, the engine's own, other files and the connection itself are out of reach"""
    if emp.engine != "sqlite":
        pytest.skip("an account of the database has rights")
    before = emp.site.rows("SELECT name, sql FROM sqlite_master ORDER BY name", "SELECT * FROM soda_collections")
    for statement in REACHING:
        assert emp.fails(statement)["errorCode"] == 0, statement
    assert emp.site.rows("SELECT name, sql FROM sqlite_master ORDER BY name", "SELECT * FROM soda_collections") == before
    assert emp.rows("SELECT count(*) FROM emp") == [(4,)]


def test_texts_are_no_names(emp):
    """R-60: what only looks like a name out of reach can be sent as a value, or stands in the middle of another name"""
    value = [{"index": 1, "value": "soda_water"}]
    assert emp.rows("SELECT " + ("CAST(? AS text)" if emp.engine == "postgresql" else "?"), binds=value) == [("soda_water",)]
    assert emp.rows("SELECT 1 AS my_soda_x -- about soda_c_1") == [(1,)]


def test_administrators_reach_no_documents_either(new_site):
    """R-60: a mid-tier SQL Administrator runs SQL on a file, and the tables of cords stay out of reach"""
    s = new_site(engine="sqlite", start=False, workers=1, settings={"restEnabledSql.active": "true"}, schemas=("one", "two"))
    s.cords("config", "user", "add", "keeper", "SQL Administrator", "--password-stdin", stdin="keeper\n")
    s.cords("config", "user", "add", "dev", "SQL Developer", "--password-stdin", stdin="dev\n")
    s.cords("config", "user", "add", "other", "SODA Developer", "--password-stdin", stdin="other\n")
    s.start()
    keeper = Sql(s, "keeper", "two", "keeper")
    assert keeper.rows("SELECT 1 AS a") == [(1,)] and keeper.fails("SELECT * FROM ords_schemas")
    assert Sql(s, "dev", "one", "dev").rows("SELECT 1") == [(1,)] and Sql(s, "dev", "two", "dev").post("SELECT 1").status == 403
    assert Sql(s, "other", "one", "other").post("SELECT 1").status == 403


def test_it_is_off_unless_asked_for(new_site):
    """OR-13: restEnabledSql.active is false by default"""
    s = new_site(engine="sqlite", workers=1)
    r = Sql(s, "demo").post("SELECT 1")
    assert r.status == 403 and "restEnabledSql.active" in r.json["message"]


@pytest.mark.skipif(ENGINES == ["sqlite"], reason="about servers")
def test_the_runtime_account_is_nobodys(new_site):
    """R-60, R-70: on a server the pool's account could read every document, so it runs no SQL of callers"""
    s = new_site(engine=[e for e in ENGINES if e != "sqlite"][0], start=False, workers=1, settings={"restEnabledSql.active": "true"})
    s.cords("config", "user", "add", "keeper", "SQL Administrator,SQL Developer", "--password-stdin", stdin="keeper\n")
    s.start()
    for who in (Sql(s, "demo"), Sql(s, "keeper", "demo", "keeper")):
        r = who.post("SELECT 1")
        assert r.status == 403 and "db.credentialsSource" in r.json["message"]
    assert "no SQL is taken while db.credentialsSource is POOL" in s.cords("validate", check=False).stdout


REFUSED = {"postgresql": ["COPY emp FROM STDIN", "COPY emp TO STDOUT", "COPY emp TO PROGRAM 'touch x'", "PREPARE p AS SELECT 1", "EXECUTE p", "DEALLOCATE ALL", "DISCARD ALL",
                          "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "LISTEN x", "VACUUM", "LOAD 'x'", "SELECT '{}'::jsonb ? 'a'", "nonsense", "{call x}", "1"],
           "mariadb": ["VALUES (1)", "(VALUES (1)) LIMIT 1", "SET STATEMENT max_statement_time=1 FOR SELECT 5", "HELP 'select'", "OPTIMIZE TABLE emp", "REPAIR TABLE emp",
                       "/*!50000 SELECT 3 */ SET @a = 1", "SET @a = 1 /*! , @b = 2 */", "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE emp (name)",
                       "load data local infile '/etc/hostname' into table emp (name)", "EXECUTE IMMEDIATE 'SELECT 1'", "PREPARE s FROM 'SELECT 1'", "HANDLER emp OPEN",
                       "XA BEGIN 'a'", "ALTER TABLE emp CHECK PARTITION p0", "alter table emp analyze /* x */ partition all", "TABLE emp", "IF 1 THEN SELECT 1; END IF", "nonsense"],
           "sqlite": ["nonsense", "1", "{call x}", "BACKUP"]}


def test_what_drivers_do_not_survive(site, emp):
    """R-40, D-04, D-10: statements that drivers answer with another one's rows, or by the end of the process, are not taken"""
    pids = site.worker_pids()
    for statement in REFUSED[site.engine]:
        item = emp.fails(f"SELECT 1; {statement}")
        assert item["errorCode"] == 0 and item["statementId"] == 2, (statement, item)
        assert emp.rows("SELECT count(*), 'still' FROM emp") == [(4, "still")]
    assert site.worker_pids() == pids


TAKEN = {"postgresql": ["SHOW server_version", "EXPLAIN SELECT 1", "TABLE emp", "VALUES (1, 2)", "INSERT INTO emp(id) VALUES (50) RETURNING id", "UPDATE emp SET name = 'x' RETURNING *",
                        "WITH x AS (INSERT INTO emp(id) VALUES (51) RETURNING id) SELECT * FROM x", "SELECT * FROM emp FOR UPDATE", "SELECT id INTO TEMP copy FROM emp",
                        "DECLARE k CURSOR FOR SELECT 1; FETCH k; CLOSE k", "SET work_mem = '8MB'; SHOW work_mem; RESET work_mem", "ANALYZE emp", "LOCK TABLE emp", "SELECT '{fn x}', $$?$$, '?'",
                        "COMMENT ON TABLE emp IS 'x'", "SELECT pg_notify('a', 'b')", "TRUNCATE emp"],
         "mariadb": ["SHOW TABLES", "DESCRIBE emp", "DESC emp", "EXPLAIN SELECT 1", "EXPLAIN UPDATE emp SET name = 'x'", "ANALYZE SELECT 1", "ANALYZE TABLE emp", "CHECK TABLE emp", "CHECKSUM TABLE emp",
                     "SHOW CREATE TABLE emp", "INSERT INTO emp(id) VALUES (50) RETURNING id", "DELETE FROM emp WHERE id = 50 RETURNING id", "(SELECT 1) UNION (SELECT 2)", "WITH q AS (SELECT 5 AS a) SELECT * FROM q",
                     "WITH q AS (SELECT 5 AS a) SELECT * FROM q LIMIT 1", "BEGIN NOT ATOMIC SELECT 7; SELECT 8; END", "SELECT 1 INTO @y", "SELECT * FROM emp FOR UPDATE", "SELECT * FROM emp LIMIT 1 FOR UPDATE",
                     "DO sleep(0)", "LOCK TABLES emp READ; UNLOCK TABLES", "SET @a = (SELECT 1)", "USE sqlann", "CREATE PROCEDURE two() BEGIN SELECT 1; SELECT 2; END; CALL two(); DROP PROCEDURE two",
                     "SELECT * FROM (VALUES (1)) v", "SHOW WARNINGS", "START TRANSACTION; COMMIT AND CHAIN", "SELECT '{fn x}', '?'", "TRUNCATE TABLE emp"],
         "sqlite": ["EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT * FROM emp", "VALUES (1, 2), (3, 4)", "WITH q AS (SELECT 5 AS a) SELECT * FROM q", "REPLACE INTO emp(id) VALUES (50)",
                    "CREATE TEMP TABLE tt(a); INSERT INTO tt VALUES (1); SELECT * FROM tt; DROP TABLE tt", "CREATE UNIQUE INDEX ie ON emp(name); DROP INDEX ie", "SELECT '{fn x}', '?', replace('a', 'a', 'b')",
                    "CREATE VIEW we AS SELECT * FROM emp; SELECT * FROM we; DROP VIEW we", "ALTER TABLE emp ADD COLUMN more TEXT", "SELECT json('{\"a\":1}'), json_array(1), x'00', NULL", "END"]}


def test_what_is_taken(site, emp):
    """R-40, D-05: statements of every kind, each followed by another that gets its own answer; more results than one are left behind"""
    for statement in TAKEN[site.engine]:
        items = emp(f"{statement}; SELECT 'still' AS s")
        assert not [i for i in items if "errorDetails" in i], (statement, items)
        assert items[-1]["resultSet"]["items"] == [{"s": "still"}], (statement, items)
        assert emp.rows("SELECT 'again' AS s") == [("again",)], statement


def test_nothing_stays_in_a_session(site):
    """R-60, OR-14: settings, roles, temporary tables and locks of one request are gone in the next, whichever worker has it"""
    sql = Sql(site, "sqlann")
    told = {"sqlite": "CREATE TEMP TABLE left_behind(a)",
            "postgresql": "CREATE TEMP TABLE left_behind(a int); SET search_path = pg_catalog; SET statement_timeout = 1; SELECT pg_advisory_lock(5); SET ROLE sqlann",
            "mariadb": "CREATE TEMPORARY TABLE left_behind(a int); SET @left = 1; SET SESSION sql_mode = ''; SET autocommit = 1"}[site.engine]
    for _ in range(3):
        items = sql(told)
        assert not [i for i in items if "errorDetails" in i], items
        assert "left_behind" in sql.fails("SELECT * FROM left_behind")["errorDetails"]
    if site.engine == "postgresql":
        assert sql.rows("SELECT current_setting('search_path'), current_setting('role'), count(*) FROM pg_locks WHERE locktype = 'advisory'") == [('"$user", public', "none", 0)]
    if site.engine == "mariadb":
        assert sql.rows("SELECT @left") == [(None,)] and "STRICT_ALL_TABLES" in sql.rows("SELECT @@sql_mode")[0][0]


def test_definitions_that_commit(emp):
    """OR-50: where a definition commits, what comes behind it is a transaction again"""
    if emp.engine != "mariadb":
        pytest.skip("definitions belong to the transaction")
    emp.fails("UPDATE emp SET salary = 1; CREATE OR REPLACE TABLE dc(a int); UPDATE emp SET salary = 2; INSERT INTO dc VALUES (1); SELECT nosuch")
    assert emp.rows("SELECT DISTINCT salary FROM emp") == [(1,)] and emp.rows("SELECT count(*) FROM dc") == [(0,)]
    emp("DROP TABLE dc")


def test_definitions_are_undone(sql):
    """OR-50: where a definition belongs to the transaction it goes with it"""
    if sql.engine == "mariadb":
        pytest.skip("definitions commit")
    sql.fails("CREATE TABLE undone(a INTEGER); INSERT INTO undone VALUES (1); SELECT nosuch")
    assert "undone" in sql.fails("SELECT * FROM undone")["errorDetails"]


SLOW = {"sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", "postgresql": "SELECT pg_sleep(60)", "mariadb": "SELECT sleep(60)"}


def test_a_script_has_its_time(site, new_site):
    """OR-54, R-42: 504, the statement is stopped in the database, what was before it is rolled back, the worker goes on"""
    site = make_site(new_site, site.engine, **{"restEnabledSql.statementTimeout": "500ms"})
    hasty, pids = Sql(site, "sqlann"), site.worker_pids()
    hasty("DROP TABLE IF EXISTS tm; CREATE TABLE tm(a INTEGER)")
    begun = time.monotonic()
    r = hasty.post(f"INSERT INTO tm VALUES (1); {SLOW[site.engine]}; INSERT INTO tm VALUES (2)")
    assert r.status == 504 and time.monotonic() - begun < 5, r
    assert hasty.rows("SELECT count(*) FROM tm") == [(0,)]
    if site.server is not None:
        wait_for(lambda: not [row for row in site.rows("SELECT query FROM pg_stat_activity WHERE state = 'active'" if site.engine == "postgresql"
                                                       else "SELECT info FROM information_schema.processlist")[0] if "leep(60)" in row[0]])
    assert site.worker_pids() == pids
    hasty("DROP TABLE tm")


def test_a_connection_that_is_lost(emp):
    """R-04: what a COMMIT stored is told to be uncertain, never a failure that may be repeated; the next script has another connection"""
    if emp.engine != "postgresql":
        pytest.skip("its accounts may end their own sessions")
    suicide = "SELECT pg_terminate_backend(pg_backend_pid())"
    r = emp.post(f"UPDATE emp SET salary = 1; {suicide}")
    assert r.status == 503 and r.json["retry"] == "safe" and "outcome" not in r.json, r
    assert emp.rows("SELECT count(*) FROM emp WHERE salary = 1") == [(0,)]
    r = emp.post(f"UPDATE emp SET salary = 1; COMMIT; {suicide}")
    assert r.status == 503 and r.json["outcome"] == "unknown" and "retry" not in r.json, r
    assert emp.rows("SELECT count(*) FROM emp WHERE salary = 1") == [(4,)]


def test_writers_wait_for_each_other(emp):
    """R-03: a hundred increments from four sides are a hundred"""
    def work():
        one = Sql(emp.site, "sqlann")
        for _ in range(25):
            while "errorDetails" in one("UPDATE emp SET deptno = deptno + 1 WHERE id = 1")[0]:
                pass

    emp("UPDATE emp SET deptno = 0 WHERE id = 1")
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert emp.rows("SELECT deptno FROM emp WHERE id = 1") == [(100,)]


def test_answers_end_before_they_are_too_long(sql):
    """R-41: a result ends with hasMore at 64 MiB"""
    [item] = sql(sql.words["numbers"].format(1000).replace("SELECT i FROM", "SELECT i, {} AS t FROM").replace("seq AS i", "seq AS i, {} AS t").format(
        {"sqlite": "replace(hex(zeroblob(50000)), '0', 'x')"}.get(sql.engine, "repeat('x', 100000)")))
    s = item["resultSet"]
    assert s["hasMore"] and 600 < s["count"] < 700 and len(s["items"][-1]["t"]) == 100000


def test_a_row_that_is_too_long(site, sql):
    """R-40, R-41: 413, nothing of the script stays, and the worker goes on"""
    if site.engine == "mariadb":
        pytest.skip("sends no more than max_allowed_packet")
    pids = site.worker_pids()
    value = {"sqlite": "hex(zeroblob(50000000))", "postgresql": "repeat('x', 100000000)"}[site.engine]
    r = sql.post(f"CREATE TABLE long(a INTEGER); SELECT {value} AS a")
    assert r.status == 413, r
    assert "long" in sql.fails("SELECT * FROM long")["errorDetails"] and sql.rows("SELECT 1") == [(1,)]
    assert site.worker_pids() == pids


def test_limits_of_scripts(sql):
    """R-44: statements in a script, markers in a statement, binds: 413 or 400 naming the limit"""
    assert "10000 statements" in sql.post(";".join(["SELECT 1"] * 10001)).json["message"]
    assert "1000 markers" in sql.post("SELECT " + ",".join("?" * 1001)).json["message"]
    r = sql.post({"statementText": "SELECT 1", "binds": [{"index": 1, "value": 1}] * 1001})
    assert r.status == 413 and "1000" in r.json["message"]


def test_it_is_described(site, sql):
    """OR-47: the OpenAPI document of the schema has the operation with both bodies"""
    r = site.client("sqlann", "secret").get("/ords/sqlann/open-api-catalog/")
    assert r.status == 200
    post = r.json["paths"]["/_/sql"]["post"]
    assert set(post["requestBody"]["content"]) == {"application/json", "application/sql"}
    for name in (post["requestBody"]["content"]["application/json"]["schema"]["$ref"], post["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]):
        assert name.rpartition("/")[2] in r.json["components"]["schemas"]
