"""PUT and DELETE of a collection."""
import concurrent.futures
import json

import pytest

from lib import ANY_MEDIA, CLIENT_KEYS, EMBEDDED_KEYS, READ_ONLY, TIMES, UUID_RAW, quote


def properties(c):
    r = c.soda.get(f"/metadata-catalog/{quote(c.name)}")
    assert r.status == 200, r
    return r.json["properties"]


def listed(soda, name):
    """in both listings"""
    found = [[i["name"] for i in soda.get(path, params={"fromID": name, "limit": 1}).json["items"]] == [name]
             for path in ("/", "/metadata-catalog")]
    assert found[0] == found[1]
    return found[0]


@pytest.fixture
def name(soda):
    n = soda.fresh_name()
    yield n
    soda.delete("/" + n)


def test_create_and_repeat(site, soda, name):
    """PC-01, PC-02, PC-10"""
    assert soda.get(f"/{name}").status == 404 and not listed(soda, name)
    r = soda.put(f"/{name}")
    assert (r.status, r.body) == (201, b"")
    assert r.headers["Location"] == f"http://127.0.0.1:{site.port}/ords/demo/soda/latest/{name}/"
    assert r.headers["Content-Length"] == "0"
    for _ in range(2):
        r = soda.put(f"/{name}")
        assert (r.status, r.body, r.headers["Location"]) == (200, b"", None)
    assert soda.get(f"/{name}").json["items"] == [] and listed(soda, name)


def test_what_is_so_already_waits_for_nobody(site, soda, make):
    """PC-02, PC-05, R-47: clients that make sure of their collections and indexes are answered while somebody else changes the
    catalogue for long; so are those who ask for what cannot be"""
    c, absent = make(CLIENT_KEYS), "/" + soda.fresh_name()
    index = {"name": f"I_{c.name}", "fields": [{"path": "a"}]}
    assert c.action("index", index).status == 200
    with site.defining():
        for _ in range(4):              # workers that know the collection, and such as do not
            own = site.soda()
            assert own.put(c.path).status == own.put(c.path, CLIENT_KEYS).status == 200
            assert (own.put(c.path, READ_ONLY).status, own.put(c.path, b"{").status) == (409, 400)
            assert own.delete(absent).status == own.post(absent, index, params={"action": "index"}).status == 404
            assert own.post(c.path, index, params={"action": "index"}).status == 409
            assert own.post(c.path, {"name": "N", "fields": []}, params={"action": "index"}).status == 400
            assert own.post(c.path, {"name": f"N_{c.name}"}, params={"action": "unindex"}).status == 200
            own.close()
        # the driver of SQLite is patient, this test is not
        assert site.server is None or soda.put(absent).status == 503
    assert soda.put(absent).status == 201
    assert soda.delete(absent).status == 200


@pytest.mark.parametrize("meta", [{}, TIMES, CLIENT_KEYS, READ_ONLY, ANY_MEDIA, EMBEDDED_KEYS, UUID_RAW,
                                  {"contentColumn": {"sqlType": "VARCHAR2", "maxLength": 100}}])
def test_create_and_repeat_with_metadata(soda, name, meta):
    """PC-03, PC-06: the same again, what the catalogue shows, and no body at all are fine"""
    r = soda.put(f"/{name}", meta)
    assert r.status == 201 and r.headers["Location"].endswith(f"/{name}/")
    shown = properties(soda.collection(name))
    for again in (meta, shown, None):
        r = soda.put(f"/{name}", again)
        assert (r.status, r.body, r.headers["Location"]) == (200, b"", None), again
    assert properties(soda.collection(name)) == shown


