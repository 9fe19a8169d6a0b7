"""cords install on database servers: it makes what is missing, once, also when it was interrupted."""
import os
import pathlib
import random
import shlex
import signal
import subprocess
import sys
import time

import pytest

for suite in ("http", "lib"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / suite))

import servers  # noqa: E402
from pages import block  # noqa: E402
from test_cli import CORDS, Cli, environment  # noqa: E402

ROUNDS = 8
SEED = os.environ.get("CORDS_TEST_SEED", "20261121")
NAMES = (f"it's {n}" for n in range(10**6))            # accounts with a quote and a blank in their names


@pytest.fixture(scope="module", params=servers.installed()[1:])
def server(request):
    return servers.running(request.param)


@pytest.fixture
def pool(server, tmp_path):
    """new(): a folder whose pool is a database of its own, which stands still to be installed"""
    engine = {servers.PostgreSQL: "postgresql", servers.MariaDB: "mariadb"}[type(server)]

    def new():
        database = server.fresh_name()
        server.create(database)
        folder = tmp_path / database
        folder.mkdir(mode=0o700)
        cords = Cli(folder)
        for key, value in {"engine": engine, "hostname": "127.0.0.1", "port": str(server.port), "servicename": database}.items():
            cords("config", "set", f"db.{key}", value)
        cords.user, cords.database = next(NAMES), database
        cords.arguments = ("install", "--admin-user", servers.ADMIN, "--db-user", cords.user, "--password-stdin")
        cords.passwords = f"{servers.PASSWORD}\npass'word\"\\ {database}!\n"
        return cords

    return new


def printed(page_block):
    return [shlex.split(line, comments=True)[1:] for line in page_block.splitlines()]


def test_as_the_manual_has_it(server, pool):
    """the front page, as printed but for names: a pool on a server; then operation.md: its accounts are those of the database"""
    cords = pool()
    replaced = {"postgresql": cords("config", "get", "db.engine").stdout.strip(), "db.example.com": "127.0.0.1", "shop": cords.database,
                "postgres": servers.ADMIN, "cords": cords.user}
    for key in ("engine", "hostname", "servicename"):
        cords("config", "delete", f"db.{key}")
    *settings, install = [[replaced.get(w, w) for w in words] for words in printed(block("README.md", "db.engine postgresql"))]
    for words in settings:
        cords(*words)
    assert "was brought to level" in cords(*install, "--password-stdin", stdin=cords.passwords).stdout
    cords("check")
    server.make_account("hr", "tiger")
    *settings, enable = printed(block("operation.md", "db.credentialsSource REQUEST"))
    for words in settings:
        cords(*words)
    assert "is enabled under: hr" in cords(*enable).stdout         # asks for no password: none is stored
    validated = cords("validate").stdout
    assert "OK    pool default: accounts are those of the database" in validated


def test_makes_the_account_once(server, pool):
    """OR-64: the account is made with the password from standard input; the second time there is nothing to do, with or without
    an administrator; what cords wrote and the server logged holds no password"""
    cords = pool()
    assert "was brought to level" in cords(*cords.arguments, stdin=cords.passwords).stdout
    assert "there was nothing to do" in cords(*cords.arguments, stdin=cords.passwords).stdout
    assert "there was nothing to do" in cords("install").stdout
    cords("schema", "enable", "demo", "--password-stdin", stdin="secret\n")
    cords("check")
    for file in [server.folder / "server.log", *cords.folder.rglob("*")]:
        assert not file.is_file() or b"pass'word" not in file.read_bytes(), file


def test_account_that_is_there_keeps_its_password(server, pool):
    """an account is never changed: install says that the login was refused"""
    cords = pool()
    server.make_account(cords.user.replace("'", ""), "its own")
    cords.user = cords.user.replace("'", "")
    arguments = [*cords.arguments[:4], cords.user, "--password-stdin"]
    done = cords(*arguments, stdin=f"{servers.PASSWORD}\nanother\n", code=3)
    assert 'pool "default": the login was refused' in done.stderr and "another" not in done.stderr
    cords(*arguments, stdin=f"{servers.PASSWORD}\nits own\n")
    cords("check")


def test_killed_anywhere(server, pool):
    """OR-65: install that is killed at any moment and run again completes"""
    rng = random.Random(SEED)
    whole = pool()
    begun = time.monotonic()
    whole(*whole.arguments, stdin=whole.passwords)
    took = time.monotonic() - begun
    n_killed = 0
    for _ in range(ROUNDS):
        cords = pool()
        p = subprocess.Popen([CORDS, "--config", str(cords.folder), *cords.arguments], env=environment(), text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        p.stdin.write(cords.passwords)
        p.stdin.close()
        try:
            p.wait(rng.uniform(0.2, 1) * took)
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
        n_killed += p.wait(60) == -signal.SIGKILL
        cords(*cords.arguments, stdin=cords.passwords)
        assert "there was nothing to do" in cords("install").stdout
        cords("check")
        (tables,), (wanted,) = (server.rows(c.database, server.TABLES) for c in (cords, whole))
        assert sorted(tables) == sorted(wanted)
    assert n_killed > 0
