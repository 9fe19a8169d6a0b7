"""$orderby over HTTP: its three forms, what sorts where, what is refused; each with and without an index that holds the order."""
import pytest


@pytest.fixture
def sorted_ids(coll):
    """keys(orderby, filter=..., **params): places of the found objects, in order"""
    places = {}

    def fill(docs):
        for doc in docs:
            places[coll.add(doc)] = len(places)

    def ask(order, where=None, **params):
        r = coll.query({"$query": where or {}, "$orderby": order}, **params)
        assert r.status == 200, r
        return [places[i["id"]] for i in r.json["items"]]

    def refusal(order, where=None):
        r = coll.query({"$query": where or {}, "$orderby": order})
        assert r.status == 400 and r.json["title"], r
        return r

    ask.fill, ask.refusal, ask.coll, ask.places = fill, refusal, coll, places
    return ask


def index(coll, *fields, **more):
    r = coll.action("index", {"name": f"I_{coll.name}_{len(more)}_{fields[0]['path']}_{fields[0].get('datatype')}", "fields": fields, **more})
    assert r.status == 200, r


def test_text_order_of_numbers(sorted_ids):
    """OB-01: the short form sorts by text: 1, 101, 102, 103, 2"""
    sorted_ids.fill([{"n": n} for n in (103, 2, 101, 1, 102)])
    assert sorted_ids({"n": 1}) == [3, 2, 4, 0, 1]
    index(sorted_ids.coll, {"path": "n"})
    assert sorted_ids({"n": 1}) == [3, 2, 4, 0, 1]
    assert sorted_ids({"n": -1}) == [1, 0, 4, 2, 3]


def test_number_order(sorted_ids):
    """OB-02: datatype number, also of strings that are numbers, exact beyond 2^53"""
    docs = ['{"n":102}', '{"n":2}', '{"n":"101"}', '{"n":1}', '{"n":103.0}', '{"n":9007199254740993}', '{"n":"9007199254740992"}',
            '{"n":-1e-3}']
    sorted_ids.fill(d.encode() for d in docs)
    expected = [7, 3, 1, 2, 0, 4, 6, 5]
    for indexed in (False, True):
        if indexed:
            index(sorted_ids.coll, {"path": "n", "datatype": "number"})
        for order in ([{"path": "n", "datatype": "number"}], {"$fields": [{"path": "n", "datatype": "NUMBER", "order": "asc"}]}):
            assert sorted_ids(order) == expected
        assert sorted_ids([{"path": "n", "datatype": "number", "order": "desc"}]) == expected[::-1]


def test_priorities(sorted_ids):
    """OB-03: the value is the priority, its sign the direction, ties as written"""
    sorted_ids.fill([{"a": a, "b": b} for a in "xy" for b in "pqr"])
    assert sorted_ids({"a": 2, "b": -1}) == [2, 5, 1, 4, 0, 3]
    assert sorted_ids({"b": 1, "a": -1}) == [3, 0, 4, 1, 5, 2]
    assert sorted_ids({"a": 9, "b": 7}) == [0, 3, 1, 4, 2, 5]


def test_short_form_values(sorted_ids):
    """OB-04"""
    sorted_ids.fill([{"a": "x"}, {"a": "y"}])
    assert sorted_ids({"a": "-1"}) == [1, 0]
    assert sorted_ids({"a": "3"}) == [0, 1]
    for value, inner in [(0, 5035), ("x", 5035), (1.5, 5035), (True, 5036), ([], 5036), ({}, 5036), (None, 5036)]:
        assert sorted_ids.refusal({"a": value}).inner == inner, value


@pytest.mark.parametrize("term, inner", [
    ({}, 5054), ({"order": "asc"}, 5054), ({"path": "a", "foo": 1}, 5055), ({"path": "a", "order": 1}, 5057),
    ({"path": "a", "order": "up"}, 5056), ({"path": "a", "datatype": "boolean"}, 5056), ({"path": 5}, 5057),
    ({"path": "a", "maxLength": 0}, 5056), ({"path": "a", "maxLength": "10"}, 5057)], ids=str)
def test_bad_terms(sorted_ids, term, inner):
    """OB-05, OB-12: in both forms that list fields, also on an empty collection"""
    for order in ([term], {"$fields": [term]}, [{"path": "b"}, term]):
        assert sorted_ids.refusal(order).inner == inner


def test_missing_values(sorted_ids):
    """OB-06: missing and null last in ascending order, first in descending"""
    sorted_ids.fill([{}, {"p": 10}, {"p": None}, {"p": 2}, {"q": 1}])
    for indexed in (False, True):
        if indexed:
            index(sorted_ids.coll, {"path": "p", "datatype": "number"})
        by_number = [{"path": "p", "datatype": "number"}]
        keys = sorted(sorted_ids.places, key=lambda k: k.encode())
        missing = [sorted_ids.places[k] for k in keys if sorted_ids.places[k] in (0, 2, 4)]
        assert sorted_ids(by_number) == [3, 1] + missing
        assert sorted_ids([{"path": "p", "datatype": "number", "order": "desc"}]) == missing + [1, 3]
        assert sorted_ids({"p": 1}) == [1, 3] + missing


