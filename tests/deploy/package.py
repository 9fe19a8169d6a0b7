"""The Debian package on a machine of its own: how it is installed, and a site as debian/cords.README.Debian makes one."""
import re

from lib import ROOT

README = (ROOT / "debian/cords.README.Debian").read_text()
INSTALL = "dpkg --force-unsafe-io -i /shared/cords_*.deb >/dev/null"
PASSWORD = "a long password"


def with_password(command):
    """what asks for a password on a terminal takes it from standard input"""
    return f"echo '{PASSWORD}' | {command} --password-stdin" if "schema enable" in command else command


def commands():
    """those of README.Debian that set a site up"""
    found = re.findall(r"^  (cords .*)$", README, re.M)
    assert len(found) == 3
    return "\n".join(map(with_password, found))
