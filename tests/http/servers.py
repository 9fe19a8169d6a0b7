"""Private database servers for the tests: one of each kind, started when a site first needs it, stopped at the end.

They live in a folder of their own below the temporary one and listen on a free loopback port.  As root they run as the
account that the package made for them.
"""
import atexit
import contextlib
import csv
import io
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from ports import free_port  # noqa: E402

ADMIN, USER, PASSWORD = "admin", "cords", "se}cr;e%t"

_running = {}


def installed():
    """the databases that this machine can run"""
    usr = pathlib.Path("/usr/lib")
    is_there = {"postgresql": any(usr.glob("*/odbc/psqlodbca.so")) and any(usr.glob("postgresql/*/bin/postgres")),
                "mariadb": any(usr.glob("*/odbc/libmaodbc.so")) and pathlib.Path("/usr/sbin/mariadbd").exists()}
    return ["sqlite", *(e for e, there in is_there.items() if there)]


def running(engine):
    if engine not in _running:
        _running[engine] = another(engine)
    return _running[engine]


def another(engine, **kw):
    """a server that a test may kill; tls: a folder with the files of tls_files()"""
    server = {"postgresql": PostgreSQL, "mariadb": MariaDB}[engine](**kw)
    atexit.register(server.stop)
    return server


def tls_files(folder, name="127.0.0.1"):
    """ca.pem, and a certificate that it signed for a name: server.pem, server.key"""
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=folder)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=cords tests")
    openssl("req", *new[:-2], "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={name}")
    (folder / "san").write_text(f"subjectAltName=IP:{name}")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-extfile", "san",
            "-out", "server.pem")
    return folder


