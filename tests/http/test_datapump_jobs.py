"""Jobs of Data Pump that really run: the walk-through of a user, and what becomes of jobs whose runner is stopped or killed."""
import contextlib
import fcntl
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time

import pytest

from lib import BIN, Client, runner_of, wait_for

LEASE = {"database.api.enabled": "true", "datapump.leaseTime": "900ms"}
JOBS = "/database/datapump/jobs/"


class Pump(Client):
    """A client of the Database API of one schema."""

    def __init__(self, site, schema):
        super().__init__("127.0.0.1", site.port, schema, "secret", f"/ords/{schema}/_/db-api/stable")
        self.site = site

    def order(self, job, **body):
        return self.post(JOBS + job, body)

    def item(self, job):
        r = self.get(JOBS + job)
        assert r.status == 200, r
        return r.json

    def log(self, job):
        url = next(l["href"] for l in self.item(job)["links"] if l["rel"] == "related")
        return self.get(url.partition("/stable")[2]).body.decode()

    def ended(self, job, seconds=20):
        return wait_for(lambda: (i := self.item(job))["state"] == "NOT RUNNING" and i, seconds)

    def begin(self, what, **body):
        r = self.post(f"/database/datapump/{what}", body)
        assert r.status == 201, r
        return f"{r.json['owner_name']},{r.json['job_name']}/"


@pytest.fixture(scope="module")
def own(new_site):
    site = new_site(engine="sqlite", schemas=("hr", "boss"), settings=LEASE)
    site.cords("schema", "enable", "boss", "--admin", "true")
    return site


@pytest.fixture
def tables(own):
    """Schema HR with some tables, the largest of which takes a moment."""
    db = sqlite3.connect(own.db)
    db.executescript("DROP TABLE IF EXISTS emp; DROP TABLE IF EXISTS dept; DROP TABLE IF EXISTS job_history")
    fill(db)
    yield db
    db.close()


def fill(db):
    db.executescript("CREATE TABLE emp(id INTEGER PRIMARY KEY, name TEXT, dept INTEGER);"
                     "CREATE TABLE dept(id INTEGER PRIMARY KEY, name TEXT);"
                     "CREATE TABLE job_history(id INTEGER PRIMARY KEY)")
    db.executemany("INSERT INTO emp VALUES (?, ?, ?)", [(i, f"name {i}" * 30, i % 7) for i in range(60000)])
    db.executemany("INSERT INTO dept VALUES (?, ?)", [(i, f"d{i}") for i in range(7)])
    db.executemany("INSERT INTO job_history VALUES (?)", [(i,) for i in range(10)])
    db.commit()


@pytest.fixture
def pump(own):
    return Pump(own, "hr")


def who_works(site, log):
    """the process that has the log of a job open: its runner, or one of run-pending, whoever was first"""
    for pid in runner_of(site):
        if log in opened(pid):
            return pid
    return None


def opened(pid):
    """names of its files"""
    found = []
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found.append(os.path.basename(os.readlink(f"/proc/{pid}/fd/{fd}")))
    return found


def names(site):
    folder = site.config / "datapump"
    return sorted(os.listdir(folder)) if folder.exists() else []


def curl(site, *args):
    r = subprocess.run(["curl", "-sS", "-u", "hr:secret", *args], capture_output=True, text=True, check=True)
    return r.stdout


