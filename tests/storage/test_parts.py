"""Data Pump and object storage: files that go in parts, as S3 and Swift have them."""
import os
import re
import signal
import sqlite3
import threading

import pytest

import storage
from lib import Client, runner_of, wait_for
from stores import Store, in_background, is_last, job_log, stage, state_of

ROWS, PARTS = 1700, 4
# up to the first part: a token, looking before there is a job; a token, looking twice; or no token, and a name for the upload
FINE = {"swift": [(None, 0)] * 6, "s3": [(None, 0)] * 5}


@pytest.fixture(scope="module")
def large(own):
    """a table whose dump has four parts of the smallest size that S3 takes"""
    own.cords("config", "set", "--global", "datapump.objectStorage.partSize", "5m")
    db = sqlite3.connect(own.db)
    db.execute("CREATE TABLE large(id INTEGER PRIMARY KEY, b BLOB)")
    db.executemany("INSERT INTO large VALUES (?, randomblob(10000))", [(i,) for i in range(ROWS)])
    db.commit()
    db.close()
    yield {"name_expressions": [{"expression": "= 'LARGE'"}]}
    own.cords("config", "delete", "--global", "datapump.objectStorage.partSize")


@pytest.fixture(params=["swift", "s3"])
def store(request, own, large):
    s = Store(request.param, own)
    s.bucket = f"parts-{request.param}"
    s.server.make_bucket(s.bucket)
    yield s
    s.close()


def loaded(store, name):
    out = store.load(name).stdout
    assert is_last(out, "successfully completed"), out
    db = sqlite3.connect(store.site.folder / "target.db")
    found = db.execute("SELECT count(*), min(length(b)), max(length(b)) FROM large").fetchone()
    db.close()
    return found == (ROWS, 10000, 10000)


def parts(store, name):
    """names of parts that the storage has of this object, where it keeps them"""
    if store.kind == "swift":
        return [n for n in store.server.names(store.bucket) if n.startswith(name + "_segments/")]
    status, _, body = store.server.request("GET", f"/v1/{storage.ACCOUNT}/{store.bucket}+segments?prefix={name}/")
    return [n for n in body.decode().split() if n.count("/") == 2] if status == 200 else []


def lose(store, name, number):
    """a part is there no more"""
    folder = store.bucket + ("" if store.kind == "swift" else "+segments")
    (part,) = (n for n in parts(store, name) if int(n.rpartition("/")[2]) == number)
    assert store.server.request("DELETE", f"/v1/{storage.ACCOUNT}/{folder}/{part}")[0] == 204


def numbers(gate):
    """of the parts that were sent"""
    found = (re.match(r"PUT \S*(?:partNumber=|_segments/\w+/0*)(\d+)", r) for r in gate.requests)
    return [int(m[1]) for m in found if m]


def sent_line(log):
    (line,) = (line for line in log if line.startswith(". . uploaded"))
    return line


def held(store, name, at, verb="PUT", **spec):
    """an export that stands in the middle of a request: its command and its job"""
    job = "HELD_" + re.sub(r"\W", "_", name).upper()
    store.gate.hold_at, store.gate.hold_verb, store.gate.hold = at, verb, threading.Event()
    command = in_background(store, name, job_name=job, **spec)
    wait_for(lambda: store.gate.seen(verb) == at, 30)
    return command, job


def ended(command):
    """what it has said"""
    with command.stdout:
        out = command.stdout.read().decode()
    command.wait(30)
    return out


def test_in_parts(store, large):
    """R-27: the object has what the file has, and is replaced without parts left behind"""
    name = f"whole-{store.kind}.dmp"
    out = store.export(name, **large).stdout
    assert is_last(out, "successfully completed") and f"bytes in {PARTS} parts, ETag" in sent_line(out.splitlines()), out
    assert numbers(store.gate) == list(range(1, PARTS + 1)) and len(parts(store, name)) == PARTS
    assert loaded(store, name)
    wait_for(lambda: not stage(store.site))
    r = store.export(name, check=False, **large)
    assert "ODP-31641" in r.stderr
    before = set(parts(store, name))
    store.export(name, reuse_dumpfiles=True, **large)
    if store.kind == "swift":       # what S3 does with parts of an object that is replaced is its own affair
        assert len(parts(store, name)) == PARTS and not before & set(parts(store, name))
    assert loaded(store, name)
    store.export(name, reuse_dumpfiles=True, name_expressions=[{"expression": "= 'EMP'"}])
    assert store.kind == "s3" or not parts(store, name)


