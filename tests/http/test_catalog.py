"""What there is: catalogue, collections of a schema, metadata and schema of one, names of actions."""
import itertools
import urllib.parse

import pytest

from lib import CLIENT_KEYS, Client

DEFAULT = ('{"schemaName":"%s","tableName":"%s",'
           '"keyColumn":{"name":"ID","sqlType":"VARCHAR2","maxLength":255,"assignmentMethod":"UUID"},'
           '"contentColumn":{"name":"JSON_DOCUMENT","sqlType":"BLOB","compress":"NONE","cache":true,"encrypt":"NONE",'
           '"validation":"STANDARD"},'
           '"versionColumn":{"name":"VERSION","type":"String","method":"SHA256"},'
           '"lastModifiedColumn":{"name":"LAST_MODIFIED"},"creationTimeColumn":{"name":"CREATED_ON"},"readOnly":false}')

LISTINGS = pytest.mark.parametrize("listing", ["/metadata-catalog", "/"])


@pytest.fixture(scope="module")
def catalog(site):
    """a function that gives a schema of its own with collections of these names"""
    number = itertools.count(1)

    def make(*names):
        schema = f"cat{next(number)}"
        site.cords("schema", "enable", schema, "--password-stdin", stdin="secret\n")
        soda = site.soda(schema)
        for name in names:
            assert soda.put("/" + urllib.parse.quote(name, safe="")).status == 201
        return soda

    return make


def names(r):
    assert r.status == 200, r
    return [i["name"] for i in r.json["items"]]


def fetch(site, href, **kw):
    """follow a link: it is absolute, and leads to this site"""
    url = urllib.parse.urlsplit(href)
    assert (url.scheme, url.hostname, url.port) == ("http", "127.0.0.1", site.port)
    schema = url.path.split("/")[2]
    return Client(url.hostname, url.port, schema, "secret").get(url.path + ("?" + url.query if url.query else ""), **kw)


@LISTINGS
def test_sorted_by_name(catalog, listing):
    """CA-01, UC-01: binary order of the names, whatever the order of creation"""
    unsorted = ["b", "a", "B", "é", "a b", "a-b", "Z", "_", "10", "9", "日本", "aa", "😀"]
    r = catalog(*unsorted).get(listing)
    assert names(r) == sorted(unsorted, key=str.encode)
    assert list(r.json) == ["items", "hasMore"] and r.json["hasMore"] is False
    assert r.headers["Content-Type"] == "application/json"


def test_without_and_with_slash(catalog):
    """UC-01"""
    soda = catalog("a", "b")
    assert soda.get("").body == soda.get("/").body
    for item in soda.get("/").json["items"]:
        assert list(item) == ["name", "properties", "links"]


def test_links_of_the_catalog(site, catalog):
    """CA-02, CA-03: each link leads where it says"""
    soda = catalog("plain", "a/b c+d%é")
    assert soda.post("/plain", {"a": 1}).status == 201
    for item in soda.get("/metadata-catalog").json["items"]:
        assert list(item) == ["name", "properties", "links"]
        describes, canonical, alternate = item["links"]
        assert list(describes.items())[:1] == [("rel", "describes")] and list(describes) == ["rel", "href"]
        assert (canonical["rel"], canonical["mediaType"]) == ("canonical", "application/json")
        assert (alternate["rel"], alternate["mediaType"]) == ("alternate", "application/schema+json")
        listing = fetch(site, describes["href"])
        assert listing.status == 200 and len(listing.json["items"]) == (item["name"] == "plain")
        assert fetch(site, canonical["href"]).json == item
        assert fetch(site, alternate["href"], headers={"Accept": "application/schema+json"}).status == 406


def test_links_of_collections(site, catalog):
    """UC-07"""
    soda = catalog("plain", "a/b c+d%é")
    for item in soda.get("/").json["items"]:
        (link,) = item["links"]
        assert list(link) == ["rel", "href"] and link["rel"] == "canonical"
        assert urllib.parse.unquote(link["href"].rsplit("/", 1)[1]) == item["name"]
        assert fetch(site, link["href"]).status == 200


@LISTINGS
def test_limit(catalog, listing):
    """CA-04, UC-03"""
    soda = catalog("A", "B", "C")
    for limit, found, more in ((1, "A", True), (2, "AB", True), (3, "ABC", False), (4, "ABC", False), (10**9, "ABC", False),
                               (2**63 - 1, "ABC", False), (2**64, "ABC", False), ("02", "AB", True)):
        r = soda.get(listing, params={"limit": limit})
        assert names(r) == list(found) and r.json["hasMore"] is more, limit


@LISTINGS
@pytest.mark.parametrize("limit", ["0", "-1", "abc", "", "1.0", "+1", " 1", "1e3", "0x10", "unlimited"])
def test_bad_limits(soda, listing, limit):
    """CA-07, UC-05"""
    r = soda.get(f"{listing}?limit={urllib.parse.quote(limit)}")
    assert r.status == 400 and r.code == "OSODA-00003" and "limit" in r.json["title"]


