"""Bulk actions: insert, delete, truncate, update."""
import json
import threading

import pytest

from lib import ANY_MEDIA, EMBEDDED_KEYS, READ_ONLY

UNIQUE = {"name": "one_of_each", "unique": True, "fields": [{"path": "u", "datatype": "number"}]}


@pytest.fixture
def some(named):
    """objects k0 to k9; a is 0 or 1"""
    for n in range(10):
        assert named.put(f"k{n}", {"n": n, "a": n % 2}).status == 201
    return named


@pytest.fixture
def unique(coll):
    assert coll.action("index", UNIQUE).status == 200
    return coll


def state(c):
    """key -> (version, time, value)"""
    return {i["id"]: (i["etag"], i["lastModified"], json.dumps(i["value"])) for i in c.items(limit=1000)}


# ---- insert ----

def test_insert(coll):
    """BI-01: in the order of the array"""
    r = coll.action("insert", '[{"n":1}, {"n":2.50},{"n":3}]')
    assert r.status == 200
    assert list(r.json) == ["items", "hasMore", "count", "itemsInserted"]
    assert (r.json["hasMore"], r.json["count"], r.json["itemsInserted"]) == (False, 3, 3)
    for item, text in zip(r.json["items"], (b'{"n":1}', b'{"n":2.50}', b'{"n":3}'), strict=True):
        assert list(item) == ["id", "etag", "lastModified", "created"]
        back = coll.get(item["id"])
        assert (back.body, back.etag) == (text, item["etag"])


@pytest.mark.parametrize("text, element, place", [
    ('[{"n":1},{"n":"a', 1, "byte 16"), ('[{"n":1},{"n":1e', 1, "byte 16"), ('[{"n":1},\n {"n":x}]', 1, "byte 16 (line 2, column 7)"),
    ("[", 0, "byte 1"), ('[{"n":1},{"n":2},', 2, "byte 17"), ('\ufeff[{"n":[1,2,}]', 0, "byte 14")])
def test_broken_arrays(coll, text, element, place):
    """BI-04: what is no JSON is told with its byte, and with the element that it is in; nothing is inserted"""
    r = coll.action("insert", text)
    [detail] = r.json["o:errorDetails"]
    assert (r.status, detail["o:errorPath"]) == (400, f"/{element}")
    assert detail["title"].startswith(f"element {element}: not JSON: ") and detail["title"].endswith(f"at {place}"), r
    assert coll.items() == []


def test_insert_nothing(coll):
    """BI-02"""
    r = coll.action("insert", "[]")
    assert (r.status, r.json) == (200, {"items": [], "hasMore": False, "count": 0, "itemsInserted": 0})


@pytest.mark.parametrize("body", ["{}", "5", "null", "", "[", '[{"a":1}', '[{"a":1},]', "[{}]x"])
def test_insert_what_is_no_array(coll, body):
    """BI-03"""
    r = coll.action("insert", body)
    assert (r.status, r.code) == (400, "OSODA-00012")
    assert coll.items() == []


@pytest.mark.parametrize("bad", ["5", '"x"', "null", "true"])
@pytest.mark.parametrize("at", [0, 3, 6])
def test_insert_bad_element(coll, bad, at):
    """BI-04, R-02: wherever it stands, nothing is inserted, and the error says where"""
    elements = ['{"n":1}'] * 7
    elements[at] = bad
    r = coll.action("insert", "[" + ",".join(elements) + "]")
    assert (r.status, r.code) == (400, "OSODA-00012")
    assert r.json["o:errorDetails"][0]["o:errorPath"] == f"/{at}" and str(at) in r.json["title"]
    assert coll.items() == []


def test_insert_arrays(coll):
    """BI-05"""
    a, b = coll.add_all('[[1, 2], {"a":1}]')
    assert coll.get(a).body == b"[1, 2]" and coll.get(b).body == b'{"a":1}'


def test_insert_refused(make, named, soda):
    """BI-06"""
    c = make(READ_ONLY)
    r = c.action("insert", [{}])
    assert (r.status, r.code) == (405, "SODA-02000") and "POST" in r.headers["Allow"]       # which lets filters through
    r = soda.post(f"/custom-actions/insert/{c.name}", [{}])
    assert (r.status, r.code, r.headers["Allow"]) == (405, "SODA-02000", "OPTIONS")
    r = soda.collection(soda.fresh_name()).action("insert", [{}])
    assert (r.status, r.code) == (404, "REST-02000")
    for body in ([{}], [], "nonsense"):
        r = named.action("insert", body)
        assert (r.status, r.code) == (501, "OSODA-00009")
    r = make(READ_ONLY).action("insert", [{}], headers={"Content-Type": "text/plain"})
    assert r.status == 405
    assert make().action("insert", [{}], headers={"Content-Type": "text/plain"}).status == 415
    assert make(ANY_MEDIA).action("insert", [{}]).status in (400, 415)


