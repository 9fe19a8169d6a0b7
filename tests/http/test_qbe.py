"""Filters over HTTP: the worked examples, the refusals with their numbers, and what single rows of the language promise.

The same examples run against soda/match.c alone (tests/soda/test_match.c) and against a database with and without indexes
(tests/soda/test_differential.c).
"""
import json
import pathlib

import pytest

DATA = pathlib.Path(__file__).resolve().parents[1] / "soda"
QW = json.loads((DATA / "qw.json").read_text())
QX = json.loads((DATA / "qx.json").read_text())

# indexes that these documents allow, on the paths of most examples
INDEXES = {
    "main": [{"name": "NAME", "fields": [{"path": "name"}]},
             {"name": "AGE", "fields": [{"path": "age", "datatype": "number"}]},
             {"name": "AGE_TEXT", "fields": [{"path": "age"}, {"path": "name", "order": "desc"}]},
             {"name": "FLAG", "fields": [{"path": "flag"}]},
             {"name": "N", "fields": [{"path": "n", "datatype": "number"}]},
             {"name": "TAGS", "lax": True, "fields": [{"path": "tags"}]},
             {"name": "SCORES", "lax": True, "fields": [{"path": "scores", "datatype": "number"}]},
             {"name": "ZIP", "multivalue": True, "fields": [{"path": "addr.zip"}]}],
    "dates": [{"name": "D", "fields": [{"path": "d"}]},
              {"name": "D_DATE", "lax": True, "fields": [{"path": "d", "datatype": "date"}]},
              {"name": "D_TIME", "lax": True, "fields": [{"path": "d", "datatype": "timestamp"}]}],
}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


# ---- worked examples ----

@pytest.fixture(scope="module", params=["plain", "indexed"])
def worked(request, site):
    """(collection, letter of a key) of each set of documents"""
    soda = site.soda()
    sets = {}
    for name, documents in QW["documents"].items():
        c = soda.make(name=soda.fresh_name())
        keys = c.add_all(list(documents.values()))
        if request.param == "indexed":
            for spec in INDEXES[name]:
                r = c.action("index", {**spec, "name": f"{spec['name']}_{c.name}"})
                assert r.status == 200, (spec, r)
        sets[name] = (c, dict(zip(keys, documents)))
    yield sets
    for c, _ in sets.values():
        soda.delete(c.path)
    soda.close()


def letters(c, names, qbe):
    r = c.query(qbe)
    assert r.status == 200, r
    return "".join(sorted(names[i["id"]] for i in r.json["items"]))


@pytest.mark.parametrize("row", QW["cases"], ids=[row["id"] for row in QW["cases"]])
def test_worked_example(worked, row):
    """QW-01 to QW-100"""
    assert letters(*worked[row["docs"]], row["qbe"]) == row["match"]


def test_nor_is_the_complement(worked):
    """QN-05"""
    n = 0
    for row in QW["cases"]:
        if row["qbe"]:
            c, names = worked[row["docs"]]
            rest = "".join(sorted(set(names.values()) - set(row["match"])))
            assert letters(c, names, {"$nor": [row["qbe"]]}) == rest, row["id"]
            n += 1
    assert n == 99


def test_deletes_what_query_finds(worked, soda):
    """action=delete and total of a query mean the same documents"""
    for row in QW["cases"][::7]:
        c, names = worked[row["docs"]]
        r = c.query(row["qbe"], totalResults="true", limit=1)
        assert r.json["totalResults"] == len(row["match"]), row["id"]
        if not row["qbe"]:
            continue
        copy = soda.make()
        copy.add_all(list(QW["documents"][row["docs"]].values()))
        r = copy.action("delete", row["qbe"])
        assert r.status == 200 and r.json["itemsDeleted"] == len(row["match"]), (row["id"], r)
        assert len(copy.items()) == len(names) - len(row["match"])
        soda.delete(copy.path)


# ---- refusals ----

@pytest.fixture(scope="module")
def empty(site):
    """QX-03: a collection without documents; refusals do not depend on them"""
    soda = site.soda()
    c = soda.make()
    yield c
    soda.delete(c.path)
    soda.close()


