"""Data Pump and object storage on each engine; everything that is the same on all of them: tests/storage."""
import json

import storage


def test_each_engine(site, coll):
    """credentials and jobs with objects, wherever the job store is"""
    coll.add_all([{"n": i} for i in range(20)])
    if site.engine == "postgresql":
        site.server.psql(site.database, "CREATE SCHEMA IF NOT EXISTS demo", "GRANT ALL ON SCHEMA demo TO cords")
    elif site.engine == "mariadb":
        site.server.mariadb("CREATE SCHEMA IF NOT EXISTS demo CHARACTER SET utf8mb4; GRANT ALL ON demo.* TO cords")
    server = storage.running(storage.Swift)
    gate = storage.Gate(server)
    server.make_bucket("engines")
    for key, value in {"objectStorage.allowedHosts": gate.host, "objectStorage.caFile": str(server.ca), "minFree": "0"}.items():
        site.cords("config", "set", f"datapump.{key}", value)
    site.cords("credential", "create", "store", "--schema", "demo", "--type", "s3", "--username", storage.USER, "--password-stdin",
               stdin=storage.KEY + "\n")
    assert [c["name"] for c in json.loads(site.cords("credential", "list", "--json").stdout)["credentials"]] == ["STORE"]
    name = f"{site.engine}.dmp"
    spec = {"file_name": f"https://{gate.host}/engines/{name}", "credential_name": "STORE",
            "name_expressions": [{"expression": f"= '{coll.name}'"}]}
    out = site.cords("datapump", "export", "-", "--schema", "demo", stdin=json.dumps(spec)).stdout
    assert "successfully completed" in out.splitlines()[-1] and "20 rows" in out, out
    coll.soda.delete(coll.path)
    out = site.cords("datapump", "import", "-", "--schema", "demo", stdin=json.dumps(spec)).stdout
    assert "successfully completed" in out.splitlines()[-1], out
    assert sorted(v["n"] for v in coll.find({}, limit=100)) == list(range(20))
    site.cords("credential", "delete", "store", "--schema", "demo")
    gate.close()
