"""R-40: inputs that nobody well-meaning sends, through every web server we have a sample for.

What is asked each time: an answer that is not a failure of ours, the same workers alive afterwards, and nothing changed by
what was refused.  Requests are written byte by byte, because a client library would mend them.
"""
import base64
import http.client
import json
import os
import random
import socket
import stat

import pytest

from fronts import FRONTS, missing, start
from lib import CLIENT_KEYS

AUTH = "Authorization: Basic " + base64.b64encode(b"demo:secret").decode()
SODA = "/ords/demo/soda/latest"
MIB = 1 << 20
# workers that never leave by themselves: one that is gone has died
LASTING = {"worker.maxRequests": "0", "worker.maxMemory": "0", "database.api.enabled": "true", "datapump.runner": "cron",
           "datapump.minFree": "0"}
# of a web server that does not pass on what it does not know; none of ours
OF_THE_FRONT = (501, 505)


@pytest.fixture(scope="module", params=FRONTS)
def front(request):
    if missing(request.param):
        pytest.skip(f"{missing(request.param)} is not installed")
    f = start(request.param, LASTING)
    yield f
    f.stop()


@pytest.fixture(scope="module", params=["lighttpd", "nginx", "mod_fcgid"])
def main_front(request):
    if missing(request.param):
        pytest.skip(f"{missing(request.param)} is not installed")
    f = start(request.param, LASTING)
    yield f
    f.stop()


class Target:
    """A collection with a few objects, and a way to send it anything."""

    def __init__(self, front):
        self.front, self.soda = front, front.client(SODA)
        self.coll = self.soda.make(CLIENT_KEYS, f"h{random.randrange(1 << 60)}")
        for i in range(3):
            assert self.coll.put(f"k{i}", {"n": i, "list": [1, 2, 3], "s": "text"}).status == 201
        self.path = SODA + self.coll.path
        self.pids = None if "htaccess" in front.name or "mod_fcgid" in front.name else front.workers()
        self.before = self.state()

    def raw(self, data, timeout=20):
        """The answer to these bytes; None when the connection was closed without one."""
        with socket.create_connection(("localhost", self.front.port), timeout) as plain:
            s = plain if self.front.tls is None else self.front.tls.wrap_socket(plain, server_hostname="localhost")
            with s:
                try:
                    s.sendall(data)
                except OSError:
                    pass                    # refused before it was read
                r = http.client.HTTPResponse(s, method=data.split(b" ", 1)[0].decode("latin-1"))
                try:
                    r.begin()
                    body = r.read()
                except (http.client.HTTPException, OSError):
                    return None
        return r.status, r.headers, body

    def send(self, method=b"GET", target=None, headers=(), body=None, timeout=20):
        """one request; headers are lines"""
        lines = [b" ".join((_bytes(method), _bytes(self.path if target is None else target), b"HTTP/1.1"))]
        names = {_bytes(h).split(b":")[0].lower() for h in headers}
        if b"host" not in names:
            lines.append(b"Host: localhost")
        if b"authorization" not in names:
            lines.append(AUTH.encode())
        if body is not None and not names & {b"content-length", b"transfer-encoding"}:
            lines.append(b"Content-Length: %d" % len(body))
        if body is not None and b"content-type" not in names:
            lines.append(b"Content-Type: application/json")
        lines += [_bytes(h) for h in headers] + [b"Connection: close", b"", body or b""]
        return self.raw(b"\r\n".join(lines), timeout)

    def state(self):
        """all objects with their versions, and all collections"""
        items = self.soda.get(self.coll.path, params={"limit": 1000, "fields": "id"}).json["items"]
        names = self.soda.get("", params={"limit": 1000}).json["items"]
        return [(i["id"], i["etag"]) for i in items], [n["name"] for n in names]

    def is_well(self):
        """everything as before, the workers too"""
        assert self.state() == self.before
        if self.pids is not None:
            assert self.front.workers() == self.pids
        else:                               # Apache starts and ends workers as it likes, but tells how they end
            assert "signal" not in (self.front.folder / "error.log").read_text(errors="replace").replace("SIGTERM", "")


def _bytes(x):
    return x if isinstance(x, bytes) else x.encode("latin-1")


@pytest.fixture
def target(front):
    t = Target(front)
    yield t
    t.soda.delete(t.coll.path)
    t.soda.close()


@pytest.fixture
def main(main_front):
    t = Target(main_front)
    yield t
    t.soda.delete(t.coll.path)
    t.soda.close()


def sane(r, *what):
    """an answer, and no failure of ours"""
    assert r is not None, what
    assert r[0] < 500 or r[0] in OF_THE_FRONT, (what, r)
    return r[0]


def refused(r, *what):
    assert 400 <= sane(r, *what) < 500 or r[0] in OF_THE_FRONT, (what, r)


# ---- URI ----

PIECES = ["%00", "%0a", "%0d", "%0d%0aX:%20y", "%2e%2e", "%2f", "%2f%2f", "%252e", "%c0%af", "%ed%a0%80", "%", "%g1", "%4",
          "%ff", "//", "///", "/;x", ";x", "..", "../..", "/../../../etc/passwd", "./", "\\", "%5c..%5c", "*", "''", '"',
          "%22%3e%3cscript%3e", "a" * 256, "%e4%b8%ad" * 90, "$", "`", "|", "~", "+", "%7f", "%1b[0m", "{", "}", "^"]


