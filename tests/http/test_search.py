"""Search indexes over HTTP: $contains, the data guide and the JSON schema made from it."""
import itertools
import json
import re
import sqlite3
import threading

import pytest

from fcgi_peer import Worker
from lib import ANY_MEDIA, CLIENT_KEYS, READ_ONLY

SODA = "/ords/demo/soda/latest"
_numbers = itertools.count(1)


def search(coll, **more):
    """a search index; its name"""
    name = more.pop("name", None) or f"S_{coll.name}_{next(_numbers)}"
    r = coll.action("index", {"name": name, **more})
    assert r.status == 200, r
    return name


def described(coll):
    """the JSON schema of a collection"""
    return coll.soda.get(f"/metadata-catalog/{coll.name}").json["schema"]


def numbers(coll, qbe):
    return sorted(d["n"] for d in coll.find(qbe))


# ---- which documents ----

FAMILIES = [
    {"n": 1, "family": {"id": 10, "ages": [40, 38, 12], "address": {"street": "10 Main Street"}}},
    {"n": 2, "family": {"id": 11, "ages": [42, 40, 10, 5], "address": {"street": "250 East Street", "apt": 20}}},
    {"n": 3, "family": {"id": 12, "ages": [25, 23], "address": {"street": "300 Oak Street", "apt": 10}}},
]
ROWS = [("family", "10", [1, 2, 3]), ("family.id", "10", [1]), ("family.ages", "10", [2]), ("family.address", "10", [1, 3]),
        ("family", "reet", []), ("family", "25", [3]), ("family", "address", []), ("``", "40", [1, 2])]


@pytest.mark.parametrize("before", [True, False])
def test_the_nine_rows(coll, before):
    """QF-02: whether the objects or the index came first"""
    if before:
        search(coll)
    coll.add_all(FAMILIES)
    if not before:
        search(coll)
    for path, text, expected in ROWS:
        assert numbers(coll, {path: {"$contains": text}}) == expected, (path, text)
    assert numbers(coll, {"family.address": {"$not": {"$contains": "10"}}}) == [2]


def test_words(coll):
    """QF-02: whole words of any script, in any case; a phrase lies within one value; names are not searched"""
    search(coll)
    texts = ["Grüße aus Köln", "ΟΔΟΣ οδος ὁδός", "Привет, мир!", "naïve cafe\u0301", "東京 タワー", "a-b_c d", "50%_off", "1.5e3 and 2.50",
             "tab\tand\nline", "\u0000nul\u0000", "x" * 500 + "tail", "\U0001d400 bold", "one two", "one. Two three"]
    coll.add_all([{"n": i, "t": t} for i, t in enumerate(texts)])
    coll.add({"n": 50, "t": ["one", "two"], "u": {"deep": [[{"deeper": "Two Words here"}]]}, "w": True, "v": None})
    for text, expected in [
            ("GRÜSSE", []), ("grüße", [0]), ("KÖLN", [0]), ("gr", []), ("οδοσ", [1]), ("ΟΔΟΣ", [1]), ("МИР", [2]),
            ("привет мир", [2]), ("мир привет", []), ("cafe", []), ("CAFE\u0301", [3]), ("naïve", [3]), ("東京", [4]), ("東", []),
            ("a b c d", [5]), ("A-B C!D", [5]), ("c_d", [5]), ("50 off", [6]), ("%", []), ("", []), ("50%", [6, 7, 50]), ("1.5e3", [7]),
            ("5E3", [7]), ("50", [6, 7, 50]), ("and line", [8]), ("nul", [9]), ("x" * 500, []), ("x" * 500 + "tail", [10]),
            ("x" * 500 + "tale", []), ("\U0001d400", [11]), ("one two", [12, 13]), ("two", [12, 13, 50]), ("two three", [13]),
            ("one two three", [13]), ("two words here", [50]), ("true", []), ("null", []), ("deeper", []),
            ('"one" OR two', []), ("one NOT two", []), ("NEAR", []), ("t:one", []), ("one*", [12, 13, 50])]:
        assert numbers(coll, {"``": {"$contains": text}}) == expected, text
    everything = {*range(14), 50}
    for text in ("two", "%", "one two three"):
        found = set(numbers(coll, {"``": {"$contains": text}}))
        assert set(numbers(coll, {"``": {"$not": {"$contains": text}}})) == everything - found


