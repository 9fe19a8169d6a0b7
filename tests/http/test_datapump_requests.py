"""Data Pump as it is asked for: what is refused before a job exists, and jobs that nobody runs yet."""
import json
import re

import pytest

API = "/ords/demo/_/db-api/stable"
PUMP = API + "/database/datapump"


def client_of(site, user="demo", schema="demo"):
    c = site.client(user, "secret")
    c.base = f"/ords/{schema}/_/db-api/stable/database/datapump"
    return c


@pytest.fixture(scope="module")
def waiting(new_site):
    """a site where jobs wait for run-pending, which nobody calls"""
    s = new_site(start=False, settings={"database.api.enabled": "true", "datapump.runner": "cron"})
    s.cords("config", "user", "add", "--password-stdin", "walker", "SODA Developer", stdin="secret\n")
    s.cords("schema", "enable", "other", "--password-stdin", stdin="secret\n")
    s.cords("config", "set", "datapump.directory.VAULT", str(s.folder / "vault"))
    s.cords("config", "set", "datapump.directory.VAULT.roles", "SQL Administrator")
    s.start()
    return s


@pytest.fixture
def api(waiting):
    return client_of(waiting)


def problem(r, status, begins=""):
    assert r.status == status, r
    assert r.headers["Content-Type"] == "application/problem+json"
    body = r.json
    assert {"code", "title", "message", "type", "instance"} <= set(body), body
    assert body["message"].startswith(begins), body
    return body["message"]


def created(r):
    assert r.status == 201, r
    return r.json


def test_switched_off(new_site):
    """DP-01"""
    s = new_site(workers=1)
    c = client_of(s)
    for method, path in (("POST", "/export"), ("POST", "/import"), ("POST", "/jobs/"), ("GET", "/jobs/"), ("GET", "/jobs/DEMO,X/"),
                         ("POST", "/jobs/DEMO,X/"), ("DELETE", "/jobs/DEMO,X/"), ("GET", "/jobs/DEMO,X/X.LOG"), ("PUT", "/files/X.DMP"),
                         ("GET", "/nosuch")):
        for auth in (None, False):
            problem(c.request(method, path, {} if method == "POST" else None, auth=auth), 404)


def test_strangers(api):
    """DP-02"""
    for method, path in (("POST", "/export"), ("POST", "/import"), ("POST", "/jobs/"), ("GET", "/jobs/"), ("GET", "/jobs/DEMO,X/"),
                         ("GET", "/jobs/DEMO,X/X.LOG")):
        r = api.request(method, path, {} if method == "POST" else None, auth=False)
        problem(r, 401)
        assert "WWW-Authenticate" in r.headers


def test_role(waiting):
    """DP-03: an account that may only use SODA"""
    problem(client_of(waiting, "walker").post("/export", {}), 403)


def test_the_answer_to_a_new_job(api):
    """DP-04, DP-10, DP-11, DP-12, DP-13, DP-14, DP-15"""
    r = api.post("/export", {})
    job = created(r)
    assert re.fullmatch(r"DATAPUMP_REST_EXPORT_\d{14}(_\d+)?", job["job_name"])
    assert r.headers["Location"] == r.headers["Content-Location"] == job["links"][-1]["href"]
    assert r.headers["Location"].endswith(f"{PUMP}/jobs/DEMO,{job['job_name']}/")
    assert re.fullmatch(r'"[A-Za-z0-9+/]{86}=="', r.headers["ETag"])
    types = {"job_name": str, "owner_name": str, "operation": str, "job_mode": str, "state": str, "degree": int,
             "attached_sessions": int, "datapump_sessions": int, "job_state": str, "links": list}
    assert {k: type(job[k]) for k in types} == types
    assert (job["owner_name"], job["operation"], job["job_mode"], job["state"]) == ("DEMO", "EXPORT", "SCHEMA", "DEFINING")
    assert [link["rel"] for link in job["links"]] == ["collection", "describedby", "related", "self"]
    assert all(link["href"].startswith("http://") for link in job["links"])
    log = job["links"][2]["href"].rpartition("/")[2]
    assert re.fullmatch(r"EXPDAT-\d{4}-\d\d-\d\d-\d\d_\d\d_\d\d(-\d+)?\.LOG", log)
    assert re.sub(r"\D", "", log) == re.sub(r"\D", "", job["job_name"])


