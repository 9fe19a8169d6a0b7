"""The fault matrix, as far as one machine with SQLite goes: files that vanish, fill up, break or cannot be written."""
import contextlib
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time

import pytest

from fcgi_peer import Worker
from lib import ENGINES, Site

in_a_file = pytest.mark.skipif(ENGINES[0] != "sqlite", reason="about a database in a file")

SODA = "/ords/demo/soda/latest"


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def start(new_site):
    """start(settings): a site whose pool does not run, and one worker on it"""
    made = []

    def make(site=None, settings=None, **kw):
        site = site or new_site(start=False, settings=settings)
        made.append(Worker(site, **kw))
        return made[-1]

    yield make
    for w in made:
        w.stop()


def put(w, n=0, coll="c"):
    return w.ask("POST", f"{SODA}/{coll}", json.dumps({"n": n}).encode())


def numbers(w, coll="c"):
    """what is stored, or the status"""
    a = w.ask("GET", f"{SODA}/{coll}?limit=1000")
    return sorted(i["value"]["n"] for i in json.loads(a.body)["items"]) if a.status == 200 else a.status


def is_503(a):
    assert a.status == 503 and "retry-after" in a.headers and "json" in a.headers["content-type"], a
    return True


def copy_of(path, target):
    with contextlib.closing(sqlite3.connect(path)) as a, contextlib.closing(sqlite3.connect(target)) as b:
        a.backup(b)


# ---- R-46, F-17: the file goes and comes ----

@in_a_file
def test_database_away_and_back(start):
    """R-46, F-17: 503 at once while the file is away, served again when it is back; the same worker"""
    w = start(settings={"jdbc.ConnectionWaitTimeout": "1s"})
    db = w.site.db
    assert w.ask("PUT", f"{SODA}/c").status == 201 and put(w).status == 201
    for _ in range(2):
        away = db.with_suffix(".away")
        db.rename(away)
        for method, path, body in (("GET", f"{SODA}/c", None), ("POST", f"{SODA}/c", b'{"n":9}')):
            begun = time.monotonic()
            is_503(w.ask(method, path, body))
            assert time.monotonic() - begun < 2
        assert not db.exists()                              # none is made by accident
        away.rename(db)
        wait_for(lambda: numbers(w) == [0], 10)
    assert put(w, 1).status == 201 and numbers(w) == [0, 1] and w.is_well()


@in_a_file
def test_database_replaced(start):
    """F-17: after the file was replaced nothing of the old one is seen or written any more"""
    w = start()
    db = w.site.db
    assert w.ask("PUT", f"{SODA}/c").status == 201 and put(w, 1).status == 201
    copy_of(db, db.with_suffix(".other"))
    assert put(w, 2).status == 201 and numbers(w) == [1, 2]
    old = db.with_suffix(".old")
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(OSError):
            os.rename(f"{db}{suffix}", f"{old}{suffix}")
    db.rename(old)
    db.with_suffix(".other").rename(db)
    wait_for(lambda: numbers(w) != 503)
    assert numbers(w) == [1]
    assert put(w, 3).status == 201 and numbers(w) == [1, 3]
    with contextlib.closing(sqlite3.connect(old)) as d:
        table, = d.execute("SELECT 'soda_c_' || id FROM soda_collections").fetchone()
        assert sorted(json.loads(x)["n"] for x, in d.execute(f"SELECT content FROM {table}")) == [1, 2]
        assert d.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# ---- F-12: no room ----

