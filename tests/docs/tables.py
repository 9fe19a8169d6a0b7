#!/usr/bin/python3
"""The tables in docs/ that the program or its sources know better.

usage: CORDS_BIN=build/cords tests/docs/tables.py      writes them anew, between their markers
test_tables.py fails when one of them differs from what this makes.
"""
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CORDS_BIN", ROOT / "build" / "cords")).resolve()
DOCS = ROOT / "docs"


def printed(command):
    return json.loads(subprocess.run([BIN, command, "--json"], check=True, capture_output=True, text=True).stdout)


def code(text):
    return f"`{text}`" if text else ""


def plain(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def settings():
    """those with a meaning"""
    return table(["setting", "default", "scope", "value", "meaning"],
                 [[code(o["name"]), code(o["default"]), o["scope"], plain(o["value"]), plain(o["help"])]
                  for o in printed("options")["options"] if o["value"] != "ignored"])


def ignored():
    return table(["setting", "scope"],
                 [[code(o["name"]), o["scope"]] for o in printed("options")["options"] if o["value"] == "ignored"])


def routes():
    return table(["method", "path below `/ords`", "action", "role", "does"],
                 [[r["method"], code(r["path"]), code(r["action"]), r["role"], r["summary"]]
                  for r in printed("routes")["routes"]])


def parameters():
    rows = re.findall(r'^Q\(\w+,\s*"(\w+)",\s*(\w+),\s*"([^"]*)"\)', (ROOT / "handlers/params.def").read_text(), re.M)
    values = {"LIMIT": "number from 1", "OFFSET": "number from 0", "FIELDS": "`id`, `value` or `all`",
              "FLAG": "`true` or `false`", "TEXT": "text", "TIME": "time of ISO 8601"}
    return table(["parameter", "value", "meaning"], [[code(name), values[kind], plain(text)] for name, kind, text in rows])


def properties():
    """of a request of Data Pump"""
    rows = re.findall(r'^PROPERTY\("(\w+)", (\w+), (\w+), "([^"]*)", (\w+), "([^"]*)"\)',
                      (ROOT / "handlers/properties.def").read_text(), re.M)
    values = {"STRING": "text", "INTEGER": "number", "BOOLEAN": "`true` or `false`", "SIZE": "bytes, or text with K, M or G",
              "EXPRESSIONS": "list of `{\"expression\": text}`", "PAIRS": "list of `{\"source\": text, \"target\": text}`",
              "OBJECTS": "list of `{\"object_type\": text, \"expression\": text}`",
              "QUERIES": "list of `{\"table\": text, \"filter\": object}`", "WORDS": "list of text"}
    where = {"EXPORT": "export", "IMPORT": "import", "BOTH": "both", "OPERATION": "`jobs/`"}
    return table(["property", "for", "value", "ORDS", "meaning"],
                 [[code(name), where[op], values[kind] + (": " + ", ".join(map(code, words.split())) if words else ""),
                   "" if extension == "true" else "yes", plain(text)] for name, kind, op, words, extension, text in rows])


def errors():
    """the kinds that answers show: a code, or a status of the front layer"""
    text = (ROOT / "base/err.def").read_text()
    front = text[:text.index("/* the command line and the configuration */")]
    rows = re.findall(r'^E\((\w+),\s*(\d+),\s*"([^"]*)",\s*"([^"]*)"\)', front, re.M)
    rows.sort(key=lambda r: (r[2] == "", r[2], int(r[1])))
    return table(["`o:errorCode`", "status", "title unless something better is known", "in the log"],
                 [[code(c) or "none", status, plain(title), code(kind)] for kind, status, c, title in rows])


def worked():
    """documents and filters that unit tests, SQL and HTTP are all held against"""
    text = json.loads((ROOT / "tests/soda/qw.json").read_text())
    return text["documents"]["main"], [c for c in text["cases"] if c["docs"] == "main"]


def cell(value):
    return "`` " + json.dumps(value, ensure_ascii=False).replace("|", "\\|") + " ``"


def documents():
    return table(["", "document"], [[letter, cell(doc)] for letter, doc in worked()[0].items()])


def examples():
    return table(["filter", "finds"], [[cell(c["qbe"]), " ".join(c["match"]) or "nothing"] for c in worked()[1]])


TABLES = {"settings.md": {"settings": settings, "ignored": ignored},
          "routes.md": {"routes": routes, "parameters": parameters},
          "data-pump.md": {"properties": properties},
          "errors.md": {"errors": errors},
          "filters.md": {"documents": documents, "examples": examples}}


def markers(name):
    return f"<!-- table {name}: made by tests/docs/tables.py -->\n", f"<!-- end of {name} -->\n"


def parts(page, name):
    """what stands before, in and after a table"""
    begin, end = markers(name)
    head, found, rest = (DOCS / page).read_text().partition(begin)
    assert found, f"docs/{page} has no place for the table {name}"
    old, found, tail = rest.partition(end)
    assert found, f"the table {name} of docs/{page} does not end"
    return head + begin, old, end + tail


def main():
    for page, tables in TABLES.items():
        for name, make in tables.items():
            head, _, tail = parts(page, name)
            (DOCS / page).write_text(head + make() + tail)


if __name__ == "__main__":
    main()
