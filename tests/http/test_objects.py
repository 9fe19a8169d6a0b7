"""Data Pump and object storage: a Swift with its S3 layer, and nginx as WebDAV; what is true of all kinds of URIs, and faults."""
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import threading

import pytest

import storage
from lib import BIN, wait_for

N = 3000
SECRETS = {"basic": (storage.DAV_USER, storage.DAV_KEY), "swift": (storage.USER, storage.KEY), "s3": (storage.USER, storage.KEY)}
PATHS = {"basic": "", "swift": f"/v1/{storage.ACCOUNT}", "s3": "", "temporary": f"/v1/{storage.ACCOUNT}"}


@pytest.fixture(scope="module")
def own(new_site):
    """a site, not started, with a table in schema hr, and an empty pool beside it"""
    site = new_site(start=False, engine="sqlite", schemas=("hr", "other"), settings={
        "database.api.enabled": "true", "datapump.leaseTime": "900ms", "datapump.minFree": "0",
        "datapump.objectStorage.retryPause": "20ms", "datapump.objectStorage.timeout": "2s"})
    for key in ("minFree", "objectStorage.retryPause", "objectStorage.timeout", "leaseTime"):
        site.cords("config", "set", "--global", f"datapump.{key}", site.settings[f"datapump.{key}"])
    site.cords("install", "--db-pool", "target", "--db-file", str(site.folder / "target.db"))
    site.cords("schema", "--db-pool", "target", "enable", "hr", "--password-stdin", stdin="secret\n")
    db = sqlite3.connect(site.db)
    db.execute("CREATE TABLE emp(id INTEGER PRIMARY KEY, name TEXT)")
    db.executemany("INSERT INTO emp VALUES (?, ?)", [(i, f"name {i} é") for i in range(N)])
    db.commit()
    db.close()
    return site


class Store:
    """a kind of URI, and the server behind it"""

    def __init__(self, kind, own):
        self.kind, self.site = kind, own
        self.server = storage.running(storage.WebDAV if kind == "basic" else storage.Swift)
        self.gate = storage.Gate(self.server)
        self.bucket = f"bucket-{kind}"
        self.server.make_bucket(self.bucket)
        own.cords("config", "set", "--global", "datapump.objectStorage.allowedHosts", self.gate.host)
        own.cords("config", "set", "--global", "datapump.objectStorage.caFile", str(self.server.ca))
        self.credential = None
        if kind in SECRETS:
            self.credential = f"KEY_{kind}"
            for pool in ("default", "target"):
                own.cords("credential", "create", self.credential, "--schema", "hr", "--type", kind, "--username", SECRETS[kind][0],
                          "--password-stdin", "--replace", "--db-pool", pool, stdin=SECRETS[kind][1] + "\n")

    def close(self):
        if self.gate.hold is not None:
            self.gate.hold.set()
        self.gate.close()

    def uri(self, name, method="PUT"):
        uri = f"https://{self.gate.host}{PATHS[self.kind]}/{self.bucket}/{name}"
        return uri + "?" + self.server.temporary(method, self.bucket, "") if self.kind == "temporary" else uri

    def spec(self, name, method="PUT", **more):
        who = {"credential_name": self.credential} if self.credential else {}
        return json.dumps({"file_name": self.uri(name, method), **who, **more})

    def export(self, name, check=True, **more):
        return self.site.cords("datapump", "export", "-", "--schema", "hr", stdin=self.spec(name, **more), check=check)

    def load(self, name, check=True, **more):
        """into the other pool"""
        more.setdefault("table_exists_action", "REPLACE")
        return self.site.cords("datapump", "import", "-", "--schema", "hr", "--db-pool", "target",
                               stdin=self.spec(name, method="GET", **more), check=check)

    def rows(self):
        db = sqlite3.connect(self.site.folder / "target.db")
        found = db.execute("SELECT count(*), min(id), max(id), max(name) FROM emp").fetchone()
        db.close()
        return found


@pytest.fixture(params=["basic", "swift", "s3", "temporary"])
def store(request, own):
    s = Store(request.param, own)
    yield s
    s.close()


@pytest.fixture
def swift(own):
    s = Store("swift", own)
    yield s
    s.close()


def stage(site):
    """what is in the directory beside logs"""
    return [p.name for p in (site.config / "datapump").iterdir() if p.suffix != ".LOG"]


