"""GET collection: pages in all modes."""
import json
import time
import urllib.parse

import pytest

from lib import ANY_MEDIA, CLIENT_KEYS

EARLY, LATE = "1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


def keys(r):
    assert r.status == 200, r
    return [i["id"] for i in r.json["items"]]


@pytest.fixture
def letters(named):
    """objects A to G, in an order of times that is not that of the keys"""
    for i, key in enumerate("DAGCFBE"):
        assert named.put(key, {"n": i, "a": i % 2}).status == 201
    return named


def times(c):
    """key -> lastModified"""
    return {i["id"]: i["lastModified"] for i in c.items(limit=1000)}


def test_default(letters):
    """GC-01, GC-36: members of items and of the envelope, in their order"""
    r = letters.get()
    assert r.status == 200 and r.headers["Content-Type"] == "application/json"
    assert list(r.json) == ["items", "hasMore", "limit", "offset", "count", "links"]
    assert {k: r.json[k] for k in ("hasMore", "limit", "offset", "count")} == {
        "hasMore": False, "limit": 100, "offset": 0, "count": 7}
    for item in r.json["items"]:
        assert list(item) == ["id", "etag", "lastModified", "created", "links", "value"]
    r = letters.get(params={"totalResults": "true"})
    assert list(r.json) == ["items", "hasMore", "limit", "offset", "count", "totalResults", "links"]


def test_limits(make):
    """GC-02, GC-03, GC-06: 100 by default, never more than 1000, exact at the border"""
    c = make()
    c.add_all([{"n": i} for i in range(100)])
    r = c.get()
    assert (r.json["count"], r.json["hasMore"]) == (100, False)
    c.add_all([{"n": i} for i in range(50)])
    r = c.get()
    assert (r.json["count"], r.json["limit"], r.json["hasMore"]) == (100, 100, True)
    assert (c.get(params={"limit": 150}).json["hasMore"], c.get(params={"limit": 149}).json["hasMore"]) == (False, True)
    c.add_all([{"n": i} for i in range(1350)])
    for limit in ("2000", "1000", "99999999999999999999"):
        r = c.get(params={"limit": limit, "fields": "id"})
        assert (len(r.json["items"]), r.json["limit"], r.json["count"], r.json["hasMore"]) == (1000, 1000, 1000, True)


def test_offset(letters):
    """GC-04, GC-05"""
    r = letters.get(params={"limit": 2, "offset": 3})
    assert keys(r) == ["D", "E"] and (r.json["offset"], r.json["count"], r.json["hasMore"]) == (3, 2, True)
    for offset in (7, 1000, 9223372036854775807, 99999999999999999999):
        r = letters.get(params={"offset": offset})
        assert keys(r) == [] and (r.json["count"], r.json["hasMore"]) == (0, False)


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=1.5", "limit=", "limit=x", "limit=%205", "limit=0x10",
                                   "limit=1e2",
                                   "offset=-1", "offset=x", "offset=", "limit=1&limit=2", "totalResults=maybe",
                                   "totalResults="])
def test_bad_numbers(letters, query):
    """GC-07"""
    r = letters.soda.get(letters.path + "?" + query)
    assert (r.status, r.code) == (400, "OSODA-00003")
    assert query.partition("=")[0] in r.json["title"]


def test_fields(letters):
    """GC-08, GC-09, GC-10, GC-11"""
    r = letters.get(params={"fields": "id"})
    assert list(r.json) == ["items", "hasMore", "limit", "offset", "count"]
    assert {tuple(i) for i in r.json["items"]} == {("id", "etag", "lastModified", "created")}
    r = letters.get(params={"fields": "value"})
    assert {tuple(i) for i in r.json["items"]} == {("etag", "lastModified", "created", "value")}
    assert letters.get(params={"fields": "all"}).body == letters.get().body == letters.get(params={"fields": "ALL"}).body
    for bad in ("foo", "", "id,value"):
        r = letters.get(params={"fields": bad})
        assert (r.status, r.code) == (400, "OSODA-00003")


