"""cords serve: the pool of workers, and lighttpd in front of it."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import time

import pytest

from lib import BIN, free_port


def wait_for(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def served(new_site):
    return new_site(workers=3)


@pytest.fixture
def serve(served, tmp_path):
    """serve("--http", ...): another pool on the same folder; its standard output and error are readable"""
    made = []

    def start(*args, quiet=(), program=BIN, env=None):
        env = {**served.env, "XDG_RUNTIME_DIR": str(tmp_path), **(env or {})}
        p = subprocess.Popen([program, "--config", served.config, *quiet, "serve", *args], env=env, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             start_new_session=True)
        made.append(p)
        return p

    yield start
    for p in made:
        if p.poll() is None:
            p.kill()
        p.communicate()


def live(port, timeout=10):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        c.request("GET", "/ords/_/health/live")
        return c.getresponse().status
    finally:
        c.close()


def test_killed_workers_are_replaced(served):
    """F-01: kill -9 of a worker: others serve, and there is a new one soon"""
    before = served.worker_pids()
    assert len(before) == 3
    os.kill(before[0], signal.SIGKILL)
    for _ in range(30):
        assert live(served.port) == 200
    wait_for(lambda: len(served.worker_pids()) == 3)
    after = served.worker_pids()
    assert before[0] not in after and set(before[1:]) <= set(after)


def test_a_write_has_one_effect_at_most_when_workers_die(served):
    """F-01, R-01: what was acknowledged is stored, whatever is killed in between"""
    soda = served.soda()
    c = soda.make()
    acknowledged = []
    for i in range(60):
        if i % 6 == 3:
            os.kill(served.worker_pids()[0], signal.SIGKILL)
        r = soda.post(c.path, {"n": i})
        if r.status == 201:
            acknowledged.append(i)
        else:
            assert r.status in (500, 502, 503, 504), r
    stored = [v["n"] for v in c.find({})]
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert len(acknowledged) > 30


def test_sighup_replaces_workers_one_by_one(served):
    before = set(served.worker_pids())
    served.process.send_signal(signal.SIGHUP)
    while before & set(served.worker_pids()):
        assert live(served.port) == 200
    wait_for(lambda: len(served.worker_pids()) == 3)
    assert not before & set(served.worker_pids())


def test_sighup_with_broken_settings(new_site):
    """F-22: workers that have settings are not replaced by such that cannot have any; nor do worn out ones begin anew"""
    site = new_site(workers=2, settings={"worker.maxRequests": "10"})
    path = site.config / "global/settings.xml"
    good, before = path.read_text(), site.worker_pids()
    path.write_text("<properties>")
    site.process.send_signal(signal.SIGHUP)
    wait_for(lambda: site.events("pool.kept"))
    for _ in range(60):
        assert site.soda().get("").status == 200
    assert site.worker_pids() == before and "line 1" in str(site.events("pool.kept")[0])
    renewed = len(site.events("worker.renew"))
    path.write_text(good)
    wait_for(lambda: site.soda().get("").status == 200 and len(site.events("worker.renew")) > renewed)
    site.process.send_signal(signal.SIGHUP)
    wait_for(lambda: not set(before) & set(site.worker_pids()))
    assert site.soda().get("").status == 200


def test_says_where_and_stops_cleanly(serve, tmp_path):
    port = free_port()
    p = serve("--http", f"127.0.0.1:{port}", "--workers", "2")
    line = p.stdout.readline()
    assert f"http://127.0.0.1:{port}/ords/" in line and "2 workers" in line
    assert live(port) == 200
    folders = list(tmp_path.iterdir())
    assert len(folders) == 1
    sock = folders[0] / "fcgi.sock"
    assert stat.S_IMODE(folders[0].stat().st_mode) == 0o700
    assert stat.S_IMODE(sock.stat().st_mode) == 0o660
    p.send_signal(signal.SIGINT)
    assert p.wait(10) == 0
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError):
        live(port)


def test_nobody_stays_behind(serve, served, tmp_path):
    port = free_port()
    p = serve("--http", f"127.0.0.1:{port}", "--workers", "2")
    p.stdout.readline()
    p.kill()
    p.wait()

    def nothing_left():
        try:
            return live(port, 1) is None
        except OSError:
            return True
    wait_for(nothing_left)


def test_stop_lets_requests_finish(serve, served):
    """a stop in the middle of many requests loses none that was accepted"""
    port = free_port()
    p = serve("--http", f"127.0.0.1:{port}", "--workers", "2")
    p.stdout.readline()
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    answered = 0
    for i in range(2000):
        if i == 50:
            p.send_signal(signal.SIGTERM)
        try:
            c.request("GET", "/ords/_/health/live")
            assert c.getresponse().read()
            answered += 1
        except (OSError, http.client.HTTPException):
            break
    assert answered >= 50
    assert p.wait(15) == 0


def test_port_that_is_taken(serve):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(1)
        port = s.getsockname()[1]
        p = serve("--http", f"127.0.0.1:{port}")
        out, err = p.communicate(timeout=10)
    assert p.returncode == 2
    assert f"port {port} of 127.0.0.1 is taken" in err


def test_lighttpd_is_missing(served, tmp_path):
    if any(os.access(f"{d}/lighttpd", os.X_OK) for d in ("/usr/local/sbin", "/usr/sbin", "/sbin")):
        pytest.skip("lighttpd stands where it is always found")
    r = subprocess.run([BIN, "--config", served.config, "serve", "--http", "127.0.0.1:1"], capture_output=True, text=True,
                       env={**served.env, "PATH": str(tmp_path)}, timeout=10)
    assert r.returncode == 2 and "lighttpd" in r.stderr


@pytest.mark.parametrize("args", [("--workers", "0"), ("--workers", "x"), ("--http", "example.com:80"),
                                  ("--http", "127.0.0.1:0"), ("--http", "127.0.0.1:65536"), ("--what",), ("word",)])
def test_wrong_usage(serve, args):
    p = serve(*args)
    out, err = p.communicate(timeout=10)
    assert p.returncode == 1 and err.startswith("cords")


def test_socket_of_your_own(serve, tmp_path):
    path = tmp_path / "own.sock"
    path2 = tmp_path / "file"
    path2.write_text("precious")
    p = serve("--socket", str(path), "--workers", "1")
    assert f"unix:{path}" in p.stdout.readline()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    second = serve("--socket", str(path))
    assert second.wait(10) == 2 and "another program listens" in second.stderr.read()
    third = serve("--socket", str(path2))
    assert third.wait(10) == 2 and path2.read_text() == "precious"
    p.kill()
    p.wait()
    wait_for(lambda: socket.socket(socket.AF_UNIX).connect_ex(str(path)) != 0)
    again = serve("--socket", str(path), "--workers", "1")       # the one left behind is replaced
    assert f"unix:{path}" in again.stdout.readline()
    again.send_signal(signal.SIGTERM)
    assert again.wait(10) == 0
    assert not path.exists()


def test_ipv6(serve):
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
            port = s.getsockname()[1]
    except OSError:
        pytest.skip("no IPv6 here")
    p = serve("--http", f"[::1]:{port}", "--workers", "1")
    assert f"http://[::1]:{port}/ords/" in p.stdout.readline()
    c = http.client.HTTPConnection("::1", port, timeout=5)
    c.request("GET", "/ords/_/health/live")
    assert c.getresponse().status == 200
    c.close()


@pytest.mark.parametrize("words", [("--http",), ()])
def test_address_of_the_settings(serve, served, words):
    """with nothing behind it, serve answers HTTP"""
    port = free_port()
    served.cords("config", "set", "standalone.http.port", str(port))
    try:
        p = serve(*words, "--workers", "1")
        assert f"http://127.0.0.1:{port}/ords/" in p.stdout.readline()
        assert live(port) == 200
    finally:
        served.cords("config", "delete", "standalone.http.port")


def test_address_of_the_environment(serve):
    """CORDS_HTTP, as the image has it, goes before the settings, and what is said before that"""
    port, other = free_port(), free_port()
    here = {"CORDS_HTTP": f"127.0.0.1:{port}"}
    p = serve("--workers", "1", env=here)
    assert f"http://127.0.0.1:{port}/ords/" in p.stdout.readline() and live(port) == 200
    p = serve("--http", f"127.0.0.1:{other}", "--workers", "1", env=here)
    assert f"http://127.0.0.1:{other}/ords/" in p.stdout.readline()
    p = serve(env={"CORDS_HTTP": "nonsense"})
    assert p.wait(10) == 1 and "nonsense is not ADDRESS:PORT" in p.stderr.read()


def children_of(p):
    return [int(pid) for pid in pathlib.Path(f"/proc/{p.pid}/task/{p.pid}/children").read_text().split()]


def test_new_version(serve, tmp_path):
    """13.1: the program is replaced, as a package does it; SIGHUP brings its workers up one by one, and no request fails"""
    program = tmp_path / "cords"
    shutil.copy(BIN, program)
    port = free_port()
    p = serve("--http", f"127.0.0.1:{port}", "--workers", "3", program=program)
    p.stdout.readline()
    shutil.copy(BIN, tmp_path / "cords.new")
    (tmp_path / "cords.new").rename(program)
    new = program.stat().st_ino

    def of_new_version():
        assert live(port) == 200
        found = []
        for pid in children_of(p):
            try:
                if os.readlink(f"/proc/{pid}/exe").startswith(str(program)):
                    found.append(os.stat(f"/proc/{pid}/exe").st_ino)
            except OSError:                 # gone meanwhile
                pass
        return found
    assert new not in of_new_version()
    p.send_signal(signal.SIGHUP)
    wait_for(lambda: of_new_version() == [new] * 3)
    p.send_signal(signal.SIGTERM)
    assert p.wait(15) == 0


def test_workers_that_cannot_start_do_not_spin(new_site):
    """what ends at once is started again after growing pauses"""
    site = new_site(workers=1)
    log = site.folder / "cords.log"
    before = len(log.read_text().splitlines())
    end = time.monotonic() + 2
    while time.monotonic() < end:
        for pid in site.worker_pids():
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    ends = [x for x in map(json.loads, log.read_text().splitlines()[before:]) if x["event"] == "pool.ended"]
    assert 3 <= len(ends) <= 6                      # after 0.1, 0.2, 0.4, 0.8 s
    wait_for(lambda: live(site.port) == 200)