def test_links_say_how_the_client_came(new_site):
    """DP-13: https where the web server in front has spoken it"""
    s = new_site(workers=1, settings={"database.api.enabled": "true", "datapump.runner": "cron",
                                      "security.httpsHeaderCheck": "X-Forwarded-Proto: https"})
    c = client_of(s)
    for proto in ("http", "https"):
        r = c.post("/export", {}, headers={"X-Forwarded-Proto": proto})
        hrefs = [link["href"] for link in created(r)["links"]] + [r.headers["Location"]]
        assert {h.partition(":")[0] for h in hrefs} == {proto}, hrefs


def test_empty_bodies(api):
    """DP-05, DP-06"""
    assert created(api.request("POST", "/export", b"", headers={"Content-Type": ""}))["job_mode"] == "SCHEMA"
    assert created(api.request("POST", "/export/", b" \n "))["job_mode"] == "SCHEMA"
    problem(api.request("POST", "/export", b"{}", headers={"Content-Type": "text/plain"}), 415)


@pytest.mark.parametrize("path, body, begins", [
    ("/export", b'{"job_mode":', "ODP-39001: invalid request body: not JSON: the text ends"),   # DP-07
    ("/export", b'{"threads":1,}', "ODP-39001: invalid request body: not JSON: a member name in quotes is expected at byte 13"),
    ("/export", b"[]", "ODP-39001: invalid request body: an object is needed"),                 # DP-08
    ("/jobs/", b"{}", "ODP-39001: operation is required"),                                      # DP-18
    ("/jobs/", b'{"operation":"MERGE"}', "ODP-39001: invalid argument value for operation"),    # DP-19
    ("/export", b'{"job_mode":"TRANSPORTABLE"}', "ODP-39001: invalid argument value for job_mode"),     # DP-20
    ("/export", b'{"job_mode":"TABLESPACE"}', "ODP-39039"),                                     # DP-23
    ("/export", b'{"threads":0}', "ODP-39001: invalid argument value for threads"),             # DP-24
    ("/export", b'{"threads":-1}', "ODP-39001: invalid argument value for threads"),
    ("/export", b'{"threads":1.5}', "ODP-39001: invalid argument value for threads"),
    ("/export", b'{"threads":"2"}', "ODP-39001: invalid argument value for threads"),
    ("/export", b'{"threads":65}', "ODP-39001: invalid argument value for threads"),
    ("/export", b'{"keep_master":2}', "ODP-39001: invalid argument value for keep_master"),     # DP-75
    ("/export", b'{"keep_master":true}', "ODP-39001: invalid argument value for keep_master"),
    ("/import", b"{}", "ODP-39000: file_name is required"),                                     # DP-43
    ("/import", b'{"file_name":"NOSUCH.DMP"}', "ODP-31640"),                                    # DP-44
    ("/export", b'{"file_name":"../x.DMP"}', "ODP-39124"),                                      # DP-47
    ("/export", b'{"file_name":"/etc/x"}', "ODP-39124"),
    ("/export", b'{"file_name":"a/b"}', "ODP-39124"),
    ("/export", b'{"file_name":".x"}', "ODP-39124"),
    ("/export", b'{"file_name":"a\\u0000b"}', "ODP-39001: invalid argument value for file_name"),
    ("/export", b'{"file_name":"a\\nb"}', "ODP-39124"),
    ("/export", b'{"file_name":"a\\"b"}', "ODP-39124"),
    ("/export", b'{"file_name":"a%Qb"}', "ODP-39124"),                                          # DP-48
    ("/export", b'{"credential_name":"C"}', "ODP-39000: file_name must be an https URI"),       # DP-58
    ("/export", b'{"credential_name":"C","file_name":"X.DMP"}', "ODP-39000: file_name must be an https URI"),
    ("/import", b'{"file_name":"X.DMP","remap_schemas":[{"source":"A","target":"B"},{"source":"a","target":"C"}]}',
     "ODP-39001: invalid argument value for remap_schemas[1]"),                                 # DP-62
    ("/import", b'{"content":"DATA_ONLY","table_exists_action":"SKIP","file_name":"X.DMP"}',
     "ODP-39001: invalid argument value for table_exists_action"),                              # DP-95
    ("/export", b'{"name_expressions":[{"expression":"=\'A\'"},{"expression":"LIKE \'A%\' OR 1=1"}]}',
     "ODP-39071: value for name_expressions[1] is badly formed at position 11"),                # DP-35, DP-37
    ("/export", b'{"name_expressions":[{"expression":"= (select 1)"}]}', "ODP-39071"),
    ("/export", b'{"name_expressions":[{"expression":"=\'A\';"}]}', "ODP-39071"),
    ("/export", b'{"name_expressions":[{"expression":"=\'A\' --"}]}', "ODP-39071"),
    ("/export", b'{"name_expressions":[{"expression":"=\'A\'"},{"expression":5}]}',
     "ODP-39001: invalid argument value for name_expressions[1]"),                              # DP-36
    ("/export", b'{"name_expressions":["LIKE \'A\'"]}', "ODP-39001: invalid argument value for name_expressions[0]"),
    ("/export", b'{"name_expressions":[{}]}', "ODP-39001: invalid argument value for name_expressions[0]"),
    ("/export", b'{"filter":"HR;"}', "ODP-39071: value for filter is badly formed at position 3"),      # DP-42
])
def test_refused(api, path, body, begins):
    """DP-07, DP-08, DP-18, DP-19, DP-20, DP-23, DP-24, DP-35, DP-36, DP-37, DP-42, DP-43, DP-44, DP-47, DP-48, DP-58, DP-62, DP-75,
    DP-95: told at once, and no job is left"""
    before = api.get("/jobs/?limit=1000").json["count"]
    problem(api.request("POST", path, body), 400, begins)
    assert api.get("/jobs/?limit=1000").json["count"] == before