@pytest.mark.parametrize("row", QX, ids=[compact(row["qbe"])[:60] for row in QX])
def test_refusal(empty, row):
    """QX-01, QX-02, QX-03, QP-05, QF-03, QG-02: rows of qx.json, which begin with those of the table of errors"""
    r = empty.action(row.get("use", "query"), compact(row["qbe"]))
    assert (r.status, r.code) == (400, row.get("code", "SODA-02002")), r
    assert r.headers["Content-Type"] == "application/problem+json"
    detail = r.json.get("o:errorDetails", [{}])[0]
    if row["inner"]:
        assert r.inner == row["inner"] and r.json["title"] == detail["title"]
    if "at" in row:
        assert detail["o:errorPath"] == row["at"]


def test_refusals_of_the_whole_text(empty):
    """QX-01: what cannot be said as a value of JSON"""
    for text, inner in [
        ("", 5000), ("{", 5000), ('{"a":1}x', 5000), ('{"a":1', 5000), ("{'a':1}", 5000), ('{"a":01}', 5000), (b'{"a":"\xff"}', 5000),
        ('{"$query":{},"$query":{}}', 5032), ('{"$orderby":{"a":1},"$orderby":{"b":1}}', 5032),
        ('{"$query":{},"\\u0024query":{}}', 5032),
    ]:
        r = empty.action("query", text)
        assert (r.status, r.code, r.inner) == (400, "SODA-02002", inner), (text, r)


def test_repeated_names(empty, new_site):
    """QE-05, R-12: refused however they are spelled; with soda.allowDuplicateNames the last one counts"""
    twice = ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"b":{"$gt":1,"$gt":2}}', '{"$and":[{"a":1,"a":2}]}']
    for text in twice:
        r = empty.action("query", text)
        assert (r.status, r.code, r.inner) == (400, "SODA-02002", 5000), (text, r)
    lenient = new_site(workers=1, settings={"soda.allowDuplicateNames": "true"})
    c = lenient.soda().make()
    c.add_all([{"a": 1}, {"a": 2}])
    for text in twice[:2] + twice[3:]:
        assert c.find(text) == [{"a": 2}], text
    assert c.query('{"$query":{},"$query":{"a":1}}').inner == 5032


def test_not_available_yet(coll):
    """QF-01: $contains needs a search index, and its syntax is checked before"""
    coll.add('{"a":"x"}')
    for qbe in [{"a": {"$contains": "x"}}, {"``": {"$contains": "x"}}, {"a": {"$not": {"$contains": "x"}}},
                {"$and": [{"a": {"$contains": "x"}}]}, {"$query": {"b": 1, "a": {"$contains": "x"}}}]:
        r = coll.query(qbe)
        assert (r.status, r.code) == (400, "SQL-40467"), (qbe, r)


def test_nesting(empty):
    """QX-05: 5000 levels are refused, not a crash; 20 are fine"""
    for n, status in [(20, 200), (5000, 400), (100000, 400)]:
        r = empty.action("query", '{"$and":[' * n + '{"a":1}' + "]}" * n)
        assert r.status == status, (n, r)
        r = empty.action("query", '{"a":' * n + "1" + "}" * n)
        assert r.status == status, (n, r)
    assert empty.find({}) == []


# ---- rows of the checklist: documents as they are sent, and which of them match ----