def test_total(letters):
    """GC-12"""
    r = letters.get(params={"totalResults": "true", "limit": 1})
    assert (r.json["totalResults"], r.json["count"]) == (7, 1)
    assert letters.get(params={"totalResults": "TRUE", "fromID": "C", "limit": 1}).json["totalResults"] == 7
    for params in ({}, {"totalResults": "false"}):
        assert "totalResults" not in letters.get(params=params).json


def test_order(named, rng):
    """GC-13: keys in the order of their code points; pages by offset are disjoint and complete"""
    some = ["", *"aAzZ09 ~!_áÄß€你\U0001f600\uffee"]
    wanted = sorted({a + b for a in some for b in some} - {""})
    for key in rng.sample(wanted, len(wanted)):
        assert named.put(key, {}).status == 201
    seen, offset = [], 0
    while True:
        r = named.get(params={"limit": 37, "offset": offset})
        seen += keys(r)
        if not r.json["hasMore"]:
            break
        offset += r.json["count"]
    assert seen == wanted


def test_ascending(letters):
    """GC-14"""
    r = letters.get(params={"fromID": "C", "limit": 2})
    assert keys(r) == ["D", "E"] and r.json["hasMore"]
    assert list(r.json) == ["items", "hasMore", "limit", "count", "links"]
    assert keys(letters.get(params={"fromID": "G"})) == []


def respelled(r, *pairs):
    text = r.body.decode()
    for a, b in pairs:
        text = text.replace(f"{a}=", f"{b}=")
    return text


def test_after(letters):
    """GC-15"""
    a, b = (letters.get(params={name: "C", "limit": 2}) for name in ("fromID", "after"))
    assert respelled(a, ("fromID", "after"), ("toID", "before")) == b.body.decode()
    assert a.body != b.body


def test_descending(letters):
    """GC-16"""
    r = letters.get(params={"toID": "E", "limit": 3})
    assert keys(r) == ["D", "C", "B"] and r.json["hasMore"]
    assert list(r.json) == ["items", "hasMore", "limit", "count", "links", "descending"]
    assert r.json["descending"] is True
    r = letters.get(params={"toID": "B", "fields": "id"})
    assert keys(r) == ["A"] and list(r.json)[-1] == "descending"


def test_before(letters):
    """GC-17"""
    a, b = (letters.get(params={name: "E", "limit": 2}) for name in ("toID", "before"))
    assert respelled(a, ("fromID", "after"), ("toID", "before")) == b.body.decode()


def test_walks(make, rng):
    """GC-18: forward and backward, each object once"""
    c = make()
    wanted = sorted(c.add_all([{"n": i} for i in range(83)]))
    for name, order, start in (("fromID", wanted, "0"), ("toID", wanted[::-1], "Z")):
        seen, at, more = [], start, True
        while more:
            r = c.get(params={name: at, "limit": rng.randint(1, 20), "fields": "id"})
            seen += keys(r)
            at, more = seen[-1], r.json["hasMore"]
        assert seen == order


def test_bounds_need_not_exist(letters):
    """GC-19"""
    assert keys(letters.get(params={"fromID": "Cx"})) == list("DEFG")
    assert keys(letters.get(params={"toID": "Cx"})) == list("CBA")
    assert keys(letters.get(params={"fromID": "Z"})) == [] == keys(letters.get(params={"toID": "0"}))


def test_both_bounds(letters):
    """GC-20"""
    r = letters.get(params={"fromID": "A", "toID": "D"})
    assert keys(r) == ["B", "C"] and "descending" not in r.json and "offset" not in r.json
    assert keys(letters.get(params={"fromID": "D", "toID": "A"})) == []


@pytest.mark.parametrize("query", ["fromID=A&after=B", "toID=A&before=B", "fromID=A&offset=1", "after=A&offset=0",
                                   "toID=A&offset=1", "before=A&offset=1", "fromID=A&fromID=B"])
def test_bounds_that_exclude_each_other(letters, query):
    """GC-21"""
    r = letters.soda.get(f"{letters.path}?{query}")
    assert (r.status, r.code) == (400, "OSODA-00003")


def test_bounds_that_agree(letters):
    assert keys(letters.soda.get(letters.path + "?fromID=E&after=E&fromID=E")) == ["F", "G"]
    assert keys(letters.soda.get(letters.path + "?toID=C&before=C")) == ["B", "A"]


