"""One meaning on every engine: the same requests go to sites on all databases, and their answers are compared byte by byte.

Every filter is asked a second time in a form that no index and no SQL knows anything about (negated twice), so that
soda/match.c alone answers: it, SQLite, PostgreSQL and MariaDB have to agree.  What the rules say is tests/http/test_oracle.py.
CORDS_ENGINES_ROUNDS gives more rounds, CORDS_TEST_SEED others.
"""
import json
import os
import re
from decimal import Decimal

from lib import ANY_MEDIA, CLIENT_KEYS, EMBEDDED_KEYS, JSON_CONTENT, READ_ONLY, UUID_RAW, every_operation, quote
from test_oracle import PATHS, Dice, text

# what differs from one moment to the next, and keys that are drawn
VARIES = rb'("(?:lastModified|created)"\s*:\s*")[^"]*|(tag:oracle.com,2020:ecid/)[^"]*|(127\.0\.0\.1:)\d+|\b[0-9A-F]{32}\b'
KEYS_IN_CONTENT = VARIES + rb'|\b[0-9a-f]{24}\b|\b[0-9A-F]{64}\b'         # and entity tags that follow from it
HEADERS = {"Date", "Request-Id", "Last-Modified", "Content-Length"}


class Sides:
    """one client for each engine; whatever is sent goes to all of them"""

    def __init__(self, sites, varies=VARIES):
        self.sodas = {e: s.soda() for e, s in sites.items()}
        self.varies = re.compile(varies)

    def plain(self, body):
        return self.varies.sub(lambda m: m[1] or m[2] or m[3] or b"DRAWN", body)

    def seen(self, r):
        """what is the same on every engine"""
        heads = sorted((k, self.plain(v.encode())) for k, v in r.headers.items() if k not in HEADERS)
        return r.status, heads, self.plain(r.body)

    def __call__(self, method, path, body=None, **kw):
        answers = {e: s.request(method, path, body, **kw) for e, s in self.sodas.items()}
        (first, one), *others = answers.items()
        for engine, other in others:
            assert self.seen(other) == self.seen(one), (method, path, body, first, one, engine, other)
        return one


# ---- random documents ----

NUMBERS = ["0", "-0", "1", "1.0", "10e-1", "1E0", "2", "-1.5", "-15e-1", "10", "1e1", "9007199254740993", "9007199254740992", "0.1",
           "0.10", "0.30000000000000004", "4100", "41e2", "4100.0", "-410.5", "0.1e-400", "1e400", "-1e400", "12345678901234567890", "12345678901234567890.5", "1e-7"]
STRINGS = ["1", "1.0", " 2 ", "1e1", "4100", "+4100", "4.1e3", "a", "ab", "B", "b%", "", "x", "é", "e\u0301", "\U0001f600", "\U0001d400\uffff", "true", "null",
           "a\nb", "'", '"', "\\", "?", "{fn}", "%", "_", "a\u0000b", "\ud83d", "2020-01-31", "2020-02-01T00:00:00Z", "word and Word",
           "ab" * 300, "ab" * 300 + "c", "é" * 1700]
DATES = ["2020-01-31", "2020-02-01T00:00:00Z", "1999-12-31T23:59:59.5+01:00", "20200131"]