def test_insert_many(coll):
    """BI-07"""
    keys = coll.add_all([{"n": i} for i in range(10000)])
    assert len(set(keys)) == 10000
    r = coll.get(params={"limit": 1000, "totalResults": "true"})
    assert r.json["totalResults"] == 10000 and len({i["created"] for i in r.json["items"]}) == 1
    assert coll.get(keys[7654]).json == {"n": 7654}
    assert coll.get(params={"offset": 9990, "fields": "id"}).json["items"][0]["created"] == r.json["items"][0]["created"]


def test_insert_keys_ascend(coll):
    """BI-01: a listing, in the order of keys, is in the order of the array and of the calls"""
    keys = [k for part in range(3) for k in coll.add_all([{"n": 100 * part + i} for i in range(100)])]
    assert keys == sorted(keys) and len(set(keys)) == 300
    assert [i["value"]["n"] for i in coll.items(limit=1000)] == list(range(300))


@pytest.mark.parametrize("us", [[1, 2, 1], [1, 1, 2], [9, 1, 2], [1, 2, 9]])
def test_insert_not_unique(unique, us):
    """BI-08, R-02: with one of the batch, or with one that is there"""
    unique.add({"u": 9})
    before = state(unique)
    r = unique.action("insert", [{"u": u} for u in us])
    assert (r.status, r.code) == (409, "SQL-00001"), r
    assert state(unique) == before
    assert unique.find({"u": {"$gt": 0}}) == [{"u": 9}]
    unique.add_all([{"u": 1}, {"u": 2}])


def test_insert_embedded_keys(make):
    """a key that comes twice leaves nothing"""
    c = make(EMBEDDED_KEYS)
    assert c.add_all([{"_id": "x"}, {"_id": 5}])[:2] == ["x", "5"]
    for body in ([{"a": 1}, {"_id": "y"}, {"_id": "y"}], [{"a": 1}, {"_id": "x"}]):
        r = c.action("insert", body)
        assert (r.status, r.code) == (409, "OSODA-00011")
    r = c.action("insert", [{"a": 1}, {"_id": None}])
    assert r.status == 400 and r.json["o:errorDetails"][0]["o:errorPath"] == "/1"
    assert {i["id"] for i in c.items()} == {"x", "5"}


# ---- delete ----

def test_delete(some):
    """BD-01"""
    before = state(some)
    r = some.action("delete", {"a": 1})
    assert (r.status, r.json, list(r.json)) == (200, {"count": 5, "itemsDeleted": 5}, ["count", "itemsDeleted"])
    assert state(some) == {k: v for k, v in before.items() if '"a": 0' in v[2]}


def test_delete_everything(some):
    """BD-02"""
    r = some.action("delete", "{}")
    assert r.json == {"count": 10, "itemsDeleted": 10}
    assert some.items() == [] and some.put("new", {}).status == 201
    assert some.action("delete", " { } ").json["count"] == 1


def test_delete_without_a_body(some):
    """BD-03"""
    for body in (None, "", "  "):
        r = some.action("delete", body)
        assert (r.status, r.code) == (400, "SODA-02002")
    assert len(some.items()) == 10


def test_delete_nothing(some):
    """BD-04"""
    assert some.action("delete", {"a": 7}).json == {"count": 0, "itemsDeleted": 0}
    assert len(some.items()) == 10


@pytest.mark.parametrize("qbe", ['{"$query":{}}', '{"$orderby":{"a":1}}', '{"$query":{},"$orderby":{"a":1}}', "[]",
                                 "null", "{",
                                 '{"a":{"$foo":1}}', '{"$query":{"a":1},"$patch":[]}', '{"$query":{"a":1},"$merge":{}}',
                                 '{"$query":{"a":1},"$project":{"a":1}}', '{"a":1,"a":2}', '{"$and":[]}',
                                 '{"$and":[{}]}',
                                 '{"$or":[{}]}', '{"a":{}}'])
