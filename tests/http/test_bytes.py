"""R-07: a document comes back byte for byte, whatever way it went in and comes out."""
import json

import pytest

from lib import ANY_MEDIA, CLIENT_KEYS

KIB, MIB = 1024, 1024 * 1024

NUMBERS = """0 -0 0.0 -0.0 0e0 1 -1 1.0 1.10 1.100 100 1e2 1E2 1e+2 1E+02 1e-2 0.01 10e-3 12345678901234567890
18446744073709551616 9007199254740993 -9223372036854775809 123456789012345678901234567890.123 0.1 0.30000000000000004
1e308 1e309 1e-400 -1e999 4.9e-324 1.7976931348623157e308 1.5e0000000000000000001 99999999999999999999e-20""".split()
NUMBERS += ["1" + "0" * 90 + "1", "0." + "0" * 90 + "1", "-" + "9" * 400]

STRINGS = [r'""', r'"\u0000"', r'"a\u0000b"', r'"\u0041"', r'"\/"', '"/"', r'"\"\\\b\f\n\r\t"', r'"\u00e9"', '"é"',
           '"e\u0301"',
           r'"\ud83d\ude00"', r'"\uD83D\uDE00"', '"\U0001f600"', '"\U0010ffff"', '"\ufffe\uffff"', r'"\ud800"',
           r'"\udc00\ud800"',
           '"\x7f\x80\x9f"', '"\u2028\u2029"', '"\ufeff"', "\"'%_?;--/*{fn x}\"", '"<script>&amp;"', '"$1 :a @b ??"']

SHAPES = ["{}", "[]", "[[]]", "[{}]", '{"":""}', '{"a":{"":{}}}', '[null,true,false]', ' { } ', "[\n]",
          '\r\n\t{"a"\t:\r1 }\n\n',
          '{"__proto__":1,"$":2,"a.b":3,"`":4,"]":5,"\\\\":6,"\\u0061":7}', '{"z":1,"a":2,"Z":3,"A":4,"10":5,"9":6}']

CORPUS = ([f"[{n}]" for n in NUMBERS] + ['{"n":[' + ", ".join(NUMBERS) + "]}"] + [f'{{"s":{s}}}' for s in STRINGS]
          + ['{"all":[' + ",".join(STRINGS) + "]}"] + SHAPES)


