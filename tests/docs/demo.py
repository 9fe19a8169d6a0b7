"""The program under test, and the demo of quickstart in a private folder."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CORDS_BIN", ROOT / "build" / "cords")).resolve()

sys.path.insert(0, str(ROOT / "tests" / "lib"))

from ports import free_port  # noqa: E402


class Demo:
    """quickstart as somebody at a terminal has it: a session of its own, ended by Ctrl-C"""

    def __init__(self, folder, port=None):
        self.folder, self.port = folder, port or free_port()
        self.home = folder / "var"
        self.output = folder / "output"

    def start(self):
        env = {**os.environ, "CORDS_HOME": str(self.home), "CORDS_BIN": str(BIN)}
        with open(self.output, "w") as out:
            self.process = subprocess.Popen([ROOT / "quickstart", "--port", str(self.port)], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=subprocess.STDOUT, env=env, cwd=self.folder,
                                            start_new_session=True,
                                            # a shell in the background ignores it, and its children with it
                                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        deadline = time.monotonic() + 60
        while "Atlantis" not in self.said():            # the last of what it proposes to try
            assert self.process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.02)
        return self

    def said(self):
        return self.output.read_text()

    def tree(self):
        """every process that stands below it, itself included"""
        parents = {}
        for p in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(p.parent.name)] = int(re.sub(r"^.*\) ", "", p.read_text(), flags=re.S).split()[1])
            except OSError:
                pass
        found = {self.process.pid}
        while True:
            more = {pid for pid, parent in parents.items() if parent in found} | found
            if more == found:
                return found
            found = more

    def interrupt(self):
        """Ctrl-C goes to all processes of the terminal; returns the exit status"""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)

    def stop(self):
        if self.process.poll() is None:
            self.interrupt()
