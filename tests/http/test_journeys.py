"""How often a request travels to the database server and back: the time between two machines is nobody's to shorten.

Between worker and server stands somebody who passes on what either says, and counts how often the worker speaks after the
server has.
"""
import json
import selectors
import socket
import threading

import pytest

from fcgi_peer import Worker
from lib import CLIENT_KEYS, ENGINES

pytestmark = pytest.mark.skipif(ENGINES[0] == "sqlite", reason="about servers")
SODA = "/ords/demo/soda/latest"
ORDERED = b'{"$query": {}, "$orderby": [{"path": "n", "datatype": "number"}]}'


class Between:
    """Passes on, and counts."""

    def __init__(self, port):
        self.journeys, self.to = 0, port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                ours = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.pass_on, args=(ours, socket.create_connection(("127.0.0.1", self.to))), daemon=True).start()

    def pass_on(self, worker, server):
        worker_spoke = False
        with selectors.DefaultSelector() as both, worker, server:
            for s in (worker, server):
                both.register(s, selectors.EVENT_READ)
            while True:
                for key, _ in both.select():
                    data = key.fileobj.recv(1 << 20)
                    if not data:
                        return
                    self.journeys += key.fileobj is worker and not worker_spoke
                    worker_spoke = key.fileobj is worker
                    (server if worker_spoke else worker).sendall(data)


@pytest.fixture(scope="module")
def line(new_site):
    """a worker that knows its collection, and whoever stands between it and the server"""
    site = new_site(workers=1, start=False)
    between = Between(site.server.port)
    site.cords("config", "set", "db.port", str(between.port))
    worker = Worker(site)
    worker.between = between
    yield worker
    assert worker.stop() == 0
    between.listener.close()


@pytest.fixture
def c(line, request):
    path = f"{SODA}/{request.node.name}"
    assert line.ask("PUT", path, json.dumps(CLIENT_KEYS).encode()).status == 201
    assert line.ask("PUT", path + "/k", b'{"n":1}').status == 201
    assert line.ask("GET", path + "/k").status == 200
    return path


def journeys(line, method, path, body=None, **kw):
    """(status, how many)"""
    for _ in range(2):          # the catalogue is read and statements are prepared, once
        line.ask(method, path, body, **kw)
    before = line.between.journeys
    status = line.ask(method, path, body, **kw).status
    return status, line.between.journeys - before


def test_read(line, c):
    """an object, its 304, and one that is not there"""
    etag = line.ask("GET", c + "/k").headers["etag"]
    assert journeys(line, "GET", c + "/k") == (200, 1)
    assert journeys(line, "HEAD", c + "/k") == (200, 1)
    assert journeys(line, "GET", c + "/k", headers={"If-None-Match": etag}) == (304, 1)
    assert journeys(line, "GET", c + "/nobody") == (404, 2)


def test_page(line, c):
    """objects by key, by filter, by an index, in its order; the collections"""
    index = json.dumps({"name": "IX" + c[-4:], "fields": [{"path": "n", "datatype": "number"}]}).encode()
    assert line.ask("POST", c + "?action=index", index).status == 200
    assert journeys(line, "GET", c) == (200, 1)
    assert journeys(line, "POST", c + "?action=query", b'{"$id": "k"}') == (200, 1)
    assert journeys(line, "POST", c + "?action=query", b'{"n": 1}') == (200, 1)
    assert journeys(line, "POST", c + "?action=query", b'{"n": {"$gt": 0}}') == (200, 1)
    assert journeys(line, "POST", c + "?action=query", ORDERED) == (200, 1)
    assert journeys(line, "GET", SODA) == (200, 1)
    assert journeys(line, "GET", SODA + "/metadata-catalog") == (200, 1)


def test_read_with_a_token(line, c):
    """a token that is known costs no journey; one that was made since costs those of a look-up, once"""
    made = json.loads(line.site.cords("client", "create", "demo", "reader", "SODA Developer", "--json").stdout)
    form = "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}".format(**made).encode()

    def with_token():
        a = line.ask("POST", "/ords/demo/oauth/token", form, user=None, CONTENT_TYPE="application/x-www-form-urlencoded")
        return {"user": None, "HTTP_AUTHORIZATION": "Bearer " + json.loads(a.body)["access_token"]}
    def cost(token):
        before = line.between.journeys
        assert line.ask("GET", c + "/k", **token).status == 200
        return line.between.journeys - before
    first, second = with_token(), with_token()
    assert cost(first) > cost(first) == 1
    cost(second)
    costs = [[cost(first), cost(second)]]
    while costs[-1] != [1, 1] and len(costs) < 4:      # two that share a place of what is remembered push each other out
        second = with_token()
        cost(second)
        costs.append([cost(first), cost(second)])
    assert costs[-1] == [1, 1], costs


