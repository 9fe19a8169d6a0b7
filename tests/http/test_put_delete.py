"""PUT and DELETE object."""
import threading

import pytest

from lib import ANY_MEDIA, CLIENT_KEYS, EMBEDDED_KEYS, READ_ONLY, UUID_RAW, quote


def item(c, key):
    (found,) = [i for i in c.items(limit=1000) if i["id"] == key]
    return found


def test_replace(coll):
    """PU-01, PU-05: new content, new version, later time; key and creation stay"""
    key = coll.add('{"a":1}')
    before = item(coll, key)
    r = coll.put(key, '{ "a":2}')
    assert (r.status, r.body) == (200, b"")
    assert coll.get(key).body == b'{ "a":2}'
    after = item(coll, key)
    assert r.etag == after["etag"] != before["etag"]
    assert r.headers["Last-Modified"] == coll.get(key).headers["Last-Modified"]
    assert r.headers["Location"].endswith(f"{coll.path}/{key}")
    assert (after["id"], after["created"]) == (key, before["created"])
    assert after["lastModified"] > before["lastModified"] == before["created"]
    assert len(coll.items()) == 1


def test_unknown_key_of_the_server(coll):
    """PU-02"""
    for key in ("nope", "A" * 32):
        r = coll.put(key, {"a": 1})
        assert (r.status, r.code) == (404, "OSODA-00002")
    assert coll.items() == []


def test_client_keys(named):
    """PU-03, PU-04"""
    r = named.put("k", '{"a":1}')
    assert (r.status, r.body) == (201, b"") and r.headers["Location"].endswith("/k")
    first = item(named, "k")
    assert r.etag == first["etag"] and first["created"] == first["lastModified"]
    r = named.put("k", '{"a":2}')
    assert r.status == 200 and named.get("k").json == {"a": 2}
    assert item(named, "k")["created"] == first["created"]
    assert len(named.items()) == 1


def test_refused(make, soda):
    """PU-06, DO-03"""
    c = make(READ_ONLY)
    for method in ("PUT", "DELETE"):
        body = b'{"a":1}' if method == "PUT" else None
        r = soda.request(method, c.path + "/k", body)
        assert (r.status, r.code) == (405, "SODA-02000") and "GET" in r.headers["Allow"]
        r = soda.request(method, f"/{soda.fresh_name()}/k", body)
        assert (r.status, r.code) == (404, "REST-02000")


def test_bad_content(coll, named):
    """PU-07"""
    key = coll.add('{"a":1}')
    before = item(coll, key)
    for body in (b"", b"{", b"5", b"null", b'{"a":1,"a":2}', b'{"a":"\xff"}'):
        r = coll.put(key, body)
        assert (r.status, r.code) == (400, "OSODA-00012"), body
        assert named.put("k", body).status == 400
    assert coll.put(key, "{}", headers={"Content-Type": "text/plain"}).status == 415
    assert coll.get(key).body == b'{"a":1}' and item(coll, key) == before
    assert named.items() == []


def test_wanted_version(coll):
    """PU-08"""
    key = coll.add({"a": 1})
    stale = item(coll, key)["etag"]
    assert coll.put(key, {"a": 2}, headers={"If-Match": f'"{stale}"'}).status == 200
    for tag in (f'"{stale}"', "x", '"x", "y"'):
        r = coll.put(key, {"a": 3}, headers={"If-Match": tag})
        assert (r.status, r.code) == (412, "OSODA-00006"), tag
    assert coll.get(key).json == {"a": 2}
    fresh = item(coll, key)["etag"]
    assert coll.put(key, {"a": 4}, headers={"If-Match": f'"x", W/"{fresh}"'}).status == 200
    assert coll.put(key, {"a": 5}, headers={"If-Match": "*"}).status == 200
    assert coll.put("nope", {}, headers={"If-Match": "*"}).status == 404


