"""What every measurement stands on: a private folder, processes that end with it, nginx, wrk, and the memory of processes."""
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BENCH = ROOT / "bench"
sys.path.insert(0, str(ROOT / "tests" / "http"))

NGINX_PROCESSES = 2
FASTCGI = """include /etc/nginx/fastcgi_params; fastcgi_param REMOTE_USER ""; fastcgi_buffer_size 16k; fastcgi_buffers 64 16k;"""


class Stand:
    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cords-bench-"))
        self.folder.chmod(0o755)
        self.started = []
        os.environ["CORDS_BIN"] = str(self.build / "cords")
        os.environ["CORDS_SERVER_DIR"] = str(self.folder)       # not in memory: writes are to cost what they cost
        subprocess.run(["make", "-s", "-C", self.build, "cords", "bench/floor"], check=True, stdout=subprocess.DEVNULL)

    def room(self, name):
        room = pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=self.folder))
        room.chmod(0o755)
        return room

    def start(self, *args, **kw):
        p = subprocess.Popen([str(x) for x in args], **kw)
        self.started.append(p)
        return p

    def stop(self, *processes):
        """these, or all"""
        for p in reversed(processes or self.started[:]):
            if p.poll() is None:
                p.terminate()
                try:
                    p.wait(10)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.wait()
            self.started.remove(p)

    def close(self, keep):
        self.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def nginx(self, room, servers, upstreams=""):
        """servers: {port: text of its server block}"""
        blocks = "".join(f"server {{ listen 127.0.0.1:{port}; {text} }}\n" for port, text in servers.items())
        conf = room / "nginx.conf"
        conf.write_text(f"""
worker_processes {NGINX_PROCESSES}; daemon off; pid {room}/nginx.pid; error_log {room}/nginx.err warn;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {room}/body; fastcgi_temp_path {room}/fcgi; proxy_temp_path {room}/proxy;
  uwsgi_temp_path {room}/uwsgi; scgi_temp_path {room}/scgi; client_max_body_size 20m; client_body_buffer_size 2m;
  keepalive_requests 1000000;
  {upstreams}
  {blocks}
}}
""")
        return self.start("nginx", "-c", conf, "-p", room, "-e", room / "nginx.err")


def listening(path):
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(path))
    s.listen(1024)
    os.chmod(path, 0o666)
    return s


def pss_kib(pid):
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def cpu_us(pids):
    """processor time that these have used so far, of all their threads"""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass
    return total / 1000


def wrk(url, script, seconds, connections, env):
    """(requests in a second, p50 and p99 in milliseconds, errors) of one run"""
    r = subprocess.run(["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", BENCH / script, url],
                       env={**os.environ, **env}, capture_output=True, text=True)
    words = [x for x in r.stdout.splitlines() if x.startswith("RESULT")]
    assert words, r.stdout + r.stderr
    rate, p50, p99, errors = words[0].split()[1:]
    if int(errors):
        print(f"  {errors} errors: {r.stdout}", file=sys.stderr)
    return float(rate), int(p50) / 1000, int(p99) / 1000, int(errors)


class Watch:
    """peaks of the memory of processes while something runs: of the largest, and of all together"""

    def __init__(self, pids):
        self.pids, self.largest, self.total, self.over = pids, 0, 0, threading.Event()

    def look(self):
        sizes = [pss_kib(pid) / 1024 for pid in self.pids()]
        self.largest, self.total = max(self.largest, *sizes), max(self.total, sum(sizes))

    def __enter__(self):
        def watch():
            while not self.over.wait(0.02):
                self.look()
        self.thread = threading.Thread(target=watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def in_turn(rounds, *calls):
    """medians of the seconds that each of them takes, one after the other, several times"""
    times = [[] for _ in calls]
    for _ in range(rounds):
        for seconds, call in zip(times, calls):
            t0 = time.monotonic()
            call()
            seconds.append(time.monotonic() - t0)
    return [statistics.median(x) for x in times]