def test_weather(store, large):
    """R-27, F-18: an answer of trouble, a connection that is reset, and a byte that arrives as another one: only these parts are sent
    again"""
    name = f"weather-{store.kind}.dmp"
    store.gate.harm[:] = [*FINE[store.kind], ("answer", 503), (None, 0), ("reset", 3000000), (None, 0), ("flip", 1000000)]
    out = store.export(name, **large).stdout
    assert is_last(out, "successfully completed") and out.count("tried again in") == 3, out
    assert store.gate.harm == [] and numbers(store.gate) == [1, 2, 2, 3, 3, 4, 4]
    assert loaded(store, name)


@pytest.mark.parametrize("store", ["s3"], indirect=True)
def test_answer_that_is_cut(store, large):
    """R-27, F-18: the name of the upload is read from the answer that came whole, not from both"""
    name = "answer-s3.dmp"
    store.gate.harm[:] = [*FINE["s3"][2:], ("cut", b"<UploadId>")]
    out = store.export(name, **large).stdout
    assert is_last(out, "successfully completed") and out.count("tried again in") == 1, out
    assert store.gate.harm == [] and numbers(store.gate) == [1, 2, 3, 4]
    assert store.server.names(store.bucket).count(name) == 1


@pytest.mark.parametrize("store", ["swift"], indirect=True)
def test_path_without_an_object(store, large, monkeypatch):
    """no part is sent to a path that can have none, though the storage says that the name is free"""
    monkeypatch.setattr(store, "uri", lambda name, method: f"https://{store.gate.host}/v1/{name}")
    store.gate.harm[:] = [(None, 0), ("answer", 404), (None, 0), ("answer", 404), ("answer", 404)]
    r = store.export("x.dmp", check=False, **large)
    assert "/v1/ACCOUNT/CONTAINER/OBJECT" in r.stdout, (r, store.gate.requests)
    assert store.gate.harm == [] and store.gate.seen("PUT") == 0
    wait_for(lambda: not stage(store.site))


def test_runner_killed_between_parts(store, large):
    """R-21, R-27, F-04: kill -9 while the third part is sent; another runner sends the rest, and what the storage has lost meanwhile"""
    name = f"killed-{store.kind}.dmp"
    command, job = held(store, name, 3, **large)
    (pid,) = runner_of(store.site)
    os.kill(pid, signal.SIGKILL)
    assert name not in store.server.names(store.bucket)
    wait_for(lambda: len(parts(store, name)) == 2)
    lose(store, name, 1)
    store.gate.release()
    store.gate.requests.clear()
    wait_for(lambda: store.site.cords("datapump", "run-pending", check=False) and state_of(store.site, job) == "COMPLETED", 30)
    command.wait(20)
    log = job_log(store.site, job)
    assert any(line.startswith(f". . 1 of {PARTS} parts of ") for line in log), log
    assert numbers(store.gate) == [1, 3, 4]
    assert loaded(store, name)
    wait_for(lambda: not stage(store.site))


def test_part_lost_at_the_end(store, large):
    """R-27: what was sent and is not there when all is put together is sent again, and nothing else"""
    name = f"lost-{store.kind}.dmp"
    verb, at = ("PUT", PARTS + 1) if store.kind == "swift" else ("POST", 2)
    command, job = held(store, name, at, verb, **large)
    lose(store, name, 2)
    store.gate.release()
    out = ended(command)
    assert state_of(store.site, job) == "COMPLETED" and "a part that had arrived is lost" in out, out
    assert numbers(store.gate) == [1, 2, 3, 4, 2]
    assert loaded(store, name)


