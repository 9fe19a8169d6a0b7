"""Heavy bodies, many requests, many clients: what a worker may cost, and what happens when there are too few."""
import collections
import json
import threading
import time

import pytest

from fcgi_peer import Worker
from lib import TIMES

SODA = "/ords/demo/soda/latest"
MIB = 1 << 20
BODY = 16 * MIB


@pytest.fixture
def worker(new_site):
    made = []

    def start(**settings):
        made.append(Worker(new_site(start=False, settings={"worker.maxMemory": "0", "worker.maxRequests": "0",
                                                           **{k.replace("_", "."): v for k, v in settings.items()}})))
        return made[-1]

    yield start
    for w in made:
        w.stop()


# ---- memory is bounded by settings, not by the shape of a body ----

def fill(piece, start=b"[", end=b"]"):
    """as often as it fits into the largest body"""
    n = (BODY - len(start) - len(end) + 1) // (len(piece) + 1)
    return start + b",".join([piece] * n) + end


def many_names():
    return b"{" + b",".join(b'"n%06d":{"a":%d}' % (i, i) for i in range(400000)) + b"}"


SHAPES = {
    "objects": lambda: fill(b"{}"), "arrays": lambda: fill(b"[]"), "strings": lambda: fill(b'""'), "names": many_names,
    "string": lambda: b'["' + b"x" * (BODY - 4) + b'"]',
    "deep": lambda: fill(b"[" * 900 + b"]" * 900),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_of_bodies(worker, name):
    """R-41: at the body limit, with every other limit lifted: as an object, elements, a filter, an update, metadata, and patched"""
    w = worker(request_maxValues="100000000")
    assert w.ask("PUT", f"{SODA}/c").status == 201
    spec = {"name": f"ix{time.monotonic_ns()}", "fields": [{"path": "n000001.a", "datatype": "number"}]}
    assert w.ask("POST", f"{SODA}/c?action=index", json.dumps(spec).encode()).status == 200
    base = w.status("VmHWM")
    body = SHAPES[name]()
    for method, path in (("POST", f"{SODA}/c"), ("POST", f"{SODA}/c?action=insert"), ("POST", f"{SODA}/c?action=query"),
                         ("POST", f"{SODA}/c?action=update"), ("PUT", f"{SODA}/d")):
        a = w.ask(method, path, body)
        assert a.status in (200, 201, 400, 413) and a.whole, (path, a)
    a = w.ask("GET", f"{SODA}/c?limit=1000")
    assert a.status == 200
    ids = [i["id"] for i in json.loads(a.body)["items"]]
    if ids:
        patch = b'[{"op":"copy","from":"","path":"/x"}]' if body[:1] == b"{" else b'[{"op":"copy","from":"/0","path":"/-"}]'
        a = w.ask("PATCH", f"{SODA}/c/{ids[0]}", patch)
        assert a.status in (200, 400, 409, 413), a
    a = w.ask("POST", f"{SODA}/c?action=query", b'{"a.b[*].c":{"$exists":true},"$orderby":{"a":1}}')
    assert a.status in (200, 400, 413), a
    peak = (w.status("VmHWM") - base) // 1024
    assert peak < 256 + 16, f"{peak} MiB above the base"       # request.maxMemory, and what the allocator rounds up
    assert w.is_well()


def test_largest_page(worker):
    """R-41: a page of 1000 documents, 60 MiB"""
    w = worker()
    assert w.ask("PUT", f"{SODA}/c").status == 201
    docs = json.dumps([{"n": n, "t": "x" * 60000} for n in range(250)]).encode()
    for _ in range(4):
        assert w.ask("POST", f"{SODA}/c?action=insert", docs).status == 200
    base = w.status("VmHWM")
    for path in (f"{SODA}/c?limit=1000", f"{SODA}/c?limit=1000&q=%7B%22n%22%3A%7B%22%24gte%22%3A0%7D%7D"):
        a = w.ask("GET", path)
        assert a.status == 200 and len(json.loads(a.body)["items"]) == 1000
    peak = (w.status("VmHWM") - base) // 1024
    assert peak < 256, f"{peak} MiB above the base"


# ---- nothing grows ----

def mixed(w, rng, keys, n):
    """n requests of every kind, many of them wrong"""
    c = f"{SODA}/c"
    for _ in range(n):
        key = rng.choice(keys) if keys and rng.random() < 0.8 else "0" * 32
        kind = rng.randrange(16)
        if kind == 0 and len(keys) < 200:
            a = w.ask("POST", c, json.dumps({"n": rng.randrange(1000), "s": "x" * rng.randrange(3000)}).encode())
            keys.append(json.loads(a.body)["items"][0]["id"])
        elif kind <= 3:
            a = w.ask("GET", f"{c}/{key}")
        elif kind == 4:
            a = w.ask("PUT", f"{c}/{key}", json.dumps({"n": rng.randrange(1000)}).encode())
        elif kind == 5:
            a = w.ask("PATCH", f"{c}/{key}", b'[{"op":"add","path":"/n","value":%d}]' % rng.randrange(1000))
        elif kind == 6:
            a = w.ask("POST", f"{c}?action=query", b'{"n":{"$gt":%d},"$orderby":{"n":1}}' % rng.randrange(1000))
        elif kind == 7:
            a = w.ask("GET", f"{c}?limit={rng.randrange(50)}&totalResults=true")
        elif kind == 8:
            a = w.ask("POST", c, b'{"broken":')
        elif kind == 9:
            a = w.ask("POST", f"{c}?action=query", b'{"s":{"$regex":"(%d"}}' % rng.randrange(100))
        elif kind == 10:
            a = w.ask("POST", f"{c}?action=insert", b'[{"n":1},{"n":1')
        elif kind == 11:
            a = w.ask("GET", f"{SODA}/missing{rng.randrange(100)}")
        elif kind == 12:
            name = f"{SODA}/t{rng.randrange(5)}"
            w.ask("PUT", name)
            a = w.ask("DELETE", name)
        elif kind == 13:
            a = w.ask("GET", c, user="nobody:wrong")
        elif kind == 14:
            a = w.ask("PATCH", f"{c}/{key}", b'[{"op":"test","path":"/n","value":"never"}]')
        else:
            a = w.ask("GET", "/ords/" + "x" * rng.randrange(200))
        assert a.status < 500 and a.whole, a


def test_memory_does_not_grow(worker, rng):
    """R-45: growth below 1 MiB per 10 000 mixed requests, errors included, after warm-up"""
    w = worker(security_credentials_attempts="-1")
    assert w.ask("PUT", f"{SODA}/c").status == 201
    keys = []
    mixed(w, rng, keys, 2500)
    before, n_open = w.status("VmRSS"), w.status("FDSize")
    mixed(w, rng, keys, 2500)
    grown = w.status("VmRSS") - before
    assert grown < 256, f"{grown} KiB in 2500 requests"
    assert w.status("FDSize") == n_open and w.is_well()


# ---- more clients than workers ----

def clients(site, n, work):
    """work(soda, number) in n threads; their results"""
    results, gate = [None] * n, threading.Barrier(n)

    def run(i):
        soda = site.soda()
        gate.wait()
        results[i] = work(soda, i)
        soda.close()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(120)
        assert not t.is_alive(), "a client was left waiting"
    return results


def test_overload(new_site):
    """R-47: 200 clients at 4 workers: everybody is served, or told to come again"""
    site = new_site(workers=4)
    c = site.soda().make()
    keys = c.add_all([{"n": n} for n in range(10)])
    pids = site.worker_pids()

    def work(soda, i):
        seen = collections.Counter()
        for k in range(5):
            r = soda.get(f"{c.path}/{keys[k]}") if k % 2 else soda.post(c.path, {"n": i})
            seen[r.status] += 1
            assert r.status != 503 or "Retry-After" in r.headers, r
        return seen

    total = sum((s for s in clients(site, 200, work) if s), collections.Counter())
    assert sum(total.values()) == 1000
    assert set(total) <= {200, 201, 503}, total
    assert total[200] + total[201] >= 900, total
    assert site.worker_pids() == pids
    assert c.get(params={"totalResults": "true", "limit": "1"}).json["totalResults"] == 10 + total[201]
    c.soda.close()


def test_writers_queue(new_site):
    """R-48: 16 writers and a reader of everything: no write fails because of a lock"""
    site = new_site(workers=4)
    soda = site.soda()
    c = soda.make(TIMES)
    stop = threading.Event()
    n_read = []

    def read():
        other = site.soda()
        while not stop.is_set():
            r = other.get(c.path, params={"limit": "1000"})
            assert r.status == 200
            n_read.append(r.json["count"])
        other.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        statuses = clients(site, 16, lambda s, i: [s.post(c.path, {"w": i, "n": n}).status for n in range(25)])
    finally:
        stop.set()
        reader.join(60)
    assert statuses == [[201] * 25] * 16
    assert c.get(params={"totalResults": "true", "limit": "1"}).json["totalResults"] == 400
    assert n_read == sorted(n_read), "a later read saw less"
    assert not [line for line in site.log() if line.get("status", 0) >= 500]
    soda.close()
