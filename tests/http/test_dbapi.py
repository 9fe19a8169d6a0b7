"""The Database API: what lies below _/db-api/, who may ask, and in which form it fails."""
import json
import sqlite3

import pytest

import servers
from lib import ENGINES, Client, same

API = "_/db-api/stable"


@pytest.fixture(scope="module", params=ENGINES)
def api(request, new_site):
    """A site with the Database API; hr and crm are SQL Developers, boss is SQL Administrator, root and guest are mid-tier users."""
    s = new_site(start=False, engine=request.param, workers=1, schemas=("hr", "boss", "crm"),
                 settings={"database.api.enabled": "true", "security.credentials.attempts": "-1"})
    s.cords("schema", "enable", "boss", "--admin", "true")
    s.cords("config", "user", "add", "root", "SQL Administrator", "--password-stdin", stdin="secret\n")
    s.cords("config", "user", "add", "guest", "SODA Developer", "--password-stdin", stdin="secret\n")
    s.start()

    def at(user, schema=None):
        base = f"/ords/{schema + '/' if schema else ''}{API}"
        return Client("127.0.0.1", s.port, user, "secret", base)
    s.at = at
    return s


def is_problem(r, status, code):
    """the form of ORDS, and no word of SODA"""
    body = r.json
    assert r.status == status and body["code"] == code, r
    assert r.headers["Content-Type"] == "application/problem+json"
    assert {"code", "title", "message", "type", "instance"} <= set(body)
    assert body["type"] == f"tag:oracle.com,2020:error/{code}"
    assert body["instance"].startswith("tag:oracle.com,2020:ecid/")
    assert not any(name.startswith("o:") for name in body)
    return True


def test_version(api):
    for path in ("/ords/hr/_/db-api/stable", "/ords/hr/_/db-api/latest"):
        r = api.client("hr", "secret").get(path + "/database/version")
        assert r.status == 200
        body = r.json
        assert body["product"].lower() == {"sqlite": "sqlite"}.get(api.engine, api.engine)
        assert body["version_full"].startswith(body["version"]) and body["version"][0].isdigit()
        assert body["links"][0] == {"rel": "self", "href": f"http://127.0.0.1:{api.port}{path}/database/version"}
    assert api.client("hr", "secret").get("/ords/hr/_/db-api/v2/database/version").status == 404
    assert api.at("hr", "hr").post("/database/version", {}).headers["Allow"] == "GET, HEAD"


def test_who_may_ask(api):
    """DP-02, DP-03 of the door itself: nobody is 401, who has another role is 403, another's schema does not exist"""
    assert is_problem(api.at("hr", "hr").get("/database/version", auth=False), 401, "Unauthorized")
    assert "Basic" in api.at("hr", "hr").get("/database/version", auth=False).headers["WWW-Authenticate"]
    assert is_problem(api.at("guest", "hr").get("/database/version"), 403, "Forbidden")
    assert is_problem(api.at("guest").get("/database/version"), 403, "Forbidden")
    assert is_problem(api.at("hr", "boss").get("/database/version"), 404, "NotFound")
    assert is_problem(api.at("hr", "nowhere").get("/database/version"), 404, "NotFound")
    for user, schema in (("hr", "hr"), ("boss", "hr"), ("boss", "boss"), ("root", "hr"), ("root", None), ("boss", None)):
        assert api.at(user, schema).get("/database/version").status == 200, (user, schema)
    assert is_problem(api.at("root").post("/database/version", {}), 405, "MethodNotAllowed")
    assert is_problem(api.at("root").get("/database/nosuch"), 404, "NotFound")


def test_off_by_default(new_site):
    """DP-01: as long as database.api.enabled is not set, everything answers 404, whoever asks"""
    s = new_site(workers=1, schemas=("hr",))
    for path in ("", "/", "/database/version", "/database/objects/tables/", "/database/datapump/jobs/", "/database/datapump/export",
                 "/metadata-catalog/openapi.json", "/nosuch"):
        for base in (f"/ords/hr/{API}", f"/ords/{API}", "/ords/hr/_/db-api/latest", f"/ords/nowhere/{API}"):
            for method in ("GET", "POST", "DELETE"):
                for auth in (True, False):
                    assert is_problem(s.client("hr", "secret").request(method, base + path, auth=auth), 404, "NotFound")


# ---- listings ----

EMP = """CREATE TABLE {s}emp(empno INTEGER NOT NULL PRIMARY KEY, ename VARCHAR(20) NOT NULL, sal DECIMAL(7,2),
         deptno INTEGER DEFAULT 10, CONSTRAINT emp_dept FOREIGN KEY (deptno) REFERENCES {s}dept(deptno) ON DELETE CASCADE)"""
