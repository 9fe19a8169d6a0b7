"""Spatial operators and indexes over HTTP."""
import json

import pytest

from lib import CLIENT_KEYS


def point(x, y):
    return {"type": "Point", "coordinates": [x, y]}


def square(west, south, size):
    e, n = west + size, south + size
    return {"type": "Polygon", "coordinates": [[[west, south], [e, south], [e, n], [west, n], [west, south]]]}


def near(path, geometry, distance, **more):
    return {path: {"$near": {"$geometry": geometry, "$distance": distance, "$unit": "km", **{"$" + k: v for k, v in more.items()}}}}


def keys(coll, qbe, **params):
    r = coll.query(qbe, fields="id", **params)
    assert r.status == 200, (qbe, r)
    return [i["id"] for i in r.json["items"]]


def index(coll, **more):
    return coll.action("index", {"name": f"LOC_{coll.name}", "spatial": "location", **more})


@pytest.fixture(params=["no index", "index", "lax index"])
def places(request, make):
    """a collection with a few places, however they are indexed"""
    coll = make(CLIENT_KEYS)
    if request.param != "no index":
        assert index(coll, lax=request.param == "lax index").status == 200
    for key, location in [("a", point(33.7243, -118.1579)), ("b", point(-118.2437, 34.0522)), ("c", point(2.3522, 48.8566)),
                          ("d", square(-120, 30, 10)), ("e", None), ("f", point(179.9, 0)), ("g", point(-179.9, 0))]:
        assert coll.put(key, {"location": location}).status == 201
    assert coll.put("h", {}).status == 201
    return coll


def test_near(places):
    """QG-01: the documented example, whose positions are latitude first"""
    documented = near("location", point(34.0162, -118.2019), 50)
    documented["location"]["$near"]["$unit"] = "KM"
    assert keys(places, documented) == ["a", "b", "d"]
    assert keys(places, near("location", point(34.0162, -118.2019), 20)) == ["b", "d"]
    assert keys(places, near("location", point(34.0162, -118.2019), 50, excludeDistance=20)) == ["a"]
    assert keys(places, near("location", point(180, 0), 12)) == ["f", "g"]
    assert keys(places, near("location", point(0, 90), 5000)) == ["c"]
    assert keys(places, {"location": {"$not": near("location", point(34, -118), 100)["location"]}}) == ["c", "e", "f", "g", "h"]


def test_within_and_intersects(places):
    assert keys(places, {"location": {"$within": {"$geometry": square(-121, 29, 20)}}}) == ["a", "b", "d"]
    assert keys(places, {"location": {"$within": {"$geometry": square(-119, 31, 5)}}}) == ["a", "b"]
    assert keys(places, {"location": {"$intersects": {"$geometry": square(-119, 31, 5)}}}) == ["a", "b", "d"]
    assert keys(places, {"location": {"$intersects": {"$geometry": point(-120, 30)}}}) == ["d"]
    both = {"$and": [{"location": {"$intersects": {"$geometry": square(-119, 31, 5)}}}, near("location", point(-118.24, 34.05), 5)]}
    assert keys(places, both) == ["b", "d"]
    assert keys(places, {**both, "$id": ["a", "b", "c"]}) == ["b"]


def test_pages_and_writes(places):
    """totals, pages, bulk update and delete look at the same objects"""
    here = {"location": {"$within": {"$geometry": square(-121, 29, 20)}}}
    r = places.query(here, totalResults="true", limit=2, fields="id")
    assert (r.json["totalResults"], r.json["hasMore"], [i["id"] for i in r.json["items"]]) == (3, True, ["a", "b"])
    assert keys(places, here, offset=2) == ["d"]
    assert keys(places, {"$query": here, "$orderby": {"$lax": True, "$fields": [{"path": "name"}]}}) == ["a", "b", "d"]
    r = places.action("update", {"$query": here, "$patch": [{"op": "replace", "path": "/location", "value": point(0, 0)}]})
    assert (r.status, r.json["count"]) == (200, 3), r
    assert keys(places, here) == []
    assert keys(places, near("location", point(0, 0.001), 1)) == ["a", "b", "d"]
    r = places.action("delete", near("location", point(0, 0.001), 1))
    assert (r.status, r.json["count"]) == (200, 3), r
    assert keys(places, {}) == ["c", "e", "f", "g", "h"]


def test_operands(coll):
    """QG-02: what belongs to which operator; a geometry that is none"""
    for op, operand, inner in [("$near", {"$geometry": point(1, 2)}, 5000), ("$within", {"$geometry": point(1, 2), "$distance": 5}, 5048),
                               ("$intersects", {"$geometry": point(1, 2), "$unit": "km"}, 5048), ("$within", {}, 5050),
                               ("$within", {"$geometry": {"type": "Feature", "geometry": point(1, 2)}}, 5000),
                               ("$within", {"$geometry": point(200, 2)}, 5000)]:
        r = coll.query({"a": {op: operand}})
        assert (r.status, r.code, r.inner) == (400, "SODA-02002", inner), (op, operand, r)


@pytest.mark.parametrize("wrong", [5, "POINT(1 2)", [1, 2], {"type": "Point"}, [point(1, 2), point(3, 4)],
                                   {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}], ids=json.dumps)
