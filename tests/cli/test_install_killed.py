"""OR-65: install that is killed half-way and run again completes."""
import os
import random
import signal
import sqlite3
import subprocess
import time

from test_cli import CORDS, environment

ROUNDS = 40
SEED = os.environ.get("CORDS_TEST_SEED", "20261121")


def install(folder):
    return [CORDS, "--config", str(folder), "--quiet", "install", "--db-file", "a.db"]


def shape(folder):
    """the repository as SQLite sees it, and what it says of itself"""
    with sqlite3.connect(folder / "a.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_install_killed_anywhere(tmp_path):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    whole = tmp_path / "whole"
    start = time.monotonic()
    subprocess.run(install(whole), check=True, capture_output=True, env=environment(), timeout=60)
    took = time.monotonic() - start
    n_killed = 0
    for i in range(ROUNDS):
        folder = tmp_path / str(i)
        p = subprocess.Popen(install(folder), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            p.wait(rng.uniform(0, took))
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
        n_killed += p.wait(60) == -signal.SIGKILL
        subprocess.run(install(folder), check=True, capture_output=True, env=environment(), timeout=60)
        r = subprocess.run([CORDS, "--config", str(folder), "validate"], text=True, capture_output=True, env=environment(),
                           timeout=60)
        assert "OK    pool default: repository level" in r.stdout and "FAIL" not in r.stdout, r.stdout
        assert shape(folder) == shape(whole)
    print(f"{n_killed} of {ROUNDS} were killed")
    assert n_killed > 0
