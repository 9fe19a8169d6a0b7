"""cords migrate: what a folder of ORDS becomes (OR-80)."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORDS = os.path.abspath(os.environ.get("CORDS_BIN", ROOT / "build" / "cords"))

# as ORDS 24.4 leaves it
HEAD = ('<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<!DOCTYPE properties SYSTEM '
        '"http://java.sun.com/dtd/properties.dtd">\n<properties>\n<comment>Saved on Tue Mar 18 14:12:24 UTC 2025</comment>\n')
GLOBAL = {"standalone.context.path": "/api", "security.verifySSL": "true", "standalone.https.port": "8443",
          "security.httpsHeaderCheck": "X-Forwarded-Proto: https", "db.invalidPoolTimeout": "15m", "icap.port": "1344",
          "my.own": "x"}
POOL = {"db.connectionType": "basic", "db.hostname": "db.example.com", "db.port": "1521", "db.servicename": "FREEPDB1",
        "db.username": "ORDS_PUBLIC_USER", "plsql.gateway.mode": "proxied", "soda.maxLimit": "500", "jdbc.statementTimeout": "99h",
        "log.file": "/tmp/x", "db.password": "!tiger"}


def write(path, entries):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "".join(f'<entry key="{k}">{v}</entry>\n' for k, v in entries.items()) + "</properties>\n")


@pytest.fixture
def old(tmp_path):
    folder = tmp_path / "ords"
    write(folder / "global/settings.xml", GLOBAL)
    write(folder / "databases/default/pool.xml", POOL)
    write(folder / "databases/sales/pool.xml", {"soda.defaultLimit": "7"})
    (folder / "databases/default/wallet").mkdir()
    (folder / "databases/default/wallet/cwallet.sso").write_bytes(b"\xa1\xf8N")
    (folder / "global/credentials").write_text("joe;{SSHA-512}x;SQL Developer,System Administrator\n")
    (folder / "global/credentials").chmod(0o600)
    return folder


@pytest.fixture
def cords(tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith("ORDS_")}

    def run(*args, code=0, stdin=""):
        done = subprocess.run([CORDS, "--config", str(tmp_path / "site"), *args], input=stdin, text=True, capture_output=True, env=env,
                              timeout=60)
        assert done.returncode == code, (args, done)
        return done
    return run


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_takes_what_has_a_meaning(old, cords):
    """OR-80: every setting is named once, taken or left out with a reason, and the result works"""
    before = tree(old)
    done = cords("migrate", str(old), code=1)
    lines = done.stdout.splitlines()
    assert tree(old) == before
    for key in ("standalone.context.path = /api", "security.httpsHeaderCheck = X-Forwarded-Proto: https", "db.invalidPoolTimeout = 15m"):
        assert f"OK    global: {key}" in lines
    assert "OK    pool default: soda.maxLimit = 500" in lines and "OK    pool sales: soda.defaultLimit = 7" in lines
    for where, key, why in (("global", "standalone.https.port", "no meaning"), ("global", "icap.port", "no meaning"),
                            ("global", "my.own", "unknown"), ("pool default", "db.hostname", "other installation"),
                            ("pool default", "db.servicename", "other installation"), ("pool default", "plsql.gateway.mode", "no meaning"),
                            ("pool default", "jdbc.statementTimeout", "above the largest value"),
                            ("pool default", "log.file", "global setting"), ("pool default", "db.password", "secret"),
                            ("pool default", "databases/default/wallet", "config secret"),
                            ("global", "user joe", 'config user add joe "SQL Developer,System Administrator"')):
        found = [line for line in lines if line.startswith(f"WARN  {where}: {key}: ")]
        assert len(found) == 1 and why in found[0], (key, found)
    assert not any(word in done.stdout for word in ("tiger", "SSHA"))
    told = re.findall(r"^(?:OK|WARN) +(global|pool \w+): ([\w.]+)(?: =|:)", done.stdout, re.M)
    for where, entries in (("global", GLOBAL), ("pool default", POOL)):
        assert {key for at, key in told if at == where} >= set(entries)
    assert cords("config", "get", "soda.maxLimit").stdout == "500\n"
    cords("install")
    cords("install", "--db-pool", "sales")
    assert "FAIL" not in cords("validate", code=1).stdout


def test_what_is_no_folder_of_ords(old, cords, tmp_path):
    """refused, naming what is wrong, and nothing was written"""
    before_22 = tmp_path / "old"
    before_22.mkdir()
    (before_22 / "defaults.xml").write_text(HEAD + "</properties>")
    empty = tmp_path / "empty"
    empty.mkdir()
    broken = tmp_path / "broken"
    write(broken / "databases/default/pool.xml", {"soda.maxLimit": "5"})
    write(broken / "databases/zzz/pool.xml", {})
    (broken / "databases/zzz/pool.xml").write_text("<properties>")
    for folder, code, why in ((before_22, 2, "before 22.1"), (empty, 2, "no configuration folder"), (broken, 2, "zzz/pool.xml line"),
                              (tmp_path / "none", 1, "there is no folder")):
        done = cords("migrate", str(folder), code=code)
        assert why in done.stderr and done.stdout == "", done
    assert not tree(tmp_path / "site").keys() - {".lock", "global/.lock"}
    cords("migrate", code=1)


def test_only_into_an_empty_folder(old, cords, tmp_path):
    cords("config", "set", "soda.maxLimit", "9")
    before = tree(tmp_path / "site")
    done = cords("migrate", str(old), code=2)
    assert "has settings already" in done.stderr and tree(tmp_path / "site") == before
    done = cords("migrate", str(tmp_path / "site"), code=2)
    assert "itself" in done.stderr
