"""Pools for tests of imports: a database of each engine, with its own tools to fill it and to look into it."""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "http"))

import servers  # noqa: E402

PUMP = pathlib.Path(os.environ.get("CORDS_PUMP", ROOT / "build/tests/datapump/pump"))
ENGINES = ["sqlite", "postgresql", "mariadb"]


class SQLite:
    engine = "sqlite"
    schema = None               # the file

    def __init__(self, folder):
        self.path = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "pool.db"
        self.text = f"engine=sqlite,file={self.path}"

    def run(self, script):
        with sqlite3.connect(self.path) as db:
            db.executescript(script)
        db.close()

    def rows(self, query):
        with sqlite3.connect(self.path) as db:
            found = db.execute(query).fetchall()
        db.close()
        return found

    def name(self, table):
        return f'"{table}"'


class PostgreSQL:
    engine = "postgresql"
    schema = "hr"

    def __init__(self, folder):
        self.server = servers.running("postgresql")
        self.database = self.server.fresh_name()
        self.server.create(self.database)
        self.text = (f"engine=postgresql,host=127.0.0.1,port={self.server.port},name={self.database},user={servers.ADMIN},"
                     f"password={servers.PASSWORD}")
        self.run("CREATE SCHEMA ords_metadata")

    def run(self, script):
        self.server.psql(self.database, script)

    def rows(self, query):
        out = self.server.psql(self.database, f"SELECT coalesce(json_agg(row_to_json(q)), '[]') FROM ({query}) q", flags=("-At",))
        return [tuple(row.values()) for row in json.loads(out, parse_float=str)]

    def name(self, table):
        return f'hr."{table}"'


class MariaDB:
    engine = "mariadb"

    def __init__(self, folder):
        self.server = servers.running("mariadb")
        self.database = self.server.fresh_name() + "m"
        self.schema = self.database + "hr"
        self.server.mariadb(f"CREATE DATABASE {self.database}; CREATE DATABASE {self.schema}")
        self.text = (f"engine=mariadb,host=127.0.0.1,port={self.server.port},name={self.database},user={servers.ADMIN},"
                     f"password={servers.PASSWORD}")

    def run(self, script):
        self.server.mariadb(f"SET NAMES utf8mb4, sql_mode='STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES';{script}", self.schema)

    def rows(self, query):
        return [tuple(None if v == "NULL" else v for v in line.split("\t"))
                for line in self.server.mariadb(query, "--raw", self.schema).splitlines()]

    def name(self, table):
        return f"`{table}`"


def make(engine, folder):
    pool = {"sqlite": SQLite, "postgresql": PostgreSQL, "mariadb": MariaDB}[engine](folder)
    r = subprocess.run([PUMP, "install", pool.text], capture_output=True, text=True, timeout=60)
    assert r.returncode == 0, r.stdout
    return pool


class Result:
    def __init__(self, run, folder):
        self.code, self.log = run.returncode, run.stdout
        lines = run.stdout.splitlines()
        self.summary = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None
        self.errors = [line for line in lines if line.startswith("ERROR ")]
        self.tables = {t["table"]: t for t in self.summary["tables"]} if self.summary else {}
        skipped = folder / "SKIPPED.SQL"
        self.skipped = skipped.read_text() if skipped.exists() else ""
        self.folder = folder


def target_schema(pool):
    return pool.schema or "main"


def docs(pool, schema, n):
    """A schema with n documents in its collection c; without the collection when there are none."""
    r = subprocess.run([PUMP, "docs", pool.text, schema, str(n)], capture_output=True, text=True, timeout=60)
    assert r.returncode == 0, r.stdout


def dump(source, folder):
    """A dump of the source's schema; the folder that it lies in."""
    there = pathlib.Path(tempfile.mkdtemp(dir=folder))
    r = subprocess.run([PUMP, "dump", source.text, there, *([source.schema] if source.schema else [])], capture_output=True, text=True,
                       timeout=120)
    assert r.returncode == 0, r.stdout
    return there


def copy(source, target, folder, name="J1", epoch=1, own=None, dumped=None, **spec):
    """Everything of the source's schema into the target's; dumped: a folder of dump()."""
    there = pathlib.Path(tempfile.mkdtemp(dir=folder))
    remap = {} if "remap_schemas" in spec else {"remap_schemas": [{"source": source_name(source), "target": target_schema(target)}]}
    body = json.dumps({"file_name": "X.DMP", **scope(source), **remap, **spec}, separators=(",", ":"))
    args = [PUMP, "copy", f"dump={dumped}" if dumped else source.text, target.text, name, str(epoch), body] + ([own] if own else [])
    r = subprocess.run(args, capture_output=True, text=True, timeout=300, cwd=there)
    return Result(r, there)


def source_name(source):
    return source.schema or "main"


def scope(source):
    return {"schema_expressions": [{"expression": f"= '{source_name(source)}'"}]} if source.schema else {}
