"""A mail server on this machine that keeps what it is given, or answers as a test tells it."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

# What a step is answered when nothing else is told.
FINE = {"CONNECT": "220 ready", "HELO": "250 hello", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on",
        "END": "250 taken", "AUTH": "235 come in", "RSET": "250 ok", "NOOP": "250 ok", "QUIT": "221 bye"}  # fmt: skip
HANG_UP = "hang up"
SILENCE = "silence"


@dataclass
class Sink:
    """`answers` replaces what a step is answered; HANG_UP breaks off the connection
    instead, and SILENCE lets the other side wait."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    offers: tuple[str, ...] = ()  # extensions, such as "AUTH PLAIN"

    def answer(self, step: str) -> str:
        return self.answers.get(step, FINE.get(step, "502 unknown"))


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: "Server"
    timeout = 20

    def handle(self) -> None:
        with suppress(TimeoutError, ConnectionError):  # whoever was on the other side is gone
            self.converse(self.server.sink)

    def converse(self, sink: Sink) -> None:
        self.say(sink.answer("CONNECT"))
        for line in iter(self.rfile.readline, b""):
            words = line.decode().split()
            step = words[0].upper() if words else ""
            if step == "EHLO" and "HELO" not in sink.answers:
                self.say("\r\n".join(["250-hello", *(f"250-{one}" for one in sink.offers), "250 8BITMIME"]))
            elif not self.say(sink.answer("HELO" if step == "EHLO" else step)):
                return
            if step == "RCPT" and sink.answer("RCPT").startswith("250"):
                sink.recipients.append(words[1].partition(":")[2].strip("<>"))
            if step == "DATA" and sink.answer("DATA").startswith("354") and not self.take(sink):
                return

    def take(self, sink: Sink) -> bool:
        lines = []
        for line in iter(self.rfile.readline, b".\r\n"):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if not sink.answer("END").startswith("5"):
            sink.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
        return self.say(sink.answer("END"))

    def say(self, answer: str) -> bool:
        if answer == HANG_UP:
            return False
        if answer == SILENCE:
            return True
        self.wfile.write(f"{answer}\r\n".encode())
        return True


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    sink: Sink


@contextmanager
def running(answers: Mapping[str, str] | None = None) -> Iterator[Sink]:
    """Run a mail server for as long as the block lasts."""
    sink = Sink(answers=dict(answers or {}))
    with Server(("127.0.0.1", 0), Session) as server:
        server.sink = sink
        sink.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join(timeout=10)
