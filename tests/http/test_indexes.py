"""Indexes over HTTP: what is accepted, what they demand of objects, and that they never change an answer."""
import itertools
import json
import random
import threading

import pytest

from lib import ANY_MEDIA, READ_ONLY, quote

_numbers = itertools.count(1)


def name(coll):
    """a name of an index that no other collection has"""
    return f"IX_{coll.name}_{next(_numbers)}"


def create(coll, *fields, **more):
    """the answer to action=index; a field may be given by its path alone"""
    fields = [{"path": f} if isinstance(f, str) else f for f in fields]
    return coll.action("index", {"name": more.pop("name", None) or name(coll), "fields": fields, **more})


def made(coll, *fields, **more):
    chosen = more.setdefault("name", name(coll))
    r = create(coll, *fields, **more)
    assert r.status == 200, r
    return chosen


def number(path, **more):
    return {"path": path, "datatype": "number", **more}


# ---- answers do not change ----

DOCS = ['{"n":1,"s":"a"}', '{"n":2.0,"s":"b"}', '{"n":"2","s":true}', '{"n":1e1,"s":"true"}', '{"n":null,"s":"10"}', '{"s":10}', '{"n":-3}',
        '{"n":9007199254740993,"s":"é"}', '{"n":9007199254740992,"s":""}', '{}', '{"n":" 4.0 ","s":"ab"}']
QUERIES = ['{"n":2}', '{"n":"2"}', '{"n":{"$gt":1}}', '{"n":{"$lte":2}}', '{"n":{"$between":[1,10]}}', '{"n":null}', '{"n":{"$ne":2}}',
           '{"n":{"$in":[1,"10"]}}', '{"n":{"$exists":true}}', '{"n":{"$gt":9007199254740992}}', '{"n":{"$number":{"$lt":0}}}',
           '{"n":4,"s":"ab"}', '{"s":"true"}', '{"s":true}', '{"s":10}', '{"s":"10"}', '{"s":{"$gt":"a"}}', '{"s":{"$startsWith":"a"}}',
           '{"s":{"$startsWith":"1"}}', '{"s":{"$like":"t%"}}', '{"s":{"$string":"true"}}', '{"s":{"$lt":"b"},"n":{"$gt":0}}', '{"s":""}',
           '{"$or":[{"n":1},{"s":"b"}]}', '{"$nor":[{"n":1}]}', '{"s":{"$upper":"AB"}}', '{"n":{"$gt":1,"$lt":10}}', '[]', '{}',
           '{"$query":{},"$orderby":[{"path":"n","datatype":"number"}]}', '{"$query":{"n":{"$gt":0}},"$orderby":{"s":-1}}',
           '{"$query":{},"$orderby":{"n":1,"s":1}}', '{"$query":{"s":"a"},"$orderby":[{"path":"n","datatype":"number","order":"desc"}]}']


def answers(coll):
    out = {}
    for text in QUERIES:
        for params in ({}, {"limit": 3, "offset": 2}, {"limit": 2, "totalResults": "true", "fields": "id"}):
            r = coll.query(text, **params)
            body = r.json
            out[text, str(params)] = (r.status, [i["id"] for i in body.get("items", [])], body.get("hasMore"), body.get("totalResults"))
    return out


@pytest.mark.parametrize("indexes", [
    [[number("n")]], [["n"]], [["s"]], [[number("n"), "s"]], [["s", number("n", order="desc")]],
    [[number("n")], ["s"], [number("n", order="desc")]]], ids=str)
def test_answers_do_not_change(coll, indexes):
    """IX-01: queries answer the same before, with and after an index"""
    for text in DOCS:
        coll.add(text.encode())
    before = answers(coll)
    names = [made(coll, *fields) for fields in indexes]
    assert answers(coll) == before
    for n in names:
        assert coll.action("unindex", {"name": n}).status == 200
    assert answers(coll) == before


# ---- specifications ----

