"""Documents in parsed form on PostgreSQL: by default, by content declared as JSON, by search indexes.  What is found is the same
everywhere; tests/engines compares it with the matcher alone, on every engine.
"""
import concurrent.futures

import pytest

import servers
from lib import ANY_MEDIA, CLIENT_KEYS, ENGINES, TIMES, wait_for

JSON_CONTENT = {"contentColumn": {"sqlType": "JSON"}, **TIMES}
# (metadata, has a search index)
KINDS = {"json": (JSON_CONTENT, False), "json and search": (JSON_CONTENT, True), "search": (TIMES, True)}
ASKED = {"soda.keepParsed": "false"}        # only who asks for it has it


@pytest.fixture(scope="module", params=ENGINES)
def site(request, new_site):
    return new_site(engine=request.param, settings=ASKED)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def collection(soda, kind, before=(), more=None):
    """an empty one, or with documents that were there before its index"""
    meta, has_index = KINDS[kind]
    c = soda.make({**meta, **(more or {})})
    if before:
        c.add_all(list(before))
    if has_index:
        assert c.action("index", {"name": f"S_{c.name}"}).status == 200
    return c


# what jsonb refuses, or what is left out before it is asked
REFUSED = {
    "nul": r'{"n": 1, "s": "a\u0000b"}', "nul in a name": r'{"n": 2, "\u0000": 1}', "half": r'{"n": 3, "s": "\ud83d"}',
    "large": '{"n": 4, "x": 1e5000}', "small": '{"n": 5, "x": 1e-200000}', "text": '{"n": 6, "s": "1e131073"}',
    "many digits": '{"n": 7, "x": ' + "9" * 1500 + "}", "deep": '{"n": 8, "x": ' + "[" * 700 + "]" * 700 + "}"}
TAKEN = {"pair": r'{"n": 11, "s": "\ud83d\ude00"}', "number": '{"n": 12, "x": 1e400}', "text of a number": '{"n": "13", "x": " 4.10e1 "}'}


@pytest.mark.parametrize("first", ["documents", "definition"])
def test_documents_that_the_engine_refuses(site, soda, kind, first):
    """R-08, R-07: what has no parsed form is stored, found by every filter that it matches, and comes back as it was sent"""
    docs = {**REFUSED, **TAKEN}
    c = collection(soda, kind, more=CLIENT_KEYS)
    for key, doc in docs.items():
        assert c.put(key, doc).status == 201, key
    if first == "documents" and KINDS[kind][1]:
        assert c.action("unindex", {"name": f"S_{c.name}"}).status == 200
        assert c.action("index", {"name": f"S_{c.name}"}).status == 200
    for key, doc in docs.items():
        number = int("".join(x for x in doc[:12] if x.isdigit()))
        for qbe in ({"n": number}, {"n": {"$gte": number, "$lt": number + 1}}, {"n": {"$in": [number, "nothing"]}, "x": {"$ne": "y"}}):
            r = c.query(qbe, totalResults="true", fields="all")
            assert [i["id"] for i in r.json["items"]] == [key] and r.json["totalResults"] == 1, (key, qbe)
        assert c.get(key).body.decode() == doc
    assert [i["id"] for i in c.query({"s": "\U0001f600"}, fields="id").json["items"]] == ["pair"]
    assert [i["id"] for i in c.query('{"s": "a\\u0000b"}', fields="id").json["items"]] == ["nul"]
    assert [i["id"] for i in c.query('{"x": 1e400}', fields="id").json["items"]] == ["number"]
    assert [i["id"] for i in c.query('{"x": {"$gt": 1e4999}}', fields="id").json["items"]] == ["large"]
    for text in ("41", '"41"', '{"$gt": 40.9, "$lt": 41.1}', '" 4.10e1 "', '{"$startsWith": " 4"}', '{"$hasSubstring": "e1"}', '{"$length": 8}'):
        found = [i["id"] for i in c.query(f'{{"x": {text}}}', fields="id").json["items"]]
        assert found == ([] if text == '"41"' else ["text of a number"]), text


