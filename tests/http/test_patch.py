"""PATCH: JSON Patch and merge patch."""
import json

import pytest

from lib import ANY_MEDIA, EMBEDDED_KEYS, READ_ONLY

MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def doc(coll):
    """doc(text) -> an object of which patch(ops) and text() are asked"""

    class Doc:
        def __init__(self, text):
            self.key = coll.add(text)

        def patch(self, ops, **kw):
            return coll.patch(self.key, ops, **kw)

        def text(self):
            return coll.get(self.key).body.decode()

        def etag(self):
            return coll.get(self.key).etag

    return Doc


def op(name, path, **more):
    return {"op": name, "path": path, **more}


def test_replace(doc):
    """PA-01: what is not named keeps its spelling"""
    d = doc('{"a":1,"b":[1.50, 1e2],"c":"\\u0041"}')
    r = d.patch([op("replace", "/a", value=2)])
    assert (r.status, r.body) == (200, b"")
    assert json.loads(d.text()) == {"a": 2, "b": [1.5, 100], "c": "A"}
    assert "1.50" in d.text() and "1e2" in d.text() and "\\u0041" in d.text()


def test_order(doc):
    """PA-02"""
    d = doc('{"a":1}')
    assert d.patch([op("add", "/b", value=1), op("remove", "/b")]).status == 200
    assert json.loads(d.text()) == {"a": 1}
    assert d.patch([op("add", "/b", value=1), op("replace", "/b", value=[]), op("add", "/b/-", value=9)]).status == 200
    assert json.loads(d.text()) == {"a": 1, "b": [9]}


@pytest.mark.parametrize("path, wanted", [("/arr/-", [1, 2, 9]), ("/arr/0", [9, 1, 2]), ("/arr/1", [1, 9, 2]),
                                          ("/arr/2", [1, 2, 9])])
def test_arrays(doc, path, wanted):
    """PA-03"""
    d = doc('{"arr":[1,2]}')
    assert d.patch([op("add", path, value=9)]).status == 200
    assert json.loads(d.text()) == {"arr": wanted}


def test_escapes(doc):
    """PA-04"""
    d = doc('{"a/b":1,"m~n":2,"~1":3,"":4,"%41":5," ":6,"\\u00e9":7}')
    names = ("/a~1b", "/m~0n", "/~01", "/", "/%41", "/ ", "/é")
    assert d.patch([op("replace", name, value="x") for name in names]).status == 200
    assert set(json.loads(d.text()).values()) == {"x"} and len(json.loads(d.text())) == 7


def test_failed_test(doc):
    """PA-05: nothing of the patch stays"""
    d = doc('{"a":1}')
    tag = d.etag()
    r = d.patch([op("add", "/b", value=1), op("test", "/a", value=2)])
    assert (r.status, r.code) == (409, "OSODA-00010")
    assert r.json["o:errorDetails"][0]["o:errorPath"] == "/1"
    assert (d.text(), d.etag()) == ('{"a":1}', tag)


@pytest.mark.parametrize("ops", [
    [op("remove", "/x")], [op("replace", "/x", value=1)], [op("test", "/x", value=None)], [op("add", "/x/y", value=1)],
    [op("add", "/n/y", value=1)], [op("remove", "/arr/2")], [op("remove", "/arr/-")],
    [op("replace", "/arr/-", value=1)],
    [op("test", "/arr/-", value=1)], [op("add", "/arr/3", value=1)], [op("add", "/arr/01", value=1)],
    [op("add", "/arr/-1", value=1)], [op("add", "/arr/x", value=1)], [op("add", "/arr/9223372036854775808", value=1)],
    [{"op": "move", "from": "/x", "path": "/y"}], [{"op": "copy", "from": "/x", "path": "/y"}],
    [{"op": "move", "from": "", "path": "/a"}]])
def test_not_applicable(doc, ops):
    """PA-06 and the other operations that find nothing"""
    d = doc('{"n":1,"arr":[1,2]}')
    tag = d.etag()
    r = d.patch(ops)
    assert (r.status, r.code) == (409, "OSODA-00010"), r
    assert (d.text(), d.etag()) == ('{"n":1,"arr":[1,2]}', tag)


@pytest.mark.parametrize("text, code", [
    ('{"op":"add","path":"/a","value":1}', None), ('[{"op":"append","path":"/a","value":1}]', None),
    ('[{"op":"ADD","path":"/a","value":1}]', None), ('[{"op":"add","path":"/a"}]', None),
    ('[{"op":"add","value":1}]', None),
    ('[{"path":"/a","value":1}]', None), ('[{"op":"add","path":"a","value":1}]', None),
    ('[{"op":"add","path":1,"value":1}]', None), ('[{"op":1,"path":"/a","value":1}]', None),
    ('[{"op":"move","path":"/a"}]', None), ('[{"op":"copy","from":"a","path":"/a"}]', None),
    ('[{"op":"add","path":"/~2","value":1}]', None), ('[{"op":"add","path":"/~","value":1}]', None),
    ("[1]", "SODA-02103"), ("[[]]", "SODA-02103"), ("[null]", "SODA-02103")])
