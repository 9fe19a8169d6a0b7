"""Data Pump and object storage: a Swift with its S3 layer, and nginx as WebDAV; what is true of all kinds of URIs, and faults."""
import json
import os
import signal
import sqlite3
import subprocess
import threading

import pytest

import storage
from lib import BIN, runner_of, wait_for
from stores import N, Store, in_background, is_last, job_log, stage, state_of


@pytest.fixture(params=["basic", "swift", "s3", "temporary"])
def store(request, own):
    s = Store(request.param, own)
    yield s
    s.close()


def test_there_and_back(store):
    """a dump in an object, and from there into another pool; nothing is left in the directory but logs"""
    out = store.export("there.dmp").stdout
    assert is_last(out, "successfully completed") and ". . uploaded" in out, out
    assert store.server.names(store.bucket) == ["there.dmp"]
    assert is_last(store.load("there.dmp").stdout, "successfully completed")
    assert store.rows() == (N, 0, N - 1, "name 999 é")
    wait_for(lambda: not stage(store.site))


def test_objects_are_checked(store):
    """cords datapump check, of objects: by credential, or by a URI on standard input; damage is told, and nothing stays in the directory"""
    store.export("checked%U.dmp")
    who = ["--credential", store.credential.lower(), "--schema", "hr"] if store.credential else []

    def check(code=0):
        r = store.site.cords("datapump", "check", "-", *who, stdin=store.uri("checked%U.dmp", "GET") + "\n", check=False)
        assert r.returncode == code, r
        return r
    assert f"{N} row(s), of one point in time" in check().stdout
    good = store.server.get(store.bucket, "checked01.dmp")
    store.server.put(store.bucket, "checked01.dmp", good[:-100] + bytes([good[-100] ^ 1]) + good[-99:])
    assert "ODP-39142" in check(2).stderr
    assert not stage(store.site)


@pytest.mark.parametrize("store, size, most", [("s3", "5001G", "5000G"), ("swift", "5001G", "5000G"), ("temporary", "6G", "5G")],
                         indirect=["store"])
def test_objects_that_are_too_large(store, size, most):
    """what the storage can hold is known before there is a job: in parts, or in one piece where a URI lets do nothing else"""
    r = store.export("large%U.dmp", file_size=size, check=False)
    assert f"ODP-39001: invalid argument value for file_size: an object of this storage holds {most} at most" in r.stderr
    assert store.gate.requests == []
    store.export("large%U.dmp", file_size=most)


def test_what_exists_stays(store):
    """DP-54, of objects: an error before there is a job, unless it may be replaced"""
    store.server.put(store.bucket, "old.dmp", b"precious")
    r = store.export("old.dmp", check=False)
    assert "ODP-31641" in r.stderr and store.server.get(store.bucket, "old.dmp") == b"precious"
    store.export("old.dmp", reuse_dumpfiles=True)
    assert store.load("old.dmp") and store.rows()[0] == N


def test_weather(store):
    """R-27, F-18: an answer of trouble, a connection that is reset, and a byte that arrives as another one: the object comes whole
    in the end"""
    looks = 2 if store.kind == "swift" else 1       # requests of each process: looking, and a token
    fine = [(None, 0)] * (2 * looks + 1 + (store.kind == "s3"))     # before it is sent; S3 first hears of a condition
    store.gate.harm[:] = [*fine, ("answer", 503), (None, 0), ("reset", 3000), (None, 0), ("flip", 4000)]
    out = store.export("weather.dmp").stdout
    assert is_last(out, "successfully completed") and out.count("tried again in") == 3, out
    assert store.gate.harm == []
    store.load("weather.dmp")
    assert store.rows()[0] == N


def test_download_goes_on_where_it_was_cut(store):
    """R-27: what came is not asked for again"""
    store.export("cut.dmp", compression="NONE")
    size = len(store.server.get(store.bucket, "cut.dmp"))
    head = {"swift": 4, "s3": 2}.get(store.kind, 2)
    store.gate.requests.clear()
    store.gate.harm[:] = [*[(None, 0)] * (head - 1), ("cut", size - 20000), ("answer", 503)]
    out = store.load("cut.dmp").stdout
    assert out.count("tried again in") == 2 and is_last(out, "successfully completed"), out
    assert store.rows()[0] == N
    assert [r.split()[0] for r in store.gate.requests][-3:] == ["GET"] * 3
    sent = store.gate.passed[-1]
    assert sent < size / 2, "all of it came once more"