def test_spelling_does_not_matter(coll):
    """QF-02: escapes in the text of a document"""
    search(coll)
    coll.add('{"n":1,"\\u0074":"\\u0077or\\u0064 \\u00C4","s":"\\uD834\\uDD1Emid\\ud800dle"}')
    for text in ("word", "WORD ä", "mid", "dle"):
        assert numbers(coll, {"``": {"$contains": text}}) == [1], text
    assert numbers(coll, {"t": {"$contains": "word"}}) == [1]
    assert numbers(coll, {"``": {"$contains": "u0077or"}}) == []


def test_paths(coll):
    """QF-02: positions in the path are not looked at; a step over anything and at any depth"""
    search(coll)
    coll.add_all([{"n": 1, "a": [{"b": "x"}, {"b": "y"}]}, {"n": 2, "a": {"c": {"b": "y z"}}}, {"n": 3, "": "y"}])
    for path, text, expected in [("a[0].b", "y", [1]), ("a[7]", "y", [1, 2]), ("a.*", "y", [1, 2]), ("..b", "z", [2]), ("a.b", "y", [1]),
                                 ("a.b", "z", []), ("missing", "y", []), ("``", "y", [1, 2, 3])]:
        assert numbers(coll, {path: {"$contains": text}}) == expected, path


def test_where_it_may_stand(coll):
    """QF-03: not beneath $or or $nor; also with other conditions, orders, bulk delete and bulk update"""
    search(coll)
    coll.add_all([{"n": n, "t": f"word w{n % 3}", "s": n % 2} for n in range(30)])
    for qbe in ({"$or": [{"t": {"$contains": "x"}}]}, {"$nor": [{"t": {"$contains": "x"}}]}, {"t": {"u": {"$contains": "x"}}}):
        r = coll.query(qbe)
        assert (r.status, r.code, r.inner) == (400, "SODA-02002", 5052), r
    assert coll.query({"t": {"$contains": 5}}).inner == 5014
    w1 = {"t": {"$contains": "w1"}}
    assert numbers(coll, {"$and": [w1, {"s": 1}]}) == [1, 7, 13, 19, 25]
    assert [d["n"] for d in coll.find({"$query": w1, "$orderby": [{"path": "n", "datatype": "number", "order": "desc"}]}, limit=3)] == [28, 25, 22]
    assert coll.query(w1, totalResults="true", limit=2).json["totalResults"] == 10
    assert [len(coll.find(w1, limit=4, offset=o)) for o in (0, 4, 8, 12)] == [4, 4, 2, 0]
    assert coll.action("update", {"$query": w1, "$merge": {"t": "other"}}).json["count"] == 10
    assert numbers(coll, w1) == [] and len(coll.find({"``": {"$contains": "other"}})) == 10
    assert coll.action("delete", {"t": {"$contains": "word"}}).json["count"] == 20
    assert coll.action("delete", {"t": {"$not": {"$contains": "word"}}}).json["count"] == 10


def test_many_and_few(coll):
    """QF-02: rare and frequent words among many objects, page by page, with and without an index that leads"""
    search(coll)
    docs = [{"n": n, "t": "common " + ("rare" if n % 400 == 7 else "x") + (" half" if n % 2 else "")} for n in range(5000)]
    coll.add_all(docs)
    for _ in range(2):
        for text in ("rare", "half", "common", "common rare", "rare common", "never"):
            words = text.split()
            expected = [d["n"] for d in docs if f" {text} " in f" {d['t']} "]
            found, offset = [], 0
            while page := coll.find({"t": {"$contains": text}}, limit=1000, offset=offset):
                found += [d["n"] for d in page]
                offset += len(page)
            assert sorted(found) == expected, words
            assert coll.query({"t": {"$contains": text}}, totalResults="true", limit=1).json["totalResults"] == len(expected)
            assert [d["n"] for d in coll.find({"$query": {"t": {"$contains": text}, "n": {"$gte": 4000}}, "$orderby": {"n": 1}}, limit=3)] \
                == [n for n in expected if n >= 4000][:3]
        assert coll.action("index", {"name": f"N_{coll.name}", "fields": [{"path": "n", "datatype": "number"}]}).status in (200, 409)


