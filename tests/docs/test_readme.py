"""README.md and docs/: the commands are run, their answers compared, links followed."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from demo import BIN, ROOT, free_port
from pages import blocks

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def steps(kind, page=ROOT / "README.md"):
    """(commands, answer) of every block of that kind"""
    found = []
    for what, text in blocks(page):
        if what == "answer":
            found[-1][2] = text
        elif what in ("sh", "sh folder"):
            found.append([what, text, ""])
    return [(text, answer) for what, text, answer in found if what == kind]


def stable(text):
    """what is different each time gets a name"""
    for what, name in ((r"\b[0-9A-F]{64}\b", "ETAG"), (r"\b[0-9A-F]{32}\b", "KEY"),
                       (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "TIME"),
                       (r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "DATE"),
                       (r"at \w{3} \w{3} [ \d]\d [\d:]{8} \d{4} elapsed \d+ [\d:]{8}", "at DATE"),
                       (r"\d{4}-\d\d-\d\d-\d\d_\d\d_\d\d(-\d+)?\b", "INSTANT"), (r"PORT_\d{14}(_\d+)?\b", "PORT_INSTANT"),
                       (r"by cords [\d.]+ from sqlite [\d.]+,", "by cords N from sqlite N,"),
                       (r"ecid/[\w-]{22}", "ecid/ID"), (r"Request-Id: [\w-]{22}", "Request-Id: ID")):
        text = re.sub(what, name, text)
    return re.sub(r" +$", "", text.replace("\r", ""), flags=re.M).strip()


def run(blocks, **kw):
    """all blocks in one shell; what each of them said"""
    script = "set -u\n" + "".join(f"{block}printf '\\n=====\\n'\n" for block in blocks)
    p = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                         **kw)
    try:
        out, _ = p.communicate(timeout=120)
    finally:
        # a server that a block has started and not ended goes with the shell
        with contextlib.suppress(ProcessLookupError):
            os.killpg(p.pid, signal.SIGTERM)
    assert p.returncode == 0, out
    return out.split("\n=====\n")[:-1]


def compare(blocks, said):
    assert len(said) == len(blocks)
    for (commands, answer), text in zip(blocks, said):
        assert stable(re.sub(r"\n\n+", "\n", text)) == stable(re.sub(r"\n\n+", "\n", answer)), commands


def test_tour(new_demo):
    demo = new_demo()
    blocks = steps("sh")
    assert len(blocks) > 8
    here = f"127.0.0.1:{demo.port}"
    said = run([commands.replace("127.0.0.1:8080", here) for commands, _ in blocks], cwd=demo.folder)
    compare(blocks, [text.replace(here, "127.0.0.1:8080") for text in said])


@pytest.fixture
def place():
    """An empty folder with the program in bin/, for an ordinary account: workers refuse to run as root."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cords-docs."))
    (folder / "bin").mkdir()
    shutil.copy(BIN, folder / "bin" / "cords")
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("page", [p for p in PAGES if steps("sh folder", p)], ids=lambda p: p.name)
def test_commands_of_a_folder(place, page):
    """as somebody does who reads the page from its top, in a folder of theirs"""
    blocks = steps("sh folder", page)
    port = free_port()
    as_whom = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("ORDS_")}, "HOME": str(place), "TMPDIR": str(place),
           "PATH": f"{place}/bin:{os.environ['PATH']}"}
    said = run([text.replace("127.0.0.1:8080", f"127.0.0.1:{port}") for text, _ in blocks], cwd=place, env=env, **as_whom)
    compare(blocks, [text.replace(str(place), "/tmp").replace(f"127.0.0.1:{port}", "127.0.0.1:8080") for text in said])


def calls_of_block():
    """(page, words) of each block that another test takes from a page to run it"""
    for path in (ROOT / "tests").rglob("*.py"):
        for page, words in re.findall(r'\bblock\("([\w./-]+)", "([^"]+)"\)', path.read_text()):
            yield ROOT / page if page == "README.md" else ROOT / "docs" / page, words


def test_everything_is_run():
    """a block is commands, or their answer, which this file runs; or JSON (test_examples.py); or taken by a test elsewhere"""
    elsewhere = list(calls_of_block())
    for page in PAGES:
        kinds = [kind for kind, _ in blocks(page)]
        assert set(kinds) <= {"sh", "sh folder", "answer", "json", ""}, page
        assert page.name == "README.md" or "sh" not in kinds, page
        assert all(before in ("sh", "sh folder") for before, kind in zip(["", *kinds], kinds) if kind == "answer"), page
        for text in (text for kind, text in blocks(page) if kind == ""):
            assert any(where == page and words in text for where, words in elsewhere), f"{page}: nobody runs\n{text}"


def test_pages_that_show_answers():
    """a block of answers follows commands that are run, and the contents name every page"""
    assert {p.name for p in PAGES if steps("sh folder", p)} >= {"README.md", "accounts.md", "install.md", "for-ords-users.md", "security.md",
                                                                 "data-pump.md", "troubleshooting.md", "operation.md"}
    contents = (ROOT / "docs/README.md").read_text()
    assert not [p.name for p in PAGES if p.parent.name == "docs" and p.name != "README.md" and f"({p.name})" not in contents]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    text = page.read_text()
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, place = link.partition("#")
        if re.match(r"\w+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if place:
            heads = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-")
                     for h in re.findall(r"^#+ (.*)$", target.read_text(), re.M)}
            assert place in heads, link


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_named_files_exist(page):
    """`folder/file` in a page is a file or folder of the tree"""
    for name in re.findall(r"`((?:base|conf|sql|soda|handlers|fcgi|tests|docs|bench)/[\w./-]*)`", page.read_text()):
        assert "NAME" in name or (ROOT / name).exists(), name