DOCS = {
    "numbers": ['{"a":1}', '{"a":1e0}', '{"a":"1"}', '{"a":1.00}', '{"a":2}', '{"b":1}', '{"a":" 1.0 "}', '{"a":true}'],
    "texts": ['{"a":""}', '{"a":null}', '{"b":""}', '{"a":0}', '{"a":" "}', '{"a":[]}', '{"a":{}}'],
    "umlauts": ['{"a":"Ä"}', '{"a":"\\u00c4"}', '{"a":"A\u0308"}', '{"a":"ä"}', '{"a":"Ae"}'],
    "names": ['{"a":1}', '{"\\u0061":1}', '{"A":1}', '{"a\\u0000":1}', '{"a\\"b":1}', '{"it\'s":1}'],
    "beyond": ['{"a":"\U0001f600"}', '{"a":"\\ud83d\\ude00"}', '{"a":"\uffff"}', '{"a":"x\\u0000y"}'],
    "four": ['{"a":4}', '{"a":5}', '{"a":6}', '{"a":"5"}', '{"a":"x"}'],
    "words": ['{"a":"ab"}', '{"a":"b"}', '{"a":"ba"}', '{"a":"a"}', '{"a":"B"}', '{"a":"a\\nb"}', '{"a":12}'],
    "likes": ['{"a":"abc"}', '{"a":"ABC"}', '{"a":"xabcx"}', '{"a":"ab\\nc"}', '{"a":"a%c"}', '{"a":"a\U0001f600c"}'],
    "large": ['{"n":9}', '{"n":10}', '{"n":11}', '{"n":"9"}'],
    "big": ['{"n":9007199254740993}', '{"n":9007199254740992}', '{"n":12345678901234567890}', '{"n":1e400}', '{"n":0.1}',
            '{"n":0.1000000000000000055511151231257827}'],
    "missing": ['{}', '{"a":1}', '{"a":2}', '{"a":[1,2]}', '{"a":[]}', '{"a":null}', '{"a":"1"}'],
    "salaries": ['{"a":20001}', '{"a":100000}', '{}', '{"a":20000}', '{"a":[20001,100000]}'],
    "logic": ['{"a":2,"b":1}', '{"a":2,"b":2}', '{"c":1}', '{"a":1}', '{"x":1,"b":1}', '{"x":2,"b":1}'],
    "methods": ['{"a":"x"}', '{"a":1}', '{"a":"1"}', '{"a":["1","4"]}', '{"a":123}', '{"a":"aä\U0001f600"}', '{}', '{"a":[1,2,3]}'],
    "times": ['{"a":"2020-01-01T08:00:00Z"}', '{"a":"2020-01-01T10:00:00+02:00"}', '{"a":"2020-01-01T08:00"}',
              '{"a":"2020-01-01"}', '{"a":"2020-01-01T08:00:00.000000001Z"}', '{"a":"2020-02-30"}'],
    "roots": ['[{"name":"x"},{"name":"y"}]', '[{"x":1},{"y":2}]', '[{"x":1,"y":2}]', '{"name":"x"}', '{"a":5}', '[[{"x":1}]]'],
    "deep": ['{"a":[[{"b":{"name":[1]}}]]}', '{"a":[[{"b":{"nam":[1]}}]]}', '{"name":2}', '{"a":{"name":{"name":1}}}'],
    "inert": ['{"it\'s":"\'; DROP TABLE x; --"}', '{"a\\"b":"\\" OR 1=1"}', '{"a;b":"100%"}', '{"a\\\\b":"\\\\"}', '{"a":"_"}', '{"a":"x"}'],
}

