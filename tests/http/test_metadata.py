"""Collection metadata: what is refused, what is reported, and what each component does to objects."""
import concurrent.futures
import hashlib
import json
import re

import pytest

from fcgi_peer import Worker
from lib import ANY_MEDIA, CLIENT_KEYS, EMBEDDED_KEYS, UUID_RAW, quote

MERGE = {"Content-Type": "application/merge-patch+json"}


def properties(c):
    return c.soda.get(f"/metadata-catalog/{quote(c.name)}").json["properties"]


def versioned(method):
    return {"keyColumn": {"assignmentMethod": "CLIENT"}, "versionColumn": {"name": "VERSION", "method": method}}


# ---- refused ----

@pytest.mark.parametrize("meta,code", [
    pytest.param({"keyColumn": {"assignmentMethod": "UUID", "maxLength": 20}}, "SODA-02018", id="MD-02"),
    pytest.param({"keyColumn": {"assignmentMethod": "GUID", "maxLength": 31}}, "SODA-02018", id="MD-02 GUID"),
    pytest.param({"keyColumn": {"maxLength": 31}}, "SODA-02018", id="MD-02 by default"),
    pytest.param({"keyColumn": {"sqlType": "NUMBER", "maxLength": 10}}, "SODA-02017", id="MD-03"),
    pytest.param({"keyColumn": {"sqlType": "RAW", "maxLength": 16}}, "SODA-02017", id="MD-03 RAW"),
    pytest.param({"keyColumn": {"assignmentMethod": "SEQUENCE"}}, "SODA-02015", id="MD-05"),
    pytest.param({"contentColumn": {"maxLength": 10}}, "SODA-02012", id="MD-07 by default"),
    pytest.param({"contentColumn": {"sqlType": "BLOB", "maxLength": 10}}, "SODA-02012", id="MD-07"),
    pytest.param({"contentColumn": {"sqlType": "CLOB", "maxLength": 10}}, "SODA-02012", id="MD-07 CLOB"),
    pytest.param({"contentColumn": {"sqlType": "JSON", "maxLength": 10}}, "SODA-02012", id="MD-07 JSON"),
    pytest.param({"contentColumn": {"sqlType": "VARCHAR2", "compress": "HIGH"}}, "SODA-02013", id="MD-08"),
    pytest.param({"contentColumn": {"sqlType": "VARCHAR2", "cache": False}}, "SODA-02013", id="MD-08 cache"),
    pytest.param({"contentColumn": {"sqlType": "VARCHAR2", "encrypt": "AES128"}}, "SODA-02013", id="MD-08 encrypt"),
    pytest.param({"contentColumn": {"sqlType": "JSON", "validation": "STANDARD"}}, "SODA-02064", id="MD-10"),
    pytest.param({"versionColumn": {"method": "UUID"}}, "SODA-02016", id="MD-11"),
    pytest.param({"lastModifiedColumn": {"index": "I"}}, "SODA-02014", id="MD-12"),
    pytest.param({"mediaTypeColumn": {"name": "M"}, "contentColumn": {"sqlType": "CLOB"}}, "SODA-02019", id="MD-13"),
    pytest.param({"mediaTypeColumn": {"name": "M"}, "contentColumn": {"sqlType": "JSON"}}, "SODA-02019", id="MD-13 JSON")])
def test_combinations(soda, meta, code):
    name = soda.fresh_name()
    r = soda.put(f"/{name}", meta)
    assert r.status == 400 and r.code == code, r
    assert soda.get(f"/{name}").status == 404


@pytest.mark.parametrize("meta", [
    {"viewName": "V"}, {"packageName": "P"}, {"dualityViewName": "D"}, {"tableName": "T", "viewName": "V"},
    {"contentColumn": {"sqlType": "NCLOB"}}, {"contentColumn": {"sqlType": "RAW"}}, {"contentColumn": {"sqlType": "NVARCHAR2"}},
    {"keyColumn": {"name": "X"}, "contentColumn": {"name": "X"}}, {"keyColumn": {"name": "x"}, "contentColumn": {"name": "X"}},
    {"keyColumn": {"sequenceName": "s" * 256}}, {"keyColumn": {"sequenceName": "é" * 128}}, {"creationTimeColumn": {"name": "ID"}}, {"lastModifiedColumn": {"name": "T"}, "creationTimeColumn": {"name": "t"}},
    '{"readOnly":true,"readonly":false}', '{"keyColumn":{"name":"A","NAME":"B"}}', '{"readOnly":true,"readOnly":true}'])