def test_more_matches_than_one_batch(soda, kind):
    """what was found by going through all documents at once goes on behind the last of them"""
    c = collection(soda, kind)
    c.add_all([{"n": n, "s": "same text"} for n in range(2600)])
    for qbe, n in (({"n": {"$gte": 7}}, 2593), ({"s": "same text"}, 2600), ({"s": {"$hasSubstring": "me te"}}, 2600), ({"n": {"$lt": 1030}}, 1030),
                   ({"n": {"$gte": 2600}}, 0)):
        assert c.query(qbe, limit=1, totalResults="true").json["totalResults"] == n, qbe
    page = c.query({"$query": {"n": {"$gte": 0}}, "$orderby": [{"path": "n", "datatype": "number", "order": "desc"}]}, offset=2590, limit=20).json
    assert [i["value"]["n"] for i in page["items"]] == list(range(9, -1, -1))


def test_long_texts(site, soda, kind):
    """R-08: texts of which only the beginning is kept, before and behind those that differ where they are cut, and rows of before, which
    have them whole"""
    begin = "e\u0301" * 20 + "x" * 24          # 64 characters
    texts = [begin[:-1], begin, begin + "a", begin + "a" * 200, begin + "a" * 201, begin + "b" * 300, begin + "b" * 300 + "needle", begin[:-1] + "y" * 300,
             begin[:-1] + "w" * 300, "\U0001f600" * 64, "\U0001f600" * 65, "a\nb" * 200, "0" * 300 + "7", "short"]
    c = collection(soda, kind)
    c.add_all([{"n": n, "s": s, "before": before} for before in (True, False) for n, s in enumerate(texts)])
    if site.engine == "postgresql":
        table, number, _ = table_of(site, c, kind)
        site.server.psql(site.database, f"UPDATE {table} p SET parsed = c.content::jsonb FROM soda_c_{number} c WHERE c.seq = p.seq"
                         " AND (c.content::jsonb -> 'before')::boolean AND c.content NOT LIKE '%00007%'")

    tests = {"$eq": lambda s, x: s == x, "$gt": lambda s, x: s > x, "$gte": lambda s, x: s >= x,
             "$lt": lambda s, x: s < x, "$lte": lambda s, x: s <= x, "$startsWith": str.startswith, "$hasSubstring": lambda s, x: x in s, "$like": lambda s, x: s.startswith(x[:-1])}
    operands = [*texts, "7", begin + "b", begin[:20], "needle", "aaa", begin + "zz"]
    for op, test in tests.items():
        for x in operands:
            if op == "$like":           # whose patterns have a longest one
                x = x.encode()[:240].decode(errors="ignore") + "%"
            expected = sorted(n for n, s in enumerate(texts) if test(s, x))
            r = c.query({"s": {op: x}}, limit=100, totalResults="true").json
            assert sorted(i["value"]["n"] for i in r["items"]) == sorted(2 * expected), (op, x)
            assert r["totalResults"] == 2 * len(expected), (op, x)
    r = c.query({"s": {"$in": [texts[4], texts[6], "nothing"]}}, totalResults="true").json
    assert sorted(i["value"]["n"] for i in r["items"]) == [4, 4, 6, 6] and r["totalResults"] == 4
    assert [i["value"]["n"] for i in c.query({"s": 7}).json["items"]] == [12, 12]
    assert [i["value"]["n"] for i in c.query({"s": {"$like": "%needle"}}).json["items"]] == [6, 6]


# ---- what the tables hold; the rest is about PostgreSQL only ----

def table_of(site, c, kind):
    """the table with the parsed forms"""
    ((number,),), indexes = site.rows(f"SELECT id FROM soda_collections WHERE name = '{c.name}'",
                                      f"SELECT i.id FROM soda_indexes i JOIN soda_collections c ON c.id = i.collection_id WHERE c.name = '{c.name}'")
    return f"soda_t_{indexes[0][0]}" if kind == "search" else f"soda_c_{number}", number, indexes[0][0] if indexes else None


def assert_kept(site, c, kind, n):
    """each row has the parsed form of its own document"""
    if site.engine != "postgresql":
        return
    table, number, _ = table_of(site, c, kind)
    ((there,),), ((wrong,),) = site.rows(f"SELECT count(*) FROM {table}",
                                         f"SELECT count(*) FROM {table} p JOIN soda_c_{number} c USING (seq) WHERE p.parsed IS DISTINCT FROM c.content::jsonb")
    assert (int(there), int(wrong)) == (n, 0)


