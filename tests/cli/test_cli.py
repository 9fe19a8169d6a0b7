"""The command line, as people and scripts use it.

Every test has a private folder.  CORDS_BIN names the program (default build/cords).
"""
import http.client
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORDS = os.path.abspath(os.environ.get("CORDS_BIN", ROOT / "build" / "cords"))


def environment(**more):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("ORDS_") and k not in ("GATEWAY_INTERFACE", "REQUEST_METHOD")}
    env.update(more)
    return env


class Cli:
    def __init__(self, folder):
        self.folder = folder

    def __call__(self, *args, code=0, stdin="", **kw):
        done = subprocess.run([CORDS, "--config", str(self.folder), *args], input=stdin, text=True,
                              capture_output=True, env=environment(), timeout=60, **kw)
        assert done.returncode == code, (args, done.returncode, done.stdout, done.stderr)
        return done


@pytest.fixture
def cords(tmp_path):
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    return Cli(folder)


@pytest.fixture
def installed(cords):
    cords("install")
    return cords


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


# ---- without any configuration ----

def test_version_is_one_line_without_configuration(tmp_path):
    """OR-67"""
    for args in (["--version"], ["version"]):
        done = subprocess.run([CORDS, *args], cwd=tmp_path, capture_output=True, text=True, env=environment(), timeout=60)
        assert done.returncode == 0
        assert re.fullmatch(r"cords \d+\.\d+\.\d+ \(.*\)\n", done.stdout)
        assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_help_of_program_and_of_each_command(cords):
    text = cords("--help").stdout
    names = re.findall(r"^  (\w+) +\S", text, re.M)
    assert {"install", "uninstall", "config", "schema", "validate", "check", "serve", "routes", "options"} <= set(names)
    for name in names:
        assert f" {name}" in cords(name, "--help").stdout


def test_wrong_usage_leaves_with_1(cords):
    for args in ([], ["nonsense"], ["config"], ["config", "frobnicate"], ["config", "set", "log.level"],
                 ["config", "list", "--nonsense"], ["config", "list", "--json=1"], ["config", "--db-pool"],
                 ["schema", "enable"], ["install", "a"], ["install", "--db-pool", "../x"], ["options", "x"]):
        done = cords(*args, code=1)
        assert "--help" in done.stderr or done.stderr.startswith("cords [")
        assert done.stdout == ""


def test_output_that_cannot_be_written_is_a_failure(cords):
    with open("/dev/full", "w") as full:
        done = subprocess.run([CORDS, "options"], stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60)
    assert done.returncode == 2


# ---- config ----

def test_set_get_list_delete(cords):
    """OR-56"""
    done = cords("config", "set", "soda.maxLimit", "50")
    assert done.stdout == "The setting named: soda.maxLimit was set to: 50 in configuration: default\n"
    done = cords("config", "set", "request.maxBody", "1m")
    assert done.stdout == "The global setting named: request.maxBody was set to: 1m\n"
    cords("config", "--db-pool", "sales", "set", "soda.maxLimit", "unlimited")
    cords("config", "set", "--global", "soda.defaultLimit", "7")
    assert cords("config", "get", "soda.maxLimit").stdout == "50\n"
    assert cords("config", "--db-pool=sales", "get", "soda.maxLimit").stdout == "unlimited\n"
    assert cords("config", "--db-pool=sales", "get", "soda.defaultLimit").stdout == "7\n"
    assert cords("config", "get", "jdbc.statementTimeout").stdout == "60s\n"
    lines = cords("config", "list").stdout.splitlines()
    assert lines == [
        "Database pool: default",
        "",
        "Setting                              Value                                    Source",
        "----------------------------------   --------------------------------------   -----------",
        "request.maxBody                      1m                                       Global",
        "soda.defaultLimit                    7                                        Global",
        "soda.maxLimit                        50                                       Pool",
    ]
    listed = json.loads(cords("config", "list", "--include-defaults", "--json").stdout)
    assert listed["pool"] == "default"
    names = [s["name"] for s in listed["settings"]]
    assert names == sorted(names) and "log.level" in names
    assert {s["name"]: s["source"] for s in listed["settings"]}["log.level"] == "Default"
    done = cords("config", "delete", "soda.maxLimit")
    assert done.stdout == "The setting named: soda.maxLimit was removed from configuration: default\n"
    cords("config", "delete", "soda.maxLimit", code=1)
    assert cords("config", "get", "soda.maxLimit").stdout == "1000\n"
    assert cords("config", "delete", "request.maxBody").stdout == \
        "The global setting named: request.maxBody was removed\n"


