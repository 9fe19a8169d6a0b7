"""The mutation gate: with the mechanism taken out of the sources, the test that guards it must fail.

A copy of the tree is built in a private folder, changed, built again, and the test runs against that program.  The
words to replace must be there exactly as often as said, so a mutation that no longer applies is a failure, too.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from lib import ENGINES

pytestmark = pytest.mark.skipif(ENGINES[0] != "sqlite", reason="once is enough")

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

REV = ("sql/gen_write.c", r"""\
\tput_lit\(&s->text, " AND rev = "\);
\tsql_bind\(s, BIND_I\(rev\)\);
""", "", 1)
# SQLite has one writer at a time, so within a transaction the comparison of rev never has to decide.  Where each statement
# stands alone it is all there is.
NO_TX = ("handlers/routes.c", r"(\{ M_(?:PUT|PATCH|DELETE), .* OBJECT, .*)TX_WRITE", r"\1TX_NONE", 3)
# five milliseconds late, so that a few kills are enough
COMMIT_LATE = [
    ("sql/db.c", r"\tif \(!end\(db, true, e\)\)", r"\tif (wrote && is_worker) { late = db; return true; }\n\g<0>", 1),
    ("sql/db.c", r"\nstatic bool\ncommit\(", """
static struct db *late;
static bool is_worker;
void db_commit_late(void);
void
db_commit_late(void)
{
\tstruct err e = { 0 };

\tif (late != NULL && late->in_tx) {
\t\tnanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
\t\tlate->in_tx = false;
\t\t(void)end(late, true, &e);
\t}
\tlate = NULL;
\tis_worker = true;
}
\\g<0>""", 1),
    ("fcgi/serve.c", r"\tfinish\(peer->state\);\n\ttell_log", "\tfinish(peer->state);\n"
     "\textern void db_commit_late(void);\n\tdb_commit_late();\n\ttell_log", 1),
]
# whom a leader takes along looks for its answer every ten milliseconds, and does not wait to be woken
LED_EARLY = [("sql/db.c", r"\tlead_storing\(db\);\n", """
\tif (db->n_led > 0) {
\t\tlead_answer(db, HANDIN_DONE);
\t\tnanosleep(&(struct timespec){ .tv_nsec = 30000000 }, NULL);
\t}
""", 1)]

CAS = "test_cas.py"
SINGLE = "increment or without_if_match or one_winner"
# name: changes, test, selection, what the failure says (None: the test must pass)
MUTATIONS = {
    "answer before COMMIT": (COMMIT_LATE, "test_crash.py", "", "acknowledged"),
    "those who are led are answered before COMMIT": (LED_EARLY, "test_crash.py", "", "acknowledged"),
    "no transaction, rev compared": ([NO_TX], CAS, SINGLE, None),
    "no transaction, rev ignored": ([NO_TX, REV], CAS, SINGLE, r"assert \d+ == \d+"),
}


def call(*args, cwd):
    r = subprocess.run(args, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert r.returncode == 0, r.stdout[-4000:]
    return r.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """a built copy of the sources as they stand"""
    tree = tmp_path_factory.mktemp("mutant")
    for name in call("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines():
        source, target = ROOT / name, tree / name
        if not source.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    call("autoreconf", "-fi", cwd=tree)
    (tree / "build").mkdir()
    call("../configure", "-q", cwd=tree / "build")
    call("make", "-s", f"-j{os.cpu_count() or 1}", "cords", cwd=tree / "build")
    yield tree
    shutil.rmtree(tree, ignore_errors=True)


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation(tree, name):
    """R-01, R-03: their tests fail when the mechanism is removed"""
    changes, test, selection, complaint = MUTATIONS[name]
    originals = {}
    try:
        for file, pattern, new, times in changes:
            path = tree / file
            text = path.read_text()
            originals.setdefault(path, text)
            changed, n = re.subn(pattern, new, text)
            assert n == times, f"{file}: {pattern!r} is there {n} times; renew the mutation"
            path.write_text(changed)
        call("make", "-s", f"-j{os.cpu_count() or 1}", "cords", cwd=tree / "build")
        env = {**os.environ, "CORDS_BIN": str(tree / "build" / "cords"), "CORDS_CRASH_SECONDS": "8",
               "CORDS_CRASH_GAP": "0.05,0.25"}
        r = subprocess.run([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", selection, test],
                           cwd=HERE, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    finally:
        for path, text in originals.items():
            path.write_text(text)
    assert r.returncode == (0 if complaint is None else 1), r.stdout[-6000:]
    if complaint is not None:
        errors = [line for line in r.stdout.splitlines() if line.startswith("E ")]
        assert any(re.search(complaint, line) for line in errors), r.stdout[-6000:]
        print(*errors, sep="\n")