@pytest.fixture
def noise(own):
    """a table that makes a set of several files"""
    db = sqlite3.connect(own.db)
    db.execute("CREATE TABLE noise(id INTEGER PRIMARY KEY, b BLOB)")
    db.executemany("INSERT INTO noise VALUES (?, randomblob(10000))", [(i,) for i in range(700)])
    db.commit()
    yield
    db.execute("DROP TABLE noise")
    db.commit()
    db.close()


def test_several_objects(swift, noise):
    """a set of several, the last one last; without one of them, or with one damaged, an import changes nothing"""
    swift.export("many%U.dmp", file_size="1M")
    names = [n for n in swift.server.names(swift.bucket) if n.startswith("many")]
    assert names[:3] == ["many01.dmp", "many02.dmp", "many03.dmp"]
    out = swift.load("many%U.dmp").stdout
    assert is_last(out, "successfully completed"), out
    good = swift.server.get(swift.bucket, "many02.dmp")
    for bad in (good[:-1], good[:500] + bytes([good[500] ^ 1]) + good[501:]):
        swift.server.put(swift.bucket, "many02.dmp", bad)
        out = swift.load("many%U.dmp", check=False).stdout
        assert "ODP-39142" in out and "imported" not in out, out
    swift.server.put(swift.bucket, "many02.dmp", good)
    swift.server.request("DELETE", f"/v1/{storage.ACCOUNT}/{swift.bucket}/{names[-1]}")
    out = swift.load("many%U.dmp", check=False).stdout
    assert "ODP-39142" in out and "imported" not in out, out
    assert "ODP-31640" in swift.load("nosuch%U.dmp", check=False).stderr


@pytest.mark.parametrize("store", ["basic", "s3"], indirect=True)
def test_storage_stays_away(store):
    """R-27, F-18: after five more attempts the job is stopped, and goes on from what it has written, without a table read again"""
    looks, name = 2 if store.kind == "swift" else 1, f"AWAY_{store.kind}".upper()
    store.gate.harm[:] = [*[(None, 0)] * (2 * looks), *[("answer", 503)] * 30]
    r = store.export("away.dmp", check=False, job_name=name)
    assert r.returncode == 2 and r.stdout.count("tried again in") == 5 and is_last(r.stdout, "stopped due to fatal error"), r.stdout
    assert "does not answer as it should: HTTP 503" in r.stdout
    assert len(stage(store.site)) == 1
    store.gate.harm.clear()
    store.site.cords("datapump", "start", f"HR,{name}")
    wait_for(lambda: state_of(store.site, name) == "COMPLETED", 30)
    log = job_log(store.site, name)
    assert sum(line.startswith(". . exported") for line in log) == 1 and any("what is left is to publish it" in line for line in log)
    store.load("away.dmp")
    assert store.rows()[0] == N
    wait_for(lambda: not stage(store.site))


def test_credential_that_expired(swift):
    """F-18: a fatal line without the secret; with a new one the job goes on"""
    swift.gate.harm[:] = [*[(None, 0)] * 4, *[("answer", 403)] * 3]
    r = swift.export("expired.dmp", check=False, job_name="EXPIRED")
    assert "was refused by the object storage to this credential: HTTP 403" in r.stdout and storage.KEY not in r.stdout
    swift.gate.harm.clear()
    swift.site.cords("datapump", "start", "HR,EXPIRED")
    wait_for(lambda: state_of(swift.site, "EXPIRED") == "COMPLETED", 30)
    swift.load("expired.dmp")
    assert swift.rows()[0] == N


@pytest.mark.parametrize("store", ["basic", "swift"], indirect=True)
def test_runner_killed_while_it_sends(store, noise):
    """R-21, R-27, F-04: kill -9 between the objects of a set; another runner sends the rest, and what was there is left"""
    name = f"KILLED_{store.kind}".upper()
    gate = store.gate
    gate.hold_at = 2
    gate.hold = threading.Event()
    command = subprocess.Popen([BIN, "--config", store.site.config, "--quiet", "datapump", "export", "-", "--schema", "hr"],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=store.site.env)
    command.stdin.write(store.spec("killed%U.dmp", file_size="1M", job_name=name).encode())
    command.stdin.close()
    wait_for(lambda: gate.seen("PUT") == gate.hold_at)
    (pid,) = runner_of(store.site)
    os.kill(pid, signal.SIGKILL)
    assert "killed01.dmp" in store.server.names(store.bucket)
    assert len([n for n in store.server.names(store.bucket) if n.startswith("killed")]) <= 2
    gate.release()
    gate.requests.clear()
    wait_for(lambda: store.site.cords("datapump", "run-pending", check=False) and state_of(store.site, name) == "COMPLETED", 30)
    command.wait(20)
    log = job_log(store.site, name)
    assert any(line.startswith("The earlier run has written the whole set") for line in log), log
    assert sum(line.startswith('. . exported "hr"."emp"') for line in log) == 1
    assert not any(r.startswith("PUT") and "killed01" in r for r in gate.requests)
    out = store.load("killed%U.dmp").stdout
    assert is_last(out, "successfully completed"), out
    wait_for(lambda: not stage(store.site))


