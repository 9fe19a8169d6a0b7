"""Who may ask: credentials, roles, tenants, guessing, transport, origins, and what the log tells of it."""
import base64
import concurrent.futures
import contextlib
import json
import re
import time

import pytest

from fcgi_peer import Worker
from lib import CLIENT_KEYS, Soda

SODA = "/ords/demo/soda/latest"
PROBLEM = ["type", "status", "title", "code", "message", "instance"]
ID = {"Request-Id": "the-same"}                 # so that answers can be compared byte for byte


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()}


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def events(site, name):
    return [line for line in site.log() if line.get("event") == name]


def same(a, b):
    """two answers that cannot be told apart"""
    heads = [sorted((k, v) for k, v in r.headers.items() if k != "Date") for r in (a, b)]
    return a.status == b.status and a.body == b.body and heads[0] == heads[1]


@pytest.fixture(scope="module")
def gate(new_site):
    """A site of two schemas and three mid-tier users, where guessing is not counted."""
    s = new_site(settings={"security.credentials.attempts": "-1"}, schemas=("demo", "other"))
    for name, roles in (("reader", ""), ("dev", "SODA Developer"), ("both", "System Administrator, SODA Developer"),
                        ("nearly", "SODA Developers,SODA,Developer,SQL Developer")):
        s.cords("config", "user", "add", name, roles, "--password-stdin", stdin=f"{name}-pass\n")
    s.stop()
    s.start()                                       # with the new users
    assert s.soda().put("/c").status == 201
    return s


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


# ---- Basic ----

def test_without_credentials(gate):
    """AU-01, OR-34"""
    r = gate.soda().get("/", auth=False)
    assert r.status == 401
    assert re.fullmatch(r'Basic realm="[^"]+".*', r.headers["WWW-Authenticate"])
    assert list(r.json) == PROBLEM and r.json["code"] == "Unauthorized" and r.json["status"] == 401


def test_right_and_wrong_passwords(gate):
    """AU-02, OR-10: one answer for everything that is wrong"""
    assert gate.soda().get("/").status == 200
    assert gate.soda(user="DEMO").get("/").status == 200            # accounts of schemas, in either case
    nobody = gate.soda().get("/", auth=False, headers=ID)
    assert nobody.status == 401 and "WWW-Authenticate" in nobody.headers
    for user, password in (("demo", "wrong"), ("demo", ""), ("demo", "Secret"), ("demo", "secret "), ("demo", "secret\0"),
                           ("nobody", "secret"), ("dem", "secret"), ("demo ", "secret"), ("other", "x"), ("dev", "secret"),
                           ("demo", "x" * 600), ("x" * 300, "y"), ("*", "*"), ("demo", "*"), ("%", "%")):
        assert same(gate.soda(user=user, password=password).get("/", headers=ID), nobody), (user, password)


@pytest.mark.parametrize("value", ["Basic ###", "Basic", "Basic ", "Basic " + "A" * 5, "Basic ZGVtbw==", "Basic OnNlY3JldA==",
                                   "Basic /////w==", "Basic ZGVtbzpzZWNyZXQ", "basic:ZGVtbzpzZWNyZXQ=", "Bearer x", "Digest a=b",
                                   "ZGVtbzpzZWNyZXQ=", "Basic ZGVtbzpzZWNyZXQ= x", "Basic AA==", "x" * 8000])
def test_malformed_credentials(gate, value):
    """AU-07: 401 like everything else, never 500"""
    r = gate.soda().get("/", auth=False, headers={"Authorization": value, **ID})
    if value == "Basic ZGVtbzpzZWNyZXQ":            # without its padding: read or refused
        assert r.status in (200, 401)
    else:
        assert same(r, gate.soda().get("/", auth=False, headers=ID)), r


def test_scheme_in_either_case(gate):
    for scheme in ("basic", "BASIC", "Basic  "):
        r = gate.soda().get("/", auth=False, headers={"Authorization": scheme + " ZGVtbzpzZWNyZXQ="})
        assert r.status == 200


@pytest.mark.parametrize("password", ["a:b:c", ":", "pässwörd", "пароль", "密码😀", ' "quoted" ', "x" * 511, "%41", "a\\b", "'--"],
                         ids=lambda p: ascii(p[:20]))
def test_unusual_passwords(gate, password):
    """AU-08, OR-11"""
    gate.cords("schema", "enable", "other", "--password-stdin", stdin=password + "\n")
    soda = gate.soda("other", password=password)
    assert soda.get("/").status == 200
    assert gate.soda("other", password=password[:-1]).get("/").status == 401
    for more in ("x", "x" * 600):
        assert gate.soda("other", password=password + more).get("/").status == 401


# ---- roles ----

def test_roles_of_mid_tier_users(gate):
    """AU-03: 403 without the role, and a name like it is not it"""
    for user, status in (("reader", 403), ("nearly", 403), ("dev", 200), ("both", 200)):
        soda = gate.soda(user=user, password=user + "-pass")
        r = soda.get("/c")
        assert r.status == status, (user, r)
        if status == 403:
            assert list(r.json) == PROBLEM and r.json["code"] == "Forbidden"
            for method, path, body in every_operation("c"):
                assert soda.request(method, path, body).status == 403, (user, method, path)
            there, missing = soda.get("/c", headers=ID), soda.get("/missing", headers=ID)
            assert same(there, missing)
        assert gate.soda("other", user, user + "-pass").get("/").status == status
    assert gate.soda().get("/c").status == 200


