"""A second reading of the language of filters: the rules written down once more, in Python, against the program.

matches() follows the text of "Evaluation rules" line by line and shares nothing with soda/match.c.  Random filters over random
documents have to select the same ones, with and without indexes.  CORDS_ORACLE_ROUNDS gives more of them.
"""
import json
import os
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

# ---- values ----

NUMBER = re.compile(r"[ \t\n\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t\n\r]*")


def number_of(v):
    """a number, or a string that reads as one; None otherwise"""
    if isinstance(v, Decimal):
        return v
    found = NUMBER.fullmatch(v) if isinstance(v, str) else None
    return Decimal(found[1]) if found else None


def canonical(n):
    return format(n.normalize(), "f") if n else "0"


def text_of(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    return canonical(v) if isinstance(v, Decimal) else v if isinstance(v, str) else None


def type_of(v):
    return {dict: "object", list: "array", str: "string", bool: "boolean", Decimal: "number", type(None): "null"}[type(v)]


# ---- paths: tuples of steps ----

PATHS = {
    "a": ["a"], "b": ["b"], "c": ["c"], "a.b": ["a", "b"], "c.a": ["c", "a"], "a[*]": ["a", ("all",)], "a[0]": ["a", ("at", 0)],
    "a[last]": ["a", ("at", -1)], "a[*].b": ["a", ("all",), "b"], "a[1 to last]": ["a", ("from", 1)], "b[*][*]": ["b", ("all",), ("all",)],
    "*": [("any",)], "c.*": ["c", ("any",)], "..b": [("deep", "b")], "a..c": ["a", ("deep", "c")], "[*].a": [("all",), "a"],
    "[0]": [("at", 0)], "nothing": ["nothing"], "`a.b`": ["a.b"],
}


def deep(v, name):
    children = v.values() if isinstance(v, dict) else v if isinstance(v, list) else []
    if isinstance(v, dict) and name in v:
        yield v[name]
    for child in children:
        yield from deep(child, name)


def step(v, s):
    if isinstance(s, str) or s[0] == "any":
        for o in v if isinstance(v, list) else [v]:
            if isinstance(o, dict):
                yield from o.values() if not isinstance(s, str) else [o[s]] if s in o else []
    elif s[0] == "deep":
        yield from deep(v, s[1])
    else:
        elements = v if isinstance(v, list) else [v]
        if s[0] == "all":
            yield from elements
        elif s[0] == "from":
            # a range means the same backwards, also where `last` comes before its beginning
            yield from elements[min(s[1], len(elements) - 1):] if elements else []
        elif -len(elements) <= s[1] < len(elements):
            yield elements[s[1]]


def resolve(v, path):
    values = [v]
    for s in path:
        values = [x for y in values for x in step(y, s)]
    return values


# ---- one value against one operator ----

NOTHING = object()
METHODS = {
    "$number": lambda v: NOTHING if number_of(v) is None else number_of(v),
    "$string": lambda v: NOTHING if text_of(v) is None else text_of(v),
    "$boolean": lambda v: v if isinstance(v, bool) else v == "true" if v in ("true", "false") else NOTHING,
    "$upper": lambda v: text_of(v).upper() if text_of(v) else NOTHING,
    "$lower": lambda v: text_of(v).lower() if text_of(v) else NOTHING,
    "$length": lambda v: Decimal(len(v)) if isinstance(v, str) else NOTHING,
    "$abs": lambda v: abs(v) if isinstance(v, Decimal) else NOTHING,
    "$ceiling": lambda v: v.to_integral_value(ROUND_CEILING) if isinstance(v, Decimal) else NOTHING,
    "$floor": lambda v: v.to_integral_value(ROUND_FLOOR) if isinstance(v, Decimal) else NOTHING,
    "$size": lambda v: Decimal(len(v) if isinstance(v, list) else 1),
    "$type": type_of,
    "$numberOnly": lambda v: v if isinstance(v, Decimal) else NOTHING,
    "$stringOnly": lambda v: v if isinstance(v, str) else NOTHING,
    "$booleanOnly": lambda v: v if isinstance(v, bool) else NOTHING,
}
OPERANDS = {"$number": "n", "$string": "s", "$boolean": "b", "$upper": "s", "$lower": "s", "$length": "n", "$abs": "n", "$ceiling": "n",
            "$floor": "n", "$size": "n", "$type": "t", "$numberOnly": "n", "$stringOnly": "s", "$booleanOnly": "b"}


def compare(v, op, x):
    if isinstance(x, bool) or x is None:
        return op == "$eq" and type(v) is type(x) and v == x
    if isinstance(x, Decimal):
        v = number_of(v)
    else:
        v = v if isinstance(v, str) else canonical(v) if isinstance(v, Decimal) else None
    if v is None:
        return False
    return {"$eq": v == x, "$gt": v > x, "$gte": v >= x, "$lt": v < x, "$lte": v <= x}[op]


def satisfies(v, op, x):
    if op in ("$startsWith", "$hasSubstring", "$like"):
        if not isinstance(v, str):
            return False
        if op == "$like":
            pattern = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in x)
            return re.fullmatch(pattern, v, re.S) is not None
        return v.startswith(x) if op == "$startsWith" else x in v
    return compare(v, op, x)


