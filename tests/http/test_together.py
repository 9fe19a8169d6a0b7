"""Writers of SQLite that take others along: one transaction for all who wait (sql/handin.h, sql/lead.c)."""
import collections
import contextlib
import fcntl
import itertools
import json
import os
import signal
import struct
import threading

import pytest

from fcgi_peer import Worker
from lib import BIN, ENGINES, wait_for

if ENGINES[0] != "sqlite":
    pytest.skip("writers queue on SQLite only", allow_module_level=True)

SODA = "/ords/demo/soda/latest"
WEATHER = BIN.parent / "tests" / "shim" / "weather.so"
TICKETS, HEADS, HEAD, SLOTS = 64, 4096 + 64, 40, 32     # in the file of the turn
WAITING, STORING = 1, 3
UNIQUE = {"name": "N", "unique": True, "fields": [{"path": "n", "datatype": "number"}]}
TEXT = {"name": "T", "fields": [{"path": "t", "datatype": "string"}]}


class Turn:
    """the turn of the writers of a site, held by the test"""

    def __init__(self, site):
        self.site = site

    def __enter__(self):
        self.file = open(f"{self.site.db}-turn", "r+b")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_):
        self.file.close()

    def word(self, at):
        raw = os.pread(self.file.fileno(), 4, at)
        return struct.unpack("=I", raw)[0] if len(raw) == 4 else 0

    def n_waiting(self):
        return sum(self.word(HEADS + HEAD * i) == WAITING for i in range(SLOTS))

    def answer_waiting(self, state):
        """as a leader would"""
        for i in range(SLOTS):
            if self.word(HEADS + HEAD * i) == WAITING:
                os.pwrite(self.file.fileno(), struct.pack("=I", state), HEADS + HEAD * i)

    def tickets(self):
        return self.word(TICKETS)


def n_commits(site):
    """in the present round of the WAL: frames that end a transaction"""
    wal = open(f"{site.db}-wal", "rb").read()
    page = struct.unpack(">I", wal[8:12])[0]
    frames = [wal[at:at + 24] for at in range(32, len(wal), 24 + page)]
    return sum(f[8:16] == wal[16:24] and f[4:8] != bytes(4) for f in frames)


class Crowd:
    """workers of one site, each with a request at a time"""

    def __init__(self, site):
        self.site, self.workers, self.threads, self.n_dead = site, [], [], 0

    def worker(self, env=None):
        w = Worker(self.site, env=env)
        self.workers.append(w)
        # from its second request on it goes by the catalogue that it remembers
        assert [w.ask("GET", f"{SODA}/c?limit=1").status for _ in range(2)] == [200, 200]
        return w

    def ask(self, w, *args, **kw):
        """from a thread; what it returns is filled with the answer"""
        answer = []

        def run():
            try:
                answer.append(w.ask(*args, **kw))
            except OSError:
                answer.append(None)

        t = threading.Thread(target=run)
        t.start()
        self.threads.append(t)
        return answer

    def line_up(self, turn, *requests):
        """one after the other they wait for the turn, and have handed in what they write"""
        answers, n = [], turn.n_waiting()
        for w, *args in requests:
            before = turn.tickets()
            answers.append(self.ask(w, *args[:3], headers=args[3] if len(args) > 3 else None))
            wait_for(lambda: turn.tickets() == before + 1, pause=0.001)
        wait_for(lambda: turn.n_waiting() >= n + len(requests) - self.n_dead, pause=0.001)
        return answers

    def join(self):
        for t in self.threads:
            t.join(30)
        self.threads = []

    def close(self):
        self.join()
        for w in self.workers:
            w.stop()


@pytest.fixture
def crowd(new_site):
    site = new_site(start=False)
    c = Crowd(site)
    first = Worker(site)
    c.workers.append(first)
    assert first.ask("PUT", f"{SODA}/c").status == 201
    for spec in (UNIQUE, TEXT):
        assert first.ask("POST", f"{SODA}/c?action=index", json.dumps(spec).encode()).status == 200
    yield c
    c.close()


def doc(n, **more):
    return json.dumps({"n": n, "t": f"text {n}", **more}).encode()


def insert(worker, n):
    a = worker.ask("POST", f"{SODA}/c", doc(n))
    assert a.status == 201, a
    return f"{SODA}/c/{a.json['items'][0]['id']}"


