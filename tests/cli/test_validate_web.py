"""cords validate for beginners: one sentence each for what usually goes wrong around a web server."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORDS = os.path.abspath(os.environ.get("CORDS_BIN", ROOT / "build" / "cords"))
SAMPLES = ["apache/cords.conf", "apache/cords-proxy.conf", "lighttpd/cords.conf", "lighttpd/cords-pool.conf", "nginx/cords.conf", "container/nginx.conf"]


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"

    def cords(*args):
        env = {k: v for k, v in os.environ.items() if not k.startswith("ORDS_")}
        return subprocess.run([CORDS, "--config", str(folder), *args], text=True, capture_output=True, env=env, timeout=60)
    assert cords("install").returncode == 0
    cords.folder = folder
    return cords


def about(site, tmp_path, text, *more):
    """what is said about a web server with this configuration"""
    path = tmp_path / "web.conf"
    path.write_text(text)
    done = site("validate", "--web-server", str(path), *more)
    return [line for line in done.stdout.splitlines() if "web.conf" in line]


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_against_the_samples(site, tmp_path, name):
    (line,) = about(site, tmp_path, (ROOT / "conf" / name).read_text())
    assert line.startswith(f"OK    {tmp_path}/web.conf: nothing against it")


@pytest.mark.parametrize("workers, processes, kept, word, said", [
    (8, 2, 0, "OK", '"keepalive 2;" at the end of upstream, and "fastcgi_keep_conn on;"'),
    (8, 2, 2, "OK", "nothing against it"),
    (8, 2, 3, "OK", "nothing against it"),
    (8, 2, 4, "FAIL", 'keepalive 4 in 2 processes of nginx can hold all 8 workers of a pool while nobody asks, and others wait for ever; write "keepalive 2;"'),
    (4, 4, 1, "FAIL", 'write "fastcgi_keep_conn off;"'),
    (4, 4, 0, "OK", "nothing against it")])
def test_connections_that_nginx_keeps(site, tmp_path, workers, processes, kept, word, said):
    text = (ROOT / "conf/nginx/cords.conf").read_text()
    if kept:
        text = text.replace("# keepalive 1;", f"keepalive {kept};").replace("fastcgi_keep_conn off;", "fastcgi_keep_conn on;")
    (tmp_path / "nginx.conf").write_text(f"user www-data;\nworker_processes {processes};\n")
    (line,) = about(site, tmp_path, text, "--workers", str(workers))
    assert line.startswith(word) and line.endswith(said), line


@pytest.mark.parametrize("name, old, new, word, said", [
    ("apache/cords.conf", "CGIPassAuth On", "", "FAIL", "does not pass the Authorization header"),
    ("apache/cords.conf", "CGIPassAuth On", "# CGIPassAuth On", "FAIL", "does not pass the Authorization header"),
    ("apache/cords-proxy.conf", "CGIPassAuth On", "CGIPassAuth Off", "FAIL", "does not pass the Authorization header"),
    ("apache/cords.conf", "FcgidMaxRequestLen 17825792", "", "WARN", "FcgidMaxRequestLen is 131072 unless it is set"),
    ("apache/cords.conf", "LimitRequestBody 0", "", "FAIL", "LimitRequestBody is 1073741824 unless it is set: mod_fcgid takes"),
    ("apache/cords.conf", "LimitRequestBody 0", "LimitRequestBody 99999999", "FAIL", "LimitRequestBody is 99999999: mod_fcgid takes"),
    ("apache/cords.conf", "AllowEncodedSlashes NoDecode", "", "WARN", "encoded slash"),
    ("lighttpd/cords.conf", "server.max-request-size = 17408", "server.max-request-size = 1024", "WARN", "server.max-request-size is 1024"),
    ("nginx/cords.conf", "client_max_body_size 17m;", "", "WARN", "client_max_body_size is 1m unless it is set"),
    ("nginx/cords.conf", "client_max_body_size 17m;", "client_max_body_size 512k;", "WARN", "client_max_body_size is 512k"),
    ("nginx/cords.conf", 'fastcgi_param REMOTE_USER "";', 'fastcgi_param HTTP_AUTHORIZATION "";', "FAIL", "is emptied"),
    ("nginx/cords.conf", "include fastcgi_params;", "", "FAIL", "is not told the URI")])
def test_one_sentence_for_each_mistake(site, tmp_path, name, old, new, word, said):
    text = (ROOT / "conf" / name).read_text()
    assert old in text
    found = [x for x in about(site, tmp_path, text.replace(old, new)) if not x.startswith("OK")]
    assert len(found) == 1 and found[0].startswith(word) and said in found[0], found


def test_limit_of_a_host_that_cuts_bodies(site, tmp_path):
    text = (ROOT / "conf/shared-hosting/htaccess").read_text() + "LimitRequestBody 1000000\n"
    (found,) = [x for x in about(site, tmp_path, text) if "LimitRequestBody" in x]
    assert found.startswith("WARN") and "LimitRequestBody is 1000000, below request.maxBody" in found


def test_folder_that_is_published(site, tmp_path):
    text = (ROOT / "conf/nginx/cords.conf").read_text() + f"server {{ root {tmp_path}/; }}\n"
    assert any(x.startswith("FAIL") and "lies below it" in x for x in about(site, tmp_path, text))
    assert not any("lies below" in x for x in about(site, tmp_path, text.replace(f"{tmp_path}/;", f"{tmp_path}/sit;")))


def test_account_on_shared_hosting(tmp_path):
    """the program in a folder of the document root, its settings beside it by mistake, and too open for suEXEC; then as it should be"""
    web = tmp_path / "web"
    web.mkdir(mode=0o755)
    program = web / "cords.fcgi"
    shutil.copy(CORDS, program)

    def validate():
        env = {k: v for k, v in os.environ.items() if not k.startswith("ORDS_")}
        subprocess.run([program, "install"], env=env, check=True, capture_output=True, timeout=60)
        out = subprocess.run([program, "validate"], env=env, text=True, capture_output=True, timeout=60).stdout
        return [line for line in out.splitlines() if "web server published" in line or "suEXEC" in line]
    (web / "cords.conf").write_text("site\n")
    program.chmod(0o775)
    web.chmod(0o777)
    published, *open_ones = validate()
    assert published.startswith(f"WARN  folder {web}/site: looks as if")
    assert open_ones == [f"WARN  {path}: mode 0{mode}, others may write it: with suEXEC every request is answered 500; chmod 755"
                         for path, mode in ((program, 775), (web, 777))]
    (web / "cords.conf").write_text("../site\n")
    program.chmod(0o755)
    web.chmod(0o755)
    assert validate() == []


def test_file_that_is_none(site, tmp_path):
    for name, why in ((tmp_path / "none", "No such file"), (site.folder / "global/settings.xml", "leads to a FastCGI program")):
        if "settings" in name.name:
            name = site.folder / "databases/default/pool.xml"
        done = site("validate", "--web-server", str(name))
        assert done.returncode == 2 and any(line.startswith("FAIL") and why in line for line in done.stdout.splitlines()), done


def test_driver_that_is_missing(site, tmp_path):
    """the driver manager knows no driver: the package is named"""
    empty = tmp_path / "odbc"
    empty.mkdir()
    (empty / "odbcinst.ini").write_text("")
    r = subprocess.run([CORDS, "--config", str(site.folder), "validate"], text=True, capture_output=True, timeout=60,
                       env={**os.environ, "ODBCSYSINI": str(empty), "ODBCINSTINI": "odbcinst.ini"})
    assert r.returncode == 2 and "FAIL  pool default: install the driver of sqlite; Debian has it in libsqliteodbc" in r.stdout


def test_folder_that_cannot_be_written():
    """looked at by an ordinary account: root may write everywhere"""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cords-validate."))
    as_whom = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    env = {k: v for k, v in os.environ.items() if not k.startswith("ORDS_")}

    def cords(*args):
        return subprocess.run([folder / "cords", "--config", folder / "site", *args], text=True, capture_output=True, env=env,
                              timeout=60, **as_whom).stdout
    try:
        shutil.copy(CORDS, folder / "cords")
        folder.chmod(0o755)
        (folder / "site").mkdir(mode=0o700)
        if as_whom:
            shutil.chown(folder / "site", "nobody", "nogroup")
        assert "was brought to level" in cords("install") and "no setting can be changed" not in cords("validate")
        (folder / "site").chmod(0o500)
        (folder / "site/data/default.db").chmod(0o400)
        found = [line for line in cords("validate").splitlines() if "uid" in line]
        assert found[0].startswith("WARN") and "so no setting can be changed" in found[0]
        assert found[1].startswith("FAIL") and "must be readable and writable for uid" in found[1]
    finally:
        shutil.rmtree(folder)
