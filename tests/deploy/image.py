"""The steps of a Containerfile, carried out on layers: what a container engine would do, without one."""
import json
import os
import pathlib
import re
import shutil
import tempfile

from machine import Machine

# In place of the network: a package that this machine does not have is a failure.
NO_NETWORK = r"""#!/bin/sh
[ "$1" = install ] || exit 0
shift
for name; do
	case $name in -*) continue ;; esac
	dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || { echo "$name is not installed here"; exit 1; }
done
"""


def instructions(text):
    """(word, rest) of each; comments and broken lines as in shell"""
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M)
    text = re.sub(r"\\\n", " ", text)
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in text.splitlines() if line.strip()]


class Image:
    """What was built: run() is `podman run IMAGE ...`."""

    def __init__(self, containerfile, context, base, has_network, env=None):
        self.stages, self.named = [], {}
        self.containerfile, self.context, self.base, self.has_network = containerfile, pathlib.Path(context), base, has_network
        self.build_env = env or {}
        self.said = {}

    def build(self):
        try:
            for word, rest in instructions(self.containerfile.read_text()):
                getattr(self, "do_" + word.lower())(rest)
        except BaseException:
            self.gone()
            raise
        return self

    def do_from(self, rest):
        m = re.fullmatch(r"docker\.io/library/debian:bookworm-slim(?: AS (\w+))?", rest)
        assert m, rest
        self.machine, self.env, self.place = Machine(self.base), {}, "/"
        self.stages.append(self.machine)
        if m[1]:
            self.named[m[1]] = self.machine
        if not self.has_network:
            path = self.machine.layer / "upper/usr/local/bin/apt-get"
            path.parent.mkdir(parents=True)
            path.write_text(NO_NETWORK)
            path.chmod(0o755)

    def do_run(self, rest):
        self.machine.run(f"cd {self.place} && {rest}", env={**self.build_env, **self.env}, timeout=900)

    def do_workdir(self, rest):
        self.place = rest
        self.machine.run(f"mkdir -p {rest}")

    def do_copy(self, rest):
        m = re.fullmatch(r"--from=(\w+) (\S+) (\S+)", rest)
        if m:
            source = self.named[m[1]].layer / "upper" / m[2].lstrip("/")
            self.machine.run(f"cp -a /shared/{source.name} {m[3]}", shared=source.parent)
            return
        assert rest == ". /src"
        ignored = (self.context / ".dockerignore").read_text().split()
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(self.context, f"{folder}/src", symlinks=True,
                            ignore=lambda at, names: shutil.ignore_patterns(*ignored)(at, names)
                            if pathlib.Path(at) == self.context else {"__pycache__", ".pytest_cache"})
            self.machine.run("cp -a /shared/src /src", shared=folder)

    def do_env(self, rest):
        name, _, value = rest.partition("=")
        self.env[name] = value

    def remember(self, word):
        return lambda rest: self.said.__setitem__(word, rest)

    def __getattr__(self, name):
        if name in ("do_user", "do_volume", "do_expose", "do_healthcheck", "do_entrypoint", "do_cmd"):
            return self.remember(name[3:])
        raise AttributeError(name)

    def words(self, args=()):
        """the command line of `podman run IMAGE ARGS`, quoted for a shell"""
        entry, cmd = json.loads(self.said["entrypoint"]), json.loads(self.said["cmd"])
        return " ".join("'" + w.replace("'", "'\\''") + "'" for w in [*entry, *(args or cmd)])

    def script(self, command):
        user, group = self.said["user"].split(":")
        return f"setpriv --reuid {user} --regid {group} --clear-groups --no-new-privs {command}"

    def run(self, *args, before="", **kw):
        return self.machine.run(f"{before}\n{self.script(self.words(args))}", env={**self.env, **kw.pop("env", {})}, **kw)

    def gone(self):
        for m in self.stages:
            m.gone()
