"""A bound on the whole of one HTTP exchange, which requests' own timeouts do not give.

Those bound one wait for the network each; a server that sends a byte every few seconds, or a
name server that never answers, could hold a worker for hours.
"""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import copy_context
from typing import Any, Final, TypeVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

T = TypeVar("T")


class _Exchange:
    """What one thread is doing on the network, so that another thread can end it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        self._is_cut = False

    def enter(self, connection: HTTPConnection) -> None:
        """Say which connection is about to be used. Raises ConnectionAbortedError once it was cut."""
        with self._lock:
            if self._is_cut:
                raise ConnectionAbortedError("The exchange was cut off.")
            self._connection = connection

    def cut(self) -> None:
        """End the exchange: a blocked read returns, and what was not sent yet is never sent."""
        with self._lock:
            self._is_cut = True
            sock = self._connection.sock if self._connection else None
        if sock is not None:
            with suppress(OSError):
                # Not SSLSocket.shutdown: it changes state that the other thread is reading with.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


_current = threading.local()


def _enter(connection: HTTPConnection) -> None:
    exchange: _Exchange | None = getattr(_current, "exchange", None)
    if exchange is not None:
        exchange.enter(connection)


class Connection(HTTPConnection):
    def connect(self) -> None:
        _enter(self)
        super().connect()
        # A request given up while its name was being looked up must not be sent afterwards:
        # a membership would appear that nobody is waiting for any more.
        _enter(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _enter(self)
        super().request(*args, **kwargs)


class TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        _enter(self)
        super().connect()
        _enter(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _enter(self)
        super().request(*args, **kwargs)


Classes = Mapping[str, type[HTTPConnection]]
_CLASSES: Final[Classes] = {"http": Connection, "https": TlsConnection}


class CuttableAdapter(HTTPAdapter):
    """The usual adapter, whose connections `run_within` can cut off. Other classes have to descend from these two."""

    def __init__(self, classes: Classes = _CLASSES) -> None:
        self._classes = classes
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._classes[pool.scheme]
        return pool


def run_within(seconds: float, work: Callable[[], T]) -> T | None:
    """Do the work on a thread of its own, and return its result; None when it is not done in time.

    A late exchange is cut off: its connection is shut down and nothing more is sent on it.
    """
    exchange = _Exchange()
    results: list[T] = []

    def run() -> None:
        _current.exchange = exchange
        results.append(work())

    # What is logged and sent there belongs to the same request or job.
    thread = threading.Thread(target=copy_context().run, args=(run,), name="http-exchange", daemon=True)
    thread.start()
    thread.join(seconds)
    if not results:
        exchange.cut()
        return None
    return results[0]
