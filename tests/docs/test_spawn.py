"""The line for spawn-fcgi in README.md, with nginx in front of it: two processes that know nothing of each other."""
import http.client
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import time

import pytest

from demo import BIN, free_port
from pages import block

NGINX = """
daemon off; master_process off; worker_processes 1; pid {here}/nginx.pid; error_log {here}/nginx.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {here}/t; proxy_temp_path {here}/t; fastcgi_temp_path {here}/t;
  uwsgi_temp_path {here}/t; scgi_temp_path {here}/t;
  server {{
    listen 127.0.0.1:{port};
    include /etc/nginx/fastcgi_params;
    fastcgi_param SCRIPT_NAME /ords;
    location /ords/ {{ fastcgi_pass unix:{socket}; }}
  }}
}}
"""


def line_of_readme(here):
    """the command as printed, with our own paths and, unless we are root, without other accounts"""
    line = re.fullmatch(r"ORDS_CONFIG=\S+ (spawn-fcgi .*)\n", block("README.md", "spawn-fcgi"))[1]
    words = shlex.split(line.replace("/run/cords/a.sock", f"{here}/a.sock").replace("/usr/local/bin/cords", str(BIN)))
    for flag in ("-u", "-g", "-U", "-G"):
        at = words.index(flag)
        del words[at:at + 2]
    return words


def lives(pid):
    """nobody here waits for it, so it may stay behind as a zombie"""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def workers(tmp_path):
    if shutil.which("spawn-fcgi") is None or shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("spawn-fcgi or nginx is not installed")
    env = {**os.environ, "ORDS_CONFIG": str(tmp_path / "site")}
    for words, said in ((["install", "--db-file", "a.db"], ""), (["schema", "enable", "a", "--password-stdin"], "secret\n"),
                        (["config", "set", "security.stepDown", "false"], ""),
                        (["config", "set", "log.file", str(tmp_path / "log")], "")):
        subprocess.run([BIN, "--quiet", *words], input=said, text=True, env=env, check=True, capture_output=True)
    pids = tmp_path / "pids"
    words = line_of_readme(tmp_path)
    r = subprocess.run([*words[:1], "-P", str(pids), *words[1:]], env=env, capture_output=True, text=True, timeout=30)
    assert r.returncode == 0, r
    found = [int(pid) for pid in re.findall(r"PID: (\d+)", r.stdout)]
    yield found, tmp_path / "a.sock"
    for pid in found:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while any(lives(pid) for pid in found):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_spawn_fcgi_and_nginx(workers, tmp_path):
    pids, socket = workers
    assert len(pids) == 4
    port = free_port()
    (tmp_path / "nginx.conf").write_text(NGINX.format(here=tmp_path, port=port, socket=socket))
    nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", tmp_path / "nginx.conf", "-p", tmp_path], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            try:
                conn.request("GET", "/ords/_/health/ready")
                r = conn.getresponse()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        assert r.status == 200, r.read()
    finally:
        nginx.send_signal(signal.SIGTERM)
        nginx.wait(20)
