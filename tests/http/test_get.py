"""GET object: the content and its headers, conditions."""
import email.utils
import time

import pytest

from lib import ANY_MEDIA, UUID_RAW


@pytest.fixture
def one(coll):
    """an object, and what a listing says of it"""
    key = coll.add('{"a": 1}')
    (item,) = coll.items()
    return key, item


def test_content(coll, one):
    """GO-01, GO-02"""
    key, item = one
    r = coll.get(key)
    assert (r.status, r.body, r.headers["Content-Type"]) == (200, b'{"a": 1}', "application/json")
    assert r.headers["Content-Length"] == "8"
    assert r.headers["ETag"] == f'"{item["etag"]}"'
    at = email.utils.parsedate_to_datetime(r.headers["Last-Modified"])
    assert at.strftime("%Y-%m-%dT%H:%M:%S") == item["lastModified"][:19]
    assert r.headers["Last-Modified"].endswith(" GMT")
    assert "Content-Disposition" not in r.headers


def test_missing(coll, soda):
    """GO-03"""
    for method in ("GET", "HEAD"):
        assert soda.request(method, coll.path + "/nope").status == 404
        assert soda.request(method, f"/{soda.fresh_name()}/nope").status == 404
    assert coll.get("nope").code == "OSODA-00002"
    assert soda.get(f"/{soda.fresh_name()}/nope").code == "REST-02000"


@pytest.mark.parametrize("form", ['"{}"', "{}", 'W/"{}"', 'W/{}', '"x", "{}" ,"y"', "x,{}", "*"])
def test_same_version(coll, one, form):
    """GO-04"""
    key, item = one
    r = coll.get(key, headers={"If-None-Match": form.format(item["etag"])})
    assert (r.status, r.body) == (304, b"")
    assert r.etag == item["etag"] and "Last-Modified" in r.headers
    assert coll.soda.head(coll.path + "/" + key, headers={"If-None-Match": form.format(item["etag"])}).status == 304


@pytest.mark.parametrize("tag", ['"x"', "x", '""', ",", '"', "0" * 64, 'W/""'])
def test_other_version(coll, one, tag):
    """GO-05"""
    r = coll.get(one[0], headers={"If-None-Match": tag})
    assert (r.status, r.body) == (200, b'{"a": 1}')
    assert coll.get(one[0], headers={"If-None-Match": one[1]["etag"].lower()}).status == 200


def test_dates(coll, one):
    """GO-06: whole seconds, and ISO timestamps too"""
    key, item = one
    same = coll.get(key).headers["Last-Modified"]
    seconds = email.utils.parsedate_to_datetime(same).timestamp()
    before, after = (email.utils.formatdate(seconds + d, usegmt=True) for d in (-1, 1))

    def status(date):
        return coll.get(key, headers={"If-Modified-Since": date}).status

    assert [status(d) for d in (before, same, after)] == [200, 304, 304]
    assert status(item["lastModified"]) == 304
    assert status(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds - 1))) == 200


