"""Where a request comes from: HTTPS, proxies and what they forward, Host, other sites."""
import json

import pytest

from fcgi_peer import Worker
from lib import wait_for

SODA = "/ords/demo/soda/latest"


# ---- transport ----

HINT = "HTTPS is required for this resource."


@pytest.fixture
def told(new_site):
    """told(settings): a worker of a site with these settings, asked without a web server"""
    workers = []

    def make(**settings):
        s = new_site(start=False, settings={k.replace("__", "."): v for k, v in settings.items()})
        workers.append(Worker(s))
        return workers[-1]

    yield make
    for w in workers:
        w.stop()


def test_credentials_need_https(told):
    """OR-23, OR-28, R-71: 403 with the hint, the password not tried; what is public is served"""
    w = told(security__verifySSL="true", database__api__enabled="true", instance__api__enabled="true")
    for user in ("demo:secret", "demo:wrong", "nobody:x"):
        a = w.ask("GET", SODA, user=user)
        assert a.status == 403 and json.loads(a.body)["message"].startswith(HINT), a
        assert json.loads(a.body)["code"] == "Forbidden"
    assert w.ask("GET", SODA, user=None).status == 401
    assert w.ask("GET", "/ords/_/health/live", user=None).status == 200
    # where nobody is served without a password, nobody is asked for one
    for path in ("/ords/_/instance-api/stable/status", "/ords/demo/_/db-api/stable/database/version", "/ords/demo/_/sql"):
        a = w.ask("GET", path, user=None)
        assert a.status == 403 and "www-authenticate" not in a.headers, a
        assert w.ask("GET", path, user=None, HTTPS="on").status == 401
    for secure in ({"HTTPS": "on"}, {"HTTPS": "1"}, {"HTTPS": "ON"}, {"REQUEST_SCHEME": "https"}):
        assert w.ask("GET", SODA, **secure).status == 200, secure
    for not_secure in ({"HTTPS": "off"}, {"HTTPS": ""}, {"HTTPS": "0"}, {"HTTPS": "yes"}, {"REQUEST_SCHEME": "http"},
                       {"SERVER_PORT": "443"}, {"HTTP_HTTPS": "on"}, {"HTTP_X_FORWARDED_PROTO": "https"},
                       {"HTTP_X_FORWARDED_SSL": "on"}, {"HTTP_FORWARDED": "proto=https"}, {"HTTP_FRONT_END_HTTPS": "on"}):
        assert w.ask("GET", SODA, **not_secure).status == 403, not_secure
    assert not w.site.events("login.failed")
    assert {"forbidden"} <= {line["event"] for line in w.site.log()}


def test_loopback_may_go_without(told):
    """R-71: by setting, for clients of this machine"""
    w = told(security__verifySSL="loopback")
    for address, status in (("127.0.0.1", 200), ("127.8.9.1", 200), ("::1", 200), ("unix:", 200), ("192.0.2.1", 403),
                            ("10.0.0.1", 403), ("::2", 403), ("::ffff:127.0.0.1", 200), ("127.0.0.1.example", 403),
                            ("localhost", 403)):
        assert w.ask("GET", SODA, REMOTE_ADDR=address).status == status, address
    w = told(security__verifySSL="false")
    assert w.ask("GET", SODA, REMOTE_ADDR="192.0.2.1").status == 200


def test_https_by_header(told):
    """OR-24, OR-25, OR-26: from trusted proxies only; the first of a list counts, in either case"""
    w = told(security__verifySSL="true", security__httpsHeaderCheck="X-Forwarded-Proto: https",
             security__trustedProxies="10.0.0.0/8, 2001:db8::/32")

    def ask(value, address="10.1.2.3", name="X-Forwarded-Proto"):
        return w.ask("GET", SODA, headers={name: value}, REMOTE_ADDR=address).status
    for value in ("https", "HTTPS", "https, http", " https ", "Https,http"):
        assert ask(value) == 200, value
    for value in ("http", "http, https", "https1", "", "httpshttps", "https;x"):
        assert ask(value) == 403, value
    assert ask("https", "2001:db8::5") == 200
    for address in ("127.0.0.1", "192.0.2.1", "11.0.0.1", "2001:db9::5", "unix:", ""):
        assert ask("https", address) == 403, address
    assert ask("https", name="X_Forwarded_Proto") in (200, 403)         # the same variable: refused by web servers, not here
    assert ask("https", name="X-Forwarded-Protocol") == 403


def test_forced_https(told):
    """OR-27: reads are sent there, the rest is refused"""
    w = told(security__forceHTTPS="true", security__verifySSL="false")
    for method in ("GET", "HEAD"):
        a = w.ask(method, SODA + "/c?limit=1&q=%7B%7D", user=None, HTTP_HOST="example.com:8080")
        assert a.status == 301 and a.headers["location"] == f"https://example.com{SODA}/c?limit=1&q=%7B%7D"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        a = w.ask(method, SODA + "/c", b"{}")
        assert a.status == 403 and HINT in json.loads(a.body)["message"]
    assert w.ask("GET", SODA, HTTPS="on").status == 200


