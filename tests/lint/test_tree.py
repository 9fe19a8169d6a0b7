"""What a compiler and a linker cannot see: arrows between rooms, words, names, lengths, tables without readers."""
import os
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ["base", "conf", "sql", "soda", "datapump", "handlers", "fcgi"]        # each knows those before it ...
STRANGERS = {"datapump": {"soda"}}                                             # ... but for these

LONG = 600    # lines

# Words that belong to sql/.  Only in strings: a comment may explain.
SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE (TABLE|INDEX)|DROP (TABLE|INDEX)|WHERE|ORDER BY|"
                 r"GROUP BY|BEGIN IMMEDIATE|ROLLBACK|PRAGMA|sqlite_\w+)\b")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b")
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|misc)\b", re.I)


def sources(rooms=ROOMS, kinds=(".c", ".h", ".def")):
    return [p for room in rooms for p in sorted((ROOT / room).iterdir())
            if p.suffix in kinds and not p.name.endswith("_embedded.c")]


def test_programs():
    kinds = (".c", ".h", ".py", ".sh", ".lua")
    return [p for room in ("tests", "bench") for p in sorted((ROOT / room).rglob("*")) if p.suffix in kinds]


test_programs.__test__ = False


def name(path):
    return str(path.relative_to(ROOT))


def included(path):
    return re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', path.read_text(), re.M)


def without_comments(text):
    """what a comment looks like inside a string is none"""
    either = r'("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\')|/\*.*?\*/|//[^\n]*'
    return re.sub(either, lambda m: m[1] or " ", text, flags=re.S)


def strings(path):
    text = re.sub(r'^\s*#\s*include[^\n]*', "", without_comments(path.read_text()), flags=re.M)
    return re.findall(r'"((?:\\.|[^"\\\n])*)"', text)


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_point_left(room):
    """A room includes itself and what stands left of it."""
    known = set(ROOMS[:ROOMS.index(room) + 1]) - STRANGERS.get(room, set())
    wrong = [f"{name(p)} includes {what}" for p in sources([room]) for kind, what in included(p)
             if kind == '"' and what != "config.h" and what.split("/")[0] not in known]
    assert not wrong


@pytest.mark.parametrize("header, allowed", [
    ("sql.h", ["sql/odbc.h"]), ("sqlext.h", ["sql/odbc.h"]), ("fcgiapp.h", ["fcgi/serve.c"]),
    ("jansson.h", ["base/json.h"]), ("expat.h", ["conf/xml.c"]), ("pcre2.h", ["soda/regex.c"]),
    ("crypt.h", ["conf/password.c"]), ("setjmp.h", ["base/arena.h", "handlers/answer.c"]),
    ("zstd.h", ["datapump/frame.c"]), ("curl/curl.h", ["datapump/curllib.h"]),
    ("geos_c.h", ["soda/geolib.h"]), ("geodesic.h", ["soda/geolib.h"])])
def test_library_has_one_door(header, allowed):
    users = {name(p) for p in sources() for kind, what in included(p) if kind == "<" and what == header}
    assert users <= set(allowed) and users


def test_driver_manager_stays_in_its_room():
    assert not [name(p) for p in sources() for _, what in included(p) if what == "sql/odbc.h" and p.parent.name != "sql"]


@pytest.mark.parametrize("room", ["base", "conf", "soda", "datapump", "handlers", "fcgi"])
def test_no_sql_outside_its_room(room):
    wrong = [f"{name(p)}: {text}" for p in sources([room]) for text in strings(p) if SQL.search(text)]
    assert not wrong


@pytest.mark.parametrize("room", ["base", "conf", "soda", "datapump"])
def test_status_of_http_has_one_home(room):
    """base/err.def knows them, handlers/ sends them."""
    number = re.compile(r"\b(20[0-46]|30[1-478]|40[0-9]|41[0-57]|42[2689]|50[0-4])\b")
    wrong = [f"{name(p)}: {line.strip()}" for p in sources([room], (".c",))
             for line in without_comments(p.read_text()).splitlines()
             if re.search(r"status|http", line, re.I) and number.search(line)]
    assert not wrong


