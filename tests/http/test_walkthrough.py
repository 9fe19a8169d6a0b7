"""Data Pump as users of ORDS know it: a developer moves tables from one pool to another with two requests."""
import sqlite3
import time

import pytest

import servers
from lib import ENGINES

PAIRS = dict.fromkeys(pair for e in ENGINES for pair in ((e, e), (e, "sqlite"), ("sqlite", e)) if pair != ("mariadb", "mariadb"))
N = 250

TABLES = [
    "CREATE TABLE {s}dept(deptno INTEGER NOT NULL PRIMARY KEY, dname VARCHAR(14))",
    "CREATE TABLE {s}emp(empno INTEGER NOT NULL PRIMARY KEY, ename VARCHAR(40) NOT NULL, sal DECIMAL(7,2), hired DATE,"
    " deptno INTEGER, CONSTRAINT emp_dept FOREIGN KEY (deptno) REFERENCES {s}dept(deptno))",
    "CREATE TABLE {s}job_history(n INTEGER NOT NULL PRIMARY KEY)",
    "INSERT INTO {s}dept VALUES (10, 'ACCOUNTING'), (20, NULL), (30, '')",
    "INSERT INTO {s}emp VALUES " + ", ".join(
        f"({i}, 'Name {i} \u00e9\U0001F600', {i}.5{i % 10}, '2020-01-{i % 28 + 1:02}', {i % 3 * 10 + 10})" for i in range(N)),
    "INSERT INTO {s}job_history VALUES (1)",
]


class Pool:
    """one pool of a site, and the account of its schema"""

    def __init__(self, site, name, engine, schema):
        self.site, self.name, self.engine, self.schema = site, name, engine, schema

    def at(self, path):
        c = self.site.client(self.schema, "secret")
        c.base = "/ords" + ("" if self.name == "default" else f"/{self.name}") + f"/{self.schema}{path}"
        return c

    def api(self):
        return self.at("/_/db-api/stable")

    def run(self, *statements):
        if self.engine == "sqlite":
            db = sqlite3.connect(self.file)
            for s in statements:
                db.execute(s.format(s=""))
            db.commit()
            db.close()
        elif self.engine == "postgresql":
            servers.running("postgresql").psql(self.database, *(s.format(s=self.schema + ".") for s in statements))
        else:
            servers.running("mariadb").mariadb(";".join(s.format(s=self.schema + ".") for s in statements))

    def rows(self, query):
        """as texts, by the engine's own tools"""
        query = query.format(s="" if self.engine == "sqlite" else self.schema + ".")
        if self.engine == "sqlite":
            db = sqlite3.connect(self.file)
            found = [tuple(str(v) for v in row) for row in db.execute(query)]
            db.close()
            return found
        return [tuple(row) for row in servers.running(self.engine).rows(self.database, query)[0]]

    def prepare(self):
        server = servers.running(self.engine) if self.engine != "sqlite" else None
        if self.engine == "postgresql":
            server.psql(self.database, f"CREATE SCHEMA {self.schema} AUTHORIZATION {servers.USER}", "ALTER DEFAULT PRIVILEGES "
                        f"IN SCHEMA {self.schema} GRANT ALL ON TABLES TO {servers.USER}")
        elif self.engine == "mariadb":
            server.mariadb(f"CREATE DATABASE {self.schema} CHARACTER SET utf8mb4; GRANT ALL ON {self.schema}.* TO '{servers.USER}'@'%'")


def second_pool(site, engine):
    cords = ("--db-pool", "target")
    if engine == "sqlite":
        site.cords("install", *cords, "--db-file", str(site.folder / "target.db"))
        return None
    server = servers.running(engine)
    database = server.fresh_name()
    server.create(database)
    for key, value in {"engine": engine, "hostname": "127.0.0.1", "port": str(server.port), "servicename": database}.items():
        site.cords("config", *cords, "set", f"db.{key}", value)
    site.cords("install", *cords, "--admin-user", servers.ADMIN, "--db-user", servers.USER, "--password-stdin",
               stdin=f"{servers.PASSWORD}\n{servers.PASSWORD}\n")
    return database


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def pools(request, new_site):
    """Two pools of one site, the same schema in both: full, and empty.  Two pools of one server of MariaDB would share its
    databases, so there is no such pair."""
    source, target = request.param
    schema = f"walk_{source}_{target}"
    site = new_site(start=False, engine=source, schemas=(schema,), settings={"database.api.enabled": "true"})
    database = second_pool(site, target)
    site.cords("schema", "--db-pool", "target", "enable", schema, "--password-stdin", stdin="secret\n")
    site.start()
    a, b = Pool(site, "default", source, schema), Pool(site, "target", target, schema)
    a.file, b.file = site.db, site.folder / "target.db"
    a.database, b.database = getattr(site, "database", None), database
    a.prepare()
    b.prepare()
    a.run(*TABLES)
    return a, b


def over(client, url):
    """poll until the job is over"""
    end = time.monotonic() + 60
    while (job := client.get(url, base="").json)["state"] != "NOT RUNNING":
        assert time.monotonic() < end, job
        time.sleep(0.05)
    return job