def test_every_write_keeps_it(site, soda, kind):
    """R-03, R-08: inserted, replaced, patched, updated, removed, truncated; made before and after the index"""
    c = collection(soda, kind, before=[{"n": n, "s": "x" * n} for n in range(70)])
    assert_kept(site, c, kind, 70)
    keys = [c.add({"n": 100 + n}) for n in range(3)]
    assert_kept(site, c, kind, 73)
    assert c.put(keys[0], {"n": 200}).status == 200
    assert c.patch(keys[1], [{"op": "replace", "path": "/n", "value": 201}]).status == 200
    assert c.action("update", {"$query": {"n": {"$lt": 10}}, "$merge": {"m": True}}).json["count"] == 10
    assert_kept(site, c, kind, 73)
    assert c.find({"n": {"$gte": 200}}) == [{"n": 200}, {"n": 201}] and len(c.find({"m": True})) == 10
    assert c.delete(keys[2]).status == 200
    assert c.action("delete", {"n": 5}).json["count"] == 1
    assert_kept(site, c, kind, 71)
    assert c.find({"n": 5}) == [] and c.find({"n": 102}) == []
    assert c.action("truncate").status == 200
    assert_kept(site, c, kind, 0)
    c.add_all([{"n": n} for n in range(5)])
    assert_kept(site, c, kind, 5)
    assert c.find({"n": 3}) == [{"n": 3}]
    if KINDS[kind][1]:
        assert c.action("unindex", {"name": f"S_{c.name}"}).status == 200
        assert c.find({"n": 3}) == [{"n": 3}]
    site.check_tables()


needs_postgresql = pytest.mark.skipif("postgresql" not in ENGINES, reason="only PostgreSQL has a parsed form")


def scans(site, index):
    ((n,),), = site.rows(f"SELECT coalesce(max(idx_scan), 0) FROM pg_stat_user_indexes WHERE indexrelname = '{index}'")
    return int(n)


@needs_postgresql
def test_unless_a_setting_says_no(new_site):
    """a collection keeps what it was made with; metadata tell nothing of it"""
    site = new_site(engine="postgresql", workers=1)
    soda = site.soda()

    def kept():
        return {n for n, in site.rows("SELECT c.name FROM soda_collections c JOIN information_schema.columns k ON k.table_name = 'soda_c_' || c.id"
                                      " WHERE k.column_name = 'parsed'")[0]}
    docs = [{"n": n, "s": f"s{n}"} for n in range(10)]
    by_default, media, secret = soda.make(), soda.make(ANY_MEDIA), soda.make({"contentColumn": {"encrypt": "AES128"}, **TIMES})
    by_default.add_all(docs)
    assert kept() == {by_default.name}
    assert_kept(site, by_default, "json", 10)
    site.cords("config", "set", "soda.keepParsed", "false")
    made = []

    def without():
        made.append(soda.make())
        return made[-1].name not in kept()
    wait_for(without)           # workers have seen the setting
    plain, declared = made[-1], soda.make(JSON_CONTENT)
    assert declared.name in kept()
    by_default.add({"n": 10, "s": "s10"})
    assert_kept(site, by_default, "json", 11)
    for c in (plain, secret):
        c.add_all([*docs, {"n": 10, "s": "s10"}])
    for c in (by_default, plain, secret):
        assert c.find({"n": {"$gte": 9}}) == [{"n": 9, "s": "s9"}, {"n": 10, "s": "s10"}] and c.find({"s": "s3"}) == [docs[3]]
    properties = {i["name"]: i["properties"] for i in soda.get("/", params={"fields": "all", "limit": 100}).json["items"]}
    one, other = ({k: v for k, v in properties[c.name].items() if k != "tableName"} for c in (by_default, plain))
    assert one == other and one["contentColumn"]["sqlType"] == "BLOB"
    site.check_tables()


