"""Another machine to try things on: this one, or a fresh Debian, with a layer of its own above it.

What a script changes there goes to the layer and is thrown away with it. The network is that of this machine, or a loopback
of its own; processes end with the script that started them.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

ENTER = r"""
set -e
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$LAYER/upper,workdir=$LAYER/work" "$LAYER/root"
mount --rbind /proc "$LAYER/root/proc"
mount --rbind /dev "$LAYER/root/dev"
mount -t tmpfs tmpfs "$LAYER/root/run"
cp /etc/resolv.conf "$LAYER/root/etc/resolv.conf" 2>/dev/null || true
if [ -n "$SHARED" ]; then mkdir -p "$LAYER/root/shared"; mount --bind "$SHARED" "$LAYER/root/shared"; fi
exec chroot "$LAYER/root" /bin/sh -ec "$SCRIPT"
"""
LOOPBACK_UP = """import fcntl, os, socket, struct, sys
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0x49))
os.execvp(sys.argv[1], sys.argv[1:])"""
IN_A_NAMESPACE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


class Machine:
    def __init__(self, lower="/"):
        self.lower = lower
        # not on a file system that is a layer itself
        self.layer = pathlib.Path(tempfile.mkdtemp(prefix="cords-machine."))
        for name in ("upper", "work", "root"):
            (self.layer / name).mkdir()
        self.layer.chmod(0o755)

    def run(self, script, shared="", timeout=60, check=True, env=None, own_network=False):
        """a script as root; `shared` stands there as /shared"""
        network = ["--net", sys.executable, "-c", LOOPBACK_UP] if own_network else []
        r = subprocess.run([*IN_A_NAMESPACE, *network, "sh", "-c", ENTER], capture_output=True, text=True, timeout=timeout,
                           stdin=subprocess.DEVNULL,
                           env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                                "LOWER": str(self.lower), "LAYER": str(self.layer), "SHARED": str(shared), "SCRIPT": script,
                                "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root", **(env or {})})
        assert not check or r.returncode == 0, (script, r.returncode, r.stdout[-3000:], r.stderr[-3000:])
        return r

    def changed(self):
        """what is there now and was not, or is other than it was: paths of files"""
        upper = self.layer / "upper"
        return {"/" + str(p.relative_to(upper)) for p in upper.rglob("*") if not p.is_dir() or p.is_symlink()}

    def gone(self):
        shutil.rmtree(self.layer, ignore_errors=True)


def needs_machines():
    """skips where no layer can be laid: in an ordinary account, or on a kernel without them"""
    if os.geteuid() != 0:
        pytest.skip("only root can lay a file system over another")
    m = Machine()
    try:
        r = m.run("true", check=False)
        if r.returncode != 0:
            pytest.skip(f"no file system can be laid over another here: {r.stderr.strip()}")
    finally:
        m.gone()


def fresh_debian(release="bookworm"):
    """the folder of a Debian with nothing but the base; made once, kept beside other caches"""
    if shutil.which("debootstrap", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("debootstrap is not installed")
    folder = pathlib.Path(os.environ.get("CORDS_CACHE", "/var/cache/cords-tests")) / f"debian-{release}"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["debootstrap", "--variant=minbase", release, str(folder)], check=True, stdout=subprocess.DEVNULL, timeout=600)
        (folder / "made").touch()
    return folder