def test_since_and_until(letters):
    """GC-22, GC-23, GC-24, GC-25: since is exclusive, until inclusive; by time, then key"""
    at = times(letters)
    order = sorted(at, key=lambda k: (at[k], k))
    assert order == list("DAGCFBE") and len(set(at.values())) == 7
    for i, key in enumerate(order):
        r = letters.get(params={"since": at[key]})
        assert keys(r) == order[i + 1:]
        assert list(r.json) == ["items", "hasMore", "limit", "count"]
        assert keys(letters.get(params={"until": at[key]})) == order[:i + 1]
        assert keys(letters.get(params={"since": at[key], "until": at[key]})) == []
    assert keys(letters.get(params={"since": at["A"], "until": at["F"]})) == ["G", "C", "F"]
    assert keys(letters.get(params={"since": LATE, "until": EARLY})) == []
    assert keys(letters.get(params={"since": EARLY, "limit": 3, "offset": 2})) == order[2:5]
    r = letters.get(params={"since": at["A"], "totalResults": "true", "limit": 1})
    assert r.json["totalResults"] == 5
    # key bounds and times together: both hold, in the order of keys
    assert keys(letters.get(params={"since": at["A"], "fromID": "B"})) == ["C", "E", "F", "G"]
    assert keys(letters.get(params={"since": at["A"], "toID": "F"})) == ["B", "C", "E"]


def test_same_time(coll):
    """GC-25: objects of one moment come in the order of their keys"""
    wanted = sorted(coll.add_all([{"n": i} for i in range(20)]))
    assert keys(coll.get(params={"since": EARLY})) == wanted


@pytest.mark.parametrize("text", ["nonsense", "", "2021-02-30", "2021-13-01", "2021-01-01T25:00",
                                  "2021-01-01T00:00:00.", "1",
                                  "2021-01-01T00:00:00 01:00", "2021-01-01T00:00:00.1234567890"])
def test_bad_times(letters, text):
    """GC-26"""
    for name in ("since", "until"):
        r = letters.get(params={name: text})
        assert (r.status, r.code) == (400, "OSODA-00003"), r
        assert name in r.json["title"]


@pytest.mark.parametrize("text", ["2021-01-01", "2021-01-01T00:00", "2021-01-01T00:00:00", "2021-01-01T00:00:00Z",
                                  "2021-01-01T00:00:00.5Z", "2021-01-01T00:00:00.123456789Z", "2021-01-01T00:00:00+01:00",
                                  "2021-01-01T00:00-11:30"])
def test_good_times(letters, text):
    """GC-26"""
    assert len(keys(letters.get(params={"since": text}))) == 7
    assert keys(letters.get(params={"until": text})) == []


def test_zones(letters):
    """one moment, written in two zones"""
    now = time.time() - 1800
    for zone, shift in (("Z", 0), ("+02:00", 7200), ("-05:30", -19800)):
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now + shift)) + zone
        assert len(keys(letters.get(params={"since": text}))) == 7
        assert keys(letters.get(params={"until": text})) == []


def test_times_without_a_column(make):
    """GC-27"""
    c = make({})
    for name in ("since", "until"):
        r = c.get(params={name: EARLY})
        assert (r.status, r.code) == (400, "SODA-02001")


def test_filter(letters):
    """GC-28: the same items as POST query"""
    for qbe in ({"a": 1}, {}, {"$query": {"n": {"$gt": 2}}, "$orderby": {"n": -1}}, {"$id": ["A", "G"]}):
        r = letters.get(params={"q": json.dumps(qbe)})
        assert r.json["items"] == letters.query(qbe).json["items"]
        assert list(r.json) == ["items", "hasMore", "limit", "count"]


def test_filter_on_pages(letters):
    """GC-29"""
    q = '{"a":0}'                  # D G F E by insertion
    r = letters.get(params={"q": q, "limit": 2, "offset": 1, "totalResults": "true"})
    assert keys(r) == ["E", "F"] and r.json["hasMore"] is True
    assert list(r.json) == ["items", "hasMore", "limit", "offset", "count", "totalResults"]
    assert (r.json["limit"], r.json["offset"], r.json["count"], r.json["totalResults"]) == (2, 1, 2, 4)
    assert letters.get(params={"q": q, "limit": 2, "offset": 2}).json["hasMore"] is False
    assert keys(letters.get(params={"q": q, "fromID": "E"})) == ["F", "G"]
    at = times(letters)
    assert keys(letters.get(params={"q": q, "since": at["D"], "until": at["F"]})) == ["F", "G"]