@pytest.mark.parametrize("text, inner", [
    ('{"fields":[{"path":"a"}]}', 5007), ('{"name":"N","fields":[]}', 5041), ('{"name":"N","fields":[{}]}', 5007),
    ('{"name":5,"fields":[{"path":"a"}]}', 5006), ('{"name":"N","fields":5}', 5006), ('{"name":"N","fields":[5]}', 5006),
    ('{"name":"N","fields":[{"path":5}]}', 5006), ('{"name":"N","fields":[{"path":"a..b"}],"lax":true,"scalarRequired":true}', 5058),
    ('{"name":"N","fields":[{"path":"a"}],"lax":true,"scalarRequired":true}', 5058),
    ('{"name":"N","fields":[{"path":"a","datatype":"number","maxLength":5}]}', 5040),
    ('{"name":"N","fields":[{"path":"a","maxLength":-1}]}', 5012), ('{"name":"N","fields":[{"path":"a","maxLength":1.5}]}', 5006),
    ('{"name":"N","fields":[{"path":"a","order":"up"}]}', 5044), ('{"name":"N","fields":[{"path":"a","order":true}]}', 5006),
    ('{"name":"N","fields":[{"path":"a","datatype":"blob"}]}', 5011), ('{"name":"N","unique":true}', 5042),
    ('{"name":"N","indexNulls":true}', 5042), ('{"name":"N","scalarRequired":true}', 5066),
    ('{"name":"N","fields":[{"path":"a"}],"spatial":"b"}', 5059), ('{"name":"N","fields":[{"path":"a"}],"language":"english"}', 5043),
    ('{"name":"N","fields":[{"path":"a"}],"search_on":"text"}', 5059), ('{"name":"N","spatial":"a","dataguide":"on"}', 5059),
    ('{"name":"N","dataguide":"maybe"}', 5060), ('{"name":"N","search_on":"x"}', 5061), ('{"name":"N","language":"klingon"}', 5013),
    ('{"name":"N","fields":[{"path":"a"}],"multivalue":true,"lax":true}', 5059),
    ('{"name":"","fields":[{"path":"a"}]}', 5009), ('{"name":"N","fields":[{"path":""}]}', 5008),
    ("", 5009), ("{", 5009), ("[]", 5009), ("5", 5009), ('{"name":"N","name":"M","fields":[{"path":"a"}]}', 5009),
])
def test_bad_specification(coll, text, inner):
    """IX-02, IX-11, IX-12, IX-13, IX-14, IX-16"""
    r = coll.action("index", text)
    assert (r.status, r.code, r.inner) == (400, "SODA-02024", inner), r
    assert r.json["title"] == r.json["o:errorDetails"][0]["title"]


def test_array_steps(coll):
    """IX-02: only plain field names can be indexed"""
    for path in ("a[0]", "a[*].b", "[0]", "*", "a.*", "..a", "a..b"):
        assert create(coll, path).code == "SODA-02046"
    assert create(coll, *[f"f{i}" for i in range(17)]).code == "SODA-02038"
    assert create(coll, *[f"f{i}" for i in range(16)]).status == 200


def test_not_available_yet(coll):
    """IX-16: ttl is answered 501, after its syntax was checked"""
    for spec in [{"fields": [{"path": "a"}], "ttl": 60}]:
        r = coll.action("index", {"name": "S", **spec})
        assert (r.status, r.code) == (501, "OSODA-00009"), (spec, r)
    assert create(coll, "a", name=(n := name(coll))).status == 200      # none of them took anything
    assert coll.action("unindex", {"name": n}).status == 200


def test_same_name(coll, make):
    """IX-03: on this collection or another one, even if all is the same; free again when its collection is dropped"""
    n = made(coll, "a")
    other = make()
    for c in (coll, other):
        r = create(c, "a", name=n)
        assert (r.status, r.code) == (409, "SODA-02053"), r
    assert create(coll, "a", name=n.lower()).status == 200
    assert coll.soda.delete(coll.path).status == 200
    assert create(other, "a", name=n).status == 200


def test_members(coll):
    """IX-20: unknown members are ignored, names of members may have any case"""
    r = coll.action("index", {"NAME": name(coll), "Fields": [{"PATH": "a", "DataType": "NUMBER", "Order": "DESC", "x": 1}], "y": {}, "UNIQUE": True})
    assert r.status == 200, r
    coll.add({"a": 1})
    assert coll.soda.post(coll.path, {"a": 1}).status == 409