@pytest.fixture
def small_disk(tmp_path):
    """a file system of 4 MiB"""
    place = tmp_path / "small"
    place.mkdir()
    r = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, text=True)
    if r.returncode != 0:
        pytest.skip("no file system can be mounted here: " + r.stderr.strip())
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@in_a_file
def test_storage_full(start, small_disk, tmp_path):
    """F-12: a full disk is 503, rolled back and intact; reads are served; with room it goes on by itself"""
    site = Site(tmp_path)
    for name in ("cords.db", "cords.db-wal", "cords.db-shm"):
        if (tmp_path / name).exists():
            shutil.move(tmp_path / name, small_disk / name)
    site.db = small_disk / "cords.db"
    site.cords("config", "set", "db.file", str(site.db))
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (1 << 20))
    w = start(site)
    assert w.ask("PUT", f"{SODA}/c").status == 201
    stored, full = [], None
    for n in range(200):
        a = w.ask("POST", f"{SODA}/c", json.dumps({"n": n, "t": "x" * 50000}).encode())
        if a.status == 201:
            stored.append(n)
            continue
        full = a
        break
    is_503(full)
    assert b"storage" in full.body.lower() or b"space" in full.body.lower()
    both = json.dumps([{"n": 1000 + i, "t": "x" * 50000} for i in range(20)]).encode()
    is_503(w.ask("POST", f"{SODA}/c?action=insert", both))
    assert numbers(w) == stored
    ballast.unlink()
    wait_for(lambda: put(w, 500).status == 201)
    assert numbers(w) == sorted(stored + [500]) and w.is_well()
    w.stop()
    with contextlib.closing(sqlite3.connect(site.db)) as d:
        assert d.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@in_a_file