def test_uri(target):
    """section 6, URI: pieces in names, in keys and in parameters, and long paths"""
    t = target
    for piece in PIECES:
        for place in (f"{t.path}/{piece}", t.path + piece, f"/ords/{piece}", f"/ords/demo/{piece}/soda/latest", f"{SODA}/{piece}/k0",
                      f"{t.path}?limit=1&fromID={piece}", f"{t.path}?{piece}", f"{t.path}?q={piece}", f"{t.path}?action={piece}"):
            sane(t.send(target=place), place)
    for n in (8 << 10, 64 << 10):
        for place in (f"{t.path}/{'x' * n}", f"{t.path}{'/x' * (n // 2)}", f"{t.path}?x={'y' * n}", f"{t.path}?{'x=1&' * (n // 4)}"):
            refused(t.send(target=place), n, place[:60])
    t.is_well()


def test_forms_of_targets(target):
    """section 6, URI: absolute form, asterisk, nothing, question marks without end"""
    t = target
    for place in ("*", "", "?", "http://", "http://localhost", "ords", "/", "//", "/ords", "/ords?", "/ords//demo", "#", f"{t.path}#x",
                  f"{t.path}{'?' * 1000}", f"{t.path}?{'&' * 1000}", f"{t.path}?{'=' * 1000}", f" {t.path}", f"{t.path} x", "\t"):
        sane(t.send(target=place), place)
    r = t.send(target=f"http://localhost{t.path}?limit=1")
    assert sane(r) in (200, 400) and (r[0] != 200 or len(json.loads(r[2])["items"]) == 1)
    sane(t.send(b"OPTIONS", "*"))
    t.is_well()


@pytest.mark.parametrize("value", ["0", "-1", "1000000000", "9223372036854775808", "%205", "0x10", "x", "1e1", "%2b5", "", "5%00",
                                   "%d9%a3", "1.0", "99999999999999999999999999"])
def test_numbers_in_parameters(target, value):
    """section 6, URI: limit and offset that are no count; the same one twice"""
    t = target
    for name in ("limit", "offset"):
        for query in (f"{name}={value}", f"{name}=1&{name}={value}", f"{name}={value}&{name}=1"):
            status = sane(t.send(target=f"{t.path}?{query}"), query)
            assert status in (200, 400), query
    t.is_well()


# ---- method ----

def test_methods(target):
    """section 6, Method: other spellings, unknown, long, none; headers that would override it"""
    t = target
    key = f"{t.path}/k0"
    for method in ("get", "Delete", "delete", "BREW", "X" * 1024, "", "GET\0", "TRACE", "CONNECT", "PROPFIND", "PUTT", "PATCHY", "POS",
                   "\x1b[0m", "G E T"):
        for place in (key, t.path):
            r = t.send(method, place)
            if r is not None:                   # lines that are none are refused by closing, by some
                assert r[0] < 500 or r[0] in OF_THE_FRONT, (method, r)
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"):
        for method, body in (("GET", None), ("POST", b"{")):
            sane(t.send(method, key, [f"{name}: DELETE"], body), name)
    sane(t.send("POST", f"{key}?_method=DELETE", body=b"{"))
    t.is_well()


# ---- headers ----

LENGTHS = ["-1", "+5", "5,5", "1e3", "18446744073709551616", "0x2", "2 2", "", "two"]


def test_lengths(target):
    """section 6, Content-Length: what is no length is refused, and nothing is stored"""
    t = target
    for length in LENGTHS:
        r = t.send("PUT", f"{t.path}/new", [f"Content-Length: {length}"], b"{}", timeout=5)
        assert r is None or 400 <= r[0] < 500 or (length == "" and r[0] in (200, 201)), (length, r)
    for method in ("POST", "PUT", "PATCH"):             # none at all: refused, or an empty body, which is no document
        refused(t.send(method, t.path if method == "POST" else f"{t.path}/new", ["Content-Type: application/json"]), method)
    for pair in (("2", "3"), ("2", "-1")):
        r = t.send("PUT", f"{t.path}/new", [f"Content-Length: {x}" for x in pair], b"{}", timeout=5)
        assert r is None or 400 <= r[0] < 500, (pair, r)
    t.soda.delete(f"{t.coll.path}/new")
    t.is_well()


def test_lengths_and_chunks_together(target):
    """a body with two ends is either refused, or has one end for everybody: nothing is smuggled"""
    t = target
    inner = f"DELETE {t.path}/k0 HTTP/1.1\r\nHost: localhost\r\n{AUTH}\r\n\r\n".encode()
    for coding in ("chunked", "Chunked", "xchunked", "chunked, identity", " chunked", "identity", "gzip, chunked"):
        for headers in ([f"Transfer-Encoding: {coding}", f"Content-Length: {len(inner) + 5}"],
                        [f"Content-Length: {len(inner) + 5}", f"Transfer-Encoding: {coding}"]):
            r = t.send("PUT", f"{t.path}/k1x", headers, b"0\r\n\r\n" + inner, timeout=1)
            assert r is None or r[0] < 500 or r[0] in OF_THE_FRONT, (coding, r)
            t.soda.delete(f"{t.coll.path}/k1x")
    for chunks in (b"-1\r\n\r\n", b"ffffffffffffffffff\r\n", b"g\r\n", b"2;x=y\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n", b"2\r\n{}", b""):
        r = t.send("PUT", f"{t.path}/k1x", ["Transfer-Encoding: chunked"], chunks, timeout=1)
        assert r is None or r[0] < 500 or r[0] in OF_THE_FRONT, (chunks, r)
        t.soda.delete(f"{t.coll.path}/k1x")
    # whatever the front made of the rest, it deleted nothing: k0 is there, or what is said above is not true
    t.is_well()


CONDITIONS = ["*", '"', '""', "W/", "W/*", '"' * 1001, "unquoted", ", ,,", "a" * 8000, "\x01", "*, *", ",".join(f'"{i}"' for i in range(1000))]


