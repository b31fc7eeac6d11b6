"""Somebody who receives webhooks: a server on this machine that answers as it is told, and remembers what came."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Delivery:
    """One post as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def is_signed_with(self, secret: str) -> bool:
        """By the library that a receiver takes, whenever that was: the clock of a test may be another one."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), tz=UTC)
        mark = Webhook(secret).sign(self.headers["webhook-id"], at, self.body.decode())
        return any(hmac.compare_digest(mark, one) for one in self.headers["webhook-signature"].split(" "))

    def is_signed_as_before(self, secret: str) -> bool:
        """By the headers of the releases before, written anew from what their documents said."""
        signed = self.headers["Usher-Timestamp"].encode() + b"." + self.body
        mark = "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return any(hmac.compare_digest(mark, one) for one in self.headers["Usher-Signature"].split(","))


class Receiver:
    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.connections = 0
        self.answers: list[Callable[[BaseHTTPRequestHandler], None]] = []  # the next ones; then 200
        self.over = threading.Event()  # nobody has to wait for an answer any more
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    @property
    def seqs(self) -> list[int]:
        return [one.event["seq"] for one in self.deliveries]

    def will_answer(self, *answers: "int | Callable[[BaseHTTPRequestHandler], None]") -> None:
        self.answers += [status(one) if isinstance(one, int) else one for one in answers]

    @contextmanager
    def start(self) -> Iterator["Receiver"]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.deliveries.append(Delivery(self.path, dict(self.headers.items()), body))
                (receiver.answers.pop(0) if receiver.answers else status(200))(self)

            def log_message(self, *_args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads, server.block_on_close = True, False
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.over.set()
            server.shutdown()
            server.server_close()
            thread.join(10)


def status(code: int, *, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with this status; `Retry_After` is the header Retry-After."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Break the connection off without an answer."""
    handler.close_connection = True
    handler.connection.close()
