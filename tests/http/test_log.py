"""What the log tells, and what it never does."""
import base64

from lib import CLIENT_KEYS, wait_for


def test_security_events(new_site):
    """R-72: who, from where, what and which request, for everything that concerns rights"""
    s = new_site(settings={"security.credentials.attempts": "3"}, schemas=("demo",))
    s.cords("config", "user", "add", "reader", "Nothing", "--password-stdin", stdin="reader-pass\n")
    s.stop()
    s.start()                                       # with the new user
    reader = s.soda(user="reader", password="reader-pass")
    assert reader.get("/", headers={"Request-Id": "no-role"}).status == 403
    demo = s.soda()
    assert demo.put("/x", headers={"Request-Id": "no-origin", "Origin": "https://evil.example"}).status == 403
    guesser = s.soda(user="Some\nbody", password="guess")
    for i in range(4):
        r = guesser.get("/", headers={"Request-Id": f"guess-{i}"})
    assert r.status == 429
    assert demo.get("/", auth=False, headers={"Authorization": "Basic ###", "Request-Id": "garbled"}).status == 401
    s.cords("schema", "enable", "more", "--alias", "most", "--password-stdin", stdin="secret\n")
    s.cords("schema", "enable", "more", "--password-stdin", stdin="changed\n")
    s.cords("schema", "disable", "more")
    s.cords("config", "set", "soda.defaultLimit", "50")
    s.cords("config", "delete", "soda.defaultLimit")
    s.cords("config", "secret", "db.password", "--password-stdin", stdin="secret\n")
    s.cords("config", "user", "delete", "reader")
    s.stop()
    log = s.log()

    def found(event, request="", **members):
        lines = [x for x in log if x["event"] == event and x.get("id", "") == request
                 and all(str(v) in str(x.get(k)) for k, v in members.items())]
        assert lines, (event, request, members, [x for x in log if x["event"] == event])
        assert all(line["user"] and line["address"] for line in lines), lines
        return lines[0]
    found("forbidden", "no-role", user="reader", address="127.0.0.1")
    found("forbidden", "no-origin", address="127.0.0.1")
    for i in range(3):
        found("login.failed", f"guess-{i}", user="Some\nbody", address="127.0.0.1")
    found("login.locked", "guess-2", user="Some\nbody")
    found("login.throttled", "guess-3", user="Some\nbody")
    found("login.failed", "garbled", address="127.0.0.1")
    for event, words in (("schema.enable", "more under most"), ("schema.enable", "password set"), ("schema.disable", "more"),
                         ("config.set", "soda.defaultLimit"), ("config.delete", "soda.defaultLimit"),
                         ("config.set", "db.password"), ("user.set", "reader"), ("user.delete", "reader"),
                         ("repository.install", "default")):
        found(event, what=words)


MARKS = ["mark-passw0rd", "mark-wr0ng-passw0rd", "mark-d0cument", "mark-0perand", "mark-k3y-value", "mark-patch-v4lue"]


def test_nothing_secret_is_written(new_site):
    """R-61: passwords, the Authorization header, documents and operands in no log and no answer that tells of an error"""
    s = new_site(settings={"log.level": "FINE", "security.credentials.attempts": "-1"}, schemas=())
    s.cords("schema", "enable", "demo", "--password-stdin", stdin="mark-passw0rd\n")
    right, wrong = s.soda(password="mark-passw0rd"), s.soda(password="mark-wr0ng-passw0rd")
    wait_for(lambda: right.get("/").status == 200)
    assert right.put("/c").status == 201 and right.put("/k", CLIENT_KEYS).status == 201
    errors = []

    def ask(client, method, path, body=None, **kw):
        r = client.request(method, path, body, **kw)
        if r.status >= 400:
            errors.append(r.body)
        return r
    doc = '{"a":"mark-d0cument"}'
    key = ask(right, "POST", "/c", doc).json["items"][0]["id"]
    assert ask(right, "POST", "/c?action=index", {"name": "ix", "fields": [{"path": "a"}], "unique": True}).status == 200
    assert ask(right, "POST", "/c", doc).status == 409
    assert ask(right, "POST", "/c?action=insert", "[" + doc + "," + doc + "]").status == 409
    assert ask(right, "PUT", "/k/k", doc).status == 201
    merge, patch = ({"Content-Type": f"application/{x}+json"} for x in ("merge-patch", "json-patch"))
    for client in (right, wrong):
        for body in (doc[:-1], doc + "x", '["mark-d0cument"', '"mark-d0cument"', '{"a":mark-d0cument}',
                     '{"a":"mark-d0cument","mark-n4me":1,"mark-n4me":2}'):
            assert ask(client, "POST", "/c", body).status >= 400
            assert ask(client, "PUT", f"/c/{key}", body).status >= 400
        for qbe in ('{"a":{"$gt":{"x":"mark-0perand"}}}', '{"a":{"$date":"mark-0perand"}}', '{"a":{"$number":"mark-0perand"}}',
                    '{"a":{"$regex":"(mark-0perand"}}', '{"a":"mark-0perand"', '{"a":{"$between":["mark-0perand"]}}',
                    '{"a":{"$boolean":"mark-0perand"}}', '{"a":{"$double":{"$gt":"mark-0perand"}}}'):
            ask(client, "POST", "/c?action=query", qbe)
            ask(client, "POST", "/c?action=delete", qbe)
        for p in ('[{"op":"test","path":"/a","value":"mark-patch-v4lue"}]',
                  '[{"op":"add","path":"/x/y","value":"mark-patch-v4lue"}]', '[{"op":"add","value":"mark-patch-v4lue"}]', '[{"op":"add","path":"/b","value":"mark-patch-v4lue"'):
            assert ask(client, "PATCH", f"/c/{key}", p, headers=patch).status >= 400
        assert ask(client, "PATCH", f"/c/{key}", '{"b":"mark-patch-v4lue"', headers=merge).status >= 400
        ask(client, "GET", "/c?q=%7B%22a%22%3A%22mark-0perand%22")
        ask(client, "GET", "/c?limit=x&q=mark-0perand")
        ask(client, "PUT", "/k/mark-k3y-value", "{")
        ask(client, "GET", "/missing/mark-k3y-value")
    header = base64.b64encode(b"demo:mark-passw0rd").decode()
    assert ask(right, "GET", "/", auth=False, headers={"Authorization": "Basic " + header + "x"}).status == 401
    assert ask(right, "GET", "/", auth=False, headers={"Authorization": "Bearer mark-passw0rd"}).status == 401
    s.stop()
    assert len(errors) > 40
    written = (s.folder / "cords.log").read_bytes() + (s.folder / "serve.err").read_bytes()
    assert b"login.failed" in written
    assert b"mark-n4me" not in written              # a name may be told to who sent it
    for mark in [*MARKS, header]:
        assert mark.encode() not in written, mark
        hits = [e for e in errors if mark.encode() in e]
        assert not hits, (mark, hits)
    stored = b"".join(p.read_bytes() for p in s.config.rglob("*") if p.is_file())
    stored += s.everything()
    assert b"mark-passw0rd" not in stored and b"mark-wr0ng" not in stored
