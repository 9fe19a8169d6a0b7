"""Two instances on one configuration folder behind nginx with HTTPS (13.1): sockets of FastCGI, and HTTP as in compose.yaml."""
import base64
import itertools
import json
import os
import signal
import socket
import threading

import pytest

from fronts import BALANCERS, missing, start
from lib import BIN, CLIENT_KEYS, children, wait_for

# who answered is said in a header, and a failure keeps nobody out for longer than a second
WORDS = {"client_max_body_size 17m;": "client_max_body_size 17m; add_header X-Instance $upstream_addr always;",
         "max_fails=1 fail_timeout=10s": "max_fails=1 fail_timeout=1s"}
SODA = "/ords/demo/soda/latest"
AUTH = "Authorization: Basic " + base64.b64encode(b"demo:secret").decode()


@pytest.fixture(scope="module", params=BALANCERS)
def front(request):
    if missing(request.param):
        pytest.skip(f"{missing(request.param)} is not installed")
    f = start(request.param, words=WORDS)
    yield f
    f.stop()


@pytest.fixture
def coll(front):
    soda = front.client(SODA)
    yield soda.make(CLIENT_KEYS)
    soda.close()


@pytest.fixture
def made(front):
    """a collection that gives keys by itself"""
    soda = front.client(SODA)
    yield soda.make()
    soda.close()


def instances(front):
    """the two processes of cords serve, in the order of the upstream"""
    return front.processes[:2]


class Load:
    """Callers that go on asking, each on a connection that it keeps; what they heard is counted."""

    def __init__(self, front, request, callers=3, limit=None):
        self.front, self.request, self.limit = front, request, limit
        self.n, self.heard, self.failed, self.by = itertools.count(), [], [], set()
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.call, daemon=True) for _ in range(callers)]
        for t in self.threads:
            t.start()

    def call(self):
        connection = None
        while not self.done.is_set():
            i = next(self.n)
            if self.limit is not None and i >= self.limit:
                break
            try:
                connection = connection or Connection(self.front)
                status, headers, body = connection.ask(*self.request(i))
                if headers.get("connection") == "close":        # after a thousand requests
                    connection = None
                self.heard.append((i, status, body))
                self.by.add(headers.get("x-instance"))
                if status >= 500:
                    self.failed.append((i, status, body))
            except OSError as e:
                connection = None
                self.failed.append((i, 0, e))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.done.set()
        for t in self.threads:
            t.join(60)

    def wait(self, n):
        """until so many more were answered"""
        until = len(self.heard) + n
        wait_for(lambda: len(self.heard) >= until, 60)


