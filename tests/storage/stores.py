"""A kind of object storage as jobs see it, and what is seen of jobs from outside."""
import json
import sqlite3
import subprocess

import storage
from lib import BIN

N = 3000
SECRETS = {"basic": (storage.DAV_USER, storage.DAV_KEY), "swift": (storage.USER, storage.KEY), "s3": (storage.USER, storage.KEY)}
PATHS = {"basic": "", "swift": f"/v1/{storage.ACCOUNT}", "s3": "", "temporary": f"/v1/{storage.ACCOUNT}"}


class Store:
    """a kind of URI, and the server behind it"""

    def __init__(self, kind, own):
        self.kind, self.site = kind, own
        self.server = storage.running(storage.WebDAV if kind == "basic" else storage.Swift)
        self.gate = storage.Gate(self.server)
        self.bucket = f"bucket-{kind}"
        self.server.make_bucket(self.bucket)
        own.cords("config", "set", "--global", "datapump.objectStorage.allowedHosts", self.gate.host)
        own.cords("config", "set", "--global", "datapump.objectStorage.caFile", str(self.server.ca))
        self.credential = None
        if kind in SECRETS:
            self.credential = f"KEY_{kind}"
            for pool in ("default", "target"):
                own.cords("credential", "create", self.credential, "--schema", "hr", "--type", kind, "--username", SECRETS[kind][0],
                          "--password-stdin", "--replace", "--db-pool", pool, stdin=SECRETS[kind][1] + "\n")

    def close(self):
        if self.gate.hold is not None:
            self.gate.release()
        self.gate.close()

    def uri(self, name, method="PUT"):
        uri = f"https://{self.gate.host}{PATHS[self.kind]}/{self.bucket}/{name}"
        return uri + "?" + self.server.temporary(method, self.bucket, "") if self.kind == "temporary" else uri

    def spec(self, name, method="PUT", **more):
        who = {"credential_name": self.credential} if self.credential else {}
        return json.dumps({"file_name": self.uri(name, method), **who, **more})

    def export(self, name, check=True, **more):
        return self.site.cords("datapump", "export", "-", "--schema", "hr", stdin=self.spec(name, **more), check=check)

    def load(self, name, check=True, **more):
        """into the other pool"""
        more.setdefault("table_exists_action", "REPLACE")
        return self.site.cords("datapump", "import", "-", "--schema", "hr", "--db-pool", "target",
                               stdin=self.spec(name, method="GET", **more), check=check)

    def rows(self):
        db = sqlite3.connect(self.site.folder / "target.db")
        found = db.execute("SELECT count(*), min(id), max(id), max(name) FROM emp").fetchone()
        db.close()
        return found


def stage(site):
    """what is in the directory beside logs"""
    return [p.name for p in (site.config / "datapump").iterdir() if p.suffix != ".LOG"]


def job_log(site, name):
    db = sqlite3.connect(f"file:{site.db}-jobs?mode=ro", uri=True)
    lines = db.execute("SELECT l.content FROM ords_job_log l JOIN ords_jobs j ON j.id = l.job WHERE j.name = ? ORDER BY l.line", [name])
    found = [line for line, in lines]
    db.close()
    return found


def state_of(site, name):
    db = sqlite3.connect(f"file:{site.db}-jobs?mode=ro", uri=True)
    row = db.execute("SELECT state FROM ords_jobs WHERE name = ?", [name]).fetchone()
    db.close()
    return row and row[0]


def is_last(out, words):
    return words in out.splitlines()[-1]


def in_background(store, name, **more):
    command = subprocess.Popen([BIN, "--config", store.site.config, "--quiet", "datapump", "export", "-", "--schema", "hr"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=store.site.env)
    command.stdin.write(store.spec(name, **more).encode())
    command.stdin.close()
    return command
