"""The units of conf/systemd, the socket that systemd hands over, and logrotate."""
import contextlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading

import pytest

from fcgi_peer import Peer, request, variables
from lib import BIN, ROOT, wait_for

UNITS = ROOT / "conf" / "systemd"
LIVE = request(variables("GET", "/ords/_/health/live"))


def need(program):
    if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None:
        pytest.skip(f"{program} is not installed")


# ---- the files ----

def test_units_are_understood(tmp_path):
    need("systemd-analyze")
    for name in ("cords@.service", "cords@.socket", "cords-datapump.service", "cords-datapump.timer"):
        text = (UNITS / name).read_text()
        (tmp_path / name.replace("@", "@a")).write_text(text.replace("/usr/bin/cords", str(BIN)))
    r = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, tmp_path.iterdir())],
                       capture_output=True, text=True, timeout=60)
    assert r.returncode == 0 and r.stderr == "", r.stderr


@pytest.mark.parametrize("name", ["cords@.service", "cords-datapump.service"])
def test_units_leave_little_to_an_intruder(name, tmp_path):
    """R-70"""
    need("systemd-analyze")
    unit = tmp_path / name.replace("@", "@a")
    shutil.copy(UNITS / name, unit)
    r = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", unit], capture_output=True, text=True,
                       timeout=60)
    assert r.returncode == 0, r.stdout


def test_account_and_folders(tmp_path):
    need("systemd-sysusers")
    need("systemd-tmpfiles")
    if os.geteuid() != 0:
        pytest.skip("only root gives folders to others")
    (tmp_path / "etc").mkdir()
    for program, name in (("systemd-sysusers", "sysusers.conf"), ("systemd-tmpfiles", "tmpfiles.conf")):
        words = [program, f"--root={tmp_path}", *(["--create"] if "tmp" in program else []), UNITS / name]
        r = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert r.returncode == 0, r
    uid = int(re.search(r"^cords:[^:]*:(\d+):", (tmp_path / "etc/passwd").read_text(), re.M)[1])
    for folder, mode in (("etc/cords", 0o700), ("run/cords", 0o755), ("var/lib/cords", 0o700), ("var/log/cords", 0o750)):
        st = (tmp_path / folder).stat()
        assert (st.st_uid, stat.S_IMODE(st.st_mode)) == (uid, mode), folder


# ---- a socket that is handed over ----

class Service:
    """cords serve with a socket of somebody else, as systemd starts it"""

    def __init__(self, site, listener, n=1, args=(), env=None):
        fd = os.dup2(listener.fileno(), 3) if listener.fileno() != 3 else 3
        self.process = subprocess.Popen(
            ["sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh", BIN, "--config", site.config, "serve", "--workers", "2", *args],
            pass_fds=(fd,), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**site.env, "LISTEN_FDS": str(n), **(env or {})})

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0


@pytest.fixture
def listener(tmp_path):
    """descriptor 3 of this process, which the test runner may use as well, is put back afterwards"""
    try:
        kept = os.dup(3)
    except OSError:
        kept = None
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "systemd.sock"))
        s.listen(64)
        yield s
    if kept is None:
        with contextlib.suppress(OSError):
            os.close(3)
    else:
        os.dup2(kept, 3)
        os.close(kept)


def ask(path):
    with contextlib.closing(Peer(path)) as p:
        p.send(LIVE)
        return p.answer().status


def test_socket_of_systemd(site, listener, tmp_path):
    """served at once; and the socket stays when the service goes"""
    s = Service(site, listener)
    assert "the socket of systemd (2 workers)" in s.process.stdout.readline()
    assert ask(tmp_path / "systemd.sock") == 200
    s.stop()
    assert (tmp_path / "systemd.sock").exists()


def test_restart_loses_no_request(site, listener, tmp_path):
    """who asks while the service starts again has to wait, and is answered"""
    path = tmp_path / "systemd.sock"
    got, done = [], threading.Event()

    def asks():
        while not done.is_set():
            got.append(ask(path))

    s = Service(site, listener)
    callers = [threading.Thread(target=asks) for _ in range(2)]
    for t in callers:
        t.start()
    for _ in range(3):
        n = len(got)
        wait_for(lambda: len(got) > n + 20)
        s.stop()
        s = Service(site, listener)
    n = len(got)
    wait_for(lambda: len(got) > n + 20)
    done.set()
    for t in callers:
        t.join(20)
    s.stop()
    assert set(got) == {200}