@needs_postgresql
@pytest.mark.parametrize("kind", ["json and search", "search"])
def test_the_index_is_used(new_site, kind):
    """IX-01: filters for values at paths are looked up, in pages and counts; those for ranges are not"""
    site = new_site(engine="postgresql", workers=1, settings=ASKED)
    c = collection(site.soda(), kind)
    c.add_all([{"n": n, "a": {"b": [f"name {n}", -n]}, "pad": "x" * 300, "zip": str(n)} for n in range(3000)])
    index = f"soda_p_{table_of(site, c, kind)[2]}"

    asked = [({"a.b": "name 1234"}, [1234]), ({"a.b[1]": -2999}, [2999]), ({"zip": 17}, [17]), ({"zip": "2718"}, [2718]),
             ({"$or": [{"a.b": "name 1"}, {"n": 2}]}, [1, 2]), ({"a.b": "name 7", "n": {"$gt": 5}}, [7]), ({"a.b": "nobody"}, []),
             ({"$query": {"n": {"$in": [5, 4]}}, "$orderby": [{"path": "n", "datatype": "number", "order": "desc"}]}, [5, 4])]
    before = scans(site, index)
    for qbe, expected in asked:
        assert [i["value"]["n"] for i in c.query(qbe).json["items"]] == expected, qbe
    assert c.query({"a.b": "name 5"}, totalResults="true").json["totalResults"] == 1
    wait_for(lambda: c.get(params={"limit": 1}).status == 200 and scans(site, index) >= before + len(asked) + 2)   # told by later requests
    # as many as all: the first rows are looked up, the others read one after the other
    assert c.query({"pad": "x" * 300}, limit=1, totalResults="true").json["totalResults"] == 3000


@needs_postgresql
def test_imports_keep_it(new_site):
    """R-22, R-08: what Data Pump brings in has its parsed form as well"""
    site = new_site(engine="postgresql", workers=1, settings=ASKED)
    site.server.psql(site.database, f"CREATE SCHEMA demo AUTHORIZATION {servers.USER}")
    soda = site.soda()
    made = {kind: collection(soda, kind) for kind in KINDS}
    for c in made.values():
        c.add_all([{"n": n} for n in range(40)])
    site.cords("datapump", "export", '{"file_name": "PARSED.DMP"}')
    for c in made.values():
        assert soda.delete(c.path).status == 200
    site.cords("datapump", "import", '{"file_name": "PARSED.DMP"}')
    for kind, c in made.items():
        assert_kept(site, c, kind, 40)
        assert c.find({"n": {"$gte": 39}}) == [{"n": 39}]
    site.check_tables()


@needs_postgresql
def test_repositories_of_before(new_site):
    """R-08: a collection of JSON that was there before cords kept parsed forms: its documents are found, what is written is kept"""
    site = new_site(engine="postgresql", workers=1, start=False, settings=ASKED)
    site.start()
    soda = site.soda()
    c, plain = soda.make(JSON_CONTENT), soda.make()
    c.add_all([{"n": n} for n in range(20)])
    site.stop()
    table, _, _ = table_of(site, c, "json")
    site.server.psql(site.database, f"ALTER TABLE {table} DROP COLUMN parsed", "DELETE FROM ords_schema_version WHERE level >= 5",
                     "ALTER TABLE soda_collections DROP COLUMN parsed", "DROP FUNCTION ords_metadata.ords_counter(boolean)")
    site.cords("install", "--admin-user", servers.ADMIN, "--db-user", servers.USER, "--password-stdin",
               stdin=f"{servers.PASSWORD}\n{servers.PASSWORD}\n")
    site.start()
    assert c.find({"n": 7}) == [{"n": 7}] and c.query({"n": {"$gt": 3}}, totalResults="true").json["totalResults"] == 16
    c.add({"n": 7})
    assert len(c.find({"n": 7})) == 2
    columns = {n for n, in site.rows("SELECT table_name FROM information_schema.columns WHERE column_name = 'parsed'")[0]}
    assert columns == {table, "soda_collections"} and plain.add({"n": 1})
    ((kept,),), = site.rows(f"SELECT count(parsed) FROM {table}")
    assert kept == "1"
    assert c.action("update", {"$query": {}, "$merge": {"m": 1}}).status == 200
    assert_kept(site, c, "json", 21)


def parse(site, c, **kw):
    return site.cords("collection", "parse", "demo", c.name, **kw)