def test_methods(api):
    """DP-09"""
    r = api.get("/export")
    problem(r, 405)
    assert r.headers["Allow"] == "POST"
    assert set(api.request("DELETE", "/jobs/").headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_two_in_one_second(api):
    """DP-17"""
    jobs = [created(api.post("/export", {})) for _ in range(4)]
    assert len({j["job_name"] for j in jobs}) == 4
    assert len({j["links"][2]["href"].rpartition("/")[2] for j in jobs}) == 4


def test_rights_of_a_developer(api):
    """DP-21, DP-22: the same words for a schema that exists and for one that does not"""
    problem(api.post("/export", {"job_mode": "FULL"}), 403, "ODP-31631")
    said = {problem(api.post("/export", {"schema_expressions": [{"expression": f"= '{name}'"}]}), 403)
            for name in ("NOSUCH", "ORDS_METADATA", "MAIN")}
    assert len(said) == 1
    created(api.post("/export", {"schema_expressions": [{"expression": "in ('demo')"}]}))


def test_warnings(api):
    """DP-26, DP-27"""
    job = created(api.post("/export", {"threads": 8, "jobMode": "FULL", "remap_schemas": [{"source": "A", "target": "B"}]}))
    said = " ".join(job["warnings"])
    assert "jobMode" in said and "remap_schemas" in said and "threads" not in said
    assert created(api.post("/export", {})).get("warnings") is None


def test_directories(api):
    """DP-57: an unknown directory and a forbidden one are told alike"""
    said = [problem(api.post("/export", {"datapump_dir": d}), 400, "ODP-39087").replace(d, "X") for d in ("VAULT", "NOSUCH")]
    assert said[0] == said[1]


def test_job_names(api):
    """a name of the client's own, once; ODP-31634"""
    job = created(api.post("/export", {"job_name": "nightly_1"}))
    assert job["job_name"] == "NIGHTLY_1"
    problem(api.post("/export", {"job_name": "Nightly_1"}), 409, "ODP-31634")
    problem(api.post("/export", {"job_name": "1st"}), 400, "ODP-39")


def test_listing(api):
    """DP-64, DP-65, DP-66"""
    names = [created(api.post("/export", {}))["job_name"] for _ in range(3)]
    page = api.get("/jobs/").json
    assert [k for k in page if k != "links"] == ["items", "hasMore", "limit", "offset", "count"]
    assert [i["job_name"] for i in page["items"][:3]] == names[::-1]
    seen, url = [], "/jobs/?limit=1"
    while url:
        page = api.get(url).json
        seen += [i["job_name"] for i in page["items"]]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        assert page["hasMore"] == bool(following)
        url = following[0].partition(PUMP)[2] if following else None
    assert len(seen) == len(set(seen)) and set(names) <= set(seen)
    assert api.get("/jobs/", params={"q": '{"operation":"IMPORT"}'}).json["items"] == []
    found = api.get("/jobs/", params={"q": json.dumps({"job_name": {"$eq": names[0]}})}).json["items"]
    assert [i["job_name"] for i in found] == names[:1]
    problem(api.get("/jobs/", params={"q": '{"operation":{"$above":1}}'}), 400)


def test_one_job(api):
    """DP-68, DP-69, DP-70, DP-73"""
    name = created(api.post("/export", {}))["job_name"]
    r = api.get(f"/jobs/DEMO,{name}/")
    assert r.status == 200
    for path in (f"/jobs/demo,{name}", f"/jobs/Demo%2C{name}/", f"/jobs/DEMO,{name.lower()}"):
        assert api.get(path).json == r.json
    again = api.get(f"/jobs/DEMO,{name}/", headers={"If-None-Match": r.headers["ETag"]})
    assert again.status == 304 and again.body == b""
    for path in ("/jobs/DEMO,NOSUCH/", "/jobs/NOSUCH/", f"/jobs/OTHER,{name}/", f"/jobs/DEMO,{name}/NOSUCH.DMP",
                 f"/jobs/DEMO,{name}/%2e%2e%2fx"):
        r = api.get(path)
        assert r.status in (400, 404), r


def test_tenants(api, waiting):
    """DP-67, R-60: jobs of another schema are not there"""
    c = client_of(waiting, "other", "other")
    name = created(api.post("/export", {}))["job_name"]
    assert c.get("/jobs/").json["items"] == []
    for method in ("GET", "DELETE"):
        problem(c.request(method, f"/jobs/DEMO,{name}/"), 404)
    problem(c.post(f"/jobs/DEMO,{name}/", {"action": "KILL_JOB"}), 404)
    assert api.get(f"/jobs/DEMO,{name}/").status == 200


def test_orders(api):
    """DP-105 as far as nobody runs: a waiting job is stopped, started, removed"""
    name = created(api.post("/export", {}))["job_name"]
    job = f"/jobs/DEMO,{name}/"
    for body in ({"action": "DANCE"}, {"action": 5}, {}, {"action": "PARALLEL"}, {"action": "PARALLEL", "threads": 0}):
        problem(api.post(job, body), 400, "ODP-39001")
    problem(api.delete(job), 409)
    r = api.post(job, {"action": "STOP_JOB"})
    assert r.status == 202 and (r.json["state"], r.json["job_state"]) == ("NOT RUNNING", "STOPPED"), r
    r = api.post(job, {"action": "START_JOB"})
    assert r.status == 202 and r.json["state"] == "DEFINING", r
    problem(api.post(job, {"action": "START_JOB"}), 409)
    assert api.post(job, {"action": "KILL_JOB"}).status == 202
    problem(api.get(job), 404)


def test_uploads(api, waiting):
    """a dump is sent whole or in pieces, in order; what is no dump is not listed"""
    assert api.put("/files/WHOLE.DMP", b"no dump").status == 201
    problem(api.put("/files/WHOLE.DMP", b"no dump"), 409, "ODP-31641")
    pieces = [b"0123", b"45", b"6789"]
    at = 0
    for i, piece in enumerate(pieces):
        r = api.put("/files/PIECES.DMP", piece, headers={"Content-Range": f"bytes {at}-{at + len(piece) - 1}/10"})
        assert r.status == (201 if i == 2 else 202), r
        at += len(piece)
    assert (waiting.config / "datapump" / "PIECES.DMP").read_bytes() == b"0123456789"
    assert (waiting.config / "datapump" / "PIECES.DMP").stat().st_mode & 0o777 == 0o600
    problem(api.put("/files/LATE.DMP", b"45", headers={"Content-Range": "bytes 4-5/10"}), 400)
    problem(api.put("/files/X.DMP", b"45", headers={"Content-Range": "bytes 0-5/10"}), 400, "ODP-39000")
    for name in ("..%2fx", ".x", "a%22b"):
        assert api.put(f"/files/{name}", b"x").status in (400, 404)
    assert api.get("/files/").json["items"] == []
