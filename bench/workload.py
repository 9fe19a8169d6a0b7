"""The workload: what it asks, whether the answers are right, and how fast they come."""
import statistics
import time

from stand import Watch, cpu_us, pss_kib, wrk
from targets import BULK, targets

PARTS = {"W1": "insert one", "W2": "read by key", "W3": "conditional read, 304", "W4": "replace",
         "W5": "indexed equality, 10 results", "W6": "range of 1000, descending, limit 25", "W7": "page of 100, offset 0 to 900",
         "W8": "bulk insert of 1000", "W9": "80 % read, 15 % replace, 5 % query"}


class Workload:
    def __init__(self, stand, engine, a, report):
        self.stand, self.engine, self.a, self.report = stand, engine, a, report
        self.seed, self.idle = 0, {}

    def prepare(self):
        a = self.a
        self.targets = targets(self.stand, self.engine, a)
        for t in self.targets:
            t.wait()
            self.idle[t.name] = [kib / 1024 for kib in sizes(t)]
            if rate := t.load(a.docs):
                self.report.line(engine=self.engine, part="load", target=t.name, rate=rate,
                                 text=f"loaded by {t.name:16} {rate:9.0f} documents/s, one connection, {BULK} at a time")
            t.check(a.docs)

    def one(self, t, part, connections=None):
        """(requests in a second, p50 and p99 in milliseconds, errors, processor time of its processes for each request)"""
        self.seed += 1
        seconds = self.a.seconds * (3 if part == "W8" else 1)   # few requests, so that half of them would be cut by the end
        before = cpu_us(t.pids())
        result = wrk(t.url(), "workload.lua", seconds, connections or self.a.connections, t.environment(part, self.seed))
        return *result, (cpu_us(t.pids()) - before) / max(1, result[0] * seconds)

    def asked(self, part):
        return [t for t in self.targets if not (part == "W8" and t.style == "floor")]

    def measure(self, part):
        """medians of the rounds; ratios are taken inside a round"""
        asked, rows = self.asked(part), {}
        for _ in range(self.a.rounds):
            for t in asked:
                rows.setdefault(t.name, []).append(self.one(t, part))
        unit = BULK if part == "W8" else 1
        self.report.text(f"{part} {PARTS[part]}")
        for t in asked:
            mine = rows[t.name]
            rate, p50, p99 = (statistics.median(r[i] for r in mine) for i in range(3))
            ratio = statistics.median(c[0] / max(r[0], 0.1) for c, r in zip(rows["cords"], mine))
            errors, cpu = sum(r[3] for r in mine), statistics.median(r[4] for r in mine) / unit
            self.report.line(engine=self.engine, part=part, target=t.name, rate=rate * unit, p50_ms=p50, p99_ms=p99, errors=errors, cpu_us=cpu,
                             cords_is=ratio, rounds=[r[0] * unit for r in mine],
                             text=f"   {t.name:16} {rate * unit:9.0f}/s   p50 {p50:8.2f} ms   p99 {p99:8.2f} ms   cpu {cpu:6.0f} us"
                             + (f"   errors {errors}" if errors else "") + ("" if t.name == "cords" else f"   cords is {ratio:.2f} times"))

    def limit(self):
        """of the load generator: bytes that nginx has in memory"""
        t = self.targets[0]
        rates = [wrk(t.url() + "/constant", "workload.lua", self.a.seconds, self.a.connections, {**t.environment("constant", 0), "BASE": "/constant"})[0]
                 for _ in range(self.a.rounds)]
        self.report.line(engine=self.engine, part="limit", rate=statistics.median(rates),
                         text=f"wrk against a constant answer of nginx: {statistics.median(rates):.0f}/s")

    def start(self):
        """the pool is gone, one process comes: when is the first answer right?"""
        t = self.targets[0]
        self.stand.stop(*t.processes)
        for name, path, auth in (("one order, password verified", "/" + t.keys[0][0], True), ("health of the database, no password", None, False)):
            times = []
            for _ in range(2 * self.a.rounds + 5):
                c = t.client()
                t0 = time.monotonic()
                p = t.worker(t.socket)
                r = c.get(path, auth=auth) if path else c.get("", base="/ords/_/health/ready", auth=False)
                times.append(time.monotonic() - t0)
                assert r.status == 200, r
                self.stand.stop(p)
            self.report.line(engine=self.engine, part="start", target="cords", case=name, median_ms=1000 * statistics.median(times), best_ms=1000 * min(times),
                             text=f"start to the first answer, {name}: {1000 * statistics.median(times):.1f} ms, best {1000 * min(times):.1f} ms")

    def memory(self):
        """of processes: idle; after the whole workload; and the peak of W8"""
        for t in self.targets:
            if t.name.endswith("-direct"):
                continue
            for part in PARTS:
                if t in self.asked(part) and part != "W8":
                    self.one(t, part)
            after = [kib / 1024 for kib in sizes(t)]
            peak = None
            if t in self.asked("W8"):
                with Watch(t.pids) as peak:
                    self.one(t, "W8")
            idle = self.idle[t.name] or [0]                     # the floor has not begun before the others have loaded
            self.report.line(engine=self.engine, part="memory", target=t.name, processes=len(after), idle_mib=max(idle), idle_all_mib=sum(idle),
                             after_mib=max(after), after_all_mib=sum(after), peak_mib=peak and peak.largest, peak_all_mib=peak and peak.total,
                             text=f"memory of {t.name:12} {len(after)} processes, largest (all) MiB: idle {max(idle):.1f} ({sum(idle):.0f}),"
                             f" after W1 to W9 {max(after):.1f} ({sum(after):.0f})"
                             + (f", peak of W8 {peak.largest:.1f} ({peak.total:.0f})" if peak else ""))


def sizes(t):
    return [pss_kib(pid) for pid in t.pids()]
