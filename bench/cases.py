"""Cases: cords beside the floor, its scans beside the engine's own, search, and what a worker takes and how it starts.

Every figure is the median of the rounds, cords and floor in turn, so that ratios hold on a machine whose speed drifts.
"""
import base64
import itertools
import json
import os
import random
import resource
import statistics
import subprocess
import time

from stand import FASTCGI, in_turn, listening, pss_kib, wrk as run_wrk

import lib
from lib import quote
from engines import ENGINES


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"


def prose(n, length=850):
    """n texts: words as they come in a language, because one letter again and again would be compressed to nothing"""
    rng = random.Random(3)
    syllables = [c + v for c in "bdfgklmnprstvw" for v in "aeiou"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(5000)]
    weights = list(itertools.accumulate(1 / (i + 1) for i in range(len(words))))
    text = " ".join(rng.choices(words, cum_weights=weights, k=200_000))
    for _ in range(n):
        start = rng.randrange(len(text) - length)
        yield text[start:start + length]


def fill(coll, docs):
    """in thousands; how many bytes they have"""
    n_bytes = 0
    while chunk := list(itertools.islice(docs, 1000)):
        body = json.dumps(chunk, separators=(",", ":"))
        n_bytes += len(body) - len(chunk) - 1
        assert coll.soda.post(coll.path, body, params={"action": "insert"}).status == 200
    return n_bytes


def scanned_collections(client, site, own):
    """{what is said of it: collection}; the default one is called "".  Where the engine keeps documents in parsed form as well: with a
    search index, and one that was made while a setting said no"""
    def made(name, keeps):
        c = client.make(name=name)
        if own.has_parsed and own.keeps_parsed(name) != keeps:      # a worker that has not seen the setting yet
            client.delete(c.path)
            return None
        return c
    colls = {}
    if own.has_parsed:
        site.cords("config", "set", "soda.keepParsed", "false")
        colls["not parsed"] = lib.wait_for(lambda: made("scan not parsed", False))
        site.cords("config", "delete", "soda.keepParsed")
        colls["search index"] = c = lib.wait_for(lambda: made("scan search index", True))
        assert c.action("index", {"name": "SEARCH", "dataguide": "off"}).status == 200
    return {"": lib.wait_for(lambda: made("scan", True)), **colls}


def fill_scanned(colls, own, a):
    """with the same documents, written in turn; how many bytes they have"""
    n_bytes, took = 0, {}
    pads = prose(a.docs)
    for first in range(0, a.docs, 1000):
        docs = [{"n": i, "name": f"user {i}", "pad": next(pads), "tail": i} for i in range(first, first + 1000)]
        for name, c in colls.items():
            t0 = time.monotonic()
            n_bytes_more = fill(c, iter(docs))
            took.setdefault(name, []).append(time.monotonic() - t0)
        n_bytes += n_bytes_more
    for name, times in took.items():
        ratio = statistics.median(x / y for x, y in zip(times, took[""]))
        print(f"load by bulk insert of 1000, {name or 'default':28} {1000 / statistics.median(times):6.0f} documents/s, {ratio:.2f} times as long as the default"
              + (f", {own.size(colls[name].name) / 1e6:.0f} MB" if own.has_parsed else ""), flush=True)
    return n_bytes


def search(client, a):
    """words as frequent as in a language, places anywhere on earth; both indexed from the beginning"""
    rng = random.Random(5)
    weights = list(itertools.accumulate(1 / (i + 1) for i in range(50_000)))
    c = client.make(name="words")
    assert c.action("index", {"name": "WORDS"}).status == 200
    assert c.action("index", {"name": "PLACES", "spatial": "at"}).status == 200
    t0 = time.monotonic()
    fill(c, ({"n": i, "text": " ".join(f"w{w}x" for w in rng.choices(range(50_000), cum_weights=weights, k=60)),
              "at": {"type": "Point", "coordinates": [rng.uniform(-180, 180), rng.uniform(-80, 80)]}} for i in range(a.docs)))
    print(f"load of documents of 60 words and a place, both indexed: {a.docs / (time.monotonic() - t0):.0f} documents/s")

    def near(km):
        return {"at": {"$near": {"$geometry": {"type": "Point", "coordinates": [10.5, 45.2]}, "$distance": km, "$unit": "KM"}}}
    cases = [(f"$contains, {name}", {"text": {"$contains": word}}) for name, word in (
        ("a word of every document", "w0x"), ("of one in ten", "w80x"), ("of one in 100", "w700x"), ("of one in 1000", "w7000x"), ("of none", "never"))]
    cases.append(("$contains, two words anywhere", {"$and": [{"text": {"$contains": "w10x"}}, {"text": {"$contains": "w700x"}}]}))
    cases += [(f"$near, {km} km", near(km)) for km in (10, 100, 500, 2000)]
    for name, qbe in cases:
        for _ in range(3 * a.workers):          # each worker loads the libraries for geometries once
            n = c.query(qbe, limit=10).json["count"]
        (took,) = in_turn(2 * a.rounds + 1, lambda: c.query(qbe, limit=10))
        print(f"{name:34} {n:3} results {ms(took):>9} (goal < 20)", flush=True)