class Wild(Dice):
    """documents as text, in every spelling that JSON has"""

    def blank(self):
        return self.pick(["", "", "", " ", "\n\t"])

    def spelled(self, s):
        if self.one_in(3):
            return json.dumps(s)
        return '"' + "".join(f"\\u{u:04X}" if self.one_in(4) and u < 0x10000 or 0xd800 <= u < 0xe000 else json.dumps(c, ensure_ascii=False)[1:-1]
                             for c in s for u in [ord(c)]) + '"'

    def respelled(self, v):
        """a value of Dice in some other spelling"""
        if isinstance(v, dict):
            return "{" + ",".join(f"{self.blank()}{self.spelled(n)}{self.blank()}:{self.respelled(x)}" for n, x in v.items()) + "}"
        if isinstance(v, list):
            return "[" + ",".join(self.blank() + self.respelled(x) for x in v) + self.blank() + "]"
        if isinstance(v, Decimal):
            return self.pick([str(v), f"{v:e}", f"{v * 1000}e-3", f"{v}{'0' if '.' in str(v) else '.00'}"])
        return self.spelled(v) if isinstance(v, str) else json.dumps(v)

    def any_text(self, depth):
        kind = self.rng.randrange(9) if depth else self.rng.randrange(4)
        if kind < 2:
            return self.pick(NUMBERS)
        if kind < 3:
            return self.spelled(self.pick(STRINGS + DATES))
        if kind < 4:
            return self.pick(["true", "false", "null"])
        if kind < 6:
            return "[" + ",".join(self.blank() + self.any_text(depth - 1) for _ in range(self.rng.randrange(4))) + "]"
        if kind < 8:
            return self.object_text(depth - 1)
        deep = self.rng.randrange(20, 60)
        return "[" * deep + self.any_text(0) + "]" * deep

    def object_text(self, depth):
        names = [n for n in ("a", "b", "c", "a.b", "", "\u00e9") if self.one_in(2)]
        return "{" + ",".join(f"{self.blank()}{self.spelled(n)}{self.blank()}:{self.any_text(depth)}" for n in names) + "}"

    def calm_text(self):
        """what indexes without flags accept"""
        return text({"a": self.pick([x for x in STRINGS if "\ud83d" not in x]), "b": self.rng.randrange(40) - 20, "d": self.pick(DATES[:3]),
                     "c": {"a": self.pick(["x", "y", None]), "t": self.pick(STRINGS[:20])}, "t": self.pick(["word", "a word", "ab word b"])})

    def document_text(self):
        return self.pick([self.calm_text, lambda: self.object_text(3), lambda: text(self.document()), lambda: self.respelled(self.document()),
                          lambda: self.respelled(self.document())])()

    def order(self):
        if self.one_in(3):
            return {self.pick(["a", "b", "c.a", "d"]): self.pick([1, -1]) for _ in range(2)}
        terms = [{"path": self.pick(["a", "b", "c.a", "d", "c"]), "datatype": self.pick(["varchar2", "number", "date", "timestamp"]),
                  "order": self.pick(["asc", "desc"])} for _ in range(1 + self.one_in(3))]
        return self.pick([terms, {"$fields": terms, "$lax": True}, {"$fields": terms, "$lax": True}, {"$fields": terms, "$scalarRequired": True}])


INDEXES = [{"fields": [{"path": "a"}]}, {"fields": [{"path": "b", "datatype": "number"}]}, {"fields": [{"path": "d", "datatype": "timestamp"}]},
           {"fields": [{"path": "c.a"}, {"path": "b", "datatype": "number", "order": "desc"}]}, {"fields": [{"path": "a", "maxLength": 3}]},
           {"fields": [{"path": "b", "datatype": "number"}, {"path": "a"}], "unique": True}, {"fields": [{"path": "d", "datatype": "date"}]}, {}]


def make_indexes(ask, name, dice, lax):
    """some of them; those that the documents break are refused everywhere"""
    n_made = 0
    for i, spec in enumerate(INDEXES):
        if dice.one_in(2):
            flags = {"lax": True} if lax and "fields" in spec else {}
            n_made += ask("POST", f"/{name}?action=index", {"name": f"{name}_{i}", **spec, **flags}).status == 200
    return n_made


