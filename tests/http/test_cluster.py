"""A Galera cluster of three nodes: who writes, who is passed over, and what two writers do to each other."""
import shutil
import threading
import time

import pytest

import servers
from fcgi_peer import Worker
from lib import ENGINES, Site
from ports import free_port

pytestmark = pytest.mark.skipif(ENGINES[0] != "mariadb", reason="about clusters of MariaDB")

SODA = "/ords/demo/soda/latest"


class Node(servers.MariaDB):
    """the first one begins the cluster; others begin with a copy of its files, so that nothing has to be sent while they run"""

    def __init__(self, first=None):
        self.talk, self.transfer = free_port(), free_port()
        self.first, self.all = first, [] if first is None else first.all
        self.all.append(self)
        super().__init__(prefix="cluster")

    def make(self):
        if self.first is None:
            super().make()
            return
        shutil.copytree(self.first.folder / "fresh", self.folder / "data")
        if self.as_account:
            for path in [self.folder / "data", *(self.folder / "data").rglob("*")]:
                shutil.chown(path, self.as_account["user"], self.as_account["group"])

    def start(self):
        provider = {"gmcast.listen_addr": f"tcp://127.0.0.1:{self.talk}", "base_port": self.talk, "gcache.size": "8M",
                    "ist.recv_addr": f"127.0.0.1:{self.transfer}", "evs.suspect_timeout": "PT1S", "evs.inactive_timeout": "PT2S",
                    "evs.inactive_check_period": "PT0.3S", "evs.keepalive_period": "PT0.3S", "evs.install_timeout": "PT2S"}
        others = ",".join(f"127.0.0.1:{n.talk}" for n in self.all if n is not self)
        self.options = ["--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so", "--binlog-format=ROW",
                        "--innodb-autoinc-lock-mode=2", "--wsrep-node-address=127.0.0.1", f"--wsrep-node-name=n{self.talk}",
                        "--wsrep-provider-options=" + ";".join(f"{k}={v}" for k, v in provider.items()),
                        f"--wsrep-cluster-address=gcomm://{others}"]
        return super().start()

    def prepare(self):
        if self.first is None:
            self.wait_until(lambda: self.mariadb("SELECT 1", user="root"))
            super().prepare()
            self.process.send_signal(self.stop_signal)
            self.process.wait(30)
            shutil.copytree(self.folder / "data", self.folder / "fresh")
            self.process = self.start()
        self.wait_until(self.is_synced)

    def status(self, name):
        return self.mariadb(f"SHOW GLOBAL STATUS LIKE 'wsrep_{name}'").split()[1]

    def is_synced(self):
        assert self.status("local_state_comment") == "Synced" and self.status("cluster_status") == "Primary"

    def has_size(self, n):
        assert self.status("cluster_size") == str(n)

    def has_no_quorum(self):
        assert self.status("cluster_status") != "Primary"

    def isolate(self, is_alone):
        """from the other nodes, not from its clients"""
        self.mariadb(f"SET GLOBAL wsrep_provider_options = 'gmcast.isolate={int(is_alone)}'")
        self.wait_until(self.has_no_quorum if is_alone else self.is_synced)


@pytest.fixture(scope="module")
def nodes():
    made = []
    try:
        made.append(Node())
        made += [Node(made[0]), Node(made[0])]
        made[0].wait_until(lambda: made[0].has_size(3))
        yield made
    finally:
        for n in made:
            n.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory, nodes):
    return Site(tmp_path_factory.mktemp("site"), engine="mariadb", server=nodes[0])


@pytest.fixture
def start(site):
    made = []

    def make(*hosts):
        site.cords("config", "set", "db.hosts", ",".join(f"127.0.0.1:{n.port}" for n in hosts))
        made.append(Worker(site))
        return made[-1]

    yield make
    for w in made:
        w.stop()


