"""T-crash: whatever is killed, what was acknowledged is stored, and what belongs together stays together.

CORDS_CRASH_SECONDS   how long the killing lasts (30; 10 on a server, which is killed as well)
CORDS_CRASH_GAP       shortest and longest time between two kills, in seconds ("0.1,2")
CORDS_TEST_SEED       feeds every choice; printed
"""
import collections
import http.client
import json
import os
import random
import signal
import socket
import threading
import time

from lib import ENGINES, TIMES, children

SECONDS = float(os.environ.get("CORDS_CRASH_SECONDS", "30" if ENGINES[0] == "sqlite" else "10"))
GAP = tuple(float(x) for x in os.environ.get("CORDS_CRASH_GAP", "0.1,2").split(","))
WRITERS = 4
# what a client hears of a write that was cut: of nobody knows what
CUT = (500, 502, 503, 504)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def is_free(port):
    """can somebody listen there?"""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            s.listen(1)
        except OSError:
            return False
    return True


class Writer(threading.Thread):
    """Writes without a pause and keeps account of what it tried and what was acknowledged."""

    def __init__(self, number, site, path, seed, stop):
        super().__init__(daemon=True)
        self.number, self.path, self.stopped = number, path, stop
        self.soda, self.rng = site.soda(), random.Random(f"{seed}/writer {number}")
        self.serial = 0
        self.ones, self.pairs = {}, set()           # acknowledged: serial -> key; serials
        self.delete_tried, self.deleted = set(), set()
        self.counter_key, self.counter_tried, self.counter = None, 0, 0
        self.n_cut, self.wrong = 0, []

    def doc(self, kind, **more):
        return {"kind": kind, "w": self.number, "n": self.serial, "tag": f"{kind}-{self.number}-{self.serial}", **more}

    def ask(self, method, path, body, expected):
        """The answer when it was acknowledged, None when it was cut.  Each request has a connection of its own,
        so that nothing is ever sent twice."""
        self.soda.close()
        try:
            r = self.soda.request(method, path, body, timeout=30)
        except (OSError, http.client.HTTPException):
            self.n_cut += 1
            return None
        if r.status == expected:
            return r
        if r.status not in CUT:
            self.wrong.append((method, path, body, r))
        self.n_cut += 1
        return None

    def insert_one(self):
        r = self.ask("POST", self.path, self.doc("one"), 201)
        if r:
            self.ones[self.serial] = r.json["items"][0]["id"]

    def insert_pair(self):
        if self.ask("POST", self.path + "?action=insert", [self.doc("pair", half=0), self.doc("pair", half=1)], 200):
            self.pairs.add(self.serial)

    def count(self):
        if self.counter_key is None:
            r = self.ask("POST", self.path, self.doc("counter", value=0), 201)
            self.counter_key = r and r.json["items"][0]["id"]
            return
        self.counter_tried += 1
        if self.ask("PUT", f"{self.path}/{self.counter_key}", self.doc("counter", value=self.counter_tried), 200):
            self.counter = self.counter_tried

    def delete(self):
        left = [n for n in self.ones if n not in self.delete_tried]
        if not left:
            return
        n = self.rng.choice(left)
        self.delete_tried.add(n)
        if self.ask("DELETE", f"{self.path}/{self.ones[n]}", None, 200):
            self.deleted.add(n)

    def run(self):
        work = [self.insert_one] * 5 + [self.insert_pair] * 3 + [self.count] * 2 + [self.delete]
        while not self.stopped.is_set():
            self.serial += 1
            n_cut = self.n_cut
            self.rng.choice(work)()
            if self.n_cut > n_cut:
                self.stopped.wait(0.02)
        self.soda.close()


