"""One exchange: bounded in time and size, to known origins, without redirects."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import requests
import responses
from urllib3.util import connection

from integrations import http
from integrations.base import ProviderError, ProviderUnavailable
from integrations.http import Answer, Http, origin
from integrations.secrets import Secret

BASE = "https://service.test"


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def door() -> Http:
    return Http(service="The service", bases=[BASE])


@contextmanager
def server(handle: Callable[[socket.socket], None]) -> Iterator[tuple[str, threading.Event]]:
    """A server on loopback that does what it likes with each connection, and an event set when one is over."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer, suppress(OSError):
                    handle(peer)
                over.set()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", over
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def test_every_call_has_both_timeouts(mock, door):
    mock.get(f"{BASE}/x", body="{}")
    door.send("GET", f"{BASE}/x")
    assert mock.calls[0].request.req_kwargs["timeout"] == (3.05, 10)


def test_a_complete_answer_is_handed_back_whatever_its_status(mock, door):
    mock.get(f"{BASE}/x", json={"a": 1}, status=404)
    answer = door.send("GET", f"{BASE}/x")
    assert (answer.status, answer.ok, answer.json()) == (404, False, {"a": 1})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 200_000, b"\xff", b'{"a":' + b"9" * 10_000 + b"}"])
def test_a_body_that_is_not_json_is_none(body):
    assert Answer(200, body=body).json() is None


def test_texts_of_a_body_can_be_kept():
    body = b'{"name": "Jon\\u0000 \\ud800", "roles": [{"\\u0000": "\\ud83d\\ude00", "n": 1}]}'
    assert Answer(200, body=body).json() == {"name": "Jon\ufffd \ufffd", "roles": [{"\ufffd": "\U0001f600", "n": 1}]}


def test_an_answer_does_not_show_its_body():
    assert "s3cret" not in repr(Answer(200, body=b"s3cret"))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/x",
        "http://service.test/x",
        "https://service.test:8443/x",
        "https://service.test.evil.test/x",
        "https://service.test@evil.test/x",
        "https://user:word@service.test/x",
        "https://evil.test\\@service.test/x",
        "//service.test/x",
        "/x",
        "ftp://service.test/x",
        "https://[::1",
        "",
    ],
)
def test_nothing_is_sent_to_another_origin(mock, door, url):
    with pytest.raises(ProviderError, match="outside its own") as raised:
        door.send("GET", url, token=Secret("t0ken"))
    assert not isinstance(raised.value, ProviderUnavailable)
    assert len(mock.calls) == 0


@pytest.mark.parametrize("url", ["https://service.test:443/x", "HTTPS://SERVICE.test/x", "https://service.test"])
def test_spellings_of_the_same_origin_are_the_same(url):
    assert origin(url) == ("https", "service.test", 443)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(mock, door, status):
    mock.post(f"{BASE}/x", status=status, headers={"Location": "https://evil.test/"})
    mock.get("https://evil.test/", json={})
    answer = door.send("POST", f"{BASE}/x", token=Secret("t0ken"))
    assert len(mock.calls) == 1
    with pytest.raises(ProviderUnavailable, match="another address"):
        door.refuse_unusable(answer)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30.0), ("0", 0.0), ("999999999999", 3600.0), ("-1", None), ("soon", None), ("", None)],
)
def test_the_pause_that_a_service_asks_for_is_read(mock, door, header, seconds):
    mock.get(f"{BASE}/x", status=429, headers={"Retry-After": header})
    with pytest.raises(ProviderUnavailable, match="slow down") as raised:
        door.refuse_unusable(door.send("GET", f"{BASE}/x"))
    assert raised.value.retry_after == seconds


def test_a_pause_given_as_a_date_is_read(mock, door):
    mock.get(f"{BASE}/x", status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert door.send("GET", f"{BASE}/x").retry_after == 0.0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_service_is_unavailable(mock, door, status):
    mock.get(f"{BASE}/x", status=status, body="")
    with pytest.raises(ProviderUnavailable, match=str(status)):
        door.refuse_unusable(door.send("GET", f"{BASE}/x"))


def test_a_get_is_tried_twice_when_the_connection_breaks(mock, door):
    mock.get(f"{BASE}/x", body=requests.ConnectionError("reset"))
    mock.get(f"{BASE}/x", body="{}")
    assert door.send("GET", f"{BASE}/x").ok
    assert len(mock.calls) == 2


@pytest.mark.parametrize(
    ("method", "error", "tries"),
    [
        ("GET", requests.ConnectionError("reset"), 2),
        ("GET", requests.exceptions.SSLError("self-signed certificate"), 2),
        ("GET", requests.ReadTimeout("slow"), 1),
        ("GET", requests.ConnectTimeout("slow"), 1),
        ("GET", OSError("no such certificate bundle"), 1),
        ("POST", requests.ConnectionError("reset"), 1),
        ("POST", requests.ReadTimeout("slow"), 1),
        ("DELETE", requests.ConnectionError("reset"), 1),
    ],
)
def test_without_an_answer_it_may_have_happened(mock, door, method, error, tries):
    mock.add(method, f"{BASE}/x", body=error)
    with pytest.raises(ProviderUnavailable):
        door.send(method, f"{BASE}/x")
    assert len(mock.calls) == tries


def test_a_certificate_that_is_not_trusted_is_told(mock, door):
    mock.get(f"{BASE}/x", body=requests.exceptions.SSLError("self-signed certificate"))
    with pytest.raises(ProviderUnavailable, match="certificate may not be trusted"):
        door.send("GET", f"{BASE}/x")


def test_a_huge_body_is_not_read_to_its_end(mock, door, monkeypatch):
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 100_000)
    mock.get(f"{BASE}/x", body=b"x" * 300_000)
    with pytest.raises(ProviderUnavailable, match="too large"):
        door.send("GET", f"{BASE}/x")


