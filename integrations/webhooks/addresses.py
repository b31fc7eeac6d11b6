"""Which network addresses may be sent to. An address that somebody typed must not lead inside.

What is checked is what is connected to: the name is looked up once, by the connection itself, so a name server that
gives another answer a moment later changes nothing.
"""

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from urllib3.connection import HTTPConnection
from urllib3.util.connection import create_connection

from integrations.deadline import Connection, TlsConnection

Address = IPv4Address | IPv6Address
# May be connected to: the address, and whether the connection is encrypted.
Rule = Callable[[Address, bool], bool]

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")  # the last four bytes are the IPv4 address that is reached


class ForbiddenAddress(Exception):
    """The host has no address that may be connected to."""


def allowing(networks: Iterable[str]) -> Rule:
    """Make the rule: public addresses with TLS, and with or without it whatever lies in these networks."""
    inside = tuple(ip_network(one, strict=False) for one in networks)

    def rule(address: Address, is_encrypted: bool) -> bool:
        plain = _reached(address)
        return any(plain in one for one in inside) or (is_encrypted and is_public(plain))

    return rule


def is_public(address: Address) -> bool:
    """Whether it is one of the public internet: not private, loopback, link-local, multicast, reserved or a tunnel."""
    plain = _reached(address)
    if plain.is_multicast or not plain.is_global:
        return False
    if isinstance(plain, IPv4Address):
        return True
    # A tunnel ends at an IPv4 address that is written into it.
    return plain in _GLOBAL_UNICAST and plain.sixtofour is None and plain.teredo is None


def _reached(address: Address) -> Address:
    """The IPv4 address that an IPv6 address is only another spelling of."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address


def look_up(host: str, port: int) -> Sequence[Address]:
    """Ask for all addresses of a host, in the order to try them, each once. Raises OSError when there are none."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    # An address of one network card carries its name after a percent sign.
    return list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found))


def classes(rule: Rule) -> Mapping[str, type[HTTPConnection]]:
    """Make the connections that go where the rule allows, and nowhere else."""

    def connect(connection: HTTPConnection, *, is_encrypted: bool) -> socket.socket:
        found = look_up(connection.host, connection.port)
        allowed = [one for one in found if rule(one, is_encrypted)]
        if not allowed:
            raise ForbiddenAddress
        return _first_that_answers(allowed, connection)

    class Guarded(Connection):
        def _new_conn(self) -> socket.socket:
            return connect(self, is_encrypted=False)

    class GuardedTls(TlsConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self, is_encrypted=True)

    return {"http": Guarded, "https": GuardedTls}


def _first_that_answers(addresses: Sequence[Address], connection: HTTPConnection) -> socket.socket:
    for one in addresses[:-1]:
        try:
            return _open(one, connection)
        except OSError:
            continue
    return _open(addresses[-1], connection)


def _open(address: Address, connection: HTTPConnection) -> socket.socket:
    return create_connection(
        (str(address), connection.port), connection.timeout, socket_options=connection.socket_options
    )
