"""From the source, as the front page and docs/install.md have it, on a layer above this machine where the tree stands as it does here."""
import os
import shutil
import subprocess

import pytest

from lib import BIN, ROOT, free_port
from machine import Machine, fresh_debian
from pages import block

# who is root needs no other way to become it
SUDO = "mkdir -p /tmp/bin; printf '#!/bin/sh\\nexec \"$@\"\\n' >/tmp/bin/sudo; chmod +x /tmp/bin/sudo; export PATH=/tmp/bin:$PATH"


@pytest.fixture
def tree(machine):
    if BIN != ROOT / "build/cords":
        pytest.skip("the program does not stand in build/")
    machine.run(f"{SUDO}\ngit config --global --add safe.directory '*' || true")
    return machine


@pytest.mark.parametrize("text, prefix", [(block("README.md", "autoreconf"), "/usr/local"), (block("install.md", "--prefix=/usr"), "/usr")],
                         ids=["front page", "install.md"])
def test_configured_made_installed(tree, text, prefix):
    """what compiled before is not compiled again: what is looked at is that the steps are complete"""
    r = tree.run(f"{SUDO}\ncd {ROOT}\n{text}\n{prefix}/bin/cords --version\nls {prefix}/share/man/man1/cords.1 "
                 f"{prefix}/share/doc/cords/conf/nginx/cords.conf", timeout=600)
    assert "\ncords " in r.stdout, r.stdout[-2000:]


def test_package_is_made_and_installed(deb, tree):
    """what goes before make deb, which the fixture has run; and the last line, with what it needs installed already"""
    make, install = block("install.md", "make deb").splitlines()
    before, last, rest = make.partition("make deb)")
    assert last and rest == "" and install.startswith("sudo apt install ./build/deb/cords_*.deb ")
    if shutil.which("apt") is None:
        pytest.skip("apt is not installed")
    tree.run(f"{SUDO}\ncd {ROOT}\n{before}true)", timeout=600)
    r = tree.run(f"{SUDO}\ncd {ROOT}\n{install} -y >/tmp/said 2>&1 || {{ cat /tmp/said; exit 1; }}\n/usr/bin/cords --version")
    assert r.stdout.startswith("cords ")


@pytest.mark.skipif("CORDS_FRESH_DEBIAN" not in os.environ, reason="CORDS_FRESH_DEBIAN is not set; see tests/README")
def test_quickstart_of_a_stranger(can_lay, tmp_path):
    """a clone on a Debian with nothing but its base: one command installs, builds and serves, and what it proposes works"""
    subprocess.run(["git", "clone", "-q", ROOT, tmp_path / "cords"], check=True)
    m = Machine(fresh_debian())
    try:
        r = m.run(f"""cp -r /shared/cords /root/cords
cd /root/cords
./quickstart --port {free_port()} >/tmp/said 2>&1 &
pid=$!
until grep -q Atlantis /tmp/said; do kill -0 $pid || {{ cat /tmp/said; exit 1; }}; sleep 0.2; done
sleep 0.5
cat /tmp/said
sed -n 's/^  curl/curl -sS --fail-with-body/p; /^    -d/p' /tmp/said >/tmp/try
sh -e /tmp/try
kill -TERM $pid
wait $pid
""", shared=tmp_path, timeout=900)
        assert '"name":"Iceland"' in r.stdout.replace(": ", ":") and '"hasMore"' in r.stdout, r.stdout
    finally:
        m.gone()