# ---- forwarding headers and Host ----

def test_links_say_what_the_client_called(told):
    """OR-07, OR-09, R-68: scheme by the variables, host and port by Host, schema as typed"""
    w = told(security__verifySSL="false")

    def link(host="localhost", path="/ords/demo/soda/latest", **more):
        a = w.ask("GET", path + "/custom-actions", HTTP_HOST=host, **more)
        assert a.status == 200, a
        return json.loads(a.body)["items"][0]["links"][0]["href"].removesuffix("/custom-actions/delete/")
    assert link("example.com:8080") == "http://example.com:8080/ords/demo/soda/latest"
    assert link("example.com", HTTPS="on") == "https://example.com/ords/demo/soda/latest"
    assert link("[::1]:8443", REQUEST_SCHEME="https") == "https://[::1]:8443/ords/demo/soda/latest"
    assert link("192.0.2.7", path="/ords/DEMO/soda/v1") == "http://192.0.2.7/ords/DEMO/soda/v1"


@pytest.mark.parametrize("address,trusted", [("127.0.0.1", True), ("::1", True), ("unix:", True), ("10.0.0.1", False),
                                             ("192.168.1.1", False), ("203.0.113.9", False), ("::2", False)])
def test_forwarding_headers(told_once, address, trusted):
    """OR-08, R-68: the spoof matrix: forwarding headers count only from trusted peers, whatever they are called"""
    w = told_once

    def href(**headers):
        a = w.ask("GET", SODA + "/custom-actions", headers={k.replace("_", "-"): v for k, v in headers.items()},
                  REMOTE_ADDR=address, HTTP_HOST="own.example:81")
        assert a.status == 200, a
        return json.loads(a.body)["items"][0]["links"][0]["href"]
    own, lie = "http://own.example:81/ords/", "http://lie.example/ords/"
    assert href(X_Forwarded_Host="lie.example").startswith(lie if trusted else own)
    assert href(X_Forwarded_Host="lie.example, own.example").startswith(lie if trusted else own)
    for name in ("X_Host", "X_Forwarded_Server", "X_Original_Host", "Forwarded", "X_Original_URL", "X_Rewrite_URL",
                 "X_Forwarded_Prefix", "X_Forwarded_Port", "X_Real_IP", "Client_IP", "Proxy"):
        assert href(**{name: "lie.example"}).startswith(own), name
    # the address of the log
    w.ask("GET", SODA, user="demo:guess", headers={"X-Forwarded-For": "198.51.100.1, 198.51.100.77",
                                                   "Request-Id": f"spoof-{w.pid}"}, REMOTE_ADDR=address)
    line = wait_for(lambda: [x for x in w.site.events("login.failed") if x["id"] == f"spoof-{w.pid}"])[-1]
    assert line["address"] == ("198.51.100.77" if trusted else address)


@pytest.fixture(scope="module")
def told_once(new_site):
    w = Worker(new_site(start=False, settings={"security.verifySSL": "false", "security.credentials.attempts": "-1"}))
    yield w
    w.stop()


@pytest.mark.parametrize("host", ["a/b", "a@b", "a#b", "a?b", "a b", "a:99999", "a:", "a:x", ":80", "[::1", "[::1]x", "a,b", "a\\b",
                                  '"a"', "<a>", "é", "a\r\nX: y", "[]", "a:80:80", "x" * 300])
def test_malformed_hosts(told_once, host):
    """R-68: 400 in Host, and in X-Forwarded-Host of a trusted peer; ignored from others"""
    w = told_once
    a = w.ask("GET", SODA + "/custom-actions", HTTP_HOST=host)
    assert a.status == 400 and json.loads(a.body)["o:errorCode"] == "OSODA-00004"
    forwarded = w.ask("GET", SODA + "/custom-actions", HTTP_X_FORWARDED_HOST=host)
    assert forwarded.status == (200 if host == "a,b" else 400)          # this one may be a list
    assert w.ask("GET", SODA + "/custom-actions", HTTP_X_FORWARDED_HOST=host, REMOTE_ADDR="192.0.2.1").status == 200


def test_public_url_and_hosts(told):
    """R-68: what an administrator said stands above every header"""
    w = told(public__url="https://api.example.com", public__hosts="api.example.com, localhost:8080",
             security__verifySSL="false")
    for headers in ({}, {"X-Forwarded-Host": "api.example.com:81"}):
        a = w.ask("GET", SODA + "/custom-actions", HTTP_HOST="localhost:8080", headers=headers)
        assert b'"https://api.example.com/ords/demo/' in a.body
    for host, status in (("api.example.com", 200), ("API.example.com:9", 200), ("localhost:8080", 200), ("localhost", 400),
                         ("localhost:80", 400), ("example.com", 400), ("xapi.example.com", 400), ("api.example.com.x", 400)):
        assert w.ask("GET", SODA + "/custom-actions", HTTP_HOST=host).status == status, host


# ---- other sites ----

@pytest.fixture(scope="module")
def listed(new_site):
    s = new_site(settings={"security.externalSessionTrustedOrigins": "https://app.example.com, http://localhost:3000"})
    assert s.soda().put("/c").status == 201
    return s