def test_list_without_global_settings_says_so(cords):
    assert cords("config", "list").stdout.startswith(
        "INFO: The configuration does not have any global settings specified.\n")


def test_files_are_property_lists_that_others_read(cords):
    cords("config", "set", "public.hosts", "a&b <c>")
    text = (cords.folder / "global/settings.xml").read_text()
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE properties SYSTEM '
                           '"http://java.sun.com/dtd/properties.dtd">\n<properties>\n')
    assert '<entry key="public.hosts">a&amp;b &lt;c&gt;</entry>' in text
    assert cords("config", "get", "public.hosts").stdout == "a&b <c>\n"


def test_unknown_setting_is_refused_with_suggestion(cords):
    """OR-58"""
    done = cords("config", "set", "request.maxBdy", "1m", code=2)
    assert "request.maxBdy is unknown" in done.stderr
    assert "Did you mean: request.maxBody?" in done.stderr
    assert "Did you mean: soda.maxLimit?" in cords("config", "get", "soda.maxlimit", code=2).stderr
    assert "Did you mean" not in cords("config", "info", "zzzzzz", code=2).stderr
    assert not (cords.folder / "global").exists()


def test_bad_value_is_refused_naming_the_limits(cords):
    assert "smallest value 1024" in cords("config", "set", "request.maxBody", "5", code=2).stderr
    assert "none of: true loopback false" in cords("config", "set", "security.verifySSL", "maybe", code=2).stderr
    assert "is a secret" in cords("config", "set", "db.password", "x", code=2).stderr
    assert not (cords.folder / "global").exists()


def test_info_tells_what_a_setting_is(cords):
    info = json.loads(cords("config", "info", "--json", "jdbc.statementTimeout").stdout)
    assert info["default"] == info["value"] == "60s"
    assert info["scope"] == "pool"
    assert "Timeout" in info["name"]


def test_ignored_setting_is_kept_and_said(cords):
    done = cords("config", "set", "feature.sdw", "true")
    assert "no meaning here" in done.stderr
    assert cords("config", "get", "feature.sdw").stdout == "true\n"


def test_broken_file_names_line_and_can_be_mended(cords):
    (cords.folder / "global").mkdir()
    file = cords.folder / "global/settings.xml"
    file.write_text('<properties>\n<entry key="log.level">LOUD</entry>\n</properties>\n')
    assert "settings.xml line 2: log.level" in cords("config", "list", code=2).stderr
    cords("config", "set", "log.level", "INFO")
    cords("config", "list")


def test_external_entity_is_refused(cords, tmp_path):
    """OR-59: nothing of the file that the entity names comes out"""
    secret = tmp_path / "secret"
    secret.write_text("marker-of-the-file")
    (cords.folder / "global").mkdir()
    (cords.folder / "global/settings.xml").write_text(
        f'<!DOCTYPE properties [<!ENTITY x SYSTEM "file://{secret}">]>'
        '<properties><entry key="public.hosts">&x;</entry></properties>')
    for args in (["config", "list"], ["config", "get", "public.hosts"], ["validate"]):
        done = cords(*args, code=2)
        assert "marker-of-the-file" not in done.stdout + done.stderr


def test_secret_is_stars_everywhere_and_encrypted(cords):
    """OR-57, OR-63"""
    done = cords("config", "secret", "--password-stdin", "db.password", stdin="tiger-7391\n")
    assert done.stdout == "The setting named: db.password was set to: ****** in configuration: default\n"
    cords("config", "set", "db.username", "scott")
    outputs = [cords("config", "list"), cords("config", "list", "--json"), cords("config", "get", "db.password"),
               cords("config", "info", "db.password")]
    assert all("******" in o.stdout and "tiger" not in o.stdout + o.stderr for o in outputs)
    assert "Pool Wallet" in outputs[0].stdout
    for path in cords.folder.rglob("*"):
        if path.is_file():
            assert b"tiger" not in path.read_bytes()
            assert mode(path) == 0o600
        else:
            assert mode(path) == 0o700
    cords("config", "delete", "db.password")
    assert cords("config", "get", "db.password").stdout == "\n"