@pytest.mark.parametrize("room", ROOMS)
def test_headers_compile_alone(room):
    cc = shlex.split(os.environ.get("CC", "cc"))
    wrong = []
    for p in sources([room], (".h",)):
        r = subprocess.run([*cc, "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{ROOT}",
                            "-include", str(p), "-x", "c", "/dev/null"], capture_output=True, text=True)
        if r.returncode != 0:
            wrong.append(f"{name(p)}: {r.stderr.splitlines()[0]}")
    assert not wrong


def test_headers_are_guarded_by_their_name():
    wrong = []
    for p in sources(kinds=(".h",)):
        guard = "CORDS_" + re.sub(r"\W", "_", name(p)).upper()
        if f"#ifndef {guard}\n#define {guard}\n" not in p.read_text():
            wrong.append(name(p))
    assert not wrong


def test_no_long_source():
    assert [name(p) for p in sources(kinds=(".c", ".h")) if len(p.read_text().splitlines()) > LONG] == []


def test_nothing_unfinished():
    me = pathlib.Path(__file__).resolve()
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README"), ROOT / "quickstart", ROOT / "tests/run"]
    wrong = [f"{name(p)}: {line.strip()}" for p in [*sources(), *test_programs(), *pages] if p != me
             for line in p.read_text(errors="replace").splitlines() if UNFINISHED.search(line)]
    assert not wrong


def test_names_say_what():
    """No file is called util, helper, common or misc, and a source can be called by its name alone."""
    files = sources(kinds=(".c", ".h"))
    assert not [name(p) for p in files if VAGUE.search(p.stem)]
    names = [p.name for p in files]
    assert not {n for n in names if names.count(n) > 1}


@pytest.mark.parametrize("room", [*ROOMS, "tests", "bench"])
def test_room_has_a_short_readme(room):
    lines = (ROOT / room / "README").read_text().splitlines()
    assert 3 <= len(lines) <= 30


def used(word, files):
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    return any(pattern.search(text) for text in files)


def test_every_setting_is_read():
    """A setting that nobody reads would be a promise that nobody keeps."""
    rows = re.findall(r'^O\((\w+), "([^"]+)"', (ROOT / "conf/options.def").read_text(), re.M)
    texts = [without_comments(p.read_text()) for p in sources(kinds=(".c", ".h"))]
    assert rows
    assert not [f for f, key in rows if key[-1] != "*" and not used(f, texts)]
    assert not [key for _, key in rows if key[-1] == "*" and not any(f'"{key[:-1]}"' in t for t in texts)]


def test_every_failure_happens():
    kinds = re.findall(r"^E\((\w+),", (ROOT / "base/err.def").read_text(), re.M)
    texts = [without_comments(p.read_text()) for p in sources() if p.name != "err.def"]
    assert kinds
    assert not [k for k in kinds if not used("ERR_" + k, texts)]


def test_every_source_is_built():
    """What no list of a Makefile names is in no program and in no tarball.  tests/lib is taken whole."""
    lists = "".join(p.read_text() for p in [*ROOT.glob("*/local.mk"), *ROOT.glob("tests/*/local.mk")])
    c_files = [*sources(), *(p for p in test_programs() if p.suffix in (".c", ".h") and p.parent.name != "lib")]
    # a program of one source needs no list of sources
    assert not [name(p) for p in c_files if name(p) not in lists and str(p.relative_to(ROOT).with_suffix("")) not in lists]


def test_known_gaps_have_reasons():
    """ID, a space, why it cannot be tested here; nothing that a test claims to prove."""
    path = ROOT / "tests/known-gaps.txt"
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    claimed = "".join(p.read_text(errors="replace") for p in test_programs())
    for line in lines:
        m = re.fullmatch(r"([A-Z]{1,2}-\d{2,3}) (\S.{10,})", line)
        assert m, line
        assert not re.search(rf"\b{m[1]}\b", claimed), line