def test_where(soda, make):
    """IX-19: a missing collection, a heterogeneous one; a read-only one can be indexed"""
    spec = {"name": "X", "fields": [{"path": "a"}]}
    r = soda.post(f"/{soda.fresh_name()}?action=index", spec)
    assert (r.status, r.code) == (404, "REST-02000")
    hetero = make(ANY_MEDIA)
    r = hetero.action("index", spec)
    assert (r.status, r.code) == (400, "SODA-03008"), r
    assert hetero.action("index", {"name": "X"}).code == "SODA-03007"
    assert hetero.action("index", {"name": "X", "spatial": "a"}).code == "SODA-03006"
    assert create(make(READ_ONLY), "a").status == 200


def test_number_of_fields(coll):
    """as many as every engine takes, and not one more"""
    for kind, most in (("varchar2", 16), ("number", 31)):
        fields = [{"path": f"f{n}", "datatype": kind} for n in range(most + 1)]
        r = create(coll, *fields)
        assert r.status == 400 and r.code == "SODA-02038", r
        made(coll, *fields[:-1])
    key = coll.add({f"f{n}": n for n in range(31)})
    assert [i["id"] for i in coll.query({f"f{n}": n for n in range(31)}).json["items"]] == [key]


def test_length_of_names(coll):
    """IX-02: 1 to 128 characters"""
    for letter in "xé\U0001f600":
        n = (coll.name + letter * 128)[:128]
        assert create(coll, "a", name=n).status == 200
        assert create(coll, "a", name=n + letter).inner == 5009
        assert coll.action("unindex", {"name": n + letter}).status == 400
        assert coll.action("unindex", {"name": n}).status == 200


# ---- unique ----

def test_unique(coll):
    """IX-04: a duplicate is refused, numbers by their value; objects without any of the values never are"""
    made(coll, number("a"), unique=True)
    first = coll.add('{"a":1.0}')
    for text in ('{"a":1}', '{"a":"1"}', '{"a":10e-1,"b":2}'):
        r = coll.soda.post(coll.path, text)
        assert (r.status, r.code) == (409, "SQL-00001"), r
    for text in ('{"b":1}', '{"b":1}', '{"a":null}', '{"a":null}', '{"a":2}'):
        coll.add(text)
    assert coll.delete(first).status == 200
    coll.add('{"a":1}')
    assert len(coll.items()) == 6


def test_unique_over_duplicates(coll):
    """IX-05: 409, and no index stays"""
    coll.add_all([{"a": 1}, {"a": 2}, {"a": "1"}])
    n = name(coll)
    r = create(coll, number("a"), unique=True, name=n)
    assert (r.status, r.code) == (409, "SQL-01452"), r
    coll.add({"a": [1]})                        # an index would refuse it
    assert create(coll, number("a"), lax=True, name=n).status == 200


def test_unique_of_several_fields(coll):
    """IX-04: all fields together; missing ones count as equal unless all are missing"""
    made(coll, "a", "b", unique=True)
    for doc, status in [({"a": 1, "b": 1}, 201), ({"a": 1, "b": 2}, 201), ({"a": 1, "b": "1"}, 409), ({"a": 1}, 201), ({"a": 1}, 409), ({}, 201),
                        ({}, 201), ({"b": 1}, 201), ({"a": "1", "b": None}, 409)]:
        assert coll.soda.post(coll.path, doc).status == status, doc


def test_bulk_names_the_duplicate(coll):
    """IX-04: nothing of a bulk insert stays, and the answer says which element it was"""
    made(coll, "a", unique=True)
    r = coll.action("insert", [{"a": i} for i in range(90)] + [{"a": 7}])
    assert (r.status, r.code) == (409, "SQL-00001")
    assert r.json["o:errorDetails"][0]["o:errorPath"] == "/90", r
    assert coll.items() == []


# ---- what may stand at a path ----