def test_unsupported_and_contradicting(soda, meta):
    name = soda.fresh_name()
    r = soda.put(f"/{name}", meta)
    assert r.status == 400 and r.code.startswith("SODA-020"), r
    assert soda.get(f"/{name}").status == 404


def test_schema_of_others(soda, make):
    """MD-29: and the own one in either case"""
    for other in ("other", "demo2", "", "dem"):
        name = soda.fresh_name()
        assert soda.put(f"/{name}", {"schemaName": other}).status == 400, other
        assert soda.get(f"/{name}").status == 404
    for own in ("demo", "DEMO", "Demo"):
        make({"schemaName": own})


# ---- reported ----

def test_empty_metadata(make):
    """MD-01: what is not named does not exist"""
    c = make({})
    key = c.add({"a": 1})
    assert list(properties(c)) == ["schemaName", "tableName", "keyColumn", "contentColumn", "readOnly"]
    (item,) = c.items()
    assert list(item) == ["id", "links", "value"]
    for r in (c.get(key), c.put(key, {"a": 2}), c.patch(key, {"b": 1}, headers=MERGE)):
        assert r.status == 200 and r.headers["ETag"] is None and r.headers["Last-Modified"] is None
    assert c.put(key, {}, headers={"If-Match": '"x"'}).status == 412


@pytest.mark.parametrize("meta,member,value", [
    pytest.param({"keyColumn": {"maxLength": 4000}}, "keyColumn.maxLength", 255, id="MD-04"),
    pytest.param({"keyColumn": {"maxLength": 256}}, "keyColumn.maxLength", 255, id="MD-04 256"),
    pytest.param({"keyColumn": {"maxLength": 0}}, "keyColumn.maxLength", 255, id="MD-04 0"),
    pytest.param({"keyColumn": {"maxLength": -5}}, "keyColumn.maxLength", 255, id="MD-04 -5"),
    pytest.param({"keyColumn": {"maxLength": 32}}, "keyColumn.maxLength", 32, id="least for UUID"),
    pytest.param({"keyColumn": {"maxLength": 40.9}}, "keyColumn.maxLength", 40, id="fraction"),
    pytest.param({"keyColumn": {"maxLength": 1, "assignmentMethod": "CLIENT"}}, "keyColumn.maxLength", 1, id="least for CLIENT"),
    pytest.param({"keyColumn": {"sequenceName": "S"}}, "keyColumn.assignmentMethod", "SEQUENCE", id="MD-06"),
    pytest.param({"keyColumn": {"sequenceName": "S"}}, "keyColumn.sequenceName", "S", id="MD-06 name"),
    pytest.param({"keyColumn": {"sequenceName": "S", "assignmentMethod": "UUID"}}, "keyColumn.sequenceName", None, id="MD-06 other"),
    pytest.param({"contentColumn": {"sqlType": "VARCHAR2"}}, "contentColumn.maxLength", 4000, id="MD-09"),
    pytest.param({"contentColumn": {"sqlType": "VARCHAR2"}}, "contentColumn.cache", None, id="MD-09 cache"),
    pytest.param({"keyColumn": {"assignmentMethod": "uuid"}}, "keyColumn.assignmentMethod", "UUID", id="MD-14"),
    pytest.param({"keyColumn": {"sqlType": "varchar"}}, "keyColumn.sqlType", "VARCHAR2", id="alias varchar"),
    pytest.param({"keyColumn": {"sqlType": "integer", "assignmentMethod": "IDENTITY"}}, "keyColumn.sqlType", "NUMBER", id="alias integer"),
    pytest.param({"keyColumn": {"sqlType": "uid"}}, "keyColumn.sqlType", "RAW", id="alias uid"),
    pytest.param({"keyColumn": {"assignmentMethod": "OID"}}, "keyColumn.assignmentMethod", "EMBEDDED_OID", id="alias OID"),
    pytest.param({"readOnly": "READONLY"}, "readOnly", True, id="MD-15"),
    pytest.param({"readOnly": "readWrite"}, "readOnly", False, id="MD-15 READWRITE"),
    pytest.param({"versionColumn": {"name": "V"}}, "versionColumn.method", "SHA256", id="version without method"),
    pytest.param({"versionColumn": {"name": "V", "method": "timestamp", "type": "x"}}, "versionColumn.type", "Integer", id="type"),
    pytest.param({"versionColumn": {"name": "V", "method": "SEQUENTIAL"}}, "versionColumn.type", "Integer", id="type SEQUENTIAL"),
    pytest.param({"versionColumn": {"name": "V", "method": "MD5", "type": "Integer"}}, "versionColumn.type", "String", id="type MD5"),
    pytest.param({"contentColumn": {"encrypt": "aes256"}}, "contentColumn.encrypt", "AES256", id="encrypt"),
    pytest.param({"contentColumn": {"jsonFormat": "oson"}}, "contentColumn.jsonFormat", "OSON", id="jsonFormat"),
    pytest.param({"contentColumn": {"jsonFormat": "OSON"}}, "contentColumn.validation", None, id="jsonFormat, validation"),
    pytest.param({"contentColumn": {"sqlType": "JSON"}}, "contentColumn.validation", None, id="JSON, validation"),
    pytest.param({"lastModifiedColumn": {"name": "L", "index": "I"}}, "lastModifiedColumn.index", "I", id="index")])