# ---- what strangers learn ----

def test_unknown_schema(gate):
    """AU-04, UC-06, OR-03: 404 for those who are known, 401 for strangers; a disabled alias is an unknown one"""
    gate.cords("schema", "enable", "gone", "--password-stdin", stdin="secret\n")
    assert gate.soda("gone").get("/").status == 200
    gate.cords("schema", "disable", "gone")
    for user, password in (("demo", "secret"), ("dev", "dev-pass")):
        unknown = gate.soda("nowhere", user, password).get("/", headers=ID)
        assert unknown.status == 404 and list(unknown.json) == PROBLEM and unknown.json["code"] == "NotFound"
        assert same(gate.soda("gone", user, password).get("/", headers=ID), unknown)
    stranger = gate.soda().get("/", auth=False, headers=ID)
    for schema in ("nowhere", "gone", "demo", "other"):
        assert same(gate.soda(schema).get("/", auth=False, headers=ID), stranger)
        assert same(gate.soda(schema, "demo", "wrong").get("/", headers=ID), stranger)
    assert same(gate.soda("gone", "gone").get("/", headers=ID), stranger)       # an account of a closed schema


def test_strangers_learn_nothing(gate):
    """AU-05, AU-06: 401 and the same bytes for every operation, whatever exists"""
    soda = gate.soda()
    for auth in ({}, basic("demo:wrong"), basic("nobody:secret")):
        first = {}
        for name in ("c", "missing") if auth else ("c", "missing", "metadata-catalog", "a%2Fb"):
            for method, path, body in every_operation(name):
                r = soda.request(method, path, body, auth=False, headers={**ID, **auth})
                assert r.status == 401, (method, path, r)
                assert same(first.setdefault(method == "HEAD", r), r), (method, path)
    assert soda.get("/c").json["items"] == []
    assert soda.get("/missing").status == 404


def test_options_need_no_credentials(gate):
    for path, allow in (("/c", "GET, HEAD, POST, PUT, DELETE"), ("/missing", "GET, HEAD, POST, PUT, DELETE"),
                        ("/c/k", "GET, HEAD, PUT, PATCH, DELETE")):
        for schema in ("demo", "nowhere"):
            r = gate.soda(schema).request("OPTIONS", path, auth=False)
            assert (r.status, r.headers["Allow"], r.body) == (204, allow, b"")
            assert "Access-Control-Allow-Origin" not in r.headers


def test_anonymous_schema(gate):
    """AU-09: open where an administrator opened it, and nowhere else"""
    gate.cords("schema", "enable", "open", "--auth", "false")
    soda = gate.soda("open")
    assert soda.put("/c", auth=False).status == 201
    assert soda.post("/c", {"a": 1}, auth=False).status == 201
    assert soda.get("/c", auth=False).json["count"] == 1
    assert soda.get("/missing", auth=False).status == 404
    assert gate.soda("demo").get("/c", auth=False).status == 401
    assert soda.get("/c").status == 401                     # credentials that are given are checked
    assert gate.soda("open", "demo").get("/c").status == 404            # and belong to another schema
    assert gate.soda("open", "dev", "dev-pass").get("/c").status == 200
    gate.cords("schema", "enable", "open", "--auth", "true", "--password-stdin", stdin="now\n")
    assert soda.get("/c", auth=False).status == 401
    assert gate.soda("open", password="now").get("/c").json["count"] == 1


# ---- tenants ----

@pytest.fixture(scope="module")
def tenants(new_site):
    """Schemas a and b in one database, and a and b again in the database of another pool; one worker serves them all."""
    s = new_site(workers=1, schemas=(), settings={"security.credentials.attempts": "-1"})
    s.cords("install", "--db-pool", "second", "--db-file", str(s.folder / "second.db"))
    s.own = {}
    for pool in ("default", "second"):
        for name in "ab":
            password = f"of-{name}-in-{pool}"
            s.cords("schema", "enable", name, "--db-pool", pool, "--password-stdin", stdin=password + "\n")
            base = f"/ords/{'' if pool == 'default' else pool + '/'}{name}/soda/latest"
            soda = Soda("127.0.0.1", s.port, name, password, base)
            wait_for(lambda: soda.get("/").status == 200)
            assert soda.put("/c", CLIENT_KEYS).status == 201
            assert soda.put("/c/k", {"owner": f"{pool}/{name}"}).status == 201
            assert soda.post("/c?action=index", {"name": "ix", "fields": [{"path": "owner"}], "unique": True}).status == 200
            s.own[pool, name] = soda
    return s


def test_pools_and_schemas_are_apart(tenants):
    """OR-01, OR-09, R-60: the same names four times, asked in turns of one worker"""
    for _ in range(3):
        for (pool, name), soda in tenants.own.items():
            assert soda.get("/c/k").json == {"owner": f"{pool}/{name}"}
            assert soda.post("/c?action=query", {"owner": {"$exists": True}}).json["count"] == 1
            (entry,) = soda.get("/").json["items"]
            assert entry["properties"]["schemaName"].lower() == name
            assert entry["links"][0]["href"].endswith(soda.base + "/c")
            (item,) = soda.get("/c").json["items"]
            assert item["links"][0]["href"].endswith(soda.base + "/c/k")


