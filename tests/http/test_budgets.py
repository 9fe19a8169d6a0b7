"""R-44: every language has a budget.  At the limit a request works, one more is refused by the name of the limit."""
import base64
import http.client
import json

import pytest

from fcgi_peer import Worker
from lib import ANY_MEDIA, CLIENT_KEYS

KIB, MIB = 1024, 1024 * 1024
SODA = "/ords/demo/soda/latest"


def refused(r, *words, status=400):
    assert r.status == status, r
    assert r.headers["Content-Type"] == "application/problem+json"
    said = r.json.get("title", "") + r.json.get("message", "")
    assert all(w in said for w in words), said


# ---- bodies ----

@pytest.fixture(scope="module")
def small(new_site):
    """a site whose limits are small, and a collection there"""
    site = new_site(workers=1, settings={"request.maxBody": "64k", "request.maxDepth": "20",
                                         "request.maxValues": "1000",
                                         "soda.maxPageBytes": "65536", "soda.maxLimit": "unlimited"})
    c = site.soda().make(CLIENT_KEYS)
    yield c
    c.soda.close()


def writes(c, text):
    """the same body as an object, an element, a filter, a patch, a merge"""
    post = c.soda.collection(c.name + "s")
    post.soda.put(post.path)
    return [c.put("k", text), post.soda.post(post.path, text), post.action("insert", text),
            c.soda.post(c.path + "?action=query", text), c.patch("k", text),
            c.patch("k", text, headers={"Content-Type": "application/merge-patch+json"})]


def test_body(small):
    """R-44, PO-15: request.maxBody, for every kind of body"""
    limit = 64 * KIB
    at = '["' + "x" * (limit - 4) + '"]'
    assert small.put("k", at).status in (200, 201) and small.get("k").body == at.encode()
    for r in writes(small, '["' + "x" * (limit - 3) + '"]'):
        refused(r, "request.maxBody", status=413)
    assert small.get("k").body == at.encode()


def test_default_body(coll):
    """PO-15: 16 MiB, and not a byte more"""
    text = b'{"a":"' + b"x" * (16 * MIB - 8) + b'"}'
    assert len(text) == 16 * MIB and coll.soda.post(coll.path, text).status == 201
    r = coll.soda.post(coll.path, text + b" ")
    refused(r, "request.maxBody", status=413)
    assert len(coll.items(fields="id")) == 1


def deep(n):
    return "[" * n + "]" * n


def test_depth(coll):
    """R-44, PO-16: 1000 by default; a million is no danger either"""
    for text in (deep(1000), '{"a":' * 999 + "[]" + "}" * 999):
        key = coll.add(text)
        assert coll.get(key).body == text.encode()
    assert coll.add_all("[" + deep(1000) + "]")
    n = len(coll.items(fields="id"))
    for text in (deep(1001), '{"a":' * 1000 + "[]" + "}" * 1000, deep(1000000), "[" * 1000000):
        refused(coll.soda.post(coll.path, text), "request.maxDepth")
    refused(coll.action("insert", "[" + deep(1001) + "]"), "request.maxDepth")
    assert len(coll.items(fields="id")) == n


def test_depth_by_setting(small):
    assert small.put("k", deep(20)).status in (200, 201)
    refused(small.put("k", deep(21)), "request.maxDepth")
    # the document that a patch makes, after each operation
    assert small.put("k", '{"a":' + deep(18) + "}").status == 200
    add = {"op": "add", "path": "/b", "value": json.loads(deep(18))}
    assert small.patch("k", [add]).status == 200
    refused(small.patch("k", [{**add, "path": "/a/0/0"}]), "request.maxDepth")
    refused(small.patch("k", [{"op": "move", "from": "/b", "path": "/a/0/0"}, {"op": "remove", "path": "/a"}]),
            "request.maxDepth")
    refused(small.action("update", {"$patch": [{"op": "copy", "from": "/b", "path": "/a/0/0"}]}), "request.maxDepth")
    assert small.get("k").json == {"a": json.loads(deep(18)), "b": json.loads(deep(18))}
    # $merge may nest as deep as what PATCH merges
    assert small.action("update", '{"$merge":{"m":' + deep(19) + "}}").status == 200
    assert small.get("k").json["m"] == json.loads(deep(19))
    refused(small.action("update", '{"$merge":{"m":' + deep(20) + "}}"), "request.maxDepth")