def test_reported(make, meta, member, value):
    found = properties(make(meta))
    for step in member.split("."):
        found = found.get(step)
    assert found == value


@pytest.mark.parametrize("name,table", [("abc", "ABC"), ("aBc", "aBc"), ("ABC", "ABC"), ("my-coll", "my-coll"), ("a1_$#", "A1_$#"),
                                        ("1a", "1a"), ("_a", "_a"), ('a"b', "A_B"), ("a\tB", "a_B"), ("é", "é")])
def test_derived_table_names(soda, name, table):
    """MD-28: reported, not used: names that meet are no trouble"""
    r = soda.put("/" + quote(name))
    assert r.status in (200, 201), r
    try:
        assert properties(soda.collection(name))["tableName"] == table
    finally:
        assert soda.delete("/" + quote(name)).status == 200


def test_given_table_name(make):
    first, second = make({"tableName": "Same"}), make({"tableName": "Same"})
    first.add({"a": 1})
    assert properties(second)["tableName"] == "Same" and second.items() == []


# ---- keys ----

def test_default_keys(coll):
    """MD-16"""
    keys = coll.add_all([{}] * 50)
    assert len(set(keys)) == 50 and all(re.fullmatch("[0-9A-F]{32}", k) for k in keys)


@pytest.mark.parametrize("method,pattern", [("UUID", "[0-9A-F]{32}"), ("GUID", "[0-9A-F]{32}"), ("SERVER", "[0-9A-F]{32}"),
                                            ("EMBEDDED_OID", "[0-9a-f]{24}")])
def test_methods_of_keys(make, method, pattern):
    c = make({"keyColumn": {"assignmentMethod": method}})
    for key in c.add_all([{}] * 5) + [c.add({})]:
        assert re.fullmatch(pattern, key) and c.get(key).status == 200


@pytest.mark.parametrize("key", [{"assignmentMethod": "IDENTITY"}, {"assignmentMethod": "SEQUENCE", "sequenceName": "S1"},
                                 {"assignmentMethod": "IDENTITY", "sqlType": "NUMBER"}, {"sequenceName": "S2", "sqlType": "NUMBER"}],
                         ids=str)
def test_counted_keys(site, make, key):
    """MD-22: increasing integers as strings, never given twice, also by two workers at once"""
    c = make({"keyColumn": key})
    keys = [c.add({}) for _ in range(3)] + c.add_all([{}] * 3)
    assert all(isinstance(k, str) and re.fullmatch("[1-9][0-9]*", k) for k in keys)
    assert [int(k) for k in keys] == sorted({int(k) for k in keys})
    c.delete(keys[-1])
    assert int(c.add({})) > int(keys[-1])
    with concurrent.futures.ThreadPoolExecutor(4) as crowd:
        more = list(crowd.map(lambda _: site.soda().collection(c.name).add({}), range(40)))
    assert len(set(more)) == 40 and min(map(int, more)) > int(keys[-1])
    assert {i["id"] for i in c.items(fields="id")} == set(keys[:-1]) | set(more) | {str(int(keys[-1]) + 1)}


