"""Program and repository of different levels: told to whoever asks, mended by install while workers run."""
import re
import sqlite3

import pytest

from lib import ENGINES, wait_for

pytestmark = pytest.mark.skipif(ENGINES[0] != "sqlite", reason="levels are read by the same statements everywhere")

API = "/ords/_/instance-api/stable/status"


@pytest.fixture(scope="module")
def site(new_site):
    s = new_site(start=False, workers=2, settings={"instance.api.enabled": "true"})
    s.cords("config", "user", "add", "root", "System Administrator", "--password-stdin", stdin="secret\n")
    s.start()
    return s


LAST_STEP = ["DELETE FROM ords_schema_version WHERE level = (SELECT max(level) FROM ords_schema_version)"]


def level(site, *changes):
    """the repository is changed as another version of the program would leave it, workers are told as its install tells them"""
    with sqlite3.connect(site.db) as db:
        for change in changes:
            db.execute(change)
        db.execute("UPDATE ords_state SET value = value + 1 WHERE name = 'catalog'")


def refused(site, why):
    """by both workers, for reading and writing; nobody is told of it by 404 or 500, and health says so"""
    soda = site.soda()
    for _ in range(4):
        for r in (soda.get("/"), soda.put("/later")):
            assert r.status == 503 and r.headers["Retry-After"] and why in r.json["message"], r
    assert site.client().get("/ords/_/health/live").status == 200
    line = next(line for line in site.cords("validate", check=False).stdout.splitlines() if "program level" in line)
    assert line.startswith("FAIL") and site.cords("validate", check=False).returncode == 2
    return line


def test_program_that_is_newer(site):
    """OR-66: 503 until install was run; then the same workers serve, without a restart"""
    workers = site.worker_pids()
    c = site.soda().make()
    key = c.add({"a": 1})
    level(site, *LAST_STEP)
    assert refused(site, "run install").endswith("; run cords install")
    assert "was brought to level" in site.cords("install").stdout
    wait_for(lambda: c.get(key).status == 200)
    assert {c.get(key).status for _ in range(6)} == {200} and site.worker_pids() == workers
    assert site.client("root", "secret").get(API).json["pools"][0]["status"] == "UP"


def test_program_that_is_older(site):
    """OR-66: it must not write where it does not know what is there; install does not help, and says so"""
    c = site.soda().make()
    level(site, "INSERT INTO ords_schema_version(level, name, program, applied) VALUES (999, 'later', '9.9.9', 0)")
    assert refused(site, "it is too old").endswith("; this program is too old")
    done = site.cords("install", check=False)
    assert done.returncode == 2 and re.search("level 999, the program knows [0-9]+; it is too old", done.stderr)
    level(site, "DELETE FROM ords_schema_version WHERE level = 999")
    wait_for(lambda: c.get().status == 200)


def test_install_tells_workers(site):
    """a step moves the counter that every request compares, so that workers of the version before notice"""
    def counter():
        with sqlite3.connect(site.db) as db:
            return db.execute("SELECT value FROM ords_state WHERE name = 'catalog'").fetchone()[0]
    before = counter()
    site.cords("install")
    assert counter() == before
    level(site, *LAST_STEP)
    site.cords("install")
    assert counter() == before + 2