def test_seen_at_once(coll, make):
    """QF-04: after every kind of write"""
    c = make(CLIENT_KEYS)
    search(c)

    def keys(text):
        r = c.query({"``": {"$contains": text}}, fields="id")
        return [i["id"] for i in r.json["items"]]

    assert c.put("k", {"t": "first"}).status == 201 and keys("first") == ["k"]
    assert c.put("k", {"t": "second"}).status == 200 and keys("second") == ["k"] and keys("first") == []
    assert c.patch("k", [{"op": "add", "path": "/u", "value": "third"}]).status == 200 and keys("third") == keys("second") == ["k"]
    r = c.patch("k", {"t": "fourth"}, headers={"Content-Type": "application/merge-patch+json"})
    assert r.status == 200 and keys("fourth") == ["k"] and keys("second") == []
    assert c.action("update", {"$query": {}, "$merge": {"t": "fifth"}}).status == 200 and keys("fifth") == ["k"]
    assert c.delete("k").status == 200 and keys("fifth") == keys("third") == []
    assert c.put("k", {"t": "sixth"}).status == 201 and keys("sixth") == ["k"] and keys("third") == []
    assert c.action("truncate").status == 200 and keys("sixth") == []
    assert c.put("l", {"t": "seventh"}).status == 201 and keys("seventh") == ["l"]
    assert c.action("delete", {"t": {"$contains": "seventh"}}).json["count"] == 1 and keys("seventh") == []
    search(coll)
    coll.add_all([{"t": f"w{n}"} for n in range(70)])
    assert all(len(coll.find({"t": {"$contains": f"w{n}"}})) == 1 for n in range(70))
    assert coll.action("delete", {}).json["count"] == 70 and coll.find({"t": {"$contains": "w7"}}) == []
    assert coll.put("nobody", {"t": "w7"}).status == 404 and coll.find({"t": {"$contains": "w7"}}) == []


def test_many_words_of_one_object(coll):
    """R-07, QF-02: more different words than an engine's own text type, or one statement, takes"""
    search(coll)
    words = [f"w{n:x}" for n in range(150_000)]
    key = coll.add({"n": 1, "t": " ".join(words)})
    coll.add({"n": 2, "t": "w0 other"})
    for text, expected in [("w0", [1, 2]), (words[-1], [1]), ("w7fff w8000", [1]), ("w7fff w8001", []), ("other", [2])]:
        assert numbers(coll, {"t": {"$contains": text}}) == expected, text
    assert coll.put(key, {"n": 1, "t": "short"}).status == 200
    assert numbers(coll, {"t": {"$contains": "w0"}}) == [2] and numbers(coll, {"t": {"$contains": "SHORT"}}) == [1]


def test_writers_of_one_object(new_site):
    """QF-04: who replaces and who removes an object take its parts in one order, so that nobody waits for a deadlock"""
    site = new_site(workers=4)
    c = site.soda().make(CLIENT_KEYS)
    search(c)
    trouble = []

    def write(n):
        own = site.soda().collection(c.name)
        for i in range(60):
            r = own.delete("k") if (i + n) % 3 == 0 else own.put("k", {"t": f"all w{n} w{i % 7}"})
            if r.status not in (200, 201, 404):
                trouble.append(r)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for t in writers:
        t.start()
    for t in writers:
        t.join()
    assert not trouble
    if site.server is not None:
        assert "deadlock detected" not in (site.server.folder / "server.log").read_text(errors="replace")
    site.check_tables()
    assert len(c.find({"t": {"$contains": "all"}})) == len(c.items())


def test_failed_writes_leave_nothing(make):
    """R-02: neither words nor facts of what was rolled back, also of what an earlier element had added"""
    c = make(CLIENT_KEYS)
    search(c)
    c.action("index", {"name": f"U_{c.name}", "unique": True, "fields": [{"path": "u", "datatype": "number"}]})
    assert c.put("a", {"u": 1}).status == 201
    before = described(c)
    for n in range(3):
        assert c.put(f"b{n}", {"u": 1, "new": "word"}).status == 409
        assert c.put("c", {"u": 2, "list": [1]}).status in (200, 201)
        assert c.put("c", {"u": 1, "list": ["word"]}).status == 409
        assert c.action("update", {"$query": {}, "$merge": {"u": 7, "newer": True}}).status == 409
    assert c.put("a", {"u": 1, "again": "yes"}).status == 200
    after = described(c)
    assert list(after["properties"]) == ["u", "list", "again"] and after["properties"]["list"]["items"]["type"] == "number"
    assert before["properties"]["u"] == after["properties"]["u"]
    assert c.find({"``": {"$contains": "word"}}) == [] and len(c.find({"``": {"$contains": "yes"}})) == 1