def test_conditions(target):
    """section 6, If-Match and its like: a version that is not the object's never lets a write through"""
    t = target
    for value in CONDITIONS:
        if value != "*":
            refused(t.send("DELETE", f"{t.path}/k0", [f"If-Match: {value}"]), value[:40])
        for name in ("If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"):
            sane(t.send("GET", f"{t.path}/k0", [f"{name}: {value}"]), name, value[:40])
    for value in ("", "x", "Thu, 32 Foo 99999 25:61:61 GMT", "0", "-1", "9" * 30, "2020-13-45T99:99:99Z"):
        for name in ("If-Modified-Since", "If-Unmodified-Since"):
            sane(t.send("GET", f"{t.path}/k0", [f"{name}: {value}"]), name, value)
    t.is_well()


def test_ranges(target):
    """section 6, Range: the whole object, always (parts are not served)"""
    t = target
    whole = t.send("GET", f"{t.path}/k0")[2]
    for value in ("bytes=-0", "bytes=0-0", "bytes=-", "bytes=5-1", "bytes=0-,0-,0-", "bytes=" + ",".join("0-" for _ in range(1000)),
                  "bytes=99999999999999999999-", "lines=1-2", "", "bytes=0-18446744073709551616"):
        r = t.send("GET", f"{t.path}/k0", [f"Range: {value}"])
        if t.front.name in ("lighttpd", "nginx"):
            assert sane(r, value[:40]) in (200, 400) and (r[0] != 200 or r[2] == whole), (value, r)
        else:
            sane(r, value[:40])
    t.is_well()


def test_credentials(target):
    """section 6, Authorization: what is not a user's password opens nothing"""
    t = target

    def basic(raw):
        return "Basic " + base64.b64encode(raw).decode()

    for value in ("", "Basic", "Basic ", "Basic !!!!", "Basic ZGVtbzpzZWNyZXQ==x", "Basic =", "Bearer x", "Digest a=b",
                  basic(b""), basic(b":"), basic(b"demo"), basic(b"demo:"), basic(b"\0"), basic(b"demo\0:secret"), basic(b"demo:secret\0"),
                  basic(b"demo:" + b"x" * 6000), basic(b"\xff\xfe:x"), "x" * 8000, "Negotiate " + "A" * 1000, basic(b"' or 1=1 --:x")):
        r = t.send("GET", t.path, [f"Authorization: {value}"])
        assert sane(r, value[:60]) in (400, 401, 403, 413, 429, 431), (value[:60], r)
        assert b'"items"' not in r[2]
    r = t.send("GET", t.path, ["Authorization: Basic " + "A" * MIB], timeout=30)
    assert r is None or 400 <= r[0] < 500
    # the counters of failed logins have done their work on the address of this test; the right password is still right
    t.is_well()


FORM = "Content-Type: application/x-www-form-urlencoded"
GRANT = b"grant_type=client_credentials"


def test_tokens(target):
    """section 6, Authorization: requests for tokens that are none; the token of another tenant opens nothing and tells nothing (R-60)"""
    t, site = target, target.front.site
    place = "/ords/demo/oauth/token"
    site.cords("schema", "enable", "neighbour", "--password-stdin", stdin="secret\n")
    name = f"c{random.randrange(1 << 60)}"
    made = {schema: json.loads(site.cords("client", "create", schema, name, "SODA Developer", "--json").stdout)
            for schema in ("demo", "neighbour")}

    def basic(schema):
        pair = "{client_id}:{client_secret}".format(**made[schema])
        return "Authorization: Basic " + base64.b64encode(pair.encode()).decode()

    own = basic("demo")
    large = b"x" * ((100 << 10) if target.front.name == "htaccess" else MIB)      # whose limit is lower than any of ours
    for body in (b"", b"\0", b"x" * 8193, large, GRANT + b"&" + GRANT, GRANT + b"&scope=%ff", GRANT + b"%00", b"grant_type=%", b"&" * 5000,
                 b"=" * 5000, b"a=1&" * 1000, b'{"grant_type":"client_credentials"}', GRANT + b"\r\n", GRANT + b"&client_secret=x", b"\xff" * 100):
        r = t.send("POST", place, [own, FORM], body)
        refused(r, body[:40])
        assert b"access_token" not in r[2]
    for header in ("Authorization: Basic", "Authorization: Bearer x", "Authorization: " + "x" * 8000, basic("neighbour")):
        refused(t.send("POST", place, [header, FORM], GRANT), header[:60])
    for kind in ("", "/", "text/plain", "application/x-www-form-urlencoded;" + "a=b;" * 500, "multipart/form-data; boundary=" + "x" * 500):
        sane(t.send("POST", place, [own, f"Content-Type: {kind}"], GRANT), kind[:40])
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        refused(t.send(method, place, [own, FORM]), method)
    foreign = json.loads(t.send("POST", "/ords/neighbour/oauth/token", [basic("neighbour"), FORM], GRANT)[2])["access_token"]
    for method, path, body in (("GET", t.path, None), ("GET", f"{t.path}/k0", None), ("DELETE", f"{t.path}/k0", None), ("PUT", f"{t.path}/k0", b"{}")):
        answers = [t.send(method, p, [f"Authorization: Bearer {foreign}", "Request-Id: same"], body)
                   for p in (path, path.replace("/demo/", "/nosuch/"))]
        assert [a[0] for a in answers] == [404, 404] and answers[0][2] == answers[1][2], answers
    for token in ("", "x", foreign + "x", foreign[:-1], foreign.swapcase(), "A" * 8000, "\xff", "a b", foreign + "\t" + foreign):
        r = t.send("GET", t.path, [f"Authorization: Bearer {token}"])
        assert sane(r, token[:40]) in (400, 401, 413, 431) and b'"items"' not in r[2]
    for schema in made:
        site.cords("client", "delete", schema, name)
    t.is_well()