ROWS = [
    ("QE-01", "numbers", '{"a":1.0}', "0 1 2 3 6"),
    ("QE-01", "numbers", '{"a":10e-1}', "0 1 2 3 6"),
    ("QE-02", "texts", '{"a":""}', "0"),
    ("QE-02", "texts", '{"a":null}', "1"),
    ("QE-03", "umlauts", '{"a":"Ä"}', "0 1"),
    ("QE-03", "umlauts", '{"a":"A\u0308"}', "2"),
    ("QE-04", "names", '{"a":1}', "0 1"),
    ("QE-04", "names", '{"\\u0061":1}', "0 1"),
    ("QE-04", "names", '{"a\\u0000":1}', "3"),
    ("QE-04", "names", '{"a\\"b":1}', "4"),
    ("QE-04", "beyond", '{"a":"\\ud83d\\ude00"}', "0 1"),
    ("QE-04", "beyond", '{"a":{"$gt":"\uffff"}}', "0 1"),
    ("QE-04", "beyond", '{"a":"x\\u0000y"}', "3"),
    ("QC-01", "four", '{"a":{"$ge":5}}', "1 2 3"),
    ("QC-01", "four", '{"a":{"$gte":5}}', "1 2 3"),
    ("QC-01", "four", '{"a":{"$le":5}}', "0 1 3"),
    ("QC-01", "four", '{"a":{"$lte":5}}', "0 1 3"),
    ("QC-02", "large", '{"n":{"$gt":"10"}}', "0 2 3"),
    ("QC-02", "large", '{"n":{"$gt":10}}', "2"),
    ("QC-02", "big", '{"n":{"$gt":9007199254740992}}', "0 2 3"),
    ("QC-02", "big", '{"n":0.1}', "4"),
    ("QC-03", "four", '{"a":{"$between":[4,5]}}', "0 1 3"),
    ("QC-03", "words", '{"a":{"$between":["a","b"]}}', "0 1 3 5"),
    ("QC-04", "four", '{"a":{"$between":[5,null]}}', "1 2 3"),
    ("QC-04", "four", '{"a":{"$between":[null,5]}}', "0 1 3"),
    ("QC-05", "likes", '{"a":{"$like":"ab%c"}}', "0 3"),
    ("QC-05", "likes", '{"a":{"$like":"a_c"}}', "0 4 5"),
    ("QC-05", "likes", '{"a":{"$like":"A%"}}', "1"),
    ("QC-05", "likes", '{"a":{"$like":"b"}}', ""),
    ("QC-06", "likes", '{"a":{"$instr":"bc"}}', "0 2"),
    ("QC-06", "likes", '{"a":{"$hasSubstring":"bc"}}', "0 2"),
    ("QC-06", "likes", '{"a":{"$hasSubstring":"%"}}', "4"),
    ("QC-07", "words", '{"a":{"$nlRegex":"a.b"}}', "5"),
    ("QC-07", "words", '{"a":{"$regex":"a.b"}}', ""),
    ("QC-07", "words", '{"a":{"$nlciLikeRegex":"A.B"}}', "5"),
    ("QC-07", "words", '{"a":{"$likeRegex":"^a"}}', "0 3 5"),
    ("QN-01", "missing", '{"a":{"$ne":1}}', "0 2 4 5"),
    ("QN-01", "missing", '{"a":{"$nin":[1]}}', "0 2 4 5"),
    ("QN-02", "missing", '{"a":{"$not":{"$eq":1}}}', "0 2 4 5"),
    ("QN-03", "missing", '{"a":{"$not":{"$ne":1}}}', "1 3 6"),
    ("QN-03", "missing", '{"a":1}', "1 3 6"),
    ("QN-04", "salaries", '{"a":{"$not":{"$gt":20000,"$lt":100000}}}', "1 3"),
    ("QN-04", "salaries", '{"a[*]":{"$not":{"$gt":20000,"$lt":100000}}}', "1 3 4"),
    ("QL-01", "logic", '{"$or":[{"$and":[{"$or":[{"a":1},{"a":2}]},{"b":1}]},{"c":1}]}', "0 2"),
    ("QL-02", "logic", '{"x":1,"$or":[{"a":1},{"b":1}]}', "4"),
    ("QL-03", "logic", '{"$nor":[{"a":2},{"b":1}]}', "2 3"),
    ("QM-01", "methods", '{"a":{"$number":{"$ne":1}}}', "0 4 5 6"),
    ("QM-02", "methods", '{"a":{"$number":{"$gt":3}}}', "3 4"),
    ("QM-03", "methods", '{"a":{"$string":{"$startsWith":"12"}}}', "4"),
    ("QM-04", "methods", '{"a":{"$length":{"$between":[3,4]}}}', "5"),
    ("QM-05", "methods", '{"a":{"$size":{"$gte":0}}}', "0 1 2 3 4 5 7"),
    ("QM-05", "methods", '{"a":{"$size":{"$ne":1}}}', "3 6 7"),
    ("QM-06", "times", '{"a":{"$timestamp":"2020-01-01T10:00:00+02:00"}}', "0 1 2"),
    ("QM-06", "times", '{"a":{"$timestamp":{"$gt":"2020-01-01T08:00:00Z"}}}', "4"),
    ("QM-06", "times", '{"a":{"$date":"2020-01-01"}}', "0 1 2 3 4"),
    ("QP-01", "roots", '{"a[0]":5}', "4"),
    ("QP-01", "roots", '{"a[1]":5}', ""),
    ("QP-02", "roots", '{"[0].name":"x"}', "0 3"),
    ("QP-02", "roots", '{"[0].name":"y"}', ""),
    ("QP-03", "roots", '{"x":1,"y":2}', "1 2"),
    ("QP-03", "roots", '{"[*]":{"x":1,"y":2}}', "2"),
    ("QP-04", "deep", '{"..name":1}', "0 3"),
    ("QP-04", "deep", '{"a..name":{"$exists":true}}', "0 3"),
    ("QX-04", "inert", '{"it\'s":"\'; DROP TABLE x; --"}', "0"),
    ("QX-04", "inert", '{"a\\"b":"\\" OR 1=1"}', "1"),
    ("QX-04", "inert", '{"a;b":"100%"}', "2"),
    ("QX-04", "inert", '{"a;b":{"$startsWith":"100%"}}', "2"),
    ("QX-04", "inert", '{"a\\\\b":"\\\\"}', "3"),
    ("QX-04", "inert", '{"a":"_"}', "4"),
    ("QX-04", "inert", '{"a":"\' OR \'1\'=\'1"}', ""),
    ("QX-04", "inert", '{"a\')) OR 1=1 --":1}', ""),
]


