"""Which server a pool uses: db.hosts in their order, TLS on the way, and why nobody is let in."""
import time

import pytest

import servers
from fcgi_peer import Worker
from lib import ENGINES, Site

pytestmark = pytest.mark.skipif(ENGINES[0] == "sqlite", reason="about servers")

SODA = "/ords/demo/soda/latest"
ENGINE = ENGINES[0]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return servers.tls_files(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def other(files):
    """a second server, with TLS, which tests kill"""
    return servers.another(ENGINE, tls=files, prefix="pair")


@pytest.fixture(scope="module")
def pair(tmp_path_factory, other):
    """the same pool on two servers: sites whose settings differ in the server only"""
    return [Site(tmp_path_factory.mktemp("site"), engine=ENGINE, server=server) for server in (other, servers.running(ENGINE))]


@pytest.fixture
def start():
    made = []

    def make(site, **settings):
        for key, value in settings.items():
            site.cords("config", "set", "db." + key, value)
        made.append(Worker(site))
        return made[-1]

    yield make
    for w in made:
        w.stop()


def hosts_of(pair):
    return ",".join(f"127.0.0.1:{s.server.port}" for s in pair)


def use_both(pair):
    """one site for both servers; the second server holds its repository in a database of the same name"""
    first, second = pair
    if first.database != second.database:
        second.cords("uninstall", "--yes")
        second.database = first.database
        second.cords("config", "set", "db.servicename", second.database)
        if second.engine == "postgresql":
            second.server.create(second.database)
        second.cords("install", "--admin-user", servers.ADMIN, "--password-stdin", stdin=servers.PASSWORD + "\n")
        second.cords("schema", "enable", "demo", "--password-stdin", stdin="secret\n")


# ---- why nobody is let in ----

CAUSES = [({"port": "1"}, "the host cannot be reached"),
          ({"hostname": "no.such.invalid"}, "the host cannot be reached"),
          ({"username": "nobody"}, "the login was refused"),
          ({"servicename": "nosuch"}, "the database does not exist"),
          ({"caFile": "none.pem", "tls": "verify"}, "TLS could not be agreed on"),
          ({"tls": "require"}, "TLS could not be agreed on" if ENGINE == "postgresql" else "encrypted connection"),
          ({"tls": "verify"}, "db.caFile is not set"),
          ({"engine": "mariadb" if ENGINE == "postgresql" else "postgresql"}, "")]


@pytest.mark.parametrize("settings,cause", CAUSES, ids=lambda x: "-".join(x) if isinstance(x, dict) else None)
def test_cause_of_an_unreachable_pool(new_site, start, settings, cause):
    """OR-35, R-46: 503 within ConnectionWaitTimeout + 1 s, which names the pool and one plain cause, and no password or host"""
    s = new_site(start=False)
    w = start(s, **settings)
    begun = time.monotonic()
    a = w.ask("GET", f"{SODA}/")
    assert time.monotonic() - begun < 4
    assert a.status == 503 and "retry-after" in a.headers, a
    text = a.body.decode()
    assert 'pool \\"default\\": ' in text and cause in text, text
    assert servers.PASSWORD not in text and "127.0.0.1" not in text and servers.USER not in text
    assert servers.PASSWORD not in (s.folder / "cords.log").read_text()
    assert w.is_well()


# ---- TLS ----

def test_tls(start, pair, files):
    """db.tls: the server itself says that the connection is encrypted; an unknown authority and a wrong name are refused"""
    site = pair[0]
    for tls, ca, status in (("require", "", 200), ("verify", files / "ca.pem", 200), ("verify", files / "server.pem", 503)):
        w = start(site, tls=tls, caFile=str(ca))
        assert w.ask("GET", f"{SODA}/").status == status, (tls, ca)
        if status == 200:
            assert tls_sessions(site) > 0
        w.stop()
    w = start(site, caFile=str(files / "ca.pem"), hostname="localhost.localdomain" if ENGINE == "postgresql" else "localhost.")
    assert w.ask("GET", f"{SODA}/").status == 503
    start(site, tls="off", caFile="", hostname="127.0.0.1").stop()


def tls_sessions(site):
    """connections of the runtime account that are encrypted"""
    if site.engine == "postgresql":
        q = f"SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE s.ssl AND a.usename = '{servers.USER}'"
        return int(site.server.psql("postgres", q, flags=("-At",)))
    q = f"SELECT count(*) FROM information_schema.processlist WHERE user = '{servers.USER}'"
    return int(site.server.mariadb(q)) and int(site.server.mariadb("SHOW GLOBAL STATUS LIKE 'Ssl_accepts'").split()[1])


# ---- several hosts ----

def test_next_host(start, pair):
    """F-09: the first host that answers is used; when it dies, the next one within 10 s; writes go on there"""
    use_both(pair)
    w = start(pair[0], hosts="127.0.0.1:1, " + hosts_of(pair))
    assert w.ask("PUT", f"{SODA}/c").status == 201
    assert w.ask("POST", f"{SODA}/c", b'{"a":1}').status == 201
    assert [len(r) for r in pair[0].rows("SELECT * FROM soda_collections")] == [1]
    assert [len(r) for r in pair[1].rows("SELECT * FROM soda_collections")] == [0]
    pair[0].server.kill()
    begun = time.monotonic()
    while (a := w.ask("PUT", f"{SODA}/d")).status != 201:
        assert a.status == 503 and time.monotonic() - begun < 10, a
        time.sleep(0.1)
    assert [len(r) for r in pair[1].rows("SELECT * FROM soda_collections")] == [1]
    pair[0].server.restart()
    assert w.is_well()


def test_standby_reads_only_where_nothing_else_is(start, pair):
    """F-09, F-15: a host that takes no writes is passed over; alone it serves reads, and what takes writes again is found"""
    use_both(pair)
    first = pair[0].server
    start(pair[0], hosts="").stop()
    w = start(pair[0])
    w.ask("PUT", f"{SODA}/reads")
    w.stop()
    first.take_writes(False)
    w = start(pair[0], hosts=hosts_of(pair))
    name = f"both{time.monotonic_ns()}"
    assert w.ask("PUT", f"{SODA}/{name}").status == 201
    assert (name,) in pair[1].rows("SELECT name FROM soda_collections")[0]
    w.stop()
    w = start(pair[0], hosts=f"127.0.0.1:1,127.0.0.1:{first.port}")
    assert w.ask("GET", f"{SODA}/reads").status == 200
    a = w.ask("POST", f"{SODA}/reads", b"{}")
    assert a.status == 503 and b"read only" in a.body, a
    first.take_writes(True)
    begun = time.monotonic()
    while (a := w.ask("POST", f"{SODA}/reads", b"{}")).status != 201:
        assert a.status == 503 and time.monotonic() - begun < 10, a
        time.sleep(0.1)
    start(pair[0], hosts="").stop()