HEADERS = ["Host: a/b", "Host: a@b", "Host: a#b", "Host: a?b", "Host: a b", "Host: localhost:99999", "Host: ", "Host: [::1", "Host: \xe4",
           "Origin: null", "Origin: http://a.example http://b.example", "Origin: http://evil.example", "Referer: \x01", "Proxy: http://evil.example:1",
           "X_Forwarded_Proto: https", "X-Forwarded-Proto: gopher", "X-Forwarded-For: " + ",".join(["1.2.3.4"] * 500), "X-Forwarded-For: x",
           "X-Forwarded-Host: a/b", "Forwarded: for=_x;host=\"a b\"", "Content-Type: ", "Content-Type: /", "Content-Type: a/b/c",
           "Content-Type: application/json" + ";a=b" * 100, "Content-Type: \x7f", "Content-Encoding: gzip", "Content-Encoding: x, y",
           "Accept: " + "*/*," * 1000, "Accept: \x01", "Accept-Encoding: gzip;q=nan", "Cookie: " + "a=b;" * 1000, "Expect: 200-maybe", "TE: x", "Upgrade: h2c",
           "X-Long: " + "x" * 8000, "X:", ": x", "X Y: z", "X\x01: y", "Request-Id: \x1b[31m", "Request-Id: a\tb", "Sec-Fetch-Site: cross-site",
           "Idempotency-Key: ", "Idempotency-Key: " + "k" * 256, "Idempotency-Key: " + "k" * 6000, "Idempotency-Key: " + "k" * 10000, "Idempotency-Key: a\x01b", "Idempotency-Key: \xe4"]


def test_headers(target):
    """section 6, Headers: one strange header in a read, a write and a bulk write that is broken anyway; then twice"""
    t = target
    for line in HEADERS:
        for more in ([line], [line, line]):
            for method, place, body in (("GET", f"{t.path}?limit=1", None), ("PUT", f"{t.path}/k0", b"{"),
                                        ("POST", f"{t.path}?action=insert", b"[{]")):
                r = t.send(method, place, more, body)
                if r is None:
                    continue                    # the front closes on some of them
                assert r[0] < 500 or r[0] in OF_THE_FRONT, (line[:60], r)
                head = "\n".join(f"{k}: {v}" for k, v in r[1].items())
                assert "evil.example" not in head and "\x1b" not in head
    many = [f"X-{i}: {i}" for i in range(1000)]
    r = t.send("GET", t.path, many)
    assert r is None or 400 <= r[0] < 500 or r[0] == 200
    t.is_well()


# ---- body ----

def names_of_members():
    return ["", "__proto__", "constructor", "$", "$eq", "a.b", "a[0]", "'", '"', "`", "]", "[", "\\", "?", "{fn x}", "--", "/*", ";", "%s%n", "\u0000",
            "\ud7ff", "\uffff", "😀", " ", "\t", "a" * 5000] + [chr(c) for c in range(1, 256)]


def test_names_of_members(main):
    """section 6, Body: names that mean something elsewhere are names; they can be stored, found and patched"""
    t = main
    names = [n for n in names_of_members() if n != "\0"]
    doc = {n: i for i, n in enumerate(dict.fromkeys(names))}
    assert t.coll.put("names", doc).status == 201
    assert t.coll.get("names").json == doc
    for name in list(doc)[:26]:
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        if len(pointer.encode()) <= 1024:
            assert t.coll.patch("names", [{"op": "test", "path": pointer, "value": doc[name]}]).status == 200, name
    assert t.coll.put("names", {"\0": 1, "a\0b": "\0"}).status == 200
    assert t.coll.get("names").json == {"\0": 1, "a\0b": "\0"}
    assert t.coll.delete("names").status == 200
    t.is_well()


GOOD = (b'{"name":"Gr\xc3\xbc\xc3\x9fe","list":[1,-2.5e3,true,false,null,{"deep":[[],{}]}],"text":"a\\u00e4\\n\\"\\\\ \xf0\x9f\x98\x80",'
        b'"big":12345678901234567890,"empty":"","more":{"x":[0,0.1,1E+2]},"last":{"a":"bcdefghijklmnopqrstuvwxyz","z":[9,8,7]}}')

BROKEN = [b"", b" \t\r\n", b"\xef\xbb\xbf", "{}".encode("utf-16"), "{}".encode("utf-16-be"), "{}".encode("utf-32"), b"{} x", b"{}{}", b"{},", b"\0", b"{}\0",
          b'{"a":"\0"}', b'{"a":"\x01"}', b'{"a":"\x1f"}', b'{"a":"\n"}', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-}', b'{"a":01}', b'{"a":1.}',
          b'{"a":.5}', b'{"a":+1}', b'{"a":0x1}', b'{"a":1e}', b'{"a":"\\x"}', b'{"a":"\\u12"}', b'{"a":"\\u12g4"}', b"{'a':1}", b'{a:1}', b'{"a":1,}',
          b'{"a" 1}', b'{"a":}', b'{,}', b"[,]", b"[1,]", b"[1 2]", b"{]", b"[}", b'"', b'{"a', b"tru", b"nul", b"True", b"// x\n{}", b"/* */{}",
          b'{"a":"\xc0\xaf"}', b'{"a":"\xe0\x80\xaf"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xf4\x90\x80\x80"}', b'{"a":"\xf8\x88\x80\x80\x80"}',
          b'{"a":"\xc3"}', b'{"a":"\xe4\xb8"}', b'{"a":"\xf0\x9f\x98"}', b'{"a":"\x80"}', b'{"a":"\xff"}', b'{"\xff":1}', b"{\xa0}", b"\x1f\x8b\x08\0\0\0",
          b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b'[{"a":{"b":1,"b":1}}]', b"1", b'"text"', b"null", b"true", b"<x/>", b"a=b&c=d",
          b"[" * MIB, b"{\"a\":" * 200000, b"]" * 1000, b"-" * MIB, b"1" * MIB, b'"' + b"\\u0000" * 1000, b'{"a":' + b" " * MIB,
          b"{" + b",".join(b'"n":%d' % i for i in range(100000)) + b"}"]


