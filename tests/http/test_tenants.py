"""Schemas and pools of different owners: nobody sees, changes or learns of what belongs to others (R-60)."""
import concurrent.futures
import contextlib

import pytest

from lib import CLIENT_KEYS, Soda, every_operation, same, wait_for

ID = {"Request-Id": "the-same"}                 # so that answers can be compared byte for byte


@pytest.fixture(scope="module")
def tenants(new_site):
    """Schemas a and b in one database, and a and b again in the database of another pool; one worker serves them all."""
    s = new_site(workers=1, schemas=(), settings={"security.credentials.attempts": "-1"})
    s.cords("install", "--db-pool", "second", "--db-file", str(s.folder / "second.db"))
    s.own = {}
    for pool in ("default", "second"):
        for name in "ab":
            password = f"of-{name}-in-{pool}"
            s.cords("schema", "enable", name, "--db-pool", pool, "--password-stdin", stdin=password + "\n")
            base = f"/ords/{'' if pool == 'default' else pool + '/'}{name}/soda/latest"
            soda = Soda("127.0.0.1", s.port, name, password, base)
            wait_for(lambda: soda.get("/").status == 200)
            assert soda.put("/c", CLIENT_KEYS).status == 201
            assert soda.put("/c/k", {"owner": f"{pool}/{name}"}).status == 201
            assert soda.post("/c?action=index", {"name": "ix", "fields": [{"path": "owner"}], "unique": True}).status == 200
            s.own[pool, name] = soda
    return s


def test_pools_and_schemas_are_apart(tenants):
    """OR-01, OR-09, R-60: the same names four times, asked in turns of one worker"""
    for _ in range(3):
        for (pool, name), soda in tenants.own.items():
            assert soda.get("/c/k").json == {"owner": f"{pool}/{name}"}
            assert soda.post("/c?action=query", {"owner": {"$exists": True}}).json["count"] == 1
            (entry,) = soda.get("/").json["items"]
            assert entry["properties"]["schemaName"].lower() == name
            assert entry["links"][0]["href"].endswith(soda.base + "/c")
            (item,) = soda.get("/c").json["items"]
            assert item["links"][0]["href"].endswith(soda.base + "/c/k")


def test_crossed_credentials_within_a_pool(tenants):
    """R-60, OR-12: another tenant's schema answers each request as one that does not exist"""
    for pool in ("default", "second"):
        mine = tenants.own[pool, "a"]
        theirs = mine.base.replace("/a/", "/b/")
        nobodys = mine.base.replace("/a/", "/nowhere/")
        for method, path, body in every_operation("c"):
            for name in ("/c", "/missing"):
                p = path.replace("/c", name, 1) if path.startswith("/c") and not path.startswith("/custom") else path
                a = mine.request(method, p, body, base=theirs, headers=ID)
                b = mine.request(method, p, body, base=nobodys, headers=ID)
                assert a.status == 404 and same(a, b), (pool, method, p, a, b)
    untouched(tenants)


def test_crossed_credentials_between_pools(tenants):
    """R-60: an account of one pool is nobody in another, also under the same name"""
    for pool, other, name in (("default", "second", "a"), ("second", "default", "b")):
        theirs = tenants.own[other, name]
        mine = tenants.own[pool, name]
        intruder = Soda("127.0.0.1", tenants.port, mine.user, mine.password, theirs.base)
        nobody = Soda("127.0.0.1", tenants.port, "nobody", mine.password, theirs.base)
        unknown = {m: nobody.request(m, "/c", headers=ID) for m in ("GET", "HEAD")}
        for method, path, body in every_operation("c"):
            r = intruder.request(method, path, body, headers=ID)
            assert r.status == 401 and same(r, unknown["HEAD" if method == "HEAD" else "GET"]), (pool, name, method, path)
    untouched(tenants)


def untouched(tenants):
    for (pool, name), soda in tenants.own.items():
        assert soda.get("/c/k").json == {"owner": f"{pool}/{name}"}
        assert soda.get("/c").json["count"] == 1


def test_unknown_pools(tenants, new_site):
    """OR-02: the text about mapping only where no pool could be meant"""
    c = tenants.client("a", "of-a-in-default")
    plain = c.get("/ords/third/a/soda/latest", headers=ID)
    assert plain.status == 404 and plain.json["message"] == "Not Found"
    assert c.get("/ords/default/a/soda/latest", headers=ID).status == 404       # its name is no segment
    only = new_site(workers=1, schemas=())
    only.cords("config", "pool", "delete", "default")
    only.cords("install", "--db-pool", "second", "--db-file", str(only.folder / "second.db"))
    only.cords("schema", "enable", "a", "--db-pool", "second", "--password-stdin", stdin="secret\n")
    c = only.client("a", "secret")
    r = wait_for(lambda: (r := c.get("/ords/a/soda/latest")).status == 404 and r)
    assert r.json["message"].startswith("The request could not be mapped to any database.")
    assert r.json["code"] == "NotFound"
    wait_for(lambda: c.get("/ords/second/a/soda/latest").status == 200)


def test_idempotency_keys_are_of_one_tenant(tenants):
    """R-60: a key of one tenant neither answers nor stops another"""
    for method, path, bodies in (("POST", "/c?action=insert", None), ("PUT", "/c/idem", None)):
        answers = []
        for (pool, name), soda in tenants.own.items():
            body = {"of": pool + name}
            if method == "POST":
                assert soda.put("/s").status in (200, 201)
                r = soda.post("/s", body, headers={"Idempotency-Key": "shared"})
            else:
                r = soda.put(path, body, headers={"Idempotency-Key": "shared-put"})
            assert r.status == 201, r
            answers.append(r.body or r.headers["ETag"])
        assert len(set(answers)) == 4
    for (pool, name), soda in tenants.own.items():
        assert soda.get("/s").json["items"][0]["value"] == {"of": pool + name} == soda.get("/c/idem").json
        assert soda.get("/s").json["count"] == 1
        assert soda.delete("/c/idem").status == 200 and soda.delete("/s").status == 200


def test_tenants_in_parallel(tenants):
    """R-60: many requests of four tenants at once through one worker"""
    def visit(owner):
        pool, name = owner
        mine = tenants.own[owner]
        soda = Soda("127.0.0.1", tenants.port, mine.user, mine.password, mine.base)
        with contextlib.closing(soda):
            return {soda.get("/c/k").body for _ in range(50)} | {soda.get("/c?fields=value").body for _ in range(10)}
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        for owner, seen in zip(list(tenants.own) * 2, crowd.map(visit, list(tenants.own) * 2)):
            assert len(seen) == 2 and all("/".join(owner).encode() in body for body in seen), (owner, seen)