DISCIPLINE = [
    # value of "a" as text, None: missing; accepted by default, scalarRequired, lax; with the code of the refusal
    (None, "number", 201, "SQL-40462", 201), ("null", "number", 201, 201, 201), ("5", "number", 201, 201, 201), ('"12"', "number", 201, 201, 201),
    ('"abc"', "number", "SQL-01722", "SQL-01722", 201), ("true", "number", "SQL-01722", "SQL-01722", 201),
    ("[]", "number", "SQL-40456", "SQL-40456", 201), ("[5]", "number", "SQL-40456", "SQL-40456", 201), ("{}", "number", "SQL-40456", "SQL-40456", 201),
    (None, "varchar2", 201, "SQL-40462", 201), ('["x"]', "varchar2", "SQL-40456", "SQL-40456", 201), ("true", "varchar2", 201, 201, 201),
    ('"2020-01-31"', "date", 201, 201, 201), ('"2020-02-31"', "date", "SQL-01858", "SQL-01858", 201), ("20200131", "date", "SQL-01858", "SQL-01858", 201),
    ('"2020-01-31T10:00:00Z"', "timestamp", 201, 201, 201), ('"soon"', "timestamp", "SQL-01858", "SQL-01858", 201),
]


@pytest.mark.parametrize("value, datatype, default, required, lax", DISCIPLINE, ids=str)
@pytest.mark.parametrize("mode", ["default", "scalarRequired", "lax"])
def test_discipline(coll, value, datatype, default, required, lax, mode):
    """IX-06, IX-07, IX-08, IX-09, IX-10: the same rule for objects that exist and for those that come"""
    expected = {"default": default, "scalarRequired": required, "lax": lax}[mode]
    text = "{}" if value is None else f'{{"a":{value}}}'
    flags = {} if mode == "default" else {mode: True}
    coll.add('{"a":null}')
    n = made(coll, {"path": "a", "datatype": datatype}, **flags)
    r = coll.soda.post(coll.path, text)
    if expected == 201:
        assert r.status == 201, r
        return
    assert (r.status, r.code) == (400, expected), r
    assert n in r.json["title"] and len(coll.items()) == 1
    assert coll.action("unindex", {"name": n}).status == 200
    coll.add(text)
    r = create(coll, {"path": "a", "datatype": datatype}, name=n, **flags)
    assert (r.status, r.code) == (400, expected), r
    coll.add(text)                              # no index stayed
    assert coll.action("delete", {"$id": [i["id"] for i in coll.items()]}).status == 200
    assert create(coll, "b", name=n).status == 200


def test_max_length(coll):
    """IX-12: characters, not bytes"""
    made(coll, {"path": "a", "maxLength": 3})
    coll.add({"a": "ééé"})
    coll.add({"a": 123})
    assert coll.soda.post(coll.path, {"a": "abcd"}).status == 400
    assert coll.soda.post(coll.path, {"a": 1234}).status == 400


@pytest.mark.parametrize("fields", [["t"], ["t", number("n")], [number("big"), "t"]], ids=str)
def test_long_values(coll, fields):
    """R-07, ER-10: values of any length are found, ordered and unique, also where an engine keeps only their beginning"""
    begin, big = "é" * 300, "9" * 700
    texts = [begin + e for e in ("", "b", "a", "c" * 3000, "c" * 3000 + "d", "\U0001f600")] + ["x" * 510, "x" * 509, "x" * 508, "short", "x" * 20_000]
    made(coll, *fields, unique=True)
    coll.add_all([{"n": n, "t": t, "i": n} for n, t in enumerate(texts)])
    for n in range(3):
        coll.add('{"big":%s%d,"t":"big%d","n":%d}' % (big, n, n, 50 + n))
    for n, t in enumerate(texts):
        r = coll.soda.post(coll.path, {"n": n, "t": t})
        assert (r.status, r.code) == (409, "SQL-00001"), r

        def found(operators):
            r = coll.query({"t": operators}, limit=100, totalResults="true")
            assert r.json["totalResults"] == r.json["count"]
            return sorted(i["value"]["t"] for i in r.json["items"])
        for op, test in [("$eq", str.__eq__), ("$gt", str.__gt__), ("$gte", str.__ge__), ("$lt", str.__lt__), ("$lte", str.__le__),
                         ("$startsWith", str.startswith)]:
            assert found({op: t}) == sorted(x for x in texts + ["big0", "big1", "big2"] if test(x, t)), (op, t[-20:])
    assert len(coll.find({"big": {"$gt": int(big) * 10}})) == 2 and len(coll.find('{"big":%s1}' % big)) == 1
    everything = sorted((t, n) for n, t in enumerate(texts))
    for back in (False, True):
        order = [{"path": "t", "order": "desc" if back else "asc"}, {"path": "n", "datatype": "number"}]
        for limit in (100, 1, 3):
            got = []
            while page := coll.find({"$query": {"i": {"$exists": True}}, "$orderby": order}, limit=limit, offset=len(got)):
                got += [d["t"] for d in page]
            assert got == [t for t, _ in sorted(everything, reverse=back)], (back, limit)
    everyone = [d["t"] for d in coll.find({"$query": {}, "$orderby": [{"path": "t"}]}, limit=100)]
    assert everyone == sorted(texts + ["big0", "big1", "big2"])
    key = coll.query({"t": texts[1]}).json["items"][0]["id"]
    assert coll.put(key, {"n": 2, "t": texts[2]}).status == 409 and coll.put(key, {"n": 1, "t": texts[1] + "!"}).status == 200
    assert coll.find({"t": texts[1]}) == [] and len(coll.find({"t": texts[1] + "!"})) == 1