def test_limit_of_file_size(start):
    """F-12: RLIMIT_FSIZE, as hosting providers set it, fails the write and does not end the worker"""
    w = start()
    assert w.ask("PUT", f"{SODA}/c").status == 201 and put(w).status == 201
    resource.prlimit(w.pid, resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
    a = w.ask("POST", f"{SODA}/c", json.dumps({"n": 1, "t": "x" * (2 << 20)}).encode())
    assert a.status in (500, 503) and a.whole, a
    wait_for(lambda: numbers(w) == [0])
    resource.prlimit(w.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_for(lambda: put(w, 2).status == 201)
    assert numbers(w) == [0, 2] and w.is_well()


# ---- F-15, F-16: nothing may be written, nothing can be read ----

@in_a_file
def test_read_only(start):
    """F-15: a database that cannot be written: writes are 503, reads are served"""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cords-test."))
    try:
        site = Site(folder, settings={"db.journalMode": "DELETE", "log.file": ""})
        w = start(site)
        assert w.ask("PUT", f"{SODA}/c").status == 201 and put(w).status == 201
        assert w.stop() == 0
        account = "nobody" if os.geteuid() == 0 else None
        for path in [site.config, *site.config.rglob("*")] if account else []:
            shutil.chown(path, account)
        site.db.chmod(0o444)
        folder.chmod(0o555)     # before the worker looks into it
        w = start(site, user=account)
        assert numbers(w) == [0]
        a = put(w, 1)
        is_503(a)
        assert b"read" in a.body
        is_503(w.ask("PUT", f"{SODA}/d"))
        assert numbers(w) == [0] and w.is_well()
        folder.chmod(0o755)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)


@in_a_file
def test_damaged(start):
    """F-16, R-09: damaged pages are 500, never fewer objects; writes are refused until validate finds it sound"""
    w = start()
    db = w.site.db
    assert w.ask("PUT", f"{SODA}/c").status == 201 and w.ask("PUT", f"{SODA}/d").status == 201
    docs = [{"n": n, "t": "x" * 2000} for n in range(200)]
    assert w.ask("POST", f"{SODA}/c?action=insert", json.dumps(docs).encode()).status == 200
    assert w.stop() == 0
    verdict = w.site.cords("validate", check=False).returncode
    good = db.with_suffix(".good")
    copy_of(db, good)
    with contextlib.closing(sqlite3.connect(good)) as d:
        table, = d.execute("SELECT 'soda_c_' || id FROM soda_collections WHERE name = 'c'").fetchone()
        pages = [p for p, in d.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno", (table,))] \
            if has_dbstat(d) else []
        size, = d.execute("PRAGMA page_size").fetchone()
    shutil.copy(good, db)
    with open(db, "r+b") as f:
        # without dbstat: any page whose body is the text of our documents
        if not pages:
            data = good.read_bytes()
            pages = [i // size + 1 for i in range(0, len(data), size) if data[i] == 13 and b"x" * 500 in data[i:i + size]]
        f.seek((pages[len(pages) // 2] - 1) * size)
        f.write(b"\xff" * 100)
    w = start(w.site)
    for path in (f"{SODA}/c?limit=1000", f"{SODA}/c?limit=1000&q=" + '{"t":{"$regex":"x*"}}'.replace('"', "%22")):
        a = w.ask("GET", path)
        assert a.status == 500 and a.whole, a
    is_503(w.ask("POST", f"{SODA}/d", b'{"n":1}'))
    r = w.site.cords("validate", check=False)
    assert r.returncode == 2 and verdict < 2
    is_503(w.ask("POST", f"{SODA}/d", b'{"n":1}'))
    shutil.copy(good, db)
    assert w.site.cords("validate", check=False).returncode == verdict
    wait_for(lambda: w.ask("POST", f"{SODA}/d", b'{"n":1}').status == 201)
    assert len(numbers(w)) == 200 and w.is_well()


def has_dbstat(d):
    try:
        d.execute("SELECT 1 FROM dbstat LIMIT 1").fetchone()
        return True
    except sqlite3.OperationalError:
        return False


# ---- F-22, F-23, F-24: settings, log, descriptors ----

def test_settings_broken_later(start):
    """F-22: a worker keeps its settings while the folder is broken, says so, and takes the next good ones"""
    w = start(settings={"soda.defaultLimit": "7"})
    path, = (p for p in w.site.config.rglob("*.xml") if "soda.defaultLimit" in p.read_text())
    good = path.read_text()

    def limit():
        a = w.ask("GET", f"{SODA}/c")
        assert a.status == 200, (a, w.site.log()[-3:])
        return json.loads(a.body)["limit"]

    assert w.ask("PUT", f"{SODA}/c").status == 201 and limit() == 7

    def complaints():
        return [x for x in w.site.log() if x.get("level") in ("ERROR", "WARNING") and "conf" in x.get("event", "")]

    for broken in (good.replace("</properties>", ""), "", good.replace(">7</entry>", ">many</entry>"), "\0" * 1000):
        n = len(complaints())
        path.write_text(broken)
        end = time.monotonic() + 8
        while len(complaints()) == n:
            assert limit() == 7 and time.monotonic() < end
            time.sleep(0.05)
    path.write_text(good.replace(">7</entry>", ">9</entry>"))
    wait_for(lambda: limit() == 9, 8)
    assert w.is_well()


@pytest.mark.parametrize("where", ["/dev/full", "/nowhere/at/all/cords.log"])
def test_log_not_writable(start, where):
    """F-23: without a log everything is served, and standard error hears what was to be logged"""
    w = start(settings={"log.file": where})
    assert w.ask("PUT", f"{SODA}/c").status == 201
    assert put(w).status == 201 and numbers(w) == [0]
    assert w.ask("GET", f"{SODA}/none").status == 404
    assert w.is_well()
    wait_for(lambda: (w.site.folder / "worker.err").stat().st_size > 0)


@in_a_file
def test_no_descriptors(start):
    """F-24: a database that cannot be opened for want of descriptors is 503, and served when there are some"""
    w = start(settings={"worker.core": "true"})     # so that not only root may count them
    assert w.is_well()
    n = len(os.listdir(f"/proc/{w.pid}/fd"))
    old = resource.prlimit(w.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(w.pid, resource.RLIMIT_NOFILE, (n + 1, old[1]))
    is_503(w.ask("GET", SODA))
    assert w.is_well()
    resource.prlimit(w.pid, resource.RLIMIT_NOFILE, (n, old[1]))
    with contextlib.closing(w.peer(timeout=0.5)) as p, contextlib.suppress(TimeoutError):
        p.send(b"")                                         # not even a connection: it waits
        p.next_record()
    resource.prlimit(w.pid, resource.RLIMIT_NOFILE, old)
    wait_for(lambda: w.ask("GET", SODA).status == 200)
    assert w.is_well()