def test_number_keys(make):
    """keys of a NUMBER column: leading zeros do not count, anything but an integer is no key"""
    c = make({"keyColumn": {"sqlType": "NUMBER", "assignmentMethod": "CLIENT"}})
    assert c.put("007", {"a": 1}).status == 201
    assert c.put("7", {"a": 2}).status == 200
    assert [i["id"] for i in c.items(fields="id")] == ["7"]
    assert c.get("0007").json == {"a": 2}
    for bad in ("x", "1.5", "1e3", "0x1", " 1"):
        assert c.get(bad).status == 404
        r = c.put(bad, {})
        assert r.status == 400 and r.code == "SODA-02037"


def test_longest_number_keys(make):
    """of one length on every engine"""
    c = make({"keyColumn": {"sqlType": "NUMBER", "assignmentMethod": "CLIENT"}})
    for key in ("9" * 250, "-" + "9" * 249):
        assert c.put(key, {"a": 1}).status == 201 and c.get(key).status == 200
    for key in ("9" * 251, "-" + "9" * 250):
        r = c.put(key, {"a": 1})
        assert r.status == 400 and r.code == "SODA-02037", r
        assert c.get(key).status == 404


@pytest.mark.parametrize("method", [{"assignmentMethod": "IDENTITY"}, {"assignmentMethod": "SEQUENCE", "sequenceName": "short"}])
def test_counted_keys_that_become_too_long(make, method):
    """PU-10: a key is never longer than maxLength, whoever assigns it, or nobody could reach the object"""
    c = make({"keyColumn": {"maxLength": 1, **method}})
    c.add_all([{"n": n} for n in range(9)])
    for r in (c.soda.post(c.path, {"n": 10}), c.action("insert", [{"n": 10}])):
        assert r.status == 400 and r.code == "SODA-02037", r
    assert [i["id"] for i in c.items()] == list("123456789")


def test_raw_keys(make):
    """MD-23: hexadecimal of at most 32 digits, in either case, padded"""
    c = make(UUID_RAW)
    key = c.add({"a": 1})
    assert re.fullmatch("[0-9A-F]{32}", key) and c.get(key.lower()).json == {"a": 1}
    c = make({"keyColumn": {"sqlType": "RAW", "assignmentMethod": "CLIENT"}})
    assert c.put("aB1", {"a": 2}).status == 201
    assert [i["id"] for i in c.items()] == ["0" * 29 + "AB1"]
    for spelling in ("AB1", "ab1", "0ab1", "0" * 29 + "aB1"):
        assert c.get(spelling).json == {"a": 2}
    for bad in ("g", "0" * 33, "0x1", "ab-1"):
        assert c.get(bad).status == 404 and c.delete(bad).status == 404
        r = c.put(bad, {})
        assert r.status == 400 and r.code == "SODA-02037"


def test_length_of_keys(make):
    c = make({"keyColumn": {"assignmentMethod": "CLIENT", "maxLength": 10}})
    assert c.put("x" * 10, {}).status == 201 and c.put("é" * 5, {}).status == 201
    for long in ("x" * 11, "é" * 5 + "x", "y" * 300):
        r = c.put(long, {})
        assert r.status == 400 and r.code == "SODA-02037" and c.get(long).status == 404


# ---- versions ----

def etags(c, *docs):
    """of one object that holds these contents one after the other; in the header and in the listing"""
    found = []
    for doc in docs:
        r = c.put("k", doc)
        assert r.status in (200, 201)
        assert r.etag == c.get("k").etag == c.items()[0].get("etag")
        found.append(r.etag)
    return found


def test_default_etag(coll):
    """MD-17: upper-case SHA-256 of the stored bytes, which are those that were sent"""
    text = ' {"a" : 1.50, "b":"\\u00e9é"}\n'
    key = coll.add(text)
    want = hashlib.sha256(text.encode()).hexdigest().upper()
    r = coll.get(key)
    assert r.body == text.encode() and r.headers["ETag"] == f'"{want}"' and len(want) == 64
    assert coll.items()[0]["etag"] == want


def test_sequential_versions(make):
    """MD-18"""
    c = make(versioned("SEQUENTIAL"))
    assert etags(c, {}, {"a": 1}, {"a": 1}) == ["1", "2", "3"]
    c.patch("k", {"b": 1}, headers=MERGE)
    assert c.get("k").etag == "4"
    c.delete("k")
    assert etags(c, {}) == ["1"]