def test_crossed_credentials_within_a_pool(tenants):
    """R-60, OR-12: another tenant's schema answers each request as one that does not exist"""
    for pool in ("default", "second"):
        mine = tenants.own[pool, "a"]
        theirs = mine.base.replace("/a/", "/b/")
        nobodys = mine.base.replace("/a/", "/nowhere/")
        for method, path, body in every_operation("c"):
            for name in ("/c", "/missing"):
                p = path.replace("/c", name, 1) if path.startswith("/c") and not path.startswith("/custom") else path
                a = mine.request(method, p, body, base=theirs, headers=ID)
                b = mine.request(method, p, body, base=nobodys, headers=ID)
                assert a.status == 404 and same(a, b), (pool, method, p, a, b)
    untouched(tenants)


def test_crossed_credentials_between_pools(tenants):
    """R-60: an account of one pool is nobody in another, also under the same name"""
    for pool, other, name in (("default", "second", "a"), ("second", "default", "b")):
        theirs = tenants.own[other, name]
        mine = tenants.own[pool, name]
        intruder = Soda("127.0.0.1", tenants.port, mine.user, mine.password, theirs.base)
        nobody = Soda("127.0.0.1", tenants.port, "nobody", mine.password, theirs.base)
        unknown = {m: nobody.request(m, "/c", headers=ID) for m in ("GET", "HEAD")}
        for method, path, body in every_operation("c"):
            r = intruder.request(method, path, body, headers=ID)
            assert r.status == 401 and same(r, unknown["HEAD" if method == "HEAD" else "GET"]), (pool, name, method, path)
    untouched(tenants)


def untouched(tenants):
    for (pool, name), soda in tenants.own.items():
        assert soda.get("/c/k").json == {"owner": f"{pool}/{name}"}
        assert soda.get("/c").json["count"] == 1


def test_unknown_pools(tenants, new_site):
    """OR-02: the text about mapping only where no pool could be meant"""
    c = tenants.client("a", "of-a-in-default")
    plain = c.get("/ords/third/a/soda/latest", headers=ID)
    assert plain.status == 404 and plain.json["message"] == "Not Found"
    assert c.get("/ords/default/a/soda/latest", headers=ID).status == 404       # its name is no segment
    only = new_site(workers=1, schemas=())
    only.cords("config", "pool", "delete", "default")
    only.cords("install", "--db-pool", "second", "--db-file", str(only.folder / "second.db"))
    only.cords("schema", "enable", "a", "--db-pool", "second", "--password-stdin", stdin="secret\n")
    c = only.client("a", "secret")
    r = wait_for(lambda: (r := c.get("/ords/a/soda/latest")).status == 404 and r)
    assert r.json["message"].startswith("The request could not be mapped to any database.")
    assert r.json["code"] == "NotFound"
    wait_for(lambda: c.get("/ords/second/a/soda/latest").status == 200)


def test_idempotency_keys_are_of_one_tenant(tenants):
    """R-60: a key of one tenant neither answers nor stops another"""
    for method, path, bodies in (("POST", "/c?action=insert", None), ("PUT", "/c/idem", None)):
        answers = []
        for (pool, name), soda in tenants.own.items():
            body = {"of": pool + name}
            if method == "POST":
                assert soda.put("/s").status in (200, 201)
                r = soda.post("/s", body, headers={"Idempotency-Key": "shared"})
            else:
                r = soda.put(path, body, headers={"Idempotency-Key": "shared-put"})
            assert r.status == 201, r
            answers.append(r.body or r.headers["ETag"])
        assert len(set(answers)) == 4
    for (pool, name), soda in tenants.own.items():
        assert soda.get("/s").json["items"][0]["value"] == {"of": pool + name} == soda.get("/c/idem").json
        assert soda.get("/s").json["count"] == 1
        assert soda.delete("/c/idem").status == 200 and soda.delete("/s").status == 200


def test_tenants_in_parallel(tenants):
    """R-60: many requests of four tenants at once through one worker"""
    def visit(owner):
        pool, name = owner
        mine = tenants.own[owner]
        soda = Soda("127.0.0.1", tenants.port, mine.user, mine.password, mine.base)
        with contextlib.closing(soda):
            return {soda.get("/c/k").body for _ in range(50)} | {soda.get("/c?fields=value").body for _ in range(10)}
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        for owner, seen in zip(list(tenants.own) * 2, crowd.map(visit, list(tenants.own) * 2)):
            assert len(seen) == 2 and all("/".join(owner).encode() in body for body in seen), (owner, seen)


# ---- guessing ----

@pytest.fixture(scope="module")
def locks(new_site):
    """three failures of one account, fifteen of one address, for four seconds"""
    return new_site(settings={"security.credentials.attempts": "3", "security.credentials.lock.time": "4s"},
                    schemas=("demo", "second", "third"))


def from_address(site, address):
    """a client whose address is taken from X-Forwarded-For, because the web server is trusted"""
    def ask(user, password, schema="demo"):
        return site.soda(schema, user, password).get("/", headers={"X-Forwarded-For": address})
    return ask


def test_account_is_locked_and_unlocked(locks):
    """R-67, OR-30: 429 with Retry-After after the attempts, counted by all workers together, until the time is over"""
    ask = from_address(locks, "192.0.2.1")
    answers = [ask("demo", f"guess {i}").status for i in range(3)]
    assert answers == [401] * 3
    for _ in range(6):                              # whichever worker answers
        r = ask("demo", "another guess")
        assert r.status == 429 and 1 <= int(r.headers["Retry-After"]) <= 4
        assert list(r.json) == PROBLEM and r.json["code"] == "TooManyRequests"
    assert ask("DEMO", "guess").status == 429       # the same account
    assert ask("second", "secret", "second").status == 200          # another one
    assert ask("demo", "secret").status in (200, 429)       # the right one is refused as well, unless somebody knew it before
    wait_for(lambda: ask("demo", "secret").status == 200)