@LISTINGS
def test_lower_bound(catalog, listing):
    """CA-05, CA-06, UC-04: inclusive, and any name is a bound"""
    soda = catalog("A", "B", "C")
    for bound, found in (("B", "BC"), ("Bx", "C"), ("A", "ABC"), ("", "ABC"), ("@", "ABC"), ("C", "C"), ("CC", ""), ("a", ""),
                         ("metadata-catalog", ""), ("é", "")):
        r = soda.get(listing, params={"fromID": bound})
        assert names(r) == list(found) and r.json["hasMore"] is False, bound
    r = soda.get(listing, params={"fromID": "B", "limit": 1})
    assert names(r) == ["B"] and r.json["hasMore"] is True


@LISTINGS
def test_walk(catalog, rng, listing):
    """CA-08: pages of two with fromID = the last name visit every collection, with one overlap each"""
    everything = sorted({"".join(rng.choices("ab/Z é\U0001f600", k=rng.randint(1, 4))) for _ in range(15)} - {".", ".."},
                        key=str.encode)
    soda = catalog(*rng.sample(everything, len(everything)))
    seen, params = [], {"limit": 2}
    while True:
        r = soda.get(listing, params=params)
        page = names(r)
        assert page[:1] == seen[-1:] or not seen
        seen += page[1:] if seen else page
        if not r.json["hasMore"]:
            break
        params["fromID"] = page[-1]
    assert seen == everything


@LISTINGS
def test_no_limit(catalog, listing):
    """CA-09: more than a page of objects would hold"""
    many = [f"n{i:04}" for i in range(130)]
    assert names(catalog(*many).get(listing)) == many


@LISTINGS
def test_empty_schema(catalog, listing):
    """UC-02"""
    assert catalog().get(listing).body == b'{"items":[],"hasMore":false}'


@LISTINGS
def test_unknown_schema(site, listing):
    """UC-06"""
    r = site.soda("nowhere", "demo").get(listing)
    assert r.status == 404 and r.json["code"] == "NotFound"


def test_default_metadata(catalog):
    """UC-08: field for field and in this order"""
    soda = catalog("things")
    want = DEFAULT % (soda.user.upper(), "THINGS")
    for path in ("/", "/metadata-catalog", "/metadata-catalog/things"):
        body = soda.get(path).body.decode()
        assert f'"properties":{want},' in body, body


def test_one_collection(soda, coll):
    """SC-01, SC-02: no data guide, hence no schema, and everything else"""
    r = soda.get(f"/metadata-catalog/{coll.name}")
    assert r.status == 200 and r.headers["Content-Type"] == "application/json"
    assert list(r.json) == ["name", "properties", "links"] and r.json["name"] == coll.name
    assert [link["rel"] for link in r.json["links"]] == ["describes", "canonical", "alternate"]
    (entry,) = soda.get("/metadata-catalog", params={"fromID": coll.name, "limit": 1}).json["items"]
    assert entry == r.json
    coll.add({"a": 1})
    assert "schema" not in soda.get(f"/metadata-catalog/{coll.name}").json


@pytest.mark.parametrize("accept,status", [
    ("application/schema+json", 406), ("APPLICATION/schema+JSON; q=1", 406), ("application/json", 200), ("*/*", 200),
    ("application/schema+json, application/json;q=0.5", 200), ("text/plain", 200), ("", 200), ("application/schema+json;q=0", 200),
    ("application/schema+json, text/html", 406)])
def test_schema_where_there_is_none(soda, coll, accept, status):
    """406 for those who want nothing else"""
    r = soda.get(f"/metadata-catalog/{coll.name}", headers={"Accept": accept})
    assert r.status == status
    if status == 406:
        assert r.code == "OSODA-00017" and r.json["status"] == 406


def test_missing_collection(soda):
    """SC-04"""
    r = soda.get("/metadata-catalog/missing")
    assert r.status == 404 and r.code == "REST-02000"
    assert soda.get("/metadata-catalog/metadata-catalog").status == 404


def test_actions(site, soda):
    """AC-01"""
    r = soda.get("/custom-actions/")
    assert names(r) == ["delete", "index", "insert", "query", "truncate", "unindex", "update"]
    assert list(r.json) == ["items", "hasMore"] and r.json["hasMore"] is False
    for item in r.json["items"]:
        assert item["links"] == [{"rel": "canonical", "href": f"http://127.0.0.1:{site.port}/ords/demo/soda/latest/"
                                  f"custom-actions/{item['name']}/"}]


def test_head(soda, coll, named):
    """HEAD of every listing: status and headers of GET, no body"""
    named.put("k", {"a": 1})
    for path in ("/", "/metadata-catalog", f"/metadata-catalog/{coll.name}", "/custom-actions", coll.path, named.path,
                 named.path + "/k", "/missing", "/metadata-catalog/missing", "/?limit=x"):
        kw = {"headers": {"Request-Id": "same"}}
        get, head = soda.get(path, **kw), soda.head(path, **kw)
        assert head.status == get.status and head.body == b"", path
        assert {k: v for k, v in head.headers.items() if k != "Date"} == {k: v for k, v in get.headers.items() if k != "Date"}
        assert int(head.headers["Content-Length"]) == len(get.body)


def test_metadata_is_shown_as_made(soda, make):
    """what PUT was given comes back from the catalogue, and makes an equal collection"""
    c = make(CLIENT_KEYS)
    shown = soda.get(f"/metadata-catalog/{c.name}").json["properties"]
    assert soda.put(c.path, shown).status == 200
    assert shown["keyColumn"]["assignmentMethod"] == "CLIENT"