def test_values(small, coll):
    """R-44: request.maxValues, 1 000 000 by default"""
    assert small.put("k", "[" + ",".join("1" * 999) + "]").status in (200, 201)
    refused(small.put("k", "[" + ",".join("1" * 1000) + "]"), "request.maxValues", status=413)
    many = "[" + "1," * 999998 + "1]"
    assert coll.add(many)
    refused(coll.soda.post(coll.path, "[1," + many[1:]), "request.maxValues", status=413)


def test_bulk_elements(coll):
    """R-44: 100 000 elements of a bulk insert"""
    assert len(coll.add_all("[" + "{}," * 99999 + "{}]")) == 100000
    r = coll.action("insert", "[" + "{}," * 100000 + "{}]")
    refused(r, "100000", status=413)
    assert coll.get(params={"totalResults": "true", "limit": 1}).json["totalResults"] == 100000


def test_memory(new_site):
    """R-44: request.maxMemory; the worker survives and says what it was"""
    site = new_site(workers=1, settings={"request.maxMemory": "4m"})
    c = site.soda().make()
    pid = site.worker_pids()
    refused(c.soda.post(c.path, "[" + "{}," * 360000 + "{}]"), "request.maxMemory", status=413)
    refused(c.action("insert", "[" + "{}," * 99999 + "{}]"), "request.maxMemory", status=413)
    assert c.add("{}") and site.worker_pids() == pid
    assert len(c.items()) == 1
    c.soda.close()


def test_page_bytes(small):
    """R-44: a page ends before soda.maxPageBytes, with hasMore, and holds at least one object"""
    small.action("truncate")
    for n in range(8):
        assert small.put(f"k{n}", '["%s"]' % ("x" * 20000)).status == 201
    assert small.put("k8", '["%s"]' % ("x" * (64 * KIB - 4))).status == 201
    for ask in (lambda at: small.get(params={"fromID": at}), lambda at: small.query("{}", fromID=at)):
        seen, at, more = [], "a", True
        while more:
            r = ask(at)
            assert r.status == 200 and 1 <= len(r.json["items"]) <= 3
            assert len(r.body) <= 64 * KIB or len(r.json["items"]) == 1
            seen += [i["id"] for i in r.json["items"]]
            at, more = seen[-1], r.json["hasMore"]
        assert seen == [f"k{n}" for n in range(9)]
    offset, seen, more = 0, [], True
    while more:
        r = small.get(params={"offset": offset})
        seen += [i["id"] for i in r.json["items"]]
        offset, more = offset + r.json["count"], r.json["hasMore"]
    assert seen == [f"k{n}" for n in range(9)]
    # without contents all of them fit
    assert small.get(params={"fields": "id"}).json["count"] == 9


# ---- URI and headers ----

def test_uri(coll):
    """R-44: 8 KiB, 64 segments, 64 parameters"""
    start = "/ords/demo/soda/latest" + coll.path
    for n, status in ((8192, 200), (8193, 400)):
        path = (start + "?x=").ljust(n, "y")
        r = coll.soda.get(path, base="")
        assert r.status == status and (status == 200 or "8192" in r.json["title"])
    # there lighttpd's own limit begins
    for n in (64 * KIB, 100 * KIB):
        assert coll.soda.get(coll.path + "?x=" + "y" * n).status in (400, 414, 431)
    assert coll.get().status == 200
    # 64 of them below the context are merely not there
    assert coll.soda.get("/ords" + "/a" * 64, base="").status == 404
    refused(coll.soda.get("/ords" + "/a" * 65, base=""), "64")
    query = "&".join(f"x{i}={i}" for i in range(64))
    assert coll.soda.get(coll.path + "?" + query).status == 200
    refused(coll.soda.get(coll.path + "?" + query + "&y=1"), "64")


