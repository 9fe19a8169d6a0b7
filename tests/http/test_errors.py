"""One shape for all errors, what they never tell, and weather: a database that is away, clients that leave."""
import concurrent.futures
import json
import re
import socket
import time

import pytest

from fcgi_peer import PARAMS, STDIN, Worker, begin, pairs, stream, variables
from lib import ANY_MEDIA, CLIENT_KEYS, READ_ONLY, quote, wait_for

FRONT = ["type", "status", "title", "code", "message", "instance"]
SODA = FRONT[:3] + ["o:errorCode"] + FRONT[3:]
CODES = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed", 406: "NotAcceptable",
         409: "Conflict", 412: "PreconditionFailed", 413: "PayloadTooLarge", 415: "UnsupportedMediaType",
         422: "UnprocessableEntity", 429: "TooManyRequests", 501: "NotImplemented", 503: "ServiceUnavailable"}
ANCHORS = {400: "10.4.1", 404: "10.4.5", 405: "10.4.6", 406: "10.4.7", 409: "10.4.10", 412: "10.4.13", 413: "10.4.14",
           415: "10.4.16", 501: "10.5.2", 503: "10.5.4"}
LEAKS = re.compile(r"SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|sqlite|soda_[a-z]_?\d|SQLSTATE|HY000|odbc|\.db\b|/tmp/|\.c:\d|0x[0-9a-f]{6}"
                   r"|secret|Basic [A-Za-z0-9+/]{8}", re.I)


