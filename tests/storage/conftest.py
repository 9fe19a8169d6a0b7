"""Object storage that really runs: sites and servers are those of tests/http."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

from lib import Site  # noqa: E402


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