def ask_filter(ask, name, dice, has_text):
    """one random page of a random filter, and all that match, with and without what SQL knows; how many match"""
    where = text(dice.filter(2))
    page = {"limit": dice.pick([1, 3, 100]), "offset": dice.pick([0, 0, 2])}
    if dice.one_in(3):
        page["totalResults"] = "true"
    asked = where
    if dice.one_in(2):
        asked = '{"$query":' + where + ',"$orderby":' + json.dumps(dice.order()) + "}"
    elif has_text and dice.one_in(2):
        asked = '{"$and":[' + where + ',{"' + dice.pick(["``", "t", "c.t"]) + '":{"$contains":"' + dice.pick(["word", "AB word", "1"]) + '"}}]}'
    ask("POST", f"/{name}?action=query", asked, params=page)
    every = {"limit": 100, "fields": "id", "totalResults": "true"}         # they are counted in another way than found
    found = ask("POST", f"/{name}?action=query", where, params=every)
    alone = ask("POST", f"/{name}?action=query", '{"$nor":[{"$nor":[' + where + "]}]}", params=every)
    assert found.status == alone.status == 200, (where, found)
    assert found.json["items"] == alone.json["items"], (where, found, alone)
    assert found.json["totalResults"] == alone.json["totalResults"] == alone.json["count"], (where, found, alone)
    return found.json["count"]


def write_something(ask, name, dice):
    key, kind = f"k{dice.rng.randrange(44)}", dice.rng.randrange(6)
    if kind < 3:
        ask("PUT", f"/{name}/{key}", dice.document_text().encode("utf-8", "surrogatepass"))
    elif kind == 3:
        ask("DELETE", f"/{name}/{key}")
    elif kind == 4:
        ask("PATCH", f"/{name}/{key}", {"b": dice.rng.randrange(9), "t": "patched word"}, headers={"Content-Type": "application/merge-patch+json"})
    else:
        ask("POST", f"/{name}?action=update", '{"$query":' + text(dice.filter(1)) + ',"$merge":{"t":"merged ' + str(dice.rng.randrange(9)) + '"}}')


def test_random_filters(sites, rng):
    """QN-05, R-08, ER-10: documents in every spelling, filters, orders and pages, with and without indexes, before and after writes"""
    ask, dice = Sides(sites), Wild(rng)
    counts, n_indexes = [], 0
    for n in range(int(os.environ.get("CORDS_ENGINES_ROUNDS", "5"))):
        name, lax = f"r{n}", n % 3 == 1
        assert ask("PUT", f"/{name}", dice.pick([CLIENT_KEYS, JSON_CONTENT])).status == 201
        if n % 3 == 2:
            n_indexes += make_indexes(ask, name, dice, lax)
        for k in range(40):
            doc = dice.calm_text() if n % 3 == 2 else dice.document_text()
            ask("PUT", f"/{name}/k{k}", doc.encode("utf-8", "surrogatepass"))
        if n % 3 == 1:
            n_indexes += make_indexes(ask, name, dice, lax)
        has_text = ask("POST", f"/{name}?action=query", {"t": {"$contains": "word"}}).status == 200
        for _ in range(2):
            counts += [ask_filter(ask, name, dice, has_text) for _ in range(45)]
            for _ in range(12):
                write_something(ask, name, dice)
        ask("GET", f"/{name}?limit=100")
        ask("GET", f"/metadata-catalog/{name}")
        ask("DELETE", f"/{name}")
    assert n_indexes > 3 and sum(0 < c < 40 for c in counts) > len(counts) / 5


# ---- every operation ----

def test_every_operation(sites):
    """ER-10: statuses, headers and bodies of all operations and of what is none, on collections of every kind"""
    for meta in (None, CLIENT_KEYS, UUID_RAW, EMBEDDED_KEYS, ANY_MEDIA, READ_ONLY,
                 {"keyColumn": {"sqlType": "NUMBER", "assignmentMethod": "IDENTITY"}},
                 {"keyColumn": {"sqlType": "NUMBER", "assignmentMethod": "CLIENT"}, "versionColumn": {"name": "V", "method": "SEQUENTIAL"}}):
        ask = Sides(sites, KEYS_IN_CONTENT if meta is EMBEDDED_KEYS else VARIES)
        ask("PUT", "/every", meta)
        ask("PUT", "/every", meta)
        for method, path, body in every_operation("every"):
            if method == "DELETE" and path == "/every":
                continue
            ask(method, path, body, headers={"Content-Type": "application/json"})
        ask("DELETE", "/every")
    for method, path, body in every_operation("every"):
        ask(method, path, body)
        ask(method, path, body, auth=False)


