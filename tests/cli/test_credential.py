"""cords credential at the command line."""
import json
import os
import pathlib
import sqlite3
import subprocess

import pytest

BIN = pathlib.Path(os.environ.get("CORDS_BIN", pathlib.Path(__file__).resolve().parents[2] / "build" / "cords")).resolve()
SECRET = "Auth/Token+4711="


@pytest.fixture
def cords(tmp_path):
    """run the program on a folder with schemas shop and hr"""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)

    def run(*args, stdin="", code=0):
        r = subprocess.run([BIN, "--config", folder, "--quiet", *args], input=stdin, text=True, capture_output=True, timeout=60)
        assert r.returncode == code, (args, r.returncode, r.stdout, r.stderr)
        return r
    run.folder = folder
    run("config", "set", "log.file", str(folder / "log"))
    run("install", "--db-file", "cords.db")
    for schema in ("shop", "hr"):
        run("schema", "enable", schema, "--password-stdin", stdin="secret\n")
    return run


def create(cords, *args, code=0, stdin=SECRET + "\n"):
    return cords("credential", "create", *args, "--password-stdin", stdin=stdin, code=code)


def listed(cords, *args):
    return json.loads(cords("credential", "list", "--json", *args).stdout)["credentials"]


def test_life_of_a_credential(cords):
    create(cords, "backup", "--schema", "shop", "--username", "joe@example.com")
    create(cords, "BACKUP", "--schema", "hr", "--username", "AKIA1", "--type", "s3", "--region", "eu-north-1")
    assert "already" in create(cords, "Backup", "--schema", "hr", "--username", "other", code=2).stderr
    create(cords, "Backup", "--schema", "hr", "--username", "test:tester", "--type", "swift", "--replace")
    a, b = listed(cords)
    assert (a["owner"], a["name"], a["type"], a["username"], a["enabled"]) == ("HR", "BACKUP", "swift", "test:tester", True)
    assert (b["owner"], b["type"]) == ("SHOP", "basic")
    cords("credential", "disable", "backup", "--schema", "hr")
    assert [c["enabled"] for c in listed(cords)] == [False, True]
    cords("credential", "enable", "backup", "--schema", "hr")
    assert "HR" in cords("credential", "list", "--schema", "hr").stdout
    cords("credential", "delete", "backup", "--schema", "hr")
    assert [c["owner"] for c in listed(cords)] == ["SHOP"]
    cords("credential", "delete", "backup", "--schema", "hr", code=1)


def test_secret_is_nowhere_in_clear(cords):
    """R-61, R-72: neither in what is printed, nor in the store, nor in the log, which knows who was given something"""
    said = create(cords, "backup", "--schema", "shop", "--username", "joe")
    out = said.stdout + said.stderr + cords("credential", "list").stdout + cords("credential", "list", "--json").stdout
    assert SECRET not in out
    for path in cords.folder.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
    with sqlite3.connect(cords.folder / "cords.db-jobs") as db:
        (sealed,), = db.execute("SELECT secret FROM ords_credentials").fetchall()
    db.close()
    assert len(bytes.fromhex(sealed)) == 12 + len(SECRET) + 16
    assert [e["event"] for e in map(json.loads, (cords.folder / "log").read_text().splitlines())
            if e["event"].startswith("credential.")] == ["credential.create"]


def test_a_mid_tier_user_may_have_one(cords):
    cords("config", "user", "add", "admin", "SQL Administrator", "--password-stdin", stdin="secret\n")
    create(cords, "backup", "--schema", "admin", "--username", "joe")
    assert listed(cords)[0]["owner"] == "ADMIN"


@pytest.mark.parametrize("args, words", [
    (["9lives", "--username", "joe"], "a letter, then"),
    (["a b", "--username", "joe"], "a letter, then"),
    (["good"], "--username is needed"),
    (["good", "--username", "a\nb"], "control characters"),
    (["good", "--username", "a:b"], "no colon"),
    (["good", "--username", "joe", "--type", "azure"], "basic, swift or s3"),
    (["good", "--username", "joe", "--region", "eu"], "goes with --type s3"),
    (["good", "--username", "joe", "--type", "s3", "--region", "eu/../x"], "small letters"),
])
def test_what_is_wrong_is_said(cords, args, words):
    assert words in create(cords, *args, "--schema", "shop", code=1).stderr
    assert listed(cords) == []


def test_owner_must_be_known(cords):
    assert "2 schemas" in create(cords, "backup", "--username", "joe", code=2).stderr
    assert "no schema named" in create(cords, "backup", "--username", "joe", "--schema", "nosuch", code=2).stderr
    create(cords, "backup", "--username", "joe", "--schema", "shop", stdin="", code=1)