def stored(crowd):
    """the documents, by n; the indexes agree with them"""
    crowd.site.check_tables()
    ((number,),), = crowd.site.rows("SELECT id FROM soda_collections WHERE name = 'c'")
    rows, = crowd.site.rows(f"SELECT content FROM soda_c_{number}")
    docs = [json.loads(text) for text, in rows]
    assert len({d["n"] for d in docs}) == len(docs), "a write had two effects"
    return {d["n"]: d for d in docs}


def test_one_transaction(crowd):
    """R-01, R-02: who waits is taken along by the first one: inserts, of several, too, a replacement, a patch, a delete; all in one
    COMMIT"""
    w = [crowd.worker() for _ in range(6)]
    old, gone, merged = (insert(w[0], n) for n in (100, 101, 102))
    before = n_commits(crowd.site)
    with Turn(crowd.site) as turn:
        answers = crowd.line_up(turn, (w[0], "POST", f"{SODA}/c", doc(1)), (w[1], "PUT", old, doc(200)), (w[2], "DELETE", gone),
                                (w[3], "PATCH", merged, b'{"x":1}'), (w[4], "POST", f"{SODA}/c", doc(2)),
                                (w[5], "POST", f"{SODA}/c?action=insert", b"[%b,%b]" % (doc(3), doc(4))))
    crowd.join()
    assert [a.status for a, in answers] == [201, 200, 200, 200, 201, 200]
    assert n_commits(crowd.site) == before + 1
    assert set(stored(crowd)) == {1, 2, 3, 4, 102, 200} and stored(crowd)[102]["x"] == 1


def test_without_indexes(crowd):
    """R-01: writes that are one statement are taken along, too"""
    w = [crowd.worker() for _ in range(4)]
    assert w[0].ask("PUT", f"{SODA}/d").status == 201
    keys = [w[0].ask("POST", f"{SODA}/d", doc(n)).json["items"][0]["id"] for n in range(2)]
    for x in w:
        assert [x.ask("GET", f"{SODA}/d?limit=1").status for _ in range(2)] == [200, 200]
        assert x.ask("POST", f"{SODA}/d", doc(9)).status == 201
    before = n_commits(crowd.site)
    with Turn(crowd.site) as turn:
        # nobody waits yet, so the first one is to be a statement on its own
        answers = crowd.line_up(turn, (w[0], "POST", f"{SODA}/d", doc(2)), (w[1], "PUT", f"{SODA}/d/{keys[0]}", doc(3)),
                                (w[2], "DELETE", f"{SODA}/d/{keys[1]}"), (w[3], "POST", f"{SODA}/d", doc(4)))
    crowd.join()
    assert [a.status for a, in answers] == [201, 200, 200, 201]
    assert n_commits(crowd.site) == before + 2
    items = w[0].ask("GET", f"{SODA}/d?limit=100").json["items"]
    assert sorted(i["value"]["n"] for i in items) == [2, 3, 4, 9, 9, 9, 9]


def test_refused(crowd):
    """R-02, R-03, F-11: what fails among others is told as if it were alone, and takes nobody along: a version that has moved,
    a value that exists, which is found when the object is written already"""
    w = [crowd.worker() for _ in range(6)]
    a = w[0].ask("POST", f"{SODA}/c", doc(100)).json["items"][0]
    path, match = f"{SODA}/c/{a['id']}", {"if-match": f'"{a["etag"]}"'}
    insert(w[0], 7)
    with Turn(crowd.site) as turn:
        answers = crowd.line_up(turn, (w[0], "POST", f"{SODA}/c", doc(1)), (w[1], "PUT", path, doc(100, by=1), match),
                                (w[2], "PUT", path, doc(100, by=2), match), (w[3], "POST", f"{SODA}/c", doc(2)),
                                (w[4], "POST", f"{SODA}/c", doc(7)), (w[5], "POST", f"{SODA}/c", doc(3)))
    crowd.join()
    first, *replaced, second, refused, third = (a.status for a, in answers)
    assert (first, second, refused, third) == (201, 201, 409, 201)
    assert sorted(replaced) == [200, 412]       # on a busy machine the later one may be first
    assert "unique index N" in answers[4][0].body.decode()
    there = stored(crowd)
    assert set(there) == {1, 2, 3, 7, 100} and there[100]["by"] == 1 + replaced.index(200)


