"""The web server's end of FastCGI, record by record, so that tests can also do it wrong."""
import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

from lib import BIN

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT, UNKNOWN = range(1, 12)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
KEEP = 1


def record(kind, content=b"", request=1, padding=0, version=1):
    return struct.pack(">BBHHBx", version, kind, request, len(content), padding) + content + b"\xaa" * padding


def begin(request=1, role=RESPONDER, flags=0):
    return record(BEGIN, struct.pack(">HB5x", role, flags), request)


def _length(n):
    return bytes([n]) if n < 128 else struct.pack(">I", n | 0x80000000)


def pairs(params):
    """the parameter block of (name, value) pairs or a dictionary"""
    out = b""
    for name, value in params.items() if isinstance(params, dict) else params:
        name, value = name.encode(), value if isinstance(value, bytes) else str(value).encode()
        out += _length(len(name)) + _length(len(value)) + name + value
    return out


def stream(kind, content, request=1, piece=65535, padding=0):
    """content as records, and the empty one that ends it"""
    out = b""
    for i in range(0, len(content), piece):
        out += record(kind, content[i:i + piece], request, padding)
    return out + record(kind, b"", request)


def variables(method, path, headers=None, body=None, user=None, **more):
    """what a web server says of a request; None takes a variable away"""
    v = {"REQUEST_METHOD": method, "REQUEST_URI": path, "QUERY_STRING": path.partition("?")[2],
         "REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
         "SERVER_PROTOCOL": "HTTP/1.1"}
    if body is not None:
        v["CONTENT_LENGTH"] = str(len(body))
        v["CONTENT_TYPE"] = "application/json"
    if user is not None:
        v["HTTP_AUTHORIZATION"] = "Basic " + base64.b64encode(user.encode()).decode()
    for name, value in (headers or {}).items():
        v["HTTP_" + name.upper().replace("-", "_")] = value
    v.update(more)
    return {k: x for k, x in v.items() if x is not None}


def request(params, body=b"", flags=0):
    """all records of one well-formed request"""
    return begin(flags=flags) + stream(PARAMS, pairs(params)) + stream(STDIN, body)


class Answer:
    """What came back for one request; status 0 when there was no status line."""

    def __init__(self, out, ended, protocol_status, records):
        self.ended, self.protocol_status, self.records = ended, protocol_status, records
        head, found, self.body = out.partition(b"\r\n\r\n")
        self.headers = {}
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value
        self.status = int(self.headers.get("status", "0").split()[0]) if found else 0
        length = self.headers.get("content-length")
        self.whole = ended and (length is None or int(length) == len(self.body))

    def __repr__(self):
        return f"<{self.status} ended={self.ended} {self.headers} {self.body[:300]!r}>"

    @property
    def json(self):
        return json.loads(self.body)


class Peer:
    """One connection to a worker."""

    def __init__(self, path, timeout=20):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(timeout)
        self.s.connect(str(path))
        self.left = b""

    def send(self, data):
        self.s.sendall(data)

    def shut(self):
        self.s.shutdown(socket.SHUT_WR)

    def close(self):
        self.s.close()

    def _exactly(self, n):
        while len(self.left) < n:
            try:
                got = self.s.recv(65536)
            except ConnectionError:
                return None
            if not got:
                return None
            self.left += got
        out, self.left = self.left[:n], self.left[n:]
        return out

    def next_record(self):
        """(type, request, content), or None when the connection is closed"""
        head = self._exactly(8)
        if head is None:
            return None
        _, kind, req, n, padding = struct.unpack(">BBHHBx", head)
        content = self._exactly(n + padding)
        return None if content is None else (kind, req, content[:n])

    def answer(self, req=1):
        """everything up to the end of a request, or of the connection"""
        out, ended, status, others = bytearray(), False, None, []
        while not ended:
            r = self.next_record()
            if r is None:
                break
            kind, who, content = r
            if kind == STDOUT and who == req:
                out += content
            elif kind == END and who == req:
                ended, status = True, content[4]
            else:
                others.append(r)
        return Answer(bytes(out), ended, status, others)

    def is_closed(self):
        """does the other end close without a word?"""
        return self.next_record() is None


class Worker:
    """One worker on a socket of its own, started as a web server would."""

    def __init__(self, site, env=None, user=None):
        self.site = site
        self.path = site.folder / f"worker-{time.monotonic_ns()}.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen(128)
        if user is not None:
            shutil.chown(self.path, user)
        self.stderr = open(site.folder / "worker.err", "ab")
        self.process = subprocess.Popen([BIN], stdin=listener, stdout=subprocess.DEVNULL, stderr=self.stderr, user=user,
                                        env={**site.env, "ORDS_CONFIG": str(site.config), **(env or {})})
        listener.close()

    @property
    def pid(self):
        return self.process.pid

    def peer(self, **kw):
        return Peer(self.path, **kw)

    def ask(self, method, path, body=None, user="demo:secret", **kw):
        """one well-formed request on a connection of its own"""
        with contextlib.closing(self.peer()) as p:
            p.send(request(variables(method, path, body=body, user=user, **kw), body or b""))
            return p.answer()

    def is_well(self):
        """the same process still answers"""
        a = self.ask("GET", "/ords/_/health/live", user=None)
        return self.process.poll() is None and a.status == 200 and a.whole

    def status(self, name):
        """a number of /proc/PID/status, in its unit"""
        for line in open(f"/proc/{self.pid}/status"):
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise KeyError(name)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.stderr.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)
        return self.process.returncode