def test_only_an_order(letters):
    """GC-30"""
    assert keys(letters.get(params={"q": '{"$orderby":{"n":-1}}'})) == list("DAGCFBE")[::-1]
    assert keys(letters.get(params={"q": '{"$orderby":{"n":-1}}', "limit": 2, "offset": 1})) == ["B", "F"]
    assert letters.get(params={"q": '{"$orderby":{"n":1}}', "fromID": "A"}).status == 400


@pytest.mark.parametrize("q", ["notjson", "", "[]", "1", "{", '{"a":1}x', '{"a":{"$foo":1}}'])
def test_bad_filters(letters, q):
    """GC-31"""
    r = letters.get(params={"q": q})
    assert r.status == 400 and r.code in ("SODA-02002", "SODA-02093"), r


def test_other_media(make):
    """GC-32"""
    c = make(ANY_MEDIA)
    for kind, body in (("image/png", b"12345"), ("application/json", b'{"a":1}')):
        assert c.soda.post(c.path, body, headers={"Content-Type": kind}).status == 201
    for params in ({}, {"fields": "value"}, {"fields": "id"}):
        items = c.items(**params)
        (picture,) = [i for i in items if "mediaType" in i]
        (doc,) = [i for i in items if "mediaType" not in i]
        assert (picture["mediaType"], picture["bytes"]) == ("image/png", 5)
        assert "value" not in picture and "bytes" not in doc
        assert ("value" in doc) == (params.get("fields") != "id")


def test_missing(soda):
    """GC-33"""
    r = soda.get("/" + soda.fresh_name())
    assert (r.status, r.code) == (404, "REST-02000")


def test_empty(coll):
    """GC-34"""
    r = coll.get()
    assert (r.json["items"], r.json["count"], r.json["hasMore"]) == ([], 0, False)
    assert coll.get(params={"totalResults": "true"}).json["totalResults"] == 0


def test_self_links(named):
    """GC-35: also for keys that need escapes"""
    docs = {"A": 1, "a/b": 2, "a b": 3, "100%": 4, "á?#": 5, "\U0001f600": 6, "\"'<>": 7, "+": 8}
    for key, n in docs.items():
        assert named.put(key, {"n": n}).status == 201
    for r in (named.get(), named.get(params={"fromID": "!"}), named.query({})):
        assert len(r.json["items"]) == len(docs)
        for item in r.json["items"]:
            (link,) = item["links"]
            assert link["rel"] == "self"
            url = urllib.parse.urlsplit(link["href"])
            assert url.netloc == f"127.0.0.1:{named.soda.port}" and not url.query
            assert named.soda.get(url.path, base="").json == item["value"] == {"n": docs[item["id"]]}


def test_insertion_while_paging(named, rng):
    """GC-37: paging by key never skips what was there from the beginning"""
    start = {f"k{i:04}" for i in range(0, 400, 4)}
    for key in sorted(start):
        named.put(key, {})
    for name, at in (("fromID", "a"), ("toID", "z")):
        seen, more = [], True
        while more:
            r = named.get(params={name: at, "limit": 7, "fields": "id"})
            seen += keys(r)
            at, more = seen[-1], r.json["hasMore"]
            named.put(f"k{rng.randrange(400):04}", {})
        assert start <= set(seen) and len(seen) == len(set(seen))


@pytest.mark.parametrize("qbe", ['{"$query":{},"$patch":[]}', '{"$query":{},"$merge":{}}', '{"$patch":[]}'])
def test_filter_that_would_write(letters, qbe):
    """GC-38"""
    r = letters.get(params={"q": qbe})
    assert (r.status, r.code) == (400, "SODA-02002")


