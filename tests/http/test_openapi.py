"""The OpenAPI documents and the catalogues: valid by the published schema, true of what is answered."""
import json
import pathlib

import jsonschema
import pytest

from lib import Client, same
from test_dbapi import API, api, filled, is_problem  # noqa: F401 (fixtures)

SCHEMA = json.loads(pathlib.Path("/usr/share/openapi-specification/schemas/v3.0/schema.json").read_text())

EXPORT = {"job_mode", "datapump_dir", "file_name", "credential_name", "filter", "name_expressions", "schema_expressions",
          "tablespace_expressions", "threads", "keep_master"}
IMPORT = EXPORT - {"filter"} | {"remap_schemas"}


def document(client, path="/metadata-catalog/openapi.json"):
    r = client.get(path)
    assert r.status == 200 and r.headers["Content-Type"] == "application/json", r
    jsonschema.Draft4Validator(SCHEMA).validate(r.json)
    return r.json


def operations(doc):
    for path, item in doc["paths"].items():
        server = item.get("servers", doc["servers"])[0]["url"]
        for method, op in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield server + path, method.upper(), op


def refs(value):
    if isinstance(value, dict):
        for k, v in value.items():
            if k == "$ref":
                yield v
            else:
                yield from refs(v)
    elif isinstance(value, list):
        for v in value:
            yield from refs(v)


def test_documents_are_valid(filled):
    """OR-47: from each door; references resolve, names of operations are not repeated, the server is the one that was asked"""
    for client, path, server in (
            (filled.at("hr", "hr"), "/metadata-catalog/openapi.json", f"/ords/hr/{API}"), (filled.at("root"), "/metadata-catalog/openapi.json", f"/ords/{API}"),
            (Client("127.0.0.1", filled.port, "hr", "secret"), "/ords/hr/open-api-catalog/", "/ords/hr")):
        doc = document(client, path)
        assert doc["servers"] == [{"url": f"http://127.0.0.1:{filled.port}{server}"}]
        assert doc["openapi"].startswith("3.0.")
        ids = [op["operationId"] for _, _, op in operations(doc)]
        assert len(ids) == len(set(ids)) > 8
        for ref in refs(doc):
            assert ref.removeprefix("#/components/schemas/") in doc["components"]["schemas"]
        for url, _, op in operations(doc):
            pieces = {p["name"] for p in op["parameters"] if p["in"] == "path"}
            assert pieces == {part.strip("{}") for piece in url.split("/") for part in piece.split(",") if "{" in part}
        assert "basicAuth" in doc["components"]["securitySchemes"]
        assert any("/soda/" in url for url, _, _ in operations(doc)) == ("hr" in server.split("/"))


def test_what_is_listed_is_answered(filled):
    """OR-47: with names of what exists, no path answers 404, and no method of it 405"""
    soda = filled.soda("hr")
    assert soda.put("/books", {"keyColumn": {"assignmentMethod": "CLIENT"}}).status in (200, 201)
    assert soda.put("/books/k", {"a": 1}).status in (200, 201)
    client = Client("127.0.0.1", filled.port, "hr", "secret")
    names = {"{collection}": "books", "{key}": "k", "{table}": "HR,emp", "{action}": "query"}
    n = 0
    for url, method, _ in sorted(operations(document(filled.at("hr", "hr"))), key=lambda o: o[1] == "DELETE"):
        if "/datapump/" in url:                         # tests of jobs ask these
            continue
        path = url.removeprefix(f"http://127.0.0.1:{filled.port}")
        for name, existing in names.items():
            path = path.replace(name, existing)
        assert "{" not in path
        for m in [method] + (["HEAD"] if method == "GET" else []):
            r = client.request(m, path, {"a": 1} if m in ("PUT", "POST", "PATCH") else None)
            assert r.status not in (301, 404, 405) or (m == "DELETE" and "k" in path), (m, path, r)
            n += 1
        if method == "DELETE":
            assert soda.put("/books", {"keyColumn": {"assignmentMethod": "CLIENT"}}).status in (200, 201)
            assert soda.put("/books/k", {"a": 1}).status in (200, 201)
    assert n > 20