def test_password_never_from_arguments(cords):
    """OR-63: without a terminal and without --password-stdin there is no password"""
    done = subprocess.run([CORDS, "--config", str(cords.folder), "config", "secret", "db.password"], text=True,
                          input="tiger\n", capture_output=True, env=environment(), timeout=60, start_new_session=True)
    assert done.returncode == 1
    assert "--password-stdin" in done.stderr
    cords("config", "secret", "--password-stdin=tiger", "db.password", code=1)
    cords("config", "secret", "db.password", "tiger", code=1)


def run_on_terminal(args, answers):
    """The dialogue of a command on a terminal of its own: everything that appeared there, and its exit code."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(CORDS, [CORDS, *args], environment())
    seen = b""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        ready, _, _ = select.select([fd], [], [], 0.2)
        if ready:
            try:
                piece = os.read(fd, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        if answers and re.search(answers[0][0], seen.decode()[-200:]):
            os.write(fd, answers.pop(0)[1].encode() + b"\n")
            time.sleep(0.05)
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return seen.decode(), os.waitstatus_to_exitcode(status)


def test_password_from_terminal_is_asked_twice_without_echo(cords):
    """OR-63"""
    args = ["--config", str(cords.folder), "config", "secret", "db.password"]
    seen, code = run_on_terminal(args, [("Password of db.password: $", "tiger-7391"), ("Once more: $", "tiger-7391")])
    assert code == 0
    assert "tiger" not in seen
    assert "was set to: ******" in seen
    seen, code = run_on_terminal(args, [("Password of db.password: $", "one"), ("Once more: $", "two")])
    assert code == 1
    assert "differ" in seen


def test_banner_on_terminals_only(cords):
    seen, code = run_on_terminal(["--config", str(cords.folder), "config", "list"], [])
    assert code == 0
    assert re.match(r"cords \d+\.\d+\.\d+ on \w+ \w+ \d+ [\d:]+ \d+\r\n\r\nConfiguration:\r\n  " +
                    re.escape(str(cords.folder)), seen)
    seen, code = run_on_terminal(["--config", str(cords.folder), "--quiet", "config", "list"], [])
    assert "Configuration:" not in seen
    assert "Configuration:" not in cords("config", "list").stdout


def test_users(cords):
    """OR-63: one password per line"""
    cords("config", "user", "add", "--password-stdin", "joe", "System Administrator,SODA Developer", stdin="pw one\npw two\n")
    cords("config", "user", "add", "--password-stdin", "ann", "", stdin="pw\n")
    assert "Developper" in cords("config", "user", "add", "--password-stdin", "eve", "RESTful Services,SODA Developper",
                                 stdin="pw\n").stderr
    cords("config", "user", "delete", "eve")
    listed = json.loads(cords("config", "user", "list", "--json").stdout)
    assert listed["users"] == [{"name": "joe", "roles": "System Administrator,SODA Developer"}, {"name": "ann", "roles": ""}]
    credentials = cords.folder / "global/credentials"
    assert mode(credentials) == 0o600
    assert "pw" not in credentials.read_text()
    cords("config", "user", "delete", "joe")
    cords("config", "user", "delete", "joe", code=1)
    assert "joe" not in cords("config", "user", "list").stdout
    cords("config", "user", "add", "--password-stdin", "a;b", "", stdin="pw\n", code=1)
    cords("config", "user", "add", "--password-stdin", "bob", "", stdin="", code=1)
    cords("config", "user", "add", "--password-stdin", "bob", "", stdin="\n", code=1)
    cords("config", "user", "add", "--password-stdin", "bob", "", stdin="x" * 600 + "\n", code=1)


def test_pools(cords):
    cords("config", "--db-pool", "sales", "set", "db.file", "/srv/sales.db")
    listed = json.loads(cords("config", "pool", "list", "--json").stdout)
    assert listed["pools"] == [{"name": "sales", "path": "/ords/sales/", "database": "/srv/sales.db"}]
    cords("config", "--db-pool", "nosuch", "list", code=2)
    cords("config", "pool", "delete", "sales")
    cords("config", "pool", "delete", "sales", code=1)
    cords("config", "pool", "delete", "..", code=1)
    assert json.loads(cords("config", "pool", "list", "--json").stdout)["pools"] == []


def test_changes_are_logged_without_values(cords):
    """R-72, R-61"""
    log = cords.folder / "log"
    cords("config", "set", "log.file", "log")
    cords("config", "set", "public.hosts", "marker.example")
    cords("config", "secret", "--password-stdin", "db.password", stdin="marker-secret\n")
    cords("config", "user", "add", "--password-stdin", "joe", "SODA Developer", stdin="marker-secret\n")
    cords("config", "delete", "public.hosts")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["config.set", "config.set", "config.set", "user.set", "config.delete"]
    assert all(line["level"] == "SECURITY" and line["user"] and line["address"] == "local" for line in lines)
    assert "marker" not in log.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_run_by_root_it_goes_on_as_the_owner_of_the_folder():
    """R-70: what the workers' account shall read must not belong to root"""
    with tempfile.TemporaryDirectory(prefix="cords-owner-") as parent:
        os.chmod(parent, 0o755)
        folder = pathlib.Path(parent) / "config"
        folder.mkdir(mode=0o700)
        os.chown(folder, 65534, 65534)
        cords = Cli(folder)
        cords("install")
        cords("config", "secret", "--password-stdin", "db.password", stdin="x\n")
        assert {(f.stat().st_uid, f.stat().st_gid) for f in folder.rglob("*")} == {(65534, 65534)}