def scans(client, colls, n_bytes, a):
    """filters that no index helps with, beside what the engine needs for the same"""
    floor = lib.Client(client.host, client.port)
    for name, qbe, query in (("string", {"name": "nobody"}, "string"), ("number, first member", {"n": -1}, "first"),
                             ("number, last member", {"tail": -1}, "last"), ("string, one match at the end", {"name": f"user {a.docs - 1}"}, "string")):
        for kind, c in colls.items():
            ours, theirs = in_turn(2 * a.rounds + 1, lambda: c.query(qbe), lambda: floor.get(f"/query/{query}"))
            print(f"unindexed equality, {name:28} {kind or 'default':13} {ms(ours):>9}, {n_bytes / ours / 1e6:.0f} MB/s (goal >= 100);"
                  f" the engine's own scan {ms(theirs):>9}, {ours / theirs:.2f} times (goal <= 1.5)", flush=True)


def processes(stand, site, listen, env, workers, keys, wrk, port_one, a):
    """memory of workers, their start, CGI"""
    # memory: two rounds of mixed requests, 10 000 for each worker; the second must not add
    def mixed(n):
        done = 0
        while done < n:
            for case in ("read", "equality", "insert", "replace", "conditional"):
                rate = wrk(case, "/ords/demo/soda/latest/bench")[0]
                done += rate * a.seconds
    sizes = []
    for _ in range(2):
        mixed(10_000 * a.workers if not a.quick else 1000)
        sizes.append(max(pss_kib(w.pid) for w in workers))
    print(f"worker PSS, largest of {a.workers}: {sizes[0] / 1024:.2f} MiB after the first mixed round, {sizes[1] / 1024:.2f} MiB after the"
          " second (goal < 8)")

    # start to first answer: exec to the last byte, through nginx
    times = []
    for _ in range(7):
        cl = lib.Client("127.0.0.1", port_one, "demo", "secret")
        t0 = time.monotonic()
        p = stand.start(lib.BIN, stdin=listen["one"], env=env, stdout=subprocess.DEVNULL)
        r = cl.get("/ords/demo/soda/latest/bench/" + keys[0][0])
        times.append(time.monotonic() - t0)
        ok = r.status
        stand.stop(p)
    print(f"start to first answer: {statistics.median(times) * 1000:.1f} ms, status {ok} (goal < 50), password verified included")

    cgi = {"PATH": os.environ["PATH"], "ORDS_CONFIG": str(site.config), "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET",
           "SCRIPT_NAME": "/ords", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
           "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1"}
    auth = {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"demo:secret").decode()}
    for name, more in (("one object, password verified (goal < 30)",
                        {"REQUEST_URI": "/ords/demo/soda/latest/bench/" + keys[0][0], **auth}),
                       ("health of the database, no password", {"REQUEST_URI": "/ords/_/health/ready"})):
        times, cpu = [], []
        for _ in range(15):
            t0, c0 = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            r = subprocess.run([lib.BIN], env={**cgi, **more}, stdin=subprocess.DEVNULL, capture_output=True)
            c1 = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(time.monotonic() - t0)
            cpu.append(c1.ru_utime + c1.ru_stime - c0.ru_utime - c0.ru_stime)
        print(f"CGI, {name}: {statistics.median(times) * 1000:.1f} ms, {statistics.median(cpu) * 1000:.1f} ms of them CPU, "
              + r.stdout.splitlines()[0].decode(errors="replace"))


