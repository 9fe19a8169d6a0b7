"""POST object: a new object, its key assigned by the server."""
import datetime

import pytest

from lib import ANY_MEDIA, CLIENT_KEYS, EMBEDDED_KEYS, READ_ONLY


def test_answer(coll):
    """PO-01, PO-02, PO-03: one item without value, times that agree, a Location that works"""
    r = coll.soda.post(coll.path, '{"a":1}')
    assert r.status == 201 and r.headers["Content-Type"] == "application/json"
    assert list(r.json) == ["items", "hasMore"] and r.json["hasMore"] is False
    (item,) = r.json["items"]
    assert list(item) == ["id", "etag", "lastModified", "created"]
    assert item["lastModified"] == item["created"]
    at = datetime.datetime.strptime(item["created"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    assert abs(datetime.datetime.now(datetime.timezone.utc) - at) < datetime.timedelta(minutes=1)
    assert len(item["created"]) == len("2021-04-25T23:40:51.197350Z")
    assert r.etag == item["etag"]
    where = r.headers["Location"]
    assert where.endswith(f"{coll.path}/{item['id']}") and where.startswith(f"http://127.0.0.1:{coll.soda.port}/")
    back = coll.soda.get(where.partition(str(coll.soda.port))[2], base="")
    assert (back.status, back.body) == (200, b'{"a":1}')


def test_twice_is_two_objects(coll):
    """PO-04"""
    keys = {coll.add('{"same":true}') for _ in range(2)}
    assert len(keys) == 2 and {i["id"] for i in coll.items()} == keys


def test_client_keys(named):
    """PO-05: there is nobody to assign a key"""
    r = named.soda.post(named.path, {"a": 1})
    assert (r.status, r.code) == (501, "OSODA-00009")
    assert named.items() == []


def test_read_only(make):
    """PO-06"""
    c = make(READ_ONLY)
    r = c.soda.post(c.path, {"a": 1})
    assert (r.status, r.code) == (405, "SODA-02000")
    assert "POST" not in r.headers["Allow"] or "GET" in r.headers["Allow"]
    assert c.items() == []


def test_missing_collection(soda):
    """PO-07: nothing is created by the way"""
    name = soda.fresh_name()
    r = soda.post(f"/{name}", {"a": 1})
    assert (r.status, r.code) == (404, "REST-02000")
    assert soda.get(f"/{name}").status == 404


@pytest.mark.parametrize("body", [
    b"", b" \n", b"{", b'{"a":}', b'{"a":1}x', b"{'a':1}", b'{"a":1,}', b"[1,]", b"nope", b'{"a":01}', b'{"a":+1}',
    b'{"a":.5}',
    b'{"a":1.}', b'{"a":NaN}', b'{"a":"\x01"}', b'{"a":"\xff"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\\x"}', b"5", b'"text"', b"true", b"null", '{"a":1}'.encode("utf-16"), b'{"a":1}\0'])
def test_not_a_document(coll, body):
    """PO-08"""
    r = coll.soda.post(coll.path, body)
    assert (r.status, r.code) == (400, "OSODA-00012"), r
    assert r.json["status"] == 400 and r.headers["Content-Type"] == "application/problem+json"
    assert coll.items() == []


def test_array_is_one_document(coll):
    """PO-09"""
    key = coll.add('[{"a":1}, {"a":2}]')
    assert coll.get(key).body == b'[{"a":1}, {"a":2}]'
    assert len(coll.items()) == 1


@pytest.mark.parametrize("text", [
    '\t{ "z" : 1.50 ,\r\n "a":[ 1 , 2 ],"":{} }\n',                                            # PO-10
    '{"n":123456789012345678901234567890.123}',                                                # PO-11
    '{"smile":"\U0001f600","zero":"\\u0000","pair":"\\ud83d\\ude00","slash":"\\/"}'],          # PO-12
    ids=["PO-10", "PO-11", "PO-12"])
def test_bytes_survive(coll, text):
    """PO-10, PO-11, PO-12: white space, order, spelling, long numbers, characters, in the object and in a listing"""
    key = coll.add(text.encode())
    assert coll.get(key).body == text.encode()
    assert b'"value":' + text.encode() in coll.get().body


def test_byte_order_mark(coll):
    """a leading mark is skipped and not stored"""
    key = coll.add(b'\xef\xbb\xbf{"a":1}')
    assert coll.get(key).body == b'{"a":1}'


def test_media_types(coll):
    """PO-13: what is not said to be JSON is refused; no Content-Type counts as JSON"""
    for kind in ("text/plain", "application/xml", "image/png", "multipart/form-data", "application/jsonx"):
        r = coll.soda.post(coll.path, '{"a":1}', headers={"Content-Type": kind})
        assert (r.status, r.code) == (415, "OSODA-00007"), kind
    r = coll.soda.post(coll.path, '{"a":1}', headers={"Content-Encoding": "gzip"})
    assert r.status == 415
    assert coll.items() == []
    for kind in (None, "application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json",
                 "application/x-www-form-urlencoded"):
        assert coll.soda.post(coll.path, '{"a":1}', headers={"Content-Type": kind}).status == 201, kind
    assert coll.soda.post(coll.path, '{"a":1}', headers={"Content-Encoding": "identity"}).status == 201


def test_other_media(make):
    """PO-14: bytes and type come back"""
    c = make(ANY_MEDIA)
    picture = bytes(range(256)) * 3
    r = c.soda.post(c.path, picture, headers={"Content-Type": "image/png"})
    assert r.status == 201
    (item,) = r.json["items"]
    assert item["mediaType"] == "image/png" and item["bytes"] == len(picture)
    back = c.get(item["id"])
    assert (back.status, back.body, back.headers["Content-Type"]) == (200, picture, "image/png")
    no_type = c.soda.post(c.path, b"\0", headers={"Content-Type": None})
    assert c.get(no_type.json["items"][0]["id"]).headers["Content-Type"] == "application/octet-stream"
    assert c.soda.post(c.path, b"{", headers={"Content-Type": "application/json"}).status == 400
    assert c.soda.post(c.path, b"x", headers={"Content-Type": "not a type"}).status == 400


def test_media_that_only_resemble_json(make):
    """only application/json is JSON here; +json is bytes like any other, and never breaks a listing"""
    c = make(ANY_MEDIA)
    keys = {}
    for kind, body in (("application/vnd.x+json", b"{not json"), ("application/json; charset=utf-8", b'{"a":1}'),
                       ("application/json", b'{"a":2}'), ("text/json", b"}")):
        r = c.soda.post(c.path, body, headers={"Content-Type": kind})
        assert r.status == 201, r
        keys[r.json["items"][0]["id"]] = kind, body
    for i in c.items():
        kind, body = keys[i["id"]]
        if kind.startswith("application/json"):
            assert i["value"] == {"a": int(body[5:6])} and "mediaType" not in i and "bytes" not in i
        else:
            assert i["mediaType"] == kind and i["bytes"] == len(body) and "value" not in i
        r = c.get(i["id"])
        assert (r.headers["Content-Type"], r.body) == (kind, body)
        assert ("Content-Security-Policy" in r.headers) != kind.startswith("application/json")


def test_embedded_keys(make):
    """a key that is missing is written into the object, one that is there is taken; twice the same is refused"""
    c = make(EMBEDDED_KEYS)
    key = c.add('{"a":1}')
    assert len(key) == 24 and c.get(key).json == {"a": 1, "_id": key}
    assert c.add('{"_id":"mine","a":2}') == "mine" and c.get("mine").body == b'{"_id":"mine","a":2}'
    r = c.soda.post(c.path, '{"_id":"mine"}')
    assert (r.status, r.code) == (409, "OSODA-00011")
    assert c.add('{"_id":17}') == "17"
    for bad in ("null", "true", "[1]", "{}"):
        assert c.soda.post(c.path, '{"_id":%s}' % bad).status == 400, bad
    assert len(c.items()) == 3


def test_metadata_of_client_keys_is_what_decides(make):
    """PO-05 for a collection without any other column"""
    c = make({"keyColumn": CLIENT_KEYS["keyColumn"]})
    assert c.soda.post(c.path, {"a": 1}).status == 501
