"""Manual pages and completion: complete, without mistakes, and where make install puts them."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORDS = pathlib.Path(os.environ.get("CORDS_BIN", ROOT / "build" / "cords")).resolve()
PAGES = ["cords.1", "cords.fcgi.8", "cords-settings.5"]


def cords(*args):
    return subprocess.run([CORDS, *args], capture_output=True, text=True, check=True, timeout=60).stdout


def shown(page, folder):
    """the page as people see it, in wide lines; the formatter must have nothing to say"""
    if shutil.which("man") is None or shutil.which("groff") is None:
        pytest.skip("man-db or groff is not installed")
    source = folder / page
    source.write_text(cords("manual", page))
    env = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "4000", "MAN_KEEP_FORMATTING": ""}
    r = subprocess.run(["man", "--warnings=w", "-l", source], capture_output=True, text=True, env=env, timeout=60)
    assert r.returncode == 0 and r.stderr == "", r.stderr
    return re.sub(r".\x08", "", r.stdout).replace("‐", "-").replace("−", "-")


def commands():
    return re.findall(r"^  (\w+) +\S", cords("--help"), re.M)


def test_names_of_pages():
    assert cords("manual").split() == PAGES


def test_every_command_and_its_options_are_in_the_manual(tmp_path):
    page = shown("cords.1", tmp_path)
    assert len(commands()) > 10
    for name in commands():
        for form in re.findall(r"^  cords \[--config DIR\] \[--quiet\] (.*)$", cords(name, "--help"), re.M):
            assert re.search(rf"^ *cords {re.escape(form.rstrip())} *$", page, re.M), form


def test_every_setting_is_in_the_manual(tmp_path):
    page = shown("cords-settings.5", tmp_path)
    options = json.loads(cords("options", "--json"))["options"]
    for o in options:
        assert re.search(rf"^ *{re.escape(o['name'])}( |$)", page, re.M), o["name"]
        if o["value"] != "ignored":
            assert o["help"] in page and o["value"] in page, o["name"]


def test_the_page_of_workers(tmp_path):
    page = shown("cords.fcgi.8", tmp_path)
    for word in ("spawn-fcgi", "ORDS_CONFIG", "cords.conf", "SIGTERM", "SIGHUP"):
        assert word in page


def test_unknown_page_and_shell():
    for args in (["manual", "cords.2"], ["completion"], ["completion", "tcsh"]):
        r = subprocess.run([CORDS, *args], capture_output=True, text=True, timeout=60)
        assert r.returncode == 1 and r.stdout == "" and "--help" in r.stderr


def completed(*words):
    """what bash proposes for the last of these words"""
    script = ('source <("$0" completion bash); COMP_WORDS=(cords "$@"); COMP_CWORD=$#; _cords; printf "%s\\n" "${COMPREPLY[@]}"')
    r = subprocess.run(["bash", "-c", script, CORDS, *words], capture_output=True, text=True, timeout=60)
    assert r.returncode == 0 and r.stderr == "", r.stderr
    return r.stdout.split()


def test_completion(tmp_path):
    assert set(commands()) <= set(completed(""))
    assert completed("conf") == ["config"]
    assert completed("--quiet", "--config", "/x", "config", "se") == ["set", "secret"]
    assert completed("config", "user", "a") == ["add"]
    assert completed("config", "--db-pool", "sales", "set", "soda.maxL") == ["soda.maxLimit"]
    assert completed("schema", "enable", "--auth", "") == ["true", "false"]
    assert "--password-stdin" in completed("schema", "enable", "x", "--p")
    (tmp_path / "folder").mkdir()
    assert completed("--config", f"{tmp_path}/fo") == [f"{tmp_path}/folder"]


def test_installed_by_make(tmp_path):
    build = CORDS.parent
    if not (build / "Makefile").exists():
        pytest.skip("the program does not stand in a build folder")
    r = subprocess.run(["make", "-s", "V=1", "install", f"DESTDIR={tmp_path}", "prefix=/usr"], cwd=build, capture_output=True,
                       text=True, timeout=300)
    assert r.returncode == 0, r.stderr
    for page in PAGES:
        installed = tmp_path / f"usr/share/man/man{page[-1]}" / page
        assert installed.read_text() == cords("manual", page)
    script = tmp_path / "usr/share/bash-completion/completions/cords"
    assert script.read_text() == cords("completion", "bash")
