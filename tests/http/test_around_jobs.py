"""Data Pump while what surrounds it fails: jobs go on without the workers, the web server, settings and logs that they began with."""
import contextlib
import os
import resource
import signal
import sqlite3

import pytest

from lib import children, wait_for
from test_datapump_jobs import Pump, fill, hold


@pytest.fixture(scope="module")
def own(new_site):
    """Schema hr with tables of 60 000 rows; nobody takes a job over in the meantime"""
    site = new_site(engine="sqlite", schemas=("hr",), settings={"database.api.enabled": "true", "datapump.minFree": "0"})
    with sqlite3.connect(site.db) as db:
        fill(db)
    db.close()
    return site


def rows(site):
    with sqlite3.connect(site.db) as db:
        n = db.execute("SELECT count(*), count(DISTINCT id), sum(length(name)) FROM emp").fetchone()
    db.close()
    return n


def is_served(site):
    return site.soda("hr").get("/").status == 200


def renewed(site, old, is_front=False):
    """others in the place of those that are gone"""
    def now():
        return {pid for pid, name in children(site.process.pid) if (name == "lighttpd") == is_front}
    wait_for(lambda: now() and not now() & old and len(now()) == len(old))


def kill_all(site, number, is_front=False):
    old = {pid for pid, name in children(site.process.pid) if (name == "lighttpd") == is_front}
    assert old
    for pid in old:
        os.kill(pid, number)
    renewed(site, old, is_front)


@pytest.mark.parametrize("what", ["export", "import"])
def test_jobs_outlive_what_surrounds_them(own, what):
    """F-01, F-02, F-03, F-22, R-28: workers killed and told to stop, the web server killed, settings broken: requests are served soon
    after each of these, and the job comes to its end as if nothing had been"""
    pump = Pump(own, "hr")
    before = rows(own)
    path = own.config / "global/settings.xml"
    good = path.read_text()
    body = {"file_name": "AROUND.DMP"} if what == "import" else {"file_name": "AROUND.DMP", "reuse_dumpfiles": True}
    if what == "import":
        assert (own.config / "datapump/AROUND.DMP").exists(), "made by the export, which comes first"
        with sqlite3.connect(own.db) as db:
            db.execute("DROP TABLE emp")
        db.close()
    job, runner = hold(pump, what, **body)
    try:
        for number, is_front in ((signal.SIGKILL, False), (signal.SIGTERM, False), (signal.SIGKILL, True)):
            kill_all(own, number, is_front)
            wait_for(lambda: own.client().get("/ords/_/health/live").status == 200)
            assert is_served(own)
            os.kill(runner, 0)
            assert pump.item(job)["state"] == "EXECUTING"
        path.write_text(good.replace("</properties>", ""))
        wait_for(lambda: own.client().get("/ords/_/health/live").status == 200 and own.events("config.broken"))
        assert is_served(own)
        os.kill(runner, signal.SIGCONT)
        done = pump.ended(job, 40)
    finally:
        path.write_text(good)
    assert (done["job_state"], done["error_count"]) == ("COMPLETED", 0), pump.log(job)
    assert " restarted at " not in pump.log(job)                # it was the same runner to the end
    assert rows(own) == before
    assert "60017 row(s)" in own.cords("datapump", "check", "AROUND.DMP").stdout


@pytest.mark.parametrize("what", ["dumps", "store"])
def test_state_that_cannot_be_written(new_site, what):
    """F-23: no place for dumps, or for jobs: 503 with Retry-After for who wants one, and everything else is served; once there is
    a place, the next job is made"""
    site = new_site(engine="sqlite", workers=1, schemas=("hr",), settings={"database.api.enabled": "true", "datapump.minFree": "0"})
    path = site.config / "datapump" if what == "dumps" else site.db.with_name(site.db.name + "-jobs")
    pump = Pump(site, "hr")
    if what == "dumps":
        path.write_text("")
    else:
        path.mkdir()
    for _ in range(2):
        r = pump.post("/database/datapump/export", {"file_name": "X.DMP"})
        assert r.status == 503 and r.headers["Retry-After"], r
        assert site.soda("hr").put("/c").status in (200, 201)
        assert pump.get("/database/version").status == 200
    path.unlink() if what == "dumps" else path.rmdir()
    job = wait_for(lambda: (r := pump.post("/database/datapump/export", {"file_name": "X.DMP"})).status == 201 and r.json)
    assert pump.ended(f"{job['owner_name']},{job['job_name']}/")["job_state"] == "COMPLETED"


def test_job_without_a_log(new_site):
    """F-23: a runner that cannot write the log of the program finishes its job, and standard error hears what was to be logged"""
    site = new_site(engine="sqlite", workers=1, schemas=("hr",),
                    settings={"database.api.enabled": "true", "datapump.minFree": "0", "datapump.runner": "cron"})
    pump = Pump(site, "hr")
    job = pump.begin("export", file_name="X.DMP")
    site.cords("config", "set", "log.file", "/nowhere/at/all")
    r = site.cords("datapump", "run-pending")
    assert pump.item(job)["job_state"] == "COMPLETED"
    assert "/nowhere/at/all" in r.stderr


def without_descriptors(pump, name):
    """an export that could open no file more for a while; None when it needed none"""
    job, runner = hold(pump, "export", file_name=f"{name}%U.DMP", file_size="1M", compression="NONE")
    taken = {int(n): os.readlink(f"/proc/{runner}/fd/{n}") for n in os.listdir(f"/proc/{runner}/fd")}
    # of its dump too: the next file would get the number of the one that was closed before
    dumps = [n for n, path in taken.items() if path.startswith(str(pump.site.config / "datapump"))]
    old = resource.prlimit(runner, resource.RLIMIT_NOFILE)
    resource.prlimit(runner, resource.RLIMIT_NOFILE, (min([*dumps, next(n for n in range(1024) if n not in taken)]), old[1]))
    os.kill(runner, signal.SIGCONT)
    wait_for(lambda: pump.site.events("job.interrupted") or pump.item(job)["state"] == "NOT RUNNING")
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(runner, resource.RLIMIT_NOFILE, old)
    return job if pump.site.events("job.interrupted") else None


def test_job_without_descriptors(own):
    """F-24: a runner that gets no descriptor for its next file rests, and goes on by itself once it gets one"""
    pump = Pump(own, "hr")
    names = (f"NOFD{i}_" for i in range(20))
    name, job = next((n, j) for n, j in ((n, without_descriptors(pump, n)) for n in names) if j is not None)
    done = pump.ended(job, 40)
    log = pump.log(job)
    assert (done["job_state"], done["error_count"]) == ("COMPLETED", 0), log
    assert "the job goes on after a pause" in log
    assert "60017 row(s)" in own.cords("datapump", "check", f"{name}%U.DMP").stdout
