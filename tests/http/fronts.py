"""Web servers with the sample configurations of conf/, as printed but for paths, ports and accounts."""
import http.client
import os
import pathlib
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from lib import BIN, ROOT, Site, Soda, children, free_port

MODULES = pathlib.Path("/usr/lib/apache2/modules")
CONF = ROOT / "conf"


def find(program):
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")


class Front:
    """A web server with one of our samples, and what it needs around it, in a folder of its own."""

    def __init__(self, settings=None):
        # not below pytest's folder: Apache gives up its rights, and must still get in
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cords-sample."))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.processes = []
        self.site = Site(self.folder, settings=settings)
        self.tls = None
        self.words = {}                 # more to replace in a sample of nginx

    def sample(self, name, words=None):
        """the text of a sample; what is to be replaced must be there"""
        text = (CONF / name).read_text()
        for old, new in (words or {}).items():
            assert old in text, old
            text = text.replace(old, str(new))
        return text

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run(self, *args, **kw):
        log = open(self.folder / "server.log", "ab")
        p = subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **kw)
        self.processes.append(p)
        return p

    def http(self, port):
        return self.run(BIN, "--config", self.site.config, "--quiet", "serve", "--http", f"127.0.0.1:{port}", "--workers", "2")

    def pool(self, path):
        self.run(BIN, "--config", self.site.config, "--quiet", "serve", "--socket", path, "--workers", "2")
        end = time.monotonic() + 10
        while socket.socket(socket.AF_UNIX).connect_ex(str(path)) != 0:
            assert time.monotonic() < end
            time.sleep(0.02)

    def workers(self):
        """pids of the workers, whoever started them"""
        found, left = [], [p.pid for p in self.processes]
        while left:
            for pid, name in children(left.pop()):
                left.append(pid)
                if name in (BIN.name, "cords.fcgi"):
                    found.append(pid)
        return sorted(found)

    def hand_over(self, account):
        """as root: everything belongs to the account that the web server runs as"""
        if os.geteuid() != 0:
            return
        who = pwd.getpwnam(account)
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, who.pw_uid, who.pw_gid)

    def wait(self):
        end = time.monotonic() + 15
        while True:
            try:
                if self.client().get("/ords/_/health/live").status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < end, (self.folder / "server.log").read_text()[-3000:]
            time.sleep(0.05)

    def client(self, base=""):
        c = Soda("localhost", self.port, "demo", "secret", base)
        if self.tls is not None:
            c.conn = http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=20)
        return c

    def stop(self):
        for p in reversed(self.processes):
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
                try:
                    p.wait(10)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def run_lighttpd(f, text):
    f.write("cords.conf", text)
    f.run(find("lighttpd"), "-D", "-f", f.write("lighttpd.conf", f"""server.port = {f.port}
server.bind = "127.0.0.1"
server.document-root = "{f.folder}"
include "{f.folder}/cords.conf"
"""))


def lighttpd(f):
    run_lighttpd(f, f.sample("lighttpd/cords.conf", words={"/run/lighttpd/cords.sock": f.folder / "l.sock", "/usr/bin/cords": BIN,
                                                           "/etc/cords": f.site.config}))


def lighttpd_pool(f):
    f.pool(f.folder / "a.sock")
    f.pool(f.folder / "b.sock")
    run_lighttpd(f, f.sample("lighttpd/cords-pool.conf", words={"/run/cords/": f"{f.folder}/"}))


def certificate(f):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", f.folder / "tls.key", "-out",
                    f.folder / "tls.crt"], check=True, capture_output=True)
    f.tls = ssl.create_default_context(cafile=f.folder / "tls.crt")
    f.plain_port = free_port()


def run_nginx(f, name, words):
    text = f.sample(name, words={
        "api.example.com": "localhost", "listen 80;": f"listen 127.0.0.1:{f.plain_port};",
        "listen 443 ssl;": f"listen 127.0.0.1:{f.port} ssl;", **words, **f.words})
    f.write("nginx.conf", f"""daemon off; pid {f.folder}/nginx.pid; error_log {f.folder}/error.log;
{"user root;" if os.geteuid() == 0 else ""}
events {{}}
http {{ access_log off; client_body_temp_path {f.folder}/body; fastcgi_temp_path {f.folder}/fastcgi;
proxy_temp_path {f.folder}/proxy; scgi_temp_path {f.folder}/scgi; uwsgi_temp_path {f.folder}/uwsgi;
{text}
}}
""")
    f.run(find("nginx"), "-p", f.folder, "-c", f.folder / "nginx.conf", "-e", f.folder / "error.log")