# ---- indexes ----

def test_without_index(coll):
    """QF-01, UX-05, IX-15: there with the index, gone with it"""
    coll.add({"n": 1, "a": "x"})
    for _ in range(2):
        for qbe in [{"a": {"$contains": "x"}}, {"``": {"$contains": "x"}}, {"a": {"$not": {"$contains": "x"}}},
                    {"$and": [{"a": {"$contains": "x"}}]}, {"$query": {"b": 1, "a": {"$contains": "x"}}}]:
            for r in (coll.query(qbe), coll.get(params={"q": json.dumps(qbe)}), coll.action("delete", qbe)):
                assert (r.status, r.code) == (400, "SQL-40467"), (qbe, r)
        assert "schema" not in coll.soda.get(f"/metadata-catalog/{coll.name}").json
        name = search(coll)
        assert numbers(coll, {"a": {"$contains": "X"}}) == [1] and described(coll)["properties"]["a"]["type"] == "string"
        assert coll.action("unindex", {"name": name}).status == 200


def test_what_an_index_is_for(coll):
    """IX-18: the data guide alone, the text alone, neither"""
    coll.add({"n": 1, "a": "x"})
    for more, text, guide in [({"search_on": "none"}, 400, True), ({"search_on": "text", "dataguide": "off"}, 200, False),
                              ({"search_on": "none", "dataguide": "off"}, 400, False), ({"language": "german"}, 200, True),
                              ({"search_on": "Text_Value", "dataguide": "ON", "textIndex121WithLang": True}, 200, True)]:
        name = search(coll, **more)
        assert coll.query({"a": {"$contains": "x"}}).status == text, more
        assert ("schema" in coll.soda.get(f"/metadata-catalog/{coll.name}").json) is guide, more
        assert coll.action("unindex", {"name": name, "force": True}).status == 200


def test_bad_specifications(coll):
    """IX-16"""
    for more, inner in [({"dataguide": "maybe"}, 5060), ({"search_on": "x"}, 5061), ({"language": "klingon"}, 5013)]:
        r = coll.action("index", {"name": "S", **more})
        assert (r.status, r.inner) == (400, inner), r


def test_one_per_collection(coll, make):
    """IX-17: a second one is refused whatever it is for, one of another collection is not"""
    name = search(coll)
    for more in ({}, {"search_on": "none"}):
        r = coll.action("index", {"name": f"other_{coll.name}", **more})
        assert (r.status, r.code) == (409, "SQL-29879"), r
    assert coll.action("index", {"name": name}).code == "SODA-02053"
    other = make()
    assert other.action("index", {"name": name}).code == "SODA-02053"
    search(other)
    assert coll.action("unindex", {"name": name}).status == 200
    search(other := make(), name=name)
    assert other.action("index", {"name": f"more_{coll.name}"}).code == "SQL-29879"


def test_collections_that_cannot_have_one(make):
    """IX-15: a heterogeneous one cannot; a read-only one can"""
    assert make(ANY_MEDIA).action("index", {"name": "S"}).code == "SODA-03007"
    c = make(READ_ONLY)
    search(c)
    assert c.find({"``": {"$contains": "x"}}) == [] and described(c) == {"type": "object", "properties": {}}


def test_tables_and_catalogue_agree(new_site):
    """R-10: tables of search indexes come and go with them, their rows with the objects"""
    site = new_site(workers=1)
    c = site.soda().make(name="c")
    keys = c.add_all([{"t": f"word{n}"} for n in range(40)])
    search(c, name="all")
    assert site.check_tables() == {"all"}
    c.delete(keys[0])
    c.put(keys[1], {"t": "another"})
    c.add({"t": "one more"})
    assert site.check_tables() == {"all"}
    db = sqlite3.connect(site.db)
    db.execute("VACUUM")
    db.close()
    assert site.check_tables() == {"all"} and len(c.find({"``": {"$contains": "word30"}})) == 1
    assert site.cords("validate", check=False).stdout.count("none of ours") == 0
    assert c.action("truncate").status == 200 and site.check_tables() == {"all"}
    assert c.action("unindex", {"name": "all"}).status == 200 and site.check_tables() == set()
    search(c, name="guide", search_on="none")
    assert site.check_tables() == {"guide"}
    assert site.soda().delete("/c").status == 200 and site.check_tables() == set()