def test_number_keys(make):
    """keys of a NUMBER column are sorted and bounded as numbers; a bound that is none is refused"""
    c = make({"keyColumn": {"sqlType": "NUMBER", "assignmentMethod": "IDENTITY"}})
    wanted = c.add_all([{"n": i} for i in range(12)])
    assert [int(k) for k in wanted] == sorted(int(k) for k in wanted)
    assert keys(c.get()) == wanted
    assert keys(c.get(params={"fromID": wanted[8]})) == wanted[9:]
    assert keys(c.get(params={"toID": wanted[3]})) == wanted[2::-1]
    assert c.get(params={"fromID": "x"}).status == 400


def test_any_combination(make, rng):
    """GC-13, GC-18, GC-20, GC-24, GC-29: random parameters give what a plain reading of the rules gives"""
    c = make(CLIENT_KEYS)
    names = rng.sample([a + b for a in "aAbBz\u00e9" for b in ["", " ", "1", "10", "9", "\U0001f600"]], 30)
    for n, key in enumerate(names):
        assert c.put(key, {"n": n % 7, "t": key}).status == 201
    for key in rng.sample(names, 10):
        c.put(key, {"n": 9, "t": key})
    items = c.items(limit=1000)
    moments = [i["lastModified"] for i in items]

    def maybe(name, choose, chance=0.3):
        return {name: choose()} if rng.random() < chance else {}

    n_compared = 0
    for _ in range(400):
        p = {**maybe("fromID", lambda: rng.choice([*names, "A1x", "b"])),
             **maybe("toID", lambda: rng.choice([*names, "\u00e9x"])),
             **maybe("since", lambda: rng.choice(moments)), **maybe("until", lambda: rng.choice(moments)),
             **maybe("q", lambda: rng.choice(['{"n":3}', '{"n":{"$gte":4}}', "{}", '{"t":{"$regex":".*1.*"}}'])),
             **maybe("limit", lambda: rng.randint(1, 12), 0.7), **maybe("offset", lambda: rng.randint(0, 12)),
             **maybe("totalResults", lambda: "true", 0.5)}
        r = c.get(params=p)
        if "offset" in p and ("fromID" in p or "toID" in p):
            assert r.status == 400
            continue
        n_compared += 1
        want = {'{"n":3}': lambda v: v["n"] == 3, '{"n":{"$gte":4}}': lambda v: v["n"] >= 4,
                '{"t":{"$regex":".*1.*"}}': lambda v: "1" in v["t"]}.get(p.get("q"), lambda v: True)
        counted = [i for i in items if p.get("since", "") < i["lastModified"] <= p.get("until", "9") and want(i["value"])]
        found = [i for i in counted if p.get("fromID", "") < i["id"] < p.get("toID", chr(0x10ffff))]
        is_timed = "since" in p or "until" in p
        if "q" not in p and "fromID" not in p and "toID" not in p and is_timed:
            found.sort(key=lambda i: (i["lastModified"], i["id"]))
        is_down = "toID" in p and not {"fromID", "since", "until", "q"} & p.keys()
        if is_down:
            found.reverse()
        begin, limit = p.get("offset", 0), p.get("limit", 100)
        assert r.json["items"] == found[begin:begin + limit], p
        assert r.json["hasMore"] == (begin + limit < len(found)), p
        assert r.json.get("totalResults") == (len(counted) if "totalResults" in p else None), p
        assert r.json.get("descending") == (True if is_down else None), p
    assert n_compared > 200


def test_unlimited(new_site):
    """GC-03: both settings, and unlimited for either"""
    site = new_site(workers=1, settings={"soda.defaultLimit": "3", "soda.maxLimit": "5"})
    c = site.soda().make()
    c.add_all([{"n": i} for i in range(1200)])
    r = c.get(params={"fields": "id"})
    assert (r.json["limit"], r.json["count"]) == (3, 3)
    assert c.get(params={"limit": 9}).json["limit"] == 5
    assert c.query({}).json["count"] == 3
    site.cords("config", "set", "soda.maxLimit", "unlimited")
    site.cords("config", "set", "soda.defaultLimit", "unlimited")
    site.stop()
    site.start()
    c = site.soda().collection(c.name)
    r = c.get(params={"fields": "id"})
    assert (len(r.json["items"]), r.json["hasMore"], "limit" in r.json) == (1200, False, False)
    assert c.get(params={"limit": 1100}).json["limit"] == 1100