TABLES = ["CREATE TABLE {s}dept(deptno INTEGER NOT NULL PRIMARY KEY, dname VARCHAR(14))", EMP,
          "CREATE UNIQUE INDEX emp_name ON {s}emp(ename, sal)", "CREATE VIEW {s}rich AS SELECT * FROM {s}emp WHERE sal > 1000"]


def run(site, schema, *statements):
    """as whoever owns the database of a site"""
    if site.engine == "sqlite":
        db = sqlite3.connect(site.db)
        for s in statements:
            db.execute(s.format(s=""))
        db.commit()
        db.close()
    elif site.engine == "postgresql":
        site.server.psql(site.database, *(s.format(s=schema + ".") for s in statements))
    else:
        site.server.mariadb(";".join(s.format(s=schema + ".") for s in statements))


@pytest.fixture(scope="module")
def filled(api):
    """Schemas hr, boss and crm with the same two tables; on SQLite the file belongs to hr, who was enabled first."""
    for schema in ("hr", "boss", "crm") if api.engine != "sqlite" else ("hr",):
        if api.engine == "postgresql":
            run(api, schema, f"CREATE SCHEMA {schema}", f"GRANT ALL ON SCHEMA {schema} TO {servers.USER}")
        elif api.engine == "mariadb":
            run(api, schema, f"CREATE DATABASE {schema}", f"GRANT ALL ON {schema}.* TO '{servers.USER}'@'%'")
        run(api, schema, *TABLES)
    assert api.soda("hr").put("/documents").status == 201
    yield api
    if api.engine == "mariadb":             # databases are shared by all sites of the server
        run(api, "hr", "DROP DATABASE hr", "DROP DATABASE boss", "DROP DATABASE crm")


def items(client, what, **params):
    r = client.get(f"/database/objects/{what}", params=params)
    assert r.status == 200, r
    return r.json["items"]


def q(**members):
    return json.dumps(members)


def test_tables(filled):
    """OR-46: members of an item, the repository in no list, the same item alone"""
    hr = filled.at("hr", "hr")
    listed = items(hr, "tables/")
    assert [(t["owner"], t["table_name"]) for t in listed] == [("HR", "dept"), ("HR", "emp")]
    for t in listed:
        assert set(t) == {"owner", "table_name", "tablespace_name", "num_rows", "temporary", "comments", "links"}
        assert t["temporary"] == "N" and t["comments"] is None and (t["num_rows"] is None or t["num_rows"] >= 0)
        assert t["tablespace_name"] == ("pg_default" if filled.engine == "postgresql" else "DEFAULT")
        href = t["links"][0]["href"]
        assert href == f"http://127.0.0.1:{filled.port}/ords/hr/{API}/database/objects/tables/HR,{t['table_name']}"
        alone = hr.get(href.partition("stable")[2])
        assert alone.status == 200 and alone.json["table_name"] == t["table_name"] and alone.json["links"] == t["links"]
    assert hr.get("/database/objects/tables/hr%2Cemp").json["table_name"] == "emp"
    for key in ("HR,EMP", "HR,nosuch", "HR", "emp", "HR,emp,x", ",", "BOSS,emp", "ORDS_METADATA,ords_schemas", "HR,ords_schemas"):
        assert is_problem(hr.get(f"/database/objects/tables/{key}"), 404, "NotFound"), key
    everything = items(hr, "", limit=1000)
    assert not [o for o in everything if o["object_name"].lower().startswith(("ords_", "soda_", "sqlite_", "pg_"))]
    kinds = {(o["object_name"], o["object_type"]) for o in everything}
    assert {("emp", "TABLE"), ("rich", "VIEW"), ("emp_name", "INDEX")} <= kinds


def test_columns_indexes_keys(filled):
    """the same words on every engine"""
    hr = filled.at("hr", "hr")
    columns = items(hr, "columns/", q=q(table_name="emp", **{"$orderby": {"column_id": 1}}))
    assert [c["column_name"] for c in columns] == ["empno", "ename", "sal", "deptno"]
    assert [c["column_id"] for c in columns] == [1, 2, 3, 4]
    assert [c["nullable"] for c in columns] == ["N", "N", "Y", "Y"]
    ename, sal, deptno = columns[1:]
    assert ename["data_length"] == 20 and (sal["data_precision"], sal["data_scale"]) == (7, 2)
    assert "char" in ename["data_type"].lower() and deptno["data_default"] == "10" and ename["data_default"] is None
    (index,) = items(hr, "indexes/", q=q(index_name="emp_name"))
    assert index == {"owner": "HR", "table_name": "emp", "index_name": "emp_name", "uniqueness": "UNIQUE", "columns": "ename,sal"}
    (key,) = items(hr, "foreign_keys/", q=q(table_name="emp"))
    name = "emp_FK1" if filled.engine == "sqlite" else "emp_dept"
    assert key == {"owner": "HR", "table_name": "emp", "constraint_name": name, "columns": "deptno", "referenced_owner": "HR",
                   "referenced_table_name": "dept", "referenced_columns": "deptno", "delete_rule": "CASCADE"}