# ---- what is stopped, and what is not allowed ----

@pytest.mark.parametrize("verb, state", [("stop", "STOPPED"), ("kill", None)])
def test_orders_while_it_sends(swift, noise, verb, state):
    """DP-103, DP-104: stopped, the rest is sent later; killed, what was sent is removed"""
    name, before = f"ORDER_{verb}".upper(), set(swift.server.names(swift.bucket))
    swift.gate.hold, swift.gate.hold_at = threading.Event(), 3
    command = in_background(swift, f"order-{verb}%U.dmp", file_size="1M", job_name=name)
    wait_for(lambda: swift.gate.seen("PUT") == 3)
    assert len(set(swift.server.names(swift.bucket)) - before) == 2
    swift.site.cords("datapump", verb, f"HR,{name}")
    wait_for(lambda: state_of(swift.site, name) == state, 20)
    swift.gate.release()
    command.wait(20)
    sent = set(swift.server.names(swift.bucket)) - before
    if verb == "kill":
        assert sent == set()
    else:
        assert sent == {"order-stop01.dmp", "order-stop02.dmp"} and len(stage(swift.site)) > 2
        swift.site.cords("datapump", "start", f"HR,{name}")
        wait_for(lambda: state_of(swift.site, name) == "COMPLETED", 20)
        swift.load("order-stop%U.dmp")
    wait_for(lambda: not stage(swift.site))


def test_silence(swift):
    """R-27, R-42: a storage that takes bytes and says nothing is left after the time of the setting, and asked again"""
    swift.site.cords("config", "set", "--global", "datapump.objectStorage.timeout", "1s")
    swift.gate.harm[:] = [*[(None, 0)] * 5, ("stall", 3000)]
    out = swift.export("silent.dmp").stdout
    swift.site.cords("config", "set", "--global", "datapump.objectStorage.timeout", "2s")
    assert "no progress for" in out and is_last(out, "successfully completed"), out


def test_no_room_for_staging(swift):
    """R-29, F-13: neither an export nor an import goes below the room that shall stay"""
    swift.export("room.dmp")
    swift.site.cords("config", "set", "--global", "datapump.minFree", "1000000g")
    try:
        for run in (swift.export, swift.load):
            out = run("room.dmp", check=False, **({"reuse_dumpfiles": True} if run == swift.export else {})).stdout
            assert "datapump.minFree" in out and is_last(out, "stopped due to fatal error"), out
    finally:
        swift.site.cords("config", "set", "--global", "datapump.minFree", "0")
    wait_for(lambda: not stage(swift.site))
    swift.load("room.dmp")


@pytest.mark.parametrize("status", [302, 307])
def test_no_redirect_is_followed(swift, status):
    """R-64"""
    swift.gate.harm[:] = [(None, 0), ("answer", status)]
    r = swift.export("elsewhere.dmp", check=False)
    assert r.returncode == 2 and f"HTTP {status}: it leads elsewhere, which is not followed" in r.stderr
    assert len(swift.gate.requests) == 2


def test_certificate_is_checked(swift):
    """R-64: also when the host is allowed"""
    swift.site.cords("config", "delete", "--global", "datapump.objectStorage.caFile")
    r = swift.export("untrusted.dmp", check=False)
    assert "the certificate of 127.0.0.1 is not trusted" in r.stderr and swift.gate.requests == []


def test_name_that_leads_into_the_own_network(swift):
    """R-64, DP-60: the address counts that is connected, whatever the name was allowed for"""
    port = swift.gate.port
    spec = swift.spec("own.dmp").replace("127.0.0.1", "localhost")
    for hosts, words in ((f"localhost:{port}", "ODP-39000: host localhost leads to the address"),
                         (f"localhost:{port},10.0.0.0/8", "ODP-39000: host localhost leads to the address"),
                         (f"localhost:{port},127.0.0.0/8,::1", "the certificate of localhost is not trusted"),
                         (f"*.example.com,127.0.0.0/8,127.0.0.1:{port}", "ODP-39000: host localhost, port")):
        swift.site.cords("config", "set", "--global", "datapump.objectStorage.allowedHosts", hosts)
        r = swift.site.cords("datapump", "export", "-", "--schema", "hr", stdin=spec, check=False)
        assert r.returncode == 2 and words in r.stderr, (hosts, r.stderr)
    assert swift.gate.requests == []


