"""What looks like a secret is in no line of the log, whatever form it came in; and a sentence stays what it is."""

import json
import logging
from typing import Any

import pytest

from portal import error_reports
from portal.logs import Formatter, JsonFormatter
from portal.redaction import HIDDEN, TABLE, redacted, redacted_all

SECRET = "s3cr3t-Value.0123"
LINES = [
    # addresses and forms
    "GET /cb?code={}&state=x HTTP/1.1",
    "POST https://auth.example/tokens?token={}",
    "body: grant_type=password&username=a%40b&password={}&otp={}",
    "body: access_token={};refresh_token={}",
    "SAMLResponse={}&RelayState=/",
    "SAMLRequest={}",
    "client_secret={}, code_verifier={}",
    "device_code={}",
    "APTIBLE_BOT_PASSWORD={} in the environment",
    "postgres://usher:{}@db.internal/usher",
    # headers
    "Authorization: Bearer {}",
    "Authorization: Basic {}",
    "authorization={}",
    "{{'Authorization': 'Bearer {}', 'Accept': 'x'}}",
    "Cookie: usher_session={}; csrftoken={}",
    "Set-Cookie: sessionid={}; HttpOnly",
    "X-Vault-Token: {}",
    "X-Slack-Signature: {}",
    "Proxy-Authorization: Basic {}",
    # JSON, Python and JSON in JSON
    '{{"token": "{}", "user": 3}}',
    '{{"access_token":"{}"}}',
    "{{'password': '{}'}}",
    'said {{\\"password\\": \\"{}\\"}}',
    '{{"otp": "{}", "SAMLResponse": "{}"}}',
    "Login(token='{}', user='jon')",
    'b\'{{"client_secret": "{}"}}\'',
    "password: {}",
    # by its own form
    "said eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}",
    "usher_{} is no token",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE{}\nabc\n-----END RSA PRIVATE KEY-----",
]
SENTENCES = [
    "The job cluster of w-1 ended with code 1; it is started again.",
    "Slack refused the token: it expired.",
    "Aptible refused with “invalid_credentials”, status code: 422.",
    "The state of the grant: revoking. session 3 of 4, code=1, state=active",
    "The password of the bot is not accepted.",
    "GET /requests/R-00012?page=2&sort=due 200 12ms",
    "Access over: G-00990 to target-198 for person 991 (expired).",
    "token_count=3 tokens=12 secrets=4",
    "postgres://usher@db.internal/usher",
]


@pytest.mark.parametrize("line", LINES)
def test_a_secret_is_hidden(line):
    hidden = redacted(line.format(*[SECRET] * 3))
    assert SECRET not in hidden
    assert HIDDEN in hidden


@pytest.mark.parametrize("line", LINES)
def test_what_is_hidden_stays_readable_and_is_not_hidden_twice(line):
    hidden = redacted(line.format(*[SECRET] * 3))
    assert redacted(hidden) == hidden
    assert hidden.split(HIDDEN)[0] == line.format(*[SECRET] * 3)[: len(hidden.split(HIDDEN)[0])]


@pytest.mark.parametrize("line", SENTENCES)
def test_a_sentence_stays_what_it_is(line):
    assert redacted(line) == line


@pytest.mark.parametrize("kind", TABLE)
def test_each_row_of_the_table_is_needed(kind, monkeypatch):
    monkeypatch.delitem(TABLE, kind)
    filled = [(line.format(*[SECRET] * 3), SECRET) for line in LINES]
    assert any(secret in redacted(line) for line, secret in [*filled, *ONLY])


# What one row alone hides.
ONLY = [
    (f"bearer {SECRET}", SECRET),
    (f"api_key : {SECRET}", SECRET),
    (f"Cookie: a=b; theme={SECRET}", SECRET),
    ("otp=123456", "123456"),
    ("password: abc", "abc"),
]


def record(message="x", *, error=None, **more):
    caught = (type(error), error, None) if error else None
    made = logging.LogRecord("usher", logging.ERROR, "x.py", 1, message, None, caught)
    for name, value in more.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize("formatter", [Formatter("%(message)s"), JsonFormatter()])
@pytest.mark.parametrize("line", LINES)
def test_neither_a_line_nor_a_traceback_has_it_in_either_form(formatter, line):
    text = line.format(*[SECRET] * 3)
    for one in (record(text), record(error=ValueError(text)), record("what broke: %s" % text)):  # noqa: UP031
        assert SECRET not in formatter.format(one)


def test_facts_of_a_line_are_sieved_by_their_names_too():
    line = json.loads(JsonFormatter().format(record(facts={"path": f"/x?token={SECRET}", "api_key": SECRET, "n": 3})))
    assert SECRET not in json.dumps(line)
    assert line["n"] == 3


def test_sentry_is_told_none(monkeypatch):
    frames = [{"filename": "x.py", "vars": {"password": SECRET}}]
    event: Any = {"exception": {"values": [{"value": f"code={SECRET}", "stacktrace": {"frames": frames}}]}}
    assert SECRET not in json.dumps(error_reports._sieve(event, {}))


def test_what_is_long_takes_no_time():
    """Nothing of the table looks at a text of a megabyte more than a few times."""
    for text in ("a" * 1_000_000, "a_" * 500_000, "password" * 100_000, '"' * 300_000, "eyJ" * 300_000):
        redacted_all({"text": text})