def test_headers(coll, new_site):
    """R-44: one value 8 KiB, all together 64 KiB"""
    for n, status in ((8192, 200), (8193, 413)):
        r = coll.get(headers={"X-Long": "y" * n})
        assert r.status == status, r
    refused(r, "8192", status=413)
    w = Worker(new_site(workers=1))
    try:
        assert w.ask("GET", SODA, **{f"HTTP_X_{i}": "y" * 8192 for i in range(7)}).status == 200
        a = w.ask("GET", SODA, **{f"HTTP_X_{i}": "y" * 8192 for i in range(8)}, HTTP_LAST="y")
        assert a.status == 413 and b"65536" in a.body and w.is_well()
    finally:
        w.stop()


def test_names(make, soda):
    """R-44: 255 bytes for keys, names of collections and media types"""
    c = make({**CLIENT_KEYS, **ANY_MEDIA})
    assert c.put("k" * 255, {}).status == 201 and c.put("k" * 256, {}).status == 400
    name = soda.fresh_name()
    assert make(name=name.ljust(255, "n")).items() == []
    refused(soda.put("/" + name.ljust(256, "n")), "255")
    for n, status in ((255, 201), (256, 400)):
        kind = "text/" + "x" * (n - 5)
        r = c.put(f"m{n}", b"x", headers={"Content-Type": kind})
        assert r.status == status
        if status == 201:
            assert c.get(f"m{n}").headers["Content-Type"] == kind
        else:
            refused(r, "255")


# ---- filters ----

def over(r, inner=5000):
    assert (r.status, r.code, r.inner) == (400, "SODA-02002", inner), r
    return r.json["title"]


