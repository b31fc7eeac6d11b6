"""The portal behind Caddy with TLS, by the file in deploy/, on this machine."""

import subprocess

import pytest
import requests

from tests import programs, source
from tests.deploy.test_nginx import HOST, answers, behind_a_proxy, certificate, free_port, get, started  # noqa: F401
from tests.worker_process import until

# By Caddy or by the portal, whoever is first; 502 where the portal had answered, and closed, before all of it was sent.
REFUSED = (400, 403, 413, 502, None)


def read():
    return (source.ROOT / "deploy/caddy/Caddyfile").read_text()


@pytest.fixture(scope="module")
def portal(started, certificate, tmp_path_factory):  # noqa: F811
    """The addresses at which Caddy answers for the portal: by TLS, in plain text; and that of the portal itself."""
    caddy = programs.needed("caddy")
    plain, tls = free_port(), free_port()
    folder = tmp_path_factory.mktemp("caddy")
    web = behind_a_proxy(started, folder)
    (folder / "Caddyfile").write_text(site(web, plain, tls, certificate))
    started(caddy, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile"),
            HOME=str(folder), XDG_DATA_HOME=str(folder), XDG_CONFIG_HOME=str(folder))  # fmt: skip
    address = f"https://127.0.0.1:{tls}"
    until(lambda: answers(address, certificate), what="Caddy answers for the portal")
    return address, f"http://127.0.0.1:{plain}", f"http://127.0.0.1:{web}"


def site(web, plain, tls, certificate):  # noqa: F811
    """The file as it is, with the ports and the certificate of this machine."""
    own = f"{{\n\tadmin off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n\tdefault_sni {HOST}\n"
    own += f"\thttp_port {plain}\n\thttps_port {tls}\n}}\n"
    given = f"{HOST} {{\n\ttls {certificate}/fullchain.pem {certificate}/key.pem\n"
    return own + read().replace(f"{HOST} {{\n", given).replace("127.0.0.1:8000", f"127.0.0.1:{web}")


def test_caddy_can_read_the_file_as_it_is(tmp_path):
    command = [programs.needed("caddy"), "validate", "--adapter", "caddyfile", "--config", "deploy/caddy/Caddyfile"]
    done = subprocess.run(command, cwd=source.ROOT, env={"HOME": str(tmp_path)}, capture_output=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def test_a_page_comes_by_tls_with_secure_cookies(portal, certificate):  # noqa: F811
    page = get(f"{portal[0]}/login/", certificate)
    assert page.status_code == 200
    assert "Secure" in page.headers["Set-Cookie"]
    assert page.headers["Strict-Transport-Security"]


def test_a_request_has_the_id_that_caddy_gave_it(portal, certificate):  # noqa: F811
    page = get(f"{portal[0]}/login/", certificate, **{"X-Request-ID": "that-of-somebody-outside"})
    assert len(page.headers["X-Request-ID"]) == 36


def test_plain_http_leads_to_tls(portal, certificate):  # noqa: F811
    answer = get(f"{portal[1]}/requests/?a=b", certificate)
    assert (answer.status_code, answer.headers["Location"].startswith(f"https://{HOST}")) == (308, True)


def test_figures_are_not_for_whoever_comes_through_the_proxy(portal, certificate):  # noqa: F811
    assert get(f"{portal[0]}/metrics", certificate).status_code == 404
    assert get(f"{portal[2]}/metrics", certificate).status_code == 200


def test_another_spelling_of_the_address_does_not_lead_to_the_figures(portal, certificate):  # noqa: F811
    for path in ("/METRICS", "/metrics/", "//metrics", "/%6detrics"):
        assert get(f"{portal[0]}{path}", certificate).status_code in (301, 308, 401, 404), path


def test_a_body_that_is_too_long_is_refused(portal, certificate):  # noqa: F811
    assert posted(portal[0], 5_000_000, certificate) in REFUSED
    assert get(f"{portal[0]}/login/", certificate).status_code == 200


def posted(address, size, certificate):  # noqa: F811
    """What a form of so many bytes is answered with. None where the connection was ended while it was still sent.

    The body of the answer is not read: where the portal closes before all was sent, Caddy passes on what it had of it.
    """
    try:
        with requests.post(
            f"{address}/login/", data=b"x" * size, headers={"Host": HOST},
            verify=str(certificate / "fullchain.pem"), timeout=30, stream=True,
        ) as answer:  # fmt: skip
            return answer.status_code
    except requests.exceptions.ConnectionError:
        return None