# ---- where the folder is ----

def test_folder_by_precedence(tmp_path):
    """OR-62"""
    folders = {}
    for name in ("option", "environment", "here"):
        folders[name] = tmp_path / name
        folders[name].mkdir(mode=0o700)
        Cli(folders[name])("config", "set", "public.hosts", name)

    def hosts(*args, **env):
        done = subprocess.run([CORDS, *args, "config", "get", "public.hosts"], cwd=folders["here"], text=True,
                              capture_output=True, env=environment(**env), timeout=60)
        assert done.returncode == 0
        return done.stdout.strip(), done.stderr

    env = {"ORDS_CONFIG": str(folders["environment"])}
    assert hosts("--config", str(folders["option"]), **env)[0] == "option"
    assert hosts("--config=" + str(folders["option"]))[0] == "option"
    assert hosts("--config", "../option")[0] == "option"
    assert hosts(**env)[0] == "environment"
    text, note = hosts()
    assert text == "here"
    assert str(folders["here"]) in note


def test_folder_named_beside_the_program(tmp_path):
    """OR-62: cords.conf, then ../cords-config, as shared hosting needs it"""
    program = tmp_path / "web" / "cords.fcgi"
    program.parent.mkdir()
    program.write_bytes(pathlib.Path(CORDS).read_bytes())
    program.chmod(0o700)
    for name in ("cords-config", "elsewhere"):
        (tmp_path / name).mkdir(mode=0o700)
        Cli(tmp_path / name)("config", "set", "public.hosts", name)
    run = lambda: subprocess.run([program, "config", "get", "public.hosts"], cwd="/", text=True, capture_output=True,
                                 env=environment(), timeout=60).stdout.strip()
    assert run() == "cords-config"
    (program.parent / "cords.conf").write_text("../elsewhere\n")
    assert run() == "elsewhere"


# ---- install, check, validate ----

def test_install_twice_is_a_no_op(cords):
    """OR-64"""
    first = cords("install")
    assert "was brought to level" in first.stdout
    database = cords.folder / "data/default.db"
    assert mode(database) == 0o600 and mode(database.parent) == 0o700
    before = database.read_bytes()
    second = cords("install")
    assert "nothing to do" in second.stdout
    assert "was set to" not in second.stdout
    assert database.read_bytes() == before
    cords("check")


