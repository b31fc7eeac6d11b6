"""The HTTP server: keeps connections open, a thread for each, and can be stopped within seconds."""

import io
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from threading import Event, Lock, Thread
from typing import Any, Final, Protocol

from werkzeug import Response
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

LARGEST_BODY: Final = 1_000_000
BACKLOG: Final = 128
POLL_SECONDS: Final = 0.05


class ConnectionDropped(Exception):
    """The connection closes without an answer. `after_change` says whether the call was carried out."""

    def __init__(self, *, after_change: bool) -> None:
        super().__init__("dropped")
        self.after_change = after_change


class Application(Protocol):
    """A WSGI application that can be told that it is over."""

    closing: Event

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]: ...


class Handler(WSGIRequestHandler):
    """Werkzeug's own handler closes the connection after every answer; clients keep theirs."""

    protocol_version = "HTTP/1.1"
    # One write for head and body; in two writes the second waits for the peer's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request, and leave the connection at the start of the next one."""
        environ = self.make_environ()
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > LARGEST_BODY:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(length)))
        try:
            response = Response.from_app(self.server.app, environ, buffered=True)
        except ConnectionDropped:
            self.close_connection = True
            return
        self._send(response)

    def _send(self, response: Response) -> None:
        body = response.get_data()
        self.send_response(response.status_code)
        for name, value in response.headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if response.status_code != HTTPStatus.NO_CONTENT and self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Stay quiet: the journal has the calls, and it is written without queries."""


class Server(ThreadedWSGIServer):
    """Listens from the moment it is made. Raises OSError when the address can't be had."""

    def __init__(self, host: str, port: int, application: Application) -> None:
        self._application = application
        self._lock = Lock()
        self._open: dict[socket.socket, Thread] = {}
        # Werkzeug ends the process when the port is taken, so the socket is ours.
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
            listening.listen(BACKLOG)
            super().__init__(host, port, application, Handler, fd=listening.fileno())
        self._serving = Thread(target=self.serve_forever, args=(POLL_SECONDS,), name="simulator", daemon=True)

    def start(self) -> None:
        """Answer calls, in threads of its own, until closed."""
        self._serving.start()

    def close(self, *, within: float = 5.0) -> None:
        """Stop listening, close every connection, and return when its threads ended, at the latest after `within` s."""
        deadline = time.monotonic() + within
        self._application.closing.set()
        self.shutdown()
        self._serving.join(within)
        with self._lock:
            still_open = dict(self._open)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in still_open.values():
            thread.join(max(0.0, deadline - time.monotonic()))

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer this connection in a thread, and remember it until it ends."""
        thread = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                del self._open[request]
