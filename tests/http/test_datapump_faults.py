"""The fault matrix for jobs of Data Pump on database servers: the server dies under a runner, tables change under an export."""
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess

import pytest

import servers
from lib import BIN, Client, ENGINES, Site, runner_of, wait_for

pytestmark = pytest.mark.skipif(ENGINES[0] == "sqlite", reason="about servers")

ENGINE = ENGINES[0]
N = 60 << 10
DOCS = 14000


class Jobs:
    """A site without workers, on a server of its own: jobs are asked for at the command line."""

    def __init__(self, folder):
        self.server = servers.another(ENGINE, prefix="pump")
        self.site = Site(folder, engine=ENGINE, server=self.server)
        self.dumps = self.site.config / "datapump"
        self.run("CREATE SCHEMA demo", *(["GRANT ALL ON SCHEMA demo TO cords",
                                          "ALTER DEFAULT PRIVILEGES IN SCHEMA demo GRANT ALL ON TABLES TO cords"]
                                         if ENGINE == "postgresql" else ["GRANT ALL ON demo.* TO cords"]))
        self.run("CREATE TABLE demo.a(id INTEGER NOT NULL PRIMARY KEY, v VARCHAR(300))",
                 "CREATE TABLE demo.b(id INTEGER NOT NULL PRIMARY KEY, v VARCHAR(300))",
                 "CREATE TABLE demo.c(id INTEGER NOT NULL PRIMARY KEY)", "INSERT INTO demo.c VALUES (1), (2)")
        self.run("INSERT INTO demo.a VALUES " + ", ".join(f"({i}, '{i:0200}')" for i in range(N >> 10)),
                 *(f"INSERT INTO demo.a SELECT id + {N >> i}, concat(id, substr(v, 1, 200)) FROM demo.a" for i in range(10, 0, -1)),
                 "INSERT INTO demo.b SELECT * FROM demo.a")

    def run(self, *statements):
        if ENGINE == "postgresql":
            self.server.psql(self.site.database, *statements)
        else:
            self.server.mariadb(";\n".join(statements) + ";\n")

    def number(self, query):
        return int(self.server.rows(self.site.database, query)[0][0][0])

    def begin(self, what, name, body):
        """-> the client that waits for it, the runner"""
        client = subprocess.Popen([BIN, "--config", self.site.config, "datapump", what, f'{{"job_name": "{name}", {body}}}'],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.site.env)
        return client, wait_for(lambda: self.runner(), 10)

    def runner(self):
        return next(iter(runner_of(self.site)), None)

    def ended(self, name, seconds=40):
        """the state in which it rests"""
        def state():
            out = self.site.cords("datapump", "list").stdout
            found = re.search(rf"{name} +\w+ +\w+ +(COMPLETED|STOPPED) +(\d+)", out)
            return self.runner() is None and found and found.groups()
        return wait_for(state, seconds)

    def log(self, kind):
        return max(self.dumps.glob(f"{kind}-*.LOG"), key=lambda p: p.stat().st_mtime).read_text()


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    return Jobs(tmp_path_factory.mktemp("jobs"))


def stop_while_it_writes(jobs, pid, n_bytes=100_000):
    """The whole export takes a moment only, so the runner stands still while somebody looks."""
    def has_written():
        os.kill(pid, signal.SIGSTOP)
        if any(p.stat().st_size > n_bytes for p in jobs.dumps.glob(".*")):
            return True
        os.kill(pid, signal.SIGCONT)
        return False
    wait_for(has_written, 20, pause=0.005)


def restart_under(jobs, pid):
    """kill -9 of the server while the runner does not look"""
    os.kill(pid, signal.SIGSTOP)
    jobs.server.kill()
    jobs.server.restart()
    os.kill(pid, signal.SIGCONT)


def test_export_goes_on_when_the_server_is_back(jobs):
    """F-06, R-23: kill -9 of the server under an export; its runner tries again by itself, and the set is whole"""
    client, pid = jobs.begin("export", "E1", '"file_name": "E1.DMP", "compression": "NONE"')
    stop_while_it_writes(jobs, pid)
    restart_under(jobs, pid)
    assert jobs.ended("E1") == ("COMPLETED", "0"), jobs.log("EXPDAT")
    client.wait(20)
    assert "the job goes on after a pause" in jobs.log("EXPDAT")
    assert f"3 table(s), {2 * N + 2} row(s)" in jobs.site.cords("datapump", "check", "E1.DMP").stdout


