"""A worker that is killed while it makes or drops collections and indexes."""
import itertools
import json
import os
import signal
import threading
import time

import pytest

from fcgi_peer import Worker
from lib import BIN, ENGINES, Site

SODA = "/ords/demo/soda/latest"
WEATHER = BIN.parent / "tests" / "shim" / "weather.so"
SPEC = {"name": "VALUE", "fields": [{"path": "value", "datatype": "number"}]}
STEPS = {"index": ("POST", "/kept?action=index", SPEC), "unindex": ("POST", "/kept?action=unindex", SPEC),
         "create": ("PUT", "/other"), "drop": ("DELETE", "/other")}
UNDO = {"index": "unindex", "unindex": "index", "create": "drop", "drop": "create"}


# of a search index, and of one over content in parsed form, which only PostgreSQL has
WORDS = {"name": "VALUE"}
KINDS = {"values": (SPEC, None, STEPS), "words": (WORDS, None, ["index"])}
if ENGINES[0] == "postgresql":
    KINDS["words of JSON"] = (WORDS, {"contentColumn": {"sqlType": "JSON"}}, ["index", "drop"])


def ask(worker, method, path, body=None):
    return worker.ask(method, SODA + path, None if body is None else json.dumps(body).encode()).status


def is_done(step, names, helper):
    return {"index": "VALUE" in names, "unindex": "VALUE" not in names, "create": ask(helper, "GET", "/other") == 200,
            "drop": ask(helper, "GET", "/other") == 404}[step]


def sweep(site, helper):
    """on an engine whose definitions commit, whoever defines next sweeps what others have left"""
    if site.engine == "mariadb":
        assert ask(helper, "PUT", "/swept") == 201 and ask(helper, "DELETE", "/swept") == 200


def test_killed_while_defining(tmp_path, rng):
    """R-10: after kill -9 at random moments the catalogue and the tables agree, what was acknowledged is there, and work goes on"""
    site = Site(tmp_path)
    helper = Worker(site)

    def attempt(worker, step, answers):
        try:
            answers.append(ask(worker, *STEPS[step]))
        except OSError:
            answers.append(None)        # it died before it read the request

    docs = [{"value": i, "text": "x" * 200} for i in range(1500)]
    happened = set()
    try:
        assert ask(helper, "PUT", "/kept") == 201 and ask(helper, "POST", "/kept?action=insert", docs) == 200
        for step in list(STEPS) * 10:
            ask(helper, *STEPS[UNDO[step]])
            begun = time.monotonic()
            ask(helper, *STEPS[step])
            usual = time.monotonic() - begun
            ask(helper, *STEPS[UNDO[step]])
            if step == "drop":
                assert ask(helper, "POST", "/other?action=insert", docs[:200]) == 200
                assert ask(helper, "POST", "/other?action=index", {**SPEC, "name": "OTHER"}) == 200
            worker = Worker(site)
            try:
                assert ask(worker, "GET", "/kept?limit=1") == 200
                answers = []
                t = threading.Thread(target=attempt, args=(worker, step, answers))
                t.start()
                time.sleep(rng.uniform(0, 3 * usual))       # the first time takes longer than usual
                os.kill(worker.pid, signal.SIGKILL)
                t.join(60)
            finally:
                worker.stop()
            sweep(site, helper)
            done = is_done(step, site.check_tables(), helper)
            assert done or answers[0] not in (200, 201), (step, answers)
            happened.add((step, done))
            a = helper.ask("POST", SODA + "/kept?action=query", b'{"value":{"$lt":10}}')
            assert a.status == 200 and len(json.loads(a.body)["items"]) == 10
    finally:
        helper.stop()
    # before the end of some and after that of others
    assert len(happened) >= 6, happened


@pytest.mark.skipif(not WEATHER.exists(), reason="tests/shim/weather.so is not built")
@pytest.mark.parametrize("kind", KINDS)
def test_killed_after_each_statement(tmp_path, kind):
    """R-10: a worker that dies after the 1st, 2nd, ... statement of a create, drop, index or unindex leaves all of it or nothing,
    and the same request then does it"""
    site = Site(tmp_path)
    during = tmp_path / "during"
    helper = Worker(site)
    docs = [{"value": i} for i in range(50)]
    spec, meta, names = KINDS[kind]
    steps = {step: (method, path, spec if path.startswith("/kept") else meta) for step, (method, path, *_) in STEPS.items()}
    try:
        assert ask(helper, "PUT", "/kept", meta) == 201 and ask(helper, "POST", "/kept?action=insert", docs) == 200
        for step in names:
            fates = []
            for n in itertools.count(1):
                ask(helper, *steps[UNDO[step]])
                if step == "drop":
                    assert ask(helper, "POST", "/other?action=insert", docs) == 200
                    assert ask(helper, "POST", "/other?action=index", {**spec, "name": "OTHER"}) == 200
                worker = Worker(site, env={"LD_PRELOAD": str(WEATHER), "WEATHER_WHILE": str(during),
                                           "WEATHER_KILL": f"statement:{n}"})
                try:
                    assert ask(worker, "GET", "/kept?limit=1") == 200
                    during.touch()
                    status = ask(worker, *steps[step])
                finally:
                    during.unlink(missing_ok=True)
                    worker.stop()
                assert status in (0, 200, 201), (step, n, status)
                sweep(site, helper)
                done = is_done(step, site.check_tables(), helper)
                if status != 0:
                    assert done
                    break
                fates.append(done)
                assert done or ask(helper, *steps[step]) in (200, 201), (step, n)
                sweep(site, helper)
                assert is_done(step, site.check_tables(), helper), (step, n)
            # undone until one moment, done from there on
            assert len(fates) >= 4 and fates == sorted(fates) and not fates[0], (step, fates)
    finally:
        helper.stop()