def test_versions_of_the_same_content(make):
    """MD-19"""
    for method, differ in (("UUID", True), ("TIMESTAMP", True), ("SHA256", False), ("MD5", False)):
        a, b, other = etags(make(versioned(method)), {"a": 1}, {"a": 1}, {"a": 2})
        assert (a != b) == differ and other not in (a, b), method
        if method == "UUID":
            assert re.fullmatch("[0-9A-F]{32}", a)
        if method == "TIMESTAMP":
            assert int(a) < int(b) < int(other)


def test_no_version(make):
    """MD-20"""
    assert etags(make(versioned("NONE")), {}, {"a": 1}) == [None, None]


def test_md5_version(make):
    """MD-21"""
    (tag,) = etags(make(versioned("MD5")), '{"a":1}')
    assert tag == hashlib.md5(b'{"a":1}').hexdigest().upper()


# ---- embedded keys ----

def test_embedded_key_is_made(make):
    """MD-24"""
    c = make(EMBEDDED_KEYS)
    for key in [c.add({"a": 1})] + c.add_all([{"b": 2}]):
        assert re.fullmatch("[0-9a-f]{24}", key)
        doc = c.get(key).json
        assert doc["_id"] == key and len(doc) == 2


def test_embedded_key_is_taken(make):
    """MD-25: strings and numbers; a second one is refused"""
    c = make(EMBEDDED_KEYS)
    for value, key in (("x", "x"), (7, "7"), ("é/ %", "é/ %"), (-5, "-5")):
        doc = json.dumps({"_id": value, "a": 1})
        assert c.add(doc) == key
        assert c.get(key).body == doc.encode()
        r = c.soda.post(c.path, doc)
        assert r.status == 409 and r.code == "OSODA-00011"
    assert len(c.items()) == 4


@pytest.mark.parametrize("value", [None, {}, {"a": 1}, [], ["x"], True, False])
def test_embedded_key_that_is_none(make, value):
    """MD-26"""
    c = make(EMBEDDED_KEYS)
    r = c.soda.post(c.path, {"_id": value})
    assert r.status == 400 and r.code == "SODA-02105"
    assert c.action("insert", [{"_id": "fine"}, {"_id": value}]).status == 400
    assert c.items() == []


@pytest.mark.parametrize("value", [".", ".."])
def test_embedded_key_that_no_url_names(make, value):
    """GC-35: every object can be reached by its link"""
    c = make(EMBEDDED_KEYS)
    for r in (c.soda.post(c.path, {"_id": value}), c.action("insert", [{"_id": "fine"}, {"_id": value}])):
        assert r.status == 400 and r.code == "SODA-02037", r
    assert c.items() == []


def test_embedded_key_elsewhere(make, soda):
    c = make({"keyColumn": {"assignmentMethod": "EMBEDDED_OID", "path": "number"}})
    assert c.add({"number": 12, "_id": "other"}) == "12"
    assert re.fullmatch("[0-9a-f]{24}", c.add({"_id": "other"}))
    r = soda.put("/" + soda.fresh_name(), {"keyColumn": {"assignmentMethod": "EMBEDDED_OID", "path": "a.b"}})
    assert r.status == 400


def test_embedded_key_stays(make):
    """a replacement gets it, and nothing changes or removes it"""
    c = make(EMBEDDED_KEYS)
    c.add({"_id": "x", "a": 1})
    assert c.put("x", {"a": 2}).status == 200 and c.get("x").json == {"_id": "x", "a": 2}
    assert c.put("x", {"_id": "x", "a": 3}).status == 200
    for doc in ({"_id": "y"}, {"_id": None}, {"_id": ["x"]}):
        assert c.put("x", doc).status == 400
    for ops in ([{"op": "remove", "path": "/_id"}], [{"op": "replace", "path": "/_id", "value": "y"}],
                [{"op": "move", "from": "/_id", "path": "/b"}]):
        r = c.patch("x", ops)
        assert r.status == 400 and r.code in ("SODA-02104", "SODA-02105", "SODA-02106"), r
    assert c.patch("x", {"_id": None}, headers=MERGE).status == 400
    assert c.get("x").json == {"_id": "x", "a": 3} and len(c.items()) == 1


# ---- content ----