def test_import_goes_on_when_the_server_is_back(jobs):
    """F-06, R-22: kill -9 of the server under an import; every row is there once"""
    jobs.site.cords("datapump", "export", '{"file_name": "I.DMP", "job_name": "E2"}')
    client, pid = jobs.begin("import", "I1", '"file_name": "I.DMP", "data_options": ["SKIP_CONSTRAINT_ERRORS"], "remap_tables": '
                             '[{"source": "a", "target": "a2"}, {"source": "b", "target": "b2"}, {"source": "c", "target": "c2"}]')
    wait_for(lambda: jobs.number("SELECT coalesce(sum(done), 0) FROM ords_import_progress") > 0, 10)
    restart_under(jobs, pid)
    assert jobs.ended("I1") == ("COMPLETED", "0"), jobs.log("IMPDAT")
    client.wait(20)
    assert "the job goes on after a pause" in jobs.log("IMPDAT")
    for table in "a2", "b2":
        assert jobs.number(f"SELECT count(DISTINCT t.id) FROM demo.{table} t JOIN demo.a ON a.id = t.id AND a.v = t.v") == N
        assert jobs.number(f"SELECT count(*) FROM demo.{table}") == N


def end_connections_under(jobs, pid):
    """as servers and administrators do to sessions that rest in a transaction, while the runner stands still"""
    os.kill(pid, signal.SIGSTOP)
    if ENGINE == "postgresql":
        query = "pg_stat_activity WHERE usename = 'cords' AND datname = current_database()"
        jobs.run(f"SELECT pg_terminate_backend(pid) FROM {query}")
    else:
        query = "information_schema.processlist WHERE user = 'cords'"
        jobs.run("KILL USER cords")
    wait_for(lambda: jobs.number(f"SELECT count(*) FROM {query}") == 0, 10)
    os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("option", ["", '"data_options": ["SKIP_CONSTRAINT_ERRORS"], '])
def test_import_goes_on_when_its_sessions_were_ended(jobs, option):
    """F-06, R-22: a runner that rested too long finds its transaction gone"""
    kind, name = ("s", "SKIPPING") if option else ("w", "WHOLE")
    jobs.site.cords("datapump", "export", f'{{"file_name": "{name}.DMP", "job_name": "OUT_{name}"}}')
    client, pid = jobs.begin("import", name, f'"file_name": "{name}.DMP", {option} "remap_tables": '
                             + "[%s]" % ", ".join(f'{{"source": "{t}", "target": "{t}{kind}"}}' for t in "abc"))
    wait_for(lambda: jobs.number("SELECT count(*) FROM ords_import_progress") > 0, 10)
    end_connections_under(jobs, pid)
    assert jobs.ended(name) == ("COMPLETED", "0"), jobs.log("IMPDAT")
    client.wait(20)
    assert "the job goes on after a pause" in jobs.log("IMPDAT")
    for table in "ab":
        assert jobs.number(f"SELECT count(DISTINCT id) FROM demo.{table}{kind}") == jobs.number(f"SELECT count(*) FROM demo.{table}{kind}") == N


def test_export_goes_on_when_its_sessions_were_ended(jobs):
    """F-06, R-23: what was read before is of another moment, and the set says so"""
    client, pid = jobs.begin("export", "E6", '"file_name": "E6.DMP", "compression": "NONE"')
    stop_while_it_writes(jobs, pid)
    end_connections_under(jobs, pid)
    assert jobs.ended("E6") == ("COMPLETED", "0"), jobs.log("EXPDAT")
    client.wait(20)
    assert "the job goes on after a pause" in jobs.log("EXPDAT")
    jobs.site.cords("datapump", "check", "E6.DMP")