def test_version_outweighs_date(coll, one):
    """GO-07"""
    key, item = one
    date = coll.get(key).headers["Last-Modified"]
    assert coll.get(key, headers={"If-None-Match": "x", "If-Modified-Since": date}).status == 200
    old = {"If-None-Match": item["etag"], "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert coll.get(key, headers=old).status == 304


@pytest.mark.parametrize("date", ["garbage", "", "0", "Thu, 99 Foo 2021 00:00:00 GMT", "2021-13-45", "-1"])
def test_dates_that_are_none(coll, one, date):
    """GO-08"""
    assert coll.get(one[0], headers={"If-Modified-Since": date}).status == 200
    assert coll.get(one[0], headers={"If-Unmodified-Since": date}).status == 200


def test_null_content(make):
    """GO-09"""
    c = make(ANY_MEDIA)
    key = c.soda.post(c.path, b"", headers={"Content-Type": "text/plain"}).json["items"][0]["id"]
    r = c.get(key)
    assert (r.status, r.body) == (204, b"") and r.etag is not None
    (item,) = c.items()
    assert item["mediaType"] == "text/plain" and "value" not in item and "bytes" not in item


def test_head(coll, one):
    """GO-10: the headers of GET, and nothing after them"""
    key, _ = one
    for path in (coll.path + "/" + key, coll.path, coll.path + "?limit=1&fields=id", ""):
        get, head = coll.soda.get(path), coll.soda.head(path)
        assert (head.status, head.body) == (get.status, b"")
        varies = {"Date", "Request-Id"}
        assert ({k: v for k, v in head.headers.items() if k not in varies}
                == {k: v for k, v in get.headers.items() if k not in varies})


def test_text_that_cannot_be_a_key(make):
    """GO-11"""
    c = make(UUID_RAW)
    key = c.add({"a": 1})
    for bad in ("zzz", "G" * 32, "0" * 33, "'", "%00"[:2]):
        assert c.get(bad).status == 404, bad
    assert c.get(key.lower()).status == 200
    numbers = make({"keyColumn": {"sqlType": "NUMBER", "assignmentMethod": "IDENTITY"}})
    key = numbers.add({"a": 1})
    assert numbers.get("zzz").status == 404 and numbers.get("00" + key).json == {"a": 1}


def test_wanted_version(coll, one):
    """GO-12"""
    key, item = one
    for tag in ("x", '"x"', item["etag"].lower()):
        r = coll.get(key, headers={"If-Match": tag})
        assert (r.status, r.code) == (412, "OSODA-00006"), tag
    for tag in (item["etag"], f'"{item["etag"]}"', "*", f'x,W/"{item["etag"]}"'):
        assert coll.get(key, headers={"If-Match": tag}).status == 200, tag
    date = "Thu, 01 Jan 1970 00:00:00 GMT"
    assert coll.get(key, headers={"If-Unmodified-Since": date}).status == 412
    assert coll.get(key, headers={"If-Unmodified-Since": date, "If-Match": "*"}).status == 200


def test_without_versions_and_times(make):
    """no ETag, no Last-Modified; conditions on them say nothing, except *"""
    c = make({})
    key = c.add({"a": 1})
    r = c.get(key)
    assert "ETag" not in r.headers and "Last-Modified" not in r.headers
    assert c.get(key, headers={"If-None-Match": '"x"'}).status == 200
    assert c.get(key, headers={"If-None-Match": "*"}).status == 304
    assert c.get(key, headers={"If-Modified-Since": email.utils.formatdate(usegmt=True)}).status == 200
    assert list(c.items()[0]) == ["id", "links", "value"]


def test_other_media_are_kept_from_browsers(make):
    """what is not JSON is sandboxed, and downloaded unless its type is harmless"""
    c = make(ANY_MEDIA)
    for kind, is_shown in (("text/html", False), ("image/svg+xml", False), ("image/png", True), ("text/plain", True)):
        key = c.soda.post(c.path, b"<script>", headers={"Content-Type": kind}).json["items"][0]["id"]
        h = c.get(key).headers
        assert h["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert h["Cross-Origin-Resource-Policy"] == "same-origin"
        assert ("Content-Disposition" in h) != is_shown, kind


def test_what_has_no_meaning_here(coll, one):
    """a range, and parameters of other operations, are ignored; action is not"""
    key, _ = one
    for query in ("?fields=nonsense", "?limit=0&offset=x", "?q=notjson", "?since=x"):
        assert coll.soda.get(f"{coll.path}/{key}{query}").body == b'{"a": 1}'
    r = coll.get(key, headers={"Range": "bytes=0-1"})
    assert (r.status, r.body) == (200, b'{"a": 1}') and "Content-Range" not in r.headers
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert coll.soda.request(method, f"{coll.path}/{key}?action=query", b"{}").status == 400
    assert coll.get(key).status == 200