@pytest.mark.parametrize("mode", ["STANDARD", "STRICT", "LAX"])
def test_duplicate_names(make, mode):
    """MD-27: refused in every mode"""
    c = make({"keyColumn": {"assignmentMethod": "CLIENT"}, "contentColumn": {"validation": mode}})
    for doc in ('{"a":1,"a":2}', '{"x":{"a":1,"b":2,"\\u0061":3}}', '[{"a":1,"a":1}]'):
        r = c.put("k", doc)
        assert r.status == 400 and c.get("k").status == 404, r


def test_duplicate_names_by_setting(new_site):
    """MD-27: with soda.allowDuplicateNames STANDARD takes them as they are, the last one counts; STRICT does not"""
    soda = new_site(workers=1, settings={"soda.allowDuplicateNames": "true"}).soda()
    doc = '{"a":1,"a":2}'
    c = soda.make()
    key = c.add(doc)
    assert c.get(key).body == doc.encode()
    assert len(c.find({"a": 2})) == 1 and c.find({"a": 1}) == []
    strict = soda.make({"contentColumn": {"validation": "STRICT"}})
    assert soda.post(strict.path, doc).status == 400 and strict.items() == []
    key = strict.add({"a": 1})
    twice = '{"x":1,"x":2}'
    for r in (strict.put(key, doc), strict.patch(key, '{"b":%s}' % twice, headers=MERGE), strict.action("insert", "[%s]" % doc),
              strict.patch(key, '[{"op":"add","path":"/b","value":%s}]' % twice), strict.action("update", '{"$merge":{"b":%s}}' % twice),
              strict.action("update", '{"$patch":[{"op":"add","path":"/b","value":%s}]}' % twice)):
        assert r.status == 400, r
    assert strict.get(key).json == {"a": 1} and len(strict.items()) == 1


@pytest.mark.parametrize("kind", ["BLOB", "CLOB", "VARCHAR2", "JSON"])
def test_content_types(make, kind):
    """the text is kept as it came, whatever the column is called"""
    c = make({"contentColumn": {"sqlType": kind, "name": "C"}})
    text = ' { "z":1.0, "a":1e2 ,"é":"\\u00e9\\ud83d\\ude00"} '
    key = c.add(text)
    assert c.get(key).body == text.encode()
    assert c.find({"z": 1})[0]["a"] == 100


def test_length_of_content(make):
    c = make({"contentColumn": {"sqlType": "VARCHAR2", "maxLength": 20}})
    key = c.add('{"a":"' + "x" * 12 + '"}')
    for text in ('{"a":"' + "x" * 13 + '"}', '{"a":"' + "é" * 7 + '"}'):
        for r in (c.soda.post(c.path, text), c.put(key, text), c.action("insert", f"[{text}]")):
            assert r.status == 400 and r.code == "SQL-40441", r
    assert len(c.items()) == 1


def test_encrypted_content_has_no_index(make):
    c = make({"contentColumn": {"encrypt": "AES128"}})
    r = c.action("index", {"name": "ix", "fields": [{"path": "a"}]})
    assert r.status == 400 and r.code == "SODA-02039"
    assert c.get(c.add({"a": 1})).json == {"a": 1}


def test_times_alone(make):
    c = make({"lastModifiedColumn": {"name": "L"}})
    key = c.add({})
    assert list(c.items()[0]) == ["id", "lastModified", "links", "value"]
    assert c.get(key).headers["Last-Modified"].endswith("GMT")
    c = make({"creationTimeColumn": {"name": "C"}})
    c.add({})
    assert list(c.items()[0]) == ["id", "created", "links", "value"]
    assert c.get(params={"since": "2020-01-01T00:00:00Z"}).status == 400


# ---- any media type (R-65, R-69) ----

@pytest.fixture
def media(make):
    return make(ANY_MEDIA)


def test_any_content(media):
    data = bytes(range(256))
    for kind, body in (("image/png", data), ("application/octet-stream", b"\0"), ("text/plain; charset=utf-8", "é".encode()),
                       ("application/json", b'{"a":1}'), ("application/json; charset=utf-8", b"[1]")):
        r = media.soda.post(media.path, body, headers={"Content-Type": kind})
        assert r.status == 201, (kind, r)
        key = r.json["items"][0]["id"]
        back = media.get(key)
        assert back.status == 200 and back.body == body
        assert back.headers["Content-Type"].replace(" ", "") == kind.replace(" ", "")
        (item,) = [i for i in media.items() if i["id"] == key]
        if kind.startswith("application/json"):
            assert "mediaType" not in item and item["value"] == json.loads(body)
        else:
            assert item["bytes"] == len(body) and "value" not in item and item["mediaType"].replace(" ", "") == kind.replace(" ", "")
        assert list(item) == [m for m in ("id", "etag", "lastModified", "created", "mediaType", "bytes", "links", "value") if m in item]