def test_values_inside_arrays(coll):
    """IX-06: a path that leads through an array to several values"""
    coll.add({"o": [{"a": 1}]})
    made(coll, number("o.a"))
    coll.add({"o": [{"b": 1}, {"a": 2}]})
    r = coll.soda.post(coll.path, {"o": [{"a": 1}, {"a": 2}]})
    assert (r.status, r.code) == (400, "SQL-40456")
    assert [d["o"][-1]["a"] for d in coll.find({"o.a": {"$gte": 1}})] in ([1, 2], [2, 1])
    assert len(coll.find({"o.a": 2})) == 1


def test_every_way_to_write(named):
    """IX-21: PUT, PATCH, merge patch and bulk update obey unique and value rules like insert, and change nothing when refused"""
    made(named, number("a"), unique=True)
    assert named.put("one", {"a": 1}).status == 201 and named.put("two", {"a": 2}).status == 201
    before = named.get("two")
    for bad, status, code in [(1, 409, "SQL-00001"), ("1.0", 409, "SQL-00001"), ("x", 400, "SQL-01722"), ([1], 400, "SQL-40456")]:
        answers = [named.put("two", {"a": bad}), named.put("three", {"a": bad}), named.patch("two", [{"op": "replace", "path": "/a", "value": bad}]),
                   named.patch("two", {"a": bad}, headers={"Content-Type": "application/merge-patch+json"}),
                   named.action("update", {"$query": {"$id": "two"}, "$merge": {"a": bad}}),
                   named.action("update", {"$query": {"$id": "two"}, "$patch": [{"op": "add", "path": "/a", "value": bad}]})]
        for i, r in enumerate(answers):
            assert (r.status, r.code) == (status, code), (i, r)
        after = named.get("two")
        assert (after.body, after.etag) == (before.body, before.etag)
        assert named.get("three").status == 404
    assert named.put("one", {"a": 3}).status == 200             # the entry moves with the object
    assert named.put("two", {"a": 1}).status == 200
    assert [d["a"] for d in named.find({"a": {"$in": [1, 2, 3]}})] == [3, 1]
    assert named.find({"a": 2}) == []
    assert named.action("truncate").status == 200
    assert named.put("new", {"a": 1}).status == 201


# ---- several workers ----

def test_every_worker_knows_at_once(site, coll):
    """R-06: what one worker defined, each of the others obeys with the next request"""
    clients = [site.soda() for _ in range(4)]       # connections of their own go to either worker
    for i in range(10):
        n = made(coll, number("a"), unique=True)
        assert clients[i % 4].post(coll.path, {"a": i}).status == 201
        assert [c.post(coll.path, {"a": i}).status for c in clients] == [409] * 4
        assert [len(c.collection(coll.name).find({"a": {"$gte": i}})) for c in clients] == [1] * 4
        assert coll.action("unindex", {"name": n}).status == 200
        assert [c.post(coll.path, {"a": [i]}).status for c in clients] == [201] * 4
        assert coll.action("delete", {"a[0]": i, "$nor": [{"a": {"$type": "number"}}]}).status == 200
    for c in clients:
        c.close()


