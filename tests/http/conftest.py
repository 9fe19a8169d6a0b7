"""Fixtures of the HTTP suite: a real web server, a real pool of workers, a real database.

Everything lives in a private folder and on a free loopback port; the run stops what it starts.
CORDS_BIN names the program (default build/cords), CORDS_ENGINES the databases (default sqlite; postgresql, mariadb),
CORDS_TEST_SEED feeds every random choice.
"""
import os
import random

import pytest

from lib import CLIENT_KEYS, ENGINES, Site


def pytest_addoption(parser):
    parser.addoption("--keep", action="store_true", help="keep the folders of the sites")


@pytest.fixture(scope="session")
def seed():
    return int(os.environ.get("CORDS_TEST_SEED", "20261121"))


@pytest.fixture
def rng(seed, request):
    print(f"seed {seed}")
    return random.Random(f"{seed}/{request.node.nodeid}")


@pytest.fixture(scope="session", params=ENGINES)
def site(request, tmp_path_factory):
    """One running site per engine: schema demo, password secret, two workers behind lighttpd."""
    s = Site(tmp_path_factory.mktemp("site"), engine=request.param)
    s.start()
    yield s
    s.stop()


@pytest.fixture(scope="session")
def new_site(tmp_path_factory):
    """A factory of sites of their own: new_site(settings={...}, workers=1); start=False for its folder only."""
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


@pytest.fixture
def soda(site):
    """A client of schema demo."""
    return site.soda()


@pytest.fixture
def coll(soda, request):
    """A default collection of its own for this test, dropped afterwards."""
    name = soda.fresh_name()
    r = soda.put(f"/{name}")
    assert r.status == 201, r
    yield soda.collection(name)
    soda.delete(f"/{name}")


@pytest.fixture
def make(soda):
    """make(meta): another collection of this test, dropped afterwards"""
    made = []

    def new(meta=None, name=None):
        made.append(soda.make(meta, name))
        return made[-1]

    yield new
    for c in made:
        soda.delete(c.path)


@pytest.fixture
def named(make):
    """A collection whose keys the client assigns."""
    return make(CLIENT_KEYS)