def test_unknown_names_are_locked_alike(locks):
    """R-67: whether an account exists does not show"""
    ask = from_address(locks, "192.0.2.2")
    known = [ask("third", f"guess {i}", "third").status for i in range(5)]
    unknown = [ask("thirt", f"guess {i}", "third").status for i in range(5)]
    assert known == unknown == [401, 401, 401, 429, 429]


def test_address_is_locked(locks):
    """R-67: five times as many of one address, over all accounts; other addresses are not concerned"""
    ask, other = from_address(locks, "192.0.2.3"), from_address(locks, "192.0.2.4")

    def locked():
        """within one window, which ends by itself"""
        n = 0
        while n < 40 and ask(f"name {n} {time.monotonic_ns()}", "x").status == 401:
            n += 1
        return n
    assert locked() in range(15, 31)                # a window may have ended in between
    assert ask(f"fresh {time.monotonic_ns()}", "x").status == 429
    assert other(f"fresh {time.monotonic_ns()}", "x").status == 401
    wait_for(lambda: ask(f"fresh {time.monotonic_ns()}", "x").status == 401)


def test_success_forgets_failures(locks):
    ask = from_address(locks, "192.0.2.5")
    for _ in range(3):
        assert [ask("second", f"x{i}", "second").status for i in range(2)] == [401, 401]
        locks.cords("schema", "enable", "second", "--password-stdin", stdin="secret\n")         # nothing is remembered
        assert ask("second", "secret", "second").status == 200


def test_changed_password(gate):
    """R-67: at the next request of every worker, in both directions; also of mid-tier users, within the time of settings"""
    gate.cords("schema", "enable", "other", "--password-stdin", stdin="first\n")
    old, new = gate.soda("other", password="first"), gate.soda("other", password="second")
    for _ in range(3):
        assert [old.get("/").status for _ in range(4)] == [200] * 4         # remembered by both workers
        gate.cords("schema", "enable", "other", "--password-stdin", stdin="second\n")
        assert [old.get("/").status for _ in range(4)] == [401] * 4
        assert [new.get("/").status for _ in range(4)] == [200] * 4
        gate.cords("schema", "enable", "other", "--password-stdin", stdin="first\n")
        assert [new.get("/").status for _ in range(4)] == [401] * 4
    gate.cords("config", "user", "add", "brief", "SODA Developer", "--password-stdin", stdin="first\n")
    soda = gate.soda(user="brief", password="first")
    wait_for(lambda: [soda.get("/").status for _ in range(6)] == [200] * 6)
    gate.cords("config", "user", "add", "brief", "SODA Developer", "--password-stdin", stdin="second\n")
    wait_for(lambda: [soda.get("/").status for _ in range(6)] == [401] * 6)
    gate.cords("config", "user", "delete", "brief")
    soda = gate.soda(user="brief", password="second")
    wait_for(lambda: [soda.get("/").status for _ in range(6)] == [401] * 6)


def test_schema_closed_under_load(gate):
    """who is at work when a schema is closed or its password changes is refused at the next request, and nothing breaks"""
    gate.cords("schema", "enable", "busy", "--password-stdin", stdin="secret\n")
    assert gate.soda("busy").put("/c", CLIENT_KEYS).status == 201
    stop = []

    def work(n):
        soda, seen = gate.soda("busy"), set()
        while not stop:
            seen |= {soda.put(f"/c/k{n}", {"n": n}).status, soda.get(f"/c/k{n}").status, soda.get("/").status}
        return seen
    with concurrent.futures.ThreadPoolExecutor(3) as crowd:
        workers = [crowd.submit(work, n) for n in range(2)]
        soda = gate.soda("busy")
        gate.cords("schema", "disable", "busy")
        assert [soda.get("/c").status for _ in range(4)] == [401] * 4
        gate.cords("schema", "enable", "busy")
        assert [soda.get("/c").status for _ in range(4)] == [200] * 4
        gate.cords("schema", "enable", "busy", "--password-stdin", stdin="other\n")
        assert [soda.get("/c").status for _ in range(4)] == [401] * 4
        gate.cords("schema", "enable", "busy", "--password-stdin", stdin="secret\n")
        stop.append(True)
        seen = set().union(*(w.result() for w in workers))
    # 404: let in, and closed before its transaction began
    assert {200, 401} <= seen <= {200, 201, 401, 404}, seen