@pytest.fixture(scope="module")
def sets(site):
    """sets(name): a collection with the documents of DOCS, and the place of each key"""
    soda = site.soda()
    made = {}

    def get(name):
        if name not in made:
            c = soda.make()
            made[name] = c, {c.add(text.encode()): i for i, text in enumerate(DOCS[name])}
        return made[name]

    yield get
    for c, _ in made.values():
        soda.delete(c.path)
    soda.close()


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} {row[2]}"[:60] for row in ROWS])
def test_row(sets, row):
    """the rows above: QE-01 to QE-04, QC-01 to QC-07, QN-01 to QN-04, QL-01 to QL-03, QM-01 to QM-06, QP-01 to QP-04, QX-04"""
    _, documents, qbe, expected = row
    c, places = sets(documents)
    r = c.query(qbe)
    assert r.status == 200, r
    got = sorted(places[i["id"]] for i in r.json["items"])
    assert got == [int(n) for n in expected.split()]


# ---- keys ----

def test_keys(named):
    """QI-01, QI-02, QI-03"""
    for i, key in enumerate(["a", "b", "12", "with space", "O'Reilly", "é"]):
        assert named.put(key, {"n": i}).status == 201

    def found(qbe, **params):
        r = named.query(qbe, **params)
        assert r.status == 200, r
        return [i["id"] for i in r.json["items"]]

    assert found({"$id": "a"}) == ["a"]
    assert found({"$id": ["b", "a", "nobody", "b"]}) == ["a", "b"]
    assert found({"$id": "nobody"}) == []
    assert found(["b", "a"]) == ["a", "b"]
    assert found({"$id": ["a", "b"], "n": {"$gt": 0}}) == ["b"]
    assert found({"$and": [{"$id": ["a", "b"]}, {"n": 0}]}) == ["a"]
    assert found({"$query": {"$id": ["a", "b"]}, "$orderby": {"n": -1}}) == ["b", "a"]
    assert found({"$id": 12}) == ["12"] and found({"$id": [12, "a"]}) == ["12", "a"]
    assert found({"$id": ["with space", "O'Reilly", "é"]}) == ["O'Reilly", "with space", "é"]
    assert found({"$id": ["a' OR '1'='1", "%", "*", "a\\"]}) == []
    r = named.query({"$id": ["a", "a\u0000"]})
    assert (r.status, r.code) == (400, "SODA-02037")
    assert found({"$id": [f"k{i}" for i in range(999)] + ["a"]}) == ["a"]
    assert named.query({"$id": [f"k{i}" for i in range(1001)]}).status == 400


# ---- never silently fewer or more ----

CATASTROPHE = '{"a":{"%s":"(a+)+$"}}'


@pytest.mark.parametrize("qbe", [CATASTROPHE % "$regex", CATASTROPHE % "$likeRegex", '{"a":{"$not":{"$regex":"(a+)+$"}}}',
                                 '{"$nor":[{"b":1},{"a":{"$regex":"(a+)+$"}}]}', '{"$or":[{"b":1},{"a":{"$regex":"(a+)+$"}}]}'])