def test_install_where_it_is_told(cords, tmp_path):
    cords("install", "--db-pool", "sales", "--db-file", str(tmp_path / "own" / "sales.db"))
    assert (tmp_path / "own/sales.db").exists()
    assert cords("config", "--db-pool", "sales", "get", "db.file").stdout.strip() == str(tmp_path / "own/sales.db")
    assert "OK" in cords("check", "--db-pool", "sales").stdout


def test_settings_before_install(cords):
    cords("config", "set", "soda.maxLimit", "50")
    cords("install")
    assert cords("config", "get", "soda.maxLimit").stdout == "50\n"


def test_install_does_not_replace_another_database(cords):
    cords("config", "set", "db.connectionType", "basic")
    assert "--db-file" in cords("install", code=1).stderr


def test_check_without_repository(cords):
    """exit code 3: the database cannot be reached"""
    cords("config", "set", "db.file", "missing.db")
    cords("check", code=3)
    cords("check", "--db-pool", "nosuch", code=2)
    assert not (cords.folder / "missing.db").exists()


def test_check_finds_a_missing_table(installed):
    with sqlite3.connect(installed.folder / "data/default.db") as db:
        tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%schema%'"
                                           " AND name NOT LIKE '%version%' AND name NOT LIKE 'sqlite%'")]
        db.execute(f'DROP TABLE "{tables[0]}"')
    assert "FAIL" in installed("check", code=2).stdout
    assert "FAIL" in installed("validate", code=2).stdout


def findings(done):
    return [line.split(None, 1) for line in done.stdout.splitlines()]


def test_validate_says_one_line_per_check(installed):
    installed("schema", "enable", "demo", "--password-stdin", stdin="secret\n")
    done = subprocess.run([CORDS, "--config", str(installed.folder), "validate"], text=True, capture_output=True,
                          env=environment(), timeout=60)
    lines = findings(done)
    assert {word for word, _ in lines} <= {"OK", "WARN"}
    # an old SQLite library weakens the promise, and nothing else may
    assert all("durability" in text for word, text in lines if word == "WARN")
    assert done.returncode == (1 if any(word == "WARN" for word, _ in lines) else 0)
    assert any("pool default: connected" in text for _, text in lines)


def test_validate_reports_permissions(installed):
    """OR-68, R-70"""
    os.chmod(installed.folder, 0o777)
    assert any(word == "FAIL" and "0777" in text for word, text in findings(installed("validate", code=2)))
    os.chmod(installed.folder, 0o700)
    installed("config", "secret", "--password-stdin", "db.password", stdin="x\n")
    os.chmod(installed.folder / "global/key", 0o644)
    done = installed("validate", code=2)
    assert any(word == "FAIL" and "global/key" in text and "0600" in text for word, text in findings(done))


def test_validate_reports_unreadable_pool(installed):
    """OR-68"""
    installed("config", "--db-pool", "sales", "set", "db.file", "/nonexistent/sales.db")
    done = installed("validate", code=2)
    assert any(word == "FAIL" and "pool sales" in text for word, text in findings(done))
    assert any(word == "OK" and "pool default: connected" in text for word, text in findings(done))
    (installed.folder / "databases/sales/pool.xml").write_text("no xml")
    done = installed("validate", code=2)
    assert any(word == "FAIL" and "databases/sales/pool.xml line 1" in text for word, text in findings(done))


def test_validate_reports_clash_of_pool_and_alias(installed):
    """OR-68"""
    installed("schema", "enable", "hr", "--alias", "Sales", "--password-stdin", stdin="x\n")
    assert "is also a pool" not in subprocess.run([CORDS, "--config", str(installed.folder), "validate"], text=True,
                                                  capture_output=True, env=environment(), timeout=60).stdout
    installed("install", "--db-pool", "sales")
    done = installed("validate", code=1)
    assert any(word == "WARN" and "alias Sales is also a pool" in text for word, text in findings(done))