def processor_time(worker):
    """of the worker so far, in ticks of 10 ms"""
    fields = open(f"/proc/{worker.pid}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_work_of_a_guess(new_site):
    """R-67: a name that does not exist costs a hash like one that does; what is locked, too long or known costs none"""
    s = new_site(start=False, schemas=("demo", "second"), settings={"security.credentials.attempts": "8"})
    w = Worker(s)

    def cost(user, n=5, address="192.0.2.1", status=401):
        before = processor_time(w)
        for i in range(n):
            assert w.ask("GET", SODA, user=user.format(i), REMOTE_ADDR="127.0.0.1",
                         headers={"X-Forwarded-For": address}).status == status
        return processor_time(w) - before
    try:
        w.ask("GET", SODA)                              # the first of everything
        known = cost("second:guess {}")
        assert known >= 5                               # at least 10 ms each
        for user in ("nobody:guess {}", "nobody {}:guess", "*:guess {}"):
            assert known / 3 < cost(user) < known * 3, user
        for user in ("second:" + "x" * 513, "someone {}:" + "x" * 513):
            assert cost(user, n=3) < known / 3, user
        assert cost("demo:secret", status=200) < known / 3
        cost("locked:guess {}", n=8)
        assert cost("locked:guess {}", status=429) < known / 3
    finally:
        w.stop()


# ---- transport ----

HINT = "HTTPS is required for this resource."


@pytest.fixture
def told(new_site):
    """told(settings): a worker of a site with these settings, asked without a web server"""
    workers = []

    def make(**settings):
        s = new_site(start=False, settings={k.replace("__", "."): v for k, v in settings.items()})
        workers.append(Worker(s))
        return workers[-1]

    yield make
    for w in workers:
        w.stop()


def test_credentials_need_https(told):
    """OR-23, OR-28, R-71: 403 with the hint, the password not tried; what is public is served"""
    w = told(security__verifySSL="true")
    for user in ("demo:secret", "demo:wrong", "nobody:x"):
        a = w.ask("GET", SODA, user=user)
        assert a.status == 403 and json.loads(a.body)["message"].startswith(HINT), a
        assert json.loads(a.body)["code"] == "Forbidden"
    assert w.ask("GET", SODA, user=None).status == 401
    assert w.ask("GET", "/ords/_/health/live", user=None).status == 200
    for secure in ({"HTTPS": "on"}, {"HTTPS": "1"}, {"HTTPS": "ON"}, {"REQUEST_SCHEME": "https"}):
        assert w.ask("GET", SODA, **secure).status == 200, secure
    for not_secure in ({"HTTPS": "off"}, {"HTTPS": ""}, {"HTTPS": "0"}, {"HTTPS": "yes"}, {"REQUEST_SCHEME": "http"},
                       {"SERVER_PORT": "443"}, {"HTTP_HTTPS": "on"}, {"HTTP_X_FORWARDED_PROTO": "https"},
                       {"HTTP_X_FORWARDED_SSL": "on"}, {"HTTP_FORWARDED": "proto=https"}, {"HTTP_FRONT_END_HTTPS": "on"}):
        assert w.ask("GET", SODA, **not_secure).status == 403, not_secure
    assert not events(w.site, "login.failed")
    assert {"forbidden"} <= {line["event"] for line in w.site.log()}


def test_loopback_may_go_without(told):
    """R-71: by setting, for clients of this machine"""
    w = told(security__verifySSL="loopback")
    for address, status in (("127.0.0.1", 200), ("127.8.9.1", 200), ("::1", 200), ("unix:", 200), ("192.0.2.1", 403),
                            ("10.0.0.1", 403), ("::2", 403), ("::ffff:127.0.0.1", 200), ("127.0.0.1.example", 403),
                            ("localhost", 403)):
        assert w.ask("GET", SODA, REMOTE_ADDR=address).status == status, address
    w = told(security__verifySSL="false")
    assert w.ask("GET", SODA, REMOTE_ADDR="192.0.2.1").status == 200


def test_https_by_header(told):
    """OR-24, OR-25, OR-26: from trusted proxies only; the first of a list counts, in either case"""
    w = told(security__verifySSL="true", security__httpsHeaderCheck="X-Forwarded-Proto: https",
             security__trustedProxies="10.0.0.0/8, 2001:db8::/32")

    def ask(value, address="10.1.2.3", name="X-Forwarded-Proto"):
        return w.ask("GET", SODA, headers={name: value}, REMOTE_ADDR=address).status
    for value in ("https", "HTTPS", "https, http", " https ", "Https,http"):
        assert ask(value) == 200, value
    for value in ("http", "http, https", "https1", "", "httpshttps", "https;x"):
        assert ask(value) == 403, value
    assert ask("https", "2001:db8::5") == 200
    for address in ("127.0.0.1", "192.0.2.1", "11.0.0.1", "2001:db9::5", "unix:", ""):
        assert ask("https", address) == 403, address
    assert ask("https", name="X_Forwarded_Proto") in (200, 403)         # the same variable: refused by web servers, not here
    assert ask("https", name="X-Forwarded-Protocol") == 403


def test_forced_https(told):
    """OR-27: reads are sent there, the rest is refused"""
    w = told(security__forceHTTPS="true", security__verifySSL="false")
    for method in ("GET", "HEAD"):
        a = w.ask(method, SODA + "/c?limit=1&q=%7B%7D", user=None, HTTP_HOST="example.com:8080")
        assert a.status == 301 and a.headers["location"] == f"https://example.com{SODA}/c?limit=1&q=%7B%7D"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        a = w.ask(method, SODA + "/c", b"{}")
        assert a.status == 403 and HINT in json.loads(a.body)["message"]
    assert w.ask("GET", SODA, HTTPS="on").status == 200


# ---- forwarding headers and Host ----

def test_links_say_what_the_client_called(told):
    """OR-07, OR-09, R-68: scheme by the variables, host and port by Host, schema as typed"""
    w = told(security__verifySSL="false")

    def link(host="localhost", path="/ords/demo/soda/latest", **more):
        a = w.ask("GET", path + "/custom-actions", HTTP_HOST=host, **more)
        assert a.status == 200, a
        return json.loads(a.body)["items"][0]["links"][0]["href"].removesuffix("/custom-actions/delete/")
    assert link("example.com:8080") == "http://example.com:8080/ords/demo/soda/latest"
    assert link("example.com", HTTPS="on") == "https://example.com/ords/demo/soda/latest"
    assert link("[::1]:8443", REQUEST_SCHEME="https") == "https://[::1]:8443/ords/demo/soda/latest"
    assert link("192.0.2.7", path="/ords/DEMO/soda/v1") == "http://192.0.2.7/ords/DEMO/soda/v1"


@pytest.mark.parametrize("address,trusted", [("127.0.0.1", True), ("::1", True), ("unix:", True), ("10.0.0.1", False),
                                             ("192.168.1.1", False), ("203.0.113.9", False), ("::2", False)])
def test_forwarding_headers(told_once, address, trusted):
    """OR-08, R-68: the spoof matrix: forwarding headers count only from trusted peers, whatever they are called"""
    w = told_once

    def href(**headers):
        a = w.ask("GET", SODA + "/custom-actions", headers={k.replace("_", "-"): v for k, v in headers.items()},
                  REMOTE_ADDR=address, HTTP_HOST="own.example:81")
        assert a.status == 200, a
        return json.loads(a.body)["items"][0]["links"][0]["href"]
    own, lie = "http://own.example:81/ords/", "http://lie.example/ords/"
    assert href(X_Forwarded_Host="lie.example").startswith(lie if trusted else own)
    assert href(X_Forwarded_Host="lie.example, own.example").startswith(lie if trusted else own)
    for name in ("X_Host", "X_Forwarded_Server", "X_Original_Host", "Forwarded", "X_Original_URL", "X_Rewrite_URL",
                 "X_Forwarded_Prefix", "X_Forwarded_Port", "X_Real_IP", "Client_IP", "Proxy"):
        assert href(**{name: "lie.example"}).startswith(own), name
    # the address of the log
    w.ask("GET", SODA, user="demo:guess", headers={"X-Forwarded-For": "198.51.100.1, 198.51.100.77",
                                                   "Request-Id": f"spoof-{w.pid}"}, REMOTE_ADDR=address)
    line = wait_for(lambda: [x for x in events(w.site, "login.failed") if x["id"] == f"spoof-{w.pid}"])[-1]
    assert line["address"] == ("198.51.100.77" if trusted else address)


@pytest.fixture(scope="module")
def told_once(new_site):
    w = Worker(new_site(start=False, settings={"security.verifySSL": "false", "security.credentials.attempts": "-1"}))
    yield w
    w.stop()


@pytest.mark.parametrize("host", ["a/b", "a@b", "a#b", "a?b", "a b", "a:99999", "a:", "a:x", ":80", "[::1", "[::1]x", "a,b", "a\\b",
                                  '"a"', "<a>", "é", "a\r\nX: y", "[]", "a:80:80", "x" * 300])
def test_malformed_hosts(told_once, host):
    """R-68: 400 in Host, and in X-Forwarded-Host of a trusted peer; ignored from others"""
    w = told_once
    a = w.ask("GET", SODA + "/custom-actions", HTTP_HOST=host)
    assert a.status == 400 and json.loads(a.body)["o:errorCode"] == "OSODA-00004"
    forwarded = w.ask("GET", SODA + "/custom-actions", HTTP_X_FORWARDED_HOST=host)
    assert forwarded.status == (200 if host == "a,b" else 400)          # this one may be a list
    assert w.ask("GET", SODA + "/custom-actions", HTTP_X_FORWARDED_HOST=host, REMOTE_ADDR="192.0.2.1").status == 200


def test_public_url_and_hosts(told):
    """R-68: what an administrator said stands above every header"""
    w = told(public__url="https://api.example.com", public__hosts="api.example.com, localhost:8080",
             security__verifySSL="false")
    for headers in ({}, {"X-Forwarded-Host": "api.example.com:81"}):
        a = w.ask("GET", SODA + "/custom-actions", HTTP_HOST="localhost:8080", headers=headers)
        assert b'"https://api.example.com/ords/demo/' in a.body
    for host, status in (("api.example.com", 200), ("API.example.com:9", 200), ("localhost:8080", 200), ("localhost", 400),
                         ("localhost:80", 400), ("example.com", 400), ("xapi.example.com", 400), ("api.example.com.x", 400)):
        assert w.ask("GET", SODA + "/custom-actions", HTTP_HOST=host).status == status, host


# ---- other sites ----

@pytest.fixture(scope="module")
def listed(new_site):
    s = new_site(settings={"security.externalSessionTrustedOrigins": "https://app.example.com, http://localhost:3000"})
    assert s.soda().put("/c").status == 201
    return s


UNSAFE = [("POST", "/c", {"a": 1}), ("POST", "/c?action=truncate", None), ("POST", "/c?action=delete", {}),
          ("PUT", "/new", None), ("PUT", "/c/k", {}), ("PATCH", "/c/k", {}), ("DELETE", "/c/k", None), ("DELETE", "/c", None)]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://app.example.com",
                                    "https://app.example.com.evil", "https://app.example.com:444",
                                    "https://app.example.com https://evil.example", "https://evil.example, https://app.example.com",
                                    "file://", "app.example.com", "https://xapp.example.com"])