def cases(stand, engine, a, report):
    tmp = stand.room(engine)
    site_dir = tmp / "site"
    site_dir.mkdir()
    site = lib.Site(site_dir, engine=engine, settings={"worker.maxRequests": "0"})      # its workers are started here
    own = ENGINES[engine](site)
    port, port_one = lib.free_port(), lib.free_port()
    sock = {"cords": tmp / "cords.sock", "floor": tmp / "floor.sock", "one": tmp / "one.sock"}
    listen = {k: listening(p) for k, p in sock.items()}
    stand.nginx(tmp, {port: f"{FASTCGI} location /ords/ {{ fastcgi_pass unix:{sock['cords']}; }} location / {{ fastcgi_pass unix:{sock['floor']}; }}",
                      port_one: f"{FASTCGI} location / {{ fastcgi_pass unix:{sock['one']}; }}"})
    env = {**os.environ, "ORDS_CONFIG": str(site.config)}
    workers = [stand.start(lib.BIN, stdin=listen["cords"], env=env, stdout=subprocess.DEVNULL) for _ in range(a.workers)]
    client = lib.Soda("127.0.0.1", port, "demo", "secret", "/ords/demo/soda/latest")
    for _ in range(100):
        try:
            if client.get("/").status == 200:
                break
        except OSError:
            pass
        time.sleep(0.05)

    print(f"== {engine}: documents {a.docs}, {a.workers} workers, {a.connections} connections, {a.rounds} rounds of {a.seconds} s")
    c = client.make(name="bench")
    pads = prose(a.docs + 1000)
    keys, t0, sent = [], time.monotonic(), 0
    for first in range(0, a.docs, 1000):
        docs = [{"n": i, "group": i % (a.docs // 10), "name": f"user {i}", "pad": next(pads)} for i in range(first, first + 1000)]
        body = json.dumps(docs, separators=(",", ":"))
        sent += len(body)
        r = client.post(c.path, body, params={"action": "insert"})
        assert r.status == 200, r
        keys += [(i["id"], i["etag"]) for i in r.json["items"]]
    took = time.monotonic() - t0
    print(f"load by bulk insert of 1000: {a.docs / took:.0f} documents/s, {sent / took / 1e6:.0f} MB/s")
    for name in ("group", "n"):
        t0 = time.monotonic()
        assert c.action("index", {"name": f"BENCH_{name}", "fields": [{"path": name, "datatype": "number"}]}, timeout=600).status == 200
        print(f"index on {a.docs} documents: {time.monotonic() - t0:.2f} s")
    keyfile = tmp / "keys"
    keyfile.write_text("".join(f"{k} {e}\n" for k, e in keys))
    big = client.make(name="big")
    bigkeys = [big.add({"n": i, "pad": text}) for i, text in enumerate(prose(200, 9800))]
    (tmp / "bigkeys").write_text("".join(f"{k} -\n" for k in bigkeys))
    plain = client.make(name="plain")
    plainkeys = [plain.add({"n": i, "pad": next(pads)}) for i in range(1000)]
    (tmp / "plainkeys").write_text("".join(f"{k} -\n" for k in plainkeys))
    scanned = scanned_collections(client, site, own)
    n_bytes = fill_scanned(scanned, own, a)

    own.make_tables()
    fenv = {**os.environ, **own.statements()}
    for _ in range(a.workers):
        stand.start(stand.build / "bench" / "floor", stdin=listen["floor"], env=fenv, stdout=subprocess.DEVNULL)
    lib.wait_for(lambda: lib.Client("127.0.0.1", port).get("/floor/" + keys[0][0]).status == 200)

    def wrk(case, base, keyfile=keyfile):
        return run_wrk(f"http://127.0.0.1:{port}", "load.lua", a.seconds, a.connections, {
            "CASE": case, "BASE": base, "KEYS": str(keyfile), "GROUPS": str(a.docs // 10), "PAD": next(prose(1)),
            "AUTH": "Basic " + base64.b64encode(b"demo:secret").decode()})

    def pair(name, case, case_b, base_b, target=None, keyfile_a=keyfile, base_a="/ords/demo/soda/latest/bench",
             keyfile_b=keyfile, label="floor"):
        rows_a, rows_b = [], []
        if a.only not in name:
            return
        for _ in range(a.rounds):
            rows_a.append(wrk(case, base_a, keyfile_a))
            rows_b.append(wrk(case_b, base_b, keyfile_b))
        ra, rb = (statistics.median(x[0] for x in rows) for rows in (rows_a, rows_b))
        ratio = statistics.median(x[0] / y[0] for x, y in zip(rows_a, rows_b))
        p50, p99 = (statistics.median(x[i] for x in rows_a) for i in (1, 2))
        print(f"{name:34} {ra:9.0f}/s  {label} {rb:9.0f}/s  ratio {ratio:5.2f}{'' if target is None else f'  (goal {target})'}"
              f"  p50 {p50:.2f} ms  p99 {p99:.2f} ms", flush=True)

    pair("read by key", "read", "read", "/floor", ">= 0.80")
    pair("conditional read, 304", "conditional", "read", "/floor")
    pair("read by key / hello", "read", "hello", "/hello", label="hello")
    pair("equality, indexed, 10 results", "equality", "read", "/ords/demo/soda/latest/big", ">= 0.33",
         keyfile_b=tmp / "bigkeys", label="read of 10 KiB")
    pair("the same, beside SQL by hand", "equality", "floor equality", "/query", ">= 0.50")
    pair("range, 10 results", "range", "floor range", "/query", ">= 0.50")
    pair("order, 10 results", "order", "floor order", "/query", ">= 0.50")
    pair("page of 100", "page", "read", "/floor")
    soda = "/ords/demo/soda/latest/"
    pair("insert", "insert", "insert", "/floor", ">= 0.70", base_a=soda + "plain")
    pair("insert, one index", "insert", "insert", "/floor")
    pair("replace", "replace", "insert", "/floor", base_a=soda + "plain", keyfile_a=tmp / "plainkeys")
    for name in list(scanned)[1:]:
        pair(f"insert, {name}", "insert", "insert", soda + "plain", base_a=soda + quote(scanned[name].name), label="default")
    pair("bulk insert of 1000", "bulk", "insert", "/floor", base_a=soda + "plain")

    if a.only in "unindexed":
        scans(client, scanned, n_bytes, a)
    if a.only == "":
        processes(stand, site, listen, env, workers, keys, wrk, port_one, a)
    if a.only in "search":          # geometries need libraries that take memory, so this comes last
        search(client, a)