def test_broken_bodies(main):
    """section 6, Body: as an object, as one of several, as a filter, as a patch, as metadata"""
    t = main
    for body in BROKEN:
        for method, place, headers in (("PUT", f"{t.path}/k0", []), ("PUT", f"{t.path}/new", []),
                                       ("PATCH", f"{t.path}/k0", ["Content-Type: application/json-patch+json"]),
                                       ("POST", f"{t.path}?action=delete", [])):
            if method == "PATCH" and body in (b"[]",):
                continue
            refused(t.send(method, place, headers, body), place, body[:40])
        for place in (f"{t.path}?action=insert", f"{t.path}?action=query", f"{t.path}?action=update"):
            sane(t.send("POST", place, body=body), place, body[:40])
        if body.strip():
            sane(t.send("PUT", t.path + "x\xff", body=body))
    t.is_well()


def test_truncated_anywhere(main):
    """section 6, Body: a document of 200 bytes, cut at each of them"""
    t = main
    assert len(GOOD) >= 200
    for n in range(len(GOOD)):
        refused(t.send("PUT", f"{t.path}/k0", body=GOOD[:n]), n)
    # and announced as whole
    for n in range(0, len(GOOD), 20):
        r = None
        with socket.create_connection(("localhost", t.front.port), 20) as plain:
            s = plain if t.front.tls is None else t.front.tls.wrap_socket(plain, server_hostname="localhost")
            with s:
                s.sendall(f"PUT {t.path}/k0 HTTP/1.1\r\nHost: localhost\r\n{AUTH}\r\nContent-Type: application/json\r\n"
                          f"Content-Length: {len(GOOD)}\r\n\r\n".encode() + GOOD[:n])
        assert r is None
    t.is_well()
    assert t.coll.put("whole", GOOD).status == 201 and t.coll.get("whole").body == GOOD
    assert t.coll.delete("whole").status == 200


def test_every_byte(main):
    """section 6, Body: every byte from 1 to 255 in a string and outside of one: stored as it is, or refused"""
    t = main
    for c in range(1, 256):
        for body in (b'{"a":"' + bytes([c]) + b'"}', b'{"a":1' + bytes([c]) + b"}"):
            r = t.send("PUT", f"{t.path}/byte", body=body)
            status = sane(r, body)
            try:
                json.loads(body.decode("utf-8"))
                good = True
            except ValueError:
                good = False
            assert (status in (200, 201)) == good, (body, r)
            if good:
                assert t.coll.get("byte").body == body
    assert t.coll.delete("byte").status == 200
    t.is_well()


def test_heavy_bodies(main, rng):
    """section 6, Body: long numbers, colliding names, one long string: right or refused"""
    t = main
    nines = b"9" * 10000
    for body in (b'{"a":' + nines + b"}", b'{"a":1e' + nines[:400] + b"}", b'{"a":1e999}', b'{"a":-' + nines + b"." + nines + b"}",
                 b'{"a":"' + b"x" * (16 * MIB - 8) + b'"}'):
        r = t.send("PUT", f"{t.path}/heavy", body=body, timeout=60)
        if sane(r, body[:40]) in (200, 201):
            assert t.coll.get("heavy").body == body
            assert sane(t.send("POST", f"{t.path}?action=query", body=b'{"a":{"$gt":0},"$orderby":{"a":1}}', timeout=60)) in (200, 400)
    # names that meet in a table of 2^n places when they are hashed by length, by sum or by their ends
    for make in (lambda i: "%06d" % i, lambda i: "a%05dz" % i, lambda i: "".join(rng.choice("abAB") for _ in range(12)) + str(i)):
        body = b"{" + b",".join(b'"%s":0' % make(i).encode() for i in range(400000)) + b"}"
        r = t.send("PUT", f"{t.path}/heavy", body=body, timeout=60)
        assert sane(r) in (200, 201, 413), r
    t.coll.delete("heavy")
    t.is_well()


def test_bodies_at_their_limits(main):
    """section 6, Body: depth and values at the limit are stored, one more is refused; exponents of ten thousand digits"""
    t = main
    values = b"[" + b"1," * 999998 + b"1]"
    for good, bad in ((b"[" * 1000 + b"]" * 1000, b"[" * 1001 + b"]" * 1001), (values, b"[1," + values[1:])):
        assert sane(t.send("PUT", f"{t.path}/limit", body=good, timeout=60)) in (200, 201)
        assert t.coll.get("limit").body == good
        refused(t.send("PUT", f"{t.path}/limit", body=bad, timeout=60), bad[:10])
        assert t.coll.get("limit").body == good
    for digits in (b"9" * 10000, b"0" * 10000, b"-" + b"9" * 10000):
        body = b'{"a":1e' + digits + b"}"
        if sane(t.send("PUT", f"{t.path}/limit", body=body), digits[:10]) == 200:
            assert t.coll.get("limit").body == body
            sane(t.send("POST", f"{t.path}?action=query", body=b'{"a":{"$gt":0},"$orderby":{"a":1}}'))
    t.coll.delete("limit")
    t.is_well()


def test_compressed_body(main):
    """section 6, Body: Content-Encoding is 415"""
    t = main
    for coding in ("gzip", "deflate", "br", "zstd", "x-gzip", "gzip, gzip"):
        r = t.send("PUT", f"{t.path}/k0", [f"Content-Encoding: {coding}"], b"\x1f\x8b\x08\0\0\0\0\0")
        assert sane(r) == 415, (coding, r)
    t.is_well()


# ---- filters ----

