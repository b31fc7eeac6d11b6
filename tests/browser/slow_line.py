"""The portal at the end of a slow line: what is a page comes a little at a time, and is drawn while it comes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

PIECE = 200  # bytes
PAUSE = 0.02  # seconds: a browser draws in between


@contextmanager
def to(home: str) -> Iterator[str]:
    """Yield an address at which everything is read that is at this one."""

    class Line(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name: told for name, told in self.headers.items() if name != "Host"}
            answer = requests.get(home + self.path, headers=headers, allow_redirects=False, timeout=10)
            kind = answer.headers.get("Content-Type", "")
            self.send_response(answer.status_code)
            self.send_header("Content-Type", kind)
            self.end_headers()
            size = PIECE if kind.startswith("text/html") else len(answer.content) or 1
            for at in range(0, len(answer.content), size):
                self.wfile.write(answer.content[at : at + size])
                time.sleep(PAUSE)

        def log_message(self, *_told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