def test_other_spelling_of_the_same(make):
    """PC-04: order and letter case of members, letter case of words, defaults said or not, columns' types ignored"""
    c = make({"keyColumn": {"assignmentMethod": "CLIENT", "maxLength": 100}, "readOnly": False, **TIMES})
    for text in (
            '{"READONLY":false,"CreationTimeColumn":{"NAME":"CREATED_ON"},"lastmodifiedcolumn":{"name":"LAST_MODIFIED"},'
            '"versionCOLUMN":{"METHOD":"sha256","Name":"VERSION"},"KEYCOLUMN":{"MAXLENGTH":100,"assignmentmethod":"client"}}',
            json.dumps({"keyColumn": {"name": "ID", "sqlType": "varchar", "assignmentMethod": "Client", "maxLength": 100},
                        "contentColumn": {"name": "JSON_DOCUMENT", "sqlType": "blob", "compress": "none", "cache": True,
                                          "encrypt": "none", "validation": "standard"}, **TIMES, "readOnly": "readwrite",
                        "schemaName": "demo"}),
            json.dumps({"keyColumn": {"assignmentMethod": "CLIENT", "maxLength": 100.9}, **TIMES,
                        "versionColumn": {"name": "VERSION", "type": "Whatever", "method": "SHA256"}}),
            " \n" + json.dumps({"keyColumn": {"assignmentMethod": "CLIENT", "maxLength": 100}, **TIMES}) + "\n"):
        r = c.soda.put(c.path, text)
        assert (r.status, r.body) == (200, b""), r


@pytest.mark.parametrize("other, path, there, wanted", [
    ({}, "/keyColumn/assignmentMethod", '"CLIENT"', '"UUID"'),
    ({"readOnly": True, **TIMES}, "/keyColumn/assignmentMethod", '"CLIENT"', '"UUID"'),
    ({**CLIENT_KEYS, "readOnly": True}, "/readOnly", "false", "true"),
    ({"keyColumn": {"assignmentMethod": "CLIENT", "maxLength": 99}, **TIMES}, "/keyColumn/maxLength", "255", "99"),
    ({"keyColumn": {"assignmentMethod": "CLIENT", "name": "id2"}, **TIMES}, "/keyColumn/name", '"ID"', '"id2"'),
    ({**CLIENT_KEYS, "mediaTypeColumn": {"name": "M"}}, "/mediaTypeColumn", "absent", '{"name":"M"}'),
    ({**CLIENT_KEYS, "contentColumn": {"validation": "STRICT"}}, "/contentColumn/validation", '"STANDARD"', '"STRICT"'),
    ({**CLIENT_KEYS, "versionColumn": {"name": "VERSION", "method": "MD5"}}, "/versionColumn/method", '"SHA256"', '"MD5"')])
def test_different_metadata(named, other, path, there, wanted):
    """PC-05: refused, saying what is different, and nothing changed"""
    named.put("k", {"a": 1})
    before = properties(named)
    r = named.soda.put(named.path, other)
    assert r.status == 409 and r.code == "SODA-02003"
    assert r.json["title"].endswith(f": {path} is {there}, and would be {wanted}"), r
    assert r.json["o:errorDetails"][0]["o:errorPath"] == path
    assert properties(named) == before and named.get("k").json == {"a": 1}


@pytest.mark.parametrize("body,code", [
    ("{", "SODA-02027"), ("no", "SODA-02027"), ('{"a"}', "SODA-02027"), ("{}x", "SODA-02027"), ('{"readOnly":true,}', "SODA-02027"),
    (b'{"tableName":"\xff"}', "SODA-02027"), ("\0", "SODA-02027"),
    ("[]", "SODA-02031"), ("5", "SODA-02031"), ('"text"', "SODA-02031"), ("null", "SODA-02031"), ("true", "SODA-02031")])
def test_no_metadata_at_all(soda, name, body, code):
    """PC-07"""
    r = soda.put(f"/{name}", body)
    assert r.status == 400 and r.code == code, r
    assert soda.get(f"/{name}").status == 404 and not listed(soda, name)


@pytest.mark.parametrize("meta,member", [({"nonsense": 1}, "nonsense"), ({"keyColumn": {"nam": "x"}}, "nam"),
                                         ({"contentColumn": {"kind": 1}}, "kind"), ({"versionColumn": {"v": 1}}, "v"),
                                         ({"lastModifiedColumn": {"w": 1}}, "w"), ({"creationTimeColumn": {"index": "x"}}, "index"),
                                         ({"mediaTypeColumn": {"type": "x"}}, "type"), ({"keyColumns": {}}, "keyColumns")])