class Killer:
    """Now a worker, now the web server, now the database server, now everything at once."""

    def __init__(self, site, rng):
        self.site, self.rng, self.kills = site, rng, collections.Counter()

    def some_child(self, of_front):
        found = [pid for pid, name in children(self.site.process.pid) if (name == "lighttpd") == of_front]
        if found:
            kill(self.rng.choice(found))

    def everything(self):
        pids = [pid for pid, _ in children(self.site.process.pid)]
        kill(self.site.process.pid)
        for pid in pids:
            kill(pid)
        self.site.process.wait()
        # a web server that was just being started is told to stop by the kernel and may take a moment
        end = time.monotonic() + 10
        while not is_free(self.site.port):
            assert time.monotonic() < end
            time.sleep(0.01)
        self.site.start()

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self.rng.uniform(*GAP))
            database = 0 if self.site.server is None else 12
            what = self.rng.choices(("worker", "front", "everything", "database"), (80, 8, 12, database))[0]
            self.kills[what] += 1
            if what == "everything":
                self.everything()
            elif what == "database":
                self.site.server.kill()
                self.site.server.restart()
            else:
                self.some_child(what == "front")


def read_tables(site, index):
    """rows of the one collection, and of its index, as the database holds them"""
    (((number, entries),),) = site.rows(f"SELECT collection_id, id FROM soda_indexes WHERE name = '{index}'")
    docs, values = site.rows(f"SELECT id, content FROM soda_c_{number}", f"SELECT id, v1 FROM soda_i_{entries}")
    return {key: json.loads(text) for key, text in docs}, dict(values)


def check_writer(w, docs):
    mine = [d for d in docs.values() if d["w"] == w.number]
    ones = collections.Counter(d["n"] for d in mine if d["kind"] == "one")
    pairs = collections.defaultdict(set)
    for d in mine:
        if d["kind"] == "pair":
            assert d["half"] not in pairs[d["n"]], "a write had two effects"
            pairs[d["n"]].add(d["half"])
    assert all(n == 1 for n in ones.values()), "a write had two effects"
    missing = set(w.ones) - set(ones) - w.delete_tried
    assert not missing, f"acknowledged and not stored: {sorted(missing)}"
    back = w.deleted & set(ones)
    assert not back, f"acknowledged as deleted and still there: {sorted(back)}"
    assert all(halves == {0, 1} for halves in pairs.values()), "half of a write of two"
    missing = w.pairs - set(pairs)
    assert not missing, f"acknowledged and not stored, of two: {sorted(missing)}"
    if w.counter_key is not None:
        value = docs[w.counter_key]["value"]
        assert w.counter <= value <= w.counter_tried, "an acknowledged replacement is gone"
    assert not w.wrong, "answered by something else than success or 5xx"


def test_nothing_acknowledged_is_lost(new_site, seed, rng):
    """R-01, R-02, F-01, F-03, F-06: kill -9 of workers, of the web server, of the database server, of everything, again and again"""
    site = new_site(workers=4)
    soda = site.soda()
    c = soda.make(TIMES, "crash")
    r = c.action("index", {"name": "crash_tag", "fields": [{"path": "tag", "datatype": "string"}]})
    assert r.status == 200, r
    stop = threading.Event()
    writers = [Writer(i, site, c.path, seed, stop) for i in range(WRITERS)]
    killer = Killer(site, rng)
    for w in writers:
        w.start()
    try:
        killer.run(SECONDS)
    finally:
        stop.set()
        for w in writers:
            w.join(60)
    n_acknowledged = sum(len(w.ones) + len(w.pairs) for w in writers)
    n_cut = sum(w.n_cut for w in writers)
    print(f"{dict(killer.kills)} killed, {n_acknowledged} acknowledged, {n_cut} cut")
    assert not any(w.is_alive() for w in writers)
    killer.everything()

    docs, entries = read_tables(site, "crash_tag")
    for w in writers:
        check_writer(w, docs)
    assert entries == {key: "=" + d["tag"] for key, d in docs.items()}, "the index disagrees with its collection"
    assert n_acknowledged > 5 * SECONDS and sum(killer.kills.values()) > SECONDS / GAP[1]

    soda.close()
    some = rng.choice(list(docs.values()))
    assert some in c.find({"tag": some["tag"]})
    assert soda.get(c.path, params={"totalResults": "true", "limit": "1"}).json["totalResults"] == len(docs)