def test_other_origins_change_nothing(listed, origin):
    """OR-29, R-66: 403 on every unsafe method, with the right password, too"""
    soda = listed.soda()
    for method, path, body in UNSAFE:
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            for auth in (True, False):
                r = soda.request(method, path, body, headers={"Origin": origin, "Content-Type": kind}, auth=auth)
                assert r.status == 403 and r.json["code"] == "Forbidden", (method, path, r)
                assert "Access-Control-Allow-Origin" not in r.headers and "WWW-Authenticate" not in r.headers
    r = soda.get("/c", headers={"Origin": origin})
    assert r.status == 200 and "Access-Control-Allow-Origin" not in r.headers
    assert r.json["items"] == [] and soda.get("/new").status == 404
    r = soda.request("OPTIONS", "/c", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}, auth=False)
    assert r.status == 204 and not any(h.lower().startswith("access-control") for h in r.headers)


def test_cross_site_without_an_origin(listed):
    """R-66: a forged form or a fetch without CORS, as browsers mark them"""
    soda = listed.soda()
    for method, path, body in UNSAFE:
        r = soda.request(method, path, body, headers={"Sec-Fetch-Site": "cross-site"})
        assert r.status == 403, (method, path, r)
    assert soda.get("/c", headers={"Sec-Fetch-Site": "cross-site"}).json["items"] == []
    for site in ("same-origin", "none", "same-site"):
        assert soda.request("PUT", "/c", headers={"Sec-Fetch-Site": site}).status == 200