def test_only_if_new(coll, named):
    """PU-09"""
    key = coll.add({"a": 1})
    assert coll.put(key, {"a": 2}, headers={"If-None-Match": "*"}).status == 412
    assert coll.get(key).json == {"a": 1}
    assert named.put("k", {"a": 1}, headers={"If-None-Match": "*"}).status == 201
    assert named.put("k", {"a": 2}, headers={"If-None-Match": "*"}).status == 412
    assert named.get("k").json == {"a": 1}
    # where PUT would insert, an absent object matches no tag
    for tag in ("*", "x"):
        assert named.put("new", {}, headers={"If-Match": tag}).status == 412
    assert named.get("new").status == 404


def test_unmodified_since(coll):
    key = coll.add({"a": 1})
    old, new = "Thu, 01 Jan 1970 00:00:00 GMT", coll.get(key).headers["Last-Modified"]
    assert coll.put(key, {"a": 2}, headers={"If-Unmodified-Since": old}).status == 412
    assert coll.delete(key, headers={"If-Unmodified-Since": old}).status == 412
    assert coll.put(key, {"a": 2}, headers={"If-Unmodified-Since": old, "If-Match": "*"}).status == 200
    assert coll.put(key, {"a": 3}, headers={"If-Unmodified-Since": "Fri, 01 Jan 2999 00:00:00 GMT"}).status == 200
    assert new is not None


def test_keys_that_cannot_be(make):
    """PU-10: longer than the column, or of another type; 255 bytes are counted as bytes"""
    short = make({"keyColumn": {"assignmentMethod": "CLIENT", "maxLength": 5}})
    for key, status in (("12345", 201), ("123456", 400), ("äö", 201), ("äöü", 400)):
        r = short.put(key, {})
        assert r.status == status and (status == 201 or r.code == "SODA-02037"), key
    full = make(CLIENT_KEYS)
    for key, status in (("k" * 255, 201), ("k" * 256, 400), ("\U0001f600" * 63 + "abc", 201), ("\U0001f600" * 64, 400)):
        assert full.put(key, {"a": 1}).status == status
        assert full.get(key).status == (200 if status == 201 else 404)
    r = make(UUID_RAW).put("zzz", {})
    assert (r.status, r.code) == (400, "SODA-02037")
    number = make({"keyColumn": {"sqlType": "NUMBER", "assignmentMethod": "CLIENT"}})
    assert number.put("x", {}).status == 400
    assert number.put("0012", {"a": 1}).status == 201 and number.get("12").json == {"a": 1}


def test_number_keys(make):
    """integers of any size, in one spelling; nothing else"""
    c = make({"keyColumn": {"sqlType": "NUMBER", "assignmentMethod": "CLIENT"}})
    order = ["-5", "0", "7", "9223372036854775807", "9223372036854775808", "99999999999999999999"]
    for key in order[::-1]:
        assert c.put(key, {"k": key}).status == 201
    for same, key in (("-0", "0"), ("00", "0"), ("0007", "7"), ("-05", "-5")):
        r = c.put(same, {"k": key})
        assert r.status == 200 and r.headers["Location"].endswith("/" + key)
    for bad in ("1.5", "1e2", "+3", "0x1", " 1", "-", "--1", "\u0661"):
        assert c.put(bad, {}).code == "SODA-02037" and c.get(bad).status == 404, bad
    assert [i["id"] for i in c.items()] == order == [i["value"]["k"] for i in c.items()]
    assert c.find({"$id": [-5, 9223372036854775808, 7]}) == [{"k": k} for k in ("-5", "7", "9223372036854775808")]
    assert [i["id"] for i in c.items(fromID="-1")] == order[1:] and [i["id"] for i in c.items(toID="8")] == order[2::-1]