def test_the_token_goes_with_the_call_and_cookies_do_not_come_back(mock, door):
    mock.get(f"{BASE}/x", body="{}", headers={"Set-Cookie": "session=s3cret; Path=/"})
    door.send("GET", f"{BASE}/x", token=Secret("t0ken"))
    door.send("GET", f"{BASE}/x", token=Secret("t0ken"))
    assert mock.calls[1].request.headers["Authorization"] == "Bearer t0ken"
    assert "Cookie" not in mock.calls[1].request.headers


def test_a_netrc_file_does_not_replace_the_token(mock, door, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine service.test login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    mock.get(f"{BASE}/x", body="{}")
    door.send("GET", f"{BASE}/x", token=Secret("t0ken"))
    assert mock.calls[0].request.headers["Authorization"] == "Bearer t0ken"


def test_a_proxy_of_the_environment_is_used_for_https_only(mock, monkeypatch):
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, "http://proxy.test:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    door = Http(service="The service", bases=[BASE, "http://service.test"])
    mock.get(f"{BASE}/x", body="{}")
    mock.get("http://service.test/x", body="{}")
    door.send("GET", f"{BASE}/x")
    door.send("GET", "http://service.test/x")
    assert mock.calls[0].request.req_kwargs["proxies"]["https"] == "http://proxy.test:3128"
    assert not mock.calls[1].request.req_kwargs["proxies"]


def drip_headers(peer: socket.socket) -> None:
    peer.recv(65536)
    peer.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(peer)


def drip_body(peer: socket.socket) -> None:
    peer.recv(65536)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drip(peer)


def say_nothing(peer: socket.socket) -> None:
    while peer.recv(65536):
        pass


def drip(peer: socket.socket) -> None:
    """One byte now and then, for as long as the other side listens."""
    peer.settimeout(0.02)
    while True:
        peer.sendall(b"x")
        with suppress(TimeoutError):
            if not peer.recv(1):
                return


@pytest.mark.parametrize("handle", [drip_headers, drip_body, say_nothing])
def test_a_server_that_drips_is_cut_off(handle, monkeypatch):
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)
    with server(handle) as (base, over):
        with pytest.raises(ProviderUnavailable, match="in time"):
            Http(service="The service", bases=[base]).send("GET", f"{base}/x")
        assert over.wait(10), "the connection was left open"


def test_a_call_given_up_while_it_connects_is_never_sent(monkeypatch):
    received: list[bytes] = []
    connected, go_on = threading.Event(), threading.Event()
    real = connection.create_connection

    def look_up_slowly(address, *args, **kwargs):
        connected.set()
        go_on.wait(10)
        return real(address, *args, **kwargs)

    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)
    monkeypatch.setattr(connection, "create_connection", look_up_slowly)
    with server(lambda peer: received.append(peer.recv(65536))) as (base, over):
        with pytest.raises(ProviderUnavailable, match="in time"):
            Http(service="The service", bases=[base]).send("POST", f"{base}/x", body=Secret("{}"))
        assert connected.is_set()
        go_on.set()
        assert over.wait(10)
    assert received == [b""]


def test_a_body_that_breaks_off_is_no_answer():
    def break_off(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")

    with server(break_off) as (base, _), pytest.raises(ProviderUnavailable, match="broke off"):
        Http(service="The service", bases=[base]).send("GET", f"{base}/x")


def test_a_connection_is_kept_for_the_next_call():
    accepted: list[int] = []

    def answer_twice(peer: socket.socket) -> None:
        accepted.append(1)
        while peer.recv(65536):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with server(answer_twice) as (base, _):
        door = Http(service="The service", bases=[base])
        assert [door.send("GET", f"{base}/x").json() for _ in range(3)] == [{}, {}, {}]
        door._session.close()
    assert len(accepted) == 1