def test_listed_origins(listed):
    """OR-29, R-66: allowed with CORS headers, which name that origin and never '*'; preflight 204"""
    soda = listed.soda()
    for origin in ("https://app.example.com", "http://localhost:3000", f"http://127.0.0.1:{listed.port}"):
        r = soda.put("/c", headers={"Origin": origin})
        assert r.status == 200, (origin, r)
        if "127" in origin:
            assert "Access-Control-Allow-Origin" not in r.headers       # its own pages need no leave
            continue
        for r in (r, soda.get("/c", headers={"Origin": origin}), soda.get("/c", headers={"Origin": origin}, auth=False),
                  soda.get("/missing", headers={"Origin": origin})):
            assert r.headers["Access-Control-Allow-Origin"] == origin
            assert r.headers["Access-Control-Allow-Credentials"] == "true"
            assert "Origin" in r.headers["Vary"]
        r = soda.request("OPTIONS", "/c", auth=False,
                         headers={"Origin": origin, "Access-Control-Request-Method": "PUT",
                                  "Access-Control-Request-Headers": "authorization,if-match"})
        assert r.status == 204 and r.headers["Access-Control-Allow-Origin"] == origin
        assert {"GET", "PUT", "PATCH", "DELETE"} <= set(r.headers["Access-Control-Allow-Methods"].split(", "))
        assert {"authorization", "if-match"} <= set(r.headers["Access-Control-Allow-Headers"].lower().split(", "))


def test_own_origin(told_once):
    """R-66: scheme, host and port as the links have them; the default port may be said or left out"""
    def put(origin, **more):
        return told_once.ask("PUT", SODA + "/own", headers={"Origin": origin}, **more).status
    for origin, status in (("http://own.example", 201), ("http://own.example:80", 200), ("HTTP://OWN.example", 200),
                           ("https://own.example", 403), ("http://own.example:81", 403), ("http://own.example.x", 403)):
        assert put(origin, HTTP_HOST="own.example") == status, origin
    for origin, status in (("https://own.example", 200), ("https://own.example:443", 200), ("http://own.example", 403)):
        assert put(origin, HTTP_HOST="own.example", HTTPS="on") == status, origin
        assert put(origin, HTTP_HOST="own.example:443", HTTPS="on") == status, origin
    assert put("https://own.example", HTTP_HOST="inner", HTTP_X_FORWARDED_HOST="own.example", HTTPS="on") == 200
    assert put("https://own.example", HTTP_HOST="inner", HTTP_X_FORWARDED_HOST="own.example", HTTPS="on",
               REMOTE_ADDR="192.0.2.1") == 403


# ---- the log ----

def test_security_events(new_site):
    """R-72: who, from where, what and which request, for everything that concerns rights"""
    s = new_site(settings={"security.credentials.attempts": "3"}, schemas=("demo",))
    s.cords("config", "user", "add", "reader", "Nothing", "--password-stdin", stdin="reader-pass\n")
    s.stop()
    s.start()                                       # with the new user
    reader = s.soda(user="reader", password="reader-pass")
    assert reader.get("/", headers={"Request-Id": "no-role"}).status == 403
    demo = s.soda()
    assert demo.put("/x", headers={"Request-Id": "no-origin", "Origin": "https://evil.example"}).status == 403
    guesser = s.soda(user="Some\nbody", password="guess")
    for i in range(4):
        r = guesser.get("/", headers={"Request-Id": f"guess-{i}"})
    assert r.status == 429
    assert demo.get("/", auth=False, headers={"Authorization": "Basic ###", "Request-Id": "garbled"}).status == 401
    s.cords("schema", "enable", "more", "--alias", "most", "--password-stdin", stdin="secret\n")
    s.cords("schema", "enable", "more", "--password-stdin", stdin="changed\n")
    s.cords("schema", "disable", "more")
    s.cords("config", "set", "soda.defaultLimit", "50")
    s.cords("config", "delete", "soda.defaultLimit")
    s.cords("config", "secret", "db.password", "--password-stdin", stdin="secret\n")
    s.cords("config", "user", "delete", "reader")
    s.stop()
    log = s.log()

    def found(event, request="", **members):
        lines = [x for x in log if x["event"] == event and x.get("id", "") == request
                 and all(str(v) in str(x.get(k)) for k, v in members.items())]
        assert lines, (event, request, members, [x for x in log if x["event"] == event])
        assert all(line["user"] and line["address"] for line in lines), lines
        return lines[0]
    found("forbidden", "no-role", user="reader", address="127.0.0.1")
    found("forbidden", "no-origin", address="127.0.0.1")
    for i in range(3):
        found("login.failed", f"guess-{i}", user="Some\nbody", address="127.0.0.1")
    found("login.locked", "guess-2", user="Some\nbody")
    found("login.throttled", "guess-3", user="Some\nbody")
    found("login.failed", "garbled", address="127.0.0.1")
    for event, words in (("schema.enable", "more under most"), ("schema.enable", "password set"), ("schema.disable", "more"),
                         ("config.set", "soda.defaultLimit"), ("config.delete", "soda.defaultLimit"),
                         ("config.set", "db.password"), ("user.set", "reader"), ("user.delete", "reader"),
                         ("repository.install", "default")):
        found(event, what=words)


