"""Which addresses a webhook may lead to, and that what was looked at is what is connected to."""

import socket
from ipaddress import ip_address

import pytest

from integrations.base import NeedsAttention
from integrations.webhooks import addresses
from integrations.webhooks.sender import WebhookSender
from tests.webhook_receiver import Receiver

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808", "::ffff:8.8.8.8"]
INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104  an address to be refused
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "2001:0:808:808::1",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_may_be_reached_with_tls_and_not_without(text):
    rule = addresses.allowing([])
    assert (rule(ip_address(text), True), rule(ip_address(text), False)) == (True, False)


@pytest.mark.parametrize("text", INSIDE)
def test_everything_else_may_not_be_reached_at_all(text):
    rule = addresses.allowing([])
    assert (rule(ip_address(text), True), rule(ip_address(text), False)) == (False, False)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("10.20.3.4", True), ("::ffff:10.20.3.4", True), ("10.21.0.1", False), ("fd00:1::5", True),
        ("fd00:2::5", False), ("127.0.0.1", False), ("169.254.169.254", False),
    ],
)  # fmt: skip
def test_a_network_that_is_named_may_be_reached_and_no_other(text, may):
    rule = addresses.allowing(["10.20.0.0/16", "fd00:1::/32"])
    assert (rule(ip_address(text), True), rule(ip_address(text), False)) == (may, may)


@pytest.fixture
def receiver():
    with Receiver().start() as receiver:
        yield receiver


def answers(monkeypatch, *lists: list[str]):
    """A name server that says one list after another, and what it was asked."""
    asked, left = [], list(lists)

    def look_up(host, port, *_args, **_kwargs):
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def connected_to(monkeypatch) -> list[str]:
    """Which addresses a connection is opened to; none is."""
    opened: list[str] = []

    def connect(address, *_args, **_kwargs):
        opened.append(address[0])
        raise OSError

    monkeypatch.setattr(addresses, "create_connection", connect)
    return opened


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://0/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://0177.0.0.1/x",
        "http://127.0.0.1/x",
        "http://8.8.8.8/x",
        "https://169.254.169.254/latest/meta-data/",
    ],
)
def test_no_spelling_of_an_address_leads_inside(monkeypatch, url):
    opened = connected_to(monkeypatch)
    with pytest.raises(NeedsAttention):
        WebhookSender(networks=[]).post(url, body=b"{}", headers={})
    assert opened == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://hooks.test/", "gopher://x/", "https://", "https://a:b@c/", ""]
)
def test_only_web_addresses_without_a_name_in_them_are_sent_to(url):
    with pytest.raises(NeedsAttention):
        WebhookSender(networks=[]).post(url, body=b"{}", headers={})


def test_a_name_that_leads_inside_is_refused(monkeypatch):
    opened, asked = connected_to(monkeypatch), answers(monkeypatch, ["10.0.0.1", "fe80::1"])
    with pytest.raises(NeedsAttention, match="private network"):
        WebhookSender(networks=[]).post("https://hooks.test/x", body=b"{}", headers={})
    assert (opened, asked) == ([], ["hooks.test"])


def test_of_a_name_with_both_only_the_public_address_is_tried(monkeypatch):
    opened = connected_to(monkeypatch)
    answers(monkeypatch, ["127.0.0.1", "93.184.215.14"])
    with pytest.raises(Exception, match="could not be reached"):
        WebhookSender(networks=[]).post("https://hooks.test/x", body=b"{}", headers={})
    assert opened == ["93.184.215.14"]


def test_a_name_that_changes_between_the_look_and_the_call_changes_nothing(monkeypatch):
    opened, asked = connected_to(monkeypatch), answers(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    with pytest.raises(Exception, match="could not be reached"):
        WebhookSender(networks=[]).post("https://hooks.test/x", body=b"{}", headers={})
    assert (opened, asked) == (["93.184.215.14"], ["hooks.test"])


def test_each_connection_is_looked_at_anew(monkeypatch):
    opened = connected_to(monkeypatch)
    answers(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    sender = WebhookSender(networks=[])
    with pytest.raises(Exception, match="could not be reached"):
        sender.post("https://hooks.test/x", body=b"{}", headers={})
    with pytest.raises(NeedsAttention):
        sender.post("https://hooks.test/x", body=b"{}", headers={})
    assert opened == ["93.184.215.14"]


def test_the_next_address_is_tried_when_one_does_not_answer(receiver, monkeypatch):
    answers(monkeypatch, ["127.0.0.2", "127.0.0.1"])
    url = f"http://hooks.test:{receiver.port}/x"
    assert WebhookSender(networks=["127.0.0.0/8"]).post(url, body=b"{}", headers={}).status == 200


def test_no_proxy_of_the_environment_is_asked(receiver, monkeypatch):
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, receiver.url)
    with pytest.raises(NeedsAttention):
        WebhookSender(networks=[]).post("http://10.0.0.1/x", body=b"{}", headers={})
    assert receiver.deliveries == []