def test_without_versions(make):
    """a tag never matches where there are no versions; * still asks whether there is an object"""
    c = make({"keyColumn": {"assignmentMethod": "CLIENT"}})
    assert c.put("k", {}).status == 201
    old = "Thu, 01 Jan 1970 00:00:00 GMT"
    for name, value, status in (("If-Match", "x", 412), ("If-Match", "*", 200), ("If-None-Match", "x", 200),
                                ("If-None-Match", "*", 412), ("If-Unmodified-Since", old, 200)):
        r = c.put("k", {}, headers={name: value})
        assert r.status == status and "ETag" not in r.headers and "Last-Modified" not in r.headers, (name, value)


def test_content_longer_than_its_column(make):
    c = make({"contentColumn": {"sqlType": "VARCHAR2", "maxLength": 20}, **CLIENT_KEYS})
    assert c.put("k", '{"a":"%s"}' % ("x" * 12)).status == 201
    assert c.put("k", '{"a":"%s"}' % ("é" * 6)).status == 200
    for r in (c.put("k", '{"a":"%s"}' % ("x" * 13)), c.put("k", '{"a":"%s"}' % ("é" * 6 + "x")),
              c.patch("k", [{"op": "add", "path": "/b", "value": 1}]), c.action("update", {"$merge": {"b": 1}})):
        assert r.status == 400 and "20" in r.json["title"]
    assert c.get("k").json == {"a": "é" * 6}


def test_embedded_keys(make):
    """PU-11"""
    c = make(EMBEDDED_KEYS)
    key = c.add('{"a":1}')
    r = c.put(key, '{"_id":"other","a":2}')
    assert r.status == 400 and c.get(key).json["a"] == 1
    assert c.put(key, '{"a":3}').status == 200
    assert c.get(key).json == {"_id": key, "a": 3}
    assert c.put(key, '{"a":4,"_id":"%s"}' % key).status == 200
    assert c.get(key).json == {"a": 4, "_id": key}


