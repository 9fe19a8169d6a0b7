"""MariaDB cuts and converts values where nobody forbids it, and tells so in warnings that its driver keeps to itself."""
import json

import pytest

import servers
from lib import ANY_MEDIA, CLIENT_KEYS, EMBEDDED_KEYS, ENGINES, ROOT, every_operation

pytestmark = pytest.mark.skipif(ENGINES[0] != "mariadb", reason="about MariaDB")

# of statements and of prepared ones, by whoever ran them
COUNTED = ("SELECT event_name, sum_warnings FROM performance_schema.events_statements_summary_by_user_by_event_name"
           f" WHERE user = '{servers.USER}' AND sum_warnings > 0")
KEYS = ["1", "1 ", "a", "A", "é", "é", "ß", "ss", "", "0x31", "1e0", "9" * 40, "😀", "x" * 255, "\\", "'", "%", "_"]
OPERANDS = [0, -1, 1e300, -5e-324, 2**63, 10**40, 0.1, True, None, "", "1", "1a", "x" * 3000, "2026-11-28", "25:61", "\\", "'", "é", "😀"]


def test_no_statement_is_warned_about(new_site):
    """R-08: reads and writes of every kind, with operands of every type: values are bound as what the columns are, so that there is
    nothing to convert, and what is too long is an error (STRICT_ALL_TABLES)"""
    server = servers.another("mariadb", prefix="warn", options=("--performance-schema=ON",))
    server.mariadb("SET @w = 1 + 'a'", user=servers.USER)
    assert "statement/sql/set_option" in server.mariadb(COUNTED)            # the counter counts
    s = new_site(server=server, workers=1)
    server.mariadb("TRUNCATE performance_schema.events_statements_summary_by_user_by_event_name")
    soda = s.soda()
    for meta in (CLIENT_KEYS, ANY_MEDIA, EMBEDDED_KEYS, {}):
        c = soda.make(meta)
        for method, path, body in every_operation(c.name):
            soda.request(method, path, body)
    c = soda.make(CLIENT_KEYS)
    for i, fields in enumerate(([{"path": "v", "datatype": "number"}], [{"path": "t", "datatype": "string"}],
                                [{"path": "v"}, {"path": "t"}], [{"path": "d", "datatype": "timestamp"}])):
        assert c.action("index", {"name": f"I{i}", "fields": fields}).status == 200
    assert c.action("index", {"name": "WORDS"}).status == 200
    for key in KEYS:
        c.put(key or "-", {"v": 1, "t": key, "d": "2026-11-28T00:00:00Z", "k": key})
        c.get(key or "-")
    for i, operand in enumerate(OPERANDS):
        c.put(f"o{i}", {"v": operand, "t": operand, "d": operand})
        for op in ("$eq", "$ne", "$lt", "$gte", "$startsWith", "$hasSubstring", "$regex", "$like", "$contains"):
            for path in ("v", "t", "d", "n", "$id"):
                c.query({path: {op: operand}} if path != "$id" else {"$id": [str(operand)]})
        c.query({"$query": {"v": {"$in": [operand, 1, "1"]}}, "$orderby": {"v": 1, "t": -1}})
    plain = soda.make()
    deep = "[" * 40 + "]" * 40
    plain.add_all("[" + ",".join(f'{{"a":{deep},"v":{json.dumps(operand)}}},{{"v":{deep}}}' for operand in OPERANDS) + "]")
    for operand in OPERANDS:                    # counted among all documents, by what the server sees in them
        for op in ("$eq", "$lt", "$gte"):
            assert plain.query({"v": {op: operand}}, totalResults="true").status in (200, 400)
    cases = json.loads((ROOT / "tests/soda/qw.json").read_text())
    assert c.action("insert", list(cases["documents"]["main"].values())).status in (200, 501)
    for case in cases["cases"]:
        c.query(case["qbe"])
    for path in ("?fromID=1&limit=3", "?toID=x&limit=3", "?since=2026-01-01T00:00:00Z", "?until=2099-01-01T00:00:00Z", "?totalResults=true"):
        assert soda.get(c.path + path).status == 200
    c.action("update", [{"op": "add", "path": "/u", "value": 1}])
    c.action("delete", {"v": {"$gt": 5}})
    assert s.soda(password="wrong").get("/").status == 401
    assert server.mariadb(COUNTED) == ""
    (rows,) = server.rows("performance_schema", "SELECT sum(count_star) FROM events_statements_summary_by_user_by_event_name"
                          f" WHERE user = '{servers.USER}' AND event_name = 'statement/com/Execute'")
    assert int(rows[0][0]) > 1000
