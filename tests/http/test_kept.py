"""nginx keeps connections to the workers, as many as cords validate calls safe: nobody waits for a worker that is kept."""
import contextlib
import threading
import time

import pytest

import fcgi_peer
from fronts import missing, start

KEPT = {"# keepalive 1;": "keepalive 1;", "fastcgi_keep_conn off;": "fastcgi_keep_conn on;"}


@pytest.fixture(scope="module")
def front():
    if missing("nginx"):
        pytest.skip("nginx is not installed")
    f = start("nginx", words=KEPT)              # one process, two pools of two workers
    yield f
    f.stop()


def burst(front, seconds, failures):
    """reads and inserts on 16 connections at once"""
    until = time.monotonic() + seconds

    def one():
        c = front.client("/ords/demo/soda/latest")
        while time.monotonic() < until:
            if c.post("/kept", {"a": 1}).status != 201 or c.get("/kept?limit=1").status != 200:
                failures.append(c)
        c.close()
    threads = [threading.Thread(target=one) for _ in range(16)]
    for t in threads:
        t.start()
    return threads


def another_asks(front, name):
    """somebody else than this nginx, on the socket of a pool; fails when no worker is free for long"""
    with contextlib.closing(fcgi_peer.Peer(front.folder / name, timeout=10)) as p:
        p.send(fcgi_peer.request(fcgi_peer.variables("GET", "/ords/_/health/live")))
        assert p.answer().status == 200


def test_validate_calls_it_safe(front):
    r = front.site.cords("validate", "--web-server", front.folder / "nginx.conf", "--workers", "2", check=False)
    (line,) = [x for x in r.stdout.splitlines() if "nginx.conf" in x]
    assert line.startswith("OK") and line.endswith("nothing against it"), line


def test_nobody_starves(front):
    """a burst through kept connections fails nobody; others are answered during it, and when nginx keeps what it has"""
    front.client("/ords/demo/soda/latest").make(name="kept")
    failures = []
    threads = burst(front, 2, failures)
    for _ in range(10):
        another_asks(front, "a.sock")
        another_asks(front, "b.sock")
    for t in threads:
        t.join()
    assert failures == []
    for name in ("a.sock", "b.sock"):
        for _ in range(5):
            another_asks(front, name)