@pytest.mark.parametrize("kind,inline", [
    ("text/html", False), ("text/html;charset=utf-8", False), ("image/svg+xml", False), ("application/xml", False),
    ("text/xml", False), ("application/xhtml+xml", False), ("application/javascript", False), ("text/javascript", False),
    ("application/pdf", False), ("text/css", False), ("application/octet-stream", False), ("text/plainx", False),
    ("image/png", True), ("image/jpeg", True), ("image/gif", True), ("image/webp", True), ("text/plain", True),
    ("TEXT/PLAIN; charset=us-ascii", True), ("IMAGE/PNG", True)])
def test_content_that_a_browser_could_run(media, kind, inline):
    """R-65: what is not JSON comes with headers that keep it from running in the origin"""
    body = b"<script>alert(1)</script>"
    key = media.soda.post(media.path, body, headers={"Content-Type": kind}).json["items"][0]["id"]
    for r in (media.get(key), media.soda.head(f"{media.path}/{key}")):
        assert r.status == 200
        assert r.headers["X-Content-Type-Options"] == "nosniff"
        assert r.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert r.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        disposition = r.headers["Content-Disposition"]
        assert disposition is None if inline else disposition.startswith("attachment"), (kind, disposition)


def test_inline_types_by_setting(new_site):
    """R-65: soda.inlineTypes"""
    soda = new_site(workers=1, settings={"soda.inlineTypes": "application/pdf"}).soda()
    c = soda.make(ANY_MEDIA)
    for kind, inline in (("application/pdf", True), ("image/png", False), ("text/html", False)):
        key = soda.post(c.path, b"x", headers={"Content-Type": kind}).json["items"][0]["id"]
        assert (c.get(key).headers["Content-Disposition"] is None) == inline


@pytest.mark.parametrize("kind", ["text", "/", "text/", "/plain", "text/plain/x", "te xt/plain", "text/pl ain", "text/plain,text/html",
                                  "text@/plain", "text/<b>", "(text)/plain", "x" * 128 + "/" + "y" * 127, "*/*é", "\"a\"/b"])
def test_media_types_that_are_none(media, kind):
    """R-65: type/subtype by grammar, of at most 255 bytes"""
    headers = {"Content-Type": kind.encode("utf-8").decode("latin-1")}
    assert media.soda.post(media.path, b"x", headers=headers).status == 400
    key = media.soda.post(media.path, b"old", headers={"Content-Type": "text/plain"}).json["items"][0]["id"]
    assert media.put(key, b"x", headers=headers).status == 400
    assert media.get(key).body == b"old" and len(media.items()) == 1


def test_length_of_media_types(media):
    """R-65: 255 bytes"""
    kind = "x" * 127 + "/" + "y" * 127
    key = media.soda.post(media.path, b"x", headers={"Content-Type": kind}).json["items"][0]["id"]
    assert media.get(key).headers["Content-Type"] == kind


def test_nothing_stored_splits_a_header(site):
    """R-69: CR, LF, NUL and other control bytes in what becomes a header: refused, or sent encoded"""
    soda = site.soda()
    c, keyed = soda.make(ANY_MEDIA), soda.make(CLIENT_KEYS)
    w = Worker(site)
    base = "/ords/demo/soda/latest"
    try:
        for kind in ("text/plain\r\nX-Evil: 1", "text/plain\nX-Evil: 1", "text/plain\rX", "text/plain; a=\x1b[0m", "text/plain\x00x",
                     "text/plain;a=\"\r\nX-Evil: 1\""):
            a = w.ask("POST", base + c.path, b"x", CONTENT_TYPE=kind)
            assert a.status in (201, 400) and "x-evil" not in a.headers, (kind, a)
            if a.status == 201:         # FastCGI variables end at a NUL
                key = json.loads(a.body)["items"][0]["id"]
                assert "x-evil" not in w.ask("GET", f"{base}{c.path}/{key}").headers
                assert "\0" in kind
        for key in ("a\r\nX-Evil: 1", "a\nb", "\x1b[31m", "\x7f", "a\tb"):
            for r in (keyed.put(key, {"a": 1}), keyed.get(key)):
                assert r.status in (200, 201, 400) and r.headers["X-Evil"] is None, r
            assert {i["id"] for i in keyed.items()} <= {key}
            for item in keyed.items():
                assert "%" in item["links"][0]["href"].rsplit("/", 1)[1]
            keyed.delete(key)
        name = soda.fresh_name() + "\r\nX-Evil: 1"
        r = soda.put("/" + quote(name))
        assert r.status in (201, 400) and r.headers["X-Evil"] is None
        if r.status == 201:
            assert r.headers["Location"].endswith(quote(name) + "/")
            soda.delete("/" + quote(name))
        assert w.is_well()
    finally:
        w.stop()
        soda.delete(c.path)
        soda.delete(keyed.path)