def test_validate_reports_settings_of_another_installation(cords):
    """OR-80"""
    pool = cords.folder / "databases/default"
    pool.mkdir(parents=True)
    (cords.folder / "global").mkdir()
    (pool / "wallet").mkdir()
    (pool / "wallet/cwallet.sso").write_bytes(b"\xa1\xf8N")
    head = ('<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<!DOCTYPE properties SYSTEM '
            '"http://java.sun.com/dtd/properties.dtd">\n<properties>\n<comment>Saved on Tue Mar 18 14:12:24 UTC 2025</comment>\n')
    (cords.folder / "global/settings.xml").write_text(
        head + '<entry key="database.api.enabled">true</entry>\n<entry key="standalone.https.port">8443</entry>\n'
        '<entry key="requst.maxBody">1m</entry>\n</properties>\n')
    (pool / "pool.xml").write_text(
        head + '<entry key="db.connectionType">tns</entry>\n<entry key="db.tnsDirectory">/etc</entry>\n'
        '<entry key="feature.graphql">true</entry>\n<entry key="db.username">ORDS_PUBLIC_USER</entry>\n'
        '<entry key="db.password">plain</entry>\n<entry key="log.level">FINE</entry>\n</properties>\n')
    done = cords("validate", code=2)
    lines = findings(done)
    for key in ("standalone.https.port", "db.tnsDirectory", "feature.graphql"):
        assert any(word == "WARN" and key in text and "no meaning" in text for word, text in lines), key
    assert any(word == "WARN" and "requst.maxBody" in text and "request.maxBody" in text for word, text in lines)
    assert any(word == "WARN" and "log.level is a global setting" in text for word, text in lines)
    assert any(word == "FAIL" and "db.password" in text and "plain text" in text for word, text in lines)
    assert any(word == "WARN" and "cwallet.sso" in text for word, text in lines)
    assert "plain\n" not in done.stdout.replace("plain text", "")