def test_pattern_over_its_limit(coll, qbe):
    """R-08: a pattern that runs away is an error for query, count and delete; nothing is answered in part or removed"""
    coll.add_all([{"n": i, "a": "ok"} for i in range(5)] + [{"a": "a" * 64 + "!"}])
    for r in (coll.query(qbe), coll.query(qbe, limit=1, totalResults="true"), coll.action("delete", qbe)):
        assert (r.status, r.code) == (400, "SODA-02002"), r
    assert len(coll.items()) == 6
    assert coll.find({"n": 3}) == [{"n": 3, "a": "ok"}]


def test_document_as_deep_as_allowed(coll):
    """R-08: the deepest document that is accepted is found and refused by filters like a shallow one"""
    deep = 1
    while True:
        text = '{"x":' * deep + "1" + "}" * deep
        if coll.soda.post(coll.path, text).status != 201:
            break
        deep *= 2
    assert deep > 32
    n = len(coll.items())
    assert n == deep.bit_length() - 1
    assert len(coll.find({"..x": 1})) == n
    assert len(coll.find({"$nor": [{"..x": 1}]})) == 0
    assert len(coll.find({"..x": {"$ne": 1}})) == 0
    assert len(coll.find({"x.x.x": {"$exists": True}})) == n - 2


# ---- where values stand ----

VALUES = ["7", "7.0", "7.00", "-7", "70", "7.5", "6.9", "8", "1", "0", "-0", "0.0", "100", "-100", "12345", '"7"', '"7.0"', '" 7"', '"7x"', '"x"', '""', "null",
          "true", "false", '"true"', "[7]", "[[7]]", "[8,7]", "[]", "{}", '{"n":7}', '[{"n":7}]', "7e0", "70e-1", '"7e0"', "123456789012345678901234567890"]
PLACES = ['{"n":%s}', '{"m":1,"n":%s,"z":"n"}', '{ "n" : %s }', '{\n\t"n"\n:\n\t%s\n}', '{"a":{"n":%s}}', '{"a":[{"n":%s}]}', '[{"n":%s}]', '{"n":8,"n":%s}',
          '{"n":%s,"n":8}', '{"a":{"n":8},"a":{"n":%s}}', '{"a":{"n":%s},"n":8}', '{"\\u006e":%s}', '{"x":"\\n","n":%s}', '{"x":"n","n":%s}', '{"n":%s,"x":"n"}',
          '{"x":["n","n"],"a":{"y":{"n":%s}}}', '{"x":"y","z":"y",",":%s}', '{"a":' + "[" * 40 + "]" * 40 + ',"n":%s}',
          '{"n":%s,"a":' + '{"a":' * 40 + "1" + "}" * 41,
          *('{"n"' + " " * before + ":" + "\t" * behind + "%s}" for before, behind in ((0, 1016), (0, 1017), (0, 1018), (1016, 1), (500, 514), (63, 63), (64, 64)))]
NUMBERS = [{"$gt": 7}, {"$gte": 7}, {"$lt": 7}, {"$lte": 7}, {"$gt": -7.5}, {"$lt": 0}, {"$gte": 0}, {"$between": [7, 99]}, {"$gt": 6, "$lt": 8}, {"$gte": 1e30},
           {"$number": {"$gt": 7}}, {"$numberOnly": {"$lte": 7}}, {"$eq": 12345}, {"$eq": -100}, {"$in": [7, True, None]}, {"$in": ["7", 8, 70, 100, 1, 0]}]


def test_places_of_values(new_site):
    """R-08, QN-05: engines that look for a value themselves lose none, wherever it stands and however it is written: as many match as
    when only the matcher knows the filter (negated twice); counting looks at all documents"""
    c = new_site(settings={"soda.allowDuplicateNames": "true"}).soda().make()
    c.add_all("[" + ",".join(p % v for p in PLACES for v in VALUES) + "]")

    def count(where):
        r = c.query(where, limit=1, totalResults="true")
        assert r.status == 200, (where, r)
        return r.json["totalResults"]

    for operand in [7, 0, 1, True, False, None, "7", "0", "true", *NUMBERS]:
        for where in ({"n": operand}, {"a.n": operand}, {"`,`": operand}, {"..n[0]": operand}, {"a": {"n": operand}}):
            n = count(where)
            assert n == count({"$nor": [{"$nor": [where]}]}), where
            assert operand == {"$gte": 1e30} or n > 0, where