def test_several_values(sorted_ids):
    """OB-07: an array, an object or several values: refused, or with $lax as if they were missing"""
    for extra, path in [([1], "p"), ([], "p"), ({"x": 1}, "p"), ([{"x": 1}, {"x": 2}], "p.x")]:
        sorted_ids.fill([{"p": {"x": 5}} if "." in path else {"p": 5}, {"p": extra}])
        last = max(sorted_ids.places.values())
        order = {"$fields": [{"path": path}]}
        where = {"$id": [k for k, place in sorted_ids.places.items() if place >= last - 1]}
        assert sorted_ids.refusal(order["$fields"], where).code == "SQL-40456"
        assert sorted_ids.refusal({**order, "$scalarRequired": True}, where).code == "SQL-40456"
        assert sorted_ids({**order, "$lax": True}, where) == [last - 1, last]


def test_errors_of_selected_objects_only(sorted_ids):
    """OB-07: an object that the filter leaves out does no harm; one behind the end of the page does"""
    sorted_ids.fill([{"k": 1, "p": 5}, {"k": 2, "p": [1]}, {"k": 1, "p": 3}])
    by_p = [{"path": "p", "datatype": "number"}]
    assert sorted_ids(by_p, {"k": 1}) == [2, 0]
    assert sorted_ids.refusal(by_p).code == "SQL-40456"
    r = sorted_ids.coll.query({"$query": {}, "$orderby": by_p}, limit=1)
    assert (r.status, r.code) == (400, "SQL-40456")


def test_scalar_required(sorted_ids):
    """OB-08: a missing value is refused, null is not"""
    sorted_ids.fill([{"p": "a"}, {"p": None}])
    strict = {"$fields": [{"path": "p"}], "$scalarRequired": True}
    assert sorted_ids(strict) == [0, 1]
    sorted_ids.fill([{"q": 1}])
    assert sorted_ids.refusal(strict).code == "SQL-40462"
    assert len(sorted_ids.coll.query({"$orderby": {**strict, "$scalarRequired": False}}).json["items"]) == 3
    index(sorted_ids.coll, {"path": "p"})
    assert sorted_ids.refusal(strict).code == "SQL-40462"


def test_both_flags(sorted_ids):
    """OB-09"""
    assert sorted_ids.refusal({"$fields": [{"path": "a"}], "$lax": True, "$scalarRequired": True}).inner == 5058
    assert sorted_ids.refusal({"$fields": [{"path": "a"}], "$lax": 1}).inner == 5057


@pytest.mark.parametrize("indexed", [False, True])
def test_times(sorted_ids, indexed):
    """OB-10: dates and instants sort as such, across offsets"""
    sorted_ids.fill([{"t": t} for t in ("2020-06-01T10:00:00+05:00", "2020-06-01", "2019-12-31T23:59:59.999999999Z", "2020-06-01T10:00:00Z",
                                        "0001-01-01", "2020-06-01T10:00:00-05:00")])
    if indexed:
        index(sorted_ids.coll, {"path": "t", "datatype": "timestamp"})
        index(sorted_ids.coll, {"path": "t", "datatype": "date"})
    for name in ("timestamp", "datetime", "TIMESTAMP"):
        assert sorted_ids([{"path": "t", "datatype": name}]) == [4, 2, 1, 0, 3, 5]
    days = sorted_ids([{"path": "t", "datatype": "date"}])
    assert days[:2] == [4, 2] and sorted(days[2:]) == [0, 1, 3, 5]
    assert sorted_ids([{"path": "t", "datatype": "timestamp", "order": "desc"}]) == [5, 3, 0, 1, 2, 4]


def test_not_convertible(sorted_ids):
    """OB-11: refused, or with $lax as if missing"""
    sorted_ids.fill([{"p": "abc"}, {"p": 2}, {"p": "1"}])
    number = {"$fields": [{"path": "p", "datatype": "number"}]}
    assert sorted_ids.refusal(number).code == "SQL-01722"
    assert sorted_ids({**number, "$lax": True}) == [2, 1, 0]
    assert sorted_ids.refusal({"$fields": [{"path": "p", "datatype": "date"}]}).code == "SQL-01858"
    index(sorted_ids.coll, {"path": "p", "datatype": "number"}, lax=True)
    assert sorted_ids.refusal(number).code == "SQL-01722"
    assert sorted_ids({**number, "$lax": True}) == [2, 1, 0]