def some(ctx, path, op, x, method=None):
    if op == "$exists":
        return (len(resolve(ctx, path)) > 0) == (x is not False and x is not None and x != 0)
    if op in ("$ne", "$nin"):
        return not some(ctx, path, {"$ne": "$eq", "$nin": "$in"}[op], x, method)
    if op == "$in":
        return any(some(ctx, path, "$eq", y, method) for y in x)
    if op == "$all":
        return len(x) > 0 and all(some(ctx, path, "$eq", y, method) for y in x)
    if op == "$between":
        return all(y is None or some(ctx, path, o, y, method) for o, y in zip(("$gte", "$lte"), x))
    values = resolve(ctx, path)
    if method not in ("$type", "$size"):
        values = [x for v in values for x in (v if isinstance(v, list) else [v])]
    if method:
        values = [y for y in map(METHODS[method], values) if y is not NOTHING]
    return any(satisfies(v, op, x) for v in values)


# ---- filters ----

def holds(ctx, path, operators, method=None):
    for op, x in operators.items():
        if op == "$not":
            ok = any(not some(ctx, path, o, y, method) for o, y in x.items())
        elif op in METHODS:
            ok = holds(ctx, path, x, op) if isinstance(x, dict) else some(ctx, path, "$eq", x, op)
        else:
            ok = some(ctx, path, op, x, method)
        if not ok:
            return False
    return True


def is_distributed(operators):
    """E4: neither several members, also inside a method or $not, nor $between itself"""
    is_first = True
    while len(operators) == 1:
        ((op, x),) = operators.items()
        if not isinstance(x, dict):
            return not (is_first and op == "$between")
        operators, is_first = x, False
    return False


def matches(doc, where):
    for name, x in where.items():
        if name in ("$and", "$or", "$nor"):
            each = [matches(doc, f) for f in x]
            ok = all(each) if name == "$and" else any(each) == (name == "$or")
        elif isinstance(x, list):
            ok = len(x) > 0 and all(some(doc, PATHS[name], "$eq", y) for y in x)
        elif not isinstance(x, dict):
            ok = some(doc, PATHS[name], "$eq", x)
        elif not next(iter(x)).startswith("$"):
            ok = any(matches(v, x) for v in resolve(doc, PATHS[name]))
        elif is_distributed(x):
            ok = holds(doc, PATHS[name], x)
        else:
            ok = any(holds(v, [], x) for v in resolve(doc, PATHS[name]))
        if not ok:
            return False
    return True


# ---- random ones ----

SCALARS = [Decimal(t) for t in ("0", "1", "1.0", "2", "-1.5", "10", "9007199254740993", "0.1")] + [
    "1", "1.0", " 2 ", "1e1", "a", "ab", "B", "b%", "", "x", "é", "\U0001f600", "true", "null", "a\nb", True, False, None]


