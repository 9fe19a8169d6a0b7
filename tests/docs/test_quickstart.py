"""quickstart, as a stranger runs it on a machine that has what it needs."""
import os
import pathlib
import re
import socket
import subprocess
import time

from demo import BIN, ROOT
from pages import block


def proposals(said):
    """what it proposes to try: shell commands between empty lines"""
    return [text for text in said.split("\n\n") if text.startswith("  curl ")]


def test_the_two_commands():
    """those of the front page: the one that new_demo() runs, and the one that continuous integration runs"""
    printed = [line.partition("#")[0].strip() for line in block("README.md", "./quickstart check").splitlines()]
    assert printed == ["./quickstart", "./quickstart check"]
    assert '/../quickstart" check' in (ROOT / ".ci/run").read_text()


def test_what_it_proposes_works(new_demo):
    demo = new_demo()
    for command in proposals(demo.said()):
        r = subprocess.run(["bash", "-c", command.replace("curl ", "curl -sS --fail-with-body ")], capture_output=True,
                           text=True)
        assert r.returncode == 0, (command, r)
    assert len(proposals(demo.said())) == 3


def test_ctrl_c_stops_every_process(new_demo):
    demo = new_demo()
    below = demo.tree()
    assert len(below) > 3
    assert demo.interrupt() == 0
    deadline = time.monotonic() + 20
    while left := [pid for pid in below if pathlib.Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def test_second_start_keeps_the_data(new_demo):
    first = new_demo()
    password = (first.home / "password").read_text()
    base = f"http://127.0.0.1:{first.port}/ords/demo/soda/latest/countries"
    who = f"demo:{password.strip()}"
    count = ["curl", "-sS", "--fail", "-u", who, "-d", "{}", f"{base}?action=query&fields=id&limit=1&totalResults=true"]
    subprocess.run(["curl", "-sS", "--fail", "-u", who, "-d", '{"name":"Atlantis"}', base], check=True,
                   capture_output=True)
    before = re.search(rb'"totalResults":(\d+)', subprocess.run(count, check=True, capture_output=True).stdout)[1]
    assert first.interrupt() == 0
    second = new_demo(port=first.port)
    assert "Loaded" not in second.said() and "Making" not in second.said()
    assert (second.home / "password").read_text() == password
    after = re.search(rb'"totalResults":(\d+)', subprocess.run(count, check=True, capture_output=True).stdout)[1]
    assert after == before


def test_secrets_are_private(new_demo):
    """Nobody else can read what stands in the folder."""
    demo = new_demo()
    assert demo.home.stat().st_mode & 0o077 == 0
    for name in ("password", "curlrc", "cords.db", "cords.log"):
        assert (demo.home / name).stat().st_mode & 0o077 == 0, name


def test_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
        env = {**os.environ, "CORDS_HOME": str(tmp_path / "var"), "CORDS_BIN": str(BIN)}
        r = subprocess.run([ROOT / "quickstart", "--port", str(port)], capture_output=True, text=True, timeout=60, env=env)
    assert r.returncode == 1 and f"port {port}" in r.stderr


def test_wrong_words():
    for words in (["--port"], ["--port", "x"], ["--help"], ["serve"]):
        r = subprocess.run([ROOT / "quickstart", *words], capture_output=True, text=True, timeout=60)
        assert r.returncode == 1 and r.stdout == "" and r.stderr.startswith("quickstart: "), (words, r)