def path_of(href):
    return "/" + href.split("/", 3)[3]


def log_of(client, job):
    r = client.get(path_of(next(link["href"] for link in job["links"] if link["href"].endswith(".LOG"))), base="")
    assert r.status == 200 and r.headers["Content-Type"].startswith("text/plain"), r
    return r.body.decode()


def test_export_and_import(pools):
    """DP-72, DP-76, DP-77, DP-80, DP-81, DP-82, DP-83, OR-46: all tables but one, from one pool to another, with two requests"""
    source, target = pools
    c = source.api()
    r = c.post("/database/datapump/export", {"job_mode": "TABLE", "name_expressions": [{"expression": "!='JOB_HISTORY'"}]})
    assert r.status == 201, r
    job = over(c, path_of(r.headers["Location"]))
    log = log_of(c, job)
    assert (job["job_state"], job["error_count"], job["degree"], job["datapump_sessions"]) == ("COMPLETED", 0, 0, 0), log
    owner = source.schema.upper()
    assert f'Starting "{owner}"."{job["job_name"]}":' in log
    lines = log.splitlines()
    assert "successfully completed at" in lines[-1]
    assert sum(line.startswith(". . exported") for line in lines) == 2
    assert any(line.startswith(". . exported") and "emp" in line.lower() and line.endswith(f"{N} rows") for line in lines), log
    assert "secret" not in log and str(source.site.folder) not in log

    dumps = [link["href"] for link in job["links"] if link["href"].endswith(".DMP")]
    assert len(dumps) == 1
    whole = c.get(path_of(dumps[0]), base="")
    assert whole.status == 200 and whole.headers["Content-Type"] == "application/vnd.tcpdump.pcap"
    assert "attachment" in whole.headers["Content-Disposition"] and whole.headers["X-Content-Type-Options"] == "nosniff"
    part = c.get(path_of(dumps[0]), base="", headers={"Range": "bytes=0-9"})
    assert part.status == 206 and part.body == whole.body[:10]
    assert part.headers["Content-Range"] == f"bytes 0-9/{len(whole.body)}"
    assert c.get(path_of(dumps[0]), base="", headers={"Range": f"bytes={len(whole.body)}-"}).status == 416

    t = target.api()
    assert t.get("/database/objects/tables/").json["items"] == []
    name = dumps[0].rpartition("/")[2]
    assert name in [f["file_name"] for f in t.get("/database/datapump/files/").json["items"]]
    r = t.post("/database/datapump/import", {"file_name": name})
    assert r.status == 201, r
    job = over(t, path_of(r.headers["Location"]))
    log = log_of(t, job)
    assert (job["job_state"], job["error_count"]) == ("COMPLETED", 0), log
    assert [i["table_name"].lower() for i in t.get("/database/objects/tables/").json["items"]] == ["dept", "emp"]
    for table, order in (("dept", "deptno"), ("emp", "empno")):
        columns = "deptno, coalesce(dname, 'none')" if table == "dept" else "empno, ename, deptno"
        query = f"SELECT {columns} FROM {{s}}{table} ORDER BY {order}"
        assert target.rows(query) == source.rows(query) != []
    assert target.rows("SELECT sum(sal * 100) FROM {s}emp")[0][0].rstrip("0").rstrip(".") == \
        source.rows("SELECT sum(sal * 100) FROM {s}emp")[0][0].rstrip("0").rstrip(".")


def test_collections_move(pools):
    """keys, versions, times, content byte for byte, and indexes of a collection come back as they were"""
    source, target = pools
    a, b = source.at("/soda/latest"), target.at("/soda/latest")
    assert a.put("/orders").status == 201
    texts = [b'{"n":%d, "price":%d.50,"t":"\\u00e9 \xf0\x9f\x98\x80"}' % (i, i) for i in range(40)]
    for text in texts:
        assert a.post("/orders", text).status == 201
    assert a.post("/orders?action=index", {"name": "by_n", "unique": True, "fields": [{"path": "n", "datatype": "number"}]}).status == 200
    c, t = source.api(), target.api()
    r = c.post("/database/datapump/export", {"name_expressions": [{"expression": "= 'orders'"}]})
    job = over(c, path_of(r.headers["Location"]))
    assert (job["job_state"], job["error_count"]) == ("COMPLETED", 0), log_of(c, job)
    name = next(link["href"] for link in job["links"] if link["href"].endswith(".DMP")).rpartition("/")[2]
    r = t.post("/database/datapump/import", {"file_name": name})
    job = over(t, path_of(r.headers["Location"]))
    assert (job["job_state"], job["error_count"]) == ("COMPLETED", 0), log_of(t, job)

    def listed(client):
        return [{k: i[k] for k in ("id", "etag", "lastModified", "created")} for i in client.get("/orders?limit=1000").json["items"]]
    assert listed(a) == listed(b) and len(listed(b)) == 40
    for item in listed(b):
        assert b.get(f"/orders/{item['id']}").body == a.get(f"/orders/{item['id']}").body
    assert b.post("/orders", {"n": 7}).status == 409
    assert [i["value"]["n"] for i in b.post("/orders?action=query", {"n": {"$gt": 37}, }).json["items"]] != []
