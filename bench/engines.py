"""What bench/floor does on each engine: its connection, its tables, its statements.

The floor's tables are made from those of cords, so that both write the same pages; the values that an index is asked for
stand in columns of their own, as somebody would have them who writes SQL by hand.
"""
import sqlite3

COLUMNS = "id, rev, version, created, modified, bytes, backslash, content"
VERSION = "0123456789ABCDEF" * 4


class Engine:
    schema = ""
    setup = ""
    has_parsed = False          # documents can be kept in parsed form

    def __init__(self, site):
        self.site = site

    def table_of(self, name):
        """of a collection"""
        (((number,),),) = self.site.rows(f"SELECT id FROM soda_collections WHERE name = '{name}'")
        return f"soda_c_{number}"

    def statements(self):
        """{variable of the environment: value} of bench/floor"""
        read, write = self.schema + "floor_read", self.schema + "floor_write"
        queries = {"equality": f"SELECT content FROM {read} WHERE grp = ? ORDER BY id LIMIT 100",
                   "range": f"SELECT content FROM {read} WHERE n >= ? AND n < ? ORDER BY id LIMIT 10",
                   "order": f"SELECT content FROM {read} WHERE n >= ? ORDER BY n, id LIMIT 10",
                   **{name: f"SELECT count(*) FROM {self.schema}floor_scan WHERE {where}" for name, where in self.scans.items()}}
        return {"BENCH_CONNECT": self.connect(), "BENCH_SETUP": self.setup,
                "BENCH_GET": f"SELECT content FROM {read} WHERE id = ?",
                "BENCH_PUT": f"INSERT INTO {write}({COLUMNS}) VALUES (?, 1, '{VERSION}', 0, 0, 1000, 0, ?)",
                "BENCH_QUERIES": "\n".join(f"{n}={q}" for n, q in queries.items())}

    def order_statements(self):
        """the same for the workload; markers in the order of the path, "-" is the body"""
        t = self.schema + "floor_orders"
        queries = {"read": f"SELECT content FROM {t} WHERE id = ?", "version": f"SELECT version FROM {t} WHERE id = ?",
                   "insert": f"INSERT INTO {t}(rev, version, created, modified, bytes, backslash, id, usr, number, content)"
                             f" VALUES (1, '{VERSION}', 0, 0, 1000, 0, ?, ?, ?, ?)",
                   "replace": f"UPDATE {t} SET rev = rev + 1, version = '{VERSION}', modified = 1, usr = ?, number = ?, content = ? WHERE id = ?",
                   "equality": f"SELECT content FROM {t} WHERE usr = ? ORDER BY id LIMIT 100",
                   "range": f"SELECT content FROM {t} WHERE number >= ? AND number < ? ORDER BY number DESC, id LIMIT 25",
                   "page": f"SELECT content FROM {t} ORDER BY id LIMIT 100 OFFSET ?"}
        return {"BENCH_CONNECT": self.connect(), "BENCH_SETUP": self.setup, "BENCH_GET": queries["read"], "BENCH_PUT": queries["read"],
                "BENCH_QUERIES": "\n".join(f"{n}={q}" for n, q in queries.items())}

    def make_orders(self):
        self.run(self.copy(self.table_of("orders"), "floor_orders")
                 + [f"ALTER TABLE floor_orders ADD COLUMN usr {self.text}", "ALTER TABLE floor_orders ADD COLUMN number BIGINT",
                    f"UPDATE floor_orders SET usr = {self.string('User')}, number = {self.number('PONumber')}",
                    "CREATE INDEX floor_usr ON floor_orders(usr, id)", "CREATE INDEX floor_number ON floor_orders(number, id)"] + self.tidy)

    def scanned(self, table):
        """what is made of the documents that no index helps with"""
        return self.copy(table, "floor_scan")

    def make_tables(self):
        read, write = self.table_of("bench"), self.table_of("plain")
        copies = [(read, "floor_read"), (write, "floor_write")]
        self.run([s for table, copy in copies for s in self.copy(table, copy)] + self.scanned(self.table_of("scan"))
                 + [f"ALTER TABLE floor_read ADD COLUMN {c} BIGINT" for c in ("grp", "n")]
                 + [f"UPDATE floor_read SET grp = {self.number('group')}, n = {self.number('n')}",
                    "CREATE INDEX floor_grp ON floor_read(grp, id)", "CREATE INDEX floor_n ON floor_read(n, id)"] + self.more)