@pytest.mark.skipif(subprocess.run(["which", "curl"], capture_output=True).returncode != 0, reason="needs curl")
def test_walk_through_with_plain_curl(own, tables):
    """What ORDS's users do: export all tables but one, follow Location, poll to the end, read the log, import again.
    DP-10, DP-12, DP-28, DP-72, DP-76, DP-81, DP-82."""
    base = f"http://127.0.0.1:{own.port}/ords/hr/_/db-api/stable/database/datapump"
    asked = {"job_mode": "TABLE", "file_name": "WALK%U", "name_expressions": [{"expression": "!='JOB_HISTORY'"}]}
    answer = curl(own, "-i", "-H", "Content-Type: application/json", "-d", json.dumps(asked), base + "/export")
    assert answer.startswith("HTTP/1.1 201")
    location = re.search(r"^Location: (\S+/)\r?$", answer, re.M)[1]

    def over(url):
        return wait_for(lambda: (i := json.loads(curl(own, url)))["state"] == "NOT RUNNING" and i, 20)

    job = over(location)
    assert (job["job_state"], job["error_count"], job["degree"]) == ("COMPLETED", 0, 0)
    links = [l["href"] for l in job["links"] if l["rel"] == "related"]
    assert links[1].endswith("/WALK01.DMP")
    log = curl(own, links[0]).splitlines()
    assert log[0].startswith('Starting "HR"."')
    assert re.search(r"successfully completed at \w+ \w+ \d+ [\d:]+ \d{4} elapsed 0 \d\d:\d\d:\d\d$", log[-1])
    done = dict(re.findall(r'exported "\w+"."(\w+)" .* (\d+) rows', "\n".join(log)))
    assert done == {"emp": "60000", "dept": "7"}

    tables.executescript("DROP TABLE emp; DROP TABLE dept")
    answer = json.loads(curl(own, "-H", "Content-Type: application/json", "-d", '{"file_name": "WALK%U"}', base + "/import"))
    job = over(next(l["href"] for l in answer["links"] if l["rel"] == "self"))
    assert (job["job_state"], job["error_count"]) == ("COMPLETED", 0), job
    assert tables.execute("SELECT count(*), count(DISTINCT id) FROM emp").fetchone() == (60000, 60000)
    assert tables.execute("SELECT count(*) FROM dept").fetchone() == (7,)
    assert tables.execute("SELECT count(*) FROM job_history").fetchone() == (10,)


def test_dump_is_served_in_pieces(own, tables, pump):
    """DP-73, DP-77, DP-78, DP-80: type, disposition, one range; the tag of a job that rests saves its body."""
    job = pump.begin("export", file_name="SERVED%U")
    pump.ended(job)
    r = pump.get(JOBS + job)
    assert pump.get(JOBS + job, headers={"If-None-Match": r.headers["ETag"]}).status == 304
    whole = pump.get(JOBS + job + "SERVED01.DMP")
    assert whole.status == 200 and whole.body == (own.config / "datapump" / "SERVED01.DMP").read_bytes()
    assert whole.headers["Content-Type"] == "application/vnd.tcpdump.pcap"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert 'filename="SERVED01.DMP"' in whole.headers["Content-Disposition"]
    part = pump.get(JOBS + job + "SERVED01.DMP", headers={"Range": "bytes=0-9"})
    assert part.status == 206 and part.body == whole.body[:10]
    assert pump.get(JOBS + job + "SERVED01.DMP", headers={"Range": f"bytes={len(whole.body)}-"}).status == 416
    other = pump.begin("export", file_name="OTHER%U")
    pump.ended(other)
    assert pump.get(JOBS + other + "SERVED01.DMP").status == 404


def test_record_goes_and_files_stay(own, tables, pump):
    """DP-74: keep_master 0."""
    before = names(own)
    job = pump.begin("export", file_name="GONE%U", keep_master=0)
    wait_for(lambda: pump.get(JOBS + job).status == 404, 20)
    dump, log = sorted(set(names(own)) - set(before), key=lambda name: name.endswith(".LOG"))
    assert dump == "GONE01.DMP" and "successfully completed" in (own.config / "datapump" / log).read_text()


def is_between_writes(site):
    """does nobody hold the lock of the job store?  A process that is stopped with it would hold up everybody"""
    db = sqlite3.connect(f"{site.db}-jobs", timeout=0.01, isolation_level=None)
    try:
        with open(f"{site.db}-jobs-turn", "rb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")
        return True
    except (sqlite3.OperationalError, BlockingIOError):
        return False
    finally:
        db.close()