def test_malformed(doc, text, code):
    """PA-07"""
    d = doc('{"a":0}')
    r = d.patch(text)
    assert r.status == 400, r
    if code is None:
        assert r.inner == 5046
    else:
        assert r.code == code
    assert d.text() == '{"a":0}'


@pytest.mark.parametrize("body", [b"", b"[", b"5", b"null", b"[]x", b'[{"op":"add","op":"add","path":"/a","value":1}]'])
def test_not_json(doc, body):
    """PA-07, R-12: syntax comes before everything, a repeated member is refused"""
    d = doc('{"a":0}')
    assert d.patch(body).status == 400
    assert d.text() == '{"a":0}'


def test_missing(coll, make, soda):
    """PA-08"""
    assert coll.patch("nope", []).status == 404
    r = soda.patch(f"/{soda.fresh_name()}/k", [], headers={"Content-Type": "application/json-patch+json"})
    assert (r.status, r.code) == (404, "REST-02000")
    r = make(READ_ONLY).patch("k", [])
    assert (r.status, r.code) == (405, "SODA-02000")
    # the specification is looked at before the object
    assert coll.patch("nope", "[1]").status == 400


def test_media_types(doc):
    """PA-09; application/json is a patch when it is an array, and a merge when it is an object"""
    d = doc('{"a":0}')
    for kind in ("text/plain", "application/xml", "application/json-patch", "image/png"):
        r = d.patch([], headers={"Content-Type": kind})
        assert (r.status, r.code) == (415, "OSODA-00007"), kind
    assert d.text() == '{"a":0}'
    for kind in ("application/json", "application/json; charset=utf-8", None):
        assert d.patch([op("replace", "/a", value=1)], headers={"Content-Type": kind}).status == 200
        assert d.text() == '{"a":1}'
        assert d.patch({"a": 0}, headers={"Content-Type": kind}).status == 200
        assert d.text() == '{"a":0}'
    assert d.patch([op("test", "/a", value=0)], headers={"Content-Type": "Application/JSON-Patch+JSON"}).status == 200


def test_merge(doc):
    """PA-10"""
    d = doc('{"a":{"b":1,"c":2.0},"d":3,"e":{"f":1}}')
    assert d.patch('{"a":{"b":null,"e":4},"d":[1,null],"e":{"f":null},"x":{"y":{"z":null}},"gone":null}',
                   headers=MERGE).status == 200
    assert json.loads(d.text()) == {"a": {"c": 2, "e": 4}, "d": [1, None], "e": {}, "x": {"y": {}}}
    assert "2.0" in d.text()
    array = doc("[1,2]")
    assert array.patch({"a": 1}, headers=MERGE).status == 200 and array.text() == '{"a":1}'


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "1"])
def test_merge_that_is_no_object(doc, body):
    """PA-11"""
    d = doc('{"a":0}')
    r = d.patch(body, headers=MERGE)
    assert (r.status, r.code) == (400, "SODA-02102")
    assert d.text() == '{"a":0}'


def test_whole_document(doc):
    """PA-12"""
    d = doc('{"a":1}')
    assert d.patch('[{"op":"replace","path":"","value":[ 1.0 ]}]').status == 200 and d.text() == "[ 1.0 ]"
    assert d.patch('[{"op":"add","path":"","value":{"b":2}}]').status == 200 and d.text() == '{"b":2}'
    assert d.patch([op("test", "", value={"b": 2})]).status == 200
    for bad in ([op("replace", "", value=5)], [op("remove", "")], [{"op": "copy", "from": "/b", "path": ""}]):
        assert d.patch(bad).status == 400, bad
    assert d.text() == '{"b":2}'


def test_move_and_copy(doc):
    """PA-13"""
    d = doc('{"a":{"b":[1,2,3]},"c":1.0}')
    ops = [{"op": "move", "from": "/a/b/0", "path": "/a/b/2"}, {"op": "copy", "from": "/c", "path": "/a/c"},
           {"op": "move", "from": "/c", "path": "/d"}, {"op": "copy", "from": "/a", "path": "/a/a"}]
    assert d.patch(ops).status == 200
    inner = {"b": [2, 3, 1], "c": 1}
    assert json.loads(d.text()) == {"a": {**inner, "a": inner}, "d": 1} and d.text().count("1.0") == 3
    before = d.text()
    for path in ("/a/x", "/a/a/x", "/a/b/0"):
        r = d.patch([{"op": "move", "from": "/a", "path": path}])
        assert (r.status, r.code) == (409, "OSODA-00010"), path
    assert d.patch([{"op": "move", "from": "/a", "path": "/a"}]).status == 200
    assert d.text() == before