def test_program_and_repository_of_different_level(installed):
    """OR-66"""
    with sqlite3.connect(installed.folder / "data/default.db") as db:
        table = next(r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE name LIKE '%schema_version%'"))
        columns = [r[1] for r in db.execute(f'PRAGMA table_info("{table}")')]
        row = list(db.execute(f'SELECT * FROM "{table}"').fetchone())
        row[0] = 999
        db.execute(f'INSERT INTO "{table}" ({",".join(columns)}) VALUES ({",".join("?" * len(row))})', row)
    for command in ("check", "validate"):
        assert "too old" in installed(command, code=2).stdout


def test_uninstall_asks_first(installed):
    done = subprocess.run([CORDS, "--config", str(installed.folder), "uninstall"], text=True, input="y\n",
                          capture_output=True, env=environment(), timeout=60, start_new_session=True)
    assert done.returncode == 1 and "nothing was removed" in done.stderr
    installed("check")
    seen, code = run_on_terminal(["--config", str(installed.folder), "uninstall"], [(r"\[y/N\] $", "n")])
    assert code == 1
    installed("check")
    installed("uninstall", "--yes")
    installed("check", code=2)
    installed("install")
    installed("check")


# ---- schemas ----

def schemas(cords):
    return json.loads(cords("schema", "list", "--json").stdout)["schemas"]


def test_schemas(installed):
    installed("schema", "enable", "HR", "--password-stdin", stdin="secret\n")
    assert schemas(installed) == [{"name": "HR", "alias": "hr", "enabled": True, "auth": True, "account": True,
                                   "admin": False}]
    # what is not given stays
    installed("schema", "enable", "HR", "--alias", "people")
    assert schemas(installed)[0]["alias"] == "people"
    installed("schema", "enable", "HR", "--auth", "false")
    assert schemas(installed) == [{"name": "HR", "alias": "people", "enabled": True, "auth": False, "account": True,
                                   "admin": False}]
    installed("schema", "enable", "open", "--auth", "false")
    assert "open" in installed("schema", "list").stdout
    installed("schema", "disable", "HR")
    assert {s["name"]: s["enabled"] for s in schemas(installed)} == {"HR": False, "open": True}
    installed("schema", "disable", "nobody", code=1)
    installed("schema", "enable", "two", "--alias", "OPEN", "--auth", "false", code=2)
    for name in ("_", "1a", "a/b", "a b", "", "é"):
        installed("schema", "enable", name, "--auth", "false", code=1)
    for alias in ("soda", "_", "a/b", "Metadata-Catalog"):
        installed("schema", "enable", "three", "--alias", alias, "--auth", "false", code=1)
    installed("schema", "enable", "soda", "--auth", "false", code=1)


def test_administrator_of_a_pool(installed):
    """OR-15: the flag that stands for the role of a database where accounts are of the repository"""
    def admins():
        return {s["name"]: s["admin"] for s in schemas(installed)}

    installed("schema", "enable", "hr", "--password-stdin", "--admin", "true", stdin="secret\n")
    installed("schema", "enable", "sales", "--password-stdin", stdin="secret\n")
    assert admins() == {"hr": True, "sales": False}
    # what is not given stays
    installed("schema", "enable", "hr", "--alias", "people")
    assert admins() == {"hr": True, "sales": False}
    installed("schema", "enable", "hr", "--admin", "false")
    assert admins() == {"hr": False, "sales": False}
    installed("schema", "enable", "hr", "--admin", "yes", code=1)


def test_new_schema_needs_a_password(installed):
    """OR-63"""
    done = subprocess.run([CORDS, "--config", str(installed.folder), "schema", "enable", "hr"], text=True, input="secret\n",
                          capture_output=True, env=environment(), timeout=60, start_new_session=True)
    assert done.returncode == 1
    assert schemas(installed) == []
    seen, code = run_on_terminal(["--config", str(installed.folder), "schema", "enable", "hr"],
                                 [("Password of hr: $", "tiger-7391"), ("Once more: $", "tiger-7391")])
    assert code == 0 and "tiger" not in seen
    stored = (installed.folder / "data/default.db").read_bytes()
    assert b"tiger" not in stored and schemas(installed)[0]["account"]


def clients(cords):
    return json.loads(cords("client", "list", "--json").stdout)["clients"]


def test_clients(installed):
    """their secrets are printed once; roles are those that a schema can have"""
    for name in ("HR", "sales"):
        installed("schema", "enable", name, "--password-stdin", stdin="secret\n")
    assert clients(installed) == []
    r = installed("client", "create", "HR", "payroll-2.1", "soda developer, SQL Developer")
    secret = re.search("^client_secret: ([A-Za-z0-9_-]{44})$", r.stdout, re.M)[1]
    (one,) = clients(installed)
    assert one == {"schema": "HR", "name": "payroll-2.1", "client_id": one["client_id"], "roles": "soda developer, SQL Developer"}
    assert f"client_id: {one['client_id']}\n" in r.stdout and len(one["client_id"]) == 22
    installed("client", "create", "HR", "payroll-2.1", "SODA Developer", code=2)            # there is one
    other = json.loads(installed("client", "create", "sales", "payroll-2.1", "SODA Developer", "--json").stdout)
    assert other["client_id"] != one["client_id"] and other["client_secret"] != secret
    renewed = json.loads(installed("client", "secret", "HR", "payroll-2.1", "--json").stdout)
    assert renewed["client_id"] == one["client_id"] and renewed["client_secret"] != secret
    installed("client", "roles", "HR", "payroll-2.1", "SODA Developer")
    assert [c["roles"] for c in clients(installed)] == ["SODA Developer"] * 2
    installed("client", "revoke", "HR", "payroll-2.1")
    installed("client", "delete", "HR", "payroll-2.1")
    assert [c["schema"] for c in clients(installed)] == ["sales"]
    assert "payroll-2.1" in installed("client", "list").stdout and secret not in installed("client", "list").stdout


@pytest.mark.parametrize("words", [
    ("create",), ("create", "HR", "c"), ("create", "nobody", "c", "SODA Developer"), ("create", "HR", "", "SODA Developer"),
    ("create", "HR", "a:b", "SODA Developer"), ("create", "HR", "-a", "SODA Developer"), ("create", "HR", "é", "SODA Developer"),
    ("create", "HR", "x" * 65, "SODA Developer"), ("create", "HR", "c", ""), ("create", "HR", "c", " , "),
    ("create", "HR", "c", "System Administrator"), ("create", "HR", "c", "SODA Developer,nonsense"),
    ("create", "HR", "c", "SQL Administrator"), ("roles", "HR", "nobody", "SODA Developer"), ("secret", "HR", "nobody"),
    ("revoke", "HR"), ("delete", "HR", "nobody"), ("list", "HR"), ("nosuch",), ()], ids=lambda w: " ".join(w)[:40])
def test_clients_that_cannot_be(installed, words):
    installed("schema", "enable", "HR", "--password-stdin", stdin="secret\n")
    assert installed("client", *words[:1], "--", *words[1:], code=1).stderr
    assert clients(installed) == []


def test_schema_without_repository(cords):
    cords("schema", "list", code=2)
    cords("install")
    cords("uninstall", "--yes")
    assert cords("schema", "list", code=2).stderr


# ---- tables ----

def test_options_and_routes_are_tables(cords):
    options = json.loads(cords("options", "--json").stdout)["options"]
    by_name = {o["name"]: o for o in options}
    assert by_name["request.maxBody"]["default"] == "16m" and by_name["soda.maxLimit"]["scope"] == "pool"
    text = cords("options").stdout.splitlines()
    assert len(text) == len(options) + 2 and text[0].startswith("Setting ")
    routes = json.loads(cords("routes", "--json").stdout)["routes"]
    assert {"method": "GET", "path": "/_/health/live", "action": "", "role": "none",
            "summary": "is the program alive?"} in routes
    text = cords("routes").stdout.splitlines()
    assert len(text) == len(routes) + 2 and text[0].startswith("Method ")


# ---- who starts us ----

def test_arguments_of_cgi_are_not_commands(installed):
    """A web server makes arguments of a query string without '='; they must not be obeyed."""
    env = environment(ORDS_CONFIG=str(installed.folder), GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET",
                      REQUEST_URI="/ords/_/health/live", SCRIPT_NAME="/ords", PATH_INFO="/_/health/live",
                      QUERY_STRING="", SERVER_NAME="localhost", SERVER_PORT="80", SERVER_PROTOCOL="HTTP/1.1",
                      REMOTE_ADDR="127.0.0.1")
    installed("config", "set", "security.stepDown", "false")
    done = subprocess.run([CORDS, "config", "set", "log.level", "FINE"], env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)
    assert "was set to" not in done.stdout
    assert "Status: 200" in done.stdout and '"status":"UP"' in done.stdout.replace(" ", "")
    assert installed("config", "get", "log.level").stdout == "INFO\n"


def test_worker_by_listening_socket(installed, tmp_path):
    """Descriptor 0 is a listening socket: a worker, which ends with 0 at SIGTERM (R-49)."""
    installed("config", "set", "security.stepDown", "false")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "s"))
        s.listen()
        worker = subprocess.Popen([CORDS], stdin=s, env=environment(ORDS_CONFIG=str(installed.folder)),
                                  stderr=subprocess.PIPE)
        time.sleep(0.3)
        assert worker.poll() is None
        worker.terminate()
        assert worker.wait(timeout=20) == 0
        worker.stderr.close()


