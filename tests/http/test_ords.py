"""What is around SODA: pools, aliases, the context path, health, settings of running workers, the access log."""
import time

import pytest

from fcgi_peer import Worker
from lib import CLIENT_KEYS, Soda, same, wait_for

ID = {"Request-Id": "the-same"}


@pytest.fixture(scope="module")
def pools(new_site):
    """Pools default and sales, each with a schema hr; an alias of default is called as the other pool, one differs from its
    schema."""
    s = new_site(workers=1, schemas=("hr",), settings={"security.credentials.attempts": "-1"})
    s.cords("install", "--db-pool", "sales", "--db-file", str(s.folder / "sales.db"))
    s.cords("schema", "enable", "hr", "--db-pool", "sales", "--password-stdin", stdin="sold\n")
    s.cords("schema", "enable", "shadowed", "--alias", "SALES", "--password-stdin", stdin="secret\n")
    s.cords("schema", "enable", "people", "--alias", "Folks", "--password-stdin", stdin="secret\n")

    def soda(base, user, password="secret"):
        return Soda("127.0.0.1", s.port, user, password, base)
    s.at = soda
    wait_for(lambda: soda("/ords/sales/hr/soda/latest", "hr", "sold").get("/").status == 200)
    return s


# ---- which pool, which schema ----

def test_the_first_segment_chooses_the_pool(pools):
    """OR-01, OR-09: and links keep pool and alias as they were typed"""
    one, other = pools.at("/ords/hr/soda/latest", "hr"), pools.at("/ords/sales/hr/soda/latest", "hr", "sold")
    for soda, word in ((one, "default"), (other, "sales")):
        assert soda.put("/where", CLIENT_KEYS).status == 201
        assert soda.put("/where/am", {"i": word}).status == 201
    for soda, word in ((one, "default"), (other, "sales")):
        assert soda.get("/where/am").json == {"i": word}
        (item,) = soda.get("/where").json["items"]
        assert item["links"][0]["href"] == f"http://127.0.0.1:{pools.port}{soda.base}/where/am"
    typed = pools.at("/ords/sales/HR/soda/v1.0", "hr", "sold")
    assert typed.get("/where").json["items"][0]["links"][0]["href"].endswith("/ords/sales/HR/soda/v1.0/where/am")
    assert pools.at("/ords/hr/soda/latest", "hr", "sold").get("/").status == 401


@pytest.fixture(scope="module")
def rules(pools):
    """the same pools, by rules"""
    r = {"prefix": "/ords/shop=sales, http://b.example/ords/shop/eu=default,/ords/shop/eu/deep=sales,https://b.example/ords=gone",
         "host": "sales.example=sales,b.example:81=sales,gone.example=gone", "header": "X-Region: far away=sales"}
    for kind, text in r.items():
        pools.cords("config", "set", f"request.mapping.{kind}", text)
    assert pools.cords("validate", check=False).stdout.count("leads to the pool gone") == 2
    w = Worker(pools)
    yield w
    w.stop()
    for kind in r:
        pools.cords("config", "delete", f"request.mapping.{kind}")


RULES = [  # path below the context, headers, the pool whose password is right; None: unmapped
    ("/hr", {}, "default"), ("/sales/hr", {}, "sales"), ("/shop/hr", {}, "sales"), ("/shopping/hr", {}, "none"),
    ("/hr", {"Host": "sales.example"}, "sales"), ("/hr", {"Host": "SALES.example:8080"}, "sales"), ("/hr", {"Host": "a.sales.example"}, "default"),
    ("/hr", {"Host": "b.example:81"}, "sales"), ("/hr", {"Host": "b.example:82"}, "default"),
    ("/shop/eu/hr", {"Host": "b.example"}, "default"), ("/shop/eu/hr", {"Host": "c.example"}, "none"),
    ("/shop/eu/deep/hr", {"Host": "b.example"}, "default-none"), ("/shop/eu/deep/hr", {"Host": "c.example"}, "sales"),
    ("/hr", {"X-Region": "far away"}, "sales"), ("/hr", {"X-Region": "far"}, "default"),
    ("/sales/hr", {"Host": "sales.example"}, "none"), ("/hr", {"Host": "gone.example"}, None),
    ("/shop/hr", {"Host": "gone.example"}, None)]