OPERATORS = """$eq $ne $gt $gte $lt $lte $between $in $nin $all $exists $startsWith $hasSubstring $like $regex $mod $not $number $double $string $boolean
$date $timestamp $ceiling $floor $abs $upper $lower $length $size $type $value $and $or $nor $id $sqlJson $contains $near $within $intersects $query
$orderby $project $patch $merge $unknown $ $$eq $EQ""".split()
VALUES = [None, True, 0, -1, 1.5, 10 ** 40, 1e308, "", "x", "\0", "%", "(", "2020-01-01", [], [[]], [None], [1, 2], ["a", {}], [1, 2, 3], {}, {"$eq": 1},
          {"$and": []}, {"$unknown": 1}, {"a": {"b": {}}}, {"$not": {"$not": {}}}]


def ask(t, action, qbe):
    text = qbe if isinstance(qbe, str) else json.dumps(qbe)
    r = t.coll.action(action, text)
    assert r.status in (200, 400, 413, 501), (action, text[:200], r)
    return r.status


def test_operators(main):
    """section 6, QBE: every operator with every wrong type, alone, beneath a path, inside each other; a refused one deletes nothing"""
    t = main
    n_refused = 0
    for op in OPERATORS:
        for value in VALUES:
            for qbe in ({op: value}, {"n": {op: value}}, {"$query": {"list[*]": {"$not": {op: value}}}}):
                if ask(t, "query", qbe) != 200:
                    assert ask(t, "delete", qbe) != 200, qbe
                    n_refused += 1
        for inner in OPERATORS[::3]:
            ask(t, "query", {"n": {op: {inner: 1}}})
    assert n_refused > 1000
    t.is_well()


PATTERNS = ["(a+)+$", "(a|aa)+$", "(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:a{0,200}){200}", "(?R)", "(?{1})", "(?C)", "\\1", "(" * 100, ")" * 10, "[", "a{99999}",
            "(?<n>a)\\k<n>", "\\C", "\\p{Lu}", "(*LIMIT_MATCH=1)a", "(*UTF)a", "x" * 256, "x" * 257, "(?i)(?s)(?m)", "\\Q", "a**", "\0"]


def test_patterns(main):
    """section 6, QBE: patterns that run wild are stopped; the worker goes on"""
    t = main
    assert t.coll.put("hay", {"s": "a" * 5000 + "!", "t": "abcdefghijklmnopqrstuvwxyz" * 50 + "!"}).status == 201
    for pattern in PATTERNS:
        for op in ("$regex", "$likeRegex", "$like", "$startsWith"):
            for path in ("s", "t"):
                r = t.coll.action("query", {path: {op: pattern}})
                assert r.status in (200, 400, 413, 504), (op, pattern, r)
    assert t.coll.delete("hay").status == 200
    t.is_well()


def test_filters_of_size(main):
    """section 6, QBE: 1001 nodes, 1001 members, depth, orders over arrays, everything and nothing"""
    t = main
    assert ask(t, "query", {"n": {"$in": list(range(1000))}}) == 200
    assert ask(t, "query", {"n": {"$in": list(range(1001))}}) != 200
    assert ask(t, "query", {"$or": [{"n": i} for i in range(1001)]}) != 200
    ask(t, "query", {"n": {"$in": []}})
    for n in (31, 33, 500):
        ask(t, "query", '{"$and":[' * n + "{}" + "]}" * n)
        ask(t, "query", '{"n":' + '{"$not":' * n + "1" + "}" * n + "}")
    for order in ({"list": 1}, {"list[*]": 1}, [{"path": "list"}], {"": 1}, {"a" * 2000: 1}, {"n": 0}, {"n": "x"}, [], {}, [[]], "n", 1, None,
                  [{"path": f"p{i}"} for i in range(101)], [{"path": "n", "datatype": "x"}], [{"path": "n", "maxLength": -1}]):
        ask(t, "query", {"$query": {}, "$orderby": order})
    for path in ("", ".", "a..b", "[", "[]", "[1", "a[-1]", "a[0 to]", "a[3 to 1]", "a[9999999999999]", "`a", "``", "a.", ".a", "*", "*.*", "$", "$.a", "@", "a" * 5000,
                 ".".join("a" * 65), "a[" + ",".join("1" * 2000) + "]", "\0", "a\nb", "a'b", 'a"b', "a b", "`a``b`"):
        ask(t, "query", {path: 1})
        ask(t, "query", {"$orderby": {path: 1}, "$query": {}})
        ask(t, "query", {"$project": {path: 1}, "$query": {}})
    for body in ("", " ", "null", "[]", "{", '{"$query":{}}', '{"$and":[]}', '{"$or":[]}', '{"$and":[{}]}'):
        if body != '{"$query":{}}':
            assert ask(t, "delete", body) != 200, body
    t.is_well()


# ---- patches ----

