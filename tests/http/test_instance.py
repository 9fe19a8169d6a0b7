"""The instance API: what a System Administrator is told of program and pools."""
import re

import pytest

from lib import ENGINES, wait_for
from test_dbapi import is_problem

API = "/ords/_/instance-api/stable"


@pytest.fixture(scope="module", params=ENGINES)
def site(request, new_site):
    """A pool that works, and one whose file is not there."""
    s = new_site(start=False, engine=request.param, workers=1, schemas=("hr",),
                 settings={"instance.api.enabled": "true", "security.credentials.attempts": "-1"})
    s.cords("config", "--db-pool", "gone", "set", "db.file", str(s.folder / "nosuch.db"))
    if request.param != "sqlite":
        s.cords("config", "--db-pool", "gone", "set", "db.engine", "sqlite")
    for name, role in (("root", "System Administrator"), ("dba", "SQL Administrator")):
        s.cords("config", "user", "add", name, role, "--password-stdin", stdin="secret\n")
    s.start()
    return s


def test_status(site):
    """OR-70: version, worker, and each pool: up, or down and why; no file names"""
    r = site.client("root", "secret").get(API + "/status")
    assert r.status == 200, r
    body = r.json
    assert site.cords("--version").stdout.split()[1].startswith(body["version"])
    assert body["worker"]["pid"] in site.worker_pids() and body["worker"]["uptime_seconds"] >= 0
    pools = {p["name"]: p for p in body["pools"]}
    assert set(pools) == {"default", "gone"}
    up, down = pools["default"], pools["gone"]
    assert up["status"] == "UP" and up["engine"] == site.engine and up["durability"].startswith(("full", "weakened"))
    assert up["repository_level"] == body["repository_level"] > 0 and up["connections_max"] >= 1
    assert down["status"] == "DOWN" and down["error"] and "nosuch" not in r.body.decode()
    assert site.client("root", "secret").get(API + "/status").status == 200


def test_metrics(site):
    """the text exposition format"""
    r = site.client("root", "secret").get(API + "/metrics")
    assert r.status == 200 and r.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = r.body.decode().splitlines()
    assert all(re.fullmatch(r'# (HELP|TYPE) .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9]+', line) for line in lines)
    assert 'cords_pool_up{pool="default"} 1' in lines and 'cords_pool_up{pool="gone"} 0' in lines


def test_who_may_ask(site):
    """OR-70: nobody but a System Administrator"""
    for path in ("/status", "/metrics"):
        assert is_problem(site.client().get(API + path), 401, "Unauthorized")
        assert is_problem(site.client("hr", "secret").get(API + path), 403, "Forbidden")
        assert is_problem(site.client("dba", "secret").get(API + path), 403, "Forbidden")
        assert is_problem(site.client("root", "secret").post(API + path, {}), 405, "MethodNotAllowed")
        assert site.client("root", "secret").get(f"/ords/hr/_/instance-api/stable{path}").status in (403, 404)


def test_metrics_by_address(new_site):
    """11: an address that is listed needs no credentials, and no HTTPS, also while no pool is there; for metrics only, whatever a header
    says of the client"""
    s = new_site(engine="sqlite", start=False, workers=1, schemas=(), settings={
        "instance.api.enabled": "true", "security.verifySSL": "true", "security.trustedProxies": "", "instance.api.metricsAddresses": "10.9.9.0/24"})
    s.cords("config", "set", "db.file", str(s.folder / "nosuch.db"))
    s.start()

    def ask(path, **headers):
        return s.client().get(API + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert ask("/metrics").status == 403 and ask("/metrics", X_Forwarded_For="10.9.9.1").status == 403
    s.cords("config", "set", "instance.api.metricsAddresses", "10.9.9.0/24, 127.0.0.1")
    r = wait_for(lambda: (x := ask("/metrics")).status == 200 and x)
    assert 'cords_pool_up{pool="default"} 0' in r.body.decode().splitlines()
    assert ask("/status").status == 403 and ask("/metrics", Authorization="Basic eDp5").status == 403
    assert is_problem(s.client().post(API + "/metrics", {}), 405, "MethodNotAllowed")
    s.cords("config", "set", "instance.api.enabled", "false")
    wait_for(lambda: ask("/metrics").status == 404)
    s.cords("config", "set", "instance.api.metricsAddresses", "localhost", check=False)
    assert "localhost" not in s.cords("config", "get", "instance.api.metricsAddresses").stdout


def test_off_by_default(new_site):
    s = new_site(start=False, workers=1, schemas=())
    s.cords("config", "user", "add", "root", "System Administrator", "--password-stdin", stdin="secret\n")
    s.start()
    assert is_problem(s.client("root", "secret").get(API + "/status"), 404, "NotFound")
