"""The Database API: what lies below _/db-api/, who may ask, and in which form it fails."""
import pytest

from lib import ENGINES, Client

API = "_/db-api/stable"


@pytest.fixture(scope="module", params=ENGINES)
def api(request, new_site):
    """A site with the Database API; hr is SQL Developer, boss is SQL Administrator, root and guest are mid-tier users."""
    s = new_site(start=False, engine=request.param, workers=1, schemas=("hr", "boss"),
                 settings={"database.api.enabled": "true", "security.credentials.attempts": "-1"})
    s.cords("schema", "enable", "boss", "--admin", "true")
    s.cords("config", "user", "add", "root", "SQL Administrator", "--password-stdin", stdin="secret\n")
    s.cords("config", "user", "add", "guest", "SODA Developer", "--password-stdin", stdin="secret\n")
    s.start()

    def at(user, schema=None):
        base = f"/ords/{schema + '/' if schema else ''}{API}"
        return Client("127.0.0.1", s.port, user, "secret", base)
    s.at = at
    return s


def is_problem(r, status, code):
    """the form of ORDS, and no word of SODA"""
    body = r.json
    assert r.status == status and body["code"] == code, r
    assert r.headers["Content-Type"] == "application/problem+json"
    assert {"code", "title", "message", "type", "instance"} <= set(body)
    assert body["type"] == f"tag:oracle.com,2020:error/{code}"
    assert body["instance"].startswith("tag:oracle.com,2020:ecid/")
    assert not any(name.startswith("o:") for name in body)
    return True


def test_version(api):
    for path in ("/ords/hr/_/db-api/stable", "/ords/hr/_/db-api/latest"):
        r = api.client("hr", "secret").get(path + "/database/version")
        assert r.status == 200
        body = r.json
        assert body["product"].lower() == {"sqlite": "sqlite"}.get(api.engine, api.engine)
        assert body["version_full"].startswith(body["version"]) and body["version"][0].isdigit()
        assert body["links"][0] == {"rel": "self", "href": f"http://127.0.0.1:{api.port}{path}/database/version"}
    assert api.client("hr", "secret").get("/ords/hr/_/db-api/v2/database/version").status == 404
    assert api.at("hr", "hr").post("/database/version", {}).headers["Allow"] == "GET, HEAD"


def test_who_may_ask(api):
    """DP-02, DP-03 of the door itself: nobody is 401, who has another role is 403, another's schema does not exist"""
    assert is_problem(api.at("hr", "hr").get("/database/version", auth=False), 401, "Unauthorized")
    assert "Basic" in api.at("hr", "hr").get("/database/version", auth=False).headers["WWW-Authenticate"]
    assert is_problem(api.at("guest", "hr").get("/database/version"), 403, "Forbidden")
    assert is_problem(api.at("guest").get("/database/version"), 403, "Forbidden")
    assert is_problem(api.at("hr", "boss").get("/database/version"), 404, "NotFound")
    assert is_problem(api.at("hr", "nowhere").get("/database/version"), 404, "NotFound")
    for user, schema in (("hr", "hr"), ("boss", "hr"), ("boss", "boss"), ("root", "hr"), ("root", None), ("boss", None)):
        assert api.at(user, schema).get("/database/version").status == 200, (user, schema)
    assert is_problem(api.at("root").post("/database/version", {}), 405, "MethodNotAllowed")
    assert is_problem(api.at("root").get("/database/nosuch"), 404, "NotFound")


def test_off_by_default(new_site):
    """DP-01: as long as database.api.enabled is not set, everything answers 404, whoever asks"""
    s = new_site(workers=1, schemas=("hr",))
    for path in ("", "/", "/database/version", "/database/objects/tables/", "/database/datapump/jobs/", "/database/datapump/export",
                 "/metadata-catalog/openapi.json", "/nosuch"):
        for base in (f"/ords/hr/{API}", f"/ords/{API}", "/ords/hr/_/db-api/latest", f"/ords/nowhere/{API}"):
            for method in ("GET", "POST", "DELETE"):
                for auth in (True, False):
                    assert is_problem(s.client("hr", "secret").request(method, base + path, auth=auth), 404, "NotFound")