def test_errors(sites):
    """ER-10: what is refused is refused everywhere, with the same words, and leaves the same behind"""
    ask = Sides(sites)
    for name, meta in (("e", CLIENT_KEYS), ("plain", None)):
        assert ask("PUT", f"/{name}", meta).status == 201
    assert ask("PUT", "/e/k", {"a": 1, "b": "x"}).status == 201
    assert ask("POST", "/e?action=index", {"name": "u", "unique": True, "fields": [{"path": "a", "datatype": "number"}]}).status == 200
    refused = [
        ("PUT", "/e/k2", {"a": 1}), ("PUT", "/e/k2", {"a": "no number"}), ("PUT", "/e/k2", {"a": [1, 2]}), ("POST", "/e", {}),
        ("POST", "/e?action=insert", [{"a": 5}, {"a": 5}]), ("POST", "/plain?action=insert", '[{"a":5},{"a":'), ("POST", "/plain", "[1"),
        ("POST", "/plain", '{"a":1,"a":2}'), ("POST", "/plain", b'{"a":"\xff"}'), ("POST", "/plain", "[" * 2000 + "]" * 2000),
        ("POST", "/plain", '{"a":"' + "x" * 300_000 + '"}'), ("PUT", "/e/" + "k" * 256, {}), ("PUT", "/e/" + quote("\U0001f600" * 64), {}),
        ("POST", "/e?action=update", {"$query": {}, "$merge": {"a": [1]}}), ("POST", "/e?action=update", {"$query": {}, "$patch": [{"op": "no"}]}),
        ("PATCH", "/e/k", [{"op": "test", "path": "/a", "value": 2}]), ("PATCH", "/e/k", [{"op": "remove", "path": "/none"}]),
        ("POST", "/e?action=index", {"name": "u", "fields": [{"path": "b"}]}), ("POST", "/e?action=index", {"name": "v", "fields": []}),
        ("POST", "/e?action=index", {"name": "n", "fields": [{"path": "b", "datatype": "number"}]}), ("DELETE", "/e/none", None),
        ("GET", "/e/none", None), ("GET", "/none", None), ("GET", "/e?limit=0", None), ("GET", "/e?offset=-1", None), ("PUT", "/e", READ_ONLY),
        ("POST", "/e?action=query", {"b": {"$contains": "x"}}), ("POST", "/e?action=query", {"$query": {}, "$orderby": {"b": 0}}),
        ("POST", "/e?action=query", {"$query": {}, "$orderby": [{"path": "b", "datatype": "number"}]}), ("POST", "/e?action=unindex", {"name": "none"}),
        ("POST", "/e?action=query", {"b": {"$near": {"$geometry": {"type": "Point", "coordinates": [0, 0]}, "$distance": 1}}}),
    ]
    for method, path, body in refused:
        kind = {"PATCH": "application/json-patch+json"}.get(method, "application/json")
        ask(method, path, body, headers={"Content-Type": kind})
        ask("GET", "/e?fields=all")
    for header in ({"If-Match": '"x"'}, {"If-None-Match": "*"}, {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}):
        for method, body in (("GET", None), ("PUT", {"a": 1}), ("DELETE", None)):
            ask(method, "/e/k", body, headers=header)
    every = [p for p in PATHS if p != "nothing"]
    for path in every:
        for operators in ({"$bad": 1}, {"$gt": None}, {"$in": 5}, {"$regex": "("}, {"$exists": {}}, {"$not": 5}, {"$date": "x"}, {"$size": "x"}):
            ask("POST", "/e?action=query", {path: operators})
