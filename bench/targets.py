"""Who is asked: cords, the floor, and what users would write themselves.  Each keeps the same orders, in a database of its own
unless it is the floor, and is asked over HTTP with a password."""
import base64
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time

from stand import BENCH, FASTCGI, listening

import lib
import servers
from engines import ENGINES

TEMPLATE = (BENCH / "order.json").read_text().strip()
AUTH = "Basic " + base64.b64encode(b"demo:secret").decode()
BULK = 1000


def order(n, user=None):
    """order number n; ten in a row are of one user"""
    return TEMPLATE.replace("@NUMBER@", str(n)).replace("@USER@", f"USER{n // 10 if user is None else user:08d}")


class Target:
    style = "peer"
    base = "/orders"

    def __init__(self, stand, engine, a):
        self.stand, self.engine, self.workers = stand, engine, a.workers
        self.room = stand.room(self.name)
        self.port = lib.free_port()
        self.keys, self.n_orders = [], 0

    def client(self):
        return lib.Client("127.0.0.1", self.port, "demo", "secret", self.base)

    def server(self):
        """text of nginx's block, or None: it answers HTTP itself"""
        return None

    def upstream(self):
        return ""

    def pids(self):
        """all processes that are of it and not of the database"""
        raise NotImplementedError

    def wait(self):
        def answers():
            try:
                return self.client().get("?limit=1").status == 200
            except OSError:
                return False
        lib.wait_for(answers, 60)

    def load(self, n):
        """orders up to number n, as fast as they come in; documents in a second"""
        c, took, before = self.client(), 0, self.n_orders
        for first in range(before, n, BULK):
            body = "[" + ",".join(order(i) for i in range(first, min(n, first + BULK))) + "]"
            t0 = time.monotonic()
            self.keys += self.bulk(c, body)
            took += time.monotonic() - t0
        self.n_orders = n
        sample = self.keys[::max(1, n // 100_000)]      # wrk reads them all before it begins
        self.keyfile().write_text("".join(f"{k} {e}\n" for k, e in sample))
        return (n - before) / took

    def keyfile(self):
        return self.room / "keys"

    def environment(self, part, seed):
        return {"PART": part, "STYLE": self.style, "BASE": self.base, "KEYS": str(self.keyfile()), "AUTH": AUTH, "SEED": str(seed),
                "ORDERS": str(self.n_orders), "ORDER": str(BENCH / "order.json")}

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    # how it is asked

    def bulk(self, c, body):
        r = c.post("/bulk", body)
        assert r.status == 201, r
        return [(i["id"], i["etag"]) for i in r.json["items"]]

    def insert(self, c, doc):
        r = c.post("", doc)
        assert r.status == 201, r
        return r.json["id"]

    def values(self, r):
        assert r.status == 200, r
        return [i["doc"] for i in r.json["items"]]

    def of_user(self, c, user):
        return self.values(c.get("", params={"user": user}))

    def in_range(self, c, first, last):
        return self.values(c.get("", params={"from": first, "to": last, "limit": 25}))

    def check(self, n):
        """every kind of answer is right, before anything is measured"""
        c = self.client()
        key, etag = self.keys[n // 3]
        assert json.loads(c.get("/" + key).body) == json.loads(order(n // 3))
        assert c.get("/" + key, headers={"If-None-Match": f'"{etag}"'}).status == 304
        assert c.get("/" + key, headers={"If-None-Match": '"no"'}).status == 200
        assert c.get("/" + key, auth=False).status == 401
        user = n // 40
        assert sorted(d["PONumber"] for d in self.of_user(c, f"USER{user:08d}")) == list(range(10 * user, 10 * user + 10))
        assert [d["PONumber"] for d in self.in_range(c, 100, 1100)] == list(range(1099, 1074, -1))
        expected = [json.loads(order(i)) for i in range(n)]
        by_key = [doc for _, doc in sorted(zip((k for k, _ in self.keys), expected), key=lambda pair: pair[0])]
        for offset in (0, 300):
            assert self.values(c.get("", params={"limit": 100, "offset": offset})) == by_key[offset:offset + 100]
        new = self.insert(c, order(n + 5, user=77_000_000))
        assert c.get("/" + new).json == json.loads(order(n + 5, user=77_000_000))
        assert c.put("/" + new, order(n + 6, user=77_000_001)).status == 200
        assert c.get("/" + new).json == json.loads(order(n + 6, user=77_000_001))
        assert self.of_user(c, "USER77000000") == [] and len(self.of_user(c, "USER77000001")) == 1
        made = self.bulk(c, "[" + ",".join(order(n + i, user=78_000_000) for i in range(BULK)) + "]")
        assert len(made) == BULK and len(self.of_user(c, "USER78000000")) == 100
        assert c.get("/" + made[-1][0]).json == json.loads(order(n + BULK - 1, user=78_000_000))


class Cords(Target):
    name, style, base = "cords", "cords", "/ords/demo/soda/latest/orders"

    def __init__(self, stand, engine, a):
        super().__init__(stand, engine, a)
        (self.room / "site").mkdir()
        self.site = lib.Site(self.room / "site", engine=engine, settings={"worker.maxRequests": "0"})
        self.socket = listening(self.room / "cords.sock")
        self.env = {**os.environ, "ORDS_CONFIG": str(self.site.config)}
        self.processes = [self.worker(self.socket) for _ in range(self.workers)]

    def worker(self, socket):
        return self.stand.start(lib.BIN, stdin=socket, env=self.env, stdout=subprocess.DEVNULL)

    def server(self):
        return f"""{FASTCGI} location / {{ fastcgi_pass unix:{self.room}/cords.sock; }}
            location = /constant {{ default_type application/json; return 200 '{TEMPLATE}'; }}"""

    def pids(self):
        return [p.pid for p in self.processes]

    def wait(self):
        self.base = self.base.removesuffix("/orders")
        super().wait()
        self.base = type(self).base

    def load(self, n):
        if self.n_orders == 0:
            self.make()
        return super().load(n)

    def make(self):
        c = self.soda().make(name="orders")
        for name, path, kind in (("USERS", "User", "string"), ("NUMBERS", "PONumber", "number")):
            assert c.action("index", {"name": name, "fields": [{"path": path, "datatype": kind}]}).status == 200

    def soda(self):
        return lib.Soda("127.0.0.1", self.port, "demo", "secret", self.base.removesuffix("/orders"))

    def bulk(self, c, body):
        r = c.post("", body, params={"action": "insert"})
        assert r.status == 200, r
        return [(i["id"], i["etag"]) for i in r.json["items"]]

    def insert(self, c, doc):
        r = c.post("", doc)
        assert r.status == 201, r
        return r.json["items"][0]["id"]

    def values(self, r):
        assert r.status == 200, r
        return [i["value"] for i in r.json["items"]]

    def query(self, c, qbe, **params):
        return self.values(c.post("", qbe, params={"action": "query", **params}))

    def of_user(self, c, user):
        return self.query(c, {"User": user})

    def in_range(self, c, first, last):
        return self.query(c, {"$query": {"PONumber": {"$gte": first, "$lt": last}},
                              "$orderby": [{"path": "PONumber", "datatype": "number", "order": "desc"}]}, limit=25)


class Floor(Target):
    """tables that are copies of those of cords, in the same database"""
    name, style, base = "floor", "floor", "/query"

    def __init__(self, stand, engine, a, cords):
        super().__init__(stand, engine, a)
        self.cords, self.own = cords, ENGINES[engine](cords.site)
        self.socket = listening(self.room / "floor.sock")
        self.processes = []

    def server(self):
        return f"{FASTCGI} location / {{ fastcgi_pass unix:{self.room}/floor.sock; }}"

    def pids(self):
        return [p.pid for p in self.processes]

    def wait(self):
        pass

    def load(self, n):
        self.keys, self.n_orders = self.cords.keys, n
        shutil.copy(self.cords.keyfile(), self.keyfile())
        self.own.make_orders()
        env = {**os.environ, **self.own.order_statements()}
        self.processes = [self.stand.start(self.stand.build / "bench" / "floor", stdin=self.socket, env=env, stdout=subprocess.DEVNULL)
                          for _ in range(self.workers)]
        key = self.keys[0][0]
        lib.wait_for(lambda: self.client().get("/read/" + key).json["PONumber"] == 0)
        return 0

    def check(self, n):
        """the same rows as the others: as many bytes"""
        c = self.client()
        for part, path, rows in (("W5", "/equality/USER00000003", range(30, 40)), ("W6", "/range/1000/2000", range(1975, 2000))):
            assert len(c.get(path).body) == sum(len(order(i)) for i in rows), part
        key = secrets.token_hex(16)
        assert c.post(f"/insert/{key}/USERX/{n + 7}", order(n + 7)).status == 200
        assert c.post(f"/replace/USERY/{n + 8}/-/{key}", order(n + 8)).status == 200
        assert c.get(f"/read/{key}").json == json.loads(order(n + 8))
        assert len(c.get("/page/100").body) > 90 * len(TEMPLATE)


SQLITE_TABLE = ["PRAGMA journal_mode = WAL",
                "CREATE TABLE orders (id TEXT PRIMARY KEY, etag TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL)",
                "CREATE INDEX orders_user ON orders(json_extract(doc, '$.User'))",
                "CREATE INDEX orders_number ON orders(json_extract(doc, '$.PONumber'))"]
POSTGRESQL_TABLE = ["CREATE TABLE orders (id text PRIMARY KEY, etag text NOT NULL, created text NOT NULL, modified text NOT NULL, doc jsonb NOT NULL)",
                    "CREATE INDEX orders_user ON orders((doc->>'User'))",
                    "CREATE INDEX orders_number ON orders(((doc->>'PONumber')::bigint))"]


class Peer(Target):
    """fifty lines of somebody: bench/peers"""

    def make_database(self):
        """the variables of the environment that name it"""
        if self.engine == "sqlite":
            self.file = self.room / "orders.db"
            db = sqlite3.connect(self.file)
            for s in SQLITE_TABLE:
                db.execute(s)
            db.close()
            return {"ORDERS_DB": str(self.file), "ORDERS_DSN": f"sqlite:{self.file}"}
        server = servers.running("postgresql")
        self.database = server.fresh_name()
        server.create(self.database)
        user = "u" + self.database
        server.psql(self.database, f"CREATE ROLE {user} LOGIN PASSWORD 'peer'", f"GRANT ALL ON SCHEMA public TO {user}")
        server.call("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(server.port), "-U", user, "-d", self.database,
                    *(x for s in POSTGRESQL_TABLE for x in ("-c", s)), env={**os.environ, "PGPASSWORD": "peer"})
        return {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGDATABASE": self.database, "PGUSER": user, "PGPASSWORD": "peer",
                "ORDERS_DSN": f"pgsql:host=127.0.0.1;port={server.port};dbname={self.database}",
                "ORDERS_DB_USER": user, "ORDERS_DB_PASSWORD": "peer"}

    def load(self, n):
        rate = super().load(n)
        if self.engine == "postgresql":
            servers.running("postgresql").psql(self.database, "VACUUM ANALYZE public.orders")
        return rate

    def pids(self):
        return [pid for p in self.processes for pid in (p.pid, *(pid for pid, _ in lib.children(p.pid)))]


class Php(Peer):
    name, engines = "php", ("sqlite", "postgresql")

    @staticmethod
    def missing():
        return None if Php.program() else "php-fpm"

    @staticmethod
    def program():
        return next((p for v in ("8.2", "8.3", "8.4", "") if (p := shutil.which(f"php-fpm{v}", path="/usr/sbin:/usr/bin"))), None)

    def __init__(self, stand, engine, a):
        super().__init__(stand, engine, a)
        self.env = {**self.make_database(), "ORDERS_USER": "demo", "ORDERS_PASSWORD": "secret"}
        conf = self.room / "php-fpm.conf"
        conf.write_text(f"""[global]
error_log = {self.room}/php.err
daemonize = no
[www]
listen = {self.room}/php.sock
listen.backlog = 1024
user = root
listen.mode = 0666
pm = static
pm.max_children = {self.workers}
pm.max_requests = 0
php_admin_value[memory_limit] = 256M
php_admin_value[post_max_size] = 20M
""")
        self.processes = [stand.start(self.program(), "-R", "-F", "-y", conf, stderr=subprocess.DEVNULL)]

    def server(self):
        more = " ".join(f'fastcgi_param {k} "{v}";' for k, v in self.env.items() if k.startswith("ORDERS_"))
        return f"""{FASTCGI} {more} fastcgi_param SCRIPT_FILENAME {BENCH}/peers/orders.php; location / {{
            fastcgi_pass unix:{self.room}/php.sock; }}"""


class Node(Peer):
    """behind nginx like the others; its own port answers as well"""
    program = None

    @staticmethod
    def missing():
        return None if shutil.which("npm") and shutil.which("node") else "node and npm"

    def __init__(self, stand, engine, a):
        super().__init__(stand, engine, a)
        self.own_port = lib.free_port()
        env = {**os.environ, **self.make_database(), "ORDERS_USER": "demo", "ORDERS_PASSWORD": "secret", "PORT": str(self.own_port),
               "NODE_ENV": "production", "NODE_PATH": str(modules(stand))}
        self.processes = [stand.start("node", BENCH / "peers" / self.program, env=env)]

    def upstream(self):
        return f"upstream {self.name} {{ server 127.0.0.1:{self.own_port}; keepalive 32; }}"

    def server(self):
        return f"""location / {{ proxy_pass http://{self.name}; proxy_http_version 1.1; proxy_set_header Connection ""; }}"""


class Fastify(Node):
    name, engines, program = "fastify", ("sqlite",), "fastify.js"


class Express(Node):
    name, engines, program = "express", ("postgresql",), "express.js"


class Direct(Target):
    """a peer of Node without nginx in front"""

    def __init__(self, behind):
        self.name, self.behind = behind.name + "-direct", behind
        self.engine, self.stand, self.room, self.port, self.keys = behind.engine, behind.stand, behind.room, behind.own_port, behind.keys

    def load(self, n):
        self.keys, self.n_orders = self.behind.keys, n
        return 0

    def check(self, n):
        pass                    # the peer behind has been checked

    def pids(self):
        return self.behind.pids()


PEERS = {p.name: p for p in (Php, Fastify, Express)}


def modules(stand):
    """folder of the packages, installed once below the build"""
    place = stand.build / "bench" / "peers"
    wanted = (BENCH / "peers" / "package.json").read_text()
    if not (place / "installed").exists() or (place / "installed").read_text() != wanted:
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(BENCH / "peers" / "package.json", place)
        print("installing packages of npm ...", file=sys.stderr, flush=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], cwd=place, check=True,
                       stdout=subprocess.DEVNULL)
        (place / "installed").write_text(wanted)
    return place / "node_modules"


def targets(stand, engine, a):
    """all that are asked on an engine, started and loaded with a.docs orders; and nginx in front"""
    cords = Cords(stand, engine, a)
    found = [cords, Floor(stand, engine, a, cords)]
    for name in a.peer:
        if engine not in PEERS[name].engines:
            continue
        if missing := PEERS[name].missing():
            print(f"{name} is left out: {missing} is not installed", file=sys.stderr)
            continue
        found.append(PEERS[name](stand, engine, a))
    stand.nginx(cords.room, {t.port: t.server() for t in found}, "\n".join(t.upstream() for t in found))
    found += [Direct(t) for t in found if isinstance(t, Node)]
    return found