# ---- anything ----

NAMES = ["ID", "id", "X", "a b", 'q"uo"te', "é", "😀", "x" * 100, "", "SELECT", "--", "a'b", "a;b", "%", "\\", "VERSION", "C\n"]
KEY_TYPES = ["VARCHAR2", "varchar", "NVARCHAR2", "NUMBER", "RAW", "uuid", "BLOB"]
METHODS = ["UUID", "GUID", "SEQUENCE", "IDENTITY", "CLIENT", "EMBEDDED_OID", "OID", "SERVER", "MONGO", "client", "NONE"]


def some_metadata(rng):
    def maybe(d, **choices):
        for name, values in choices.items():
            if rng.random() < 0.4:
                d[name] = rng.choice(values)
        return d

    def component(**choices):
        return maybe({}, **choices)
    meta = {}
    for name, part in (
            ("keyColumn", component(name=NAMES, sqlType=KEY_TYPES, maxLength=[0, 1, 32, 255, 300, 33.3], assignmentMethod=METHODS,
                                    sequenceName=["S", "t", ""], path=["_id", "number", "a.b", ""])),
            ("contentColumn", component(name=NAMES, sqlType=["BLOB", "CLOB", "VARCHAR2", "JSON", "clob"], maxLength=[10, 4000, 0],
                                        validation=["STANDARD", "STRICT", "LAX"], compress=["NONE", "HIGH"], cache=[True, False],
                                        encrypt=["NONE", "AES128"], jsonFormat=["OSON"])),
            ("versionColumn", component(name=NAMES, method=["SHA256", "MD5", "UUID", "TIMESTAMP", "SEQUENTIAL", "NONE"], type=["x"])),
            ("lastModifiedColumn", component(name=NAMES, index=["I", ""])), ("creationTimeColumn", component(name=NAMES)),
            ("mediaTypeColumn", component(name=NAMES)), ("readOnly", rng.choice([True, False, "READONLY", "readwrite"])),
            ("tableName", rng.choice(NAMES)), ("schemaName", rng.choice(["demo", "DEMO", "other"]))):
        if rng.random() < 0.3:
            meta[name] = part
    return meta


def test_any_metadata(soda, rng):
    """what is accepted is shown so that it can be given again, and holds objects; what is refused leaves nothing"""
    accepted = 0
    for _ in range(250):
        meta, name = some_metadata(rng), soda.fresh_name()
        r = soda.put(f"/{name}", meta)
        assert r.status in (201, 400), (meta, r)
        if r.status == 400:
            assert r.code.startswith("SODA-020"), (meta, r)
            assert soda.get(f"/{name}").status == 404
            continue
        accepted += 1
        c = soda.collection(name)
        shown = properties(c)
        for again in (meta, shown):
            assert soda.put(f"/{name}", again).status == 200, (meta, again)
        method = shown["keyColumn"]["assignmentMethod"]
        if shown["readOnly"]:
            assert soda.post(c.path, {"a": 1}).status == 405, meta
        elif method == "CLIENT":
            assert c.put("7", "{}").status == 201, meta
            assert c.get("7").body == b"{}" and len(c.items()) == 1, meta
        else:
            r = soda.post(c.path, "{}")
            assert r.status == 201 or (r.code == "SQL-40441" and "maxLength" in shown["contentColumn"]), (meta, r)
            if r.status == 201:
                assert c.get(r.json["items"][0]["id"]).status == 200 and len(c.items()) == 1, meta
        assert soda.delete(f"/{name}").status == 200
    assert accepted > 30