class Connection:
    """HTTP in few lines: a client library would take longer than the server"""

    def __init__(self, front):
        plain = socket.create_connection(("localhost", front.port), 30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.s = front.tls.wrap_socket(plain, server_hostname="localhost")
        self.left = b""

    def more(self):
        got = self.s.recv(65536)
        if not got:
            raise ConnectionResetError("closed in the middle of an answer")
        self.left += got

    def ask(self, method, path, body=b""):
        self.s.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{AUTH}\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        while b"\r\n\r\n" not in self.left:
            self.more()
        head, _, self.left = self.left.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        body, length = b"", headers.get("content-length")
        if length is not None:
            while len(self.left) < int(length):
                self.more()
            body, self.left = self.left[:int(length)], self.left[int(length):]
        elif headers.get("transfer-encoding") == "chunked":
            while True:
                while b"\r\n" not in self.left:
                    self.more()
                size, _, self.left = self.left.partition(b"\r\n")
                while len(self.left) < int(size, 16) + 2:
                    self.more()
                body, self.left = body + self.left[:int(size, 16)], self.left[int(size, 16) + 2:]
                if int(size, 16) == 0:
                    break
        return int(first.split()[1]), headers, body


def workers(process):
    """of one instance"""
    return [pid for pid, name in children(process.pid) if name == BIN.name]


def both_answer(front):
    """requests reach both instances"""
    seen = set()

    def ask():
        r = front.client().get("/ords/_/health/live")
        assert r.status == 200
        seen.add(r.headers["X-Instance"])
        return len({s for s in seen if "," not in s}) == 2
    wait_for(ask, 20)


def test_one_stops_and_comes_back(front, made):
    """OR-71: the other takes everything, reading and writing; back, it gets its share"""
    both_answer(front)
    first = instances(front)[0]
    with Load(front, lambda i: ("POST", SODA + made.path, b'{"n":%d}' % i) if i % 3 == 0
              else ("GET", SODA + made.path + "?limit=2")) as load:
        load.wait(50)
        first.send_signal(signal.SIGTERM)
        assert first.wait(20) == 0
        load.wait(200)
        back = front.run(*first.args)
        front.processes.remove(back)
        front.processes[0] = back
        load.wait(50)
        both_answer(front)
    assert not load.failed, load.failed[:5]
    written = sum(1 for i, status, _ in load.heard if i % 3 == 0 and status == 201)
    assert written == len([i for i, *_ in load.heard if i % 3 == 0])
    assert made.query({}, totalResults="true", limit=1).json["totalResults"] == written


def test_killed_worker_costs_its_own_request(front, coll):
    """F-01: of many that run, one killed worker takes one at most; nothing acknowledged is lost, nothing is done twice"""
    kills = 5
    with Load(front, lambda i: ("PUT", f"{SODA}{coll.path}/k{i}", b'{"n":%d}' % i)) as load:
        for _ in range(kills):
            load.wait(40)
            os.kill(wait_for(lambda: workers(instances(front)[1]))[0], signal.SIGKILL)
        load.wait(40)
    assert len(load.failed) <= kills, load.failed
    acknowledged = {f"k{i}" for i, status, _ in load.heard if status == 201}
    assert len(acknowledged) + len(load.failed) >= len(load.heard)
    stored = [i["id"] for i in coll.items(limit=1000, fields="id")]
    assert acknowledged <= set(stored) and len(stored) == len(set(stored))


def test_setting_changes_in_both_at_once(front, made):
    """OR-60: one command, both instances, within three seconds, and no request is lost"""
    made.add_all([{"n": i} for i in range(9)])
    both_answer(front)
    def all_workers():
        """every answer of the last fifty has three objects"""
        load.wait(50)
        return all(len(json.loads(body)["items"]) == 3 for _, _, body in load.heard[-50:])

    with Load(front, lambda i: ("GET", f"{SODA}{made.path}?fields=id")) as load:
        load.wait(20)
        front.site.cords("config", "set", "soda.defaultLimit", "3")
        wait_for(all_workers, 4)
        front.site.cords("config", "delete", "soda.defaultLimit")
    assert not load.failed, load.failed[:5]
    assert len({b for b in load.by if b}) >= 2


@pytest.mark.parametrize("n", [int(os.environ.get("CORDS_RELOAD_REQUESTS", "5000"))])
def test_replaced_under_load(front, coll, n):
    """13.1: SIGHUP to both instances, again and again, while requests run: none fails"""
    coll.put("k", {"n": 1})
    rounds = 0
    before = {pid for p in instances(front) for pid in workers(p)}
    with Load(front, lambda i: ("GET", f"{SODA}{coll.path}/k"), limit=n) as load:
        while any(t.is_alive() for t in load.threads):
            for p in instances(front):
                p.send_signal(signal.SIGHUP)
            rounds += 1
            load.threads[0].join(0.3)
    assert len(load.heard) == n and not load.failed, load.failed[:5]
    assert {status for _, status, _ in load.heard} == {200} and rounds > 1
    wait_for(lambda: not before & {pid for p in instances(front) for pid in workers(p)})


# ---- what a balancer must not do ----

class Deaf:
    """An instance that takes each request whole and closes without an answer; requests are counted."""

    def __init__(self, listener):
        self.listener, self.n, self.is_done = listener, 0, False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        self.listener.settimeout(0.1)
        while not self.is_done:
            try:
                c, _ = self.listener.accept()
            except TimeoutError:
                continue
            c.settimeout(0.3)
            try:
                while c.recv(65536):
                    pass
            except TimeoutError:
                pass
            self.n += 1
            c.close()

    def stop(self):
        self.is_done = True
        self.thread.join()
        self.listener.close()


@pytest.mark.parametrize("name", BALANCERS)
def test_a_write_is_never_repeated(name):
    """R-01: a write that one instance may have executed does not reach the other; a GET does"""
    if missing(name):
        pytest.skip(f"{missing(name)} is not installed")
    f = start(name, words={**WORDS, "max_fails=1 fail_timeout=10s": "max_fails=0"})
    try:
        soda = f.client(SODA)
        coll = soda.make(CLIENT_KEYS)
        first = instances(f)[0]
        first.send_signal(signal.SIGTERM)
        first.wait(20)
        if name == "nginx":
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(f.folder / "a.sock"))
            (f.folder / "a.sock").chmod(0o666)
        else:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", int(first.args[first.args.index("--http") + 1].rpartition(":")[2])))
        listener.listen(8)
        deaf = Deaf(listener)
        try:
            statuses = {}
            for method, path, body in (("PUT", "/x{}", {"a": 1}), ("POST", "?action=insert", [{"a": 2}]), ("DELETE", "/x{}", None),
                                       ("PATCH", "/x{}", {"a": 3}), ("GET", "?limit=1", None)):
                kw = {"headers": {"Content-Type": "application/merge-patch+json"}} if method == "PATCH" else {}
                for i in range(4):
                    before = deaf.n
                    r = f.client(SODA).request(method, coll.path + path.format(i), body, **kw)
                    heard = deaf.n - before
                    statuses.setdefault(method, []).append((r.status, heard))
                    if method == "GET":
                        assert r.status == 200
                    else:
                        assert (r.status == 502) == (heard == 1) and heard <= 1, (method, r, heard)
            assert all(any(heard for _, heard in s) for s in statuses.values()), statuses
        finally:
            deaf.stop()
    finally:
        f.stop()
