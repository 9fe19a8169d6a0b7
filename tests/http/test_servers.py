"""What only pools on a server can meet."""
import concurrent.futures
import threading
import time

import pytest

from lib import CLIENT_KEYS, ENGINES, wait_for

pytestmark = pytest.mark.skipif(ENGINES[0] == "sqlite", reason="about servers")


def test_connections_that_were_closed(new_site):
    """R-46: the server closed every connection: the next request of each worker gets another one and succeeds"""
    s = new_site()
    c = s.soda().make(CLIENT_KEYS)
    assert c.put("k", {"a": 1}).status == 201
    for i in range(3):
        assert [c.get("k").status for _ in range(6)] == [200] * 6
        s.server.disconnect(s.database)
        assert [c.put(f"k{i}", {"a": 1}).status for _ in range(6)] == [201] + [200] * 5
    assert len(s.worker_pids()) == 2


def test_index_made_while_others_write(new_site):
    """R-10: no writer misses an index that is made at the same time: afterwards each object has its entry"""
    s = new_site(workers=4)
    c = s.soda().make(CLIENT_KEYS)
    trouble, stop = [], threading.Event()

    def write(n):
        own = s.soda().collection(c.name)
        for i in range(10000):
            r = own.put(f"{n}-{i % 50}", {"v": f"{n} {i}"})
            if r.status not in (200, 201):
                trouble.append(r)
            if stop.is_set():
                return

    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for t in writers:
        t.start()
    try:
        for i in range(8):
            name = f"V{i % 2}"
            assert c.action("index", {"name": name, "fields": [{"path": "v"}]}).status == 200
            assert name in s.check_tables()
            if i % 2:
                assert c.action("unindex", {"name": name}).status == 200
                assert c.action("unindex", {"name": "V0"}).status == 200
    finally:
        stop.set()
        for t in writers:
            t.join()
    assert not trouble
    assert s.check_tables() == set()


def test_patience(new_site):
    """R-47: whoever waits for somebody who changes the catalogue hears 503 when the time for a lock is over, once and not for each
    way in which a write may be tried"""
    s = new_site(workers=5, settings={"jdbc.ConnectionWaitTimeout": "1s"})
    c = s.soda().make(CLIENT_KEYS)
    assert c.put("k", {"a": 1}).status == 201
    writes = [("PUT", "/k", {"a": 2}), ("PATCH", "/k", {"b": 2}), ("DELETE", "/k", None), ("POST", "?action=truncate", None),
              ("PUT", "/new", {"a": 1})]

    def write(method, path, body):
        own = s.soda()
        assert [own.get(c.path + "/k").status for _ in range(5)] == [200] * 5
        begun = time.monotonic()
        r = own.request(method, c.path + path, body)
        own.close()
        return r.status, r.json.get("retry"), time.monotonic() - begun < 1.9

    with s.defining(), concurrent.futures.ThreadPoolExecutor(len(writes)) as several:
        answers = list(several.map(lambda w: write(*w), writes))
    assert answers == [(503, "safe", True)] * len(writes)
    assert c.get("k").json == {"a": 1}


def test_one_counter_for_all(new_site):
    """R-67: failures of one account that come at the same moment are all counted"""
    s = new_site(workers=4, settings={"security.credentials.attempts": "12"})

    def guess(n):
        for i in range(4):
            assert s.soda(password=f"wrong {n} {i}").get("/").status == 401

    guessers = [threading.Thread(target=guess, args=(n,)) for n in range(3)]
    for t in guessers:
        t.start()
    for t in guessers:
        t.join()
    assert s.soda(password="wrong").get("/").status == 429
    (rows,) = s.rows("SELECT failures FROM ords_logins WHERE counter LIKE 'a:%'")
    assert [int(n) for n, in rows] == [12]


def test_writes_beside_a_drop(site):
    """F-11, R-10: a collection that is dropped while others write to it: each of them hears what became of it, and nobody waits for
    a deadlock"""
    log = site.server.folder / "server.log"
    said = log.stat().st_size
    client = site.soda()
    name = client.fresh_name()
    over = threading.Event()
    odd = []

    def write():
        mine = site.soda()
        while not over.is_set():
            r = mine.post(f"/{name}", {"a": 1})
            if r.status not in (201, 404):
                odd.append(r)
        mine.close()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for t in threads:
        t.start()
    try:
        for _ in range(40):
            assert client.put(f"/{name}").status == 201
            wait_for(lambda: client.get(f"/{name}").json["items"])
            assert client.delete(f"/{name}").status == 200
    finally:
        over.set()
        for t in threads:
            t.join()
    assert odd == []
    assert "deadlock detected" not in log.read_text(errors="replace")[said:]
    site.check_tables()