def test_values_that_are_no_geometry(make, wrong):
    """QG-03: refused by default, ignored with $lax; missing ones are an error with $scalarRequired only"""
    coll = make(CLIENT_KEYS)
    coll.put("good", {"a": point(1, 2)})
    coll.put("none", {})
    assert keys(coll, near("a", point(1, 2), 5)) == ["good"]
    r = coll.query(near("a", point(1, 2), 5, scalarRequired=True))
    assert (r.status, r.code) == (400, "SQL-40462"), r
    coll.put("wrong", {"a": wrong})
    r = coll.query(near("a", point(1, 2), 5))
    assert (r.status, r.code) == (400, "SQL-40456"), r
    assert keys(coll, near("a", point(1, 2), 5, lax=True)) == ["good"]


def test_discipline_of_an_index(make, site):
    """IX-06, IX-07, IX-08, IX-09, IX-21 for a spatial index: what it demands of objects, whoever writes them"""
    for flags, missing, wrong in [({}, 201, 400), ({"scalarRequired": True}, 400, 400), ({"lax": True}, 201, 201)]:
        coll = make(CLIENT_KEYS)
        assert index(coll, **flags).status == 200
        assert coll.put("good", {"location": point(1, 2)}).status == 201
        assert coll.put("null", {"location": None}).status == 201
        assert coll.put("missing", {}).status == missing
        assert coll.put("wrong", {"location": 5}).status == wrong
        later = 200 if wrong == 201 else 400
        r = coll.put("good", {"location": {"type": "Point", "coordinates": ["1", 2]}})
        assert r.status == later, r
        if later == 400:
            assert r.code == "SQL-40456"
        assert coll.patch("good", [{"op": "replace", "path": "/location", "value": "x"}]).status == later
        assert coll.patch("good", [{"op": "replace", "path": "/location", "value": point(3, 4)}]).status == 200
        assert keys(coll, near("location", point(3, 4), 1, lax=True)) == ["good"]
        site.check_tables()


def test_existing_objects(coll, site):
    """IX-06: an index over an object that breaks its rule is not made; unindex leaves the answers"""
    coll.add({"location": 5})
    r = index(coll)
    assert (r.status, r.code) == (400, "SQL-40456"), r
    assert index(coll, lax=True).status == 200
    assert coll.action("unindex", {"name": f"LOC_{coll.name}"}).status == 200
    assert coll.action("delete", {"location": 5}).json["count"] == 1
    coll.add_all([{"n": i, "location": point(i, i)} for i in range(50)])
    assert index(coll).status == 200
    found = near("location", point(20, 20), 500)
    with_index = sorted(d["n"] for d in coll.find(found))
    assert coll.action("unindex", {"name": f"LOC_{coll.name}"}).status == 200
    assert sorted(d["n"] for d in coll.find(found)) == with_index == [17, 18, 19, 20, 21, 22, 23]
    site.check_tables()


def test_index_changes_no_answer(make, rng):
    """random points and rectangles, near 180 degrees and the poles as well, with an index and without"""
    def corner():
        return rng.choice([rng.uniform(-180, 180), 180, -180, rng.uniform(178, 180)]), rng.choice([rng.uniform(-90, 90), 90, rng.uniform(88, 90)])

    def geometry():
        x, y = corner()
        if rng.random() < 0.6:
            return point(x, y)
        size = 10 ** rng.uniform(-2, 1.3)
        return square(max(-180, min(x, 180 - size)), max(-90, min(y, 90 - size)), size)

    coll = make(CLIENT_KEYS)
    coll_with = make(CLIENT_KEYS)
    assert index(coll_with).status == 200
    for i in range(150):
        doc = {"location": geometry()}
        for c in (coll, coll_with):
            assert c.put(f"k{i:03}", doc).status == 201
    n_found = 0
    for i in range(90):
        if i % 3 == 0:
            qbe = near("location", geometry(), 10 ** rng.uniform(0, 4))
        else:
            qbe = {"location": {"$within" if i % 3 == 1 else "$intersects": {"$geometry": square(*(rng.uniform(-180, 100), rng.uniform(-90, 10)), rng.uniform(1, 80))}}}
        expected = keys(coll, qbe)
        assert keys(coll_with, qbe) == expected, qbe
        n_found += len(expected)
    assert n_found > 90


def test_pages_of_few_and_of_many(make, rng):
    """R-08: pages follow each other without gap, whether their keys were sorted or gone through in order, in both directions"""
    coll = make()
    assert index(coll).status == 200
    coll.add_all([{"location": point(rng.uniform(-180, 180), rng.uniform(-80, 80))} for _ in range(1500)])
    sizes = []
    for km in (400, 1500, 5000, 21000):
        qbe = near("location", point(10, 45), km)
        every = keys(coll, qbe, limit=1000) + keys(coll, qbe, limit=1000, offset=1000)
        assert every == sorted(every)
        assert coll.query(qbe, limit=1, totalResults="true").json["totalResults"] == len(every)
        for offset in (0, 3, len(every) - 2):
            assert keys(coll, qbe, limit=7, offset=max(offset, 0)) == every[max(offset, 0):][:7]
        sizes.append(len(every))
    assert sizes == sorted(sizes) and sizes[0] < 10 and sizes[-1] == 1500
