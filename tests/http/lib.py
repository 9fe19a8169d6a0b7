"""A site under test, and a client that talks to it with nothing but http.client."""
import base64
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import urllib.parse

import servers
from ports import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CORDS_BIN", ROOT / "build" / "cords")).resolve()

# the first one is that of sites that say nothing else
ENGINES = os.environ.get("CORDS_ENGINES", "sqlite").split(",")

# metadata of collections that differ from the default in one respect
TIMES = {"versionColumn": {"name": "VERSION", "method": "SHA256"},
         "lastModifiedColumn": {"name": "LAST_MODIFIED"}, "creationTimeColumn": {"name": "CREATED_ON"}}
CLIENT_KEYS = {"keyColumn": {"assignmentMethod": "CLIENT"}, **TIMES}
JSON_CONTENT = {"contentColumn": {"sqlType": "JSON"}, **CLIENT_KEYS}
READ_ONLY = {"readOnly": True, **TIMES}
ANY_MEDIA = {"mediaTypeColumn": {"name": "MEDIA"}, **TIMES}
EMBEDDED_KEYS = {"keyColumn": {"assignmentMethod": "EMBEDDED_OID"}, **TIMES}
UUID_RAW = {"keyColumn": {"sqlType": "RAW", "assignmentMethod": "UUID"}, **TIMES}

_names = itertools.count(1)


def children(pid):
    """(pid, name of the program) of every child; readable also where the child's own files are not"""
    found = []
    for p in pathlib.Path("/proc").iterdir():
        if p.name.isdigit():
            try:
                head, _, rest = (p / "stat").read_text().rpartition(")")
            except OSError:
                continue
            if int(rest.split()[1]) == pid:
                found.append((int(p.name), head.partition("(")[2]))
    return found


def open_descriptors(pid, paths):
    folder = f"/proc/{pid}/fd"
    found = 0
    for fd in os.listdir(folder):
        try:
            found += os.readlink(f"{folder}/{fd}") in paths
        except FileNotFoundError:
            pass
    return found


def quote(text):
    """One path segment."""
    return urllib.parse.quote(text, safe="")


def runner_of(site):
    """pids of processes that run jobs of this site"""
    found = []
    for p in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (p / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"run" in words and str(site.config).encode() in words:
            found.append(int(p.name))
    return found


def wait_for(condition, seconds=10, pause=0.02):
    """poll until the condition gives something true, and return that"""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(pause)
    return found


def same(a, b):
    """two answers that cannot be told apart"""
    heads = [sorted((k, v) for k, v in r.headers.items() if k != "Date") for r in (a, b)]
    return a.status == b.status and a.body == b.body and heads[0] == heads[1]


def every_operation(name):
    """(method, path, body) of each operation of SODA on a collection"""
    for path in ("", "/metadata-catalog", f"/metadata-catalog/{name}", "/custom-actions", f"/{name}", f"/{name}/k"):
        yield "GET", path, None
        yield "HEAD", path, None
    yield "GET", f"/{name}?q=%7B%7D", None
    yield "PUT", f"/{name}", None
    yield "PUT", f"/{name}", {"readOnly": True}
    yield "POST", f"/{name}", {"a": 1}
    yield "PUT", f"/{name}/k", {"a": 1}
    yield "PATCH", f"/{name}/k", {"a": 1}
    for action, body in (("query", {}), ("insert", [{"a": 1}]), ("update", {"$query": {}, "$merge": {"b": 1}}),
                         ("delete", {}), ("truncate", None), ("index", {"name": "ix", "fields": [{"path": "a"}]}),
                         ("unindex", {"name": "ix"})):
        yield "POST", f"/{name}?action={action}", body
        yield "POST", f"/custom-actions/{action}/{name}", body
    yield "DELETE", f"/{name}/k", None
    yield "DELETE", f"/{name}", None
    # what is no operation: 404, 405 and 400 are told to those who may ask only
    yield "PATCH", f"/{name}", {"a": 1}
    yield "GET", f"/{name}/k/x", None
    yield "GET", f"/{name}?limit=x", None
    yield "POST", f"/{name}?action=nosuch", None


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        tag = self.headers.get("ETag")
        return None if tag is None else tag.strip('"')

    @property
    def code(self):
        return self.json.get("o:errorCode")

    @property
    def inner(self):
        """the inner number of an error: 5018"""
        return int(self.json["o:errorDetails"][0]["o:errorCode"].removeprefix("JSON-"))

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:600]!r}>"


