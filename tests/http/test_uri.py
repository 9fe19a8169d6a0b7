"""The shapes of URIs, versions, actions, reserved names, percent-encoding."""
import contextlib
import json
import urllib.parse

import pytest

from fcgi_peer import Worker
from lib import CLIENT_KEYS, quote

MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture(scope="module")
def worker(site):
    """a worker that is asked without a web server, which would refuse some of this by itself"""
    w = Worker(site)
    yield w
    assert w.stop() == 0


# ---- shapes ----

def test_one_trailing_slash_is_nothing(coll):
    """UR-01: for every method and at every URI"""
    soda = coll.soda
    coll.add({"a": 1})
    for path in ("", "/metadata-catalog", "/custom-actions", f"/metadata-catalog/{coll.name}", coll.path):
        one, two = soda.get(path), soda.get(path + "/")
        assert one.status == two.status == 200 and one.body == two.body, path
    for base in ("/ords/demo/soda", "/ords/demo/soda/"):
        r = soda.get("", base=base)
        assert r.json == {"items": [{"version": "latest"}, {"version": "v1"}], "hasMore": False}
    r = soda.post(coll.path + "/", {"a": 2})
    assert r.status == 201
    key = r.json["items"][0]["id"]
    assert soda.get(f"{coll.path}/{key}/").json == {"a": 2}
    assert soda.put(f"{coll.path}/{key}/", {"a": 3}).status == 200
    assert soda.patch(f"{coll.path}/{key}/", {"b": 1}, headers=MERGE).status == 200
    assert soda.get(f"{coll.path}/{key}").json == {"a": 3, "b": 1}
    assert soda.post(f"/custom-actions/query/{coll.name}/", {}).json["items"]
    assert soda.delete(f"{coll.path}/{key}/").status == 200
    assert soda.get(f"{coll.path}/{key}").status == 404
    assert soda.put(coll.path + "/").status == 200
    assert soda.delete(coll.path + "/").status == 200
    assert soda.put(coll.path + "/").status == 201


def test_versions(coll):
    """UR-02: three words for one version; links echo the word"""
    key = coll.add({"a": 1})
    for version in ("latest", "v1", "v1.0"):
        base = f"/ords/demo/soda/{version}"
        r = coll.soda.get(coll.path, base=base)
        assert r.status == 200 and [i["value"] for i in r.json["items"]] == [{"a": 1}]
        assert r.json["items"][0]["links"][0]["href"].endswith(f"{base}{coll.path}/{key}")
        entry = coll.soda.get("/", base=base, params={"fromID": coll.name, "limit": 1}).json["items"][0]
        assert entry["links"][0]["href"].endswith(f"{base}{coll.path}")
        posted = coll.soda.post(coll.path, {}, base=base)
        assert f"{base}{coll.path}/" in posted.headers["Location"]
        coll.delete(posted.json["items"][0]["id"])


@pytest.mark.parametrize("version", ["v9", "v2", "LATEST", "V1", "v1.1", "1", "latest%20", "%00x"])
def test_unknown_version(soda, version):
    """UR-03"""
    r = soda.get("/", base=f"/ords/demo/soda/{version}")
    assert r.status == (400 if "%00" in version else 404) and r.json["status"] == r.status


def test_schema_in_either_case(coll):
    """UR-04; links keep what the client wrote"""
    for alias in ("DEMO", "Demo", "dEmO"):
        r = coll.soda.get("/", base=f"/ords/{alias}/soda/latest", params={"fromID": coll.name, "limit": 1})
        assert r.status == 200
        assert f"/ords/{alias}/soda/latest/" in r.json["items"][0]["links"][0]["href"]


def test_names_are_case_sensitive(make, soda):
    """UR-05"""
    make(name="MyColl")
    assert soda.get("/mycoll").status == 404
    assert soda.get("/MyColl").status == 200
    assert soda.post("/MyColl", {}, params={"Action": "truncate"}).status == 201     # another name, so ignored
    assert soda.post("/MyColl", {}, params={"action": "Query"}).status == 400


