"""Data Pump and places: a directory without room, names that lead out of it, and another pool instead of a file."""

import pytest

from test_walkthrough import Pool, log_of, over, path_of, second_pool  # noqa: I001
from lib import ENGINES, wait_for

TABLE = ["CREATE TABLE {s}emp(empno INTEGER NOT NULL PRIMARY KEY, ename VARCHAR(40))",
         "INSERT INTO {s}emp VALUES " + ", ".join(f"({i}, 'Name {i}')" for i in range(100))]


def setting(site, key, value):
    """active in running workers"""
    site.cords("config", "set", key, value)
    before = len(site.events("config.reloaded"))
    wait_for(lambda: site.client().get("/ords/_/health/live").status == 200 and len(site.events("config.reloaded")) > before, 10)


@pytest.fixture(scope="module")
def linked(new_site):
    """A pool in a file, full, and a pool of the engine under test, empty, which may read the first one."""
    engine = ENGINES[0]
    schema = f"link_{engine}"
    site = new_site(start=False, engine="sqlite", workers=1, schemas=(schema,), settings={"database.api.enabled": "true"})
    database = second_pool(site, engine)
    site.cords("schema", "--db-pool", "target", "enable", schema, "--password-stdin", stdin="secret\n")
    site.cords("config", "--db-pool", "target", "set", "datapump.networkLinks", "default")
    site.start()
    a, b = Pool(site, "default", "sqlite", schema), Pool(site, "target", engine, schema)
    a.file, b.file, a.database, b.database = site.db, site.folder / "target.db", None, database
    b.prepare()
    a.run(*TABLE)
    return a, b


def test_link_between_pools(linked):
    """DP-106: one request copies from pool to pool, and leaves no dump behind"""
    source, target = linked
    t = target.api()
    r = t.post("/database/datapump/import", {"network_link": "default"})
    assert r.status == 201, r
    job = over(t, path_of(r.headers["Location"]))
    assert (job["job_state"], job["error_count"]) == ("COMPLETED", 0), log_of(t, job)
    assert target.rows("SELECT empno, ename FROM {s}emp ORDER BY empno") == source.rows("SELECT empno, ename FROM {s}emp ORDER BY empno")
    assert not list((source.site.config / "datapump").glob("*.DMP"))


def test_links_that_are_not_allowed(linked):
    """DP-107: to a pool that is not listed, or not there, or with a file at the same time"""
    source, target = linked
    said = set()
    for link in ("target", "nosuch", "default"):
        r = source.api().post("/database/datapump/import", {"network_link": link})
        assert r.status == 403, r
        said.add(r.json["message"])
    assert len(said) == 1 and said.pop().startswith("ODP-31631")
    assert target.api().post("/database/datapump/import", {"network_link": "default", "file_name": "X.DMP"}).status == 400


def test_no_room(linked):
    """R-29, F-13, DP-113, DP-16: an export that would fill the disk ends with a fatal line and without a file; restarted, it
    completes"""
    source, _ = linked
    c, site = source.api(), source.site
    setting(site, "datapump.minFree", "1000000g")
    r = c.post("/database/datapump/export", {})
    job = over(c, path_of(r.headers["Location"]))
    log = log_of(c, job)
    assert job["job_state"] == "STOPPED" and job["error_count"] == 1, job
    assert "datapump.minFree" in log and "stopped due to fatal error at" in log.splitlines()[-1], log
    left = [p.name for p in (site.config / "datapump").iterdir() if not p.name.endswith(".LOG")]
    assert left == []
    setting(site, "datapump.minFree", "0")
    assert c.post(path_of(r.headers["Location"]), {"action": "START_JOB"}, base="").status == 202
    job = over(c, path_of(r.headers["Location"]))
    assert (job["job_state"], job["error_count"]) == ("COMPLETED", 1), log_of(c, job)
    dump = next(link["href"] for link in job["links"] if link["href"].endswith(".DMP")).rpartition("/")[2]
    digits = job["job_name"].rpartition("_")[2]
    assert dump.startswith("EXPDAT01-") and "".join(filter(str.isdigit, dump[8:])) == digits
    assert (site.config / "datapump" / dump).is_file()


def test_names_lead_nowhere(linked):
    """DP-78, DP-79, R-63: only what belongs to the job is served, and nothing outside its directory"""
    source, _ = linked
    c, site = source.api(), source.site
    urls = []
    for _ in range(2):
        r = c.post("/database/datapump/export", {})
        over(c, path_of(r.headers["Location"]))
        urls.append(path_of(r.headers["Location"]))
    jobs = [c.get(u, base="").json for u in urls]
    dumps = [next(link["href"] for link in j["links"] if link["href"].endswith(".DMP")).rpartition("/")[2] for j in jobs]
    assert c.get(urls[0] + dumps[0], base="").status == 200
    (site.config / "datapump" / "SECRET.DMP").write_text("secret")
    for name in (dumps[1], "SECRET.DMP", "%2e%2e%2fglobal%2fkey", "..%2fglobal%2fsettings.xml", "%2e%2e", ".", dumps[0].lower()):
        r = c.get(urls[0] + name, base="")
        assert r.status in (400, 404), (name, r)
    # a link in the place of the dump is not followed
    path = site.config / "datapump" / dumps[0]
    path.unlink()
    path.symlink_to(site.config / "global" / "settings.xml")
    assert c.get(urls[0] + dumps[0], base="").status == 404