class Client:
    """A connection that is kept; not for use by several threads."""

    def __init__(self, host, port, user=None, password=None, base=""):
        self.host, self.port, self.base = host, port, base
        self.user, self.password = user, password
        self.conn = None

    def request(self, method, path, body=None, headers=None, params=None, auth=True, base=None, timeout=60):
        if params:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(params)
        h = {}
        if auth and self.user is not None:
            text = f"{self.user}:{self.password}".encode()
            h["Authorization"] = "Basic " + base64.b64encode(text).decode()
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            h["Content-Type"] = "application/json"
        for k, v in (headers or {}).items():
            h = {a: b for a, b in h.items() if a.lower() != k.lower()}
            if v is not None:
                h[k] = v
        for last in (False, True):
            if self.conn is None:
                self.conn = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
            fresh = self.conn.sock is None
            try:
                self.conn.putrequest(method, (self.base if base is None else base) + path,
                                     skip_host="host" in map(str.lower, h), skip_accept_encoding=True)
                if body is not None:
                    h.setdefault("Content-Length", str(len(body)))
                elif method in ("POST", "PUT", "PATCH"):
                    h.setdefault("Content-Length", "0")
                for k, v in h.items():
                    self.conn.putheader(k, v)
                self.conn.endheaders(body)
                r = self.conn.getresponse()
                data = r.read()
                return Response(r.status, r.headers, data)
            except (http.client.HTTPException, OSError):
                self.close()
                # a kept connection that the server closed meanwhile is tried once more, on a new one
                if fresh or last:
                    raise

    def close(self):
        if self.conn is not None:
            self.conn.close()
            self.conn = None

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def head(self, path, **kw):
        return self.request("HEAD", path, **kw)

    def put(self, path, body=None, **kw):
        return self.request("PUT", path, body, **kw)

    def post(self, path, body=None, **kw):
        return self.request("POST", path, body, **kw)

    def patch(self, path, body=None, **kw):
        return self.request("PATCH", path, body, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)


class Soda(Client):
    """A client whose paths begin below /ords/{schema}/soda/latest."""

    def fresh_name(self):
        return f"c{os.getpid()}_{next(_names)}"

    def collection(self, name):
        return Collection(self, name)

    def make(self, meta=None, name=None):
        name = name or self.fresh_name()
        r = self.put("/" + quote(name), meta)
        assert r.status == 201, r
        return self.collection(name)


class Collection:
    """Short words for what tests do with a collection all the time."""

    def __init__(self, soda, name):
        self.soda, self.name, self.path = soda, name, "/" + quote(name)

    def add(self, doc, **kw):
        """one object; returns its key"""
        r = self.soda.post(self.path, doc, **kw)
        assert r.status == 201, r
        return r.json["items"][0]["id"]

    def add_all(self, docs):
        """several objects in order; returns their keys"""
        r = self.soda.post(self.path, docs, params={"action": "insert"})
        assert r.status == 200, r
        return [i["id"] for i in r.json["items"]]

    def get(self, key="", **kw):
        return self.soda.get(self.path + ("/" + quote(key) if key else ""), **kw)

    def put(self, key, doc, **kw):
        return self.soda.put(self.path + "/" + quote(key), doc, **kw)

    def patch(self, key, ops, **kw):
        kw.setdefault("headers", {"Content-Type": "application/json-patch+json"})
        return self.soda.patch(self.path + "/" + quote(key), ops, **kw)

    def delete(self, key, **kw):
        return self.soda.delete(self.path + "/" + quote(key), **kw)

    def action(self, name, body=None, **kw):
        params = dict(kw.pop("params", {}), action=name)
        return self.soda.post(self.path, body, params=params, **kw)

    def query(self, qbe, **params):
        return self.action("query", qbe, params=params)

    def find(self, qbe, **params):
        """values of the matching objects"""
        r = self.query(qbe, **params)
        assert r.status == 200, r
        return [i["value"] for i in r.json["items"]]

    def items(self, **params):
        r = self.get(params=params)
        assert r.status == 200, r
        return r.json["items"]


