"""Object storage that really runs: sites and servers are those of tests/http."""
import pathlib
import sqlite3
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

from lib import Site  # noqa: E402
from stores import N, Store  # noqa: E402


@pytest.fixture(scope="module")
def new_site(tmp_path_factory):
    """a factory of sites; start=False for its folder only"""
    made = []

    def make(start=True, **kw):
        s = Site(tmp_path_factory.mktemp("own"), **kw)
        made.append(s)
        if start:
            s.start()
        return s

    yield make
    for s in made:
        s.stop()


@pytest.fixture(scope="module")
def own(new_site):
    """a site, not started, with a table in schema hr, and an empty pool beside it"""
    site = new_site(start=False, engine="sqlite", schemas=("hr", "other"), workers=1, settings={"database.api.enabled": "true"})
    for key, value in {"minFree": "0", "objectStorage.retryPause": "20ms", "objectStorage.timeout": "2s", "leaseTime": "3s"}.items():
        site.cords("config", "set", "--global", f"datapump.{key}", value)
    site.cords("install", "--db-pool", "target", "--db-file", str(site.folder / "target.db"))
    site.cords("schema", "--db-pool", "target", "enable", "hr", "--password-stdin", stdin="secret\n")
    db = sqlite3.connect(site.db)
    db.execute("CREATE TABLE emp(id INTEGER PRIMARY KEY, name TEXT)")
    db.executemany("INSERT INTO emp VALUES (?, ?)", [(i, f"name {i} é") for i in range(N)])
    db.commit()
    db.close()
    return site


@pytest.fixture
def swift(own):
    s = Store("swift", own)
    yield s
    s.close()