UNSAFE = [("POST", "/c", {"a": 1}), ("POST", "/c?action=truncate", None), ("POST", "/c?action=delete", {}),
          ("PUT", "/new", None), ("PUT", "/c/k", {}), ("PATCH", "/c/k", {}), ("DELETE", "/c/k", None), ("DELETE", "/c", None)]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://app.example.com",
                                    "https://app.example.com.evil", "https://app.example.com:444",
                                    "https://app.example.com https://evil.example", "https://evil.example, https://app.example.com",
                                    "file://", "app.example.com", "https://xapp.example.com"])
def test_other_origins_change_nothing(listed, origin):
    """OR-29, R-66: 403 on every unsafe method, with the right password, too"""
    soda = listed.soda()
    for method, path, body in UNSAFE:
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            for auth in (True, False):
                r = soda.request(method, path, body, headers={"Origin": origin, "Content-Type": kind}, auth=auth)
                assert r.status == 403 and r.json["code"] == "Forbidden", (method, path, r)
                assert "Access-Control-Allow-Origin" not in r.headers and "WWW-Authenticate" not in r.headers
    r = soda.get("/c", headers={"Origin": origin})
    assert r.status == 200 and "Access-Control-Allow-Origin" not in r.headers
    assert r.json["items"] == [] and soda.get("/new").status == 404
    r = soda.request("OPTIONS", "/c", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}, auth=False)
    assert r.status == 204 and not any(h.lower().startswith("access-control") for h in r.headers)


def test_cross_site_without_an_origin(listed):
    """R-66: a forged form or a fetch without CORS, as browsers mark them"""
    soda = listed.soda()
    for method, path, body in UNSAFE:
        r = soda.request(method, path, body, headers={"Sec-Fetch-Site": "cross-site"})
        assert r.status == 403, (method, path, r)
    assert soda.get("/c", headers={"Sec-Fetch-Site": "cross-site"}).json["items"] == []
    for site in ("same-origin", "none", "same-site"):
        assert soda.request("PUT", "/c", headers={"Sec-Fetch-Site": site}).status == 200


def test_listed_origins(listed):
    """OR-29, R-66: allowed with CORS headers, which name that origin and never '*'; preflight 204"""
    soda = listed.soda()
    for origin in ("https://app.example.com", "http://localhost:3000", f"http://127.0.0.1:{listed.port}"):
        r = soda.put("/c", headers={"Origin": origin})
        assert r.status == 200, (origin, r)
        if "127" in origin:
            assert "Access-Control-Allow-Origin" not in r.headers       # its own pages need no leave
            continue
        for r in (r, soda.get("/c", headers={"Origin": origin}), soda.get("/c", headers={"Origin": origin}, auth=False),
                  soda.get("/missing", headers={"Origin": origin})):
            assert r.headers["Access-Control-Allow-Origin"] == origin
            assert r.headers["Access-Control-Allow-Credentials"] == "true"
            assert "Origin" in r.headers["Vary"]
            readable = r.headers["Access-Control-Expose-Headers"].split(", ")
            assert {"ETag", "Location", "WWW-Authenticate", "Retry-After", "Request-Id"} <= set(readable) and "*" not in readable
        r = soda.request("OPTIONS", "/c", auth=False,
                         headers={"Origin": origin, "Access-Control-Request-Method": "PUT",
                                  "Access-Control-Request-Headers": "authorization,if-match"})
        assert r.status == 204 and r.headers["Access-Control-Allow-Origin"] == origin
        assert {"GET", "PUT", "PATCH", "DELETE"} <= set(r.headers["Access-Control-Allow-Methods"].split(", "))
        assert {"authorization", "if-match", "if-modified-since", "range", "content-range", "idempotency-key", "request-id"} <= set(
            r.headers["Access-Control-Allow-Headers"].lower().split(", "))


def test_own_origin(told_once):
    """R-66: scheme, host and port as the links have them; the default port may be said or left out"""
    def put(origin, **more):
        return told_once.ask("PUT", SODA + "/own", headers={"Origin": origin}, **more).status
    for origin, status in (("http://own.example", 201), ("http://own.example:80", 200), ("HTTP://OWN.example", 200),
                           ("https://own.example", 403), ("http://own.example:81", 403), ("http://own.example.x", 403)):
        assert put(origin, HTTP_HOST="own.example") == status, origin
    for origin, status in (("https://own.example", 200), ("https://own.example:443", 200), ("http://own.example", 403)):
        assert put(origin, HTTP_HOST="own.example", HTTPS="on") == status, origin
        assert put(origin, HTTP_HOST="own.example:443", HTTPS="on") == status, origin
    assert put("https://own.example", HTTP_HOST="inner", HTTP_X_FORWARDED_HOST="own.example", HTTPS="on") == 200
    assert put("https://own.example", HTTP_HOST="inner", HTTP_X_FORWARDED_HOST="own.example", HTTPS="on",
               REMOTE_ADDR="192.0.2.1") == 403