def test_write(line, c):
    """one object: inserted, replaced, patched, deleted"""
    assert line.ask("PUT", SODA + "/posts").status in (200, 201)
    assert journeys(line, "POST", SODA + "/posts", b'{"n":1}') == (201, 1)
    assert journeys(line, "PUT", c + "/k", b'{"n":2}') == (200, 2)
    assert journeys(line, "PATCH", c + "/k", b'{"n":3}') == (200, 2)
    assert journeys(line, "PUT", c + "/k", b'{"n":4}', headers={"If-Match": '"nobody"'}) == (412, 1)
    assert journeys(line, "DELETE", c + "/k") == (404, 2)


@pytest.mark.parametrize("is_indexed", [False, True])
def test_replace_unseen(line, is_indexed):
    """R-03: whoever names no version replaces what is there without looking at it, in one journey; what is absent is found so,
    and whoever names a version is compared with it"""
    coll = f"{SODA}/unseen{is_indexed:d}"
    assert line.ask("PUT", coll).status == 201
    if is_indexed:
        spec = {"name": coll[-7:], "fields": [{"path": "n"}]}
        assert line.ask("POST", coll + "?action=index", json.dumps(spec).encode()).status == 200
    key = json.loads(line.ask("POST", coll, b'{"n":1}').body)["items"][0]["id"]
    first = line.ask("GET", f"{coll}/{key}").headers["etag"]
    assert journeys(line, "PUT", f"{coll}/{key}", b'{"n":2}') == (200, 1)
    a = line.ask("PUT", f"{coll}/{key}", b'{"n":3}')
    assert line.ask("GET", f"{coll}/{key}").headers["etag"] == a.headers["etag"] != first
    assert line.ask("POST", coll + "?action=query", b'{"n":3}').json["count"] == 1
    assert line.ask("PUT", f"{coll}/{key}", b'{"n":4}', headers={"If-Match": first}).status == 412
    assert line.ask("PUT", f"{coll}/{'F' * 32}", b'{"n":4}').status == 404
    assert line.ask("GET", f"{coll}/{key}").json == {"n": 3}


# journeys of inserting, replacing, patching and deleting an object with two index entries
WITH_ENTRIES = (1, 2, 2, 2)


@pytest.fixture
def indexed(line, c):
    """how to write objects with two index entries, one of them unique, and what filters on them find"""
    for path, unique in (("n", False), ("name", True)):
        spec = {"name": path + "_of_" + c.rpartition("/")[2], "unique": unique, "fields": [{"path": path}]}
        assert line.ask("POST", c + "?action=index", json.dumps(spec).encode()).status == 200

    def write(method, key, doc=None):
        return line.ask(method, f"{c}/{key}", None if doc is None else json.dumps(doc).encode())

    def found(qbe):
        return [i["id"] for i in json.loads(line.ask("POST", c + "?action=query", json.dumps(qbe).encode()).body)["items"]]
    return write, found


def test_write_with_index_entries(line, c, indexed):
    """R-02: entries go with their object, in the same statement"""
    write, found = indexed
    counts = []
    for i in range(3):          # the catalogue is read and statements are prepared, once
        counts.clear()
        for method, doc in (("PUT", {"n": 10 + i, "name": f"a{i}"}), ("PUT", {"n": 20 + i, "name": f"b{i}"}), ("PATCH", {"n": 30 + i}), ("DELETE", None)):
            before = line.between.journeys
            assert write(method, f"key{i}", doc).status in (200, 201)
            counts.append(line.between.journeys - before)
            assert found({"n": doc["n"]} if doc else {"n": {"$gte": 10}}) == ([f"key{i}"] if doc else [])
            assert found({"name": f"a{i}"}) == ([f"key{i}"] if doc and "a" in doc.get("name", "") else [])
    assert counts == [WITH_ENTRIES[0] + 1, *WITH_ENTRIES[1:]]       # PUT looks for the object before it inserts