def stop(pid):
    """SIGSTOP, and wait until it has come: a thread may go on for a moment, and take a lock"""
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: all(stat.read_text().rpartition(")")[2].split()[0] in "TtZX"
                         for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")), 10)


@contextlib.contextmanager
def store_locked(site):
    """nobody writes to the job store meanwhile, so a runner comes to rest at its next line, and holds no lock there"""
    with open(f"{site.db}-jobs-turn", "rb") as turn, contextlib.closing(sqlite3.connect(f"{site.db}-jobs", isolation_level=None)) as db:
        fcntl.flock(turn, fcntl.LOCK_EX)
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def hold(pump, what, **body):
    """a job, and its runner, stopped as soon as it has the job"""
    job = pump.begin(what, **body)
    log = next(l["href"] for l in pump.item(job)["links"] if l["rel"] == "related").rpartition("/")[2]
    end = time.monotonic() + 10
    while (pid := who_works(pump.site, log)) is None:
        assert time.monotonic() < end
    with store_locked(pump.site):
        stop(pid)
    if pump.item(job)["state"] != "EXECUTING":
        os.kill(pid, signal.SIGCONT)
        pytest.fail("the job was over before its runner was stopped")
    return job, pid


def test_killed_export_goes_on(own, tables, pump):
    """DP-100, R-21, F-04: kill -9 of the runner of an export; whoever looks starts another one."""
    job, pid = hold(pump, "export", file_name="KILLED%U")
    os.kill(pid, signal.SIGKILL)
    done = wait_for(lambda: (i := pump.item(job))["job_state"] == "COMPLETED" and i, 20)
    assert done["error_count"] == 0
    assert " restarted at " in pump.log(job)
    tables.execute("DROP TABLE emp")
    tables.commit()
    done = pump.ended(pump.begin("import", file_name="KILLED%U"))
    assert done["job_state"] == "COMPLETED"
    assert tables.execute("SELECT count(*) FROM emp").fetchone() == (60000,)


def test_serve_looks_by_itself(own, tables, pump):
    """R-21: a job whose runner was killed is finished although nobody asks for it."""
    job, pid = hold(pump, "export", file_name="ALONE%U")
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: "ALONE01.DMP" in names(own), 20)
    assert pump.ended(job)["error_count"] == 0


def test_killed_import_stores_each_row_once(own, tables, pump):
    """DP-99, R-21, R-22: kill -9 of the runner of an import."""
    pump.ended(pump.begin("export", file_name="ONCE%U"))
    tables.executescript("DROP TABLE emp; DROP TABLE dept; DROP TABLE job_history")
    job, pid = hold(pump, "import", file_name="ONCE%U")
    os.kill(pid, signal.SIGKILL)
    done = wait_for(lambda: (i := pump.item(job))["job_state"] == "COMPLETED" and i, 30)
    assert done["error_count"] == 0, pump.log(job)
    assert tables.execute("SELECT count(*), count(DISTINCT id) FROM emp").fetchone() == (60000, 60000)


def test_stopped_runner_that_wakes_up_changes_nothing(own, tables, pump):
    """R-20, F-05: SIGSTOP past the lease, another runner finishes, SIGCONT: one set of rows."""
    pump.ended(pump.begin("export", file_name="SLEEP%U"))
    tables.executescript("DROP TABLE emp; DROP TABLE dept; DROP TABLE job_history")
    job, pid = hold(pump, "import", file_name="SLEEP%U")
    done = wait_for(lambda: (i := pump.item(job))["job_state"] == "COMPLETED" and i, 30)
    lines = pump.log(job)
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: pid not in runner_of(own), 20)
    assert pump.log(job) == lines and pump.item(job) == done
    assert tables.execute("SELECT count(*), count(DISTINCT id) FROM emp").fetchone() == (60000, 60000)


def test_job_that_runs(own, tables, pump):
    """DP-71: as the jobs view of Data Pump shows it"""
    job, pid = hold(pump, "export", file_name="RUNS%U")
    seen = pump.item(job)
    os.kill(pid, signal.SIGCONT)
    assert (seen["state"], seen["job_state"]) == ("EXECUTING", "EXECUTING")
    assert seen["degree"] in (1, 2) and seen["datapump_sessions"] == seen["degree"] + 1     # 2: the others have begun to read
    assert pump.ended(job)["datapump_sessions"] == 0


def test_stop_and_start_again(own, tables, pump):
    """DP-103, DP-105: STOP_JOB, START_JOB; what runs is not removed."""
    job, pid = hold(pump, "export", file_name="STOP%U")
    assert pump.delete(JOBS + job).status == 409
    assert pump.order(job, action="STOP_JOB").json["state"] == "STOP PENDING"
    os.kill(pid, signal.SIGCONT)
    assert pump.ended(job)["job_state"] == "STOPPED"
    assert "stopped by user request at" in pump.log(job)
    assert pump.order(job, action="START_JOB").status == 202
    assert wait_for(lambda: (i := pump.item(job))["job_state"] == "COMPLETED" and i, 20)["error_count"] == 0
    assert pump.order(job, action="START_JOB").status == 409
    assert pump.delete(JOBS + job, params={"files": "true"}).status == 204
    assert "STOP01.DMP" not in names(own) and pump.get(JOBS + job).status == 404