def test_unknown_members(soda, name, meta, member):
    """PC-08: the title names it"""
    r = soda.put(f"/{name}", meta)
    assert r.status == 400 and r.code == "SODA-02032" and member in r.json["title"]
    assert soda.get(f"/{name}").status == 404


@pytest.mark.parametrize("meta,member", [
    ({"keyColumn": {"maxLength": "x"}}, "maxLength"), ({"keyColumn": {"maxLength": True}}, "maxLength"), ({"keyColumn": []}, "keyColumn"),
    ({"keyColumn": {"name": 5}}, "name"), ({"keyColumn": {"sqlType": "DATE"}}, "sqlType"), ({"keyColumn": None}, "keyColumn"),
    ({"keyColumn": {"assignmentMethod": "RANDOM"}}, "assignmentMethod"), ({"contentColumn": {"sqlType": "XML"}}, "sqlType"),
    ({"contentColumn": {"cache": "yes"}}, "cache"), ({"contentColumn": {"validation": "NO"}}, "validation"),
    ({"contentColumn": {"compress": "ZIP"}}, "compress"), ({"contentColumn": {"encrypt": 1}}, "encrypt"),
    ({"versionColumn": {"name": "V", "method": "CRC"}}, "method"), ({"readOnly": "perhaps"}, "readOnly"), ({"readOnly": 1}, "readOnly"),
    ({"lastModifiedColumn": {"name": None}}, "name"), ({"tableName": 5}, "tableName")])
def test_wrong_values(soda, name, meta, member):
    """PC-09: the title names the member"""
    r = soda.put(f"/{name}", meta)
    assert r.status == 400 and r.code == "SODA-02030" and member.lower() in r.json["title"].lower(), r
    assert soda.get(f"/{name}").status == 404


def test_media_types_of_metadata(soda, name):
    for kind, status in (("text/plain", 415), ("application/xml", 415), ("application/json", 201),
                         ("application/x-www-form-urlencoded", 200), ("application/json; charset=utf-8", 200),
                         ("application/vnd.x+json", 200), (None, 200)):
        r = soda.put(f"/{name}", "{}", headers={"Content-Type": kind})
        assert r.status == status, (kind, r)
        if status == 415:
            assert r.code == "OSODA-00007" and soda.get(f"/{name}").status == 404


@pytest.mark.parametrize("meta", [None, CLIENT_KEYS])
def test_created_by_many_at_once(site, soda, meta):
    """PC-11: one 201, otherwise 200, never 500"""
    def create(name):
        return site.soda().put(f"/{name}", meta)
    with concurrent.futures.ThreadPoolExecutor(4) as crowd:
        for _ in range(8):
            name = soda.fresh_name()
            answers = list(crowd.map(create, [name] * 4))
            assert sorted(r.status for r in answers) == [200, 200, 200, 201], answers
            assert listed(soda, name) and soda.delete(f"/{name}").status == 200


def test_created_differently_at_once(site, soda):
    """PC-11: of two that differ one wins, the other is told"""
    metas = [CLIENT_KEYS, READ_ONLY]

    def create(name, meta):
        return site.soda().put(f"/{name}", meta)
    with concurrent.futures.ThreadPoolExecutor(2) as crowd:
        for _ in range(8):
            name = soda.fresh_name()
            answers = list(crowd.map(create, [name] * 2, metas))
            assert sorted(r.status for r in answers) == [201, 409], answers
            won = metas[[r.status for r in answers].index(201)]
            assert properties(soda.collection(name))["readOnly"] == (won is READ_ONLY)
            soda.delete(f"/{name}")


def test_drop(soda):
    """DC-01: and it is gone from everywhere"""
    c = soda.make()
    key = c.add({"a": 1})
    r = soda.delete(c.path)
    assert (r.status, r.body) == (200, b"")
    for answer in (c.get(), c.get(key), c.query({}), soda.post(c.path, {}), soda.get(f"/metadata-catalog/{c.name}")):
        assert answer.status == 404 and answer.code == "REST-02000", answer
    assert not listed(soda, c.name)