def test_refused_with_index_entries(line, c, indexed):
    """R-02, R-03: what a unique index refuses is told by its name, and nothing of it is there; of several entries those that do not
    change stay, and an object that was removed has none"""
    write, found = indexed
    assert write("PUT", "one", {"n": 1, "name": "first"}).status == 201
    assert write("PUT", "two", {"n": 2, "name": "second"}).status == 201
    for method, key in (("PUT", "three"), ("PUT", "two"), ("PATCH", "two")):
        a = write(method, key, {"n": 3, "name": "first"})
        assert a.status == 409 and b"unique index name_of_" in a.body
    assert found({"n": 3}) == [] and found({"n": 2}) == ["two"] and found({"name": "second"}) == ["two"]
    assert write("PUT", "two", {"n": 4, "name": "second"}).status == 200
    assert found({"name": "second"}) == ["two"] and found({"n": 4}) == ["two"] and found({"n": 2}) == []
    assert write("PUT", "two", {}).status == 200 and write("PUT", "one", {}).status == 200     # without values nothing is a duplicate
    assert found({"name": {"$exists": True}}) == []
    assert write("DELETE", "two").status == 200 and write("DELETE", "two").status == 404
    assert write("PUT", "three", {"n": 1, "name": "first"}).status == 201


@pytest.mark.skipif(ENGINES[0] != "postgresql", reason="elsewhere the counter itself is compared")
def test_definition_was_rolled_back(line, c):
    """R-06, R-10: the echo of the counter stays where a definition that was rolled back had moved it: who writes next finds out in a
    transaction, and after that writes are one journey again"""
    site = line.site
    assert line.ask("PUT", SODA + "/posts").status in (200, 201)
    assert journeys(line, "POST", SODA + "/posts", b'{"n":1}') == (201, 1)
    site.server.psql(site.database, "BEGIN", "UPDATE ords_state SET value = value + 1 WHERE name = 'catalog'", "ROLLBACK")
    ((counter,),), ((echo,),) = site.rows("SELECT value FROM ords_state WHERE name = 'catalog'", "SELECT last_value FROM ords_counter_echo")
    assert int(echo) == int(counter) + 1
    before = line.between.journeys
    assert line.ask("POST", SODA + "/posts", b'{"n":2}').status == 201 and line.between.journeys > before + 1
    assert site.rows("SELECT last_value FROM ords_counter_echo") == [[(counter,)]]
    assert journeys(line, "POST", SODA + "/posts", b'{"n":3}') == (201, 1)


def test_catalogue_has_changed(line, c):
    """R-06, R-10: what is read or written by a catalogue that is no longer true is read and written anew, once"""
    assert line.ask("PUT", SODA + "/posts").status in (200, 201)
    count = json.loads(line.ask("GET", SODA + "/posts?totalResults=true").body)["totalResults"]
    for method, path, body, status, usual in (("GET", c + "/k", None, 200, 1), ("POST", SODA + "/posts", b'{"n":1}', 201, 1),
                                              ("PUT", c + "/k", b'{"n":2}', 200, 2), ("GET", c + "/nobody", None, 404, 2)):
        assert journeys(line, method, path, body) == (status, usual)
        line.site.cords("schema", "enable", "another", "--password-stdin", stdin="secret\n")
        before = line.between.journeys
        assert line.ask(method, path, body).status == status
        assert line.between.journeys - before > usual
    assert json.loads(line.ask("GET", SODA + "/posts?totalResults=true").body)["totalResults"] == count + 4
    assert json.loads(line.ask("GET", c + "/k").body) == {"n": 2}


def test_duplicate_among_many(line):
    """which of many documents is a duplicate is looked for where it must be, however many there are"""
    embedded = SODA + "/embedded"
    unique = json.dumps({"name": "UX", "unique": True, "fields": [{"path": "u"}]}).encode()
    assert line.ask("PUT", embedded, b'{"keyColumn":{"assignmentMethod":"EMBEDDED_OID"}}').status == 201
    assert line.ask("POST", embedded + "?action=index", unique).status == 200
    assert line.ask("POST", embedded, b'{"_id":"taken","u":"taken"}').status == 201
    for last in ({"_id": "taken"}, {"_id": "k5"}, {"_id": "new", "u": "taken"}, {"_id": "new", "u": "u5"}):
        docs = [{"_id": f"k{i}", "u": f"u{i}"} for i in range(999)] + [last]
        status, n = journeys(line, "POST", embedded + "?action=insert", json.dumps(docs).encode())
        assert status == 409 and n < 400, (last, n)
        said = json.loads(line.ask("POST", embedded + "?action=insert", json.dumps(docs).encode()).body)
        assert said["o:errorDetails"][0]["o:errorPath"] == "/999", (last, said)