def test_end_that_nobody_hears_of(store, large):
    """R-27: the storage has put all together, and its answer does not come: looking tells"""
    name = f"unheard-{store.kind}.dmp"
    store.gate.harm[:] = [*FINE[store.kind], *[(None, 0)] * (PARTS - 1), ("cut", 0)]
    out = store.export(name, **large).stdout
    assert store.gate.harm == [] and is_last(out, "successfully completed") and out.count("tried again in") == 1, out
    assert numbers(store.gate) == [1, 2, 3, 4]
    assert loaded(store, name)


@pytest.mark.parametrize("is_stopped", [False, True])
def test_somebody_else_was_first(store, large, is_stopped):
    """another object under the name, made while parts were sent, or while the job was stopped: it is left, parts are not"""
    name = f"theirs-{store.kind}-{is_stopped}.dmp"
    command, job = held(store, name, 3, **large)
    store.server.put(store.bucket, name, b"precious")
    if is_stopped:
        store.site.cords("datapump", "stop", f"HR,{job}")
        wait_for(lambda: state_of(store.site, job) == "STOPPED", 20)
        assert len(parts(store, name)) == 2
    store.gate.release()
    out = ended(command)
    if is_stopped:
        store.site.cords("datapump", "start", f"HR,{job}")
        wait_for(lambda: "fatal error" in job_log(store.site, job)[-1], 20)
        out = "\n".join(job_log(store.site, job))
    assert "ODP-31641" in out and is_last(out, "stopped due to fatal error"), out
    assert store.server.get(store.bucket, name) == b"precious" and not parts(store, name)
    wait_for(lambda: not stage(store.site))


@pytest.mark.parametrize("verb, state", [("stop", "STOPPED"), ("kill", None)])
def test_orders_while_it_sends(store, large, verb, state):
    """DP-103, DP-104: stopped, the rest is sent later; killed, no part is left"""
    name = f"order-{store.kind}-{verb}.dmp"
    command, job = held(store, name, 3, **large)
    store.site.cords("datapump", verb, f"HR,{job}")
    wait_for(lambda: state_of(store.site, job) == state, 20)
    store.gate.release()
    command.wait(20)
    if verb == "kill":
        assert not parts(store, name)
    else:
        assert len(parts(store, name)) == 2
        store.gate.requests.clear()
        store.site.cords("datapump", "start", f"HR,{job}")
        wait_for(lambda: state_of(store.site, job) == "COMPLETED", 20)
        assert numbers(store.gate) == [3, 4]
        assert loaded(store, name)
    wait_for(lambda: not stage(store.site))


def test_dropping_the_record_of_a_stopped_job(store, large):
    """R-27: what it has sent goes, too, before the record does"""
    name = f"dropped-{store.kind}.dmp"
    command, job = held(store, name, 3, **large)
    store.site.cords("datapump", "stop", f"HR,{job}")
    wait_for(lambda: state_of(store.site, job) == "STOPPED", 20)
    store.gate.release()
    command.wait(20)
    assert len(parts(store, name)) == 2
    store.site.start()
    try:
        answer = Client("127.0.0.1", store.site.port, "hr", "secret").delete(f"/ords/hr/_/db-api/stable/database/datapump/jobs/HR,{job}/")
        assert answer.status == 202, answer
        wait_for(lambda: state_of(store.site, job) is None, 20)
    finally:
        store.site.stop()
    assert not parts(store, name) and name not in store.server.names(store.bucket)
    wait_for(lambda: not stage(store.site))


def test_download_goes_on_where_it_was_cut(store, large):
    """R-27: of an object of parts, too, what came is not asked for again"""
    name = f"cut-{store.kind}.dmp"
    store.export(name, **large)
    store.gate.requests.clear()
    store.gate.harm[:] = [*[(None, 0)] * (3 if store.kind == "swift" else 1), ("cut", 12000000), ("answer", 503)]
    assert loaded(store, name)
    assert store.gate.harm == [] and store.gate.passed[-1] < 7000000, "all of it came once more"