HUGE = [{"op": "add", "path": "/x", "value": ["y" * 1000]}] + [{"op": "copy", "from": "/x", "path": "/x/-"}] * 40
PATCHES = [
    [{"op": "copy", "from": "", "path": "/n"}, {"op": "move", "from": "", "path": "/n"}], [{"op": "move", "from": "/list", "path": "/list/0"}],
    [{"op": "move", "from": "", "path": "/x"}], [{"op": "add", "path": "/list/01", "value": 1}], [{"op": "add", "path": "/list/-1", "value": 1}],
    [{"op": "add", "path": "/list/9223372036854775808", "value": 1}], [{"op": "add", "path": "/list/18446744073709551616", "value": 1}],
    [{"op": "add", "path": "/list/4", "value": 1}], [{"op": "remove", "path": "/list/-"}], [{"op": "replace", "path": "/list/-", "value": 1}],
    [{"op": "test", "path": "/list/-", "value": 1}], [{"op": "destroy", "path": "/n"}], [{"op": "ADD", "path": "/n", "value": 1}], [{"path": "/n", "value": 1}],
    [{"op": 1, "path": "/n", "value": 1}], [{"op": None, "path": "/n"}], [{"op": "add", "path": "n", "value": 1}], [{"op": "add", "path": 5, "value": 1}],
    [{"op": "add", "path": "/~2", "value": 1}], [{"op": "add", "path": "/~", "value": 1}], [{"op": "add", "path": "/n"}], [{"op": "move", "path": "/n"}],
    [{"op": "test", "path": "/missing", "value": 1}], [{"op": "test", "path": "/n", "value": "0"}], [{"op": "remove", "path": "/missing"}],
    [{"op": "remove", "path": ""}], [{"op": "replace", "path": "", "value": 1}], [{"op": "replace", "path": "", "value": "text"}],
    [{"op": "add", "path": "/n/x", "value": 1}], [{"op": "add", "path": "/s/0", "value": 1}], [{"op": "test", "path": "/n", "value": 0}] * 1001,
    [{"op": "add", "path": "/" + "x" * 1024, "value": 1}], [{"op": "add", "path": "/x" * 65, "value": 1}],
    [{"op": "add", "path": "/x", "value": {}}] + [{"op": "add", "path": "/x" + "/x" * i, "value": {}} for i in range(1, 100)],
    [{"op": "add", "path": "/x", "value": {"y": {}}}] + [{"op": "copy", "from": "/x", "path": "/x/y"}] * 2000, HUGE,
    [{"op": "add", "path": "/n", "value": 1}, {"op": "test", "path": "/n", "value": 2}], [1], ["x"], [None], [[]], {}, "x", 1, None, [{}],
    [{"op": "add", "path": "/k", "value": 1}, {"op": "test", "path": "/k", "value": 1}, {"op": "remove", "path": "/nothere"}],
]


@pytest.mark.parametrize("i", range(len(PATCHES)))
def test_patches(main, i):
    """section 6, Patch: what cannot be done is refused as a whole"""
    t = main
    body = json.dumps(PATCHES[i]).encode()
    refused(t.send("PATCH", f"{t.path}/k0", ["Content-Type: application/json-patch+json"], body), body[:100])
    t.is_well()


def test_merge_patches(main):
    """section 6, Patch: merges that are none"""
    t = main
    for body in (b"", b"null", b"[]", b"1", b'"x"', b"{", b'{"n":1,"n":2}', b'{"a":' * 2000 + b"1" + b"}" * 2000):
        refused(t.send("PATCH", f"{t.path}/k0", ["Content-Type: application/merge-patch+json"], body), body[:40])
    t.is_well()


# ---- Data Pump ----

PUMP = "/ords/demo/_/db-api/stable/database/datapump"
FILES = ["../x.DMP", "..", ".", "/etc/passwd", "a/b.DMP", ".hidden", "a\\b", "a\0b", "a\nb", "a\rb", "a\x1b[0m", "x" * 256, "con\x7f", "a;b", "a|b",
         "$(id)", "`id`", "*", "é.DMP", "\ud800", "a%Qb", "a%", "", " ", "a\u202eb", "/dev/null", "/proc/self/fd/0", "\\\\host\\share",
         "file:///etc/passwd", "https://user:pass@127.0.0.1/x", "https://127.0.0.1/x", "https://[::1]/x", "https://2130706433/x",
         "https://0177.0.0.1/x", "https://0x7f.1/x", "https://localhost:1/x", "http://example.com/x", "gopher://127.0.0.1/", "https://",
         "https:///x", "https://a b/"]
EXPRESSIONS = ["", " ", "=", "= A", "= 'A", "= 'A' OR 1=1", "= 'A';", "= 'A' --", "= (select 1)", "LIKE 'A%' ESCAPE 'xx'", "IN ()", "IN ('A'", "IN ('A',)",
               "BETWEEN 'A'", "BETWEEN 'A' AND", "= 'A' /* x */", "= '" + "x" * 100000 + "'", "NOT", "NOT NOT = 'A'", "!= ", "<> 'A' AND 1=1",
               "= 'A'\0", "= \"A\"", "= 0x41", "= 'A' || 'B'", "REGEXP '.*'", "(" * 5000, "= 'A' UNION SELECT 1", "\ud800"]


