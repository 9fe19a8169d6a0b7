"""How many connections there are, seen from outside."""
import threading


def test_one_connection_per_worker(new_site):
    """OR-79: 8 workers, 1000 requests, two accounts: one connection per worker, and the one that moves the WAL"""
    # with worker.core the owner of a process, and not only root, may look at it
    site = new_site(workers=8, schemas=("a", "b"), settings={"worker.core": "true"})
    for schema in ("a", "b"):
        assert site.soda(schema).put("/c").status == 201
    trouble, highest = [], []

    def ask(schema):
        soda = site.soda(schema)
        for i in range(125):
            r = soda.post("/c", {"i": i}) if i % 2 else soda.get("/c?limit=3")
            if r.status not in (200, 201):
                trouble.append(r)
        soda.close()

    askers = [threading.Thread(target=ask, args=("ab"[i % 2],)) for i in range(8)]
    for t in askers:
        t.start()
    while any(t.is_alive() for t in askers):
        highest.append(site.most_connections())
        for t in askers:
            t.join(0.01)
    highest.append(site.most_connections())
    assert not trouble
    assert len(site.worker_pids()) == 8
    assert 1 <= max(highest) <= 2
