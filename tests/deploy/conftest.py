"""What the suite in tests/http knows about sites, workers and web servers is used here as well."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

from lib import Site  # noqa: E402


@pytest.fixture
def site(tmp_path):
    """a configuration folder and its database; nobody serves it"""
    return Site(tmp_path)