def test_bodies_of_data_pump(filled):
    """DP-114: the property names of ORDS, our own marked; a job is removed at once, or by a runner"""
    doc = document(filled.at("hr", "hr"))
    (drop,) = [op for url, method, op in operations(doc) if method == "DELETE" and url.endswith("/datapump/jobs/{job}")]
    assert set(drop["responses"]) == {"204", "202", "default"} and not any("content" in drop["responses"][s] for s in ("204", "202"))
    schemas = doc["components"]["schemas"]
    for name, wanted in (("DatapumpExport", EXPORT), ("DatapumpImport", IMPORT), ("DatapumpRequest", EXPORT | IMPORT | {"operation"})):
        properties = schemas[name]["properties"]
        assert {p for p, what in properties.items() if not what.get("x-extension")} == wanted
        assert {p for p in properties if properties[p].get("x-extension")} >= {"content", "job_name"}
    assert schemas["DatapumpRequest"]["required"] == ["operation"]
    assert schemas["DatapumpExport"]["properties"]["job_mode"]["enum"] == ["FULL", "SCHEMA", "TABLE", "TABLESPACE"]
    assert {"job_name", "owner_name", "operation", "job_mode", "state", "degree", "attached_sessions", "datapump_sessions",
            "job_state", "links"} == set(schemas["DatapumpJob"]["properties"])


def test_listings_are_described(filled):
    """members of items are those of the document"""
    hr = filled.at("hr", "hr")
    doc = document(hr)
    for what, name in (("", "Object"), ("tables/", "Table"), ("columns/", "Column"), ("indexes/", "Index"), ("foreign_keys/", "ForeignKey")):
        (item, *_) = hr.get(f"/database/objects/{what}").json["items"]
        assert set(item) == set(doc["components"]["schemas"][name]["properties"])
        assert {p["name"] for p in doc["paths"][f"/database/objects/{what}"]["get"]["parameters"]} == {"limit", "offset", "q"}


def test_catalogue(filled):
    """OR-48: what describes, and what is described, is there; pages as everywhere"""
    for client in (filled.at("hr", "hr"), filled.at("root")):
        root = f"http://127.0.0.1:{filled.port}"
        listing = client.get("/database/objects/tables/").json
        (described,) = [link["href"] for link in listing["links"] if link["rel"] == "describedby"]
        whole = client.get("", base=described.removeprefix(root)).json
        assert described.endswith("/metadata-catalog/") and not whole["hasMore"]
        assert {"database/version", "database/objects/tables/", "metadata-catalog/openapi.json"} <= {i["name"] for i in whole["items"]}
        for item in whole["items"]:
            assert [link["rel"] for link in item["links"]] == ["describes", "canonical"]
            for link in item["links"]:
                assert "/datapump/" in link["href"] or client.get("", base=link["href"].removeprefix(root)).status == 200, link
        for link in whole["links"]:
            assert client.get("", base=link["href"].removeprefix(root)).status == 200
        page = client.get("/metadata-catalog/?limit=2&offset=1").json
        assert page["items"] == whole["items"][1:3] and page["hasMore"] and page["count"] == 2
        assert is_problem(client.get("/metadata-catalog/?limit=0"), 400, "BadRequest")
        assert client.get("/metadata-catalog").status == 301


def test_catalogue_of_a_schema(filled):
    """ords.md 6: of SODA and the Database API; who may ask is as the schema has it"""
    root = f"http://127.0.0.1:{filled.port}"
    client = Client("127.0.0.1", filled.port, "hr", "secret", "/ords/hr")
    listing = client.get("/metadata-catalog/").json
    assert [i["name"] for i in listing["items"]] == ["soda", "db-api"] and listing["count"] == 2
    for link in [link for i in [*listing["items"], listing] for link in i["links"]]:
        assert client.get("", base=link["href"].removeprefix(root)).status == 200, link
    assert client.get("/metadata-catalog").headers["Location"] == root + "/ords/hr/metadata-catalog/"
    for path in ("/metadata-catalog/", "/open-api-catalog/"):
        assert client.get(path, auth=False).status == 401
        assert same(client.get(path, base="/ords/boss", headers={"Request-Id": "x"}),
                    client.get(path, base="/ords/nowhere", headers={"Request-Id": "x"}))
    filled.cords("schema", "enable", "hr", "--auth", "false")
    try:
        assert client.get("/metadata-catalog/", auth=False).status == client.get("/open-api-catalog/", auth=False).status == 200
        assert client.get(f"/{API}/metadata-catalog/", auth=False).status == 401
    finally:
        filled.cords("schema", "enable", "hr", "--auth", "true")


@pytest.mark.parametrize("path", ["/metadata-catalog/", "/metadata-catalog/openapi.json"])
def test_any_account_may_read(filled, path):
    """no role beyond authentication; another's schema does not exist"""
    assert filled.at("guest").get(path).status == filled.at("guest", "hr").get(path).status == 200
    assert is_problem(filled.at("hr", "hr").get(path, auth=False), 401, "Unauthorized")
    assert is_problem(filled.at("hr", "boss").get(path), 404, "NotFound")