class SQLite(Engine):
    setup = "PRAGMA synchronous=FULL"
    text, tidy = "TEXT", ["ANALYZE"]
    more = ["ANALYZE"]
    scans = {"string": "json_extract(content, '$.name') = 'nobody'",
             "first": "json_type(content, '$.n') IN ('integer', 'real') AND json_extract(content, '$.n') = -1",
             "last": "json_type(content, '$.tail') IN ('integer', 'real') AND json_extract(content, '$.tail') = -1"}

    def connect(self):
        return (f"Driver=SQLite3;Database={self.site.db};NoWCHAR=1;StepAPI=1;NoCreat=1;JournalMode=WAL;SyncPragma=FULL;Timeout=5000;"
                "LongNames=0")

    def number(self, name):
        return f"json_extract(content, '$.{name}')"

    string = number

    def copy(self, table, name):
        (((sql,),),) = self.site.rows(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")
        return [sql.replace(table, name, 1), f"INSERT INTO {name} SELECT * FROM {table}"]

    def run(self, statements):
        con = sqlite3.connect(self.site.db, timeout=60)
        for s in statements:
            con.execute(s)
        con.commit()
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        con.close()


class PostgreSQL(Engine):
    schema = "ords_metadata."
    has_parsed = True
    text, tidy = 'TEXT COLLATE "C"', ["VACUUM ANALYZE floor_orders"]
    more = ["VACUUM ANALYZE"]
    setup = "SET max_parallel_workers_per_gather = 0"
    scans = {"string": """j @@ 'exists($."name" ? (@ == "nobody"))'""", "first": """j @@ 'exists($."n" ? (@ == -1))'""",
             "last": """j @@ 'exists($."tail" ? (@ == -1))'"""}

    def keeps_parsed(self, name):
        """does a collection?"""
        return self.site.rows(f"SELECT parsed FROM soda_collections WHERE name = '{name}'") == [[("1",)]]

    def size(self, name):
        """of a collection with its indexes"""
        (((n,),),) = self.site.rows("SELECT sum(pg_total_relation_size(t)) FROM unnest(ARRAY(SELECT 'ords_metadata.soda_c_' || id FROM soda_collections"
                                    f" WHERE name = '{name}' UNION ALL SELECT 'ords_metadata.soda_t_' || i.id FROM soda_indexes i"
                                    f" JOIN soda_collections c ON c.id = i.collection_id WHERE c.name = '{name}')) t")
        return int(n)

    def connect(self):
        return (f"Driver=PostgreSQL ANSI;Server=127.0.0.1;Port={self.site.server.port};Database={self.site.database};Uid=bench;Pwd=bench;"
                "Protocol=7.4-2;UseServerSidePrepare=1;UseDeclareFetch=0;BoolsAsChar=0;LFConversion=0;ByteaAsLongVarBinary=1")

    def number(self, name):
        return f"(content::json->>'{name}')::bigint"

    def string(self, name):
        return f"content::json->>'{name}'"

    def copy(self, table, name):
        return [f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)", f"ALTER TABLE {name} DROP COLUMN IF EXISTS parsed",
                f"INSERT INTO {name}(seq, {COLUMNS}) SELECT seq, {COLUMNS} FROM {table}",
                f"SELECT setval(pg_get_serial_sequence('{name}', 'seq'), (SELECT coalesce(max(seq), 1) FROM {name}))"]

    def scanned(self, table):
        """as users keep documents whose text they need not give back"""
        return ["CREATE TABLE floor_scan (id TEXT COLLATE \"C\" PRIMARY KEY, j jsonb NOT NULL)",
                f"INSERT INTO floor_scan SELECT id, content::jsonb FROM {table} ORDER BY seq"]

    def run(self, statements):
        server = self.site.server
        role = "DO $$BEGIN CREATE ROLE bench SUPERUSER LOGIN PASSWORD 'bench'; EXCEPTION WHEN duplicate_object THEN END$$"
        for s in [role, *statements]:
            server.psql(self.site.database, s)


class MariaDB(Engine):
    text, tidy = "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin", ["ANALYZE TABLE floor_orders"]
    more = ["ANALYZE TABLE floor_read"]
    scans = {"string": """JSON_CONTAINS(content, '"nobody"', '$.name')""", "first": "JSON_CONTAINS(content, '-1', '$.n')",
             "last": "JSON_CONTAINS(content, '-1', '$.tail')"}

    def connect(self):
        return (f"Driver=MariaDB Unicode;Server=127.0.0.1;Port={self.site.server.port};Database={self.site.database};Uid=bench;Pwd=bench;"
                "CharSet=utf8mb4;OPTION=2")

    def number(self, name):
        return f"JSON_VALUE(content, '$.{name}')"

    string = number

    def copy(self, table, name):
        return [f"CREATE TABLE {name} LIKE {table}", f"INSERT INTO {name} SELECT * FROM {table}"]

    def run(self, statements):
        users = ["CREATE USER IF NOT EXISTS bench IDENTIFIED BY 'bench'", "GRANT ALL ON *.* TO bench"]
        self.site.server.mariadb(";".join(users + statements) + ";", self.site.database)


ENGINES = {"sqlite": SQLite, "postgresql": PostgreSQL, "mariadb": MariaDB}
