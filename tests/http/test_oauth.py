"""OAuth 2: clients, their tokens, and what both may not do."""
import base64
import concurrent.futures
import json
import os
import re
import signal
import time
import urllib.parse

import pytest

from fcgi_peer import Worker
from lib import CLIENT_KEYS, every_operation, same, wait_for

ID = {"Request-Id": "the-same"}                 # so that answers can be compared byte for byte
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = {"grant_type": "client_credentials"}
VERSION = "/_/db-api/latest/database/version"
SETTINGS = {"database.api.enabled": "true", "datapump.minFree": "0", "security.credentials.attempts": "-1"}


def make_client(site, schema, name, roles="SODA Developer"):
    """id and secret of a new client"""
    made = json.loads(site.cords("client", "create", schema, name, roles, "--json").stdout)
    assert set(made) == {"client_id", "client_secret"}
    return made["client_id"], made["client_secret"]


def basic(who):
    return {"Authorization": "Basic " + base64.b64encode(":".join(who).encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def ask(site, who=None, form=GRANT, schema="demo", **headers):
    """an answer of the token endpoint; who: by Basic"""
    body = form if isinstance(form, (bytes, str)) else urllib.parse.urlencode(form)
    h = {**FORM, **(basic(who) if who else {}), **{k.replace("_", "-"): v for k, v in headers.items()}}
    return site.client().post(f"/ords/{schema}/oauth/token", body, headers=h)


def token_of(site, who, schema="demo"):
    r = ask(site, who, schema=schema)
    assert r.status == 200, r
    return r.json["access_token"]


def get(site, token, path="/ords/demo/soda/latest/", **headers):
    return site.client().get(path, headers={**bearer(token), **headers})


@pytest.fixture(scope="module")
def home(new_site):
    """Two workers, two schemas; a client of each, and one of demo that may run SQL"""
    s = new_site(settings=SETTINGS, schemas=("demo", "other"))
    s.report, s.foreign = make_client(s, "demo", "report"), make_client(s, "other", "report")
    s.sql = make_client(s, "demo", "sql", "SQL Developer, SODA Developer")
    return s


# ---- getting a token ----

def test_a_token_and_what_it_opens(home):
    """OR-17: three members, not to be stored; whatever the roles of the client allow, on every operation"""
    r = ask(home, home.report)
    assert r.status == 200 and r.headers["Content-Type"] == "application/json"
    assert list(r.json) == ["access_token", "token_type", "expires_in"]
    assert r.json["token_type"] == "bearer" and r.json["expires_in"] == 3600
    assert re.fullmatch("[A-Za-z0-9_-]{22}", r.json["access_token"])
    assert r.headers["Cache-Control"] == "no-store" and r.headers["Pragma"] == "no-cache"
    auth = bearer(r.json["access_token"])
    soda = home.soda()
    assert soda.put("/walk", CLIENT_KEYS, auth=False, headers=auth).status == 201
    for method, path, body in every_operation("walk"):
        answer = soda.request(method, path, body, auth=False, headers=auth)
        assert answer.status not in (401, 403, 500, 503), (method, path, answer)
    assert home.client().get("/ords/demo/open-api-catalog/", headers=auth).status == 200
    for scheme in ("bearer", "BEARER", "Bearer  "):
        assert soda.get("/", auth=False, headers={"Authorization": f"{scheme} {r.json['access_token']}"}).status == 200


def test_ways_to_say_who_asks(home):
    """RFC 6749 2.3.1: a header or the form; what is empty is missing, what is unknown is ignored"""
    who, secret = home.report
    both = {**GRANT, "client_id": who, "client_secret": secret}
    assert ask(home, form=both).status == 200
    assert ask(home, home.report, form={**GRANT, "client_id": who, "client_secret": "", "scope": "", "resource": "x"}).status == 200
    assert ask(home, form=both, Content_Type="Application/X-WWW-form-urlencoded ; charset=UTF-8").status == 200
    escaped = "&".join(f"{k}={''.join(f'%{ord(c):02x}' for c in v)}" for k, v in both.items())
    assert ask(home, form=f"&{escaped}&").status == 200
    assert ask(home, home.report, schema="DEMO").status == 200


def test_every_token_is_another(home):
    """whoever asks at the same time gets one, on every engine"""
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        tokens = list(crowd.map(lambda _: token_of(home, home.report), range(48)))
    assert len(set(tokens)) == 48
    assert {get(home, t).status for t in tokens} == {200}


UNKNOWN_CLIENT, WRONG = ("no-such-client-00000000", "x"), "wrong secret"
REFUSED = [  # who, form, status, error
    ("wrong", GRANT, 401, "invalid_client"), (UNKNOWN_CLIENT, GRANT, 401, "invalid_client"),
    (("demo", "secret"), GRANT, 401, "invalid_client"), (("x" * 70, "y"), GRANT, 401, "invalid_client"),
    (None, GRANT, 401, "invalid_client"), ("foreign", GRANT, 401, "invalid_client"),
    (None, {**GRANT, "client_id": "report", "client_secret": "x"}, 401, "invalid_client"),
    (None, {**GRANT, "client_id": "only"}, 401, "invalid_client"),
    ("right", {}, 400, "invalid_request"), ("right", {"grant_type": ""}, 400, "invalid_request"),
    ("right", {"grant_type": "password", "username": "demo", "password": "secret"}, 400, "unsupported_grant_type"),
    ("right", {"grant_type": "authorization_code", "code": "x"}, 400, "unsupported_grant_type"),
    ("right", {"grant_type": "Client_Credentials"}, 400, "unsupported_grant_type"),
    ("right", {**GRANT, "scope": "everything"}, 400, "invalid_scope"),
    ("right", {**GRANT, "client_secret": "x"}, 400, "invalid_request"),
    ("right", {**GRANT, "client_id": "another"}, 400, "invalid_request")]


@pytest.mark.parametrize("who,form,status,error", REFUSED, ids=str)
def test_refused(home, who, form, status, error):
    """OR-18: the words of RFC 6749 5.2, nothing to be stored, and 401 says how to do it"""
    who = {"right": home.report, "wrong": (home.report[0], WRONG), "foreign": home.foreign}.get(who, who)
    r = ask(home, who, form)
    assert r.status == status and r.json["error"] == error and r.json["error_description"], r
    assert set(r.json) == {"error", "error_description"} and r.headers["Content-Type"] == "application/json"
    assert r.headers["Cache-Control"] == "no-store"
    assert (r.headers["WWW-Authenticate"] or "").startswith("Basic ") == (status == 401)


def test_a_schema_is_not_told(home):
    """R-60: one that does not exist, of others, or closed: the same as a wrong secret, to the byte"""
    home.cords("schema", "enable", "closed", "--password-stdin", stdin="secret\n")
    closed = make_client(home, "closed", "report")
    assert ask(home, closed, schema="closed").status == 200
    home.cords("schema", "disable", "closed")
    wrong = ask(home, (home.report[0], WRONG), Request_Id="the-same")
    for who, schema in ((home.report, "nosuch"), (home.report, "other"), (closed, "closed"), (UNKNOWN_CLIENT, "demo")):
        assert same(ask(home, who, schema=schema, Request_Id="the-same"), wrong), schema


@pytest.mark.parametrize("body", [
    "grant_type=client_credentials&grant_type=client_credentials", "grant_type=client_credentials&x=1&x=2",
    "client_id=a&client_id=b&grant_type=client_credentials", "grant_type=client_credentials%00", "grant_type=%zz", "a=%",
    b"grant_type=client\0credentials", b"grant_type=\xff", "grant_type=%ff%fe", "&".join(f"p{i}=1" for i in range(33)),
    "grant_type=" + "x" * 8200, "x" * 8193, "", '{"grant_type":"client_credentials"}', "\0" * 100, "=" * 50], ids=lambda b: repr(b)[:40])
def test_hostile_forms(home, body):
    """hostile input: never more than 400, whoever sends it; a name that says nothing is one of many that are ignored"""
    expected = (400, 401) if body == "" else (400,)
    for who in (home.report, None, (home.report[0], WRONG)):
        r = ask(home, who, body)
        assert r.status in ((400, 401) if r.json["error"] == "invalid_client" else expected), r
        assert r.json["error"] in ("invalid_request", "invalid_client")
        assert who == home.report or "access_token" not in r.json


@pytest.mark.parametrize("kind", [None, "application/json", "text/plain", "multipart/form-data; boundary=x",
                                  "application/x-www-form-urlencoded-not", ""])
def test_other_media_types(home, kind):
    r = ask(home, home.report, Content_Type=kind)
    assert r.status == 400 and r.json["error"] == "invalid_request"


@pytest.mark.parametrize("header", ["Basic", "Basic ###", "Basic AAAA", "Basic OnNlY3JldA==", "Bearer x", "Digest a=b", "x" * 8000,
                                    "Basic " + base64.b64encode(b"\xff:x").decode(), "Basic " + base64.b64encode(b"a\0b:x").decode()])
def test_malformed_credentials(home, header):
    r = ask(home, Authorization=header)
    assert r.status == 401 and r.json["error"] == "invalid_client"


def test_other_methods(home):
    """the path stands in every schema and in none, so it is no secret"""
    for schema in ("demo", "nosuch"):
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
            r = home.client().request(method, f"/ords/{schema}/oauth/token")
            assert r.status == 405 and r.headers["Allow"] == "POST", r
        assert home.client().request("OPTIONS", f"/ords/{schema}/oauth/token").headers["Allow"] == "POST"
    r = home.client().get("/ords/demo/oauth/auth?response_type=code&client_id=x")
    assert r.status == 400 and r.json["error"] == "unsupported_response_type"


# ---- using it ----

def test_every_worker_and_every_host(home, new_site):
    """OR-19: another process, another instance with a folder of its own, and whoever comes after a worker that was killed"""
    token = token_of(home, home.report)
    second = new_site(start=False, workers=1, settings=SETTINGS, engine=home.engine)
    if home.server is None:
        second.cords("config", "set", "db.file", str(home.db))
    else:
        second.cords("config", "set", "db.servicename", home.database)
    second.start()
    for _ in range(6):                          # of two workers
        assert get(home, token).status == get(second, token).status == 200
    assert get(home, token_of(second, home.report)).status == 200
    before = home.worker_pids()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(home.worker_pids()) == 2 and not set(before) & set(home.worker_pids()))
    wait_for(lambda: get(home, token).status == 200)
    home.cords("client", "revoke", "demo", "report")
    assert {get(s, token).status for s in (home, second) for _ in range(4)} == {401}


BAD_TOKENS = ["", "x", "0" * 22, "0" * 8000, "a b", "ZGVtbzpzZWNyZXQ=", "'--", "%00", "\"x\"", "null"]


@pytest.mark.parametrize("token", BAD_TOKENS, ids=lambda t: t[:12])
def test_unknown_tokens(home, token):
    """OR-20: 401 with invalid_token wherever credentials are looked at, before anything else is told"""
    for path in ("/ords/demo/soda/latest/", "/ords/demo/soda/latest/nosuch/k", "/ords/nosuch/soda/latest/", f"/ords/demo{VERSION}",
                 "/ords/demo/nosuch", "/ords/_/instance-api/stable/status", "/ords/demo/metadata-catalog/"):
        r = get(home, token, path)
        assert r.status == 401 and r.headers["WWW-Authenticate"] == 'Bearer realm="cords", error="invalid_token"', (path, r)
        assert r.json["code"] == "Unauthorized"
    assert get(home, token, "/ords/_/health/live").status == 200


def test_a_token_in_other_places_is_none(home):
    """a URL is written to logs; what stands there, or in a cookie, is not looked at"""
    token = token_of(home, home.report)
    for path, headers in ((f"?access_token={token}", {}), ("", {"Cookie": f"access_token={token}"}),
                          ("", {"Authorization": f"Basic {token}"}), ("", {"Authorization": token})):
        r = home.soda().get("/" + path, auth=False, headers=headers)
        assert r.status == 401
        assert r.headers.get_all("WWW-Authenticate") == ['Basic realm="cords", charset="UTF-8"', 'Bearer realm="cords"']


def test_expired(new_site):
    """OR-20: and its row goes when the next one is made"""
    s = new_site(workers=1, settings={**SETTINGS, "security.oauth.tokenLifetime": "1s"})
    who = make_client(s, "demo", "report")
    r = ask(s, who)
    assert r.json["expires_in"] == 1
    assert get(s, r.json["access_token"]).status == 200
    r = wait_for(lambda: (x := get(s, r.json["access_token"])).status == 401 and x)
    assert "invalid_token" in r.headers["WWW-Authenticate"]
    token_of(s, who)
    assert s.rows("SELECT count(*) FROM ords_tokens") == [[("1",)]]


def test_a_client_that_asks_without_end(new_site):
    """R-41: the table of tokens does not grow with requests, also of several at once; what was given out last opens, at every worker"""
    s = new_site(settings={**SETTINGS, "security.oauth.maxTokens": "20"})
    who, other = make_client(s, "demo", "greedy"), make_client(s, "demo", "modest")
    kept = token_of(s, other)
    with concurrent.futures.ThreadPoolExecutor(4) as crowd:
        assert all(crowd.map(lambda _: token_of(s, who), range(60)))
    assert 10 <= int(s.rows("SELECT count(*) FROM ords_tokens")[0][0][0]) <= 20 + 4
    last = token_of(s, who)
    assert {get(s, t).status for t in (last, kept) * 6} == {200}


def test_changes_count_at_once(home):
    """OR-20: roles, a new secret, revoked tokens, a closed schema, a client that is gone: at the next request of every worker"""
    def statuses(token, path="/ords/demo/soda/latest/"):
        return {get(home, token, path).status for _ in range(6)}
    who = make_client(home, "demo", "short", "SODA Developer")
    token = token_of(home, who)
    assert statuses(token) == {200} and statuses(token, f"/ords/demo{VERSION}") == {403}
    home.cords("client", "roles", "demo", "short", "sql developer")
    assert statuses(token) == {403} and statuses(token, f"/ords/demo{VERSION}") == {200}
    home.cords("client", "roles", "demo", "short", "SODA Developer")
    home.cords("client", "revoke", "demo", "short")
    assert statuses(token) == {401}
    token = token_of(home, who)
    assert statuses(token) == {200}
    changed = json.loads(home.cords("client", "secret", "demo", "short", "--json").stdout)
    assert changed["client_id"] == who[0] and changed["client_secret"] != who[1]
    assert statuses(token) == {401} and ask(home, who).status == 401
    token = token_of(home, (who[0], changed["client_secret"]))
    home.cords("schema", "disable", "demo")
    assert statuses(token) == {401}
    home.cords("schema", "enable", "demo")
    assert statuses(token) == {200}
    home.cords("client", "delete", "demo", "short")
    assert statuses(token) == {401} and ask(home, (who[0], changed["client_secret"])).status == 401


def test_other_schemas(home):
    """OR-21, OR-12: those of others cannot be told from missing ones"""
    token = token_of(home, home.sql)
    for path in ("soda/latest/", "soda/latest/c", "_/db-api/latest/database/version", "metadata-catalog/", "nosuch"):
        answers = [get(home, token, f"/ords/{schema}/{path}", **ID) for schema in ("other", "nosuch")]
        assert answers[0].status == 404 and same(*answers), path
    assert get(home, token, f"/ords{VERSION}").status == 200


# ---- what it may do ----

def test_roles(home):
    """RFC 6750 3.1: 403 names the role and says insufficient_scope; a client is never more than its account"""
    soda, sql = token_of(home, home.report), token_of(home, home.sql)
    for path in (f"/ords/demo{VERSION}", "/ords/demo/_/db-api/latest/database/datapump/jobs"):
        r = get(home, soda, path)
        assert r.status == 403 and r.headers["WWW-Authenticate"] == 'Bearer realm="cords", error="insufficient_scope"'
        assert "SQL Developer" in r.json["message"]
        assert get(home, sql, path).status == 200
    assert get(home, sql, "/ords/_/instance-api/stable/status").status == 403
    r = home.cords("client", "create", "demo", "boss", "SQL Administrator", check=False)
    assert r.returncode == 1 and "no SQL Administrator itself" in r.stderr


def test_administrators(home):
    """SQL Administrator by a token only while the account of the schema is one"""
    home.cords("schema", "enable", "keeper", "--admin", "true", "--password-stdin", stdin="secret\n")
    token = token_of(home, make_client(home, "keeper", "boss", "SQL Administrator"), schema="keeper")
    elsewhere = f"/ords/demo{VERSION}"
    assert get(home, token, elsewhere).status == 200
    assert get(home, token).status == 404       # documents are for their owners
    home.cords("schema", "enable", "keeper", "--admin", "false")
    assert get(home, token, elsewhere).status == 404
    assert get(home, token, f"/ords/keeper{VERSION}").status == 403


def test_jobs_are_those_of_the_schema(home):
    """a job of a client belongs to its schema; the log names the client"""
    token = token_of(home, home.sql)
    r = home.client().post("/ords/demo/_/db-api/latest/database/datapump/export", {"job_name": "BY_TOKEN"},
                           headers={**bearer(token), "Content-Type": "application/json"})
    assert r.status == 201, r
    jobs = "/ords/demo/_/db-api/latest/database/datapump/jobs"
    listed = [j["job_name"] for c in (home.client(), home.client("demo", "secret"))
              for j in c.get(jobs, headers=bearer(token) if c.user is None else {}).json["items"]]
    assert listed == ["BY_TOKEN"] * 2
    assert {x["user"] for x in home.events("job.created")} == {"demo:sql"}
    wait_for(lambda: get(home, token, f"{jobs}/DEMO,BY_TOKEN").json["job_state"] == "COMPLETED")


def test_retries_of_clients_are_their_own(home):
    """R-05: an Idempotency-Key of a client is not that of the account, nor of another client"""
    soda = home.soda()
    assert soda.put("/kept").status == 201
    keys = set()
    for who in (home.report, home.sql, None):
        auth = {} if who is None else bearer(token_of(home, who))
        for _ in range(2):
            r = soda.post("/kept", {"a": 1}, headers={**auth, "Idempotency-Key": "one"}, auth=who is None)
            assert r.status == 201, r
            keys.add(r.json["items"][0]["id"])
    assert len(keys) == 3 and len(soda.get("/kept").json["items"]) == 3


# ---- secrets ----

def test_secrets_are_read_nowhere(new_site):
    """OR-22, R-61: not in the repository, in no log, not in what is kept for retries"""
    s = new_site(workers=1, settings=SETTINGS)
    who = make_client(s, "demo", "report")
    r = ask(s, who, Idempotency_Key="kept")
    assert r.status == 200
    again = ask(s, who, Idempotency_Key="kept")
    token = r.json["access_token"]
    assert again.json["access_token"] != token                      # a key is not for tokens
    assert get(s, token).status == 200
    assert ask(s, form={**GRANT, "client_id": who[0], "client_secret": who[1]}).status == 200
    for form in ("grant_type=x&client_secret=%zz" + who[1], "grant_type=&client_id=x&client_secret=" + who[1]):
        assert ask(s, form=form).status in (400, 401)
    assert get(s, token + "x").status == 401
    s.cords("client", "list")
    s.stop()
    written = b"".join((s.folder / f).read_bytes() for f in ("cords.log", "serve.err"))
    stored = s.everything() + b"".join(p.read_bytes() for p in s.folder.rglob("*") if p.is_file())
    assert b"client.create" in written and b"demo:report" in written
    for secret in (who[1], token, again.json["access_token"], basic(who)["Authorization"][6:]):
        assert secret.encode() not in written + stored


# ---- guessing, transport, other sites ----

def test_guessing(new_site):
    """R-67: ten wrong secrets of a client are enough; others are served, nobody waits, and all of it is logged"""
    s = new_site(workers=1)
    who, other = make_client(s, "demo", "report"), make_client(s, "demo", "other")
    token = token_of(s, who)
    begun = time.monotonic()
    assert [ask(s, (who[0], f"guess {i}")).status for i in range(12)] == [401] * 10 + [429] * 2
    assert time.monotonic() - begun < 5
    r = ask(s, who)
    assert r.status == 429 and 0 < int(r.headers["Retry-After"]) <= 600
    assert ask(s, other).status == 200 and get(s, token).status == 200
    assert s.soda().get("/").status == 200                         # the account is another one
    for i in range(40):
        ask(s, (f"nobody-{i}", "guess"))
    assert ask(s, other).status == 429                             # now it is the address
    assert get(s, token).status == 200
    events = {x["event"] for x in s.log()}
    assert {"login.failed", "login.locked", "login.throttled"} <= events
    assert who[0] in {x["user"] for x in s.events("login.failed")}


def test_tokens_need_https(new_site):
    """R-71, OR-23: whoever asks for a token or brings one, without HTTPS: 403, and nothing is tried"""
    s = new_site(start=False, settings={"security.verifySSL": "true"})
    who = make_client(s, "demo", "report")
    w = Worker(s)
    path, form = "/ords/demo/oauth/token", urllib.parse.urlencode({**GRANT, "client_id": who[0], "client_secret": who[1]})

    def post(**more):
        return w.ask("POST", path, form.encode(), user=None, CONTENT_TYPE=FORM["Content-Type"], **more)
    try:
        for not_secure in ({}, {"HTTPS": "off"}, {"HTTP_X_FORWARDED_PROTO": "https"}):
            a = post(**not_secure)
            assert a.status == 403 and "HTTPS is required" in json.loads(a.body)["message"], a
        a = post(HTTPS="on")
        assert a.status == 200
        header = {"HTTP_AUTHORIZATION": "Bearer " + json.loads(a.body)["access_token"]}
        assert w.ask("GET", "/ords/demo/soda/latest", user=None, **header).status == 403
        assert w.ask("GET", "/ords/demo/soda/latest", user=None, HTTPS="on", **header).status == 200
        assert not s.events("login.failed")
    finally:
        w.stop()


def test_other_sites(new_site):
    """R-66: a page of another site gets no token, one of a listed origin may read it"""
    s = new_site(workers=1, settings={"security.externalSessionTrustedOrigins": "https://app.example.com"})
    who = make_client(s, "demo", "report")
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
        assert ask(s, who, **headers).status == 403
    r = ask(s, who, Origin="https://app.example.com")
    assert r.status == 200 and r.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    r = ask(s, (who[0], WRONG), Origin="https://app.example.com")
    assert r.status == 401 and r.headers["Access-Control-Allow-Origin"] == "https://app.example.com"


def test_the_document_of_the_api_says_so(home):
    """ords.md 6: securitySchemes name the place where tokens are had"""
    document = get(home, token_of(home, home.report), "/ords/demo/open-api-catalog/").json
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow == {"scopes": {}, "tokenUrl": f"http://127.0.0.1:{home.port}/ords/demo/oauth/token"}
    assert {"oauth2": []} in document["security"] and {"basicAuth": []} in document["security"]
