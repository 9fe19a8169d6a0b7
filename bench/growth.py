"""How cost grows: with the number of documents, with connections, with the size of documents."""
import statistics

from stand import wrk
from targets import AUTH, Cords
from workload import PARTS

DOCS = (10_000, 100_000, 1_000_000)
CONNECTIONS = (1, 4, 16, 64, 256)
BYTES = (100, 1 << 10, 16 << 10, 256 << 10, 4 << 20)
NAMES = {**PARTS, "keyset": "page of 100 behind a key"}


class Growth:
    def __init__(self, stand, engine, a, report):
        self.stand, self.engine, self.a, self.report = stand, engine, a, report
        self.cords = Cords(stand, engine, a)
        stand.nginx(self.cords.room, {self.cords.port: self.cords.server()})
        self.cords.wait()
        self.seed = 0

    def asked(self, part, connections=None, **env):
        """median of the rounds"""
        rows = []
        for _ in range(self.a.rounds):
            self.seed += 1
            rows.append(wrk(self.cords.url(), "workload.lua", self.a.seconds, connections or self.a.connections,
                            {**self.cords.environment(part, self.seed), **env}))
        return [statistics.median(r[i] for r in rows) for i in range(3)] + [sum(r[3] for r in rows)]

    def line(self, what, part, figures, **more):
        rate, p50, p99, errors = figures
        self.report.line(engine=self.engine, part="growth", of=part, rate=rate, p50_ms=p50, p99_ms=p99, errors=errors, **more,
                         text=f"{what:44} {rate:9.0f}/s   p50 {p50:8.2f} ms   p99 {p99:8.2f} ms   errors {errors}")
        return p50

    def documents(self):
        first = {}
        for n in (n for n in DOCS if n <= 10 * self.a.docs):
            rate = self.cords.load(n)
            self.report.line(engine=self.engine, part="growth", of="load", docs=n, rate=rate, text=f"{n} documents: the last of them came at {rate:.0f}/s")
            for part in ("W2", "W5", "W6", "keyset"):
                if part == "W6" and n < 10_000:
                    continue
                # one request at a time: what it costs, not how it waits
                p50 = self.line(f"{n:8} documents, {NAMES[part]}", part, self.asked(part, connections=1), docs=n)
                first.setdefault(part, p50)
                self.report.text(f"{'':44} {p50 / first[part]:.2f} times the time with {DOCS[0]}")

    def connections(self):
        for n in CONNECTIONS:
            self.line(f"{n:8} connections, {NAMES['W2']}", "W2", self.asked("W2", connections=n), connections=n)

    def sizes(self):
        for n in BYTES:
            c = self.cords.soda().make(name=f"sized{n}")
            key = c.add('{"pad":"' + "x" * (n - 10) + '"}')
            base = f"{self.cords.base.removesuffix('/orders')}/{c.name}"
            assert len(c.get(key).body) == n
            for what, part, path in (("read", "constant", f"{base}/{key}"), ("insert", "sized", base)):
                self.line(f"{n / 1024:8.1f} KiB, {what} one", part, self.asked(part, BASE=path, BYTES=str(n), AUTH=AUTH), bytes=n)


def growth(stand, engine, a, report):
    g = Growth(stand, engine, a, report)
    g.documents()
    g.connections()
    g.sizes()
