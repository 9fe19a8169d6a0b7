"""Object storage for the tests: a Swift of one node with its S3 layer, and nginx as a WebDAV server; real ones, on loopback.

A Gate speaks TLS in front of a server, passes everything on, and does harm when it is told to.
"""
import atexit
import base64
import contextlib
import hashlib
import hmac
import http.client
import os
import pathlib
import pwd
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

import servers
from ports import free_port

ACCOUNT, USER, KEY = "AUTH_test", "test:tester", "testing"
DAV_USER, DAV_KEY = "joe", "se}cr:et%"
TEMPURL_KEY = "temporary"

_running = {}


def running(kind):
    """one of each kind for all tests: Swift or WebDAV"""
    if kind not in _running:
        _running[kind] = kind()
        atexit.register(_running[kind].stop)
    return _running[kind]


class Server:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cords-storage-"))
        self.folder.chmod(0o755)
        self.log = self.folder / "log"
        self.processes = []
        servers.tls_files(self.folder)
        self.ca = self.folder / "ca.pem"
        try:
            self.make()
        except BaseException:
            self.stop()
            raise

    def spawn(self, port, *args):
        with open(self.log, "ab") as log:
            p = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
        self.processes.append(p)
        return p, port

    def wait_for_port(self, process, port):
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(self.log.read_text(errors="replace")[-4000:])
                time.sleep(0.02)

    def request(self, method, path, headers=None, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        c.request(method, path, body=body, headers={**self.who(), **(headers or {})})
        r = c.getresponse()
        data = r.read()
        c.close()
        assert r.status < 500, (method, path, r.status, data)
        return r.status, r.headers, data

    def stop(self):
        for p in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(p.pid, signal.SIGKILL)
            p.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


RINGS = """
import sys
from swift.common.ring import RingBuilder
for kind, port in zip(sys.argv[1::2], sys.argv[2::2]):
    b = RingBuilder(1, 1, 1)
    b.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d", "weight": 1.0, "meta": "",
               "replication_ip": "127.0.0.1", "replication_port": int(port)})
    b.rebalance()
    b.get_ring().save(kind + ".ring.gz")
"""


class Swift(Server):
    """proxy, account, container and object server, with what they keep in memory when that can be"""

    def make(self):
        kinds = ("account", "container", "object")
        ports = {name: free_port() for name in (*kinds, "proxy", "memcached")}
        who = pwd.getpwuid(os.geteuid()).pw_name
        common = f"swift_dir = {self.folder}\nbind_ip = 127.0.0.1\nworkers = 0\nlog_address = /nowhere\nuser = {who}\n"
        (self.folder / "srv" / "d").mkdir(parents=True)
        (self.folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = x\nswift_hash_path_prefix = y\n"
                                                "[storage-policy:0]\nname = one\ndefault = yes\n")
        started = [self.spawn(ports["memcached"], "memcached", "-l", "127.0.0.1", "-p", str(ports["memcached"]), "-m", "16", "-u", who)]
        subprocess.run(["/usr/bin/python3", "-c", RINGS, *(str(x) for kind in kinds for x in (kind, ports[kind]))], check=True,
                       capture_output=True, cwd=self.folder)
        for kind in kinds:
            (self.folder / f"{kind}.conf").write_text(
                f"[DEFAULT]\n{common}bind_port = {ports[kind]}\ndevices = {self.folder}/srv\nmount_check = false\n"
                f"[pipeline:main]\npipeline = {kind}-server\n[app:{kind}-server]\nuse = egg:swift#{kind}\n")
            started.append(self.spawn(ports[kind], f"swift-{kind}-server", f"{kind}.conf"))
        (self.folder / "proxy.conf").write_text(
            f"[DEFAULT]\n{common}bind_port = {ports['proxy']}\n"
            "[pipeline:main]\npipeline = catch_errors gatekeeper cache tempurl s3api tempauth slo proxy-server\n"
            "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n"
            "[filter:catch_errors]\nuse = egg:swift#catch_errors\n[filter:gatekeeper]\nuse = egg:swift#gatekeeper\n"
            f"[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:{ports['memcached']}\n"
            "[filter:slo]\nuse = egg:swift#slo\n[filter:tempurl]\nuse = egg:swift#tempurl\n[filter:s3api]\nuse = egg:swift#s3api\n"
            f"[filter:tempauth]\nuse = egg:swift#tempauth\nuser_test_tester = {KEY} .admin\n")
        started.append(self.spawn(ports["proxy"], "swift-proxy-server", "proxy.conf"))
        for process, port in started:
            self.wait_for_port(process, port)
        self.port = ports["proxy"]
        self.token = None
        status, headers, _ = self.request("GET", "/auth/v1.0", {"X-Auth-User": USER, "X-Auth-Key": KEY})
        assert status == 200, self.log.read_text()
        self.token = headers["X-Auth-Token"]
        self.request("POST", f"/v1/{ACCOUNT}", {"X-Account-Meta-Temp-URL-Key": TEMPURL_KEY})

    def who(self):
        return {"X-Auth-Token": self.token} if self.token else {}

    def make_bucket(self, name):
        assert self.request("PUT", f"/v1/{ACCOUNT}/{name}")[0] in (201, 202)

    def put(self, bucket, name, body):
        assert self.request("PUT", f"/v1/{ACCOUNT}/{bucket}/{name}", body=body)[0] == 201

    def get(self, bucket, name):
        status, _, body = self.request("GET", f"/v1/{ACCOUNT}/{bucket}/{name}")
        return body if status == 200 else None

    def names(self, bucket):
        return self.request("GET", f"/v1/{ACCOUNT}/{bucket}")[2].decode().split()

    def temporary(self, method, bucket, prefix):
        """the query that lets anybody do this to all objects that begin so"""
        expires = int(time.time()) + 3600
        text = f"{method}\n{expires}\nprefix:/v1/{ACCOUNT}/{bucket}/{prefix}"
        sig = hmac.new(TEMPURL_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
        return f"temp_url_sig={sig}&temp_url_expires={expires}&temp_url_prefix={prefix}"


class WebDAV(Server):
    """nginx, which checks names and passwords and knows nothing of digests; buckets are folders"""

    def make(self):
        self.port = free_port()
        self.root = self.folder / "root"
        self.root.mkdir()
        for name in ("root", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
            (self.folder / name).chmod(0o777)
        password = base64.b64encode(hashlib.sha1(DAV_KEY.encode()).digest()).decode()
        (self.folder / "users").write_text(f"{DAV_USER}:{{SHA}}{password}\n")
        (self.folder / "nginx.conf").write_text(f"""
daemon off; pid {self.folder}/pid; error_log {self.log};
events {{ worker_connections 64; }}
http {{
    access_log {self.folder}/access; client_max_body_size 0; client_body_temp_path {self.folder}/tmp; proxy_temp_path {self.folder}/tmp;
    fastcgi_temp_path {self.folder}/tmp; uwsgi_temp_path {self.folder}/tmp; scgi_temp_path {self.folder}/tmp;
    server {{
        listen 127.0.0.1:{self.port}; root {self.root};
        auth_basic "storage"; auth_basic_user_file {self.folder}/users; dav_methods PUT DELETE; dav_access user:rw;
    }}
}}
""")
        self.wait_for_port(*self.spawn(self.port, "/usr/sbin/nginx", "-c", str(self.folder / "nginx.conf"), "-e", str(self.log)))

    def who(self):
        return {"Authorization": "Basic " + base64.b64encode(f"{DAV_USER}:{DAV_KEY}".encode()).decode()}

    def make_bucket(self, name):
        (self.root / name).mkdir(exist_ok=True)
        (self.root / name).chmod(0o777)

    def put(self, bucket, name, body):
        (self.root / bucket / name).write_bytes(body)

    def get(self, bucket, name):
        path = self.root / bucket / name
        return path.read_bytes() if path.is_file() else None

    def names(self, bucket):
        return sorted(p.name for p in (self.root / bucket).iterdir())


class Gate:
    """TLS on a port of its own, in front of a server.

    harm: what becomes of the connections to come, one each, in this order; then nothing does.
      ("answer", 503)   this status, the request is not passed on
      ("reset", n)      the connection is reset when the client has sent n bytes
      ("cut", n)        the server's answer ends behind n bytes
      ("cut", b"word")  ... behind this word
      ("stall", n)      nothing is passed on any more when the client has sent n bytes
      ("flip", n)       byte n of what the client sends is another one
    """

    def __init__(self, server):
        self.server, self.harm, self.requests = server, [], []
        self.passed = []            # bytes of each answer
        self.port = free_port()
        self.hold = None            # a threading.Event: from this upload on (or other verb) they wait for it in their middle, and come to nothing
        self.hold_at, self.hold_verb = 1, "PUT"
        self.lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server.folder / "server.pem", server.folder / "server.key")
        self.socket = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.context = context
        threading.Thread(target=self.accept, daemon=True).start()

    def release(self):
        """who waits is sent away; who comes is not"""
        held, self.hold = self.hold, None
        held.set()

    def seen(self, verb):
        return sum(r.startswith(verb + " ") for r in self.requests)

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def accept(self):
        while True:
            try:
                s, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, raw):
        """one request, on a connection of its own also behind the gate, so that harm is counted by requests"""
        with contextlib.suppress(OSError), contextlib.closing(self.context.wrap_socket(raw, server_side=True)) as client:
            first = client.recv(65536)
            if not first:
                return
            self.requests.append(first.split(b"\r\n")[0].decode())
            with self.lock:
                kind, n = self.harm.pop(0) if self.harm else (None, 0)
            if kind == "answer":
                client.sendall(f"HTTP/1.1 {n} Trouble\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                return
            with contextlib.closing(socket.create_connection(("127.0.0.1", self.server.port))) as server:
                self.pass_on(client, server, first, kind, n)

    def pass_on(self, client, server, first, kind, n):
        over = threading.Event()

        def down():
            passed, end, seen = 0, n, b""
            with contextlib.suppress(OSError):
                while data := server.recv(65536):
                    if isinstance(n, bytes):
                        seen += data
                        end = seen.index(n) + len(n) if n in seen else passed + len(data) + 1
                    if kind == "cut" and passed + len(data) >= end:
                        client.sendall(data[:max(0, end - passed)])
                        break
                    passed += len(data)
                    client.sendall(data)
            self.passed.append(passed)
            over.set()
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

        head, _, body = first.partition(b"\r\n\r\n")
        data = head.replace(b"\r\nExpect: 100-continue", b"") + b"\r\nConnection: close\r\n\r\n" + body
        if b"\r\nExpect: 100-continue" in head:
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        threading.Thread(target=down, daemon=True).start()
        sent = 0
        while data:
            if kind == "flip" and sent <= n < sent + len(data):
                data = data[:n - sent] + bytes([data[n - sent] ^ 1]) + data[n - sent + 1:]
            if kind in ("reset", "stall") and sent + len(data) > n:
                server.sendall(data[:max(0, n - sent)])
                if kind == "stall":
                    while client.recv(65536):
                        pass
                for s in (client, server):
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            sent += len(data)
            server.sendall(data)
            hold = self.hold
            if hold is not None and first.startswith(self.hold_verb.encode()) and self.seen(self.hold_verb) >= self.hold_at:
                hold.wait()
                return
            data = client.recv(65536)
        over.wait(1)