def nginx(f):
    f.pool(f.folder / "a.sock")
    f.pool(f.folder / "b.sock")
    certificate(f)
    run_nginx(f, "nginx/cords.conf", {"/run/cords/": f"{f.folder}/", "/etc/cords/": f"{f.folder}/",
                                      "include fastcgi_params;": "include /etc/nginx/fastcgi_params;"})


def compose(f):
    """two instances that answer HTTP, and nginx in front of them"""
    ports = [free_port(), free_port()]
    for port in ports:
        f.http(port)
    certificate(f)
    f.site.cords("config", "set", "security.httpsHeaderCheck", "X-Forwarded-Proto: https")
    f.site.cords("config", "set", "security.verifySSL", "true")
    run_nginx(f, "container/nginx.conf", {"/etc/nginx/tls/": f"{f.folder}/", "172.30.80.11:8080": f"127.0.0.1:{ports[0]}",
                                          "172.30.80.12:8080": f"127.0.0.1:{ports[1]}"})


def apache(f, modules, text, extra=""):
    account = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    modules = ["mpm_event", "authz_core", "alias", "env", "setenvif", *modules]
    load = "\n".join(f"LoadModule {m}_module {MODULES}/mod_{m}.so" for m in modules)
    f.write("apache.conf", f"""ServerRoot {f.folder}
ServerName localhost
Listen 127.0.0.1:{f.port}
PidFile {f.folder}/apache.pid
ErrorLog {f.folder}/error.log
DocumentRoot {f.folder}/www
{load}
{account}{extra}
{text}
""")
    (f.folder / "www").mkdir(exist_ok=True)
    f.hand_over("www-data")
    f.run(find("apache2"), "-D", "FOREGROUND", "-f", f.folder / "apache.conf")


def mod_fcgid(f):
    lib = f.folder / "lib"
    lib.mkdir()
    shutil.copy(BIN, lib / "cords.fcgi")
    text = f.sample("apache/cords.conf", words={"/usr/lib/cords": lib, "/etc/cords": f.site.config})
    apache(f, ["fcgid"], text, f"FcgidIPCDir {f.folder}/ipc\nFcgidProcessTableFile {f.folder}/shm\n")


def mod_proxy_fcgi(f):
    f.pool(f.folder / "a.sock")
    text = f.sample("apache/cords-proxy.conf", words={"/run/cords/a.sock": f.folder / "a.sock"})
    apache(f, ["proxy", "proxy_fcgi"], text)


def shared_hosting(f, modules, extra):
    """a folder of the document root with the program, its .htaccess and where the configuration is"""
    place = f.folder / "www" / "ords"
    place.mkdir(parents=True)
    shutil.copy(BIN, place / "cords.fcgi")
    f.write("www/ords/cords.conf", f"{f.site.config}\n")
    f.write("www/ords/.htaccess", f.sample("shared-hosting/htaccess"))
    apache(f, [*modules, "mime", "rewrite"], f"TypesConfig {os.devnull}", f"""{extra}
<Directory {f.folder}/www>
AllowOverride All
Require all granted
</Directory>
""")


def htaccess(f):
    shared_hosting(f, ["fcgid"], f"FcgidIPCDir {f.folder}/ipc\nFcgidProcessTableFile {f.folder}/shm")


def cgi(f):
    """the same folder, where nothing but CGI is to be had"""
    shared_hosting(f, ["cgid"], f"ScriptSock {f.folder}/cgid.sock")


FRONTS = {"lighttpd": (lighttpd, "lighttpd"), "nginx": (nginx, "nginx"), "mod_fcgid": (mod_fcgid, "apache2"),
          "mod_proxy_fcgi": (mod_proxy_fcgi, "apache2"), "htaccess": (htaccess, "apache2")}

# the same servers in another way
VARIANTS = {"lighttpd_pool": (lighttpd_pool, "lighttpd"), "cgi": (cgi, "apache2")}

# those that need a test of their own
BALANCERS = {"nginx": FRONTS["nginx"], "compose": (compose, "nginx")}

ALL = {**FRONTS, **VARIANTS, **BALANCERS}


def missing(name):
    """the program that is not installed, or None"""
    _, program = ALL[name]
    if find(program) is None or (program == "apache2" and not (MODULES / "mod_fcgid.so").exists()):
        return program
    return None


def start(name, settings=None, words=None):
    """a running web server with that sample; words: replaced in it as well"""
    f = Front(settings)
    f.name = name
    f.words = words or {}
    try:
        ALL[name][0](f)
        f.wait()
    except BaseException:
        f.stop()
        raise
    return f