def test_delete_bad_filter(some, qbe):
    """BD-05"""
    r = some.action("delete", qbe)
    assert r.status == 400 and r.code in ("SODA-02002", "SODA-02036", "SODA-02093"), r
    assert len(some.items()) == 10


def test_delete_with_order(some):
    """an order is checked and changes nothing"""
    assert some.action("delete", {"$query": {"a": 1}, "$orderby": {"n": 1}}).json["count"] == 5
    assert some.action("delete", {"$query": {"a": 0}, "$orderby": {"n": 0}}).status == 400


def test_delete_refused(make, soda):
    """BD-06"""
    r = make(READ_ONLY).action("delete", {})
    assert (r.status, r.code) == (405, "SODA-02000")
    r = soda.collection(soda.fresh_name()).action("delete", {})
    assert (r.status, r.code) == (404, "REST-02000")
    assert make().action("delete", {}, headers={"Content-Type": "text/plain"}).status == 415
    r = make(ANY_MEDIA).action("delete", {"a": 1})
    assert (r.status, r.code) == (400, "SODA-03009")


def test_delete_by_keys(some):
    """BD-07"""
    r = some.action("delete", {"$id": ["k1", "k2", "nope"]})
    assert r.json["itemsDeleted"] == 2
    assert sorted(state(some)) == [f"k{n}" for n in (0, 3, 4, 5, 6, 7, 8, 9)]
    assert some.action("delete", {"$id": "k3", "n": 4}).json["count"] == 0


@pytest.mark.parametrize("query", ["limit=1", "offset=0", "q=%7B%7D", "fromID=k1", "after=k1", "toID=k1", "before=k1",
                                   "since=2021-01-01", "until=2021-01-01", "limit=x"])
@pytest.mark.parametrize("action, body", [("delete", "{}"), ("truncate", None), ("update", '{"$merge":{"a":5}}')])
def test_selecting_parameters(some, action, body, query):
    """BD-08: what seems to select, but would not, is refused; form A likewise"""
    before = state(some)
    for path in (f"{some.path}?action={action}&{query}", f"/custom-actions/{action}{some.path}?{query}"):
        r = some.soda.post(path, body)
        assert (r.status, r.code) == (400, "OSODA-00003")
    assert state(some) == before


def test_selecting_parameters_of_a_drop(some):
    """BD-08 for DELETE of the collection"""
    for query in ("limit=1", "q=%7B%7D", "fromID=a", "action=delete", "action=truncate"):
        assert some.soda.delete(f"{some.path}?{query}").status == 400
    assert len(some.items()) == 10


# ---- truncate ----

def test_truncate(some):
    """TR-01, TR-02: any body is ignored"""
    r = some.action("truncate")
    assert (r.status, r.json) == (200, {"count": 10, "itemsDeleted": 10})
    assert some.items() == []
    assert some.name in [i["name"] for i in some.soda.get("").json["items"]]
    assert some.action("truncate").json == {"count": 0, "itemsDeleted": 0}
    some.put("k", {})
    r = some.action("truncate", b"{nonsense", headers={"Content-Type": "text/plain"})
    assert r.json == {"count": 1, "itemsDeleted": 1}


def test_truncate_refused(make, soda):
    """TR-03"""
    r = make(READ_ONLY).action("truncate")
    assert (r.status, r.code) == (405, "SODA-02000")
    r = soda.collection(soda.fresh_name()).action("truncate")
    assert (r.status, r.code) == (404, "REST-02000")


def test_truncate_keeps_indexes(unique):
    """TR-04"""
    unique.add_all([{"u": 1}, {"u": 2}])
    assert unique.action("truncate").json["count"] == 2
    unique.add({"u": 1})
    r = unique.soda.post(unique.path, {"u": 1})
    assert (r.status, r.code) == (409, "SQL-00001")
    assert unique.find({"u": 1}) == [{"u": 1}]
    assert unique.action("index", UNIQUE).status == 409


def test_truncate_while_others_insert(site, coll):
    """R-08: what is stored while a collection with indexes is emptied keeps its entries in them"""
    for spec in (UNIQUE, {"name": "words"}):
        assert coll.action("index", spec).status == 200
    stop, problems = threading.Event(), []

    def insert(first):
        c = site.soda().collection(coll.name)
        for n in range(first, 1000000, 4):
            if stop.is_set():
                return
            r = c.soda.post(c.path, {"u": n, "t": f"w{n}"})
            if r.status != 201:
                problems.append(r)
    others = [threading.Thread(target=insert, args=(i,)) for i in range(4)]
    for t in others:
        t.start()
    try:
        for body in [None, {}] * 15:
            r = coll.action("truncate" if body is None else "delete", body)
            assert r.status == 200 and r.json["count"] == r.json["itemsDeleted"], r
    finally:
        stop.set()
        for t in others:
            t.join()
    assert problems == []
    coll.add({"u": -1, "t": "w-1"})
    values = [i["value"] for i in coll.items(limit=1000)]
    for v in values:
        assert coll.find({"u": v["u"]}) == [v] and coll.find({"t": {"$contains": v["t"]}}) == [v]
    coll.action("truncate")
    coll.add_all(values)


