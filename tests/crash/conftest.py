"""Fixtures of the suites that kill and race: sites of tests/http, one for each test, with everything private."""
import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

import servers  # noqa: E402
from lib import ENGINES, Site  # noqa: E402


@pytest.fixture
def seed():
    return int(os.environ.get("CORDS_TEST_SEED", "20261121"))


@pytest.fixture
def rng(seed, request):
    print(f"seed {seed}")
    return random.Random(f"{seed}/{request.node.name}")


@pytest.fixture
def new_site(tmp_path):
    """new_site(workers=4): a running site that ends with the test; its sockets lie in the folder of the test, and a server has
    nothing but this site"""
    made = []

    def make(**kw):
        folder = tmp_path / f"site{len(made)}"
        folder.mkdir()
        server = None if ENGINES[0] == "sqlite" else servers.another(ENGINES[0], prefix="crash")
        s = Site(folder, env={"XDG_RUNTIME_DIR": str(tmp_path)}, server=server, **kw)
        made.append(s)
        s.start()
        return s

    yield make
    for s in made:
        s.stop()
        if s.server is not None:
            s.server.stop()
