"""Who may ask: credentials, roles, what strangers learn, guessing."""
import base64
import concurrent.futures
import re
import time

import pytest

from fcgi_peer import Worker
from lib import CLIENT_KEYS, every_operation, same, wait_for

SODA = "/ords/demo/soda/latest"
PROBLEM = ["type", "status", "title", "code", "message", "instance"]
ID = {"Request-Id": "the-same"}                 # so that answers can be compared byte for byte


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()}


@pytest.fixture(scope="module")
def gate(new_site):
    """A site of two schemas and four mid-tier users, where guessing is not counted."""
    s = new_site(settings={"security.credentials.attempts": "-1"}, schemas=("demo", "other"))
    for name, roles in (("reader", ""), ("dev", "SODA Developer"), ("both", "System Administrator, SODA Developer"),
                        ("nearly", "SODA Developers,SODA,Developer,SQL Developer")):
        s.cords("config", "user", "add", name, roles, "--password-stdin", stdin=f"{name}-pass\n")
    s.stop()
    s.start()                                       # with the new users
    assert s.soda().put("/c").status == 201
    return s


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
                                   "Basic /////w==", "Basic ZGVtbzpzZWNyZXQ", "basic:ZGVtbzpzZWNyZXQ=", "Bearerx", "Digest a=b",
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