def test_slash(filled):
    """OR-06: a listing is sent to its final slash, the query stays; a single item and the version are not listings"""
    hr = filled.at("hr", "hr")
    for what in ("tables", "columns", "indexes", "foreign_keys"):
        for method in ("GET", "HEAD"):
            r = hr.request(method, f"/database/objects/{what}?limit=1&q=%7B%7D")
            assert r.status == 301
            assert r.headers["Location"] == f"http://127.0.0.1:{filled.port}/ords/hr/{API}/database/objects/{what}/?limit=1&q=%7B%7D"
    assert hr.get("/database/objects").headers["Location"].endswith("/database/objects/")
    assert hr.get("/database/objects", auth=False).status == 401
    assert hr.get("/database/version").status == hr.get("/database/version/").status == 200
    assert hr.post("/database/objects/tables", {}).status == 405


def test_pages(filled):
    """OR-37, OR-38: limits, and links that walk everything once, both ways"""
    hr = filled.at("hr", "hr")
    page = hr.get("/database/objects/columns/").json
    assert (page["limit"], page["offset"], page["count"], page["hasMore"]) == (25, 0, len(page["items"]), False)
    whole = [(c["table_name"], c["column_name"]) for c in page["items"]]
    assert [link["rel"] for link in page["links"]] == ["self", "describedby", "first"]
    for bad in ("limit=0", "limit=-1", "limit=x", "offset=-1"):
        assert is_problem(hr.get(f"/database/objects/columns/?{bad}"), 400, "BadRequest")
    assert hr.get("/database/objects/columns/?limit=999999999").json["limit"] == 10000
    root = f"http://127.0.0.1:{filled.port}{hr.base}"
    seen, back = [], []
    href = "/database/objects/columns/?limit=2"
    while href:
        page = hr.get(href).json
        links = {link["rel"]: link["href"] for link in page["links"]}
        assert all(link.startswith(root) for link in links.values())
        seen += [(c["table_name"], c["column_name"]) for c in page["items"]]
        assert page["hasMore"] == ("next" in links) and page["count"] == len(page["items"]) <= 2
        href = links.get("next", "").removeprefix(root)
    assert seen == whole and len(set(seen)) == len(seen)
    while "prev" in links:
        page = hr.get(links["prev"].removeprefix(root)).json
        links = {link["rel"]: link["href"] for link in page["links"]}
        back.append([(c["table_name"], c["column_name"]) for c in page["items"]])
    assert back[-1] == whole[:2] and hr.get(links["first"].removeprefix(root)).json["items"] == page["items"]
    # what was asked for stays in the links
    page = hr.get("/database/objects/columns/", params={"limit": 1, "q": q(table_name="emp")}).json
    (follow,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    (second,) = hr.get(follow.removeprefix(root)).json["items"]
    assert second["table_name"] == "emp" and second != page["items"][0]


def test_every_page_is_bounded(new_site):
    """OR-37: misc.pagination.maxRows, also of what nobody limited"""
    s = new_site(engine="sqlite", workers=1, schemas=("hr",),
                 settings={"database.api.enabled": "true", "misc.pagination.maxRows": "2"})
    run(s, "hr", *TABLES)
    for limit in ("", "?limit=3", "?limit=2"):
        page = s.client("hr", "secret").get(f"/ords/hr/{API}/database/objects/columns/{limit}").json
        assert (page["limit"], page["count"], page["hasMore"]) == (2, 2, True)


def test_who_sees_what(filled):
    """OR-46, R-60: a SQL Developer sees the own schema; a SQL Administrator every schema, from each door"""
    own = {"HR"} if filled.engine == "sqlite" else {"HR", "BOSS", "CRM"}
    for user, schema in (("boss", "boss"), ("boss", "hr"), ("root", "hr"), ("root", None), ("boss", None)):
        for what in ("tables/", "columns/", "indexes/", "foreign_keys/", ""):
            seen = {t["owner"] for t in items(filled.at(user, schema), what, limit=1000)}
            assert own <= seen and "ORDS_METADATA" not in seen, (user, schema, what)
    for client in (filled.at("hr", "hr"), filled.at("hr")):
        for what in ("tables/", "columns/", "indexes/", "foreign_keys/", ""):
            assert {t["owner"] for t in items(client, what, limit=1000)} == {"HR"}
            assert items(client, what, q=q(owner="BOSS")) == []
            assert items(client, what, q=json.dumps({"$or": [{"owner": "BOSS"}, {"owner": {"$ne": "HR"}}]})) == []


LISTINGS = ("tables/", "columns/", "indexes/", "foreign_keys/", "")
ID = {"Request-Id": "the-same"}


def test_tenants_are_apart(filled):
    """R-60: tables of the same names; each sees the own ones, and another's are as if they did not exist"""
    for me, other in (("hr", "crm"), ("crm", "hr")):
        mine = filled.at(me, me)
        for what in LISTINGS:
            owners = {o["owner"] for o in items(mine, what, limit=1000)}
            assert owners == (set() if (me, filled.engine) == ("crm", "sqlite") else {me.upper()}), (me, what)
            assert items(mine, what, q=q(owner={"$instr": other.upper()})) == []
            for method, path in (("GET", f"/database/objects/{what}"), ("HEAD", f"/database/objects/{what}"), ("POST", "/database/version"),
                                 ("GET", f"/database/objects/{what.rstrip('/')}"), ("GET", f"/database/objects/{what}?q=%7B"),
                                 ("GET", "/metadata-catalog/openapi.json"), ("GET", "/nosuch")):
                crossed = mine.request(method, path, base=f"/ords/{other}/{API}", headers=ID)
                nowhere = mine.request(method, path, base=f"/ords/nowhere/{API}", headers=ID)
                assert crossed.status == 404 and same(crossed, nowhere), (me, method, path)
        assert same(mine.get(f"/database/objects/tables/{other.upper()},emp", headers=ID),
                    mine.get("/database/objects/tables/NOWHERE,emp", headers=ID))
        assert same(mine.get(f"/database/objects/tables/{other.upper()},emp", headers=ID),
                    mine.get(f"/database/objects/tables/{me.upper()},nosuch", headers=ID))
        wrong = Client("127.0.0.1", filled.port, me, "of-nobody", mine.base)
        assert wrong.get("/database/objects/tables/").status == 401


def test_before_and_after(filled):
    """OR-45: the listing that shows an empty schema, and then what came"""
    admin = filled.at("boss", "boss")
    name = "HR" if filled.engine == "sqlite" else "BOSS"
    assert items(admin, "tables/", q='{"owner":{"$eq":"DBTST"}}') == []
    there = {t["table_name"] for t in items(admin, "tables/", q=q(owner={"$eq": name}))}
    run(filled, name.lower(), "CREATE TABLE {s}late(i INTEGER)")
    assert {t["table_name"] for t in items(admin, "tables/", q=q(owner={"$eq": name}))} == there | {"late"}
    run(filled, name.lower(), "DROP TABLE {s}late")
    assert {t["table_name"] for t in items(admin, "tables/", q=q(owner={"$eq": name}))} == there


# ---- filters ----

# on the columns of emp and dept, which are the same everywhere; what is found is told as table.column
FILTERS = [
    ({"column_name": "sal"}, "emp.sal"),
    ({"COLUMN_NAME": {"$eq": "sal"}}, "emp.sal"),
    ({"column_name": {"$eq": "SAL"}}, ""),
    ({"table_name": {"$ne": "emp"}}, "dept.deptno dept.dname"),
    ({"column_id": {"$lt": 2}}, "dept.deptno emp.empno"),
    ({"column_id": {"$lte": 2}, "table_name": "emp"}, "emp.empno emp.ename"),
    ({"column_id": {"$gt": 3}}, "emp.deptno"),
    ({"column_id": {"$gte": 3.5}}, "emp.deptno"),
    ({"column_id": {"$gte": 3}}, "emp.deptno emp.sal"),
    ({"column_id": 4.0}, "emp.deptno"),
    ({"column_id": {"$between": [3, 4]}}, "emp.deptno emp.sal"),
    ({"column_id": {"$between": [None, 1]}}, "dept.deptno emp.empno"),
    ({"column_id": {"$between": [4, None]}}, "emp.deptno"),
    ({"column_name": {"$instr": "nam"}}, "dept.dname emp.ename"),
    ({"column_name": {"$instr": "NAM"}}, ""),
    ({"column_name": {"$ninstr": "n"}}, "emp.sal"),
    ({"column_name": {"$like": "_name"}}, "dept.dname emp.ename"),
    ({"column_name": {"$like": "%NO"}}, ""),
    ({"column_name": {"$like": "%no", "$ninstr": "dept"}}, "emp.empno"),
    ({"column_name": {"$like": "\\%no"}}, ""),
    ({"data_scale": {"$eq": 2}}, "emp.sal"),
    ({"data_default": {"$notnull": None}}, "emp.deptno"),
    ({"data_default": {"$null": None}, "column_name": {"$instr": "dept"}}, "dept.deptno"),
    ({"data_length": {"$gt": 14}}, "emp.ename"),
    ({"column_id": {"$or": [{"$lt": 2}, {"$gt": 3}]}, "table_name": "emp"}, "emp.deptno emp.empno"),
    ({"column_id": [{"$gt": 2}, {"$lt": 4}]}, "emp.sal"),
    ({"column_id": {"$and": [{"$gt": 1}, {"$lt": 3}]}}, "dept.dname emp.ename"),
    # OR-41: a column inside the array is meant instead of the outer one
    ({"column_id": {"$or": [{"$gt": 3}, {"column_name": {"$eq": "dname"}}]}}, "dept.dname emp.deptno"),
    ({"$or": [{"table_name": "dept", "column_id": 1}, {"$and": [{"column_name": "sal"}, {"table_name": "emp"}]}]}, "dept.deptno emp.sal"),
    # OR-44: data only
    ({"column_name": "' OR '1'='1"}, ""),
    ({"column_name": {"$like": "'%"}}, ""),
    ({"column_name": {"$instr": "%"}}, ""),
    ({"column_name": {"$ninstr": "\U0001f600"}, "table_name": "dept"}, "dept.deptno dept.dname"),
    ({"column_name": {"$like": "\U0001f600%"}}, ""),
    ({"column_name": "a;b{c}--?"}, ""),
]


@pytest.mark.parametrize("filter, found", FILTERS, ids=[json.dumps(f) for f, _ in FILTERS])
def test_operators(filled, filter, found):
    """OR-39, OR-41, OR-42, OR-44: the same rows on every engine"""
    both = {"$and": [filter, {"$or": [{"table_name": "emp"}, {"table_name": "dept"}]}]}
    columns = items(filled.at("hr", "hr"), "columns/", q=json.dumps(both))
    assert " ".join(sorted(f"{c['table_name']}.{c['column_name']}" for c in columns)) == found


def test_order(filled):
    """OR-43: several columns, numbers and words, absent values last upwards and first downwards"""
    hr = filled.at("hr", "hr")

    def order(**by):
        both = {"table_name": {"$ne": "rich"}, "$orderby": by}
        return [f"{c['table_name'][0]}.{c['column_name']}" for c in items(hr, "columns/", q=json.dumps(both))]

    by_name = ["d.deptno", "d.dname", "e.deptno", "e.empno", "e.ename", "e.sal"]
    assert order() == by_name
    assert order(table_name="desc", column_name="ASC") == by_name[2:] + by_name[:2]
    assert order(table_name=-1, column_name="-1") == by_name[:1:-1] + by_name[1::-1]
    assert order(column_id=1, table_name="DESC") == ["e.empno", "d.deptno", "e.ename", "d.dname", "e.sal", "e.deptno"]
    assert order(data_scale="ASC")[0] == "e.sal" or filled.engine == "mariadb"      # where integers have a scale
    assert order(data_length=1)[:2] == ["d.dname", "e.ename"] and order(data_length=-1)[-2:] == ["e.ename", "d.dname"]


def test_bad_filters(filled):
    """OR-40, OR-42: 400, and the message tells where"""
    hr = filled.at("hr", "hr")
    for text, where in (('{"$and":[{"$lt":5}]}', "q.$and[0].$lt"), ('{"nosuch":1}', "q.nosuch"), ("{", "q: "), ("", "q: "),
                        ('{"column_id":{"$or":[{"$lt":1},{"$lt":"x"}]}}', "q.column_id.$or[1].$lt"), ("[1]", "q: "),
                        ('{"column_id":{"$between":[1]}}', "q.column_id.$between"), ('{"$asof":1}', "q.$asof: not supported"),
                        ('{"owner":{"$null":1}}', "q.owner.$null"), ('{"num_rows":1}', "q.num_rows")):
        r = hr.get("/database/objects/columns/", params={"q": text})
        assert is_problem(r, 400, "BadRequest") and r.json["message"].startswith(where), (text, r)
        assert r.json["title"] == "Bad Request"
    for text in ('{"' + "x" * 3000 + '":1}', '{"$and":[' * 40 + "{}" + "]}" * 40):
        assert is_problem(hr.get("/database/objects/tables/", params={"q": text}), 400, "BadRequest")