@pytest.mark.parametrize("path,status", [
    ("//{c}", 404), ("/{c}//", 404), ("//", 404), ("/{c}/k/x", 404), ("/metadata-catalog/{c}/x", 404),
    ("/metadata-catalog//{c}", 404), ("/custom-actions/query", 404), ("/custom-actions/query/{c}/key", 404),
    ("/custom-actions/query/{c}/key/x", 404), ("/custom-actions//{c}", 404)])
def test_paths_that_are_none(coll, worker, path, status):
    """UR-10 and every path longer than the shapes, behind a web server and without one"""
    path = path.format(c=coll.name)
    for method in ("GET", "POST"):
        assert coll.soda.request(method, path, {} if method == "POST" else None).status == status, method
        a = worker.ask(method, "/ords/demo/soda/latest" + path, b"{}" if method == "POST" else None)
        assert a.status == status, (method, a)
    assert coll.items() == []


# ---- encoding ----

def test_encoded_slash_is_data(make, soda):
    """UR-06: %2F belongs to the name"""
    name = soda.fresh_name() + "a/b"
    assert soda.get("/" + quote(name)).status == 404
    c = make(CLIENT_KEYS, name=name)
    assert soda.get("/", params={"fromID": name, "limit": 1}).json["items"][0]["name"] == name
    assert c.put("k", {"a": 1}).status == 201
    assert c.get().status == 200 and c.get("k").json == {"a": 1}
    assert soda.get("/" + quote(name).lower() + "/k").status == 200         # %2f and %2F are one
    for entry in soda.get("/metadata-catalog", params={"fromID": name, "limit": 1}).json["items"]:
        for link in entry["links"]:
            assert "a%2Fb" in link["href"]
            assert soda.get(urllib.parse.urlsplit(link["href"]).path, base="").status == 200
    assert soda.get("/" + name).status == 404


def test_plus_in_paths_is_plus(make, soda):
    """UR-07"""
    name = soda.fresh_name() + "x+y"
    make(name=name)
    assert soda.get("/" + name).status == 200 and soda.get("/" + name.replace("+", "%2B")).status == 200
    assert soda.get("/" + name.replace("+", "%20")).status == 404
    assert soda.get("/", params={"fromID": name, "limit": 1}).json["items"][0]["name"] == name


def test_plus_in_queries_is_space(coll):
    """UR-08"""
    coll.add({"a": "x y"})
    coll.add({"a": "x+y"})
    for text, found in (("x+y", "x y"), ("x%20y", "x y"), ("x%2By", "x+y")):
        r = coll.soda.get(coll.path + "?q=%7B%22a%22:%22" + text + "%22%7D")
        assert [i["value"]["a"] for i in r.json["items"]] == [found]