def until(worker, status, *request, seconds=20):
    """asked again while it is 503"""
    end = time.monotonic() + seconds
    while (a := worker.ask(*request)).status != status:
        assert a.status == 503 and time.monotonic() < end, a
        time.sleep(0.1)
    return a


def test_no_quorum(start, nodes, site):
    """F-10: a node that was cut off answers 503 with the cause, nothing is written, and it serves again when it is back"""
    w = start(nodes[0])
    assert w.ask("PUT", f"{SODA}/alone").status == 201
    key = w.ask("POST", f"{SODA}/alone", b'{"a":1}').json["items"][0]["id"]
    nodes[0].isolate(True)
    for request in (("POST", f"{SODA}/alone", b'{"a":2}'), ("PUT", f"{SODA}/alone/{key}", b'{"a":3}'), ("GET", f"{SODA}/alone/{key}"),
                    ("PUT", f"{SODA}/other")):
        a = w.ask(*request)
        assert a.status == 503 and "retry-after" in a.headers, a
    assert b"this node of the cluster has no quorum" in a.body
    assert [len(r) for r in nodes[1].rows(site.database, "SELECT * FROM soda_collections")] == [1]
    nodes[0].isolate(False)
    until(w, 200, "GET", f"{SODA}/alone/{key}")
    assert w.ask("GET", f"{SODA}/alone/{key}").body == b'{"a":1}' and len(w.ask("GET", f"{SODA}/alone").json["items"]) == 1
    assert w.is_well()


def test_other_node(start, nodes):
    """F-09, F-10: with others in db.hosts the next one takes the writes within 10 s, and what was acknowledged is there"""
    w = start(*nodes)
    assert w.ask("PUT", f"{SODA}/moves").status == 201
    keys = [w.ask("POST", f"{SODA}/moves", b'{"n":%d}' % i).json["items"][0]["id"] for i in range(20)]
    nodes[0].isolate(True)
    keys.append(until(w, 201, "POST", f"{SODA}/moves", b'{"n":20}', seconds=10).json["items"][0]["id"])
    nodes[0].isolate(False)
    nodes[1].kill()
    keys.append(until(w, 201, "POST", f"{SODA}/moves", b'{"n":21}', seconds=10).json["items"][0]["id"])
    assert {i["id"] for i in w.ask("GET", f"{SODA}/moves?limit=100").json["items"]} == set(keys)
    nodes[1].restart()
    nodes[1].wait_until(nodes[1].is_synced)
    assert w.is_well()


def test_two_writers(start, nodes):
    """R-03, R-06, F-11: workers on two nodes change one document by patches; every one that was acknowledged is in it, and
    each worker reads what the other has written"""
    workers = [start(n) for n in (nodes[0], nodes[2])]
    workers[0].ask("PUT", f"{SODA}/shared")
    key = workers[0].ask("POST", f"{SODA}/shared", b'{"done":[]}').json["items"][0]["id"]
    done, failed = [], []

    def write(who):
        for i in range(40):
            name = f"{who}-{i}"
            a = workers[who].ask("PATCH", f"{SODA}/shared/{key}", b'[{"op":"add","path":"/done/-","value":"%s"}]' % name.encode(),
                                 CONTENT_TYPE="application/json-patch+json")
            if a.status == 200:
                done.append(name)
                seen = workers[who].ask("GET", f"{SODA}/shared/{key}").json["done"]
                if name not in seen:
                    failed.append((name, seen))
            elif a.status != 503:
                failed.append((name, a))

    threads = [threading.Thread(target=write, args=(who,)) for who in (0, 1)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed and len(done) > 40
    for w in workers:
        assert sorted(w.ask("GET", f"{SODA}/shared/{key}").json["done"]) == sorted(done)
    for i in range(200):
        a = workers[i % 2].ask("POST", f"{SODA}/shared", b'{"i":%d}' % i).json["items"][0]
        assert workers[1 - i % 2].ask("GET", f"{SODA}/shared/{a['id']}").body == b'{"i":%d}' % i
