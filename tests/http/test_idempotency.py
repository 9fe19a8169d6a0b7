"""R-05: a retry with the same Idempotency-Key gives the same answer and has one effect."""
import base64
import contextlib
import json
import socket
import threading
import time

import pytest

from fcgi_peer import Worker, request, variables
from lib import CLIENT_KEYS

NAME = "Idempotency-Key"


def same(a, b):
    varies = {"Date", "Request-Id"}
    return ((a.status, a.body) == (b.status, b.body)
            and {k: v for k, v in a.headers.items() if k not in varies}
            == {k: v for k, v in b.headers.items() if k not in varies})


def test_post(coll):
    """R-05: the second answer is the first one, to the byte"""
    for n in range(3):
        r = [coll.soda.post(coll.path, '{"a":1}', headers={NAME: "one"}) for _ in range(2)]
        assert r[0].status == 201 and same(*r)
    assert len(coll.items()) == 1
    assert coll.soda.post(coll.path, '{"a":1}', headers={NAME: "two"}).json != r[0].json
    assert coll.soda.post(coll.path, '{"a":1}').status == 201
    assert len(coll.items()) == 3


def test_every_write(make, soda):
    """R-05 for each kind of write: a repetition changes nothing and says the same"""
    c = make({**CLIENT_KEYS, "versionColumn": {"name": "V", "method": "SEQUENTIAL"}})
    free = soda.fresh_name()
    server = make()
    index = {"name": "i", "fields": [{"path": "n"}]}
    c.put("gone", {}), c.put("n", {"n": 0})
    merge = {"Content-Type": "application/merge-patch+json"}
    writes = [("PUT", c.path + "/k", {"n": 1}, {}, 201), ("PUT", c.path + "/k", {"n": 2}, {}, 200),
              ("PATCH", c.path + "/n", {"n": 5}, merge, 200), ("DELETE", c.path + "/gone", None, {}, 200),
              ("POST", server.path, {"n": 1}, {}, 201), ("POST", server.path + "?action=insert", [{}, {}], {}, 200),
              ("POST", c.path + "?action=update", {"$merge": {"x": 1}}, {}, 200),
              ("POST", c.path + "?action=index", index, {}, 200),
              ("POST", c.path + "?action=unindex", {"name": "i"}, {}, 200),
              ("POST", server.path + "?action=delete", {"n": 1}, {}, 200),
              ("POST", server.path + "?action=truncate", None, {}, 200),
              ("PUT", f"/{free}", None, {}, 201), ("DELETE", f"/{free}", None, {}, 200)]
    for n, (method, path, body, headers, status) in enumerate(writes):
        first = soda.request(method, path, body, headers={**headers, NAME: f"w{n}"})
        assert first.status == status, (method, path, first)
        before = c.get().body, server.get().body, soda.get("").body
        assert same(first, soda.request(method, path, body, headers={**headers, NAME: f"w{n}"})), (method, path)
        assert (c.get().body, server.get().body, soda.get("").body) == before
    assert c.get("k").etag == "3" and c.get("n").etag == "3"


def test_a_retry_after_other_writes(named):
    """R-05: a retry that comes late does not undo what was done since"""
    first = named.put("k", '{"n":1}', headers={NAME: "first"})
    named.put("k", '{"n":2}')
    assert same(first, named.put("k", '{"n":1}', headers={NAME: "first"}))
    assert named.get("k").json == {"n": 2}
    assert named.delete("k", headers={NAME: "d"}).status == 200
    named.put("k", '{"n":3}')
    assert named.delete("k", headers={NAME: "d"}).status == 200
    assert named.get("k").json == {"n": 3}


def test_other_body(coll):
    """R-05: the same key for another request is a mistake of the client"""
    assert coll.soda.post(coll.path, '{"a":1}', headers={NAME: "k"}).status == 201
    for body in ('{"a":2}', '{"a":1} ', '[]', "{"):
        r = coll.soda.post(coll.path, body, headers={NAME: "k"})
        assert (r.status, r.code) == (422, "OSODA-00016"), body
    assert len(coll.items()) == 1


def test_other_headers(named):
    """R-05: another type of content, or another condition, is another request, too"""
    first = named.put("k", {"n": 1}, headers={NAME: "put"})
    assert first.status == 201
    r = named.put("k", {"n": 1}, headers={NAME: "put", "If-Match": first.headers["ETag"]})
    assert (r.status, r.code) == (422, "OSODA-00016")
    for condition in ({"If-None-Match": "*"}, {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}):
        r = named.put("k", {"n": 1}, headers={NAME: "put", **condition})
        assert (r.status, r.code) == (422, "OSODA-00016"), condition
    assert named.patch("k", '[]', headers={NAME: "patch", "Content-Type": "application/json-patch+json"}).status == 200
    r = named.patch("k", '[]', headers={NAME: "patch", "Content-Type": "application/json"})
    assert (r.status, r.code) == (422, "OSODA-00016")