@pytest.fixture(scope="module")
def bad(new_site):
    """a site, and requests of every kind of error: (status, method, path, body, headers)"""
    s = new_site(settings={"request.maxBody": "64k", "security.credentials.attempts": "3"})
    soda = s.soda()
    for name, meta in (("c", None), ("keyed", CLIENT_KEYS), ("ro", READ_ONLY), ("media", ANY_MEDIA)):
        assert soda.put("/" + name, meta).status == 201
    assert soda.put("/keyed/k", {"a": 1}).status == 201
    assert soda.post("/keyed?action=index", {"name": "ix", "fields": [{"path": "a"}], "unique": True}).status == 200
    assert soda.put("/keyed/used", {"a": 9}, headers={"Idempotency-Key": "used"}).status == 201
    s.requests = [
        (400, "GET", "/%ff", None, {}), (400, "GET", "/c?limit=0", None, {}), (400, "POST", "/c", "{", {}),
        (400, "POST", "/c", "5", {}), (400, "POST", "/c?action=query", {"$no": 1}, {}),
        (400, "POST", "/c?action=query", {"a": {"$regex": "("}}, {}), (400, "POST", "/c?action=query", {"a": {"$date": "x"}}, {}),
        (400, "POST", "/c?action=nosuch", {}, {}), (400, "PUT", "/new", {"x": 1}, {}), (400, "PUT", "/metadata-catalog", None, {}),
        (400, "POST", "/c?action=index", {"name": 5}, {}), (400, "POST", "/media?action=query", {}, {}),
        (400, "PUT", "/keyed/" + "x" * 256, {}, {}), (400, "GET", "/c?q=%7B", None, {}),
        (400, "PUT", "/c/k", {}, {"Idempotency-Key": "a b"}), (400, "POST", "/c?action=insert", [{"a": 1}, 5], {}),
        (401, "GET", "/c", None, {"Authorization": None}), (401, "GET", "/missing", None, {"Authorization": "Bearer x"}),
        (403, "POST", "/c", {}, {"Origin": "https://evil.example"}), (403, "POST", "/c", {}, {"Sec-Fetch-Site": "cross-site"}),
        (404, "GET", "/missing", None, {}), (404, "POST", "/missing?action=query", {}, {}), (404, "GET", "/c/missing", None, {}),
        (404, "GET", "/c/k/x", None, {}), (404, "GET", "//c", None, {}), (404, "GET", "/../v9", None, {}),
        (404, "DELETE", "/c/missing", None, {}), (404, "DELETE", "/missing", None, {}), (404, "PUT", "/c/" + "0" * 32, {}, {}),
        (404, "POST", "/custom-actions/nosuch/c", {}, {}), (404, "GET", "/custom-actions/query", None, {}),
        (404, "PATCH", "/c/missing", {}, {"Content-Type": "application/merge-patch+json"}),
        (405, "PATCH", "/c", {}, {}), (405, "POST", "/c/k", {}, {}), (405, "DELETE", "/", None, {}),
        (405, "GET", "/custom-actions/query/c", None, {}), (405, "POST", "/ro", {}, {}), (405, "PUT", "/ro/k", {}, {}),
        (406, "GET", "/metadata-catalog/c", None, {"Accept": "application/schema+json"}),
        (409, "PUT", "/c", CLIENT_KEYS, {}), (409, "PUT", "/keyed/k2", {"a": 1}, {}),
        (409, "POST", "/keyed?action=index", {"name": "ix", "fields": [{"path": "b"}]}, {}),
        (409, "PATCH", "/keyed/k", [{"op": "test", "path": "/a", "value": 2}], {"Content-Type": "application/json-patch+json"}),
        (412, "PUT", "/keyed/k", {"a": 1}, {"If-Match": '"x"'}), (412, "PUT", "/keyed/k", {"a": 1}, {"If-None-Match": "*"}),
        (412, "DELETE", "/keyed/k", None, {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        (413, "POST", "/c", '{"a":"' + "x" * 65536 + '"}', {}),
        (415, "POST", "/c", "{}", {"Content-Type": "text/xml"}), (415, "POST", "/c", "{}", {"Content-Encoding": "gzip"}),
        (415, "PATCH", "/keyed/k", "{}", {"Content-Type": "application/xml"}),
        (422, "PUT", "/keyed/used", {"a": 8}, {"Idempotency-Key": "used"}),
        (501, "POST", "/keyed", {}, {}), (501, "POST", "/keyed?action=insert", [{}], {}),
        (501, "POST", "/c?action=index", {"name": "soon", "fields": [{"path": "a"}], "ttl": 60}, {}),
    ]
    wrong = {"Authorization": "Basic eDp5"}
    for _ in range(3):
        assert soda.get("/c", auth=False, headers=wrong).status == 401
    s.requests.append((429, "GET", "/c", None, wrong))
    return s


def ask(site, row, **headers):
    _, method, path, body, own = row
    if path.startswith("/../"):
        return site.soda().request(method, path[3:], body, base="/ords/demo/soda", headers={**own, **headers})
    return site.soda().request(method, path, body, headers={**own, **headers})


def test_every_error_has_one_shape(bad):
    """ER-01, ER-04, OR-31: members in one order, status repeated, type and code by the status, media type"""
    seen = set()
    for row in bad.requests:
        r = ask(bad, row)
        assert r.status == row[0], (row, r)
        assert r.headers["Content-Type"] == "application/problem+json", row
        body = r.json
        names = [n for n in body if n != "o:errorDetails"]
        assert names in (FRONT, SODA), (row, names)
        assert body["status"] == r.status and body["code"] == CODES[r.status]
        assert body["title"] and body["message"] and "\n" not in body["title"]
        assert body["instance"] == "tag:oracle.com,2020:ecid/" + r.headers["Request-Id"]
        if "o:errorCode" in body:
            assert re.fullmatch("(O?SODA|REST|SQL)-[0-9]{5}", body["o:errorCode"])
            anchor = ANCHORS.get(r.status)
            assert body["type"] == ("about:blank" if anchor is None
                                    else f"http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec{anchor}")
            assert body["message"] == body["title"]
        else:
            assert body["type"] == "tag:oracle.com,2020:error/" + body["code"]
            assert r.status in (401, 403, 404, 429)
        for detail in body.get("o:errorDetails", []):
            assert set(detail) <= {"title", "o:errorCode", "o:errorPath"} and detail["title"]
        seen.add(r.status)
    assert seen == set(CODES) - {503}


LONG = {c: "".join([c] * 200) for c in "é€😀"}


@pytest.mark.parametrize("c", LONG)
@pytest.mark.parametrize("shift", range(4))
def test_errors_are_utf8(bad, c, shift):
    """ER-01: what a client sent comes back cut between characters, in texts and in pointers; headers need not be UTF-8 at all"""
    name = "abcd"[:shift] + LONG[c]
    soda, patch = bad.soda(), {"Content-Type": "application/json-patch+json"}
    answers = [
        soda.patch("/keyed/k", [{"op": "remove", "path": "/" + name}], headers=patch),
        soda.patch("/keyed/k", [{"op": "remove", "path": name}], headers=patch),
        soda.patch("/keyed/k", [{"op": name, "path": "/a"}], headers=patch),
        soda.post("/c?action=query", {"$" + name: 1}),
        soda.post("/c?action=query", {name + "[": 1}),
        soda.post("/c?action=query", {name[:60]: {name[:60]: {name[:60]: {name[:60]: {"$no": 1}}}}}),
        soda.post("/c?action=query", {"$query": {}, "$orderby": {name + "[*]": 1}}),
        soda.post("/c?action=query", {"$query": {}, "$orderby": [{"path": "a", "datatype": name}]}),
        soda.post("/c?action=query", {"$query": {}, "$project": {name + "[0]": 1}}),
        soda.post("/c?action=query", {"a": {"$near": {"$geometry": {"type": "Point", "coordinates": [1, 2]}, "$distance": 1, "$unit": name}}}),
        soda.put("/new", {"keyColumn": {"assignmentMethod": name}}),
        soda.put("/new", {name: 1}),
        soda.post("/c?action=index", {"name": name, "fields": [{"path": name}]}),
        soda.post("/c?action=index", {"name": "x", "fields": [{"path": "a", "order": name}]}),
        soda.get("/" + quote(name[:60])),
        soda.get("/c/" + quote(name[:60])),
        soda.get("/c?fromID=" + quote(name[:60]) + "&offset=1"),
        soda.post("/c", "{}", headers={"Content-Type": "text/" + name[:30].encode("utf-8").decode("latin-1")}),
        soda.post("/c", "{}", headers={"Content-Type": "text/\xe4\xf6\xfc"}),
        soda.post("/c", "{}", headers={"Content-Encoding": "\xe4\xf6\xfc"}),
    ]
    for i, r in enumerate(answers):
        assert 400 <= r.status < 500, (i, r)
        assert r.body.decode("utf-8") and r.json["status"] == r.status, (i, r)


def test_headers_of_errors(bad):
    """ER-03, OR-34: Allow, WWW-Authenticate, Retry-After; what every answer carries, errors as well"""
    rows = bad.requests + [(200, "GET", "/c", None, {}), (204, "OPTIONS", "/c", None, {})]
    for row in rows:
        r = ask(bad, row)
        assert r.status == row[0]
        assert (r.headers["Allow"] is not None) == (r.status in (405, 204)), row
        assert (r.headers["WWW-Authenticate"] is not None) == (r.status == 401), row
        assert (r.headers["Retry-After"] is not None) == (r.status == 429), row
        assert r.headers["Cache-Control"] == "private,must-revalidate,max-age=0"
        assert r.headers["X-Frame-Options"] == "SAMEORIGIN" and r.headers["Referrer-Policy"] == "no-referrer"
        assert r.headers["X-Content-Type-Options"] == "nosniff"
        assert r.headers["Server"] is None and r.headers["X-Powered-By"] is None


def test_missing_collection(bad):
    """ER-02"""
    for method, path, body in (("GET", "/missing", None), ("GET", "/missing/k", None), ("POST", "/missing", {}),
                               ("POST", "/missing?action=query", {}), ("DELETE", "/missing", None), ("PUT", "/missing/k", {}),
                               ("PATCH", "/missing/k", {}), ("GET", "/metadata-catalog/missing", None)):
        r = bad.soda().request(method, path, body)
        assert r.status == 404 and r.code == "REST-02000", (method, path, r)


def test_head_of_errors(bad):
    """ER-05: the same headers, no body"""
    for row in bad.requests:
        if row[1] != "GET":
            continue
        get, head = ask(bad, row, **{"Request-Id": "x"}), ask(bad, (row[0], "HEAD", *row[2:]), **{"Request-Id": "x"})
        assert head.status == get.status and head.body == b"", row
        for name in ("Content-Type", "Allow", "WWW-Authenticate"):
            assert head.headers[name] == get.headers[name], (row, name)
        if get.status != 405:           # whose text names the method
            assert head.headers["Content-Length"] == get.headers["Content-Length"], row


def test_nothing_leaks(bad):
    """ER-09, R-61: no SQL, file names or credentials"""
    for row in bad.requests:
        body = ask(bad, row).json
        text = json.dumps([body["title"], body["message"], body.get("o:errorDetails")])
        assert not LEAKS.search(text), (row, text)


def test_html(bad, new_site):
    """OR-32: for those who prefer it, escaped; error.responseFormat decides otherwise"""
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept, html in ((browser, True), ("text/html", True), ("application/json", False), ("*/*", False), ("", False),
                         ("text/html;q=0.5,application/json", False), ("text/html;q=0", False),
                         ("application/problem+json,text/html;q=0.9", False), ("text/html,application/json;q=0.9", True)):
        r = bad.soda().get("/missing", headers={"Accept": accept})
        assert r.status == 404 and r.headers["Content-Type"].startswith("text/html") == html, (accept, r)
    r = bad.soda().get("/%3Cscript%3Ealert(1)%3C%2Fscript%3E&amp", headers={"Accept": "text/html"})
    assert r.status == 404 and b"<script" not in r.body and b"&lt;script&gt;" in r.body
    assert "sandbox" in r.headers["Content-Security-Policy"] and r.headers["Request-Id"].encode() in r.body
    assert bad.soda().get("/c", headers={"Accept": "text/html"}).headers["Content-Type"] == "application/json"
    for fmt, kind in (("JSON", "application/problem+json"), ("HTML", "text/html")):
        s = new_site(workers=1, settings={"error.responseFormat": fmt})
        for accept in (browser, "application/json"):
            assert s.soda().get("/missing", headers={"Accept": accept}).headers["Content-Type"].startswith(kind)


def test_request_identifier(bad):
    """OR-33: echoed, part of the body, found in the log; a dangerous one is replaced"""
    r = bad.soda().get("/missing", headers={"Request-Id": "find_Me-1"})
    assert r.headers["Request-Id"] == "find_Me-1" and r.json["instance"].endswith("/find_Me-1")
    for evil in ("a b", '"', "<b>", "x" * 65, "a/../b", "%0d%0aX: y", "é"):
        r = bad.soda().get("/missing", headers={"Request-Id": evil.encode().decode("latin-1")})
        assert re.fullmatch("[A-Za-z0-9_-]{22}", r.headers["Request-Id"])
        assert r.json["instance"].endswith("/" + r.headers["Request-Id"])
    assert bad.soda().get("/c", headers={"Request-Id": "fine"}).headers["Request-Id"] == "fine"
    line = wait_for(lambda: [x for x in bad.log() if x.get("id") == "find_Me-1"])[0]
    assert line["status"] == 404 and line["method"] == "GET" and line["user"] == "demo"


# ---- the database is away ----

def test_database_away_and_back(new_site):
    """ER-06, OR-35, OR-36, OR-69: 503 that says which pool and why; live but not ready; served again by the same workers"""
    s = new_site()
    soda = s.soda()
    c = soda.make(CLIENT_KEYS)
    assert c.put("k", {"a": 1}).status == 201
    pids = s.worker_pids()
    for path in ("/ords/_/health/live", "/ords/_/health/ready"):
        assert s.client().get(path).status == 200
    for _ in range(2):
        s.away(True)
        r = wait_for(lambda: (r := soda.get("/")).status == 503 and r)
        for method, path, body in (("GET", "/", None), ("POST", c.path, {}), ("PUT", c.path + "/k", {}), ("GET", c.path + "/k", None)):
            begun = time.monotonic()
            r = soda.request(method, path, body)
            assert time.monotonic() - begun < 4             # jdbc.ConnectionWaitTimeout and a second
            assert r.status == 503 and r.code == "OSODA-00013" and r.json["code"] == "ServiceUnavailable", r
            assert int(r.headers["Retry-After"]) >= 1
            assert "default" in r.json["title"] and not LEAKS.search(r.json["title"]), r.json["title"]
        assert s.server or not s.db.exists()                # and none is made in its place
        assert s.client().get("/ords/_/health/live").json == {"status": "UP"}
        r = s.client().get("/ords/_/health/ready")
        assert r.status == 503 and r.json == {"status": "DOWN", "pools": [{"name": "default", "status": "DOWN"}]}
        assert "Retry-After" in r.headers
        s.away(False)
        wait_for(lambda: [soda.get(c.path + "/k").status for _ in range(4)] == [200] * 4, seconds=11)
        assert c.get("k").json == {"a": 1} and c.put("k", {"a": 1}).status == 200
        wait_for(lambda: s.client().get("/ords/_/health/ready").status == 200)
    assert s.worker_pids() == pids


def test_one_of_two_databases_away(new_site):
    """an unreachable pool keeps its URL; the other does not notice"""
    s = new_site(workers=1)
    s.cords("install", "--db-pool", "second", "--db-file", str(s.folder / "second.db"))
    s.cords("schema", "enable", "demo", "--db-pool", "second", "--password-stdin", stdin="secret\n")
    first, second = s.soda(), s.soda()
    second.base = "/ords/second/demo/soda/latest"
    wait_for(lambda: second.get("/").status == 200)
    s.away(True)
    r = wait_for(lambda: (r := first.get("/")).status == 503 and r)
    assert "default" in r.json["title"]
    assert second.get("/").status == 200
    r = s.client().get("/ords/_/health/ready")
    assert r.status == 200                                  # one that works is enough
    assert sorted((p["name"], p["status"]) for p in r.json["pools"]) == [("default", "DOWN"), ("second", "UP")]


# ---- clients ----

def talk(port, *pieces):
    """send pieces on one connection, then read until the server closes it; the answers, in order"""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
        for p in pieces:
            s.sendall(p)
        got = b""
        while piece := s.recv(65536):
            got += piece
    answers = []
    while got:
        head, _, got = got.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        found = re.search(rb"(?i)^content-length: (\d+)", head, re.M)
        n = 0 if found is None or status == 100 else int(found[1])
        answers.append((status, got[:n]))
        got = got[n:]
    return answers


AUTH = b"Host: localhost\r\nAuthorization: Basic ZGVtbzpzZWNyZXQ=\r\n"
CLOSE = b"Connection: close\r\n"


def head(method, path, *lines):
    return f"{method} {path} HTTP/1.1\r\n".encode() + AUTH + b"".join(x + b"\r\n" for x in lines) + b"\r\n"


def test_expect_continue(site, coll):
    """ER-08"""
    path = coll.soda.base + coll.path
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as s:
        s.sendall(head("POST", path, b"Content-Type: application/json", b"Content-Length: 7", b"Expect: 100-continue",
                       b"Connection: close"))
        assert s.recv(1000).startswith(b"HTTP/1.1 100")
        s.sendall(b'{"a":1}')
        assert b" 201 " in s.recv(1000)
    assert coll.find({}) == [{"a": 1}]


def test_chunked_bodies(site, coll):
    """ER-08: as pieces arrive, also with none of a size that was told"""
    path = coll.soda.base + coll.path
    lines = (b"Content-Type: application/json", b"Transfer-Encoding: chunked", b"Connection: close")
    answers = talk(site.port, head("POST", path, *lines), b"3\r\n{\"a\r\n", b"4\r\n\":1}\r\n", b"0\r\n\r\n")
    assert [a[0] for a in answers] == [201]
    big = b'{"b":"' + b"x" * 300000 + b'"}'
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (big[i:i + 999] for i in range(0, len(big), 999)))
    assert [a[0] for a in talk(site.port, head("POST", path, *lines), chunks + b"0\r\n\r\n")] == [201]
    assert [a[0] for a in talk(site.port, head("POST", path, *lines), b"0\r\n\r\n")] == [400]
    assert sorted(len(json.dumps(d)) for d in coll.find({})) == [8, 300009]
    assert [a[0] for a in talk(site.port, head("POST", path, *lines), b"zz\r\n{}\r\n0\r\n\r\n")] == [400]
    assert len(coll.items()) == 2


def test_keep_alive_and_pipelining(site, coll):
    """ER-08: answers come in the order of the requests, and each belongs to its own"""
    path = coll.soda.base + coll.path
    keys = coll.add_all([{"n": n} for n in range(20)])
    requests = [head("GET", f"{path}/{k}") for k in keys]
    requests[5] = head("GET", f"{path}/missing")
    requests[-1] = head("GET", f"{path}/{keys[-1]}", b"Connection: close")
    for pieces in ([b"".join(requests)], requests):
        answers = talk(site.port, *pieces)
        assert [s for s, _ in answers] == [200] * 5 + [404] + [200] * 14
        assert [json.loads(b).get("n") for _, b in answers] == [*range(5), None, *range(6, 20)]
    body = b'{"p":1}'
    post = head("POST", path, b"Content-Type: application/json", b"Content-Length: 7") + body
    answers = talk(site.port, post * 3 + head("GET", path + "?q=%7B%22p%22:1%7D", b"Connection: close"))
    assert [s for s, _ in answers] == [201, 201, 201, 200] and json.loads(answers[-1][1])["count"] == 3


def test_client_that_leaves_during_a_bulk_insert(site, coll, rng):
    """ER-07: all or nothing, wherever it is cut, behind a web server and without one"""
    n = 200
    body = json.dumps([{"i": i, "text": "x" * 200} for i in range(n)]).encode()
    path = coll.soda.base + coll.path + "?action=insert"
    request = head("POST", path, b"Content-Type: application/json", b"Content-Length: %d" % len(body)) + body
    for _ in range(15):
        at = rng.choice([rng.randrange(len(request)), len(request) - 1, len(request)])
        with socket.create_connection(("127.0.0.1", site.port), timeout=30) as s:
            s.sendall(request[:at])
        assert coll.get(params={"totalResults": "true", "limit": 1}).json["totalResults"] % n == 0
    w = Worker(site)
    try:
        data = begin() + stream(PARAMS, pairs(variables("POST", path, body=body, user="demo:secret"))) + stream(STDIN, body)
        for _ in range(15):
            p = w.peer()
            p.send(data[:rng.choice([rng.randrange(len(data)), len(data) - 8, len(data)])])
            p.close()
            assert w.is_well()
            assert coll.get(params={"totalResults": "true", "limit": 1}).json["totalResults"] % n == 0
    finally:
        w.stop()


def test_many_clients_get_their_own_answers(site, named):
    """errors and successes of many connections at once do not mix"""
    assert named.action("index", {"name": named.name + "ix", "fields": [{"path": "n", "datatype": "number"}]}).status == 200

    def visit(n):
        mine = site.soda().collection(named.name)
        key = f"k{n}"
        assert mine.put(key, {"n": n}).status == 201
        for _ in range(10):
            assert mine.get(key).json == {"n": n}
            assert mine.get(f"no{n}").json["title"].endswith(f"no{n}")
            assert [d["n"] for d in mine.find({"n": n})] == [n]
            assert mine.query({f"$wrong{n}": 1}).json["title"].startswith(f"$wrong{n}")
        return n
    with concurrent.futures.ThreadPoolExecutor(6) as crowd:
        assert list(crowd.map(visit, range(12))) == list(range(12))
