"""conf/container: the steps of the image on layers above this machine, and the file for compose.

No container engine takes part: the steps of the Containerfile are run as printed on a layer above the system that the tests
run on, where packages are looked up instead of installed. With CORDS_FRESH_DEBIAN=1 they are run on a Debian of debootstrap,
which is what the base image holds, with the network.
"""
import json
import os
import re
import shlex
import shutil
import subprocess

import pytest

from image import Image
from lib import ROOT
from machine import fresh_debian, needs_machines
from package import PASSWORD
from pages import block

CONTAINER = ROOT / "conf/container"


@pytest.fixture(scope="module", params=["here", "fresh"])
def image(request):
    if request.param == "fresh" and "CORDS_FRESH_DEBIAN" not in os.environ:
        pytest.skip("CORDS_FRESH_DEBIAN is not set; see tests/README")
    needs_machines()
    fresh = request.param == "fresh"
    made = Image(CONTAINER / "Containerfile", ROOT, fresh_debian() if fresh else "/", has_network=fresh,
                 env={"CFLAGS": "-O0"}).build()
    yield made
    made.gone()


def health(image):
    """the check of the image, once it serves"""
    command = re.fullmatch(r"--interval=10s --timeout=3s CMD (.*)", image.said["healthcheck"])[1]
    return " ".join("'" + w.replace("'", "'\\''") + "'" for w in json.loads(command))


# as an engine does: serve in the background, look until it is well, ask, stop with SIGTERM
SERVE = """
! {health} 2>/dev/null
{serve} >/tmp/served 2>&1 &
pid=$!
until {health} 2>/dev/null; do kill -0 $pid || {{ cat /tmp/served; exit 1; }}; sleep 0.05; done
exec 3<>/dev/tcp/127.0.0.1/8080
printf 'GET /ords/_/health/ready HTTP/1.0\\r\\n\\r\\n' >&3
cat <&3
stat -c %u /proc/$pid
kill -TERM $pid
wait $pid
"""


def runs_of_podman():
    """what stands behind the name of the image in each `podman run` of install.md, with the options before it"""
    build, *runs = [shlex.split(line) for line in block("install.md", "podman build").splitlines()]
    assert build[:4] == ["podman", "build", "-t", "cords"] and ROOT / build[build.index("-f") + 1] == CONTAINER / "Containerfile"
    for words in runs:
        assert words[:2] == ["podman", "run"] and words[words.index("-v") + 1] == "site:/etc/cords"
        at = words.index("cords")
        yield words[2:at], words[at + 1:]


def test_commands_of_the_manual(image):
    """install.md, and the same lines in the Containerfile: the last one serves, by default"""
    *commands, (options, last) = runs_of_podman()
    for _, words in commands:
        on_terminal = words[0] == "schema"
        image.run(*words, *(["--password-stdin"] if on_terminal else []), before=f"echo '{PASSWORD}' |" if on_terminal else "")
    assert [words[0] for _, words in commands] == ["install", "schema"]
    assert last == [] and json.loads(image.said["cmd"]) == ["serve"] and options[options.index("-p") + 1].endswith(":8080")
    assert "shop" in image.run("schema", "list").stdout
    for line in block("install.md", "podman build").splitlines():
        assert f"#   {line}" in (CONTAINER / "Containerfile").read_text()


def test_socket_for_a_web_server(image):
    """13.6: FastCGI on a volume that the web server shares"""
    image.run("install")
    serve = image.script(image.words(["serve", "--socket", "/srv/run/a.sock", "--workers", "2"]))
    r = image.machine.run(f"""install -d -o 10001 -g 10001 /srv/run
{serve} >/tmp/served 2>&1 &
pid=$!
until test -S /srv/run/a.sock; do kill -0 $pid || {{ cat /tmp/served; exit 1; }}; sleep 0.05; done
until grep answers /tmp/served; do sleep 0.05; done
stat -c '%u %a' /srv/run/a.sock
kill -TERM $pid
wait $pid""", env=image.env)
    assert r.stdout == "cords answers at unix:/srv/run/a.sock (2 workers)\n10001 660\n"


def test_commands_and_service(image):
    """13.6: arguments are commands, the default serves, the check of health sees both, nobody is root"""
    assert image.said["user"] == "10001:10001" and image.said["volume"] == "/etc/cords" and image.said["expose"] == "8080"
    r = image.run("--version")
    assert r.stdout.startswith("cords ")
    image.run("install")
    r = image.run("config", "list")
    assert "db.file" in r.stdout
    r = image.run("validate", check=False)
    assert "OK    pool default: connected" in r.stdout and "FAIL" not in r.stdout, r.stdout
    text = SERVE.format(health=health(image), serve=image.script(image.words()))
    r = image.machine.run('exec bash -ec "$BASH_SCRIPT"', env={**image.env, "BASH_SCRIPT": text}, own_network=True)
    assert "200 OK" in r.stdout and r.stdout.rstrip().endswith("10001"), r.stdout
    r = image.machine.run("stat -c '%u %a' /etc/cords /etc/cords/data/default.db")
    assert r.stdout.split("\n")[:2] == ["10001 700", "10001 600"]


def test_all_three_drivers_are_there(image):
    r = image.machine.run("cat /etc/odbcinst.ini")
    for name in ("SQLite3", "PostgreSQL Unicode", "MariaDB Unicode"):
        assert f"[{name}]" in r.stdout


def test_compose():
    yaml = pytest.importorskip("yaml")
    site = yaml.safe_load((CONTAINER / "compose.yaml").read_text())
    a, b, nginx = (site["services"][name] for name in ("a", "b", "nginx"))
    assert a["volumes"] == b["volumes"] == ["site:/etc/cords"]
    assert (CONTAINER / a["build"]["dockerfile"].removeprefix("conf/container/")).exists()
    addresses = [s["networks"]["inside"]["ipv4_address"] for s in (a, b)]
    upstream = re.findall(r"^  server ([\d.]+):8080", (CONTAINER / "nginx.conf").read_text(), re.M)
    assert addresses == upstream
    trusted = re.search(r"security\.trustedProxies (\S+)", (CONTAINER / "compose.yaml").read_text())[1]
    assert trusted == nginx["networks"]["inside"]["ipv4_address"]
    if shutil.which("docker") is None or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0:
        return                              # which would look at the words as well
    r = subprocess.run(["docker", "compose", "-f", CONTAINER / "compose.yaml", "config", "--quiet"], capture_output=True, text=True)
    assert r.returncode == 0, r.stderr