@pytest.mark.parametrize("path,headers,pool", RULES, ids=str)
def test_rules_choose_the_pool(rules, path, headers, pool):
    """OR-04: by prefix, host and header; of those that fit the longest one counts, and comes before the name of a pool"""
    def status(password):
        a = rules.ask("GET", f"/ords{path}/soda/latest/", user=f"hr:{password}", headers={"Host": "a.example", **headers})
        return a.status, a.body

    answers = {name: status(password)[0] for name, password in (("default", "secret"), ("sales", "sold"))}
    if pool is None:
        assert answers == {"default": 404, "sales": 404} and b"could not be mapped" in status("secret")[1]
    elif pool in answers:
        assert answers == {name: 200 if name == pool else 401 for name in answers}
    else:                       # a pool was found, and below it no such schema
        assert sorted(answers.values()) == [401, 404]


def test_unknown_first_segment(pools):
    """OR-02: there is a pool default, so it is simply not found"""
    for path in ("/ords/nowhere/hr/soda/latest", "/ords/nowhere", "/ords/SALES/hr/soda/latest", "/ords/default/hr/soda/latest", "/ords"):
        r = pools.client("hr", "secret").get(path)
        assert r.status == 404 and r.json["code"] == "NotFound" and "mapped" not in r.json["message"], path


def test_alias(pools):
    """OR-03: what stands in the URL is the alias, in either case, and not the schema's own name"""
    for alias in ("folks", "FOLKS", "Folks"):
        assert pools.at(f"/ords/{alias}/soda/latest", "people").get("/").status == 200
        assert pools.at(f"/ords/{alias}/soda/latest", "folks").get("/").status == 401       # accounts are called as schemas
    unknown = pools.at("/ords/nowhere/soda/latest", "hr").get("/", headers=ID)
    assert unknown.status == 404
    assert same(pools.at("/ords/people/soda/latest", "hr").get("/", headers=ID), unknown)
    pools.cords("schema", "disable", "people")
    assert same(pools.at("/ords/folks/soda/latest", "hr").get("/", headers=ID), unknown)
    pools.cords("schema", "enable", "people")
    assert pools.at("/ords/folks/soda/latest", "people").get("/").status == 200         # alias and password were kept
    pools.cords("schema", "enable", "people", "--alias", "crew")
    assert pools.at("/ords/crew/soda/latest", "people").get("/").status == 200
    assert same(pools.at("/ords/folks/soda/latest", "hr").get("/", headers=ID), unknown)


def test_pool_wins_over_alias(pools):
    """a name that is both is the pool; another spelling is the alias"""
    assert pools.at("/ords/sales/soda/latest", "shadowed").get("/").status in (401, 404)
    assert pools.at("/ords/Sales/soda/latest", "shadowed").get("/").status == 200


def test_pools_come_and_go(pools):
    """a running worker notices"""
    pools.cords("install", "--db-pool", "late", "--db-file", str(pools.folder / "late.db"))
    pools.cords("schema", "enable", "hr", "--db-pool", "late", "--password-stdin", stdin="secret\n")
    late = pools.at("/ords/late/hr/soda/latest", "hr")
    wait_for(lambda: late.get("/").status == 200)
    assert late.put("/c").status == 201
    pools.cords("config", "pool", "delete", "late")
    wait_for(lambda: late.get("/").status == 404)
    assert pools.at("/ords/hr/soda/latest", "hr").get("/").status == 200
    pools.cords("install", "--db-pool", "late", "--db-file", str(pools.folder / "late.db"))
    wait_for(lambda: late.get("/c").status == 200)              # the database was not touched
    pools.cords("config", "pool", "delete", "late")


@pytest.mark.parametrize("context", ["/api", "/a/b", "/ords.v1"])
def test_context_path(new_site, context):
    """everything lies below it, links as well"""
    s = new_site(start=False, settings={"standalone.context.path": context})
    w = Worker(s)
    try:
        assert w.ask("GET", f"{context}/_/health/live").status == 200
        a = w.ask("PUT", f"{context}/demo/soda/latest/c")
        assert a.status == 201 and a.headers["location"] == f"http://localhost{context}/demo/soda/latest/c/"
        assert w.ask("GET", f"{context}/demo/soda/latest/c").status == 200
        for outside in ("/", "/ords/demo/soda/latest/c", f"{context}x/demo/soda/latest/c", "/demo/soda/latest/c"):
            assert w.ask("GET", outside).status == 404, outside
    finally:
        w.stop()