MARKS = ["mark-passw0rd", "mark-wr0ng-passw0rd", "mark-d0cument", "mark-0perand", "mark-k3y-value", "mark-patch-v4lue"]


def test_nothing_secret_is_written(new_site):
    """R-61: passwords, the Authorization header, documents and operands in no log and no answer that tells of an error"""
    s = new_site(settings={"log.level": "FINE", "security.credentials.attempts": "-1"}, schemas=())
    s.cords("schema", "enable", "demo", "--password-stdin", stdin="mark-passw0rd\n")
    right, wrong = s.soda(password="mark-passw0rd"), s.soda(password="mark-wr0ng-passw0rd")
    wait_for(lambda: right.get("/").status == 200)
    assert right.put("/c").status == 201 and right.put("/k", CLIENT_KEYS).status == 201
    errors = []

    def ask(client, method, path, body=None, **kw):
        r = client.request(method, path, body, **kw)
        if r.status >= 400:
            errors.append(r.body)
        return r
    doc = '{"a":"mark-d0cument"}'
    key = ask(right, "POST", "/c", doc).json["items"][0]["id"]
    assert ask(right, "POST", "/c?action=index", {"name": "ix", "fields": [{"path": "a"}], "unique": True}).status == 200
    assert ask(right, "POST", "/c", doc).status == 409
    assert ask(right, "POST", "/c?action=insert", "[" + doc + "," + doc + "]").status == 409
    assert ask(right, "PUT", "/k/k", doc).status == 201
    merge, patch = ({"Content-Type": f"application/{x}+json"} for x in ("merge-patch", "json-patch"))
    for client in (right, wrong):
        for body in (doc[:-1], doc + "x", '["mark-d0cument"', '"mark-d0cument"', '{"a":mark-d0cument}',
                     '{"a":"mark-d0cument","mark-n4me":1,"mark-n4me":2}'):
            assert ask(client, "POST", "/c", body).status >= 400
            assert ask(client, "PUT", f"/c/{key}", body).status >= 400
        for qbe in ('{"a":{"$gt":{"x":"mark-0perand"}}}', '{"a":{"$date":"mark-0perand"}}', '{"a":{"$number":"mark-0perand"}}',
                    '{"a":{"$regex":"(mark-0perand"}}', '{"a":"mark-0perand"', '{"a":{"$between":["mark-0perand"]}}',
                    '{"a":{"$boolean":"mark-0perand"}}', '{"a":{"$double":{"$gt":"mark-0perand"}}}'):
            ask(client, "POST", "/c?action=query", qbe)
            ask(client, "POST", "/c?action=delete", qbe)
        for p in ('[{"op":"test","path":"/a","value":"mark-patch-v4lue"}]',
                  '[{"op":"add","path":"/x/y","value":"mark-patch-v4lue"}]', '[{"op":"add","value":"mark-patch-v4lue"}]', '[{"op":"add","path":"/b","value":"mark-patch-v4lue"'):
            assert ask(client, "PATCH", f"/c/{key}", p, headers=patch).status >= 400
        assert ask(client, "PATCH", f"/c/{key}", '{"b":"mark-patch-v4lue"', headers=merge).status >= 400
        ask(client, "GET", "/c?q=%7B%22a%22%3A%22mark-0perand%22")
        ask(client, "GET", "/c?limit=x&q=mark-0perand")
        ask(client, "PUT", "/k/mark-k3y-value", "{")
        ask(client, "GET", "/missing/mark-k3y-value")
    header = base64.b64encode(b"demo:mark-passw0rd").decode()
    assert ask(right, "GET", "/", auth=False, headers={"Authorization": "Basic " + header + "x"}).status == 401
    assert ask(right, "GET", "/", auth=False, headers={"Authorization": "Bearer mark-passw0rd"}).status == 401
    s.stop()
    assert len(errors) > 40
    written = (s.folder / "cords.log").read_bytes() + (s.folder / "serve.err").read_bytes()
    assert b"login.failed" in written
    assert b"mark-n4me" not in written              # a name may be told to who sent it
    for mark in [*MARKS, header]:
        assert mark.encode() not in written, mark
        hits = [e for e in errors if mark.encode() in e]
        assert not hits, (mark, hits)
    stored = b"".join(p.read_bytes() for p in s.config.rglob("*") if p.is_file()) + s.db.read_bytes()
    assert b"mark-passw0rd" not in stored and b"mark-wr0ng" not in stored