def test_two_at_once(site, make):
    """PU-12: of two PUTs that name the same version one is done, the other hears 412"""
    c = make()
    key = c.add({"n": 0})
    clients = [site.soda().collection(c.name) for _ in range(2)]
    for n in range(30):
        tag = c.get(key).etag
        barrier, status = threading.Barrier(2), [None, None]

        def put(i):
            barrier.wait()
            status[i] = clients[i].put(key, {"n": n, "by": i}, headers={"If-Match": tag}).status

        threads = [threading.Thread(target=put, args=(i,)) for i in range(2)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert sorted(status) == [200, 412]
        assert c.get(key).json == {"n": n, "by": status.index(200)}
    [x.soda.close() for x in clients]


def test_same_new_key_at_once(site, named):
    """two PUTs of one new key: one inserts, the other replaces or hears that it is there"""
    clients = [site.soda().collection(named.name) for _ in range(2)]
    for condition, wanted in (({}, [200, 201]), ({"If-None-Match": "*"}, [201, 412])):
        for n in range(20):
            key = f"{len(condition)}-{n}"
            barrier, status = threading.Barrier(2), [None, None]

            def put(i):
                barrier.wait()
                status[i] = clients[i].put(key, {"by": i}, headers=condition).status

            threads = [threading.Thread(target=put, args=(i,)) for i in range(2)]
            [t.start() for t in threads]
            [t.join() for t in threads]
            assert sorted(status) == wanted
    [x.soda.close() for x in clients]


def test_same_content_again(make):
    """a digest of the content stays, every other version changes"""
    for method, stays in (("SHA256", True), ("MD5", True), ("UUID", False), ("TIMESTAMP", False),
                          ("SEQUENTIAL", False)):
        c = make({"versionColumn": {"name": "V", "method": method}, "lastModifiedColumn": {"name": "M"}})
        key = c.add({"a": 1})
        before = item(c, key)
        r = c.put(key, {"a": 1})
        assert r.status == 200 and (r.etag == before["etag"]) == stays, method
        assert item(c, key)["lastModified"] > before["lastModified"]


def test_other_media(make):
    """the type changes with the content"""
    c = make({**ANY_MEDIA, **CLIENT_KEYS})
    assert c.put("k", b"\0\1", headers={"Content-Type": "image/gif"}).status == 201
    assert c.put("k", b'{"a":1}').status == 200
    assert c.get("k").headers["Content-Type"] == "application/json" and item(c, "k")["value"] == {"a": 1}
    assert c.put("k", b"", headers={"Content-Type": "text/plain"}).status == 200
    assert c.get("k").status == 204


def test_delete(coll):
    """DO-01, DO-02"""
    key, other = coll.add_all([{"a": 1}, {"a": 2}])
    r = coll.delete(key)
    assert (r.status, r.body) == (200, b"")
    assert coll.get(key).status == 404
    r = coll.delete(key)
    assert (r.status, r.code) == (404, "OSODA-00002")
    assert [i["id"] for i in coll.items()] == [other]


def test_delete_wanted_version(coll):
    """DO-04"""
    key = coll.add({"a": 1})
    stale = coll.get(key).etag
    tag = coll.put(key, {"a": 2}).etag
    for bad in (f'"{stale}"', "x"):
        r = coll.delete(key, headers={"If-Match": bad})
        assert (r.status, r.code) == (412, "OSODA-00006")
    assert coll.delete(key, headers={"If-None-Match": f'"{tag}"'}).status == 412
    assert coll.get(key).json == {"a": 2}
    assert coll.delete(key, headers={"If-Match": f'"{tag}"'}).status == 200
    assert coll.delete(key, headers={"If-Match": "*"}).status == 404


@pytest.mark.parametrize("pair", [("a", "A"), ("a", "a "), (" a", "a"), ("a", "\u00e1"), ("\u00e1", "a\u0301"),
                                  ("\u00df", "ss"),
                                  ("\u0130", "i"), ("\uff41", "a"), ("1", "01"), ("1", "1.0"), ("a\t", "a"),
                                  ("\u200b", "\u200c"),
                                  ("%", "_"), ("a\nb", "a\r\nb"), ("\x01", "\x7f"), ("\U0001f600", "\U0001f601"),
                                  ("a/b", "a%2Fb")])
def test_keys_are_bytes(named, pair):
    """R-11: what looks, folds or collates alike is two objects"""
    a, b = pair
    assert named.put(a, {"key": a}).status == 201
    assert named.get(b).status == 404 and named.delete(b).status == 404
    assert named.put(b, {"key": b}).status == 201
    for key in pair:
        assert named.get(key).json == {"key": key}
        assert named.find({"$id": key}) == [{"key": key}]
    assert sorted(i["id"] for i in named.items()) == sorted(pair)
    assert named.delete(a).status == 200
    assert named.get(b).json == {"key": b} and named.get(a).status == 404


@pytest.mark.parametrize("pair", [("a", "A"), ("a", "a "), ("\u00e1", "a\u0301"), ("\u00df", "ss")])
def test_collection_names_are_bytes(make, soda, pair):
    """R-11 for names of collections"""
    tail = soda.fresh_name()
    a, b = (tail + x for x in pair)
    first = make(name=a)
    first.add({"in": "a"})
    assert soda.get("/" + quote(b)).status == 404
    second = make(name=b)
    assert second.items() == [] and len(first.items()) == 1


def test_key_that_comes_again(site, soda):
    """R-03: an object that was removed and made again is another one: who has read the old one cannot write over the new one"""
    c = soda.make(CLIENT_KEYS)
    seen = set()
    for i in range(4):
        assert c.put("k", {"i": i}).status == 201
        assert c.put("k", {"i": -i}).status == 200
        newest = site.rows("SELECT max(id) FROM soda_collections")[0][0][0]
        rev = int(site.rows(f"SELECT rev FROM soda_c_{newest}")[0][0][0])
        seen |= {rev - 1, rev}
        assert c.delete("k").status == 200
    assert len(seen) == 8