def test_proxies_of_the_environment_are_not_asked(swift):
    """R-64"""
    env = dict(swift.site.env)
    swift.site.env.update(https_proxy="http://127.0.0.1:1", HTTPS_PROXY="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1")
    try:
        swift.export("direct.dmp")
    finally:
        swift.site.env = env


@pytest.fixture(scope="module")
def served(own):
    own.start()
    yield own
    own.stop()


def api(site, schema):
    c = site.client(schema, "secret")
    c.base = f"/ords/{schema}/_/db-api/stable/database/datapump"
    return c


def settled(site):
    """workers have read the settings that were changed last"""
    before = len(site.events("config.reloaded"))
    site.cords("config", "set", "soda.defaultLimit", str(before + 1))
    wait_for(lambda: site.client().get("/ords/_/health/live").status == 200 and len(site.events("config.reloaded")) > before)


def test_credentials_of_others(served, swift):
    """DP-59, R-60: of another schema, unknown, disabled: the same words"""
    settled(served)
    body = json.loads(swift.spec("theirs.dmp"))
    said = set()
    r = api(served, "other").post("/export", body)
    said.add((r.status, r.json["message"]))
    served.cords("credential", "disable", swift.credential, "--schema", "hr")
    r = api(served, "hr").post("/export", body)
    said.add((r.status, r.json["message"]))
    r = api(served, "hr").post("/export", {**body, "credential_name": "NOSUCH"})
    said.add((r.status, r.json["message"].replace("NOSUCH", swift.credential)))
    assert said == {(400, f"ODP-39205: credential {swift.credential} is not available")}
    served.cords("credential", "enable", swift.credential, "--schema", "hr")
    r = api(served, "hr").post("/export", {**body, "credential_name": swift.credential.lower()})
    assert r.status == 201, r


def test_uris_that_are_refused(served, swift):
    """DP-60: before there is a job, and before anybody is asked"""
    settled(served)
    c = api(served, "hr")
    good = swift.uri("x.dmp")
    jobs = c.get("/jobs/").json["count"]
    for uri in (good.replace("https", "http"), good.replace("https", "file"), good.replace("127.0.0.1", "127.0.0.2"),
                good.replace("127.0.0.1", "2130706433"), good.replace("127.0.0.1", "0x7f.1"), good.replace("127.0.0.1", "[::1]"),
                good.replace("127.0.0.1", "joe@127.0.0.1"), good.replace(str(swift.gate.port), "22"), "https://169.254.169.254/latest/x",
                "https://example.com/b/o", "https://localhost/b/o", good + "/../x", good + "%%0a", good + "#x", "https://x.blob.core.windows.net/c/b"):
        r = c.post("/export", {"file_name": uri, "credential_name": swift.credential})
        assert r.status == 400 and r.json["message"].startswith(("ODP-39000", "ODP-39124")), (uri, r)
    assert swift.gate.requests == [] and c.get("/jobs/").json["count"] == jobs


def test_secret_of_a_uri_is_nowhere(served):
    """DP-61, R-61: neither in answers, nor in logs, nor in the row of the job; but the job works"""
    store = Store("temporary", served)
    settled(served)
    query = store.uri("x").partition("?")[2]
    secret = query.partition("=")[2].partition("&")[0]
    c = api(served, "hr")
    seen = []
    for what, method in (("export", "PUT"), ("import", "GET")):
        r = c.post(f"/{what}", {"file_name": store.uri("secret.dmp", method), "table_exists_action": "REPLACE"})
        assert r.status == 201, r
        path = r.headers["Location"].partition("/datapump")[2]
        job = wait_for(lambda: (i := c.get(path).json)["state"] == "NOT RUNNING" and i, 20)
        assert job["job_state"] == "COMPLETED", job
        log = c.get(next(link["href"] for link in job["links"] if link["href"].endswith(".LOG")).partition("/datapump")[2]).body.decode()
        assert what == "import" or "secret.dmp?****" in log
        assert not [link for link in job["links"] if "secret.dmp" in link["href"]]
        seen += [r.body.decode(), json.dumps(job), log]
    r = c.post("/export", {"file_name": store.uri("secret.dmp")})
    assert r.status == 409, r
    seen.append(r.body.decode())
    for path in served.folder.rglob("*"):
        if path.is_file():
            seen.append(path.read_bytes().decode("latin-1"))
    import_secret = store.uri("x", "GET").partition("?")[2].partition("=")[2].partition("&")[0]
    assert not [text[:200] for text in seen if secret in text or import_secret in text]
    store.close()