def test_writes_beside_indexing(site, coll, rng):
    """R-10, IX-21: objects that come and go while an index is made have their entries, whatever came first, and nobody waits for
    a deadlock"""
    log = site.server.folder / "server.log" if site.server is not None else None
    said = log.stat().st_size if log else 0
    coll.add_all([{"a": i} for i in range(300)])
    stop = threading.Event()
    refused = []

    def write(random):
        mine = site.soda().collection(coll.name)
        keys = []
        while not stop.is_set():
            if keys and random.random() < 0.4:
                assert mine.delete(keys.pop()).status == 200
            elif keys and random.random() < 0.5:
                assert mine.put(keys[-1], {"a": random.randrange(1000)}).status == 200
            else:
                r = mine.soda.post(mine.path, {"a": random.randrange(1000)})
                (keys.append(r.json["items"][0]["id"]) if r.status == 201 else refused.append(r))
        mine.soda.close()

    threads = [threading.Thread(target=write, args=(random.Random(rng.random()),)) for _ in range(3)]
    for t in threads:
        t.start()
    try:
        names = [made(coll, number("a")) for _ in range(6)]
        assert coll.action("unindex", {"name": names.pop()}).status == 200
    finally:
        stop.set()
        for t in threads:
            t.join()
    assert refused == []
    assert log is None or "deadlock detected" not in log.read_text(errors="replace")[said:]
    assert set(names) <= site.check_tables()
    total = coll.query({}, limit=1, totalResults="true").json["totalResults"]
    assert coll.query({"a": {"$gte": 0}}, limit=1, totalResults="true").json["totalResults"] == total


# ---- unindex ----