def test_versions(coll, doc):
    """PA-14: also when nothing changes"""
    d = doc('{"a":1}')
    for ops in ([op("replace", "/a", value=2)], []):
        (before,) = coll.items()
        r = d.patch(ops)
        (after,) = coll.items()
        assert r.status == 200 and r.etag == after["etag"]
        assert r.headers["Last-Modified"] == coll.get(d.key).headers["Last-Modified"]
        assert after["lastModified"] > before["lastModified"] and after["created"] == before["created"]
        assert (after["etag"] != before["etag"]) == bool(ops)       # a digest of the content


def test_empty_patch_is_a_new_version(make):
    c = make({"versionColumn": {"name": "V", "method": "SEQUENTIAL"}})
    key = c.add({"a": 1})
    assert c.patch(key, []).etag == "2" and c.patch(key, {}, headers=MERGE).etag == "3"


def test_wanted_version(doc):
    """PA-15: told before the patch is tried"""
    d = doc('{"a":1}')
    stale = d.etag()
    head = {"Content-Type": "application/json-patch+json"}
    assert d.patch([op("replace", "/a", value=2)], headers={**head, "If-Match": f'"{stale}"'}).status == 200
    for ops in ([op("replace", "/a", value=3)], [op("remove", "/nope")]):
        r = d.patch(ops, headers={**head, "If-Match": f'"{stale}"'})
        assert (r.status, r.code) == (412, "OSODA-00006")
    assert d.text() == '{"a":2}'


def test_embedded_keys(make):
    """PA-16"""
    c = make(EMBEDDED_KEYS)
    key = c.add('{"a":1}')
    before = c.get(key).body
    for ops in ([op("remove", "/_id")], [op("replace", "/_id", value="x")], [op("replace", "", value={"a": 1})],
                [{"op": "move", "from": "/_id", "path": "/id"}]):
        r = c.patch(key, ops)
        assert r.status == 400 and r.code in ("SODA-02104", "SODA-02105", "SODA-02106"), ops
    for merge in ({"_id": None}, {"_id": "x"}):
        assert c.patch(key, merge, headers=MERGE).status == 400
    assert c.get(key).body == before
    assert c.patch(key, [op("replace", "/a", value=2), op("test", "/_id", value=key)]).status == 200


@pytest.mark.parametrize("value", ['{"y":[1.0,"\\u0041"],"x":10e-1}', '{"x":1.000,"y":[1e0,"A"]}'])
def test_equality(doc, value):
    """PA-17"""
    d = doc('{"v":{"x":1,"y":[1,"A"]}}')
    assert d.patch('[{"op":"test","path":"/v","value":%s}]' % value).status == 200
    for other in ("1", '"1"', "null", '{"x":1}', '{"x":1,"y":["A",1]}', '{"x":"1","y":[1,"A"]}'):
        assert d.patch('[{"op":"test","path":"/v","value":%s}]' % other).status == 409


def test_bytes_cannot_be_patched(make):
    c = make(ANY_MEDIA)
    for kind, body in (("image/png", b"x"), ("application/json", b""), ("text/plain", b'{"a":1}')):
        key = c.soda.post(c.path, body, headers={"Content-Type": kind}).json["items"][0]["id"]
        assert c.patch(key, []).status == 409, kind
    key = c.soda.post(c.path, b'{"a":1}').json["items"][0]["id"]
    assert c.patch(key, [op("add", "/b", value=2)]).status == 200 and c.get(key).json == {"a": 1, "b": 2}


def test_long_numbers_stay(doc):
    """R-07 for patches: a number that is moved, copied or left alone keeps its spelling"""
    long = "123456789012345678901234567890.12300"
    d = doc('{"a":%s,"b":[-0,1.10,1E+2],"c":0.1e-7}' % long)
    assert d.patch([{"op": "move", "from": "/a", "path": "/z"}, {"op": "copy", "from": "/b", "path": "/y"}]).status == 200
    assert d.patch('{"n":100000000000000000001.50}', headers=MERGE).status == 200
    for spelling, n in ((long, 1), ("-0,1.10,1E+2", 2), ("0.1e-7", 1), ("100000000000000000001.50", 1)):
        assert d.text().count(spelling) == n
