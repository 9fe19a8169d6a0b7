"""Pools whose accounts are those of the database: db.credentialsSource=REQUEST."""
import json
import time

import pytest

import servers
from lib import CLIENT_KEYS, ENGINES, wait_for

pytestmark = pytest.mark.skipif(ENGINES[0] == "sqlite", reason="about servers")

ALL = {"postgresql": "SUPERUSER", "mariadb": "ALL PRIVILEGES ON *.*"}
SETTINGS = {"db.credentialsSource": "REQUEST", "restEnabledSql.active": "true", "database.api.enabled": "true",
            "security.credentials.attempts": "-1", "jdbc.auth.admin.role": "keepers"}
VERSION = "/_/db-api/latest/database/version"


@pytest.fixture(scope="module")
def site(new_site):
    """One worker, schemas and accounts ann, ben (in the role keepers), root_like (who may do everything)"""
    s = new_site(start=False, workers=1, settings=SETTINGS, schemas=())
    for name in ("ann", "ben"):
        s.server.make_account(name, f"{name}'s pass".replace("'", "''"))
        s.cords("schema", "enable", name)
    s.server.make_account("eve", "to be changed")
    s.cords("schema", "enable", "eve")
    s.server.make_account("root_like", "root's pass".replace("'", "''"), ALL[s.engine])
    s.cords("schema", "enable", "root_like")
    s.server.role("keepers", "ben")
    s.start()
    return s


def status(s, user, password, schema=None, path=VERSION):
    return s.client(user, password).get(f"/ords/{schema or user}{path}").status


def test_the_database_knows_the_password(site):
    """OR-10, OR-11, R-60: right, wrong, empty; an account without a schema is nobody; other schemas cannot be told from missing"""
    assert site.soda("ann", password="ann's pass").put("/c", CLIENT_KEYS).status == 201
    assert site.soda("ann", password="ann's pass").put("/c/k", {"a": 1}).status == 201
    assert status(site, "ann", "ann's pass") == 200
    for password in ("wrong", "", "ann's pass ", "ben's pass", "secret"):
        assert site.soda("ann", password=password).get("/c").status == 401, password
        assert status(site, "ann", password) == 401, password
    site.server.make_account("stranger", "known")
    for user, password in (("stranger", "known"), (servers.USER, servers.PASSWORD), (servers.ADMIN, servers.PASSWORD)):
        assert site.client(user, password).get("/ords/ann/soda/latest/c").status == 401, user
    assert site.soda("ben", user="ann", password="ann's pass").get("/c").status == 404
    # in any case of letters, for the name of the schema is what the database is told
    assert site.soda("ann", user="ANN", password="ann's pass").get("/c").status == 200


@pytest.mark.parametrize("password", ["a:b:c", ":", "pässwörd", "密码😀", '"quoted"', "x" * 500, "%41", "a\\b", "'--", "{a}", "}", "a}}b",
                                      "};Uid=admin;", "a;b", "Pwd=x", "[a]", "=", "?", "!@*()"], ids=lambda p: ascii(p[:20]))
def test_unusual_passwords(site, password):
    """OR-11, D-13: passwords are data, whatever the connection string makes of their characters"""
    in_sql = password.replace("'", "''") if site.engine == "postgresql" else password.replace("\\", "\\\\").replace("'", "''")
    site.server.new_password("eve", in_sql)
    assert status(site, "eve", password) == 200
    for wrong in (password + "x", password[:-1], password + " ", " " + password, password + ";", password + "}"):
        assert status(site, "eve", wrong) == 401, wrong


def test_statements_run_as_the_caller(site):
    """OR-14: what a SQL route asks, the database is asked by the account of the caller"""
    said = site.server.statements_of("ann", lambda: [status(site, "ann", "ann's pass") for _ in range(2)])
    assert "version" in said.lower(), said
    assert "ords_" not in said and "soda_" not in said, said


def test_listings_leave_out_what_the_account_may_not_use(site):
    """OR-14, OR-46: of a schema an account sees the tables that it may use, an administrator all"""
    site.server.owned_tables(site.database, "eve", "mine", "foreign")
    site.server.new_password("eve", "listed")

    def names(user, password):
        r = site.client(user, password).get("/ords/eve/_/db-api/latest/database/objects/tables/")
        assert r.status == 200, r
        return {i["table_name"].lower() for i in r.json["items"]}

    assert names("eve", "listed") == {"mine"}
    assert names("root_like", "root's pass") >= {"mine", "foreign"}


def test_rights_on_the_repository_stay_with_the_runtime_account(site):
    """R-60, R-70: documents are there for their owner through cords, and not for the account in the database"""
    assert site.soda("ann", password="ann's pass").get("/c/k").json == {"a": 1}
    said = site.server.statements_of("ann", lambda: site.soda("ann", password="ann's pass").get("/c/k"))
    assert "soda_" not in said


def test_administrators_of_the_database(site):
    """OR-15: members of jdbc.auth.admin.role and accounts that may do everything; a SQL route of another schema is theirs"""
    assert status(site, "ann", "ann's pass", "ben") == 404
    assert status(site, "ben", "ben's pass", "ann") == 200
    assert status(site, "root_like", "root's pass", "ann") == 200
    assert site.soda("ann", "ben", "ben's pass").get("/c").status == 404