def job_log(site, name):
    db = sqlite3.connect(f"file:{site.db}-jobs?mode=ro", uri=True)
    lines = db.execute("SELECT l.content FROM ords_job_log l JOIN ords_jobs j ON j.id = l.job WHERE j.name = ? ORDER BY l.line", [name])
    found = [line for line, in lines]
    db.close()
    return found


def state_of(site, name):
    db = sqlite3.connect(f"file:{site.db}-jobs?mode=ro", uri=True)
    row = db.execute("SELECT state FROM ords_jobs WHERE name = ?", [name]).fetchone()
    db.close()
    return row and row[0]


def runner_of(site):
    """pids of processes that run jobs of this site"""
    found = []
    for p in pathlib.Path("/proc").iterdir():
        if p.name.isdigit():
            try:
                words = (p / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(site.config).encode() in words and b"run" in words:
                found.append(int(p.name))
    return found


def is_last(out, words):
    return words in out.splitlines()[-1]


def test_there_and_back(store):
    """a dump in an object, and from there into another pool; nothing is left in the directory but logs"""
    out = store.export("there.dmp").stdout
    assert is_last(out, "successfully completed") and ". . uploaded" in out, out
    assert store.server.names(store.bucket) == ["there.dmp"]
    assert is_last(store.load("there.dmp").stdout, "successfully completed")
    assert store.rows() == (N, 0, N - 1, "name 999 é")
    wait_for(lambda: not stage(store.site))


def test_what_exists_stays(store):
    """DP-54, of objects: an error before there is a job, unless it may be replaced"""
    store.server.put(store.bucket, "old.dmp", b"precious")
    r = store.export("old.dmp", check=False)
    assert "ODP-31641" in r.stderr and store.server.get(store.bucket, "old.dmp") == b"precious"
    store.export("old.dmp", reuse_dumpfiles=True)
    assert store.load("old.dmp") and store.rows()[0] == N


def test_weather(store):
    """R-27, F-18: refused, cut, and answered with errors; each time the object comes whole in the end"""
    gate = store.gate
    puts = 2 if store.kind == "swift" else 1     # requests of each process: looking, and a token; S3 first hears of a condition
    fine = [(None, 0)] * (2 * puts + 1 + (store.kind == "s3"))               # the command's, and the job's before it sends
    for i, harm in enumerate([[("answer", 503), ("answer", 500), ("answer", 429)], [("reset", 5000)], [("reset", 0), ("cut", 10)],
                              [("flip", 6000)]]):
        gate.harm[:] = [*fine, *harm]
        out = store.export(f"weather{i}.dmp").stdout
        assert is_last(out, "successfully completed") and "tried again in" in out, (harm, out)
        assert gate.harm == []
        store.load(f"weather{i}.dmp")
        assert store.rows()[0] == N
    names = store.server.names(store.bucket)
    assert {f"weather{i}.dmp" for i in range(4)} <= set(names)


def test_download_goes_on_where_it_was_cut(store):
    """R-27: what came is not asked for again"""
    store.export("cut.dmp", compression="NONE")
    size = len(store.server.get(store.bucket, "cut.dmp"))
    head = {"swift": 4, "s3": 2}.get(store.kind, 2)
    store.gate.requests.clear()
    store.gate.harm[:] = [*[(None, 0)] * (head - 1), ("cut", size - 20000), ("answer", 503)]
    out = store.load("cut.dmp").stdout
    assert out.count("tried again in") == 2 and is_last(out, "successfully completed"), out
    assert store.rows()[0] == N
    assert [r.split()[0] for r in store.gate.requests][-3:] == ["GET"] * 3
    sent = store.gate.passed[-1]
    assert sent < size / 2, "all of it came once more"


@pytest.fixture
def noise(own):
    """a table that makes a set of several files"""
    db = sqlite3.connect(own.db)
    db.execute("CREATE TABLE noise(id INTEGER PRIMARY KEY, b BLOB)")
    db.executemany("INSERT INTO noise VALUES (?, randomblob(10000))", [(i,) for i in range(900)])
    db.commit()
    yield
    db.execute("DROP TABLE noise")
    db.commit()
    db.close()


def test_several_objects(swift, noise):
    """a set of several, the last one last; without one of them, or with one damaged, an import changes nothing"""
    swift.export("many%U.dmp", file_size="1M")
    names = [n for n in swift.server.names(swift.bucket) if n.startswith("many")]
    assert names[:3] == ["many01.dmp", "many02.dmp", "many03.dmp"]
    out = swift.load("many%U.dmp").stdout
    assert is_last(out, "successfully completed"), out
    good = swift.server.get(swift.bucket, "many02.dmp")
    for bad in (good[:-1], good[:500] + bytes([good[500] ^ 1]) + good[501:]):
        swift.server.put(swift.bucket, "many02.dmp", bad)
        out = swift.load("many%U.dmp", check=False).stdout
        assert "ODP-39142" in out and "imported" not in out, out
    swift.server.put(swift.bucket, "many02.dmp", good)
    swift.server.request("DELETE", f"/v1/{storage.ACCOUNT}/{swift.bucket}/{names[-1]}")
    out = swift.load("many%U.dmp", check=False).stdout
    assert "ODP-39142" in out and "imported" not in out, out
    assert "ODP-31640" in swift.load("nosuch%U.dmp", check=False).stderr


def test_storage_stays_away(store):
    """R-27, F-18: after five more attempts the job is stopped, and goes on from what it has written, without a table read again"""
    puts, name = 2 if store.kind == "swift" else 1, f"AWAY_{store.kind}".upper()
    store.gate.harm[:] = [*[(None, 0)] * (2 * puts), *[("answer", 503)] * 30]
    r = store.export("away.dmp", check=False, job_name=name)
    assert r.returncode == 2 and r.stdout.count("tried again in") == 5 and is_last(r.stdout, "stopped due to fatal error"), r.stdout
    assert "does not answer as it should: HTTP 503" in r.stdout
    assert len(stage(store.site)) == 1
    store.gate.harm.clear()
    store.site.cords("datapump", "start", f"HR,{name}")
    wait_for(lambda: state_of(store.site, name) == "COMPLETED")
    log = job_log(store.site, name)
    assert sum(line.startswith(". . exported") for line in log) == 1 and any("what is left is to publish it" in line for line in log)
    store.load("away.dmp")
    assert store.rows()[0] == N
    wait_for(lambda: not stage(store.site))


def test_credential_that_expired(swift):
    """F-18: a fatal line without the secret; with a new one the job goes on"""
    swift.gate.harm[:] = [*[(None, 0)] * 4, *[("answer", 403)] * 3]
    r = swift.export("expired.dmp", check=False, job_name="EXPIRED")
    assert "was refused by the object storage to this credential: HTTP 403" in r.stdout and storage.KEY not in r.stdout
    swift.gate.harm.clear()
    swift.site.cords("datapump", "start", "HR,EXPIRED")
    wait_for(lambda: state_of(swift.site, "EXPIRED") == "COMPLETED")
    swift.load("expired.dmp")
    assert swift.rows()[0] == N


def test_runner_killed_while_it_sends(store, noise):
    """R-21, R-27, F-04: kill -9 between the objects of a set; another runner sends the rest, and what was there is left"""
    name = f"KILLED_{store.kind}".upper()
    gate = store.gate
    gate.hold_at = 3 if store.kind == "s3" else 2       # S3 has first heard of a condition that it does not know
    gate.hold = threading.Event()
    command = subprocess.Popen([BIN, "--config", store.site.config, "--quiet", "datapump", "export", "-", "--schema", "hr"],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=store.site.env)
    command.stdin.write(store.spec("killed%U.dmp", file_size="1M", job_name=name).encode())
    command.stdin.close()
    wait_for(lambda: sum(r.startswith("PUT") for r in gate.requests) == gate.hold_at)
    (pid,) = runner_of(store.site)
    os.kill(pid, signal.SIGKILL)
    assert "killed01.dmp" in store.server.names(store.bucket)
    assert len([n for n in store.server.names(store.bucket) if n.startswith("killed")]) <= 2
    gate.hold.set()
    gate.requests.clear()
    wait_for(lambda: store.site.cords("datapump", "run-pending", check=False) and state_of(store.site, name) == "COMPLETED")
    command.wait(20)
    log = job_log(store.site, name)
    assert any(line.startswith("The earlier run has written the whole set") for line in log), log
    assert sum(line.startswith('. . exported "hr"."emp"') for line in log) == 1
    assert not any(r.startswith("PUT") and "killed01" in r for r in gate.requests)
    out = store.load("killed%U.dmp").stdout
    assert is_last(out, "successfully completed"), out
    wait_for(lambda: not stage(store.site))