# ---- the schema ----

def test_metadata_with_and_without(coll):
    """SC-01, SC-02, SC-04, SC-09: where it stands, and alone"""
    path = f"/metadata-catalog/{coll.name}"
    assert list(coll.soda.get(path).json) == ["name", "properties", "links"]
    alone = {"Accept": "application/schema+json"}
    assert coll.soda.get(path, headers=alone).status == 406
    search(coll)
    coll.add({"a": 1})
    r = coll.soda.get(path)
    assert list(r.json) == ["name", "properties", "schema", "links"] and r.headers["Content-Type"] == "application/json"
    bare = coll.soda.get(path, headers=alone)
    assert bare.status == 200 and bare.headers["Content-Type"] == "application/schema+json" and bare.json == r.json["schema"]
    for accept in ("application/schema+json, application/json;q=0.5", "text/html, application/schema+json;q=0.1", "*/*;q=0.1, application/schema+json"):
        assert coll.soda.get(path, headers={"Accept": accept}).body == bare.body, accept
    for accept in ("application/schema+json;q=0.5, application/json", "application/schema+json, application/json", "application/schema+json;q=0", "*/*",
                   "application/schema+json;q=0.1, application/*"):
        assert coll.soda.get(path, headers={"Accept": accept}).body == r.body, accept
    assert coll.soda.get("/metadata-catalog/nobody", headers=alone).status == 404


def test_schema(coll):
    """SC-03, SC-05, SC-06, SC-07, SC-08"""
    search(coll)
    assert described(coll) == {"type": "object", "properties": {}}
    coll.add({"name": "alex", "dob": "1990-01-01", "empno": 57000, "spouse": None, "email": ["a@example.com", "b@example.com"],
              "address": {"state": "CA"}, "mixed": 1, "ok": True, "none": []})
    coll.add({"name": "alexander", "mixed": "text", "spouse": None, "ok": None})
    assert described(coll) == {"type": "object", "properties": {
        "name": {"type": "string", "o:length": 16, "o:preferred_column_name": "name"},
        "dob": {"type": "string", "o:length": 16, "o:preferred_column_name": "dob"},
        "empno": {"type": "number", "o:length": 8, "o:preferred_column_name": "empno"},
        "spouse": {"type": "null", "o:length": 4, "o:preferred_column_name": "spouse"},
        "email": {"type": "array", "o:length": 64, "o:preferred_column_name": "email",
                  "items": {"type": "string", "o:length": 16, "o:preferred_column_name": "scalar_string"}},
        "address": {"type": "object", "o:length": 16, "o:preferred_column_name": "address",
                    "properties": {"state": {"type": "string", "o:length": 2, "o:preferred_column_name": "state"}}},
        "mixed": {"type": "string", "o:length": 4, "o:preferred_column_name": "mixed"},
        "ok": {"type": "boolean", "o:length": 4, "o:preferred_column_name": "ok"},
        "none": {"type": "array", "o:length": 2, "o:preferred_column_name": "none"}}}
    assert list(described(coll)["properties"])[:3] == ["name", "dob", "empno"]


def test_schema_grows_only(coll):
    """SC-05: until the index is made anew"""
    key = coll.add({"a": "long enough", "b": 1})
    name = search(coll)
    first = described(coll)
    assert coll.put(key, {"a": "x"}).status == 200 and described(coll) == first
    assert coll.put(key, {"a": "x", "c": {"d": [[1, {"e": 2}]]}}).status == 200
    assert described(coll)["properties"]["c"]["properties"]["d"]["items"] == {
        "type": "array", "items": {"oneOf": [
            {"type": "object", "properties": {"e": {"type": "number", "o:length": 1, "o:preferred_column_name": "e"}}},
            {"type": "number", "o:length": 1, "o:preferred_column_name": "scalar_number"}]}}
    assert coll.action("truncate").status == 200
    assert list(described(coll)["properties"]) == ["a", "b", "c"]
    coll.action("unindex", {"name": name})
    coll.add({"z": 1})
    search(coll)
    assert list(described(coll)["properties"]) == ["z"]