def test_replaced_after_refusal(crowd):
    """R-02, R-03, T-cas: a leader that has refused another one, whose object was written already, loses no update afterwards: of two
    who replace the same version one is refused, and the index agrees with what is stored"""
    w = [crowd.worker() for _ in range(3)]
    a = w[0].ask("POST", f"{SODA}/c", doc(100)).json["items"][0]
    path, match = f"{SODA}/c/{a['id']}", {"if-match": f'"{a["etag"]}"'}
    insert(w[1], 7)
    with Turn(crowd.site) as turn:
        answers = crowd.line_up(turn, (w[0], "POST", f"{SODA}/c", doc(1)), (w[1], "POST", f"{SODA}/c", doc(7)))
    crowd.join()
    assert [a.status for a, in answers] == [201, 409]
    with Turn(crowd.site) as turn:
        answers = crowd.line_up(turn, (w[2], "PUT", path, doc(100, by=2), match), (w[0], "PUT", path, doc(200, by=0), match))
    crowd.join()
    statuses = [a.status for a, in answers]
    assert sorted(statuses) == [200, 412]       # on a busy machine the later one may be first
    n, other = (100, 200) if statuses[0] == 200 else (200, 100)
    assert n in stored(crowd) and other not in stored(crowd)
    assert w[1].ask("POST", f"{SODA}/c?action=query", b'{"n":%d}' % other).json["count"] == 0


def test_catalogue_moves(crowd):
    """R-06, R-10: what was handed in by a catalogue that has changed is done again by the new one"""
    w = [crowd.worker() for _ in range(4)]
    definer = crowd.worker()
    with Turn(crowd.site) as turn:
        n = turn.tickets()
        made = crowd.ask(definer, "POST", f"{SODA}/c?action=index", json.dumps({**UNIQUE, "name": "M"}).encode())
        wait_for(lambda: turn.tickets() == n + 1, pause=0.001)
        answers = crowd.line_up(turn, *((x, "POST", f"{SODA}/c", doc(i)) for i, x in enumerate(w)))
    crowd.join()
    assert made[0].status == 200 and [a.status for a, in answers] == [201] * 4
    assert set(stored(crowd)) == {0, 1, 2, 3}


def test_in_doubt_and_catalogue_moves(crowd):
    """R-02, R-04: what a leader that died may have stored does not begin anew with another key, when it cannot be looked up: here the
    catalogue has moved, and the WAL is not to be found, so what stands there may not be on the disk"""
    w, definer = crowd.worker(), crowd.worker()
    wal = f"{crowd.site.db}-wal"
    with Turn(crowd.site) as turn:
        n = turn.tickets()
        made = crowd.ask(definer, "POST", f"{SODA}/c?action=index", json.dumps({**UNIQUE, "name": "M"}).encode())
        wait_for(lambda: turn.tickets() == n + 1, pause=0.001)
        (answer,) = crowd.line_up(turn, (w, "POST", f"{SODA}/c", doc(1)))
        turn.answer_waiting(STORING)
        os.rename(wal, f"{wal}-away")
    crowd.join()
    os.rename(f"{wal}-away", wal)
    assert made[0].status == 200
    assert answer[0].status == 503 and answer[0].json["outcome"] == "unknown", answer
    assert not stored(crowd)


@pytest.mark.skipif(not WEATHER.exists(), reason="tests/shim/weather.so is not built")
def test_leader_is_killed_after_each_statement(crowd):
    """R-01, R-02, R-04, F-03: a leader dies after the 1st, 2nd, ... statement of the transaction, BEGIN and COMMIT among them:
    whom it took along is answered rightly, and stored once"""
    during = crowd.site.folder / "during"
    others = [crowd.worker() for _ in range(3)]
    numbers = itertools.count(1000, 10)
    fates = collections.Counter()
    n = 1
    # on a busy machine a leader takes fewer along, and then runs fewer statements
    while not (fates[0, True] and fates[201, True]) and fates[201, True] < 10:
        leader = crowd.worker({"LD_PRELOAD": str(WEATHER), "WEATHER_WHILE": str(during), "WEATHER_KILL": f"statement:{n}"})
        at = next(numbers)
        old = insert(others[0], at)
        with Turn(crowd.site) as turn:
            answers = crowd.line_up(turn, (leader, "POST", f"{SODA}/c", doc(at + 1)), (others[0], "POST", f"{SODA}/c", doc(at + 2)),
                                    (others[1], "PUT", old, doc(at + 3)),
                                    (others[2], "POST", f"{SODA}/c?action=insert", b"[%b,%b]" % (doc(at + 4), doc(at + 5))))
            during.touch()
        crowd.join()
        during.unlink()
        first, *rest = (a for a, in answers)
        assert [a.status for a in rest] == [201, 200, 200], (n, rest)
        there = stored(crowd)
        assert {at + 2, at + 3, at + 4, at + 5} <= set(there) and at not in there
        status = first.status if first is not None else 0
        assert status in (0, 201) and (status == 0 or at + 1 in there)
        fates[status, at + 1 in there] += 1
        assert leader.is_well() if status else leader.process.wait(10) == -signal.SIGKILL
        n += not status
    # before COMMIT, and behind it
    assert fates[0, False] >= 8 and fates[0, True] >= 1, fates