@pytest.mark.skipif(shutil.which("lighttpd") is None, reason="needs lighttpd")
def test_setting_reaches_running_workers_within_three_seconds(installed, tmp_path):
    """OR-60; OR-61: a broken file changes nothing"""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    installed("config", "set", "security.stepDown", "false")
    log = open(tmp_path / "log", "w+")
    served = subprocess.Popen([CORDS, "--config", str(installed.folder), "serve", "--workers", "2", "--http",
                               f"127.0.0.1:{port}"], env=environment(), stdout=subprocess.PIPE, stderr=log)

    def status():
        # several requests, because each worker looks for itself
        seen = set()
        for _ in range(4):
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            c.request("GET", "/ords/none/soda/latest", headers={"Host": "other.example"})
            seen.add(c.getresponse().status)
            c.close()
        return seen

    try:
        assert b"answers at" in served.stdout.readline()
        assert 400 not in status()
        installed("config", "set", "public.hosts", "api.example")
        until = time.monotonic() + 3
        while time.monotonic() < until:
            status()                    # busy workers look as well as idle ones
            time.sleep(0.05)
        assert status() == {400}
        settings = installed.folder / "global/settings.xml"
        good = settings.read_text()
        settings.write_text(good.replace("</properties>", ""))
        time.sleep(2.5)
        assert status() == {400}
    finally:
        served.terminate()
        served.communicate(timeout=20)
    assert served.returncode == 0
    log.seek(0)
    assert "config.broken" in log.read()
    log.close()
