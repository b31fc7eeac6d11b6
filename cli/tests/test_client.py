"""Calls that go wrong, tokens and where they are found, and what is written of what others typed."""

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from usher_client import words
from usher_client.answers import WrongAnswer, answers, seconds
from usher_client.api import Client, checked_url
from usher_client.cli import main
from usher_client.errors import Refused, Unreachable, Unusable
from usher_client.tokens import find_token


@pytest.fixture
def server():
    """A server that gives the answers it was told, in order, and keeps what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append((self.command, self.path, dict(self.headers)))
            status, headers, body = self.server.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET

        def log_message(self, *_arguments):
            pass

    one = HTTPServer(("127.0.0.1", 0), Handler)
    one.asked, one.answers = [], []
    thread = threading.Thread(target=one.serve_forever)
    thread.start()
    yield one
    one.shutdown()
    thread.join()
    one.server_close()


@pytest.fixture
def client(server):
    slept = []
    made = Client(f"http://127.0.0.1:{server.server_port}", "usher_secret", sleep=slept.append)
    made.slept = slept
    return made


def test_too_many_calls_are_waited_out(client, server):
    server.answers = [(429, {"Retry-After": "7"}, b"{}"), (200, {}, b'{"email": "x"}')]
    assert client.get("/me").body == {"email": "x"}
    assert client.slept == [7]


def test_what_changes_something_is_not_sent_twice(client, server):
    server.answers = [(200, {"Content-Length": "99"}, b"{")]
    with pytest.raises(Unreachable):
        client.call("PUT", "/config/sym_target/prod", {})
    assert len(server.asked) == 1


def test_a_post_is_sent_again_with_its_key(client, server):
    server.answers = [(200, {"Content-Length": "99"}, b"{"), (201, {}, b'{"ref": "R-AAAAA"}')]
    assert client.post("/requests", {}).status == 201
    assert len({headers["Idempotency-Key"] for _method, _path, headers in server.asked}) == 1


def test_a_token_is_not_carried_elsewhere(client, server):
    server.answers = [(302, {"Location": "http://localhost:1/x"}, b"")]
    with pytest.raises(Unreachable, match="302"):
        client.get("/me")
    assert len(server.asked) == 1


def test_a_netrc_does_not_replace_the_token(client, server, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answers = [(200, {}, b"{}")]
    client.get("/me")
    assert server.asked[0][2]["Authorization"] == "Bearer usher_secret"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((403, {}, b'{"detail": "No.", "errors": {"a": "b"}}'), Refused),
        ((404, {}, b"<html>"), Unreachable),
        ((500, {}, b'{"detail": "Something broke."}'), Unreachable),
        ((200, {}, b"<html>"), Unreachable),
    ],
)
def test_who_says_no_is_told_from_who_is_no_portal(client, server, answer, kind):
    server.answers = [answer]
    with pytest.raises(kind) as told:
        client.get("/me")
    assert "usher_secret" not in str(told.value)


def test_a_portal_that_is_not_there_is_3():
    err = io.StringIO()
    environment = {"USHER_URL": "http://127.0.0.1:9", "USHER_TOKEN": "usher_secret"}
    assert main(["list"], environment=environment, out=io.StringIO(), err=err, sleep=lambda _seconds: None) == 3
    assert err.getvalue() == "http://127.0.0.1:9 could not be reached: there is no connection.\n"


@pytest.mark.parametrize(
    "url", ["", "usher.example.com", "ftp://x", "http://usher.example.com", "https://a:b@c", "https://c?d", "https://"]
)
def test_addresses_that_would_tell_the_token_are_not_taken(url):
    with pytest.raises(Unusable):
        checked_url(url)


def test_an_address_may_end_in_any_usual_way():
    assert checked_url("https://usher.example.com/api/v1/") == "https://usher.example.com"
    assert checked_url("http://localhost:8000/") == "http://localhost:8000"


def test_a_token_is_found_in_the_environment_or_a_file(tmp_path):
    (tmp_path / "token").write_text("usher_file\n")
    file = {"USHER_TOKEN_FILE": str(tmp_path / "token")}
    assert find_token("https://x", file) == "usher_file"
    assert find_token("https://x", {**file, "USHER_TOKEN": "usher_own"}) == "usher_own"
    with pytest.raises(Unusable, match="can't be read"):
        find_token("https://x", {"USHER_TOKEN_FILE": str(tmp_path / "none")})


def test_without_a_token_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(Unusable, match="usher login --url https://x"):
        find_token("https://x", {"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "length"), [("90", 90), ("30m", 1800), ("1h", 3600), ("1d 12h", 129600), ("1mo", 2592000)]
)
def test_lengths_of_time(text, length):
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "h", "1 week", "-1h", "1h2h", "²h"])
def test_what_is_no_length_of_time(text):
    with pytest.raises(WrongAnswer):
        seconds(text)


QUESTIONS = [{"name": name, "type": name} for name in ("string", "int", "bool", "int_list", "person_list")]


def test_answers_are_read_in_their_types():
    typed = ["string=a=b", "int=-3", "bool=yes", "int_list=1", "int_list=2", "person_list=rita@example.com"]
    assert answers(typed, QUESTIONS) == {
        "string": "a=b", "int": -3, "bool": True, "int_list": [1, 2], "person_list": ["rita@example.com"],
    }  # fmt: skip


@pytest.mark.parametrize("typed", [["x=1"], ["string"], ["int=a"], ["bool=maybe"], ["int=1", "int=2"]])
def test_answers_that_cannot_be_read(typed):
    with pytest.raises(WrongAnswer):
        answers(typed, QUESTIONS)


def test_what_others_typed_moves_no_cursor():
    assert words.plain("a\x1b[31mb\nc") == "a [31mb c"
    assert words.table(("A", "B"), [("x\ty", "long"), ("z", "")]) == "A    B\nx y  long\nz"


def test_lengths_are_written_in_two_units():
    assert [words.length(one) for one in (0, 60, 3600, 90_061)] == ["", "1 min", "1 h", "1 d 1 h"]
