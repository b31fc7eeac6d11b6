"""One post to a receiver: what it says back, and every way in which it can go wrong."""

import datetime as dt
import socket
import ssl
import threading
from contextlib import contextmanager, suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.base import ProviderUnavailable
from integrations.webhooks import sender
from integrations.webhooks.sender import WebhookSender
from tests import webhook_receiver
from tests.webhook_receiver import Receiver

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def receiver():
    with Receiver().start() as receiver:
        yield receiver


@pytest.fixture
def door():
    door = WebhookSender(networks=LOOPBACK)
    yield door
    door.close()


def test_what_is_posted_arrives_byte_by_byte(receiver, door):
    answer = door.post(receiver.url, body='{"x":"ü"}'.encode(), headers={"Usher-Event-Id": "evt_1"})
    [delivery] = receiver.deliveries
    assert (answer.status, delivery.body, delivery.path) == (200, '{"x":"ü"}'.encode(), "/events")
    assert delivery.headers["Content-Type"] == "application/json"
    assert delivery.headers["Usher-Event-Id"] == "evt_1"


@pytest.mark.parametrize("status", [200, 204, 301, 308, 400, 404, 410, 429, 500, 503])
def test_any_status_is_handed_back(receiver, door, status):
    receiver.will_answer(webhook_receiver.status(status, Retry_After="17"))
    answer = door.post(receiver.url, body=b"{}", headers={})
    assert (answer.status, answer.retry_after) == (status, 17.0)


def test_a_redirect_to_this_machine_is_not_followed(receiver, door):
    receiver.will_answer(webhook_receiver.status(307, Location=f"http://127.0.0.1:{receiver.port}/inside"))
    assert door.post(receiver.url, body=b"{}", headers={}).status == 307
    assert [one.path for one in receiver.deliveries] == ["/events"]


def test_one_connection_serves_many_events(receiver, door):
    receiver.will_answer(webhook_receiver.status(200, body=b"thank you"), 204, 200)
    for _ in range(3):
        door.post(receiver.url, body=b"{}", headers={})
    assert (len(receiver.deliveries), receiver.connections) == (3, 1)


def test_a_huge_answer_is_not_read_and_what_was_delivered_counts(receiver, door):
    receiver.will_answer(webhook_receiver.status(200, body=b"x" * 5_000_000))
    answer = door.post(receiver.url, body=b"{}", headers={})
    assert (answer.status, answer.body) == (200, b"")


def test_a_connection_that_breaks_off_is_no_answer(receiver, door):
    receiver.will_answer(webhook_receiver.reset)
    with pytest.raises(ProviderUnavailable, match="broke off"):
        door.post(receiver.url, body=b"{}", headers={})
    assert len(receiver.deliveries) == 1


def test_nobody_there_is_no_answer(door):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ProviderUnavailable, match="could not be reached"):
        door.post(f"http://127.0.0.1:{port}/", body=b"{}", headers={})


def test_a_receiver_that_does_not_answer_is_given_up(receiver, door, monkeypatch):
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 0.3)
    receiver.will_answer(lambda _handler: receiver.over.wait(10))
    with pytest.raises(ProviderUnavailable, match="in time"):
        door.post(receiver.url, body=b"{}", headers={})


def test_a_receiver_that_drips_is_given_up(receiver, door, monkeypatch):
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 0.3)

    def drip(handler):
        with suppress(OSError):
            while not receiver.over.wait(0.02):
                handler.wfile.write(b"H")

    receiver.will_answer(drip)
    with pytest.raises(ProviderUnavailable, match="in time"):
        door.post(receiver.url, body=b"{}", headers={})


def test_cookies_do_not_come_back(receiver, door):
    receiver.will_answer(webhook_receiver.status(200, Set_Cookie="session=1; Path=/"), 200)
    for _ in range(2):
        door.post(receiver.url, body=b"{}", headers={})
    assert "Cookie" not in receiver.deliveries[1].headers


class Tls:
    """A receiver with a certificate for one name, on loopback."""

    def __init__(self, folder, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        today = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(today - dt.timedelta(days=1))
            .not_valid_after(today + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.file = folder / "certificate.pem"
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        self.file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(serialization.Encoding.PEM, form, plain)
        )
        self.names: list[str | None] = []

    @contextmanager
    def start(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            with suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    peer.settimeout(10)
                    with suppress(OSError), context.wrap_socket(peer, server_side=True) as secure:
                        # What is left unread would break the connection off when it is closed.
                        came = b""
                        while not came.endswith(b"\r\n\r\n{}") and (more := secure.recv(65536)):
                            came += more
                        secure.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(10)


@pytest.fixture
def name_server(monkeypatch):
    def look_up(_host, port, *_args, **_kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("integrations.webhooks.addresses.socket.getaddrinfo", look_up)


def test_with_tls_the_name_is_proved_and_not_the_address(tmp_path, monkeypatch, name_server):
    tls = Tls(tmp_path, "hooks.test")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.file))
    with tls.start() as port:
        assert WebhookSender(networks=LOOPBACK).post(f"https://hooks.test:{port}/", body=b"{}", headers={}).ok
    assert tls.names == ["hooks.test"]


def test_a_certificate_for_another_name_is_not_accepted(tmp_path, monkeypatch, name_server):
    tls = Tls(tmp_path, "elsewhere.test")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.file))
    with tls.start() as port, pytest.raises(ProviderUnavailable, match="certificate"):
        WebhookSender(networks=LOOPBACK).post(f"https://hooks.test:{port}/", body=b"{}", headers={})
