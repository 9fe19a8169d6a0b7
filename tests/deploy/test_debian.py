"""docs/install.md as somebody follows it on Debian: the package, the sample of a web server in its place, the commands as printed.

The web servers are those of Debian with their own configuration around the sample, started by their own scripts. Each runs on a
layer above this machine, with a network of its own. With CORDS_FRESH_DEBIAN=1 once more on a Debian of debootstrap.
"""
import os
import shutil

import pytest

from lib import BIN, ROOT
from machine import Machine, fresh_debian
from package import INSTALL, commands, with_password
from pages import block

SAMPLES = "/usr/share/doc/cords/conf"
WEB_SERVERS = {  # sample, its place, the commands; packages of Debian; a program by which they are known
    "lighttpd": ("lighttpd/cords.conf", "/etc/lighttpd/conf-available/50-cords.conf", block("install.md", "lighty-enable-mod"),
                 "lighttpd", "lighty-enable-mod"),
    "nginx": ("nginx/cords.conf", "/etc/nginx/conf.d/cords.conf", block("install.md", "service nginx reload"),
              "nginx openssl systemd", "nginx"),
    "apache": ("apache/cords.conf", "/etc/apache2/conf-available/cords.conf", block("install.md", "a2enmod fcgid"),
               "apache2 libapache2-mod-fcgid", "a2enmod"),
    "apache-proxy": ("apache/cords-proxy.conf", "/etc/apache2/conf-available/cords.conf", block("install.md", "a2enmod proxy_fcgi"),
                     "apache2 systemd", "a2enmod"),
}

# systemd, as far as the units of cords are concerned: it opens the socket and starts what ExecStart says at the first connection
SYSTEMCTL = r"""#!/bin/sh
test "$1 $2" = "enable --now" || exit 1
for unit; do
	i=$(expr "$unit" : 'cords@\(.*\)\.service$') || continue
	said() { sed -n "s/^$2=//p" "/lib/systemd/system/cords@.$1" | sed "s/%i/$i/g"; }
	path=$(said socket ListenStream)
	mkdir -p "$(dirname "$path")" && chown "$(said socket SocketUser)" "$(dirname "$path")"
	setpriv --reuid "$(said service User)" --regid "$(said service Group)" --init-groups \
		systemd-socket-activate -E "$(said service Environment)" -l "$path" $(said service ExecStart) >/dev/null 2>&1 &
	until test -S "$path"; do sleep 0.05; done
	chgrp "$(said socket SocketGroup)" "$path" && chmod "$(said socket SocketMode)" "$path"
done
"""

PREPARE = {
    "nginx": """
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=api.example.com -keyout /etc/cords/tls.key -out /etc/cords/tls.crt 2>/dev/null
service nginx start >/dev/null""",
    "lighttpd": "cords --config /etc/cords config set security.verifySSL loopback",
    "apache": "cords --config /etc/cords config set security.verifySSL loopback",
    "apache-proxy": "cords --config /etc/cords config set security.verifySSL loopback",
}

ASK = """
base={base}
ask() {{ curl -sS --fail-with-body -k --resolve api.example.com:443:127.0.0.1 -u 'shop:a long password' "$@"; }}
n=0; until ask -o /dev/null $base/_/health/live 2>/dev/null; do n=$((n + 1)); test $n -lt 100; sleep 0.1; done
ask -X PUT $base/shop/soda/latest/things
ask -H 'Content-Type: application/json' -d '{{"n":1}}' $base/shop/soda/latest/things
ask -H 'Content-Type: application/json' -d '{{"n":1}}' "$base/shop/soda/latest/things?action=query"
# what is not for cords is still answered by the web server
test "$(curl -s -o /dev/null -w '%{{http_code}}' http://127.0.0.1/nothing-of-ours)" = 404
test "$(curl -s -k --resolve api.example.com:443:127.0.0.1 -o /dev/null -w '%{{http_code}}' $base/shop/soda/latest)" = 401
cords --config /etc/cords validate --web-server {place} >/tmp/validated || test $? = 1
! grep FAIL /tmp/validated
echo; ps -o user:20= -C "$(basename {program})" | sort -u
"""


@pytest.fixture(params=["here", "fresh"])
def debian(request, can_lay):
    """a Debian, and what installs packages there"""
    if request.param == "fresh" and "CORDS_FRESH_DEBIAN" not in os.environ:
        pytest.skip("CORDS_FRESH_DEBIAN is not set; see tests/README")
    m = Machine(fresh_debian() if request.param == "fresh" else "/")
    m.is_fresh = request.param == "fresh"
    yield m
    m.gone()


def need(machine, program, packages):
    if machine.is_fresh:
        machine.run(f"apt-get -qq update && apt-get -qq install -y --no-install-recommends {packages} curl procps libsqliteodbc "
                    "$(dpkg-deb -f /shared/cords_*.deb Depends | tr , '\\n' | sed 's/(.*//; s/|.*//')", shared=machine.shared, timeout=600)
    elif shutil.which(program, path="/usr/sbin:/usr/bin") is None:
        pytest.skip(f"{program} is not installed")


