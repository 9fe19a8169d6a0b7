"""The fault matrix on database servers: killed, hanging, without connections, with transactions that must be repeated."""
import json
import signal
import threading
import time

import pytest

import servers
from fcgi_peer import Worker
from lib import CLIENT_KEYS, ENGINES, Site, wait_for

pytestmark = pytest.mark.skipif(ENGINES[0] == "sqlite", reason="about servers")

SODA = "/ords/demo/soda/latest"
ENGINE = ENGINES[0]
WAIT = 2                                    # jdbc.ConnectionWaitTimeout, s
STATEMENT = 1.5                             # jdbc.statementTimeout, s


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A server of its own, and a second pool that needs none."""
    s = Site(tmp_path_factory.mktemp("faults"), engine=ENGINE, server=servers.another(ENGINE, prefix="fault"),
             settings={"jdbc.ConnectionWaitTimeout": f"{WAIT}s", "jdbc.statementTimeout": f"{int(STATEMENT * 1000)}ms"})
    s.cords("config", "set", "--db-pool", "file", "db.engine", "sqlite")
    s.cords("install", "--db-pool", "file", "--db-file", str(s.folder / "file.db"))
    s.cords("schema", "enable", "demo", "--db-pool", "file", "--password-stdin", stdin="secret\n")
    return s


@pytest.fixture
def start(site):
    made = []

    def make():
        made.append(Worker(site))
        return made[-1]

    yield make
    for w in made:
        w.stop()


@pytest.fixture
def coll(start):
    w = start()
    name = f"c{time.monotonic_ns()}"
    assert w.ask("PUT", f"{SODA}/{name}", json.dumps(CLIENT_KEYS).encode()).status == 201
    return f"{SODA}/{name}"


def timed(action):
    begun = time.monotonic()
    a = action()
    return a, time.monotonic() - begun


def is_503(a):
    assert a.status == 503 and "retry-after" in a.headers and b'pool \\"default\\"' in a.body, a
    return True


def served_again(w, path):
    """R-46: within 10 s, by the same worker"""
    wait_for(lambda: w.ask("GET", path).status == 200, 10)
    assert w.is_well()


# ---- F-06 ----

def test_killed(site, start, coll):
    """F-06, R-46, R-01: 503 in time while the server is away, served when it is back, nothing that was acknowledged is gone"""
    workers = [start() for _ in range(3)]
    acknowledged, stop, odd = set(), threading.Event(), []

    def write(w, n):
        i = 0
        while not stop.is_set():
            i += 1
            a, s = timed(lambda: w.ask("PUT", f"{coll}/{n}-{i}", b'{"a":1}'))
            if a.status == 201:
                acknowledged.add(f"{n}-{i}")
            elif a.status != 503 or s > WAIT + 1:
                odd.append((a, s))

    threads = [threading.Thread(target=write, args=(w, n)) for n, w in enumerate(workers)]
    for t in threads:
        t.start()
    wait_for(lambda: len(acknowledged) > 50)
    site.server.kill()
    n_before = len(acknowledged)
    for _ in range(2):
        a, s = timed(lambda: start().ask("GET", coll))
        assert is_503(a) and s < WAIT + 1
    site.server.restart()
    for w in workers:
        served_again(w, f"{coll}?limit=1")
    wait_for(lambda: len(acknowledged) > n_before + 20)
    stop.set()
    for t in threads:
        t.join()
    assert not odd
    stored, offset = set(), 0
    while page := json.loads(workers[0].ask("GET", f"{coll}?fields=id&limit=1000&offset={offset}").body)["items"]:
        stored |= {i["id"] for i in page}
        offset += len(page)
    assert acknowledged <= stored


# ---- F-07 ----

@pytest.mark.parametrize("method,body", [("GET", None), ("PUT", b'{"a":2}')])
def test_hanging(site, start, coll, method, body):
    """F-07, R-42, R-46: 504 after the deadline, then 503 in time; the same worker serves others meanwhile, and all of it later"""
    w = start()
    assert w.ask("PUT", f"{coll}/k", b'{"a":1}').status == 201
    site.server.signal(signal.SIGSTOP)
    try:
        a, s = timed(lambda: w.ask(method, f"{coll}/k", body))
        assert a.status == 504 and STATEMENT <= s < STATEMENT + 3, (a, s)
        a, s = timed(lambda: w.ask("GET", f"{coll}/k"))
        assert is_503(a) and s < WAIT + 1, (a, s)
        a, s = timed(lambda: w.ask("GET", "/ords/file/demo/soda/latest/"))
        assert a.status == 200 and s < 1, (a, s)
        assert w.is_well()
    finally:
        site.server.signal(signal.SIGCONT)
    served_again(w, f"{coll}/k")


# ---- F-08, R-47 ----

def test_no_connections_left(site, start, coll):
    """F-08, R-47, OR-35: 503 in time, which says so; who has a connection is served; later all are"""
    has, has_not = start(), start()
    assert has.ask("GET", coll).status == 200
    site.server.limit_connections(1)
    try:
        a, s = timed(lambda: has_not.ask("GET", coll))
        assert is_503(a) and s < WAIT + 1 and b"no connections left" in a.body, a
        assert has.ask("PUT", f"{coll}/k", b"{}").status == 201
    finally:
        site.server.limit_connections(None)
    served_again(has_not, coll)


def test_settings_that_are_read_anew(site, start, coll):
    """F-08, F-22: settings that say nothing about the database leave its connection as it is, so that nobody waits for a login, or
    fails to get one; those that do are connected by"""
    w, other = start(), start()
    assert w.ask("PUT", f"{coll}/a", b"{}").status == w.ask("PUT", f"{coll}/b", b"{}").status == 201
    assert other.ask("GET", coll).status == 200

    site.server.limit_connections(1)            # which is that of the other one
    try:
        site.cords("config", "set", "soda.maxLimit", "1")
        wait_for(lambda: len(w.ask("GET", coll).json["items"]) == 1)
        assert w.ask("PUT", f"{coll}/c", b"{}").status == 201
        site.cords("config", "set", "jdbc.MaxStatementsLimit", "60")
        is_503(wait_for(lambda: (a := w.ask("GET", coll)).status != 200 and a))
    finally:
        site.server.limit_connections(None)
        for key in ("soda.maxLimit", "jdbc.MaxStatementsLimit"):
            site.cords("config", "delete", key)
    served_again(w, coll)


# ---- F-11 ----

def table_of(site, coll):
    name = coll.rpartition("/")[2]
    (rows,) = site.rows(f"SELECT id FROM soda_collections WHERE name = '{name}'")
    return f"soda_c_{rows[0][0]}"


@pytest.mark.parametrize("n_failures,status", [(2, 200), (8, 200), (500, 503)])
@pytest.mark.parametrize("fault", [pytest.param(f, id=str(f)) for f in {
    "postgresql": ["40001", "40P01", "40001 at COMMIT"], "mariadb": [1213, 1020, 1205]}.get(ENGINE, [])])
def test_transactions_that_met_others(site, start, coll, fault, n_failures, status):
    """F-11: a whole transaction is repeated for as long as one may wait for a lock, or half of what a request may take, then 503;
    its effect is there once, or not at all"""
    w = start()
    assert w.ask("PUT", f"{coll}/k", b'{"a":1}').status == 201
    site.server.fail_updates(site.database, table_of(site, coll), fault, n_failures)
    a, s = timed(lambda: w.ask("PATCH", f"{coll}/k", b'[{"op":"add","path":"/b","value":1}]',
                               headers={"Content-Type": "application/json-patch+json"}))
    assert a.status == status and s < STATEMENT and (status == 200 or s > STATEMENT / 2), (a, s)
    n_tried = site.server.updates_tried(site.database)
    assert n_tried == n_failures + 1 if status == 200 else 8 < n_tried < 50
    site.server.fail_updates(site.database, table_of(site, coll), None, 0)
    doc = json.loads(w.ask("GET", f"{coll}/k").body)
    assert doc == ({"a": 1, "b": 1} if status == 200 else {"a": 1})
    assert w.is_well()


@pytest.mark.parametrize("fault,status", {"postgresql": [("40P01", 200), ("57014", 504)], "mariadb": [(1213, 200), (1969, 503)]}.get(ENGINE, []))
def test_index_entries_that_met_others(site, start, coll, fault, status):
    """F-11, R-02, R-04: a write whose index entries are in the same statement is repeated as a whole; one that was interrupted is not
    there, neither object nor entry, and whoever asked hears so: on MariaDB it might have been committed, and was looked up"""
    w = start()
    spec = {"name": f"a_{coll.rpartition('/')[2]}", "fields": [{"path": "a"}]}
    assert w.ask("POST", coll + "?action=index", json.dumps(spec).encode()).status == 200
    assert w.ask("PUT", f"{coll}/k", b'{"a":1}').status == 201
    assert w.ask("PATCH", f"{coll}/k", b'{"b":1}').status == 200
    site.server.fail_updates(site.database, table_of(site, coll), fault, 1)
    a = w.ask("PATCH", f"{coll}/k", b'{"a":2}')
    assert a.status == status and (status != 503 or b'"retry":"safe"' in a.body), a
    site.server.fail_updates(site.database, table_of(site, coll), None, 0)
    for value, n in ((1, status != 200), (2, status == 200)):
        assert w.ask("POST", coll + "?action=query", b'{"a":%d}' % value).json["count"] == n
    assert w.ask("PATCH", f"{coll}/k", b'{"a":3}').status == 200 and w.is_well()
