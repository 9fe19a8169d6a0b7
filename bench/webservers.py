"""cords behind nginx, lighttpd and Apache, by the samples of conf/, beside the hello world of FastCGI behind the same server."""
import os
import pathlib
import shutil
import statistics

from stand import FASTCGI, NGINX_PROCESSES, listening, pss_kib, wrk
from targets import AUTH, order

import fronts
import lib

DOCS = 10_000


class Place(fronts.Front):
    """a site with orders, and the program that says hello"""

    def __init__(self, stand, a):
        super().__init__(settings={"worker.maxRequests": "0"})
        self.stand, self.a = stand, a
        self.hello = self.folder / "hello.fcgi"
        shutil.copy(stand.build / "bench" / "floor", self.hello)

    def load(self):
        c = self.client("/ords/demo/soda/latest").make(name="orders")
        self.keys = []
        for first in range(0, DOCS, 1000):
            self.keys += c.add_all("[" + ",".join(order(i) for i in range(first, first + 1000)) + "]")
        (self.folder / "keys").write_text("".join(f"{k} -\n" for k in self.keys))

    def measure(self, part, base):
        env = {"PART": part, "STYLE": "cords", "BASE": base, "KEYS": str(self.folder / "keys"), "AUTH": AUTH, "SEED": "1",
               "ORDERS": str(DOCS), "ORDER": str(pathlib.Path(__file__).with_name("order.json"))}
        return wrk(f"http://127.0.0.1:{self.port}", "workload.lua", self.a.seconds, self.a.connections, env)

    def memory(self):
        """MiB of all processes of the installation: web server and workers, not those that say hello"""
        def family(pid):
            return [pid, *(p for child, name in lib.children(pid) if name != self.hello.name for p in family(child))]
        pids = [p for process in self.processes if process.args[0] != str(self.hello) for p in family(process.pid)]
        return sum(pss_kib(p) for p in pids) / 1024, len(pids)


def nginx(f, kept=False):
    """kept: connections to the workers, as many as cords validate calls safe"""
    for name, program in (("cords", lib.BIN), ("hello", f.hello)):
        socket = listening(f.folder / f"{name}.sock")
        for _ in range(f.a.workers):
            f.processes.append(f.stand.start(program, stdin=socket, env={**os.environ, "ORDS_CONFIG": str(f.site.config)}))
    keep = f"keepalive {f.a.workers // 2 // NGINX_PROCESSES};" if kept else ""
    f.processes.append(f.stand.nginx(f.folder, {f.port: f"""{FASTCGI} fastcgi_keep_conn {"on" if kept else "off"};
        location /ords/ {{ fastcgi_pass cords; }} location /hello {{ fastcgi_pass hello; }}"""},
                                     "".join(f"upstream {x} {{ server unix:{f.folder}/{x}.sock; {keep} }}\n" for x in ("cords", "hello"))))


def nginx_kept(f):
    nginx(f, kept=True)


def lighttpd(f):
    text = f.sample("lighttpd/cords.conf", {"/run/lighttpd/cords.sock": f.folder / "l.sock", "/usr/bin/cords": lib.BIN,
                                            "/etc/cords": f.site.config, '"max-procs" => 8': f'"max-procs" => {f.a.workers}'})
    f.run(fronts.find("lighttpd"), "-D", "-f", f.write("lighttpd.conf", f"""server.port = {f.port}
server.bind = "127.0.0.1"
server.document-root = "{f.folder}"
{text}
fastcgi.server += ( "/hello" => (( "socket" => "{f.folder}/hello.sock", "bin-path" => "{f.hello}", "max-procs" => {f.a.workers},
  "check-local" => "disable" )) )
"""))


def mod_fcgid(f):
    place = f.folder / "lib"
    place.mkdir()
    shutil.copy(lib.BIN, place / "cords.fcgi")
    shutil.copy(f.hello, place / "hello.fcgi")
    text = f.sample("apache/cords.conf", {"/usr/lib/cords": place, "/etc/cords": f.site.config})
    fronts.apache(f, ["fcgid"], text + f"\nScriptAlias /hello {place}/hello.fcgi\n",
                  f"FcgidIPCDir {f.folder}/ipc\nFcgidProcessTableFile {f.folder}/shm\n")


SERVERS = {"nginx": nginx, "nginx, kept": nginx_kept, "lighttpd": lighttpd, "Apache mod_fcgid": mod_fcgid}


def one(name, stand, a, report):
    f = Place(stand, a)
    try:
        SERVERS[name](f)
        f.wait()
        f.load()
        idle, n = f.memory()
        key = f.keys[5]
        assert f.client().get("/hello").body == b"hello\n"
        assert f.client("/ords/demo/soda/latest/orders").get(f"/{key}").json["PONumber"] == 5
        rows = {"cords": [], "hello": []}
        for part, base in (("W2", "/ords/demo/soda/latest/orders"), ("constant", "/hello")):
            f.measure(part, base)                       # Apache starts processes as they are needed
        for _ in range(a.rounds):
            rows["cords"].append(f.measure("W2", "/ords/demo/soda/latest/orders"))
            rows["hello"].append(f.measure("constant", "/hello"))
        for what, mine in rows.items():
            rate, _, p99 = (statistics.median(r[i] for r in mine) for i in range(3))
            ratio = statistics.median(c[0] / h[0] for c, h in zip(rows["cords"], rows["hello"]))
            report.line(engine="sqlite", part="webservers", server=name, target=what, rate=rate, p99_ms=p99, errors=sum(r[3] for r in mine),
                        cords_is=ratio, text=f"{name:18} {what:6} {rate:9.0f}/s   p99 {p99:8.2f} ms"
                        + (f"   {ratio:.2f} of hello" if what == "cords" else ""))
        report.line(engine="sqlite", part="webservers", server=name, idle_mib=idle, processes=n,
                    text=f"{name:18} idle, {n} processes: {idle:.1f} MiB")
    finally:
        stand.stop(*(p for p in f.processes if p in stand.started))
        f.stop()


def webservers(stand, engine, a, report):
    if engine != "sqlite":
        return
    for name in SERVERS:
        one(name, stand, a, report)