class Server:
    account = None              # of the package

    def __init__(self, tls=None, prefix="site", options=()):
        self.port = free_port()
        self.tls, self.options = tls is not None, options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cords-server-", dir=os.environ.get("CORDS_SERVER_DIR", "/dev/shm" if os.path.isdir("/dev/shm") else None)))
        self.as_account = {}
        if os.geteuid() == 0:
            who = pwd.getpwnam(self.account)
            os.chown(self.folder, who.pw_uid, who.pw_gid)
            self.as_account = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
        self.names = (f"{prefix}{n}" for n in itertools.count(1))
        if self.tls:
            for file in ("server.pem", "server.key"):
                shutil.copy(tls / file, self.folder / file)
                (self.folder / file).chmod(0o600)
                if self.as_account:
                    os.chown(self.folder / file, self.as_account["user"], self.as_account["group"])
        try:
            self.make()
            self.process = self.start()
            self.wait_until(self.prepare)
        except BaseException:
            shutil.rmtree(self.folder)
            raise

    def call(self, *args, **kw):
        r = subprocess.run(args, text=True, capture_output=True, timeout=120, cwd=self.folder, **kw)
        assert r.returncode == 0, (args, r.stdout, r.stderr)
        return r.stdout

    def spawn(self, *args):
        with open(self.folder / "server.log", "ab") as log:
            return subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                    start_new_session=True, **self.as_account)

    def wait_until(self, action):
        end = time.monotonic() + 60
        while True:
            try:
                return action()
            except AssertionError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((self.folder / "server.log").read_text(errors="replace")[-4000:])
                time.sleep(0.05)

    def kill(self):
        """kill -9, and everything that it started"""
        for pid in [self.process.pid, *self.children()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def restart(self):
        self.process = self.start()
        self.wait_until(self.ask)

    def signal(self, number):
        """to the server and everything that it started"""
        for pid in [self.process.pid, *self.children()]:
            os.kill(pid, number)

    def children(self):
        stats = (p.read_text().rpartition(")") for p in pathlib.Path("/proc").glob("[0-9]*/stat"))
        return [int(head.split()[0]) for head, _, rest in stats if int(rest.split()[1]) == self.process.pid]

    def stop(self):
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connections(self):
        """links in /proc of the sockets that are connected to it"""
        lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        return {f"socket:[{f[9]}]" for f in map(str.split, lines) if int(f[2].rpartition(":")[2], 16) == self.port}

    def fresh_name(self):
        return next(self.names)

    @contextlib.contextmanager
    def holding(self, database, select):
        """a transaction of somebody else that holds what a statement has locked"""
        with subprocess.Popen(self.typing(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.as_admin) as p:
            p.stdin.write(f"BEGIN; {select}; SELECT 'held';\n")
            p.stdin.flush()
            assert "held\n" in iter(p.stdout.readline, "")
            yield


class PostgreSQL(Server):
    account = "postgres"
    as_admin = {**os.environ, "PGPASSWORD": PASSWORD, "PGOPTIONS": "-c search_path=ords_metadata"}
    stop_signal = signal.SIGINT         # without waiting for clients
    CLOSE = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}'"
    # what whoever changes the catalogue takes: sql/dialect_NAME.c
    DEFINE = "SELECT pg_advisory_xact_lock(427071530099)"
    TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'ords_metadata'"

    @property
    def binaries(self):
        return max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))

    def make(self):
        (self.folder / "password").write_text(PASSWORD + "\n")
        (self.folder / "password").chmod(0o644)
        self.call(self.binaries / "initdb", "-D", self.folder / "data", "-U", ADMIN, "-A", "scram-sha-256", "-E", "UTF8",
                  "--locale=C", "--no-sync", f"--pwfile={self.folder / 'password'}", **self.as_account)

    def start(self):
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder, "max_connections": 200}
        if self.tls:
            settings.update(ssl="on", ssl_cert_file=self.folder / "server.pem", ssl_key_file=self.folder / "server.key")
        return self.spawn(self.binaries / "postgres", "-D", self.folder / "data", "-p", str(self.port),
                          *(f"--{key}={value}" for key, value in settings.items()))

    def psql(self, database, *statements, flags=()):
        commands = [a for s in statements for a in ("-c", s)]
        return self.call(*self.typing(database), *flags, *commands, env=self.as_admin)

    def typing(self, database):
        return ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", ADMIN, "-d", database]

    def prepare(self):
        self.psql("postgres", f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")

    def ask(self):
        self.psql("postgres", "SELECT 1")

    def create(self, database):
        self.psql("postgres", f"CREATE DATABASE {database}")

    def rows(self, database, *statements):
        out = self.psql(database, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                        *(x for s in statements for x in (s, "SELECT '--- end'")), "COMMIT", flags=("--csv", "-t"))
        results, rows = [], []
        for row in csv.reader(io.StringIO(out)):
            if row == ["--- end"]:
                results.append(rows)
                rows = []
            else:
                rows.append(tuple(row))
        return results

    def dump(self, database):
        return self.call("pg_dump", "-h", "127.0.0.1", "-p", str(self.port), "-U", ADMIN, "-d", database,
                         env={**os.environ, "PGPASSWORD": PASSWORD}).encode()

    def away(self, database, is_away):
        self.psql("postgres", f"ALTER DATABASE {database} ALLOW_CONNECTIONS {'false' if is_away else 'true'}",
                  self.CLOSE.format(database))

    def take_writes(self, does):
        """or be a standby"""
        if does:
            self.psql("postgres", "SELECT pg_promote()")
            return
        self.process.send_signal(self.stop_signal)
        self.process.wait(30)
        (self.folder / "data" / "standby.signal").touch()
        self.restart()

    def limit_connections(self, n):
        """of the runtime account; None: no limit"""
        self.psql("postgres", f"ALTER ROLE {USER} CONNECTION LIMIT {-1 if n is None else n}")

    def fail_updates(self, database, table, fault, n):
        """the next n updates of a table fail, "STATE" or "STATE at COMMIT"; None: no more"""
        if fault is None:
            self.psql(database, f"DROP TRIGGER fail ON {table}", "DROP FUNCTION fail", "DROP SEQUENCE tried")
            return
        state, _, at_commit = fault.partition(" ")
        kind, when = ("CONSTRAINT ", "AFTER") if at_commit else ("", "BEFORE")
        self.psql(database, "CREATE SEQUENCE tried", f"GRANT ALL ON tried TO {USER}",
                  "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
                  f" IF nextval('ords_metadata.tried') <= {n} THEN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END IF;"
                  " RETURN NEW; END$$",
                  f"CREATE {kind}TRIGGER fail {when} UPDATE ON {table}{' DEFERRABLE INITIALLY DEFERRED' if at_commit else ''}"
                  " FOR EACH ROW EXECUTE FUNCTION fail()")

    def updates_tried(self, database):
        return int(self.psql(database, "SELECT last_value FROM tried", flags=("-At",)))

    def make_account(self, name, password, more=""):
        self.psql("postgres", f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}' {more}")

    def new_password(self, name, password):
        self.psql("postgres", f"ALTER ROLE \"{name}\" PASSWORD '{password}'")

    def role(self, role, member):
        self.psql("postgres", f'CREATE ROLE "{role}"', f'GRANT "{role}" TO "{member}"')

    def owned_tables(self, database, schema, own, foreign):
        """a schema of an account, with a table of its own and one that it has no rights on"""
        self.psql(database, f'CREATE SCHEMA "{schema}"', f'GRANT USAGE ON SCHEMA "{schema}" TO "{schema}"',
                  *(f'CREATE TABLE "{schema}"."{t}" (a int PRIMARY KEY)' for t in (own, foreign)),
                  f'ALTER TABLE "{schema}"."{own}" OWNER TO "{schema}"')

    def sessions(self, name):
        """how many connections an account has"""
        return int(self.psql("postgres", f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{name}'", flags=("-At",)))

    def statements_of(self, name, work):
        """what the server was asked by an account while work() ran"""
        log = self.folder / "server.log"
        self.psql("postgres", f"ALTER ROLE \"{name}\" SET log_statement = 'all'")
        start = log.stat().st_size
        work()
        self.psql("postgres", f'ALTER ROLE "{name}" RESET log_statement')
        return log.read_text(errors="replace")[start:]

    def disconnect(self, database):
        self.psql("postgres", self.CLOSE.format(database))


class MariaDB(Server):
    account = "mysql"
    as_admin = {**os.environ, "MYSQL_PWD": PASSWORD}
    stop_signal = signal.SIGTERM
    DEFINE = "SELECT value FROM ords_state WHERE name = 'catalog' FOR UPDATE"
    TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = database()"

    def make(self):
        self.call("mariadb-install-db", "--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db",
                  "--auth-root-authentication-method=normal", **self.as_account)

    def start(self):
        binary = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        tls = [f"--ssl-cert={self.folder / 'server.pem'}", f"--ssl-key={self.folder / 'server.key'}"] if self.tls else []
        return self.spawn(binary, "--no-defaults", f"--datadir={self.folder / 'data'}", f"--port={self.port}",
                          "--bind-address=127.0.0.1", f"--socket={self.folder / 'socket'}", f"--tmpdir={self.folder}",
                          f"--pid-file={self.folder / 'pid'}", "--max-allowed-packet=64M", "--max-connections=200", "--max-user-connections=150",
                          "--skip-name-resolve", *tls, *self.options)

    def mariadb(self, sql, *flags, user=ADMIN):
        return self.call(*self.typing(*flags, user=user), input=sql,
                         env={**os.environ, "MYSQL_PWD": "" if user == "root" else PASSWORD})

    def typing(self, *flags, user=ADMIN):
        return ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-S", str(self.folder / "socket"), "-u", user,
                "-nNB", *flags]

    def prepare(self):
        self.mariadb(f"CREATE USER {ADMIN} IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO {ADMIN} WITH GRANT OPTION;"
                     f"CREATE USER {USER} IDENTIFIED BY '{PASSWORD}'", user="root")

    def ask(self):
        self.mariadb("SELECT 1")

    def create(self, database):
        pass                            # install does

    def rows(self, database, *statements):
        marked = "".join(f"{s};SELECT '--- end';" for s in statements)
        out = self.mariadb("START TRANSACTION WITH CONSISTENT SNAPSHOT;" + marked, database)
        results, rows = [], []
        for line in out.splitlines():
            if line == "--- end":
                results.append(rows)
                rows = []
            else:
                rows.append(tuple(line.split("\t")))
        return results

    def dump(self, database):
        return self.call("mariadb-dump", "--no-defaults", "-S", str(self.folder / "socket"), "-u", ADMIN, "--hex-blob",
                         database, env={**os.environ, "MYSQL_PWD": PASSWORD}).encode()

    def take_writes(self, does):
        self.mariadb(f"SET GLOBAL read_only = {int(not does)}")

    def limit_connections(self, n):
        self.mariadb(f"SET GLOBAL max_user_connections = {n or 150}")

    def fail_updates(self, database, table, fault, n):
        if fault is None:
            self.mariadb("DROP TRIGGER fail; DROP SEQUENCE tried", database)
            return
        self.mariadb("CREATE SEQUENCE tried NOCACHE;\nDELIMITER //\n"
                     f"CREATE TRIGGER fail BEFORE UPDATE ON {table} FOR EACH ROW BEGIN IF NEXTVAL(tried) <= {n} THEN"
                     f" SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {fault}; END IF; END//\n", database)

    def updates_tried(self, database):
        return int(self.mariadb("SELECT NEXTVAL(tried)", database)) - 1

    def make_account(self, name, password, more=""):
        self.mariadb(f"CREATE USER `{name}` IDENTIFIED BY '{password}'" + (f"; GRANT {more} TO `{name}`" if more else ""))

    def new_password(self, name, password):
        self.mariadb(f"SET PASSWORD FOR `{name}` = PASSWORD('{password}')")

    def role(self, role, member):
        self.mariadb(f"CREATE ROLE `{role}`; GRANT `{role}` TO `{member}`")

    def owned_tables(self, database, schema, own, foreign):
        self.mariadb(f"CREATE DATABASE `{schema}`; CREATE TABLE `{schema}`.`{own}` (a int PRIMARY KEY);"
                     f"CREATE TABLE `{schema}`.`{foreign}` (a int PRIMARY KEY); GRANT ALL ON `{schema}`.`{own}` TO `{schema}`")

    def sessions(self, name):
        return int(self.mariadb(f"SELECT count(*) FROM information_schema.processlist WHERE user = '{name}'"))

    def statements_of(self, name, work):
        self.mariadb("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1")
        work()
        self.mariadb("SET GLOBAL general_log = 0", user="root")
        return self.mariadb(f"SELECT argument FROM mysql.general_log WHERE user_host LIKE '{name}[%'")

    def disconnect(self, database):
        found = self.mariadb(f"SELECT id FROM information_schema.processlist WHERE user = '{USER}' AND db = '{database}'")
        for n in found.split():
            self.mariadb(f"KILL {n}", "--force")

    def away(self, database, is_away):
        self.mariadb(f"{'REVOKE' if is_away else 'GRANT'} ALL ON {database}.* {'FROM' if is_away else 'TO'} {USER}")
        self.disconnect(database)
