"""The Debian package: built, looked at by lintian, installed, used and removed on a layer above this machine.

CORDS_FRESH_DEBIAN=1 also installs it with apt-get on a Debian that has nothing but its base (debootstrap; needs the network
and a minute), which shows that its dependencies are complete.
"""
import os
import re
import shutil
import stat
import subprocess

import pytest

from lib import ROOT, free_port
from machine import Machine, fresh_debian
from package import INSTALL, README, commands


def package(deb):
    found = list(deb.glob("cords_*.deb"))
    assert len(found) == 1
    return found[0]


def test_lintian_finds_no_error(deb):
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    r = subprocess.run(["lintian", "--fail-on", "error,warning", "--no-tag-display-limit", *deb.glob("*.deb")],
                       capture_output=True, text=True, timeout=120)
    assert r.returncode == 0 and "E:" not in r.stdout, r.stdout + r.stderr


def test_has_the_version_of_the_program():
    told = re.search(r"^AC_INIT\(\[cords\],\[([\d.]+)\]\)", (ROOT / "configure.ac").read_text(), re.M)[1]
    assert (ROOT / "debian/changelog").read_text().startswith(f"cords ({told}) ")


def test_names_what_it_needs(deb):
    """libraries by the linker's list; drivers and what is loaded later by recommendation"""
    fields = subprocess.run(["dpkg-deb", "-f", package(deb)], capture_output=True, text=True, check=True).stdout
    depends, recommends = (re.search(rf"^{word}: (.*)$", fields, re.M)[1] for word in ("Depends", "Recommends"))
    for name in ("adduser", "libc6", "libodbc", "libfcgi", "libnettle"):
        assert name in depends
    for name in ("libsqliteodbc | odbc-postgresql | odbc-mariadb", "libgeos-c1", "libproj", "libcurl4"):
        assert name in recommends


# ---- installed ----

SERVE = """
cords --config /etc/cords config set security.verifySSL loopback
setpriv --reuid cords --regid cords --init-groups cords --config /etc/cords serve --http 127.0.0.1:{port} --workers 2 >/tmp/served 2>&1 &
pid=$!
until grep -q answers /tmp/served; do kill -0 $pid || cat /tmp/served; sleep 0.02; done
base=http://127.0.0.1:{port}/ords/shop/soda/latest
curl -sS --fail -u 'shop:a long password' -X PUT $base/things
curl -sS --fail -u 'shop:a long password' -H 'Content-Type: application/json' -d '{{"n":1}}' $base/things
kill $pid
wait $pid
"""


def test_installed_used_removed(deb, machine):
    """account, folders and commands of README.Debian; settings and documents outlive the package"""
    r = machine.run(f"{INSTALL}\nid -un cords\n{commands()}\nstat -c '%a %U %n' /etc/cords /var/lib/cords /var/log/cords "
                    f"/var/lib/cords/shop.db\n{SERVE.format(port=free_port())}", shared=deb)
    for line in ("cords", "700 cords /etc/cords", "700 cords /var/lib/cords", "750 cords /var/log/cords",
                 "600 cords /var/lib/cords/shop.db"):
        assert re.search(rf"^{line}$", r.stdout, re.M), (line, r.stdout)
    assert "FAIL" not in r.stdout and '"items":[{"id":' in r.stdout
    # once more, as an upgrade does it: nothing of the site changes
    machine.run(f"{INSTALL}\ncords --config /etc/cords validate | grep -q '^OK    pool default: connected'", shared=deb)
    machine.run("dpkg -r cords >/dev/null\n! test -e /usr/bin/cords\ntest -s /etc/cords/global/settings.xml\ntest -s /etc/logrotate.d/cords")
    r = machine.run("dpkg -P cords\n! test -e /var/log/cords\n! test -e /etc/logrotate.d/cords\n"
                    "test -s /etc/cords/global/settings.xml && test -s /var/lib/cords/shop.db")
    assert "/etc/cords is not empty and stays" in r.stderr


TIMER = "cords-datapump.timer"


def test_timer_of_jobs(deb, machine):
    """comes with the package, sleeps until it is enabled, stays enabled in an upgrade, leaves with it"""
    assert f"systemctl enable --now {TIMER}" in README
    machine.run(f"""{INSTALL}
test "$(systemctl is-enabled {TIMER})" = disabled
systemctl enable {TIMER} 2>/dev/null
{INSTALL}
test "$(systemctl is-enabled {TIMER})" = enabled
dpkg -P cords >/dev/null
! test -e /lib/systemd/system/{TIMER}
! test -L /etc/systemd/system/timers.target.wants/{TIMER}
! test -d /run/systemd/system
mkdir -p /run/systemd/system /tmp/bin
# a systemd that runs, as far as the scripts of a package talk to it
printf '#!/bin/sh\\necho "$*" >>/tmp/said\\n' >/tmp/bin/systemctl; chmod +x /tmp/bin/systemctl
export PATH=/tmp/bin:$PATH
{INSTALL}
! grep {TIMER} /tmp/said
dpkg -r cords >/dev/null
grep -q 'stop {TIMER} cords-datapump.service' /tmp/said
grep -q 'disable {TIMER}' /tmp/said""", shared=deb)


def test_purged_without_trace(deb, machine):
    """what was never used leaves the account behind, and nothing else"""
    machine.run(f"{INSTALL}\ntest -x /usr/lib/cords/cords.fcgi\ntest -s /lib/systemd/system/cords@.service\n"
                "dpkg -P cords >/dev/null\n"
                "for x in /etc/cords /var/lib/cords /var/log/cords /usr/lib/cords /usr/bin/cords /usr/share/doc/cords; do\n"
                "! test -e $x || { echo $x; exit 1; }\ndone", shared=deb)
    left = {p for p in machine.changed() if "cords" in p}
    assert not {p for p in left if (machine.layer / ("upper" + p)).exists()
                and not stat.S_ISCHR((machine.layer / ("upper" + p)).lstat().st_mode)}, left


@pytest.mark.skipif("CORDS_FRESH_DEBIAN" not in os.environ, reason="CORDS_FRESH_DEBIAN is not set; see tests/README")
def test_on_a_fresh_debian(deb, can_lay):
    """its dependencies are complete: nothing but the package and a driver is asked for"""
    m = Machine(fresh_debian())
    try:
        m.run("apt-get -qq update && apt-get -qq install -y --no-install-recommends /shared/cords_*.deb libsqliteodbc lighttpd curl",
              shared=deb, timeout=600)
        r = m.run(f"{commands()}\n{SERVE.format(port=free_port())}")
        assert '"items":[{"id":' in r.stdout
    finally:
        m.gone()
