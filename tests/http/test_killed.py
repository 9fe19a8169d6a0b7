"""A worker that is killed while it makes or drops collections and indexes."""
import json
import os
import signal
import threading
import time

from fcgi_peer import Worker
from lib import Site

SODA = "/ords/demo/soda/latest"


def test_killed_while_defining(tmp_path, rng):
    """R-10: after kill -9 at random moments the catalogue and the tables agree, what was acknowledged is there, and work goes on"""
    site = Site(tmp_path)
    helper = Worker(site)

    def ask(worker, method, path, body=None):
        return worker.ask(method, SODA + path, None if body is None else json.dumps(body).encode()).status

    def attempt(worker, step, answers):
        try:
            answers.append(ask(worker, *steps[step]))
        except OSError:
            answers.append(None)        # it died before it read the request

    spec = {"name": "VALUE", "fields": [{"path": "value", "datatype": "number"}]}
    docs = [{"value": i, "text": "x" * 200} for i in range(1500)]
    steps = {"index": ("POST", "/kept?action=index", spec), "unindex": ("POST", "/kept?action=unindex", spec),
             "create": ("PUT", "/other"), "drop": ("DELETE", "/other")}
    undo = {"index": "unindex", "unindex": "index", "create": "drop", "drop": "create"}
    happened = set()
    try:
        assert ask(helper, "PUT", "/kept") == 201 and ask(helper, "POST", "/kept?action=insert", docs) == 200
        for step in list(steps) * 10:
            ask(helper, *steps[undo[step]])
            begun = time.monotonic()
            ask(helper, *steps[step])
            usual = time.monotonic() - begun
            ask(helper, *steps[undo[step]])
            if step == "drop":
                assert ask(helper, "POST", "/other?action=insert", docs[:200]) == 200
                assert ask(helper, "POST", "/other?action=index", {**spec, "name": "OTHER"}) == 200
            worker = Worker(site)
            try:
                assert ask(worker, "GET", "/kept?limit=1") == 200
                answers = []
                t = threading.Thread(target=attempt, args=(worker, step, answers))
                t.start()
                time.sleep(rng.uniform(0, 1.2 * usual))
                os.kill(worker.pid, signal.SIGKILL)
                t.join(60)
            finally:
                worker.stop()
            if site.engine == "mariadb":            # definitions commit: whoever defines next sweeps
                assert ask(helper, "PUT", "/swept") == 201 and ask(helper, "DELETE", "/swept") == 200
            names = site.check_tables()
            is_done = {"index": "VALUE" in names, "unindex": "VALUE" not in names, "create": ask(helper, "GET", "/other") == 200,
                       "drop": ask(helper, "GET", "/other") == 404}[step]
            assert is_done or answers[0] not in (200, 201), (step, answers)
            happened.add((step, is_done))
            a = helper.ask("POST", SODA + "/kept?action=query", b'{"value":{"$lt":10}}')
            assert a.status == 200 and len(json.loads(a.body)["items"]) == 10
    finally:
        helper.stop()
    # before the end of some and after that of others
    assert len(happened) >= 6, happened
