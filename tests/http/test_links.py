"""The page-level links of a listing."""
import urllib.parse

import pytest

from test_listing import EARLY, keys


@pytest.fixture
def ten(named):
    for key in "ABCDEFGHIJ":
        assert named.put(key, {"k": key}).status == 201
    return named


def links(r):
    """rel -> parameters of the query"""
    assert r.status == 200, r
    out = {}
    for link in r.json.get("links", []):
        assert list(link) == ["rel", "href"] and link["rel"] not in out
        out[link["rel"]] = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link["href"]).query, strict_parsing=True))
    return out


def follow(c, r, rel):
    (href,) = [link["href"] for link in r.json["links"] if link["rel"] == rel]
    url = urllib.parse.urlsplit(href)
    return c.soda.get(f"{url.path}?{url.query}", base="")


def test_first_page(ten):
    """LK-01"""
    r = ten.get(params={"limit": 4})
    assert links(r) == {"first": {"limit": "4"}, "next": {"offset": "4", "limit": "4"}}
    assert links(ten.get()) == {"first": {"limit": "100"}}


def test_middle_page(ten):
    """LK-02"""
    r = ten.get(params={"limit": 3, "offset": 3})
    assert links(r) == {"first": {"limit": "3"}, "prev": {"offset": "0", "limit": "3"},
                        "next": {"offset": "6", "limit": "3"}}
    assert follow(ten, follow(ten, r, "next"), "prev").body == r.body
    assert keys(follow(ten, r, "first")) == ["A", "B", "C"]
    # a page that begins within the first limit objects
    assert links(ten.get(params={"limit": 3, "offset": 2}))["prev"] == {"offset": "0", "limit": "3"}


def test_last_page(ten):
    """LK-03"""
    assert set(links(ten.get(params={"limit": 5, "offset": 5}))) == {"first", "prev"}
    assert links(ten.get(params={"limit": 5, "offset": 50})) == {"first": {"limit": "5"},
                                                                 "prev": {"offset": "45", "limit": "5"}}


@pytest.mark.parametrize("up, down", [("fromID", "toID"), ("after", "before")])
def test_keyed(ten, up, down):
    """LK-04, LK-05: first and last key of the page; the roles swap when it goes down"""
    r = ten.get(params={up: "B", "limit": 3})
    assert keys(r) == ["C", "D", "E"]
    assert links(r) == {"first": {"limit": "3"}, "prev": {down: "C", "limit": "3"}, "next": {up: "E", "limit": "3"}}
    assert keys(follow(ten, r, "next")) == ["F", "G", "H"] and keys(follow(ten, r, "prev")) == ["B", "A"]
    r = ten.get(params={down: "I", "limit": 3})
    assert keys(r) == ["H", "G", "F"]
    assert links(r) == {"first": {"limit": "3"}, "prev": {up: "H", "limit": "3"}, "next": {down: "F", "limit": "3"}}
    assert keys(follow(ten, r, "next")) == ["E", "D", "C"] and keys(follow(ten, r, "prev")) == ["I", "J"]
    # ends
    assert set(links(ten.get(params={up: "G", "limit": 3}))) == {"first", "prev"}
    assert set(links(ten.get(params={down: "D", "limit": 3}))) == {"first", "prev"}
    assert set(links(ten.get(params={up: "J"}))) == {"first"} == set(links(ten.get(params={down: "A"})))


def test_parameters_stay(ten):
    """LK-06"""
    more = {"limit": "2", "fields": "value", "totalResults": "true"}
    for start in ({"offset": "2"}, {"fromID": "B"}, {"toID": "H"}):
        found = links(ten.get(params={**start, **more}))
        assert set(found) == {"first", "prev", "next"}
        for parameters in found.values():
            assert parameters.items() >= more.items()
    assert "fields" not in links(ten.get(params={"fields": "all"}))["first"]
    assert "totalResults" not in links(ten.get(params={"totalResults": "false"}))["first"]
    # the limit of the page, not the one that was wished for
    assert links(ten.get(params={"limit": 5000}))["first"] == {"limit": "1000"}


@pytest.mark.parametrize("params", [{"since": EARLY}, {"until": EARLY}, {"q": "{}"}, {"q": "{}", "offset": "1"},
                                    {"q": "{}", "fromID": "A"}, {"fields": "id"}, {"fields": "id", "fromID": "A"},
                                    {"since": EARLY, "fromID": "A"}])
def test_no_links(ten, params):
    """LK-07"""
    r = ten.get(params={**params, "limit": 2})
    assert r.status == 200 and "links" not in r.json


def test_addresses(make):
    """LK-08: absolute, by the host of the request; names and keys escaped"""
    c = make({"keyColumn": {"assignmentMethod": "CLIENT"}}, name="a b/ü&" + make().name)
    for key in ("1&x=y", "2 #", "3ä+"):
        assert c.put(key, {}).status == 201
    r = c.get(params={"fromID": "0", "limit": 2}, headers={"Host": "example.org:1234"})
    assert links(r)["next"] == {"fromID": "2 #", "limit": "2"}
    for link in r.json["links"] + [i["links"][0] for i in r.json["items"]]:
        url = urllib.parse.urlsplit(link["href"])
        assert (url.scheme, url.netloc) == ("http", "example.org:1234")
        assert url.path.startswith("/ords/demo/soda/latest/a%20b%2F%C3%BC%26")
        assert url.fragment == ""
    assert keys(follow(c, r, "next")) == ["3ä+"]
    assert r.json["items"][0]["links"][0]["href"].endswith("/1%26x%3Dy")
    # spelling of schema and version is that of the request
    r = c.soda.get("/ords/DEMO/soda/v1" + c.path, base="")
    assert urllib.parse.urlsplit(r.json["links"][0]["href"]).path == "/ords/DEMO/soda/v1" + c.path.replace("+", "%2B")