def test_max_length(sorted_ids):
    """OB-12: only the first characters count; what they leave equal goes by key"""
    sorted_ids.fill([{"p": "éb"}, {"p": "éa"}, {"p": "da"}])
    assert sorted_ids([{"path": "p", "maxLength": 2}]) == [2, 1, 0]
    tie = [sorted_ids.places[k] for k in sorted(sorted_ids.places) if sorted_ids.places[k] < 2]
    assert sorted_ids([{"path": "p", "maxLength": 1}]) == [2] + tie


@pytest.mark.parametrize("indexed", [False, True])
def test_ties(named, indexed):
    """OB-13, OB-15: ties by key ascending in both directions; pages over ties neither repeat nor skip"""
    keys = [f"k{i:02}" for i in range(40)]
    for i, key in reversed(list(enumerate(keys))):
        assert named.put(key, {"g": i % 3}).status == 201
    if indexed:
        index(named, {"path": "g", "datatype": "number"})
    for order, groups in [("asc", (0, 1, 2)), ("desc", (2, 1, 0))]:
        expected = [keys[i] for g in groups for i in range(40) if i % 3 == g]
        got = []
        while True:
            r = named.query({"$orderby": [{"path": "g", "datatype": "number", "order": order}]}, limit=7, offset=len(got))
            page = [i["id"] for i in r.json["items"]]
            got += page
            if not r.json["hasMore"]:
                break
            assert len(page) == 7
        assert got == expected


@pytest.mark.parametrize("fields", [["g"], ["g", "h"]], ids=str)
def test_pages_of_a_range(named, fields):
    """OB-13, OB-15: a page of a range by an index, in directions that the index has not, is the same as without the index"""
    docs = [(f"k{i:02}", {"g": i * 7 % 5, "h": i * 11 % 4}) for i in range(60)]
    for key, doc in docs:
        assert named.put(key, doc).status == 201
    index(named, *({"path": f, "datatype": "number"} for f in fields))
    wanted = [(d["g"], d["h"], key) for key, d in docs if 1 <= d["g"] < 4]
    for order, sign in [(["g"], (-1, 0)), (["g", "h"], (1, -1)), (["g", "h"], (-1, 1)), (["g", "h"], (-1, -1))]:
        expected = [key for _, _, key in sorted(wanted, key=lambda w: (sign[0] * w[0], sign[1] * w[1], w[2]))]
        terms = [{"path": f, "datatype": "number", "order": "desc" if s < 0 else "asc"} for f, s in zip(order, sign)]
        for limit in (5, 40):
            for offset in (0, 3, 12, len(expected) - 1, 50):
                r = named.query({"$query": {"g": {"$gte": 1, "$lt": 4}}, "$orderby": terms}, limit=limit, offset=offset)
                assert [i["id"] for i in r.json["items"]] == expected[offset:offset + limit], (order, sign, limit, offset)
                assert r.json["hasMore"] == (offset + limit < len(expected))


def test_array_steps(sorted_ids):
    """OB-14"""
    for order in ({"a[0]": 1}, [{"path": "a[*].b"}], {"$fields": [{"path": "a.b[last]"}]}):
        assert sorted_ids.refusal(order).code == "SODA-02046"


def test_pages(sorted_ids):
    """OB-15: sorted before it is cut, filtered before that"""
    sorted_ids.fill([{"n": (i * 37) % 101, "even": i % 2 == 0} for i in range(60)])
    order = [{"path": "n", "datatype": "number"}]
    expected = sorted((i for i in range(60) if i % 2 == 0), key=lambda i: (i * 37) % 101)
    for offset, limit in [(0, 5), (5, 5), (3, 20), (29, 5), (30, 5)]:
        assert sorted_ids(order, {"even": True}, offset=offset, limit=limit) == expected[offset:offset + limit]


def test_shapes(sorted_ids):
    """OB-16"""
    for order in (5, True, None, "a"):
        assert sorted_ids.refusal(order).inner == 5033
    r = sorted_ids.coll.query('{"$orderby":{"a":1},"$orderby":{"a":1}}')
    assert (r.status, r.inner) == (400, 5032)
    assert sorted_ids([]) == [] and sorted_ids({}) == []


def test_text_goes_by_code_point(sorted_ids):
    """OB-01: upper case first, code points beyond the BMP last, booleans by their words"""
    texts = ["b", "B", "a", "é", "\uffff", "\U0001f600", "", "aa", "a ", True, False, 5]
    sorted_ids.fill([{"t": t} for t in texts])
    words = ["true" if t is True else "false" if t is False else str(t) for t in texts]
    expected = sorted(range(len(texts)), key=lambda i: words[i].encode())
    assert sorted_ids({"t": 1}) == expected
    index(sorted_ids.coll, {"path": "t"})
    assert sorted_ids({"t": 1}) == expected
    assert sorted_ids({"t": "-1"}) == expected[::-1]