def test_other_resource(coll, named):
    """one key for two resources, two methods or two accounts is two requests"""
    head = {NAME: "shared"}
    assert named.put("a", {}, headers=head).status == 201
    assert named.put("b", {}, headers=head).status == 201
    assert named.delete("a", headers=head).status == 200
    assert coll.soda.post(coll.path, {}, headers=head).status == 201
    assert named.get("a").status == 404 and named.get("b").status == 200


def test_failures_are_not_kept(coll):
    """what had no effect may be tried again, also with another body"""
    head = {NAME: "again"}
    assert coll.soda.post(coll.path, "{", headers=head).status == 400
    assert coll.soda.post(coll.path, "{}", headers=head).status == 201
    assert coll.put("nope", {}, headers=head).status == 404


@pytest.mark.parametrize("key, status", [("", 201), ("x" * 255, 201), ("x" * 256, 400), ("a b", 400), ("a\tb", 400),
                                         ("ä", 400),
                                         ("!~", 201), ("\x7f", 400)])
def test_keys(coll, key, status):
    """R-05: 1 to 255 visible characters; a web server that leaves out an empty header makes it none"""
    r = coll.soda.post(coll.path, {}, headers={NAME: key.encode()})
    assert r.status == status or (key == "" and r.status == 400), r


def test_reads_do_not_care(coll):
    head = {NAME: "read"}
    assert coll.get(headers=head).status == 200
    coll.add({})
    assert coll.get(headers=head).json["count"] == 1
    assert coll.action("query", {}, headers=head).json["count"] == 1
    assert coll.action("query", {"a": 1}, headers=head).json["count"] == 0


def test_two_in_parallel(site, coll, rng):
    """R-05: of requests that run at the same time one has an effect; the others repeat its answer, or hear 409"""
    for n in range(15):
        clients = [site.soda().collection(coll.name) for _ in range(4)]
        barrier, answers = threading.Barrier(4), [None] * 4
        body = '[{"n":%d},{"n":%d}]' % (n, n)

        def post(i):
            barrier.wait()
            answers[i] = clients[i].action("insert", body, headers={NAME: f"parallel{n}"})

        threads = [threading.Thread(target=post, args=(i,)) for i in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        done = [a for a in answers if a.status == 200]
        assert done and all(a.status in (200, 409) for a in answers), answers
        assert len({a.body for a in done}) == 1
        assert len(coll.find({"n": n})) == 2
        [c.soda.close() for c in clients]


def test_answer_that_got_lost(site, coll):
    """R-05: the client goes away before the answer comes, and asks again"""
    login = base64.b64encode(b"demo:secret")
    for n in range(10):
        body = b'{"n":%d}' % n
        with socket.create_connection(("127.0.0.1", site.port)) as s:
            s.sendall(b"POST /ords/demo/soda/latest%s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n"
                      b"Content-Length: %d\r\nContent-Type: application/json\r\nIdempotency-Key: lost%d\r\n\r\n%s"
                      % (coll.path.encode(), login, len(body), n, body))
        end = time.monotonic() + 10
        r = coll.soda.post(coll.path, body, headers={NAME: f"lost{n}"})
        while r.status != 201 and time.monotonic() < end:       # the first one may still be at work
            assert r.status == 409
            r = coll.soda.post(coll.path, body, headers={NAME: f"lost{n}"})
        assert r.status == 201
        assert same(r, coll.soda.post(coll.path, body, headers={NAME: f"lost{n}"}))
    assert sorted(v["n"] for v in coll.find({})) == list(range(10))


def test_worker_killed_around_its_commit(new_site, rng):
    """R-05, R-01, F-01: kill -9 near the commit, then a retry at another worker: one effect, told once or twice"""
    site = new_site(workers=1)
    path = "/ords/demo/soda/latest/killed"
    other = Worker(site)
    assert other.ask("PUT", path).status == 201
    was_done, delay = [], 0.002
    for n in range(60):
        body = b'[{"n":%d},{"n":%d}]' % (n, n)
        target = path + "?action=insert"
        victim = Worker(site)
        assert victim.is_well()
        with contextlib.closing(victim.peer()) as p:
            p.send(request(variables("POST", target, body=body, user="demo:secret", HTTP_IDEMPOTENCY_KEY=f"k{n}"),
                           body))
            time.sleep(delay)
            victim.process.kill()
            victim.process.wait()
        victim.stop()
        seen = other.ask("POST", path + "?action=query", b'{"n":%d}' % n)
        count = len(json.loads(seen.body)["items"])
        assert count in (0, 2)                  # all or nothing
        was_done.append(count == 2)
        # the next one dies a little earlier or later, so that deaths gather around the commit
        delay = max(0.0, delay * (0.8 if count else 1.3) + rng.uniform(0, 0.0002))
        a = [other.ask("POST", target, body, HTTP_IDEMPOTENCY_KEY=f"k{n}") for _ in range(2)]
        assert [x.status for x in a] == [200, 200] and a[0].body == a[1].body
        if count:
            ids = [{i["id"] for i in json.loads(x.body)["items"]} for x in (a[0], seen)]
            assert ids[0] == ids[1]
        again = other.ask("POST", path + "?action=query", b'{"n":%d}' % n)
        assert json.loads(again.body)["count"] == 2
    assert True in was_done and False in was_done
    assert other.stop() == 0