# ---- update ----

PATCH = [{"op": "replace", "path": "/a", "value": "new"}]


def test_update(some):
    """BU-01, BU-10: only matches change, and all of them get version and time"""
    before = state(some)
    r = some.action("update", {"$query": {"a": 1}, "$patch": PATCH})
    assert (r.status, r.json, list(r.json)) == (200, {"count": 5, "itemsUpdated": 5}, ["count", "itemsUpdated"])
    after = state(some)
    for n in range(10):
        key, is_changed = f"k{n}", n % 2 == 1
        assert json.loads(after[key][2]) == {"n": n, "a": "new" if is_changed else 0}
        assert (after[key][0] != before[key][0]) == (after[key][1] > before[key][1]) == is_changed
    assert {i["id"]: i["created"] for i in some.items()}.keys() == before.keys()


def test_update_counts_what_stays_the_same(make):
    """BU-10: an object that a patch leaves as it was counts, and has a new version"""
    c = make({"versionColumn": {"name": "V", "method": "SEQUENTIAL"}})
    key = c.add({"a": 1})
    for body in ({"$patch": []}, {"$merge": {}}, {"$merge": {"a": 1}}):
        assert c.action("update", body).json["count"] == 1
    assert c.get(key).etag == "4"


def test_update_merge(some):
    """BU-02"""
    r = some.action("update", {"$query": {"n": {"$lt": 3}}, "$merge": {"a": None, "b": {"c": 1}}})
    assert r.json == {"count": 3, "itemsUpdated": 3}
    assert some.find({"b.c": 1}) == [{"n": n, "b": {"c": 1}} for n in range(3)]


@pytest.mark.parametrize("body", [{"$query": {"a": 1}}, {"$query": {"a": 1}, "$patch": PATCH, "$merge": {"a": 2}}, {},
                                  {"$patch": PATCH, "$merge": {}}, {"$merge": []}, {"$merge": None}, {"$patch": {}},
                                  {"$query": [], "$patch": PATCH}, {"$query": {}, "$patch": PATCH, "$project": {"a": 1}}])
def test_update_neither_nor(some, body):
    """BU-03"""
    before = state(some)
    r = some.action("update", body)
    assert r.status == 400, r
    assert state(some) == before


def test_update_conditions_outside(some):
    """BU-04"""
    before = state(some)
    r = some.action("update", {"a": 1, "$patch": PATCH})
    assert (r.status, r.code, r.inner) == (400, "SODA-02002", 5065)
    assert state(some) == before


def test_update_all(some):
    """BU-05"""
    assert some.action("update", {"$patch": PATCH}).json["itemsUpdated"] == 10
    assert some.action("update", {"$query": {}, "$merge": {"a": 1}}).json["itemsUpdated"] == 10
    assert len(some.find({"a": 1})) == 10
    assert some.action("update", {"$query": {"$id": ["k3", "k4"]}, "$merge": {"a": 2}}).json["itemsUpdated"] == 2
    assert [v["n"] for v in some.find({"a": 2})] == [3, 4]


def test_update_skips(some):
    """BU-06"""
    before = state(some)
    patch = [{"op": "add", "path": "/seen", "value": True}, {"op": "test", "path": "/n", "value": 4}]
    assert some.action("update", {"$patch": patch}).json == {"count": 1, "itemsUpdated": 1}
    after = state(some)
    assert {k for k in after if after[k] != before[k]} == {"k4"}
    assert some.action("update", {"$patch": [{"op": "remove", "path": "/seen"}]}).json["count"] == 1


@pytest.mark.parametrize("patch", [[{"op": "nope", "path": "/a"}], [{"op": "add", "path": "/a"}], [1], [PATCH[0], {}],
                                   [{"op": "remove", "path": "a"}]])