def of_size(n, filler="a"):
    """a document of n bytes; filler may need several bytes, so that a border can fall into it"""
    size = len(filler.encode())
    text = '["' + "x" * ((n - 4) % size) + filler * ((n - 4) // size) + '"]'
    assert len(text.encode()) == n
    return text.encode()


def test_corpus(make):
    """R-07: numbers, escapes, characters, white space: by POST, insert and PUT; by GET, listing, query and merge"""
    corpus = [text.encode() for text in CORPUS]
    c, named = make(), make(CLIENT_KEYS)
    posted = [c.add(text) for text in corpus]
    inserted = c.add_all(b"[" + b" ,".join(corpus) + b"]")
    for n, text in enumerate(corpus):
        assert named.put(f"{n:04}", text).status == 201
        assert named.put(f"{n:04}", b'{"other":1}').status == 200 and named.put(f"{n:04}", text).status == 200
    for n, text in enumerate(corpus):
        assert c.get(posted[n]).body == text
        assert c.get(inserted[n]).body == text.strip()
        assert named.get(f"{n:04}").body == text
    for r in (named.get(params={"limit": 1000}), named.query({}, limit=1000),
              named.get(params={"q": "{}", "limit": 1000})):
        at = 0
        for text in corpus:
            at = r.body.index(b'"value":' + text + b"}", at) + len(text)
        json.loads(r.body)          # whole


def test_patch_keeps_the_rest(coll):
    """R-07: what a patch does not name keeps its spelling"""
    for text in ["[" + ",".join(NUMBERS) + "]", "[" + ",".join(STRINGS) + "]"]:
        inner = text.encode()
        key = coll.add(b'{"keep":' + inner + b',"n":0}')
        assert coll.patch(key, [{"op": "replace", "path": "/n", "value": 1}]).status == 200
        assert inner in coll.get(key).body and coll.get(key).body.endswith(b'"n":1}')
        assert coll.patch(key, {"n": 2}, headers={"Content-Type": "application/merge-patch+json"}).status == 200
        assert inner in coll.get(key).body
        assert coll.action("update", {"$query": {"$id": key}, "$merge": {"n": 3}}).json["count"] == 1
        assert inner in coll.get(key).body


BORDERS = [n * KIB // 4 + d for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 4096) for d in (-1, 0, 1)]


@pytest.mark.parametrize("filler", ["a", "é", "\U0001f600"])
def test_sizes(named, filler):
    """R-07: sizes around the borders of buffers, with characters of one, two and four bytes across them"""
    for n in [*range(5, 70), 255, 511, 4 * KIB - 3, 4 * KIB - 2, 4 * KIB + 2, 64 * KIB + 2, 65534, 65535 + 4, *BORDERS]:
        text = of_size(n, filler)
        assert named.put("k", text).status in (200, 201)
        assert named.get("k").body == text, n
        if n < 200000:
            assert b'"value":' + text + b"}" in named.get().body, n


def test_largest(named):
    """R-07 up to request.maxBody"""
    for n in (16 * MIB - 1, 16 * MIB):
        text = of_size(n, "\U0001f600")
        assert named.put("k", text).status in (200, 201)
        r = named.get("k")
        assert r.headers["Content-Length"] == str(n) and r.body == text
        assert b'"value":' + text + b"}" in named.query({}).body


def test_binary(make, rng):
    """R-07: every byte, in every size around the borders"""
    c = make({**ANY_MEDIA, **CLIENT_KEYS})
    some = rng.randbytes(MIB + 1)
    kind = {"Content-Type": "application/octet-stream"}
    for body in [bytes(range(256)), b"\0", b"\0\0", b"'", b"\xff\xfe", b"\xef\xbb\xbf{}", b"\r\n",
                 some[:KIB].replace(b"\0", b"\1")]:
        assert c.put("k", body, headers=kind).status in (200, 201)
        assert c.get("k").body == body
    for n in BORDERS:
        assert c.put("k", some[:n], headers=kind).status == 200
        assert c.get("k").body == some[:n], n
    (item,) = c.items()
    assert item["bytes"] == n


def test_keys(named, rng):
    """R-07 and UR-24 for keys: they come back as they were, in listings, headers and links"""
    alphabet = [chr(c) for c in range(1, 128)] + list("é\u0301ßİ€\ufeff\uffff\U0001f600\U0010ffff")
    keys = {"".join(rng.choices(alphabet, k=rng.randint(3, 40))) for _ in range(100)} | set(alphabet) - {"."}
    for key in keys:
        r = named.put(key, json.dumps([key]))
        assert r.status == 201, (key, r)
        path = r.headers["Location"].partition(str(named.soda.port))[2]
        assert named.soda.get(path, base="").json == [key]
    items = named.items(limit=1000)
    assert {i["id"] for i in items} == keys
    for i in items:
        assert i["value"] == [i["id"]]
    assert named.find({"$id": sorted(keys)[:50]}) == [[k] for k in sorted(keys)[:50]]


def test_whole_pages(make):
    """R-09: a page that a large document would make too large ends before it, and says that there is more"""
    c = make(CLIENT_KEYS)
    for n in range(5):
        assert c.put(f"k{n}", of_size(15 * MIB)).status == 201
    seen, at = [], "a"
    while True:
        r = c.get(params={"fromID": at})
        assert r.status == 200 and int(r.headers["Content-Length"]) == len(r.body)
        assert len(r.body) <= 64 * MIB and 1 <= r.json["count"] == len(r.json["items"])
        seen += [i["id"] for i in r.json["items"]]
        at = seen[-1]
        if not r.json["hasMore"]:
            break
    assert seen == [f"k{n}" for n in range(5)]
