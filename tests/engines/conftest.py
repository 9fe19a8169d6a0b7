"""Sites of tests/http on every database that is installed, side by side."""
import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

import servers  # noqa: E402
from lib import Site  # noqa: E402


@pytest.fixture
def rng(request):
    seed = os.environ.get("CORDS_TEST_SEED", "20261121")
    print(f"seed {seed}")
    return random.Random(f"{seed}/{request.node.name}")


@pytest.fixture(scope="session")
def sites(tmp_path_factory):
    """{engine: site}, at least two of them"""
    engines = os.environ["CORDS_ENGINES"].split(",") if "," in os.environ.get("CORDS_ENGINES", "") else servers.installed()
    if len(engines) < 2:
        pytest.skip("no database server is installed")
    # where only those of content type JSON have a parsed form, both ways of PostgreSQL are compared
    settings = {"request.maxBody": "256k", "soda.keepParsed": "false"}
    made = {e: Site(tmp_path_factory.mktemp(e), engine=e, settings=settings) for e in engines}
    for s in made.values():
        s.start()
    yield made
    for s in made.values():
        s.stop()