def test_waiting_one_is_killed(crowd):
    """R-04, F-03: what was handed in by a worker that has died is not written, and its slot serves another one"""
    w = [crowd.worker() for _ in range(3)]
    with Turn(crowd.site) as turn:
        answers = crowd.line_up(turn, (w[0], "POST", f"{SODA}/c", doc(1)), (w[1], "POST", f"{SODA}/c", doc(2)),
                                (w[2], "POST", f"{SODA}/c", doc(3)))
        w[1].process.kill()
        w[1].process.wait()
        crowd.n_dead = 1
    crowd.join()
    assert answers[0][0].status == answers[2][0].status == 201
    assert set(stored(crowd)) == {1, 3}
    w.append(crowd.worker())
    with Turn(crowd.site) as turn:
        answers = crowd.line_up(turn, *((w[i], "POST", f"{SODA}/c", doc(10 + i)) for i in (0, 2, 3)))
    crowd.join()
    assert [a.status for a, in answers] == [201] * 3 and set(stored(crowd)) == {1, 3, 10, 12, 13}


def test_many_writers(crowd, rng):
    """R-01, R-02, R-03, T-cas: eight workers insert, replace, remove, and count up with If-Match, while some of them are killed; what
    was acknowledged is there, once"""
    w = [crowd.worker() for _ in range(8)]
    counter = f"{SODA}/c/{w[0].ask('POST', f'{SODA}/c', doc(0, count=0)).json['items'][0]['id']}"
    acknowledged, removed, unsure, counted = set(), set(), set(), []
    stop = threading.Event()

    def count_up(x):
        a = x.ask("GET", counter)
        if a.status == 200:
            n = a.json["count"] + 1
            a = x.ask("PUT", counter, doc(0, count=n), headers={"if-match": a.headers["etag"]})
            # when its leader has died, and another one has replaced it meanwhile, nobody can tell any more
            assert a.status in (0, 200, 412) or a.json["outcome"] == "unknown", a
            if a.status == 200:
                counted.append(n)

    def write(i, numbers):
        mine = {}
        while not stop.is_set():
            what, n = rng.random(), next(numbers)
            try:
                if what < 0.3:
                    count_up(w[i])
                elif what < 0.8 or not mine:
                    a = w[i].ask("POST", f"{SODA}/c", doc(n))
                    assert a.status in (0, 201), a
                    if a.status == 201:
                        mine[n] = f"{SODA}/c/{a.json['items'][0]['id']}"
                        acknowledged.add(n)
                else:
                    gone, path = mine.popitem()
                    unsure.add(gone)
                    a = w[i].ask("DELETE", path)
                    assert a.status in (0, 200), a
                    if a.status == 200:
                        removed.add(gone)
            except OSError:
                with contextlib.suppress(OSError):
                    w[i].stop()
                w[i] = Worker(crowd.site)
                crowd.workers.append(w[i])

    failed = []

    def guarded(*args):
        try:
            write(*args)
        except Exception as x:          # pylint: disable=broad-except
            failed.append(x)

    threads = [threading.Thread(target=guarded, args=(i, itertools.count(1_000_000 * (i + 1)))) for i in range(8)]
    for t in threads:
        t.start()
    for _ in range(12):
        n = len(acknowledged)
        wait_for(lambda: failed or len(acknowledged) > n + rng.randrange(100), 30, pause=0.001)
        rng.choice(w).process.kill()
    n = len(acknowledged)
    wait_for(lambda: failed or len(acknowledged) > n + 200, 30)
    stop.set()
    for t in threads:
        t.join(30)
    assert not failed, failed
    there = stored(crowd)
    assert acknowledged - unsure <= set(there) and not removed & set(there)
    assert len(counted) == len(set(counted)), "two replaced the same version"
    assert max(counted) <= there[0]["count"]
