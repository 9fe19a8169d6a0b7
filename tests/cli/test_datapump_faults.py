"""Jobs in bad weather: a disk that fails, a clock that jumps, a table larger than memory.  tests/shim/weather.c makes it."""
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from ports import free_port  # noqa: E402

BIN = pathlib.Path(os.environ.get("CORDS_BIN", pathlib.Path(__file__).resolve().parents[2] / "build" / "cords")).resolve()
SHIM = "tests/shim/weather.so"


@pytest.fixture(scope="module")
def shim():
    subprocess.run(["make", "-s", "-C", BIN.parent, SHIM], check=True, capture_output=True)
    return BIN.parent / SHIM


class Place:
    """A folder with one pool, schema shop, and jobs that wait for run-pending."""

    def __init__(self, folder):
        self.config, self.dumps = folder / "site", folder / "site" / "datapump"
        self.config.mkdir(mode=0o700)
        for setting in ("log.file", str(folder / "log")), ("datapump.leaseTime", "500ms"), ("datapump.runner", "cron"):
            self.cords("config", "set", *setting)
        self.cords("install", "--db-file", "shop.db")
        self.cords("schema", "enable", "shop", "--password-stdin", stdin="secret\n")

    def cords(self, *args, stdin="", code=0, env=None):
        r = subprocess.run([BIN, "--config", self.config, "--quiet", *args], input=stdin, text=True, capture_output=True, timeout=60,
                           env={**os.environ, **(env or {})})
        assert r.returncode == code, (args, r.returncode, r.stdout, r.stderr)
        return r.stdout

    def sql(self, script):
        with sqlite3.connect(self.config / "shop.db") as db:
            db.executescript(script)
        db.close()

    def ask(self, name, more=""):
        """an export that waits: one without room, started again"""
        self.cords("config", "set", "datapump.minFree", "1000000g")
        self.cords("datapump", "export", f'{{"file_name": "{name}.DMP", "job_name": "{name}"{more}}}', code=2)
        self.cords("config", "set", "datapump.minFree", "0")
        self.start(name)

    def start(self, name):
        self.cords("datapump", "start", f"SHOP,{name}")

    def state(self, name):
        return re.search(rf"SHOP +{name} +\w+ +\w+ +([A-Z ]+?) +\d", self.cords("datapump", "list"))[1]

    def log(self):
        """of the only job"""
        return next(self.dumps.glob("*.LOG")).read_text()

    def made(self):
        return sorted(p.name for p in self.dumps.iterdir() if p.suffix != ".LOG")


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def away(tmp_path_factory):
    """a place with a job that reads a pool whose server never comes: it gives up while the other tests run"""
    place = Place(tmp_path_factory.mktemp("away"))
    port = free_port()
    for key, value in ("engine", "postgresql"), ("hostname", "127.0.0.1"), ("port", str(port)), ("servicename", "x"), ("username", "x"):
        place.cords("config", "--db-pool", "nowhere", "set", f"db.{key}", value)
    place.cords("config", "set", "datapump.networkLinks", "nowhere")
    place.cords("config", "set", "datapump.leaseTime", "30s")
    place.client = subprocess.Popen([BIN, "--config", place.config, "--quiet", "datapump", "import",
                                     '{"network_link": "nowhere", "job_name": "AWAY"}'], stdout=subprocess.PIPE, text=True)
    yield place
    place.client.kill()
    place.client.communicate()


def until(holds, seconds=10):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_disk_that_fails(place, shim):
    """F-14, R-24: a write, fsync, close or link that fails with EIO ends the job with a fatal line and leaves nothing that looks like
    a dump; it is not tried again behind the back of whoever looks, and may be started again"""
    place.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    place.ask("J")
    calls = ["write:1", "write:2", "fsync:1", "fsync:2", "close:1", "linkat:1"]
    for n, call in enumerate(calls):
        place.cords("datapump", "run-pending", env={"LD_PRELOAD": str(shim), "WEATHER_DIR": str(place.dumps), "WEATHER_FAIL": call})
        assert place.state("J") == "STOPPED" and place.made() == [], call
        assert place.log().count("stopped due to fatal error") == n + 2, place.log()
        assert ": Input/output error" in place.cords("datapump", "status", "SHOP,J").splitlines()[-1], call
        place.start("J")
    place.cords("datapump", "run-pending")
    assert place.state("J") == "COMPLETED" and place.made() == ["J.DMP"]
    assert "2 row(s)" in place.cords("datapump", "check", "J.DMP")