class Site:
    """A configuration folder, a database, a pool of workers and a web server in front of it."""

    def __init__(self, folder, engine=ENGINES[0], workers=2, settings=None, front="lighttpd", schemas=("demo",),
                 env=None, server=None):
        self.folder, self.engine, self.workers, self.front = pathlib.Path(folder), engine, workers, front
        self.config = self.folder / "config"
        self.db = self.folder / "cords.db"
        self.settings = {"security.verifySSL": "loopback", "security.stepDown": "false",
                         "log.file": str(self.folder / "cords.log"), **(settings or {})}
        self.schemas, self.env = schemas, {**os.environ, **(env or {})}
        self.process = None
        self.port = free_port()
        self.config.mkdir(mode=0o700)
        for key, value in self.settings.items():
            self.cords("config", "set", key, value)
        if engine == "sqlite":
            self.server = None
            self.cords("install", "--db-file", str(self.db))
        else:
            self.server = server or servers.running(engine)
            self.database = self.server.fresh_name()
            self.server.create(self.database)
            for key, value in {"engine": engine, "hostname": "127.0.0.1", "port": str(self.server.port),
                               "servicename": self.database}.items():
                self.cords("config", "set", f"db.{key}", value)
            self.cords("install", "--admin-user", servers.ADMIN, "--db-user", servers.USER, "--password-stdin",
                       stdin=f"{servers.PASSWORD}\n{servers.PASSWORD}\n")
        for name in schemas:
            self.cords("schema", "enable", name, "--password-stdin", stdin="secret\n")

    def cords(self, *args, stdin="", check=True):
        """run the program as a command line on this site's folder"""
        r = subprocess.run([BIN, "--config", self.config, "--quiet", *args], input=stdin, text=True,
                           capture_output=True, env=self.env, timeout=60)
        assert not check or r.returncode == 0, (args, r.returncode, r.stdout, r.stderr)
        return r

    def start(self):
        self.err = open(self.folder / "serve.err", "ab")
        self.process = subprocess.Popen(
            [BIN, "--config", self.config, "--quiet", "serve", "--http", f"127.0.0.1:{self.port}",
             "--workers", str(self.workers)],
            stdin=subprocess.DEVNULL, stdout=self.err, stderr=self.err, env=self.env, start_new_session=True)
        self.wait_until_up()

    def wait_until_up(self, seconds=20):
        end = time.monotonic() + seconds
        while True:
            try:
                c = Client("127.0.0.1", self.port)
                if c.get("/ords/_/health/live", timeout=5).status == 200:
                    c.close()
                    return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the site did not start: "
                                   + (self.folder / "serve.err").read_text(errors="replace")[-4000:])
            time.sleep(0.02)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def soda(self, schema="demo", user=None, password="secret"):
        return Soda("127.0.0.1", self.port, user or schema, password, f"/ords/{schema}/soda/latest")

    def client(self, user=None, password=None):
        return Client("127.0.0.1", self.port, user, password)

    def log(self):
        """lines of the log, parsed"""
        text = (self.folder / "cords.log").read_text(errors="replace")
        return [json.loads(line) for line in text.splitlines()]

    def events(self, name):
        return [line for line in self.log() if line.get("event") == name]

    def worker_pids(self):
        """pids of the workers of this site: children of serve that run the program itself"""
        return sorted(pid for pid, name in children(self.process.pid) if name == BIN.name)

    def rows(self, *statements):
        """rows of each statement, all of one moment; every value as text"""
        if self.server is not None:
            return self.server.rows(self.database, *statements)
        db = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True)
        try:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            db.execute("BEGIN")
            return [[tuple(map(str, r)) for r in db.execute(s)] for s in statements]
        finally:
            db.close()

    @contextlib.contextmanager
    def defining(self):
        """somebody else changes the catalogue, and takes their time"""
        if self.server is not None:
            with self.server.holding(self.database, self.server.DEFINE):
                yield
            return
        with contextlib.closing(sqlite3.connect(self.db)) as db:
            db.execute("BEGIN IMMEDIATE")
            yield

    def everything(self):
        """all that the database holds, as bytes"""
        return self.db.read_bytes() if self.server is None else self.server.dump(self.database)

    def most_connections(self):
        """of one worker to the database"""
        # SQLite has one descriptor of the file itself for each connection
        paths = {str(self.db.resolve())} if self.server is None else self.server.connections()
        return max(open_descriptors(pid, paths) for pid in self.worker_pids())

    def away(self, is_away):
        """let the database disappear, with everybody who uses it, and come back"""
        if self.server is not None:
            self.server.away(self.database, is_away)
            return
        for name in (self.db.name + end for end in ("", "-wal", "-shm")):
            here, there = self.folder / name, self.folder / "away" / name
            source, target = (here, there) if is_away else (there, here)
            if source.exists():
                target.parent.mkdir(exist_ok=True)
                source.rename(target)

    def check_parsed(self, indexes):
        """the indexes over parsed forms are those that the catalogue knows, and so are the tables that hold them"""
        there, tables, keeping, declared = self.rows(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'ords_metadata' AND indexname ~ '^soda_[pn]_[0-9]+$'",
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'parsed' AND table_schema = 'ords_metadata'"
            " AND table_name <> 'soda_collections'",
            "SELECT id FROM soda_collections WHERE parsed = 1",
            "SELECT id FROM soda_collections WHERE meta::json #>> '{contentColumn,sqlType}' = 'JSON' AND meta::json -> 'mediaTypeColumn' IS NULL")
        assert {n for n, in there} == {f"soda_{x}_{i}" for i, f in indexes if f.get("parsed") or f.get("indexesParsed") for x in "pn"}
        assert {n for n, in tables} == {f"soda_t_{i}" for i, f in indexes if f.get("parsed")} | {f"soda_c_{i}" for i, in keeping}
        assert set(declared) <= set(keeping)

    def check_tables(self):
        """R-10: the tables there are those that the catalogue knows, and indexes have one entry per object; names of indexes"""
        tables_of = (self.server.TABLES if self.server is not None else
                     "SELECT name FROM sqlite_master WHERE type = 'table'")
        tables, collections, indexes = self.rows(tables_of, "SELECT id FROM soda_collections",
                                                 "SELECT id, collection_id, name, fields FROM soda_indexes")
        tables = {n for n, in tables if n.startswith(("soda_c_", "soda_i_", "soda_t_", "soda_g_")) and n[7:].isdigit()}
        collections = {i for i, in collections}
        expected = {f"soda_c_{i}" for i in collections}

        def same_rows(one, other):
            there, back = self.rows(f"{one} EXCEPT {other}", f"{other} EXCEPT {one}")
            assert there == back == [], (one, other)

        for i, c, _, fields in indexes:
            assert c in collections
            what = json.loads(fields)
            if what.get("words"):
                expected.add(f"soda_t_{i}")
                column = "rowid" if self.server is None else "seq"
                same_rows(f"SELECT DISTINCT {column} FROM soda_t_{i}", f"SELECT seq FROM soda_c_{c}")
            if what.get("guide"):
                expected.add(f"soda_g_{i}")
            if what.get("kind") != "search":
                expected.add(f"soda_i_{i}")
                same_rows(f"SELECT id FROM soda_i_{i}", f"SELECT id FROM soda_c_{c}")
        assert tables == expected
        if self.engine == "postgresql":
            self.check_parsed([(i, json.loads(fields)) for i, _, _, fields in indexes])
        return {n for _, _, n, _ in indexes}