def test_filter_nodes(coll):
    """R-44: 1000 conditions"""
    coll.add({"a": 1})
    for join in (lambda n: {"$or": [{"a": i} for i in range(n)]}, lambda n: {f"a{i}": {"$exists": False} for i in range(n)},
                 lambda n: {"$and": [{"$or": [{"a": 1}] * 10}] * (n // 10) + [{"a": 1}] * (n % 10)}):
        assert len(coll.find(join(1000))) == 1
        assert "1000" in over(coll.query(join(1001)))
    r = coll.action("delete", {"$or": [{"a": i} for i in range(1001)]})
    over(r)
    assert len(coll.items()) == 1


def nested(n):
    """a filter of n levels"""
    return {"a": 1} if n == 1 else {"$and": [nested(n - 1)]}


def test_filter_depth(coll):
    """R-44: 32 levels below the first"""
    coll.add({"a": 1})
    assert len(coll.find(nested(33))) == 1
    assert "32" in over(coll.query(nested(34)))
    over(coll.query(nested(400)))


def test_filter_lists(coll):
    """R-44: 1000 members of a list"""
    coll.add({"a": 1})
    for make in (lambda n: {"a": {"$in": list(range(n))}}, lambda n: {"a": {"$nin": list(range(2, n + 2))}},
                 lambda n: {"a": {"$all": [1] * n}}, lambda n: {"a": [1] * n}):
        assert len(coll.find(make(1000))) == 1
        assert "1000" in over(coll.query(make(1001)))
    key = coll.items()[0]["id"]
    assert len(coll.find({"$id": [key] * 1000})) == 1
    assert "1000" in over(coll.query({"$id": [key] * 1001}))


def test_orders(coll):
    """R-44: 100 fields of an order, in each of its forms"""
    coll.add({"a": 1})
    forms = (lambda n: {f"f{i}": 1 for i in range(n)}, lambda n: [{"path": f"f{i}"} for i in range(n)],
             lambda n: {"$fields": [{"path": f"f{i}"} for i in range(n)]})
    for form in forms:
        assert len(coll.find({"$orderby": form(100)})) == 1
        assert "100" in over(coll.query({"$orderby": form(101)}))


def test_paths(coll):
    """R-44: 1024 bytes and 64 steps"""
    coll.add({"n" * 1024: 1})
    assert len(coll.find({"n" * 1024: 1})) == 1
    assert "1024" in over(coll.query({"n" * 1025: 1}))
    doc = {"z": 1}
    for _ in range(63):
        doc = {"z": doc}
    coll.add(doc)
    assert len(coll.find({".".join("z" * 64): 1})) == 1
    assert "64" in over(coll.query({".".join("z" * 65): 1}))
    assert "64" in coll.query({"$orderby": {".".join("z" * 65): 1}}).json["title"]


def test_patterns(coll):
    """R-44: 256 bytes"""
    coll.add({"a": "x" * 256})
    for op in ("$regex", "$like"):
        assert len(coll.find({"a": {op: "x" * 256}})) == 1
        assert "256" in over(coll.query({"a": {op: "x" * 257}}), 5068)
        assert "256" in over(coll.query({"a": {op: "é" * 128 + "x"}}), 5068)


# ---- patches ----

def test_patch_operations(coll):
    """R-44: 1000 operations"""
    key = coll.add({"a": 1})
    ops = [{"op": "test", "path": "/a", "value": 1}] * 1000
    assert coll.patch(key, ops).status == 200
    over_limit = ops + [{"op": "remove", "path": "/a"}]
    for r in (coll.patch(key, over_limit), coll.action("update", {"$patch": over_limit})):
        refused(r, "1000")
    assert coll.get(key).json == {"a": 1}


def test_pointers(coll):
    """R-44: 1024 bytes and 64 steps"""
    key = coll.add({})
    assert coll.patch(key, [{"op": "add", "path": "/" + "n" * 1023, "value": 1}]).status == 200
    refused(coll.patch(key, [{"op": "add", "path": "/" + "n" * 1024, "value": 1}]), "1024")
    doc = "/z" * 64
    assert coll.patch(key, [{"op": "add", "path": "/z" * i, "value": {}} for i in range(1, 65)]).status == 200
    assert coll.patch(key, [{"op": "test", "path": doc, "value": {}}]).status == 200
    refused(coll.patch(key, [{"op": "add", "path": doc + "/z", "value": 1}]), "64")
    refused(coll.patch(key, [{"op": "copy", "from": doc + "/z", "path": "/x"}]), "64")


def test_patch_bytes(small):
    """R-44: the sum of what is copied and added, and the size after each operation"""
    small.action("truncate")
    assert small.put("k", {"a": "x" * 32000}).status == 201
    copy = {"op": "copy", "from": "/a", "path": "/b"}
    gone = {"op": "remove", "path": "/b"}
    assert small.patch("k", [copy, gone] * 4).status == 200
    refused(small.patch("k", [copy, gone] * 5), "request.maxBody", status=413)
    refused(small.patch("k", [copy, {**copy, "path": "/c"}, gone]), "request.maxBody", status=413)
    doubling = [{"op": "copy", "from": "", "path": "/c"}] * 60
    refused(small.patch("k", doubling), "request.maxBody", status=413)
    # in a bulk update, too, and nothing of it stays
    assert small.put("j", {"a": "x"}).status == 201
    refused(small.action("update", {"$patch": [{**copy, "from": "/a", "path": "/b"}, {**copy, "path": "/c"}]}),
            "request.maxBody",
            status=413)
    assert small.get("j").json == {"a": "x"} and small.get("k").json == {"a": "x" * 32000}
    merge = {"Content-Type": "application/merge-patch+json"}
    assert small.patch("k", {"b": "x" * 33000}, headers=merge).status == 200
    refused(small.patch("k", {"c": "x" * 600}, headers=merge), "request.maxBody", status=413)


def test_declared_length_alone_is_enough(site):
    """R-44: nobody has to send what is too long anyway"""
    login = base64.b64encode(b"demo:secret").decode()
    c = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    c.putrequest("POST", SODA + "/x")
    for name, value in (("Authorization", "Basic " + login), ("Content-Length", str(1 << 40)),
                        ("Content-Type", "application/json")):
        c.putheader(name, value)
    c.endheaders(b"{")
    assert c.getresponse().status == 413
    c.close()