def test_runner_that_dies_at_each_step(place, shim):
    """R-24, R-21: killed behind a write, fsync, close or link: another one finishes the set, also when the name stands already"""
    place.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    for n, call in enumerate(("write:1", "write:3", "fsync:1", "close:1", "linkat:1", "fsync:2")):
        name = f"K{n}"
        place.ask(name)
        place.cords("datapump", "run-pending", code=-9, env={"LD_PRELOAD": str(shim), "WEATHER_DIR": str(place.dumps), "WEATHER_KILL": call})
        until(lambda: place.cords("datapump", "run-pending") == "" and place.state(name) == "COMPLETED")
        assert place.made() == [f"K{i}.DMP" for i in range(n + 1)], call
        assert "2 row(s)" in place.cords("datapump", "check", f"{name}.DMP")


def test_clock_that_jumps(place, shim, tmp_path):
    """R-30, F-19: an hour, ten years, forwards and backwards, for the runner and for whoever would take over: the lease holds; and
    it ends in time when the runner is gone"""
    place.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    hold, clock = tmp_path / "hold", tmp_path / "clock"
    weather = {"LD_PRELOAD": str(shim), "WEATHER_CLOCK": str(clock)}

    def begin(name):
        hold.touch()
        clock.write_text("0")
        p = subprocess.Popen([BIN, "--config", place.config, "--quiet", "datapump", "run-pending"],
                             env={**os.environ, **weather, "WEATHER_DIR": str(place.dumps), "WEATHER_HOLD": str(hold)})
        until(lambda: any(n.startswith(".") for n in place.made()))
        return p

    place.ask("J1")
    runner = begin("J1")
    for offset in 3600, -3600, 10 * 365 * 86400, -10 * 365 * 86400:
        clock.write_text(str(offset))
        end = time.monotonic() + 0.8                # longer than the lease
        while time.monotonic() < end:
            place.cords("datapump", "run-pending", env=weather if offset > 0 else {})
        assert place.state("J1") == "EXECUTING"
    hold.unlink()
    assert runner.wait(20) == 0
    assert place.state("J1") == "COMPLETED" and place.log().count("restarted") == 1         # by place.ask()

    place.ask("J2")
    runner = begin("J2")
    clock.write_text(str(10 * 365 * 86400))
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    began = time.monotonic()
    until(lambda: place.cords("datapump", "run-pending", env=weather) == "" and place.state("J2") == "COMPLETED")
    assert time.monotonic() - began < 10


def test_memory_does_not_grow_with_the_table(place):
    """DP-85: a table larger than the process may become"""
    place.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);"
              "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000)"
              " INSERT INTO t SELECT i, printf('%05d%.*c', i, 5000, 'x') FROM c")
    place.ask("J")
    runner = os.spawnv(os.P_NOWAIT, BIN, [str(BIN), "--config", str(place.config), "--quiet", "datapump", "run-pending"])
    _, status, used = os.wait4(runner, 0)
    assert status == 0 and place.state("J") == "COMPLETED", place.log()
    assert "20000 row(s)" in place.cords("datapump", "check", "J.DMP")
    assert used.ru_maxrss < 64 * 1024


def test_server_that_never_comes(away):
    """F-06: three further attempts after 1, 5 and 15 s; then the job rests, with the reason, and may be started again"""
    out, _ = away.client.communicate(timeout=60)
    lines = out.splitlines()
    assert away.client.returncode == 2 and "stopped due to fatal error" in lines[-1], out
    assert sum("the job goes on after a pause" in line for line in lines) == 3
    assert int(lines[-1].rpartition(":")[2]) + 60 * int(lines[-1].split(":")[-2]) >= 21
    assert away.state("AWAY") == "STOPPED"
    away.start("AWAY")
    assert away.state("AWAY") == "DEFINING"