@pytest.fixture(scope="module")
def collection(tmp_path_factory, jobs):
    """the dump of a collection from a file of SQLite, two keys of which are too long for an index of a server"""
    site = Site(tmp_path_factory.mktemp("file"), engine="sqlite")
    site.start()
    client = Client("127.0.0.1", site.port, "demo", "secret", "/ords/demo/soda/latest")
    assert client.request("PUT", "/docs").status == 201
    for first in range(0, DOCS, 2000):
        docs = [{"n": i, "text": "x" * 1000} for i in range(first, first + 2000)]
        assert client.request("POST", "/docs?action=insert", docs).status == 200
    assert client.request("POST", "/docs?action=index", {"name": "BY_N", "fields": [{"path": "n", "datatype": "number"}]}).status == 200
    site.stop()
    with sqlite3.connect(site.db) as db:
        table, = next(db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'soda_c_[0-9]*'"))
        db.execute(f"UPDATE {table} SET id = hex(randomblob(5000)) WHERE json_extract(content, '$.n') IN (5000, 9001)")
    site.cords("datapump", "export", '{"file_name": "DOCS.DMP"}')
    jobs.dumps.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(site.config / "datapump/DOCS.DMP", jobs.dumps)


def documents(jobs):
    """those that are there: how many, how many different ones, the sum of their numbers"""
    table = f"""soda_c_{jobs.number("SELECT id FROM soda_collections WHERE name = 'docs'")}"""
    value = "(content::json ->> 'n')::int" if ENGINE == "postgresql" else "json_value(content, '$.n')"
    return [jobs.number(f"SELECT {what} FROM {table}") for what in ("count(*)", f"count(DISTINCT {value})", f"sum({value})")]


def test_killed_import_of_documents_goes_on(jobs, collection):
    """F-04, R-22, DP-90: kill -9 of the runner while documents come in; each is there once, but those that do not fit"""
    jobs.site.cords("config", "set", "datapump.leaseTime", "1s")
    client, pid = jobs.begin("import", "I7", '"file_name": "DOCS.DMP", "data_options": ["SKIP_CONSTRAINT_ERRORS"]')
    wait_for(lambda: jobs.number("SELECT coalesce(sum(done), 0) FROM ords_import_progress") > 0, 20)
    os.kill(pid, signal.SIGKILL)
    assert jobs.ended("I7")[0] == "STOPPED"
    jobs.site.cords("config", "set", "datapump.leaseTime", "30s")
    jobs.site.cords("datapump", "run-pending")
    client.wait(20)
    assert jobs.ended("I7") == ("COMPLETED", "1"), jobs.log("IMPDAT")
    assert re.findall(r"row (\d+) rejected", jobs.log("IMPDAT")) == ["5001", "9002"]
    assert documents(jobs) == [DOCS - 2, DOCS - 2, DOCS * (DOCS - 1) // 2 - 14001]


def test_collection_with_an_index_is_as_before(jobs, collection):
    """DP-89: emptied and filled by one transaction, which is taken back for a document that does not fit"""
    if jobs.number("SELECT count(*) FROM soda_collections WHERE name = 'docs'") == 0:
        jobs.site.cords("datapump", "import", '{"file_name": "DOCS.DMP", "data_options": ["SKIP_CONSTRAINT_ERRORS"]}', check=False)
    entries = f"""SELECT count(*) FROM soda_i_{jobs.number("SELECT max(id) FROM soda_indexes")}"""
    before = [*documents(jobs), jobs.number(entries)]
    jobs.site.cords("datapump", "import", '{"job_name": "I8", "file_name": "DOCS.DMP", "table_exists_action": "TRUNCATE"}', check=False)
    assert jobs.ended("I8")[0] == "COMPLETED", jobs.log("IMPDAT")
    first, last = map(int, re.search(r"a document from (\d+) to (\d+) rejected", jobs.log("IMPDAT")).groups())
    assert first <= 5001 <= last
    assert [*documents(jobs), jobs.number(entries)] == before and before[3] == DOCS - 2


def test_killed_export_of_several_readers_goes_on(jobs):
    """F-04, R-23, DP-100: kill -9 of a runner that reads with three connections; the set is whole, and of two moments"""
    jobs.site.cords("config", "set", "datapump.leaseTime", "1s")
    client, pid = jobs.begin("export", "E5", '"file_name": "K.DMP", "compression": "NONE", "threads": 3, "job_mode": "TABLE", '
                             """"name_expressions": [{"expression": "IN ('A', 'B', 'C')"}]""")
    stop_while_it_writes(jobs, pid, 16_000_000)     # all of a, and not all of b
    assert jobs.number("SELECT degree FROM ords_jobs WHERE name = 'E5'") == 3
    os.kill(pid, signal.SIGKILL)
    assert jobs.ended("E5")[0] == "STOPPED"
    jobs.site.cords("config", "set", "datapump.leaseTime", "30s")
    jobs.site.cords("datapump", "run-pending")
    assert jobs.ended("E5") == ("COMPLETED", "0"), jobs.log("EXPDAT")
    client.wait(20)
    assert f"3 table(s), {2 * N + 2} row(s)" in (check := jobs.site.cords("datapump", "check", "K.DMP").stdout)
    assert "not of one point in time" in check and "kept     \"demo\".\"a\"" in jobs.log("EXPDAT")


@pytest.mark.skipif(ENGINE != "postgresql", reason="others keep this apart from a snapshot")
def test_nobody_empties_a_table_under_an_export(jobs):
    """R-23: TRUNCATE and definitions of PostgreSQL are seen by older snapshots, so they wait for the export"""
    client, pid = jobs.begin("export", "E4", '"file_name": "T.DMP", "compression": "NONE"')
    stop_while_it_writes(jobs, pid)
    for statement in "TRUNCATE demo.b", "ALTER TABLE demo.c ADD COLUMN more INTEGER", "DROP TABLE demo.c":
        with pytest.raises(AssertionError, match="lock timeout"):
            jobs.run("SET lock_timeout = '100ms'", statement)
    os.kill(pid, signal.SIGCONT)
    assert jobs.ended("E4") == ("COMPLETED", "0"), jobs.log("EXPDAT")
    client.wait(20)
    jobs.run("SET lock_timeout = '5s'", "ALTER TABLE demo.c ADD COLUMN more INTEGER")
    assert "of one point in time" in jobs.site.cords("datapump", "check", "T.DMP").stdout


@pytest.mark.skipif(ENGINE != "mariadb", reason="others keep the old definition, or make the definition wait")
def test_table_that_is_redefined_under_an_export(jobs):
    """error 1412 ends that table, with a line and a count, and not the job"""
    jobs.run(f"INSERT INTO demo.a SELECT id + {N}, v FROM demo.a")      # or b would be read ahead while a is written
    client, pid = jobs.begin("export", "E3", '"file_name": "R.DMP", "compression": "NONE"')
    stop_while_it_writes(jobs, pid)
    jobs.run("ALTER TABLE demo.b ADD COLUMN more INTEGER, ALGORITHM=COPY", "DROP TABLE demo.c")
    os.kill(pid, signal.SIGCONT)
    assert jobs.ended("E3") == ("COMPLETED", "2"), jobs.log("EXPDAT")
    client.wait(20)
    log = jobs.log("EXPDAT")
    assert all(f'ODP-31693: table "demo"."{t}" is left out: it was redefined' in log for t in "bc") and '"demo"."a"' in log
    assert " row(s), of one point in time" in jobs.site.cords("datapump", "check", "R.DMP").stdout


def test_memory_does_not_grow_with_the_table(jobs):
    """DP-85: a table larger than a runner may become, with a key; out and in"""
    jobs.run("CREATE TABLE demo.wide(id INTEGER NOT NULL PRIMARY KEY, v VARCHAR(6000))",
             "INSERT INTO demo.wide SELECT id, rpad(concat(id, ''), 5000, 'x') FROM demo.a WHERE id < 20000")
    only = '"job_mode": "TABLE", "name_expressions": [{"expression": "= \'WIDE\'"}]'
    bodies = {"export": f'"file_name": "WIDE.DMP", {only}', "import": '"file_name": "WIDE.DMP", "remap_tables": [{"source": "wide", "target": "wide2"}]'}
    for what, body in bodies.items():
        client = subprocess.Popen([BIN, "--config", jobs.site.config, "--quiet", "datapump", what, f'{{"job_name": "M{what}", {body}}}'],
                                  stdout=subprocess.DEVNULL, env=jobs.site.env)
        pid = wait_for(lambda: jobs.runner(), 10)
        peak = 0
        while jobs.runner() == pid:
            peak = max(peak, peak_kib(pid))
        assert client.wait(20) == 0 and jobs.ended(f"M{what.upper()}") == ("COMPLETED", "0"), jobs.log(what[:3].upper() + "DAT")
        assert 0 < peak < 64 << 10
    assert jobs.number("SELECT count(*) FROM demo.wide2") == 20000


def peak_kib(pid):
    """the most memory that a process has had so far; 0: it is gone"""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0