# ---- health ----

def test_health(pools):
    """OR-69: without credentials, and without a word about hosts and files"""
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Origin": "https://elsewhere.example"}):
        r = pools.client().get("/ords/_/health/live", headers=headers)
        assert r.status == 200 and r.json == {"status": "UP"} and r.headers["Content-Type"] == "application/json"
        r = pools.client().get("/ords/_/health/ready", headers=headers)
        assert r.status == 200 and r.json["status"] == "UP"
        assert {("default", "UP"), ("sales", "UP")} <= {(p["name"], p["status"]) for p in r.json["pools"]}
        assert all(set(p) == {"name", "status"} for p in r.json["pools"])
    assert pools.client().head("/ords/_/health/live").status == 200
    r = pools.client().post("/ords/_/health/live")
    assert r.status == 405 and r.headers["Allow"] == "GET, HEAD"
    assert pools.client().get("/ords/_/health").status == 401           # what is not public is not told
    assert pools.client().get("/ords/sales/_/health/live").status == 200


# ---- settings of running workers ----

def test_settings_reach_running_workers(new_site):
    """OR-60: limits of pages, by the command line, without a restart, in every worker"""
    s = new_site(settings={"worker.maxRequests": "0"})      # a quick machine would spend them
    soda = s.soda()
    c = soda.make()
    c.add_all([{}] * 12)
    pids = s.worker_pids()

    def limits():
        return [c.get().json["limit"] for _ in range(6)]

    def change(*args):
        """and ask until three seconds have passed, within which every worker notices"""
        s.cords("config", *args)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            limits()
    assert limits() == [100] * 6
    change("set", "soda.defaultLimit", "5")
    assert limits() == [5] * 6
    change("set", "soda.maxLimit", "3")
    assert limits() == [3] * 6
    assert s.worker_pids() == pids


def test_broken_settings_change_nothing(new_site):
    """OR-61: the old ones stay, the log tells it once for each worker; mended ones count"""
    s = new_site(settings={"request.traceHeaderName": "First-Id"})
    soda = s.soda()
    path = s.config / "global" / "settings.xml"
    good = path.read_text()

    def names():
        return {h for _ in range(6) for h in soda.get("/").headers if h.endswith("-Id")}

    def told():
        return [x for x in s.log() if "settings.xml" in str(x)]
    assert names() == {"First-Id"}
    for broken in (good.replace("</properties>", ""), "", "<properties>", good.replace("First-Id", "Other-Id") + "x",
                   good.replace("First-Id", "x" * 100)):
        before = len(told())
        path.write_text(broken)

        def noticed():
            assert names() == {"First-Id"}
            return len(told()) > before
        wait_for(noticed)
    path.write_text(good.replace("First-Id", "Last-Id"))
    wait_for(lambda: names() == {"Last-Id"})
    assert len(told()) < 40


# ---- the access log ----

def test_access_log(pools):
    """one line for each request: who, from where, what, how long, and no content"""
    soda = pools.at("/ords/sales/hr/soda/latest", "hr", "sold")
    assert soda.put("/logged", CLIENT_KEYS).status == 201
    for i, (method, path, body, status) in enumerate([
            ("PUT", "/logged/the-key", {"a": "the-content"}, 201), ("GET", "/logged/the-key", None, 200),
            ("GET", "/logged?q=%7B%22a%22:%22the-content%22%7D", None, 200), ("POST", "/logged?action=query", {"a": "the-content"}, 200),
            ("DELETE", "/logged/the-key", None, 200), ("GET", "/missing/the-key", None, 404)]):
        assert soda.request(method, path, body, headers={"Request-Id": f"logged-{i}"}).status == status
        line = wait_for(lambda: [x for x in pools.log() if x.get("id") == f"logged-{i}"])
        assert len(line) == 1
        line = line[0]
        assert (line["method"], line["status"], line["user"], line["pool"]) == (method, status, "hr", "sales")
        assert line["address"] == "127.0.0.1" and line["route"].startswith("/soda/{version}/{collection}")
        assert {"time", "level", "event"} <= set(line)
    text = (pools.folder / "cords.log").read_text()
    assert "the-content" not in text and "sold" not in text
