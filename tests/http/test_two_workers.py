"""R-06: what one worker has acknowledged, every other worker sees."""
import json

import pytest

from fcgi_peer import Worker
from lib import CLIENT_KEYS

SODA = "/ords/demo/soda/latest"
ROUNDS = 1000


@pytest.fixture(scope="module")
def pair(new_site):
    """two workers of one configuration, each behind a socket of its own"""
    site = new_site(workers=1)
    workers = [Worker(site), Worker(site)]
    yield workers
    for w in workers:
        assert w.stop() == 0


@pytest.fixture
def c(pair, request):
    path = f"{SODA}/{request.node.name.partition('[')[0]}"
    assert pair[0].ask("PUT", path, json.dumps(CLIENT_KEYS).encode()).status == 201
    return path


def test_documents(pair, c, rng):
    """R-06: each write by one of two workers, each read by the other"""
    n_seen = {"put": 0, "merge": 0, "update": 0, "delete": 0}
    exists = False
    for n in range(ROUNDS):
        writer, reader = rng.sample(pair, 2)
        do = rng.choice(list(n_seen)) if exists else "put"
        n_seen[do] += 1
        if do == "put":
            a = writer.ask("PUT", c + "/k", b'{"n":%d}' % n)
        elif do == "merge":
            a = writer.ask("PATCH", c + "/k", b'{"n":%d}' % n)
        elif do == "update":
            a = writer.ask("POST", c + "?action=update", b'{"$merge":{"n":%d}}' % n)
        else:
            a = writer.ask("DELETE", c + "/k")
        assert a.status in (200, 201), a
        exists = do != "delete"
        if n % 2:
            got = reader.ask("GET", c + "/k")
            assert (got.status, got.body) == ((200, b'{"n":%d}' % n) if exists else (404, got.body))
            assert got.headers.get("etag") == a.headers.get("etag") or do in ("update", "delete")
        else:
            got = reader.ask("POST", c + "?action=query", b'{"n":%d}' % n)
            assert got.status == 200 and json.loads(got.body)["count"] == exists
    assert min(n_seen.values()) > ROUNDS / 20


def test_collections(pair):
    """R-06: created, dropped, and there again with other metadata: the other worker notices each"""
    path = f"{SODA}/comes_and_goes"
    kinds = [(None, 201), (CLIENT_KEYS, 501), ({"readOnly": True}, 405)]
    for n in range(60):
        writer, reader = pair[n % 2], pair[1 - n % 2]
        meta, post = kinds[n % 3]
        assert reader.ask("GET", path).status == 404
        assert writer.ask("PUT", path, None if meta is None else json.dumps(meta).encode()).status == 201
        assert reader.ask("POST", path, b'{"n":1}').status == post
        listed = [i["name"] for i in json.loads(reader.ask("GET", SODA).body)["items"]]
        assert "comes_and_goes" in listed
        assert json.loads(writer.ask("GET", path).body)["count"] == (post == 201)
        assert writer.ask("DELETE", path).status == 200


def test_indexes(pair, c):
    """R-06: an index that one worker makes binds the other at once; one that is dropped binds nobody"""
    spec = json.dumps({"name": "once", "unique": True, "fields": [{"path": "u", "datatype": "number"}]}).encode()
    for n in range(20):
        a, b = pair[n % 2], pair[1 - n % 2]
        assert b.ask("PUT", c + "/x", b'{"u":1}').status in (200, 201)
        assert a.ask("POST", c + "?action=index", spec).status == 200
        assert b.ask("PUT", c + "/y", b'{"u":1}').status == 409
        assert b.ask("PUT", c + "/y", b'{"u":2}').status in (200, 201)
        assert a.ask("PUT", c + "/z", b'{"u":2}').status == 409
        assert a.ask("POST", c + "?action=unindex", b'{"name":"once"}').status == 200
        assert b.ask("PUT", c + "/z", b'{"u":2}').status in (200, 201)
        assert a.ask("POST", c + "?action=truncate").status == 200


def test_schemas(pair):
    """R-06: a schema that is disabled, and its password, count for every worker at once"""
    site = pair[0].site
    for n in range(3):
        site.cords("schema", "enable", "other", "--password-stdin", stdin=f"word{n}\n")
        for w in pair:
            assert w.ask("GET", "/ords/other/soda/latest", user=f"other:word{n}").status == 200
            assert w.ask("GET", "/ords/other/soda/latest", user="other:word9").status == 401
        site.cords("schema", "disable", "other")
        for w in pair:
            assert w.ask("GET", "/ords/other/soda/latest", user=f"other:word{n}").status in (401, 404)