@pytest.mark.parametrize("name", WEB_SERVERS)
def test_web_server_of_debian(deb, debian, name):
    """OR-72: what install.md says makes it work, beside what this web server does otherwise; workers run as who they should"""
    sample, place, printed, packages, program = WEB_SERVERS[name]
    debian.shared = deb
    need(debian, program, packages)
    secure = name == "nginx"
    starts_workers = name in ("lighttpd", "apache")
    r = debian.run(f"""{INSTALL}
export PATH=/tmp/bin:$PATH
mkdir -p /run/lock /tmp/bin && cat >/tmp/bin/systemctl <<'END'
{SYSTEMCTL}
END
chmod +x /tmp/bin/systemctl
{commands()}
cp {SAMPLES}/{sample} {place}
{PREPARE[name]}
{printed}
{ASK.format(base="https://api.example.com/ords" if secure else "http://127.0.0.1/ords", place=place, program="cords.fcgi" if name == "apache" else "cords")}
""", shared=deb, own_network=True, timeout=120, env={"SYSTEMCTL_SKIP_REDIRECT": "1"})
    assert '"items":[{"id":' in r.stdout and '"hasMore":false,"count":1' in r.stdout.replace('"limit":100,', ""), r.stdout
    assert r.stdout.splitlines()[-1] == ("www-data" if starts_workers else "cords"), r.stdout


def test_front_page_says_the_same():
    assert block("README.md", "lighty-enable-mod") == block("install.md", "lighty-enable-mod")


# ---- shared hosting ----

APACHE = """
ServerName localhost
Listen 127.0.0.1:80
PidFile /run/apache.pid
ErrorLog /tmp/error.log
User www-data
Group www-data
{modules}
TypesConfig /dev/null
FcgidIPCDir /run/fcgid
FcgidProcessTableFile /run/fcgid.shm
ScriptSock /run/cgid.sock
<VirtualHost *:80>
DocumentRoot /home/me/public_html
SuexecUserGroup me me
<Directory /home/me/public_html>
AllowOverride All
Require all granted
</Directory>
</VirtualHost>
"""


@pytest.mark.parametrize("kind", ["fcgid", "cgid"])
def test_account_on_shared_hosting(can_lay, kind):
    """OR-72: the commands of install.md in an account without rights; suEXEC runs the program as its owner, with mod_fcgid and without"""
    if not os.path.exists("/usr/lib/apache2/suexec-custom") and not os.path.exists("/usr/lib/apache2/suexec"):
        pytest.skip("suEXEC is not installed")
    modules = ["mpm_event", "authz_core", "mime", "rewrite", "suexec", "unixd", kind]
    text = APACHE.format(modules="\n".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so" for m in modules
                                           if os.path.exists(f"/usr/lib/apache2/modules/mod_{m}.so")))
    text = "\n".join(line for line in text.splitlines() if not line.startswith("Fcgid" if kind == "cgid" else "ScriptSock"))
    as_me = "\n".join(map(with_password, block("install.md", "public_html").splitlines()))
    m = Machine()
    try:
        r = m.run(f"""
useradd --create-home --shell /bin/sh me
chmod 711 /home/me
mkdir -p /home/me/cords/build /home/me/public_html
cp {BIN} /home/me/cords/build/cords
cp -r {ROOT}/conf /home/me/cords/conf
chown -R me:me /home/me
cat >/tmp/as-me <<'END'
set -e
cd ~/cords
{as_me}
END
mkdir -p /etc/apache2/suexec && printf '/home\\npublic_html\\n' >/etc/apache2/suexec/www-data
mkdir -p /run/fcgid && chown www-data /run/fcgid
cat >/tmp/apache.conf <<'END'
{text}
END
runuser -l me -c 'sh /tmp/as-me'
runuser -l me -c 'public_html/ords/cords.fcgi config set security.verifySSL loopback'
/usr/sbin/apache2 -D FOREGROUND -f /tmp/apache.conf &
base=http://127.0.0.1/ords/shop/soda/latest
ask() {{ curl -sS -u 'shop:a long password' "$@"; }}
n=0; until ask -o /dev/null $base 2>/dev/null; do n=$((n + 1)); test $n -lt 100; sleep 0.1; done
ask -X PUT $base/things -w '%{{http_code}}\\n' || cat /tmp/error.log
ask -H 'Content-Type: application/json' -d '{{"n":1}}' $base/things -w ' %{{http_code}}\\n'
ask -H 'Content-Type: application/json' -d '{{"n":1}}' "$base/things?action=query" -w ' %{{http_code}}\\n'
curl -s -o /dev/null -w '%{{http_code}}\\n' http://127.0.0.1/ords/cords.conf
stat -c '%U %a' /home/me/site/data/default.db
chmod 775 /home/me/public_html/ords
ask $base -o /dev/null -w '%{{http_code}}\\n'
""", own_network=True, timeout=120)
        lines = r.stdout.splitlines()
        at = lines.index("201")
        assert lines[at + 1].endswith(" 201") and lines[at + 2].endswith(" 200") and '"n":1' in lines[at + 2], r
        assert lines[at + 3:at + 5] == ["403", "me 600"], r.stdout
        assert kind == "fcgid" or lines[at + 5] == "500", r.stdout
    finally:
        m.gone()