def test_overwriting_side_by_side(site, coll):
    """Of several unconditional PUTs at once one is the last, and its values are what the index knows."""
    made(coll, {"path": "n", "datatype": "number"})
    key = coll.add({"n": 0})

    def write(n, errors):
        status = site.soda().collection(coll.name).put(key, {"n": n}).status
        if status != 200:
            errors.append(status)
    errors = []
    for _ in range(60):
        crowd = [threading.Thread(target=write, args=(n % 2, errors)) for n in range(4)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        now = coll.get(key).json["n"]
        assert coll.find({"n": now}) == [{"n": now}] and coll.find({"n": 1 - now}) == [], now
    assert errors == []


def test_drop(coll):
    """UX-01: by its name; what it demanded is demanded no longer"""
    n = made(coll, number("a"), unique=True)
    coll.add({"a": 1})
    assert coll.soda.post(coll.path, {"a": 1}).status == 409
    assert coll.action("unindex", {"name": n}).status == 200
    coll.add({"a": 1})
    coll.add({"a": ["x"]})
    assert len(coll.find({"a": 1})) == 2


def test_drop_what_is_not_there(coll, make):
    """UX-02: fine; and the index of another collection stays"""
    assert coll.action("unindex", {"name": "NOBODY"}).status == 200
    other = make()
    n = made(other, number("a"), unique=True)
    assert coll.action("unindex", {"name": n}).status == 200
    other.add({"a": 1})
    assert other.soda.post(other.path, {"a": 1}).status == 409


def test_drop_with_more_members(coll):
    """UX-03"""
    n = made(coll, number("a"))
    assert coll.action("unindex", {"Name": n, "force": True, "fields": 5, "x": None}).status == 200
    coll.add({"a": "text"})


def test_drop_without_name(coll, soda):
    """UX-04, UX-06"""
    for text, inner in [("{}", 5007), ('{"name":5}', 5006), ("", 5009), ("[]", 5009)]:
        r = coll.action("unindex", text)
        assert (r.status, r.code, r.inner) == (400, "SODA-02025", inner), r
    r = soda.post(f"/{soda.fresh_name()}?action=unindex", {"name": "X"})
    assert (r.status, r.code) == (404, "REST-02000")


# ---- text of clients is never text of statements ----

HOSTILE = ["'", "''", '"', '""', "`", ";", "--", "/*", "*/", "\\", "\\'", "%", "_", "?", "{fn user()}", "\x01", "\n", "\t", "\x7f", "é", "\U0001f600",
           "x'; DROP TABLE soda_c_1; --", '"; DROP TABLE soda_c_1; --', "') OR ('1'='1", "soda_i_1", "sqlite_master", "SELECT", "%s%n%x", "[x]", "a b", "$1",
           ":a", "@a", "||", "a\r\nb"]


def test_hostile_names_of_indexes(coll, make):
    """R-62, QX-04: any text is a name, and means nothing else"""
    other = make()
    other.add({"a": 1})
    for text in HOSTILE:
        n = f"{text}{coll.name}"
        assert create(coll, number("a"), unique=True, name=n).status == 200, text
        assert create(other, number("a"), name=n).code == "SODA-02053", text
        coll.add({"a": 1})
        assert coll.soda.post(coll.path, {"a": 1}).code == "SQL-00001", text
        assert coll.action("unindex", {"name": n}).status == 200
        coll.add({"a": 1})
        assert coll.action("truncate").status == 200
    assert coll.action("index", {"name": "a\u0000b", "fields": [{"path": "a"}]}).status == 400
    assert other.find({"a": 1}) == [{"a": 1}]


def test_hostile_paths(coll):
    """R-62, QX-04: fields with odd names cannot be indexed, but are found, sorted and left out like others"""
    for text in HOSTILE:
        path = "`" + text.replace("`", "``") + "`"
        doc = {text: "here", "k": text}
        coll.add(json.dumps(doc))
        r = create(coll, path)
        if all(c.isascii() and (c.isalnum() or c in "_ -.") for c in text):
            assert r.status == 200, text
        else:
            assert (r.status, r.code, r.inner) == (400, "SODA-02024", 5008), text
        assert coll.find({path: "here"}) == [doc], text
        assert coll.find({path: {"$exists": True}}) == [doc], text
        assert len(coll.find({path: {"$ne": "here"}})) == len(coll.items(limit=100)) - 1
        r = coll.query({"$query": {}, "$orderby": [{"path": path}]}, limit=1)
        assert r.json["items"][0]["value"] == doc, text
        assert coll.find({"$query": {"k": text}, "$project": {path: 1}}) == [{text: "here"}], text
    assert len(coll.items(limit=100)) == len(HOSTILE)


@pytest.mark.parametrize("indexed", [False, True])
def test_hostile_values(coll, indexed):
    """R-62, QX-04: operands and keys are values, with and without an index"""
    for text in HOSTILE:
        coll.add({"v": text})
    if indexed:
        made(coll, "v")
    for text in HOSTILE:
        assert coll.find({"v": text}) == [{"v": text}], text
        assert {"v": text} in coll.find({"v": {"$startsWith": text[:1]}}), text
        assert coll.find({"v": {"$in": [text, text + "x"]}}) == [{"v": text}], text
        assert {"v": text} in coll.find({"v": {"$gte": text}}), text
        assert {"v": text} not in coll.find({"v": {"$gt": text}}), text
        assert {"v": text} in coll.find({"v": {"$hasSubstring": text}}), text
        assert coll.query({"$id": text}).json["items"] == []
        assert coll.get(text).status in (400, 404), text
        for bound in ("fromID", "toID", "after", "before"):
            assert coll.get(params={bound: text}).status == 200, (bound, text)
    assert len(coll.items(limit=100)) == len(HOSTILE)


def test_hostile_keys_and_collections(soda, named, make):
    """R-62, QX-04: keys and names of collections with any characters lead to themselves only"""
    keys = [t for t in HOSTILE if t.isprintable()]
    for i, text in enumerate(keys):
        assert named.put(text, {"i": i}).status == 201, text
    for i, text in enumerate(keys):
        assert named.get(text).json == {"i": i}, text
        assert named.find({"$id": text}) == [{"i": i}], text
        assert named.patch(text, [{"op": "add", "path": "/p", "value": text}]).status == 200, text
    assert len(named.find({"p": {"$exists": True}})) == len(keys)
    for text in keys:
        assert named.delete(text).status == 200, text
    assert named.items() == []
    for text in keys:
        c = make(name=f"{text}{named.name}")
        c.add({"k": text})
        made(c, "k")
        assert c.find({"k": text}) == [{"k": text}], text
        assert soda.delete("/" + quote(c.name)).status == 200, text
