"""POST query: its envelope and parameters; what filters mean is tested by test_qbe.py."""
import pytest

from lib import ANY_MEDIA, READ_ONLY


@pytest.fixture
def nine(named):
    for n in range(9):
        assert named.put(f"k{8 - n}", {"n": n, "a": n % 3, "deep": {"x": n, "y": "z"}}).status == 201
    return named


def keys(r):
    assert r.status == 200, r
    return [i["id"] for i in r.json["items"]]


def test_everything(nine, make):
    """PQ-01, PQ-13: up to the default limit, in the order of keys"""
    assert keys(nine.query("{}")) == [f"k{n}" for n in range(9)]
    c = make()
    c.add_all([{"n": i} for i in range(101)])
    r = c.query({})
    assert (len(r.json["items"]), r.json["hasMore"], r.json["count"]) == (100, True, 100)
    assert keys(r) == sorted(keys(r))
    assert keys(nine.query({"a": 1})) == ["k1", "k4", "k7"]


@pytest.mark.parametrize("body", [None, "", " \t\n"])
def test_empty_body(nine, body):
    """PQ-02"""
    r = nine.query(body)
    assert (r.status, r.code) == (400, "SODA-02002")


def test_envelope(nine):
    """PQ-03: no page-level links; limit and offset only when they were asked for"""
    r = nine.query({"a": 0})
    assert list(r.json) == ["items", "hasMore", "count"]
    for item in r.json["items"]:
        assert list(item) == ["id", "etag", "lastModified", "created", "links", "value"]
        assert [link["rel"] for link in item["links"]] == ["self"]
    r = nine.query({"a": 0}, limit=2, offset=1, totalResults="true")
    assert list(r.json) == ["items", "hasMore", "limit", "offset", "count", "totalResults"]
    assert (r.json["limit"], r.json["offset"], r.json["count"], r.json["totalResults"]) == (2, 1, 2, 3)


def test_pages(nine):
    """PQ-04"""
    for limit in (1, 2, 3, 4, 9, 10):
        for offset in range(0, 11):
            r = nine.query({"n": {"$gte": 0}}, limit=limit, offset=offset)
            assert keys(r) == [f"k{n}" for n in range(9)][offset:offset + limit]
            assert r.json["hasMore"] == (offset + limit < 9)
    for bad in ({"limit": 0}, {"limit": "x"}, {"offset": -1}, {"fields": "x"}, {"totalResults": "x"},
                {"offset": 1, "fromID": "k"}):
        assert nine.query({}, **bad).status == 400
    assert keys(nine.query({}, fromID="k6")) == ["k7", "k8"]
    assert keys(nine.query({}, fromID="k2", toID="k5")) == ["k3", "k4"]
    # several pages that no index helps with
    seen = []
    for offset in range(0, 9, 2):
        seen += keys(nine.query({"deep.y": {"$regex": "z"}}, limit=2, offset=offset))
    assert seen == [f"k{n}" for n in range(9)]


def test_fields(nine):
    """PQ-05"""
    r = nine.query({"n": 3}, fields="id")
    assert [tuple(i) for i in r.json["items"]] == [("id", "etag", "lastModified", "created")]
    r = nine.query({"n": 3}, fields="value")
    assert [tuple(i) for i in r.json["items"]] == [("etag", "lastModified", "created", "value")]
    assert nine.query({"n": 3}, fields="all").body == nine.query({"n": 3}).body


def test_total(nine):
    """PQ-06"""
    for qbe, n in (({}, 9), ({"a": 2}, 3), ({"n": {"$regex": "nope"}}, 0), ({"$id": ["k1", "k2", "x"]}, 2)):
        r = nine.query(qbe, totalResults="true", limit=1)
        assert r.json["totalResults"] == n


def test_missing(soda):
    """PQ-07"""
    r = soda.collection(soda.fresh_name()).query({})
    assert (r.status, r.code) == (404, "REST-02000")


def test_no_match(nine):
    """PQ-08"""
    assert nine.query({"n": 99}).json == {"items": [], "hasMore": False, "count": 0}


@pytest.mark.parametrize("qbe, inner", [('{"a":{"$foo":1}}', 5018), ('{"a":{"$in":1}}', 5002),
                                        ('{"a":{"$startsWith":1}}', 5014),
                                        ('{"$query":{},"a":1}', 5034), ('{"$id":null}', 5003), ('{"a.":1}', 5025),
                                        ('{"$and":[]}', 5021)])
def test_bad_filter(nine, qbe, inner):
    """PQ-09"""
    r = nine.query(qbe)
    assert (r.status, r.code, r.inner) == (400, "SODA-02002", inner), r
    assert r.json["title"] == r.json["o:errorDetails"][0]["title"]


@pytest.mark.parametrize("body", ["{", '{"a":1}x', "{'a':1}", "{a:1}", b'{"a":"\xff"}', '{"a":1,}',
                                  '{"a":1,"\\u0061":2}'])
def test_malformed(nine, body):
    """PQ-10"""
    r = nine.query(body)
    assert (r.status, r.code) == (400, "SODA-02002"), r


@pytest.mark.parametrize("body", ["[]", "5", "null", '"x"'])
def test_no_object(nine, body):
    """PQ-10"""
    r = nine.query(body)
    assert r.status == 400 and r.code in ("SODA-02093", "SODA-02002")


def test_other_media(make):
    """PQ-11"""
    c = make(ANY_MEDIA)
    for r in (c.query({}), c.query({"a": 1}), c.get(params={"q": "{}"})):
        assert (r.status, r.code) == (400, "SODA-03009")


def test_read_only(make):
    """PQ-12"""
    assert make(READ_ONLY).query({"a": 1}).json == {"items": [], "hasMore": False, "count": 0}


def test_media_type(nine):
    r = nine.action("query", "{}", headers={"Content-Type": "text/plain"})
    assert (r.status, r.code) == (415, "OSODA-00007")
    assert nine.action("query", "{}", headers={"Content-Type": None}).status == 200


def test_project(nine):
    """PQ-14"""
    r = nine.query({"$query": {"n": 3}, "$project": {"n": 1, "deep.y": 1}})
    assert [i["value"] for i in r.json["items"]] == [{"n": 3, "deep": {"y": "z"}}]
    assert [i["id"] for i in r.json["items"]] == ["k5"]
    r = nine.query({"$query": {"n": 3}, "$project": {"deep": 0}})
    assert [i["value"] for i in r.json["items"]] == [{"n": 3, "a": 0}]
    r = nine.query({"$query": {"n": 3}, "$project": {"n": 1}}, fields="id")
    assert "value" not in r.json["items"][0]


@pytest.mark.parametrize("body", ['{"$query":{},"$patch":[]}', '{"$query":{},"$merge":{}}'])
def test_filter_that_would_write(nine, body):
    r = nine.query(body)
    assert (r.status, r.code) == (400, "SODA-02002")
