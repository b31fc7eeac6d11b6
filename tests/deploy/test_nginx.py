"""The portal behind nginx with TLS, by the file in deploy/, on this machine."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

import pytest
import requests

from tests import kept_database, programs, source
from tests.worker_process import until

HOST = "usher.example.com"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(  # noqa: S603  our own command line
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",  # noqa: S607
         "-addext", f"subjectAltName=DNS:{HOST},IP:127.0.0.1", "-keyout", folder / "key.pem",
         "-out", folder / "fullchain.pem"],
        capture_output=True, check=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def started():
    """Processes that are killed at the end, each with all that it started."""
    processes = []

    def start(*command, **environment):
        processes.append(
            subprocess.Popen(  # noqa: S603  our own command lines
                command,
                env={**os.environ, **environment},
                cwd=source.ROOT,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return processes[-1]

    yield start
    for one in processes:
        if one.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()


@pytest.fixture(scope="module")
def portal(started, certificate, tmp_path_factory):
    """The address at which nginx answers for the portal."""
    nginx = programs.needed("nginx")
    plain, tls = free_port(), free_port()
    folder = tmp_path_factory.mktemp("nginx")
    web = behind_a_proxy(started, folder)
    (folder / "usher.conf").write_text(site(web, plain, tls, certificate))
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    started(nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;")
    address = f"https://127.0.0.1:{tls}"
    until(lambda: answers(address, certificate), what="nginx answers for the portal")
    return address, f"http://127.0.0.1:{plain}", f"http://127.0.0.1:{web}"


def behind_a_proxy(started, folder):
    """Start the portal as somebody would who has a proxy in front of it; the port on which it listens."""
    web = free_port()
    own = {
        "DATA_DIR": str(folder), "DATABASE_URL": "", "BASE_URL": f"https://{HOST}", "ALLOWED_HOSTS": HOST,
        "SECRET_KEY": "s" * 50, "TRUSTED_PROXIES": "1", "BIND": f"127.0.0.1:{web}",
    }  # fmt: skip
    # Nobody looks at the admin here, whose many files take longest to compress.
    commands = [["collectstatic", "--no-input", "-v0", "-i", "admin", "-i", "unfold"]]
    if not kept_database.begin(folder / "usher.sqlite3"):
        commands.append(["migrate", "-v0"])
    prepared = [started(sys.executable, "manage.py", *words, **own) for words in commands]
    assert not any(one.wait() for one in prepared)
    started(sys.executable, "-m", "gunicorn", "--config", "python:portal.server", **own)
    return web


MAIN = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/usher.conf;
}}
"""


def site(web, plain, tls, certificate):
    """The file as it is, with the ports and the certificate of this machine."""
    text = (source.ROOT / "deploy/nginx/usher.conf").read_text()
    lines = [line for line in text.splitlines() if "[::]" not in line]
    text = "\n".join(lines).replace("127.0.0.1:8000", f"127.0.0.1:{web}").replace("/etc/ssl/usher", str(certificate))
    return text.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443", f"listen 127.0.0.1:{tls}")


def get(url, certificate, **headers):
    return requests.get(
        url,
        headers={"Host": HOST, **headers},
        verify=str(certificate / "fullchain.pem"),
        allow_redirects=False,
        timeout=30,
    )


def answers(address, certificate):
    try:
        return get(f"{address}/healthz", certificate).status_code == 200
    except requests.ConnectionError:
        return False


def test_a_page_comes_by_tls_with_secure_cookies(portal, certificate):
    page = get(f"{portal[0]}/login/", certificate)
    assert page.status_code == 200
    assert "Secure" in page.headers["Set-Cookie"]
    assert page.headers["Strict-Transport-Security"]
    assert len(page.headers["X-Request-ID"]) == 32


def test_plain_http_leads_to_tls(portal, certificate):
    answer = get(f"{portal[1]}/requests/?a=b", certificate)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{HOST}/requests/?a=b")


def test_figures_are_not_for_whoever_comes_through_the_proxy(portal, certificate):
    assert get(f"{portal[0]}/metrics", certificate).status_code == 404
    assert get(f"{portal[2]}/metrics", certificate).status_code == 200
    assert get(f"{portal[2]}/metrics", certificate, **{"X-Forwarded-For": "127.0.0.1"}).status_code == 401


def test_static_files_are_kept_by_browsers_for_ever(portal, certificate):
    page = get(f"{portal[0]}/login/", certificate).text
    path = page.split('href="/static/portal/layout.')[1].split('"')[0]
    answer = get(f"{portal[0]}/static/portal/layout.{path}", certificate)
    assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)


def test_a_foreign_host_is_refused(portal, certificate):
    assert get(f"{portal[0]}/login/", certificate, Host="evil.example.com").status_code in (400, 421)
