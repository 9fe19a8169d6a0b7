"""Examples in docs/ that stand alone: settings, a line for cron, and JSON, which is sent to a site and taken for what the page says."""
import base64
import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import time
import urllib.parse

import pytest

from demo import BIN, ROOT, free_port
from pages import block, blocks

DOCS = ROOT / "docs"


class Home:
    def __init__(self, folder):
        self.folder, self.log = folder / "site", folder / "log"

    def cords(self, *words, said="", program=BIN):
        env = {k: v for k, v in os.environ.items() if not k.startswith("ORDS_")}
        r = subprocess.run([program, "--config", self.folder, *words], input=said, text=True, capture_output=True, timeout=60,
                           env={**env, "ORDS_CONFIG": str(self.folder)})
        assert r.returncode == 0, (words, r)
        return r.stdout

    def start(self):
        self.cords("install")
        self.cords("schema", "enable", "hr", "--password-stdin", said="secret\n")
        for key, value in (("database.api.enabled", "true"), ("security.verifySSL", "loopback"), ("security.stepDown", "false"),
                           ("log.file", str(self.log)), ("datapump.runner", "cron")):
            self.cords("config", "set", key, value)
        self.port = free_port()
        self.process = subprocess.Popen([BIN, "--config", self.folder, "serve", "--http", f"127.0.0.1:{self.port}", "--workers", "1"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert "answers at" in self.process.stdout.readline()
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0
        self.process.stdout.close()

    def ask(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        who = base64.b64encode(b"hr:secret").decode()
        c.request(method, "/ords/hr/" + path, body if body is None or isinstance(body, str) else json.dumps(body),
                  {"Authorization": f"Basic {who}", "Content-Type": "application/json"})
        r = c.getresponse()
        text = r.read()
        c.close()
        return r.status, json.loads(text) if text else None


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    h = Home(tmp_path_factory.mktemp("home")).start()
    assert h.ask("PUT", "soda/latest/people")[0] == 201
    yield h
    h.stop()


# ---- settings ----

@pytest.mark.parametrize("text", [
    block("database-api.md", "database.api.enabled"), block("rest-sql.md", "restEnabledSql.active"),
    block("data-pump.md", "datapump.directory.ARCHIVE"), block("data-pump.md", "datapump.objectStorage.allowedHosts")])
def test_settings(tmp_path, text):
    """each is taken, and read back as it was written"""
    h = Home(tmp_path)
    for line in text.splitlines():
        word, *rest = shlex.split(line)
        assert word == "cords" and rest[:2] == ["config", "set"]
        h.cords(*rest)
        assert h.cords("config", "get", rest[2]) == rest[3] + "\n"


def test_line_of_cron(tmp_path):
    h = Home(tmp_path)
    h.cords("install")
    times, _, command = block("data-pump.md", "run-pending").strip().partition("  ")
    assert times == "* * * * *"
    word, option, _, *rest = shlex.split(command)
    assert (word, option) == ("cords", "--config")
    h.cords(*rest)


# ---- JSON ----

def shown(page):
    return [json.loads(text) for kind, text in blocks(DOCS / page) if kind == "json"]


def test_filters(home):
    """filters.md: one that finds, one with an order and a projection"""
    docs = [{"name": "Ann", "address": {"city": "Oslo"}, "age": 30, "tags": ["x"]}, {"name": "Bob", "address": {"city": "Oslo"}, "age": 70},
            {"name": "Cay", "address": {"city": "Rome"}, "age": 20}]
    assert home.ask("POST", "soda/latest/people?action=insert", docs)[0] == 200

    def names(filter):
        status, found = home.ask("POST", "soda/latest/people?action=query", filter)
        assert status == 200, found
        return [item["value"] for item in found["items"]]
    first, second = shown("filters.md")
    assert names(first) == docs[:1]
    assert names(second) == [{"name": n} for n in ("Bob", "Ann", "Cay")]


def test_error(home):
    """errors.md: the answer as it stands there, but for the name of the request"""
    (want,) = shown("errors.md")
    status, got = home.ask("POST", "soda/latest/people?action=query", {"year": {"$above": 1900}})
    assert status == want["status"]
    assert {**got, "instance": ""} == {**want, "instance": ""} and list(got) == list(want)


def test_filter_object(home):
    """database-api.md"""
    (q,) = shown("database-api.md")
    status, found = home.ask("GET", "_/db-api/stable/database/objects/columns/?" + urllib.parse.urlencode({"q": json.dumps(q)}))
    assert status == 200 and "items" in found, found


def test_export_to_objects(home):
    """data-pump.md: understood as far as the credential, which this site has not"""
    for body in shown("data-pump.md"):
        status, answer = home.ask("POST", "_/db-api/stable/database/datapump/export", body)
        assert status == 400 and f"credential {body['credential_name']} is not available" in answer["message"], answer


def test_line_of_the_log(home):
    """operation.md: a line has these members, in this order, and none of them is a document's"""
    (want,) = shown("operation.md")
    assert home.ask("GET", "soda/latest/people/nosuch")[0] == 404
    end = time.monotonic() + 10         # a line is written behind its answer
    while not (found := [line for line in map(json.loads, home.log.read_text().splitlines()) if line.get("route") == want["route"]]):
        assert time.monotonic() < end
        time.sleep(0.02)
    (got,) = found
    assert list(got) == list(want)
    for member in ("level", "event", "method", "status", "rows", "pool", "error", "address"):
        assert got[member] == want[member], member
    assert got["user"] == "hr" and re.fullmatch("[A-Za-z0-9_-]{22}", got["id"])


def test_no_other_json():
    pages = {p.name for p in DOCS.glob("*.md") if shown(p.name)}
    assert pages == {"filters.md", "errors.md", "database-api.md", "data-pump.md", "operation.md"}