def test_every_way_to_write_adds(make):
    """SC-03"""
    c = make(CLIENT_KEYS)
    search(c)
    assert c.put("k", {"put": 1}).status == 201
    assert c.put("k", {"replace": 1}).status == 200
    assert c.patch("k", [{"op": "add", "path": "/patch", "value": 1}]).status == 200
    assert c.action("update", {"$query": {}, "$merge": {"update": 1}}).status == 200
    assert list(described(c)["properties"]) == ["put", "replace", "patch", "update"]


def test_odd_shapes(coll):
    """SC-03, SC-08: documents that are arrays, names of any characters, very deep and very wide documents"""
    search(coll)
    coll.add([1, "ab"])
    assert described(coll) == {"type": "array", "items": {"type": "string", "o:length": 2, "o:preferred_column_name": "scalar_string"}}
    coll.add('{"":1,"\\u0061":2,"q\\"\\\\\\u0000\\u007f\\u00e9":3}')
    kinds = described(coll)["oneOf"]
    assert [k["type"] for k in kinds] == ["object", "array"] and list(kinds[0]["properties"]) == ["", "a", 'q"\\\0\x7fé']
    coll.add('{"q\\"\\\\\\u0000\x7fé":"again","\\ud800half":{"a":[]}}')
    kinds = described(coll)["oneOf"]
    assert len(kinds[0]["properties"]) == 4 and kinds[0]["properties"]['q"\\\0\x7fé']["type"] == "string"
    coll.add('{"deep":' + '[' * 900 + '{"bottom":1}' + ']' * 900 + '}')
    coll.add({"wide": {f"w{n}": n for n in range(6000)}})
    coll.add({"late": 1})
    text = json.dumps(described(coll))
    assert '"bottom"' not in text and '"w100"' in text and text.count("o:preferred") <= 5000


# ---- several workers ----

def test_two_workers(new_site):
    """R-06: words and schema are seen by the other worker at once; what each of them remembers does no harm"""
    site = new_site(workers=1)
    pair = [Worker(site), Worker(site)]
    path, catalog = f"{SODA}/shared", f"{SODA}/metadata-catalog/shared"
    assert pair[0].ask("PUT", path, json.dumps(CLIENT_KEYS).encode()).status == 201
    for n in range(40):
        a, b = pair[n % 2], pair[1 - n % 2]
        if n % 10 == 0:
            if n > 0:
                assert b.ask("POST", path + "?action=unindex", b'{"name":"once"}').status == 200
                assert b.ask("POST", path + "?action=truncate").status == 200
            assert a.ask("POST", path + "?action=index", b'{"name":"once"}').status == 200
        assert a.ask("PUT", path + "/k", b'{"f%d":"w%d"}' % (n, n)).status in (200, 201)
        found = json.loads(b.ask("POST", path + "?action=query", b'{"``":{"$contains":"w%d"}}' % n).body)
        assert found["count"] == 1
        schema = json.loads(b.ask("GET", catalog).body)["schema"]
        assert list(schema["properties"]) == [f"f{i}" for i in range(n - n % 10, n + 1)]
    for w in pair:
        assert w.stop() == 0


def test_concurrent_writers(make, site):
    """SC-03: many writers at once add what the others do not know; nothing is lost and nothing is there twice"""
    c = make()
    name = search(c)
    failed = []

    def write(w):
        own = site.soda().collection(c.name)
        try:
            for n in range(25):
                own.add({f"shared{n}": "x" * (w + 1), f"own{w}_{n}": [n, {"in": str(n)}], "t": f"word{w}x{n}"})
        except AssertionError as e:
            failed.append(e)

    threads = [threading.Thread(target=write, args=(w,)) for w in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed
    properties = described(c)["properties"]
    assert set(properties) == {f"shared{n}" for n in range(25)} | {f"own{w}_{n}" for w in range(6) for n in range(25)} | {"t"}
    assert all(properties[f"shared{n}"]["o:length"] == 8 for n in range(25))
    assert all(len(c.find({"t": {"$contains": f"WORD{w}X{n}"}})) == 1 for w in range(6) for n in (0, 24))
    grown = described(c)
    c.action("unindex", {"name": name})
    search(c)
    fresh = described(c)        # the same in another order
    assert json.dumps(grown, sort_keys=True) == json.dumps(fresh, sort_keys=True)
    assert not re.search(r'"type": "null"', json.dumps(grown))