def test_update_malformed(some, patch):
    """BU-07, also when nothing matches"""
    before = state(some)
    for query in ({}, {"a": 99}):
        r = some.action("update", {"$query": query, "$patch": patch})
        assert r.status == 400 and r.code in ("SODA-02002", "SODA-02103"), r
    assert state(some) == before


def test_update_not_unique(unique):
    """BU-08, R-02"""
    unique.add_all([{"u": u, "a": 1} for u in (1, 2, 3)])
    before = state(unique)
    for change in ({"$merge": {"u": 5}}, {"$patch": [{"op": "replace", "path": "/u", "value": 3}]}):
        r = unique.action("update", {"$query": {"u": {"$lt": 3}}, **change})
        assert (r.status, r.code) == (409, "SQL-00001")
        assert state(unique) == before
        assert unique.find({"u": 1}) == [{"u": 1, "a": 1}]
    # the index follows an update that is done
    assert unique.action("update", {"$query": {"u": 1}, "$merge": {"u": 9}}).json["count"] == 1
    assert unique.find({"u": 1}) == [] and unique.find({"u": 9}) == [{"u": 9, "a": 1}]


def test_update_refused(make, soda):
    """BU-09"""
    r = make(READ_ONLY).action("update", {"$merge": {}})
    assert (r.status, r.code) == (405, "SODA-02000")
    r = soda.collection(soda.fresh_name()).action("update", {"$merge": {}})
    assert (r.status, r.code) == (404, "REST-02000")
    assert make().action("update", {"$merge": {}}, headers={"Content-Type": "text/plain"}).status == 415
    r = make(ANY_MEDIA).action("update", {"$merge": {}})
    assert (r.status, r.code) == (400, "SODA-03009")


def test_update_nothing(some):
    """BU-11"""
    before = state(some)
    assert some.action("update", {"$query": {"a": 99}, "$patch": PATCH}).json == {"count": 0, "itemsUpdated": 0}
    assert state(some) == before


def test_update_rolls_back(some, make):
    """R-02: one object that would be no document any more, or would lose its key, leaves all as they were"""
    before = state(some)
    r = some.action("update", {"$patch": [{"op": "copy", "from": "/n", "path": ""}]})
    assert r.status == 400 and state(some) == before
    c = make(EMBEDDED_KEYS)
    c.add_all([{"a": 1}, {"a": 2}])
    before = state(c)
    for change in ({"$merge": {"_id": None}}, {"$patch": [{"op": "replace", "path": "/_id", "value": "x"}]}):
        r = c.action("update", change)
        assert r.status == 400 and r.code in ("SODA-02104", "SODA-02105", "SODA-02106")
    assert state(c) == before


def test_update_many(coll):
    """each object once, also when the update moves it within what the filter looks at"""
    coll.add_all([{"n": i} for i in range(3000)])
    assert coll.action("index", {"name": "by_n", "fields": [{"path": "n", "datatype": "number"}]}).status == 200
    r = coll.action("update", {"$query": {"n": {"$gte": 0}}, "$patch": [{"op": "move", "from": "/n", "path": "/m"},
                                                                       {"op": "add", "path": "/n", "value": 100000}]})
    assert r.json == {"count": 3000, "itemsUpdated": 3000}
    assert coll.query({"n": 100000}, totalResults="true", limit=1).json["totalResults"] == 3000


def test_update_of_what_others_take(site, named):
    """R-03: what was changed since the keys were read is updated only if the filter still selects it"""
    keys = [f"k{n:03d}" for n in range(900)]
    named.soda.put(named.path + "/other", {"owner": "nobody"})
    for key in keys:
        assert named.put(key, {"owner": None}).status == 201
    taken, under_way = [], threading.Event()

    def take_one_by_one():
        one = site.soda().collection(named.name)
        for key in reversed(keys):
            r = one.action("update", {"$query": {"$id": key, "owner": None}, "$merge": {"owner": "a"}})
            assert r.status == 200, r
            taken.extend([key] * r.json["count"])
            if len(taken) == 20:
                under_way.set()
            if r.json["count"] == 0 and under_way.is_set():
                return
    other = threading.Thread(target=take_one_by_one)
    other.start()
    assert under_way.wait(30)
    while (r := named.action("update", {"$query": {"owner": None}, "$merge": {"owner": "b"}})).status == 503:
        assert r.json["retry"] == "safe"
    other.join()
    assert r.status == 200
    assert sorted(i["id"] for i in named.query({"owner": "a"}, limit=1000).json["items"]) == sorted(taken)
    assert r.json["count"] == len(keys) - len(taken)
