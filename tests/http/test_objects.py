"""Data Pump and object storage: a Swift with its S3 layer, and nginx as WebDAV; what is true of all kinds of URIs."""
import json
import sqlite3

import pytest

import storage
from lib import wait_for

N = 3000
SECRETS = {"basic": (storage.DAV_USER, storage.DAV_KEY), "swift": (storage.USER, storage.KEY), "s3": (storage.USER, storage.KEY)}
PATHS = {"basic": "", "swift": f"/v1/{storage.ACCOUNT}", "s3": "", "temporary": f"/v1/{storage.ACCOUNT}"}


@pytest.fixture(scope="module")
def own(new_site):
    """a site, not started, with a table in schema hr, and an empty pool beside it"""
    site = new_site(start=False, engine="sqlite", schemas=("hr", "other"), settings={
        "database.api.enabled": "true", "datapump.leaseTime": "900ms", "datapump.minFree": "0",
        "datapump.objectStorage.retryPause": "20ms", "datapump.objectStorage.timeout": "2s"})
    for key in ("minFree", "objectStorage.retryPause", "objectStorage.timeout", "leaseTime"):
        site.cords("config", "set", "--global", f"datapump.{key}", site.settings[f"datapump.{key}"])
    site.cords("install", "--db-pool", "target", "--db-file", str(site.folder / "target.db"))
    site.cords("schema", "--db-pool", "target", "enable", "hr", "--password-stdin", stdin="secret\n")
    db = sqlite3.connect(site.db)
    db.execute("CREATE TABLE emp(id INTEGER PRIMARY KEY, name TEXT)")
    db.executemany("INSERT INTO emp VALUES (?, ?)", [(i, f"name {i} é") for i in range(N)])
    db.commit()
    db.close()
    return site


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


@pytest.fixture(params=["basic", "swift", "s3", "temporary"])
def store(request, own):
    s = Store(request.param, own)
    yield s
    s.gate.close()


def test_there_and_back(store):
    """DP-61: a dump in an object, and from there into another pool; nothing is left in the directory but logs"""
    out = store.export("there.dmp").stdout
    assert "successfully completed" in out.splitlines()[-1], out
    assert ". . uploaded" in out
    assert store.server.names(store.bucket) == ["there.dmp"]
    assert store.load("there.dmp").stdout.splitlines()[-1].count("successfully completed") == 1
    assert store.rows() == (N, 0, N - 1, f"name {N - 1 if N < 1000 else 999} é")
    wait_for(lambda: {p.suffix for p in (store.site.config / "datapump").iterdir()} == {".LOG"})