def test_kill_removes_record_and_unfinished_files(own, tables, pump):
    """DP-104."""
    before = names(own)
    job, pid = hold(pump, "export", file_name="KILL%U")
    assert pump.order(job, action="KILL_JOB").status == 202
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: pump.get(JOBS + job).status == 404, 20)
    # also of a runner that was held for longer than its lease, and learns only now that another one has killed its job
    wait_for(lambda: pid not in runner_of(own), 20)
    assert [n for n in names(own) if n not in before and not n.endswith(".LOG")] == []


def test_runner_that_wakes_up_after_its_job_was_killed(own, tables, pump):
    """R-20, DP-104: held past its lease, while another runner ends the job for good: it leaves no file behind"""
    before = names(own)
    job, pid = hold(pump, "export", file_name="WOKEN%U")
    assert pump.order(job, action="KILL_JOB").status == 202
    wait_for(lambda: pump.get(JOBS + job).status == 404, 20)
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: pid not in runner_of(own), 20)
    assert [n for n in names(own) if n not in before and not n.endswith(".LOG")] == []


def test_too_many_jobs(new_site):
    """DP-112: more than datapump.maxJobs, new ones or those that are started again; one that cannot start is told that."""
    site = new_site(engine="sqlite", schemas=("hr",), settings={"database.api.enabled": "true", "datapump.maxJobs": "1"})
    with sqlite3.connect(site.db) as db:
        fill(db)
    db.close()
    pump = Pump(site, "hr")
    stopped, pid = hold(pump, "export", file_name="MANY1%U")
    assert pump.order(stopped, action="STOP_JOB").status == 202
    os.kill(pid, signal.SIGCONT)
    pump.ended(stopped)
    held, pid = hold(pump, "export", file_name="MANY2%U")
    for r in pump.post("/database/datapump/export", {"file_name": "MANY3%U"}), pump.order(stopped, action="START_JOB"):
        assert r.status == 503 and r.headers["Retry-After"] and "ODP-31633" in r.json["message"]
    assert pump.order(held, action="START_JOB").status == 409
    os.kill(pid, signal.SIGCONT)
    assert pump.ended(held)["job_state"] == "COMPLETED"
    assert pump.order(stopped, action="START_JOB").status == 202
    assert pump.ended(stopped)["job_state"] == "COMPLETED"


def test_record_of_a_stopped_export_goes_with_its_working_files(own, tables, pump):
    """DELETE of a job that was stopped, or whose runner was killed and then stopped: nobody will go on with what it has written."""
    before = names(own)
    for how in (signal.SIGCONT, signal.SIGKILL):
        job, pid = hold(pump, "export", file_name="LEFT%U")
        while not ([n for n in names(own) if n.startswith(".") and n not in before] and is_between_writes(own)):
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.001)
            stop(pid)
        assert pump.order(job, action="STOP_JOB").status == 202
        os.kill(pid, how)
        wait_for(lambda: pump.delete(JOBS + job).status == 204, 20)
        assert [n for n in names(own) if n not in before and not n.endswith(".LOG")] == []


def test_runner_has_nothing_of_its_worker(own, tables, pump):
    """R-28: no descriptor of the worker, a session of its own, a built environment; DP-102: it outlives serve."""
    job, pid = hold(pump, "export", file_name="OWN%U")
    try:
        assert os.getsid(pid) != os.getsid(own.process.pid)
        links = [os.readlink(f"/proc/{pid}/fd/{n}") for n in ("0", "1", "2")]
        assert links == ["/dev/null"] * 3
        assert not [l for l in (os.readlink(f"/proc/{pid}/fd/{n}") for n in os.listdir(f"/proc/{pid}/fd")) if l.startswith("socket:")]
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        assert b"PYTEST" not in pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        own.process.send_signal(signal.SIGHUP)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert pump.ended(job)["job_state"] == "COMPLETED"