def test_listings_are_those_of_the_account(site):
    """OR-14, OR-46: who may see a table is for the database to say; an administrator sees all but the repository"""
    if site.engine == "postgresql":
        site.server.psql(site.database, "CREATE SCHEMA ann AUTHORIZATION ann", "CREATE TABLE ann.mine(i int)", "ALTER TABLE ann.mine OWNER TO ann")
    else:
        site.server.mariadb("CREATE DATABASE ann; CREATE TABLE ann.mine(i int); GRANT ALL ON ann.* TO ann@'%'")
    try:
        def listed(user, password):
            r = site.client(user, password).get("/ords/ann/_/db-api/stable/database/objects/tables/?limit=1000")
            assert r.status == 200, r
            return {(t["owner"], t["table_name"]) for t in r.json["items"]}

        assert listed("ann", "ann's pass") == {("ANN", "mine")}
        assert status(site, "ben", "ben's pass") == 200          # so that ann's next connection is a new one, whose statements are logged
        said = site.server.statements_of("ann", lambda: listed("ann", "ann's pass"))
        assert "table_name" in said and "soda_" not in said
        everything = listed("root_like", "root's pass")
        assert ("ANN", "mine") in everything and not any(name.startswith(("ords_", "soda_")) for _, name in everything)
    finally:
        if site.engine == "mariadb":
            site.server.mariadb("DROP DATABASE ann")


def test_connections_of_callers_are_kept_and_bounded(site):
    """jdbc.MaxLimit: of two connections one is the pool's, so that callers take turns in the other"""
    for _ in range(3):
        assert status(site, "ann", "ann's pass") == status(site, "ben", "ben's pass") == 200
        assert site.most_connections() <= 2
        assert site.server.sessions("ann") == 0 and site.server.sessions("ben") == (site.engine == "postgresql")


def test_new_password(new_site):
    """OR-16: a changed password is refused after security.credentials.cache at the latest, the new one works at once"""
    s = new_site(start=False, workers=1, settings={**SETTINGS, "security.credentials.cache": "1s"}, schemas=())
    s.server.make_account("cat", "first")
    s.cords("schema", "enable", "cat")
    s.start()
    assert status(s, "cat", "first") == 200
    s.server.new_password("cat", "second")
    assert status(s, "cat", "second") == 200
    begun = time.monotonic()
    wait_for(lambda: status(s, "cat", "first") == 401)
    assert time.monotonic() - begun < 3
    assert s.soda("cat", password="first").get("/").status == 401


def test_without_permission_nobody_of_the_database_logs_in(new_site):
    """OR-13: restEnabledSql.active false; mid-tier users are of cords itself"""
    s = new_site(start=False, workers=1, settings={**SETTINGS, "restEnabledSql.active": "false"}, schemas=())
    s.server.make_account("dan", "pass")
    s.cords("schema", "enable", "dan")
    s.cords("config", "user", "add", "keeper", "SQL Administrator,SODA Developer", "--password-stdin", stdin="keeper\n")
    s.start()
    assert status(s, "dan", "pass") == 401 and s.soda("dan", password="pass").get("/").status == 401
    assert status(s, "keeper", "keeper", "dan") == 200
    assert s.soda("dan", "keeper", "keeper").get("/").status == 200


def test_passwords_are_not_for_cords(site):
    """the command line asks for no password that it could not use"""
    r = site.cords("schema", "enable", "ann", "--password-stdin", stdin="x\n", check=False)
    assert r.returncode == 1 and "REQUEST" in r.stderr
    assert "accounts are those of the database" in site.cords("validate", check=False).stdout


def test_tokens_open_no_account_of_the_database(site):
    """OR-14: SQL runs with the rights of its caller, and a token proves no account; documents are of cords itself"""
    for roles in ("SQL Developer", "SODA Developer,SQL Administrator"):
        r = site.cords("client", "create", "ann", "sql", roles, check=False)
        assert r.returncode == 1 and "needs the password" in r.stderr
    made = json.loads(site.cords("client", "create", "ann", "report", "SODA Developer", "--json").stdout)
    r = site.client(made["client_id"], made["client_secret"]).post(
        "/ords/ann/oauth/token", "grant_type=client_credentials", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert r.status == 200, r
    token = {"Authorization": f"Bearer {r.json['access_token']}"}
    assert site.client().get("/ords/ann/soda/latest/", headers=token).status == 200
    # a role that was given while the accounts were those of cords
    site.cords("config", "set", "db.credentialsSource", "POOL")
    site.cords("client", "roles", "ann", "report", "SODA Developer,SQL Developer")
    site.cords("config", "set", "db.credentialsSource", "REQUEST")
    wait_for(lambda: site.client().get("/ords/ann/soda/latest/", headers=token).status == 200)
    assert {site.client().get(f"/ords/ann{VERSION}", headers=token).status for _ in range(4)} == {403}