def test_data_pump(main):
    """section 6, Data Pump: names that lead out of their directory, URIs that lead inwards, expressions that are SQL: 4xx, no job, no
    file anywhere"""
    t = main
    folder = t.front.site.config / "datapump"

    def jobs():
        return json.loads(t.send(target=f"{PUMP}/jobs/?limit=1000")[2])["items"]

    def everywhere():
        return sorted(str(p) for p in t.front.folder.rglob("*") if p.suffix.upper() in (".DMP", ".LOG", ".SQL") and p.name != "cords.log")
    refused(t.send("POST", f"{PUMP}/export", body=b'{"file_name":"."}'))
    before, files = jobs(), everywhere()
    for name in FILES:
        for what in ("export", "import"):
            refused(t.send("POST", f"{PUMP}/{what}", body=json.dumps({"file_name": name, "reuse_dumpfiles": True}).encode()), name)
        if name not in ("", " "):
            for member in ("datapump_dir", "credential_name", "job_name"):
                body = json.dumps({member: name, "file_name": "NO/SUCH.DMP"}).encode()
                refused(t.send("POST", f"{PUMP}/export", body=body), member, name)
    for text in EXPRESSIONS:
        for member in ("name_expressions", "schema_expressions"):
            for body in ({member: [{"expression": text}]}, {member: [{"expression": "= 'A'"}, {"expression": text}]}, {member: text}):
                refused(t.send("POST", f"{PUMP}/export", body=json.dumps(body).encode()), member, text[:40])
    for body in (b"[]", b"{", b'{"threads":1e999}', b'{"file_name":{"a":1}}', b'{"file_name":"A.DMP","file_name":"../B.DMP"}', b'{"queries":[{"table":"T","filter":"1=1"}]}',
                 b'{"remap_schemas":[{"source":"A","target":"B; DROP TABLE x"}],"file_name":"../A"}', b"\xff", b'{"a":' * 2000, b"{" + b'"x":1,' * 100000):
        refused(t.send("POST", f"{PUMP}/import", body=body), body[:40])
    for piece in PIECES + ["%2e%2e%2fx.DMP", "..%2f..%2fetc%2fpasswd", ".hidden", "a%00.DMP", "x" * 256, "DEMO,%2e%2e", ",", "DEMO,", "a,b,c", "%0a"]:
        for method, path in (("GET", f"jobs/{piece}"), ("DELETE", f"jobs/{piece}"), ("GET", f"jobs/DEMO,X/{piece}"), ("DELETE", f"jobs/DEMO,X/{piece}"),
                             ("GET", f"files?directory={piece}")):
            sane(t.send(method, f"{PUMP}/{path}"), method, path)
    for name in ("%2e%2e", "..%2fx.DMP", "%2fetc%2fx", ".hidden", "a%00b", "a%0ab", "x" * 256, "%ff", "a%5cb"):
        refused(t.send("PUT", f"{PUMP}/files/{name}", body=b"no dump"), name)
    for value in ("bytes 0-1/1", "bytes 5-1/10", "bytes -1-2/3", "bytes 0-6/*", "bytes */7", "x", "bytes 0-18446744073709551616/1", "bytes 3-9/10"):
        refused(t.send("PUT", f"{PUMP}/files/PIECE.DMP", [f"Content-Range: {value}"], b"no dump"), value)
    assert jobs() == before and everywhere() == files
    assert not folder.exists() or sorted(p.name for p in folder.iterdir()) == sorted(p.rpartition("/")[2] for p in files if "/datapump/" in p)
    t.is_well()


def test_files_that_are_none(main):
    """section 6, Data Pump: a link, a pipe, a folder, a socket and a device in the directory of dumps: nobody waits for them, follows
    them, replaces them or reads them"""
    t = main
    folder, owner = t.front.site.config / "datapump", t.front.site.config.stat()
    folder.mkdir(mode=0o700, exist_ok=True)
    secret = t.front.site.config / "global/settings.xml"
    before = secret.read_bytes()
    (folder / "LINK.DMP").symlink_to(secret)
    (folder / "NOWHERE.DMP").symlink_to(t.front.folder / "made-by-a-link")
    (folder / "DEVICE.DMP").symlink_to("/dev/zero")
    (folder / "FOLDER.DMP").mkdir()
    os.mkfifo(folder / "PIPE.DMP")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(folder / "SOCKET.DMP"))
        names = sorted(p.name for p in folder.iterdir())
        kinds = {n: stat.S_IFMT((folder / n).lstat().st_mode) for n in names}
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        try:
            for name in names:
                refused(t.send("PUT", f"{PUMP}/files/{name}", body=b"no dump"), name)
                refused(t.send("PUT", f"{PUMP}/files/{name}", ["Content-Range: bytes 0-6/10"], b"no dump"), name)
                for method in ("GET", "HEAD", "DELETE"):
                    refused(t.send(method, f"{PUMP}/files/{name}"), method, name)
            listed = t.send(target=f"{PUMP}/files/")
            assert sane(listed) < 500 and not any(n.encode() in listed[2] for n in names)
            assert {n: stat.S_IFMT((folder / n).lstat().st_mode) for n in names} == kinds
            assert secret.read_bytes() == before and not (t.front.folder / "made-by-a-link").exists()
        finally:
            for name in names:
                (folder / name).rmdir() if name == "FOLDER.DMP" else (folder / name).unlink()
    t.is_well()


# ---- connections ----

def test_connections(target):
    """keep-alive, pipelining, Expect: 100-continue, clients that leave in the middle"""
    t = target
    for _ in range(5):
        assert t.coll.get("k0").status == 200
    one = f"GET {t.path}/k%d HTTP/1.1\r\nHost: localhost\r\n{AUTH}\r\n\r\n".encode()
    with socket.create_connection(("localhost", t.front.port), 20) as plain:
        s = plain if t.front.tls is None else t.front.tls.wrap_socket(plain, server_hostname="localhost")
        with s:
            s.sendall(b"".join(one % i for i in (0, 1, 2)))
            stream = s.makefile("rb")
            for i in range(3):
                r = http.client.HTTPResponse(_Same(stream), method="GET")
                r.begin()
                assert r.status == 200 and json.loads(r.read())["n"] == i
    body = b'{"n":0,"expected":true}'
    head = (f"PUT {t.path}/expect HTTP/1.1\r\nHost: localhost\r\n{AUTH}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n").encode()
    with socket.create_connection(("localhost", t.front.port), 20) as plain:
        s = plain if t.front.tls is None else t.front.tls.wrap_socket(plain, server_hostname="localhost")
        with s:
            s.sendall(head)
            stream = s.makefile("rb")
            line = stream.readline()
            assert line.split()[1] == b"100", line
            s.sendall(body)
            while stream.readline().strip():
                pass
            assert stream.readline().split()[1] == b"201"
    assert t.coll.delete("expect").status == 200
    for n in (1, 30, len(head) - 1, len(head)):
        with socket.create_connection(("localhost", t.front.port), 20) as plain:
            s = plain if t.front.tls is None else t.front.tls.wrap_socket(plain, server_hostname="localhost")
            with s:
                s.sendall(head[:n])
    t.is_well()


class _Same:
    """lets several answers be read from one stream"""

    def __init__(self, stream):
        self.stream = stream

    def makefile(self, mode):
        return _Open(self.stream)


class _Open:
    def __init__(self, stream):
        self.read, self.readline, self.readinto = stream.read, stream.readline, stream.readinto
        self.flush = lambda: None
        self.close = lambda: None
