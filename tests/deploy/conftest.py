"""What the suite in tests/http knows about sites, workers and web servers is used here as well."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

for name in ("http", "lib"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / name))

from lib import BIN, Site  # noqa: E402
from machine import Machine, needs_machines  # noqa: E402

BUILD = BIN.parent


@pytest.fixture
def site(tmp_path):
    """a configuration folder and its database; nobody serves it"""
    return Site(tmp_path)


@pytest.fixture(scope="session")
def deb():
    """the folder with what make deb leaves; compiled without optimization, which is quicker"""
    for program in ("dpkg-buildpackage", "dh"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    if not (BUILD / "Makefile").exists():
        pytest.skip("the program does not stand in a build folder")
    env = {**os.environ, "DEB_BUILD_OPTIONS": f"noopt noautodbgsym parallel={os.cpu_count()}"}
    r = subprocess.run(["make", "-s", "deb"], cwd=BUILD, capture_output=True, text=True, timeout=600, env=env)
    assert r.returncode == 0, r.stderr[-4000:]
    return BUILD / "deb"


@pytest.fixture(scope="session")
def can_lay():
    needs_machines()


@pytest.fixture
def machine(can_lay):
    m = Machine()
    yield m
    m.gone()