def test_drop_what_is_missing(soda):
    """DC-02"""
    r = soda.delete("/" + soda.fresh_name())
    assert r.status == 404 and r.code == "REST-02000"


@pytest.mark.parametrize("meta", [None, {}, READ_ONLY])
def test_recreate(soda, meta):
    """DC-03: empty, with the metadata of the new one"""
    c = soda.make(CLIENT_KEYS)
    for _ in range(3):
        assert c.put("k", {"a": 1}).status == 201
        assert soda.delete(c.path).status == 200
        assert soda.put(c.path, meta).status == 201
        assert c.items() == [] and c.get("k").status == 404
        assert properties(c)["keyColumn"]["assignmentMethod"] == "UUID"
        assert soda.delete(c.path).status == 200
        assert soda.put(c.path, CLIENT_KEYS).status == 201
    soda.delete(c.path)


def test_drop_frees_names_of_indexes(soda, make):
    """DC-04"""
    index = {"name": soda.fresh_name(), "fields": [{"path": "a", "datatype": "number"}], "unique": True}
    first, second = soda.make(), make()
    assert first.action("index", index).status == 200
    r = second.action("index", index)
    assert r.status == 409 and r.code == "SODA-02053"
    assert soda.delete(first.path).status == 200
    assert second.action("index", index).status == 200
    second.add({"a": 1})
    assert soda.post(second.path, {"a": 1}).status == 409


def test_dropping_disabled(new_site):
    """DC-05: and Allow does not offer it"""
    s = new_site(workers=1, settings={"soda.disableDropCollection": "true"})
    soda = s.soda()
    c = soda.make(CLIENT_KEYS)
    c.put("k", {"a": 1})
    r = soda.delete(c.path)
    assert r.status == 405 and "configured so that a collection cannot be dropped" in r.json["title"]
    assert r.headers["Allow"] == "GET, HEAD, POST, PUT"
    assert c.get("k").json == {"a": 1}
    assert soda.delete("/missing").status == 404
    assert c.delete("k").status == 200              # objects are not concerned


@pytest.mark.parametrize("query", ["limit=5", "offset=1", "q=%7B%7D", "fromID=a", "after=a", "toID=a", "before=a",
                                   "since=2020-01-01T00:00:00Z", "until=2020-01-01T00:00:00Z", "limit="])
def test_drop_selects_nothing(coll, query):
    """a parameter that selects objects shows that something else was meant"""
    coll.add({"a": 1})
    r = coll.soda.delete(f"{coll.path}?{query}")
    assert r.status == 400 and r.code == "OSODA-00003"
    assert len(coll.items()) == 1


def test_retries(soda, name):
    """R-05: creating and dropping with a key: the same answer, one effect"""
    for method, body, first in (("PUT", CLIENT_KEYS, 201), ("DELETE", None, 200)):
        headers = {"Idempotency-Key": f"{method}-{name}"}
        for _ in range(3):
            r = soda.request(method, f"/{name}", body, headers=headers)
            assert r.status == first, r
            assert (r.headers["Location"] is not None) == (first == 201)
    assert soda.get(f"/{name}").status == 404


def test_drop_while_used(site, soda):
    """others meet a collection that is dropped and made again: 2xx or 404, never 500, never the old content"""
    c = soda.make(CLIENT_KEYS)
    stop = []

    def use(n):
        mine, seen = site.soda().collection(c.name), set()
        while not stop:
            seen |= {mine.put(f"k{n}", {"n": n}).status, mine.get().status, mine.query({"n": n}).status, mine.get(f"k{n}").status}
        return seen
    with concurrent.futures.ThreadPoolExecutor(3) as crowd:
        users = [crowd.submit(use, n) for n in range(3)]
        for _ in range(15):
            assert soda.delete(c.path).status == 200
            assert soda.put(c.path, CLIENT_KEYS).status == 201
        stop.append(True)
        seen = set().union(*(u.result() for u in users))
    assert seen <= {200, 201, 404}, seen
    soda.delete(c.path)