@pytest.mark.parametrize("name", ["path", "abstract"])
def test_says_when_it_is_ready(site, listener, tmp_path, name):
    """Type=notify"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        address = str(tmp_path / "notify") if name == "path" else f"@cords-test-{os.getpid()}"
        s.bind(address.replace("@", "\0"))
        s.settimeout(20)
        service = Service(site, listener, env={"NOTIFY_SOCKET": address})
        assert s.recv(100) == b"READY=1"
        service.stop()
        assert s.recv(100) == b"STOPPING=1"


def test_what_cannot_be_served(site, listener, tmp_path):
    with socket.socket(socket.AF_UNIX) as connected:
        for what, n, args, said in ((listener, 2, (), "one socket"), (connected, 1, (), "not a listening socket"),
                                    (listener, 1, ("--socket", str(tmp_path / "own")), "systemd has opened the socket")):
            s = Service(site, what, n, args)
            out, err = s.process.communicate(timeout=20)
            assert s.process.returncode == 1 and said in err and out == "", err


def test_variables_for_others_are_not_for_us(site, tmp_path):
    """LISTEN_PID names another process: descriptor 3 may be anything"""
    p = subprocess.Popen([BIN, "--config", site.config, "serve", "--workers", "1", "--socket", tmp_path / "own"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                         env={**site.env, "LISTEN_PID": "1", "LISTEN_FDS": "1"})
    assert f"unix:{tmp_path}/own" in p.stdout.readline()
    p.send_signal(signal.SIGTERM)
    assert p.wait(20) == 0
    p.stdout.close()


# ---- the log ----

def test_logrotate(site, tmp_path):
    """the sample, as printed but for folder, account and service: no line is lost, and nobody else may read"""
    need("logrotate")
    folder = tmp_path / "log"
    folder.mkdir(mode=0o750)
    log = folder / "cords.log"
    site.cords("config", "set", "log.file", str(log))
    p = subprocess.Popen([BIN, "--config", site.config, "serve", "--workers", "2", "--socket", tmp_path / "own"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=site.env)
    try:
        p.stdout.readline()
        text = (ROOT / "conf/logrotate/cords").read_text()
        me = subprocess.run(["id", "-nu"], capture_output=True, text=True).stdout.strip()
        group = subprocess.run(["id", "-ng"], capture_output=True, text=True).stdout.strip()
        for old, new in (("/var/log/cords/", f"{folder}/"), ("cords cords", f"{me} {group}"),
                         ("systemctl try-reload-or-restart 'cords@*.service'", f"kill -HUP {p.pid}")):
            assert old in text
            text = text.replace(old, new)
        conf = tmp_path / "logrotate.conf"
        conf.write_text(text)
        conf.chmod(0o644)
        ids = [f"before-{i}" for i in range(20)] + [f"after-{i}" for i in range(20)]

        def tell(names):
            for name in names:
                with contextlib.closing(Peer(tmp_path / "own")) as peer:
                    peer.send(request(variables("GET", "/ords/demo/soda/latest", user="demo:secret",
                                                headers={"Request-Id": name})))
                    assert peer.answer().status == 200

        tell(ids[:20])
        r = subprocess.run([shutil.which("logrotate", path=os.environ["PATH"] + ":/usr/sbin"), "-f", "-s", tmp_path / "state", conf],
                           capture_output=True, text=True, timeout=60)
        assert r.returncode == 0, r.stderr
        wait_for(lambda: "pool.replace" in log.read_text())
        tell(ids[20:])
        old = folder / "cords.log.1"
        wait_for(lambda: all(f'"{name}"' in old.read_text() + log.read_text() for name in ids))
        wait_for(lambda: tell(["last"]) is None and '"last"' in log.read_text())
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    finally:
        p.send_signal(signal.SIGTERM)
        p.wait(20)
        p.stdout.close()