@needs_postgresql
def test_collections_that_are_there(new_site):
    """R-08, R-03: cords collection parse gives each document its parsed form while others write, and a search index of before looks
    values up; what was interrupted is not asked, and is run again"""
    site = new_site(engine="postgresql", workers=2, settings=ASKED)
    soda = site.soda()
    plain, searched = soda.make(), soda.make()
    for c in (plain, searched):
        keys = [c.add({"n": n, "t": f"{n}.0"}) for n in range(100)]
        c.add_all([{"n": n, "t": f"{n}.0"} for n in range(100, 1300)])
        if c is plain:
            plain_keys = keys
    assert soda.post(plain.path, REFUSED["half"]).status == 201
    assert searched.action("index", {"name": "OLD"}).status == 200
    table, _, index = table_of(site, searched, "search")
    # as a version made it that kept no parsed forms
    site.server.psql(site.database, f"ALTER TABLE {table} DROP COLUMN parsed",
                     f"UPDATE soda_indexes SET fields = replace(fields, '\"parsed\":true,', '') WHERE id = {index}",
                     "UPDATE ords_state SET value = value + 1 WHERE name = 'catalog'")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        writes = [pool.submit(site.soda().collection(plain.name).put, plain_keys[n], {"n": n + 5000, "t": "new"}) for n in range(99, 10, -1)]
        said = parse(site, plain).stdout
        assert {w.result().status for w in writes} == {200}
    assert "there were 1301" in said
    assert "there were 1300" in parse(site, searched).stdout

    def missing(c):
        """how many have none; those that are there are of their documents"""
        _, number, _ = table_of(site, c, "json")
        ((n,),), ((wrong,),) = site.rows(
            f"SELECT count(*) FROM soda_c_{number} WHERE parsed IS NULL",
            f"SELECT count(*) FROM soda_c_{number} WHERE CASE WHEN parsed IS NOT NULL THEN parsed -> 'n' <> content::jsonb -> 'n' END")
        assert int(wrong) == 0
        return int(n)
    assert (missing(plain), missing(searched)) == (1, 0)
    assert plain.query({"n": {"$gte": 5000}}, totalResults="true").json["totalResults"] == 89
    assert plain.find({"n": 3}) == [{"n": 3, "t": "3.0"}, {"n": 3, "s": "\ud83d"}] and plain.find({"t": 700}) == [{"n": 700, "t": "700.0"}]
    before = scans(site, f"soda_p_{index}")
    assert [d["n"] for d in searched.find({"t": 1234})] == [1234]
    wait_for(lambda: searched.get(params={"limit": 1}).status == 200 and scans(site, f"soda_p_{index}") > before)
    site.check_tables()
    # as it stands when the command was killed
    _, number, _ = table_of(site, plain, "json")
    site.server.psql(site.database, f"UPDATE soda_c_{number} SET parsed = NULL WHERE seq % 3 = 0",
                     f"UPDATE soda_collections SET parsed = 2 WHERE id = {number}", "UPDATE ords_state SET value = value + 1 WHERE name = 'catalog'")
    assert plain.find({"t": "9.0"}) == [{"n": 9, "t": "9.0"}] and plain.put(plain_keys[9], {"n": 9, "t": "again"}).status == 200
    parse(site, plain)
    assert missing(plain) == 1 and plain.find({"t": "again"}) == [{"n": 9, "t": "again"}]


def test_what_keeps_no_parsed_form(site, soda):
    """refused with a reason, and nothing is changed"""
    media, searched = soda.make(ANY_MEDIA), soda.make()
    assert searched.action("index", {"name": f"S_{searched.name}"}).status == 200
    reasons = {media: "heterogeneous", searched: "keeps parsed forms already"} if site.engine == "postgresql" else {searched: "on PostgreSQL only"}
    for c, why in reasons.items():
        done = parse(site, c, check=False)
        assert done.returncode == 2 and why in done.stderr, done
    assert "no collection never" in site.cords("collection", "parse", "demo", "never", check=False).stderr
    assert "no schema named" in site.cords("collection", "parse", "NEVER", "never", check=False).stderr
    assert site.cords("collection", "parse", "demo", check=False).returncode == 1
    site.check_tables()