def test_cron_leaves_the_work_to_run_pending(new_site):
    """datapump.runner=cron: DEFINING until cords datapump run-pending comes."""
    site = new_site(engine="sqlite", schemas=("hr",), settings={**LEASE, "datapump.runner": "cron"})
    db = sqlite3.connect(site.db)
    db.executescript("CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    db.close()
    pump = Pump(site, "hr")
    job = pump.begin("export", file_name="CRON%U")
    assert pump.item(job)["state"] == "DEFINING"
    starters = [subprocess.Popen([BIN, "--config", site.config, "--quiet", "datapump", "run-pending"]) for _ in range(10)]
    assert [p.wait(30) for p in starters] == [0] * 10
    assert pump.item(job)["job_state"] == "COMPLETED"
    assert pump.log(job).count("Starting ") == 1        # one of ten starters won


def test_killed_job_is_seen_as_stopped(new_site):
    """DP-100, DP-101: kill -9 of the runner of an export where nobody takes jobs over: NOT RUNNING, STOPPED; it goes on when it is told
    to, and the set is whole"""
    site = new_site(engine="sqlite", schemas=("hr",), settings={**LEASE, "datapump.runner": "cron"})
    with sqlite3.connect(site.db) as db:
        fill(db)
    db.close()
    pump = Pump(site, "hr")
    job = pump.begin("export", file_name="SEEN%U")
    starter = subprocess.Popen([BIN, "--config", site.config, "--quiet", "datapump", "run-pending"])
    wait_for(lambda: any(n.endswith(".LOG") for n in names(site)))
    starter.kill()
    starter.wait()
    seen = wait_for(lambda: (i := pump.item(job))["state"] == "NOT RUNNING" and i, 35)
    assert seen["job_state"] == "STOPPED"
    assert pump.order(job, action="START_JOB").status == 202
    site.cords("datapump", "run-pending")
    assert pump.item(job)["job_state"] == "COMPLETED" and " restarted at " in pump.log(job)
    assert "60017 row(s)" in site.cords("datapump", "check", "SEEN%U.DMP").stdout


def test_store_that_somebody_keeps_locked(own, tables, pump):
    """a process that was stopped in the middle of a write: what reads goes on, what writes is told to come again"""
    job = pump.begin("export", file_name="KEPT%U")
    pump.ended(job)
    db = sqlite3.connect(f"{own.db}-jobs", isolation_level=None)
    with open(f"{own.db}-jobs-turn", "rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE ords_jobs SET n_lines = n_lines")
        assert pump.item(job)["job_state"] == "COMPLETED" and pump.get(JOBS).json["count"] >= 1 and "Starting" in pump.log(job)
        r = pump.delete(JOBS + job)
        assert r.status == 503 and r.headers["Retry-After"], r
        db.execute("ROLLBACK")
    db.close()
    assert pump.delete(JOBS + job).status == 204


def test_dump_from_elsewhere(own, tables, pump, new_site):
    """R-60, PUT files/: a dump that another schema made is for whoever has sent it, into the own schema; for others it is not there;
    and another file of its name is not theirs"""
    for name in "ELSE.DMP", "OTHER.DMP":
        pump.ended(pump.begin("export", file_name=name))
    dump = (own.config / "datapump" / "ELSE.DMP").read_bytes()
    site = new_site(engine="sqlite", schemas=("sales", "spy"), settings=LEASE)
    sales, spy = Pump(site, "sales"), Pump(site, "spy")
    files = "/database/datapump/files/"
    assert sales.put(files + "ELSE.DMP", dump).status == 201
    assert [f["file_name"] for f in sales.get(files).json["items"]] == ["ELSE.DMP"] and spy.get(files).json["items"] == []
    unknown = spy.post("/database/datapump/import", {"file_name": "NOSUCH.DMP"})
    refused = spy.post("/database/datapump/import", {"file_name": "ELSE.DMP"})
    assert refused.status == unknown.status == 400 and refused.json["message"].replace("ELSE", "NOSUCH") == unknown.json["message"]
    done = sales.ended(sales.begin("import", file_name="ELSE.DMP"))
    assert (done["job_state"], done["error_count"]) == ("COMPLETED", 0)
    with sqlite3.connect(site.db) as db:
        assert db.execute("SELECT count(*) FROM emp").fetchone() == (60000,)
    db.close()
    (site.config / "datapump" / "ELSE.DMP").write_bytes((own.config / "datapump" / "OTHER.DMP").read_bytes())
    assert sales.post("/database/datapump/import", {"file_name": "ELSE.DMP"}).status == 400
