"""The sample configurations in conf/, as printed but for paths, ports and accounts, with the real servers (OR-72)."""
import base64
import http.client
import json
import signal

import pytest

from fronts import FRONTS, VARIANTS, Front, missing, start


@pytest.fixture(scope="module", params=[*FRONTS, *VARIANTS])
def front(request):
    if missing(request.param):
        pytest.skip(f"{missing(request.param)} is not installed")
    f = start(request.param)
    yield f
    f.stop()


@pytest.fixture
def soda(front):
    return front.client("/ords/demo/soda/latest")


def test_life_of_a_document(front, soda):
    """OR-72: the sample works, Authorization included"""
    c = soda.make()
    key = c.add({"a": 1})
    assert c.get(key).body == b'{"a": 1}'
    assert c.put(key, {"a": 2}).status == 200
    assert c.patch(key, [{"op": "add", "path": "/b", "value": [True]}]).status == 200
    assert c.get(key).json == {"a": 2, "b": [True]}
    assert c.find({"b": True}) == [{"a": 2, "b": [True]}]
    r = soda.head(f"{c.path}/{key}")
    assert r.status == 200 and r.body == b""
    if front.name not in ("mod_proxy_fcgi", "cgi"):         # Apache drops it
        assert int(r.headers["Content-Length"]) > 5
    assert c.delete(key).status == 200
    assert soda.delete(c.path).status == 200


def test_wrong_password(front):
    c = front.client("/ords/demo/soda/latest")
    c.password = "wrong"
    r = c.get("")
    assert r.status == 401 and "WWW-Authenticate" in r.headers
    r = front.client("/ords/demo/soda/latest").get("", auth=False)
    assert r.status == 401


def test_names_that_need_escapes(front, soda):
    """encoded slashes, percent signs and letters arrive as they were sent"""
    for name in ("a b", "100%", "ä€", "x+y"):
        assert soda.make(name=f"{front.name} {name}")
    if front.name in ("htaccess", "cgi"):
        return                          # AllowEncodedSlashes cannot be set there
    c = soda.make(name="with/slash")
    key = c.add({"n": 1})
    assert c.get(key).json == {"n": 1}


def test_chunked_body(front, soda):
    """OR-73"""
    c = soda.make()
    auth = base64.b64encode(b"demo:secret").decode()
    conn = front.client()
    conn.get("/ords/_/health/live")
    conn.conn.request("POST", f"/ords/demo/soda/latest{c.path}", body=iter([b'{"t":"', b"x" * 100000, b'"}']),
                      headers={"Authorization": f"Basic {auth}", "Content-Type": "application/json"}, encode_chunked=True)
    r = conn.conn.getresponse()
    body = r.read()
    assert r.status == 201, body
    assert len(c.get(json.loads(body)["items"][0]["id"]).body) == 100008


def test_large_bodies(front, soda):
    """OR-74: 10 MiB works; one byte over request.maxBody is our own 413"""
    if front.name == "htaccess":
        pytest.skip("the limit of 128 KiB cannot be moved there")
    c = soda.make()
    key = c.add(b'{"t":"' + b"x" * (10 << 20) + b'"}')
    assert len(c.get(key).body) == (10 << 20) + 8
    r = soda.post(c.path, b'{"t":"' + b"x" * ((16 << 20) - 7) + b'"}')
    assert r.status == 413 and "json" in r.headers["Content-Type"]


@pytest.mark.parametrize("name", ["mod_fcgid", "htaccess"])
def test_limit_of_the_server(name, monkeypatch):
    """R-43: a body that LimitRequestBody of Apache cuts is refused, or arrives whole; what was there stays"""
    if missing(name):
        pytest.skip(f"{missing(name)} is not installed")
    write = Front.write
    monkeypatch.setattr(Front, "write", lambda f, file, text: write(f, file, "LimitRequestBody 1000\n" + text if file == "apache.conf" else text))
    f = start(name)
    try:
        c = f.client("/ords/demo/soda/latest").make({"keyColumn": {"assignmentMethod": "CLIENT"}, "mediaTypeColumn": {"name": "M"}}, "any")
        text = {"Content-Type": "text/plain"}
        assert c.put("k", b"old", headers=text).status == 201
        r = c.put("k", b"x" * 5000, headers=text)
        assert r.status == (200 if name == "mod_fcgid" else 400), r
        assert c.get("k").body == (b"x" * 5000 if name == "mod_fcgid" else b"old")
    finally:
        f.stop()


def test_errors_are_ours(front, soda):
    for method, path, status in (("GET", "/nowhere", 404), ("BREW", "/x", 405), ("OPTIONS", "/x", 204)):
        r = soda.request(method, path)
        if "lighttpd" in front.name and method == "BREW":
            assert r.status == 501          # lighttpd knows its own methods only
            continue
        assert r.status == status, r


def test_get_with_body_and_query(front, soda):
    c = soda.make()
    c.add_all([{"n": i} for i in range(5)])
    r = soda.get(f"{c.path}?limit=2&fields=id", body=b"{}")
    assert r.status == 200 and len(r.json["items"]) == 2
    r = soda.get(c.path, params={"q": json.dumps({"n": {"$gt": 2}})})
    assert r.status == 200 and len(r.json["items"]) == 2


def test_https_is_seen(front):
    """OR-28, behind the one that has TLS: links say https, and credentials are taken"""
    if front.tls is None:
        pytest.skip("no TLS in this sample")
    c = front.client("/ords/demo/soda/latest").make()
    assert c.soda.get("/").json["items"][0]["links"][0]["href"].startswith("https://localhost")
    plain = http.client.HTTPConnection("localhost", front.plain_port, timeout=10)
    plain.request("GET", "/ords/x?y=1")
    r = plain.getresponse()
    assert r.status == 301 and r.headers["Location"] == "https://localhost/ords/x?y=1"
    plain.close()


def test_one_pool_dies(front):
    """OR-71: two pools behind nginx or lighttpd: no GET fails while one of them is away, and it is used again later"""
    if front.name not in ("nginx", "lighttpd_pool"):
        pytest.skip("one pool only")
    first = front.processes[0]
    c = front.client("/ords/_")
    assert c.get("/health/live").status == 200
    first.send_signal(signal.SIGKILL)
    first.wait()
    for _ in range(50):
        assert front.client("/ords/_").get("/health/live").status == 200
    front.pool(front.folder / "a.sock")
    assert front.client("/ords/_").get("/health/live").status == 200


@pytest.mark.parametrize("name", FRONTS)
def test_workers_begin_anew_unnoticed(name):
    """R-45, F-02: a worker that has done its share begins anew, and no request meets a closed door"""
    if missing(name):
        pytest.skip(f"{missing(name)} is not installed")
    f = start(name, {"worker.maxRequests": "20"})
    try:
        soda = f.client("/ords/demo/soda/latest")
        c = soda.make()
        key = c.add({"n": 0})
        for i in range(300):
            r = c.put(key, {"n": i}) if i % 4 == 0 else c.get(key)
            assert r.status == 200, (i, r)
        soda.close()
    finally:
        f.stop()