class Dice:
    def __init__(self, rng):
        self.rng = rng
        self.pick = rng.choice

    def one_in(self, n):
        return self.rng.randrange(n) == 0

    def value(self, depth):
        kind = self.rng.randrange(6) if depth else 0
        if kind == 4:
            return [self.value(depth - 1) for _ in range(self.rng.randrange(4))]
        if kind == 5:
            return {n: self.value(depth - 1) for n in ("a", "b", "c", "a.b") if self.one_in(2)}
        return self.pick(SCALARS)

    def document(self):
        doc = {n: self.value(3) for n in ("a", "b", "c", "a.b") if not self.one_in(3)}
        return [doc, self.value(2)] if self.one_in(8) else doc

    def operand(self, kind):
        return self.pick([x for x in SCALARS if kind == "a" or (kind == "o" and isinstance(x, (Decimal, str))) or
                          (kind == "n" and isinstance(x, Decimal)) or (kind == "s" and isinstance(x, str)) or
                          (kind == "b" and isinstance(x, bool))] if kind != "t" else
                         ["array", "object", "string", "number", "boolean", "null"])

    def comparison(self, kind):
        ordered = "o" if kind == "a" else kind
        op = self.pick(["$eq", "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$between", "$in", "$nin", "$all", "$exists", "$startsWith",
                        "$hasSubstring", "$like"])
        if op in ("$gt", "$gte", "$lt", "$lte", "$between") and kind == "b":
            op = "$eq"
        if op == "$between":
            return op, self.pick([[self.operand(ordered), self.operand(ordered)], [None, self.operand(ordered)], [self.operand(ordered), None]])
        if op in ("$in", "$nin", "$all"):
            return op, [self.operand(kind) for _ in range(self.rng.randrange(4))]
        if op == "$exists":
            return op, self.pick([True, False, "false", None, Decimal(0), Decimal(2)])
        if op in ("$startsWith", "$hasSubstring", "$like"):
            return op, self.pick(["a", "", "1", "%b%", "_", "a%", "é", "\U0001f600"])
        return op, self.operand(ordered if op in ("$gt", "$gte", "$lt", "$lte") else kind)

    def operators(self, kind, n):
        out = {}
        for _ in range(n):
            if self.one_in(5):
                out["$not"] = dict(self.comparison(kind) for _ in range(1 + self.one_in(3)))
            else:
                out.update([self.comparison(kind)])
        return out

    def clause(self, depth):
        kind = self.rng.randrange(10)
        if kind == 0 and depth:
            return self.pick(["$and", "$or", "$nor"]), [self.filter(depth - 1) for _ in range(1 + self.rng.randrange(3))]
        path = self.pick(list(PATHS))
        if kind < 3:
            return path, self.operand("a")
        if kind == 3:
            return path, [self.operand("a") for _ in range(self.rng.randrange(3))]
        if kind == 4 and depth:
            return path, self.filter(0)
        if kind < 7:
            method = self.pick(list(METHODS))
            x = self.operand(OPERANDS[method]) if self.one_in(3) else self.operators(OPERANDS[method], 1 + self.one_in(3))
            return path, {method: x}
        return path, self.operators("a", 1 + self.one_in(2) + self.one_in(4))

    def filter(self, depth):
        return dict(self.clause(depth) for _ in range(1 + self.one_in(3)))


def text(v):
    """JSON with numbers as they are spelled"""
    if isinstance(v, dict):
        return "{" + ",".join(json.dumps(k) + ":" + text(x) for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ",".join(map(text, v)) + "]"
    return str(v) if isinstance(v, Decimal) else json.dumps(v)


def test_second_reading(make, rng):
    """QN-05 and the rules E1 to E8: filters select what the rules say; the opposite selects the others"""
    dice, n_some = Dice(rng), 0
    n_rounds = int(os.environ.get("CORDS_ORACLE_ROUNDS", "6"))
    for i in range(n_rounds):
        c = make()
        docs = [dice.document() for _ in range(40)]
        place = {c.add(text(d).encode()): k for k, d in enumerate(docs)}
        for path, datatype in (("a", "varchar2"), ("b", "number"), ("c.a", "varchar2")) if i % 2 else ():
            assert c.action("index", {"name": f"{c.name}_{path}", "lax": True, "fields": [{"path": path, "datatype": datatype}]}).status == 200
        for _ in range(120):
            where = dice.filter(2)
            expected = [k for k, d in enumerate(docs) if matches(d, where)]
            for asked, wanted in ((text(where), expected), ('{"$nor":[' + text(where) + "]}", [k for k in range(40) if k not in expected])):
                r = c.query(asked.encode(), limit=100)
                assert r.status == 200, (asked, r)
                got = sorted(place[item["id"]] for item in r.json["items"])
                assert got == wanted, (asked, [text(docs[k]) for k in set(got) ^ set(wanted)][:3])
            n_some += 0 < len(expected) < 40
    assert n_some > 20 * n_rounds