BAD_ESCAPES = ["%zz", "%", "%4", "a%4", "%g1", "%1g", "%ff", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%e2%82", "a%00b"]


@pytest.mark.parametrize("text", BAD_ESCAPES)
def test_bad_escapes(soda, worker, coll, text):
    """UR-09, OR-05: escapes that are none, no UTF-8, NUL: 400 and nothing done, in paths and in queries"""
    for method, body in (("GET", None), ("PUT", None), ("DELETE", None), ("POST", {})):
        r = soda.request(method, f"/{text}", body)
        assert r.status == 400, (method, r)
    if text not in ("%zz", "%", "%4", "a%4", "%g1", "%1g", "a%00b"):        # those lighttpd refuses by itself
        assert r.json["status"] == 400 and r.code == "OSODA-00004"
    for path in (f"/ords/demo/soda/latest/{text}", f"/ords/demo/soda/latest/{coll.name}/{text}",
                 f"/ords/{text}/soda/latest", f"/ords/demo/soda/latest/{coll.name}?q={text}",
                 f"/ords/demo/soda/latest/{coll.name}?{text}=1"):
        a = worker.ask("GET", path)
        assert a.status == 400 and json.loads(a.body)["o:errorCode"] == "OSODA-00004", (path, a)


@pytest.mark.parametrize("segment", [".", "..", "%2e", "%2E%2e", ".%2e"])
def test_dot_segments(worker, segment):
    """OR-05: '.' and '..' are refused however they are written"""
    for path in (f"/ords/{segment}/soda/latest", f"/ords/demo/soda/latest/{segment}", f"/ords/demo/soda/latest/c/{segment}"):
        a = worker.ask("GET", path)
        assert a.status == 400 and json.loads(a.body)["o:errorCode"] == "OSODA-00004", (path, a)


def test_dot_segments_behind_lighttpd(soda, coll):
    """what lighttpd removes by itself never reaches another schema's objects"""
    coll.add({"a": 1})
    for path in (f"/x/%2e%2e/{coll.name}", f"/x/../{coll.name}", f"/./{coll.name}"):
        r = soda.get(path)
        assert r.status in (400, 404) or [i["value"] for i in r.json["items"]] == [{"a": 1}], (path, r)
    assert soda.get("/../../../nobody/soda/latest/" + coll.name).status in (400, 404)


def test_no_redirects(soda, coll):
    """UR-11"""
    for base in ("/ords", "/ords/", "/ords/demo", "/ords/demo/", "/ords/demo/soda", "/ords/demo/soda/latest", "/ords/x",
                 "/ords/demo/soda/latest/" + coll.name, "/ords/demo/soda/latest/metadata-catalog",
                 "/ords/demo/soda/latest/custom-actions", "/ords/demo/soda/latest/custom-actions/query/" + coll.name):
        for slash in ("", "/"):
            for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS"):
                r = soda.request(method, base + slash, base="")
                assert not 300 <= r.status < 400, (method, base, r)


KEY_TEXTS = ["a/b", "a b", "100%", "%2F", "é", "日本語", "😀", "a+b", "a?b#c", ";x=1", "&", "=", "'", '"', "\\", "|", "a:b@c", "~",
             "..x", "a\tb", "\x01", "​", "x" * 255]


@pytest.mark.parametrize("key", KEY_TEXTS, ids=ascii)
def test_keys_round_trip(named, key):
    """UR-24: and the self link of a listing leads to the object"""
    r = named.put(key, {"k": key})
    assert r.status == 201
    assert named.get(key).json == {"k": key}
    (item,) = named.items()
    assert item["id"] == key
    (link,) = item["links"]
    assert link["rel"] == "self"
    for href in (link["href"], r.headers["Location"]):
        assert named.soda.get(urllib.parse.urlsplit(href).path, base="").json == {"k": key}, href
    assert named.delete(key).status == 200


# ---- names ----

@pytest.mark.parametrize("method,status", [("PUT", 400), ("DELETE", 405), ("POST", 405), ("PATCH", 405)])
@pytest.mark.parametrize("name", ["metadata-catalog", "custom-actions", "metadata%2Dcatalog"])
def test_reserved_names(soda, method, status, name):
    """UR-18"""
    r = soda.request(method, "/" + name, {} if method in ("POST", "PATCH") else None)
    assert r.status == status and r.code == ("OSODA-00001" if status == 400 else "OSODA-00005")
    if status == 405:
        assert r.headers["Allow"] == "GET, HEAD"
    assert soda.get("/" + name).status == 200


def test_reserved_names_are_exact(make, soda):
    """UR-19"""
    for name in ("Metadata-Catalog", "CUSTOM-ACTIONS"):
        make(name=name)
        assert soda.get("/" + name).json["items"] == []


def test_length_of_names(make, soda):
    """UR-23: bytes count, not characters"""
    for name in ("x" * 256, "é" * 127 + "xx", "😀" * 64):
        r = soda.put("/" + quote(name))
        assert r.status == 400 and r.code == "OSODA-00001"
        assert soda.get("/" + quote(name)).status == 404
    for name in ("y" * 255, "é" * 127 + "y"):
        make(name=name)


# ---- parameters and methods ----

def test_unknown_parameters(coll):
    """UR-20: ignored, and so is a known one where it has no use"""
    key = coll.add({"a": 1})
    assert len(coll.items(foo="1", sqlStatement="true")) == 1
    assert coll.get(key, params={"limit": 0, "fields": "nothing", "x": "y"}).json == {"a": 1}
    r = coll.soda.get(coll.path + "?&&=&foo&foo=2&limit=5&limit=5")
    assert r.status == 200 and r.json["limit"] == 5
    assert coll.soda.get(coll.path + "?limit=5&limit=6").status == 400


def test_objects_cannot_be_posted(coll):
    """UR-21"""
    for body in (None, {}):
        r = coll.soda.post(coll.path + "/key", body)
        assert r.status == 405
        assert set(r.headers["Allow"].split(", ")) == {"GET", "HEAD", "PUT", "PATCH", "DELETE"}


@pytest.mark.parametrize("method,path,allow", [
    ("PATCH", "/{c}", "GET, HEAD, POST, PUT, DELETE"), ("PUT", "/", "GET, HEAD"), ("DELETE", "/", "GET, HEAD"),
    ("POST", "", "GET, HEAD"), ("DELETE", "/metadata-catalog", "GET, HEAD"), ("PUT", "/metadata-catalog/{c}", "GET, HEAD"),
    ("DELETE", "/metadata-catalog/{c}", "GET, HEAD"), ("GET", "/custom-actions/insert/{c}", "POST"),
    ("BREW", "/{c}", "GET, HEAD, POST, PUT, DELETE"), ("TRACK", "/{c}/key", "GET, HEAD, PUT, PATCH, DELETE")])
def test_methods_that_a_path_does_not_have(coll, worker, method, path, allow):
    """UR-22; methods nobody knows come past no web server, so they are sent to a worker"""
    path = path.format(c=coll.name)
    a = worker.ask(method, "/ords/demo/soda/latest" + path)
    assert a.status == 405 and a.headers["allow"] == allow, a
    if method not in ("BREW", "TRACK"):
        r = coll.soda.request(method, path)
        assert r.status == 405 and r.headers["Allow"] == allow
    r = coll.soda.request("OPTIONS", path)
    assert r.status == 204 and r.headers["Allow"] == allow and r.body == b""
    assert coll.items() == []


def test_methods_of_versions(soda):
    for method in ("PUT", "POST", "PATCH", "DELETE"):
        r = soda.request(method, "/ords/demo/soda", base="")
        assert r.status == 405 and r.headers["Allow"] == "GET, HEAD"


def test_overriding_methods_is_no_use(coll):
    key = coll.add({"a": 1})
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert coll.get(key, headers={name: "DELETE"}).status == 200
    assert coll.get(key).status == 200


# ---- actions ----

def action(coll, form, name, body):
    if form == "path":
        return coll.soda.post(f"/custom-actions/{name}/{coll.name}", body)
    return coll.soda.post(coll.path, body, params={"action": name})


def test_both_forms_of_query(coll):
    """UR-12: the same bytes"""
    coll.add_all([{"n": n} for n in range(10)])
    for qbe in ({}, {"n": {"$gt": 4}}, {"$query": {"n": {"$lt": 8}}, "$orderby": {"n": -1}}):
        a, b = (action(coll, form, "query", qbe) for form in ("path", "query"))
        assert a.status == b.status == 200 and a.body == b.body
    r = coll.soda.post(f"/custom-actions/query/{coll.name}?limit=3&totalResults=true", {})
    assert (r.json["count"], r.json["totalResults"]) == (3, 10)
    a, b = (action(coll, form, "query", {"$no": 1}) for form in ("path", "query"))
    assert a.status == b.status == 400 and a.json["title"] == b.json["title"]


@pytest.mark.parametrize("form", ["path", "query"])
def test_every_action_in_both_forms(coll, form):
    """UR-13"""
    r = action(coll, form, "insert", [{"n": 1}, {"n": 2}, {"n": 3}])
    assert r.status == 200 and r.json["itemsInserted"] == 3
    index = {"name": coll.name + "ix", "fields": [{"path": "n", "datatype": "number"}], "unique": True}
    assert action(coll, form, "index", index).status == 200
    assert coll.soda.post(coll.path, {"n": 1}).status == 409            # the index is there
    assert action(coll, form, "unindex", {"name": index["name"]}).status == 200
    assert coll.soda.post(coll.path, {"n": 1}).status == 201            # and gone
    r = action(coll, form, "update", {"$query": {"n": 2}, "$patch": [{"op": "replace", "path": "/n", "value": 20}]})
    assert r.status == 200, r
    assert sorted(i["value"]["n"] for i in coll.items()) == [1, 1, 3, 20]
    assert action(coll, form, "delete", {"n": 1}).json["itemsDeleted"] == 2
    assert sorted(i["value"]["n"] for i in coll.items()) == [3, 20]
    assert action(coll, form, "truncate", None).status == 200
    assert coll.items() == []


@pytest.mark.parametrize("name", ["query", "index", "unindex", "insert", "update", "delete", "truncate"])
def test_actions_are_posted(coll, name):
    """UR-14"""
    coll.add({"a": 1})
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        r = coll.soda.request(method, f"/custom-actions/{name}/{coll.name}")
        assert r.status == 405 and r.headers["Allow"] == "POST"
    assert len(coll.items()) == 1


@pytest.mark.parametrize("name", ["query", "truncate", "delete", "nosuch", ""])
def test_action_of_another_method(coll, name):
    """UR-15: never silently something else"""
    key = coll.add({"a": 1})
    for method in ("DELETE", "GET", "PUT"):
        r = coll.soda.request(method, f"{coll.path}?action={name}")
        assert r.status == 400 and r.code == "OSODA-00003", method
    for method in ("DELETE", "GET", "PUT", "PATCH"):
        r = coll.soda.request(method, f"{coll.path}/{key}?action={name}", {} if method in ("PUT", "PATCH") else None)
        assert r.status == 400 and r.code == "OSODA-00003", method
    assert [i["value"] for i in coll.items()] == [{"a": 1}]


@pytest.mark.parametrize("name", ["nosuch", "QUERY", "quer", "query ", "insert%00"])
def test_unknown_actions(coll, name):
    """UR-16"""
    text = name if "%" in name else quote(name)
    r = coll.soda.post(f"{coll.path}?action={text}", {})
    assert r.status == 400
    r = coll.soda.post(f"/custom-actions/{text}/{coll.name}", {})
    assert r.status == (400 if "%00" in name else 404)
    assert coll.items() == []


def test_empty_and_differing_actions(coll):
    """UR-17"""
    for query in ("?action=", "?action", "?action=insert&action=query", "?action=&action=insert"):
        r = coll.soda.post(coll.path + query, [{}])
        assert r.status == 400 and r.code == "OSODA-00003", query
    assert coll.items() == []
    assert coll.soda.post(coll.path + "?action=insert&action=insert", [{}]).status == 200
    r = coll.soda.post(f"/custom-actions/query/{coll.name}?action=insert", [{}])
    assert r.status == 400
    assert coll.soda.post(f"/custom-actions/query/{coll.name}?action=query", {}).json["count"] == 1


def test_budgets_of_the_uri(soda, worker, coll):
    """R-44, the row of URIs: at the limit it works, beyond it 400 names the limit"""
    base = f"/ords/demo/soda/latest/{coll.name}"
    for n, status in ((64, 200), (65, 400)):
        a = worker.ask("GET", base + "?" + "&".join(f"x{i}=1" for i in range(n)))
        assert a.status == status and (status == 200 or b"64" in a.body), (n, a)
    for n, status in ((64, 404), (65, 400)):
        a = worker.ask("GET", "/ords" + "/x" * n)
        assert a.status == status and (status == 404 or b"64" in a.body), (n, a)
    for n, status in ((8192, 200), (8193, 400)):
        path = base + "?x="
        a = worker.ask("GET", path + "y" * (n - len(path)))
        assert a.status == status and (status == 200 or b"8192" in a.body), (n, a)
    assert worker.is_well()
    with contextlib.closing(soda):
        assert soda.get(coll.path + "?x=" + "y" * 60000).status >= 400
