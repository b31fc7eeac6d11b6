"""What is in the log of a process, and what is not."""

import json
import logging

import pytest
from django.db import OperationalError

from integrations import trace
from portal import access_log, logs

pytestmark = pytest.mark.django_db


def record(message, *args, exc_info=None, name="usher"):
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, exc_info)


def error_at_one_place():
    try:
        raise OperationalError("the server is away")
    except OperationalError as error:
        return (type(error), error, error.__traceback__)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijkl12345",
        "usher_abcdefgh12345678 was used",
        "signed with whsec_abcdefgh12345678",
        "signed with whsec_ab/defgh+2345678=",
        "xoxb-1234567890-abcdefgh12345678",
        "connection failed: password=abcdefgh12345678 host=db",
        "postgres://usher:abcdefgh12345678@db/usher",
        '{"password": "abcdefgh12345678"}',
    ],
)
@pytest.mark.parametrize("formatter", [logs.Formatter("%(trace)s %(message)s"), logs.JsonFormatter()])
def test_what_looks_like_a_secret_is_hidden(formatter, text):
    line = formatter.format(record("%s", text))
    assert "[hidden]" in line
    assert "12345678" not in line


def test_a_line_has_the_id_of_its_request():
    with trace.of("from-the-proxy-1"):
        line = json.loads(logs.JsonFormatter().format(record("Something.")))
    assert (line["request_id"], line["message"]) == ("from-the-proxy-1", "Something.")


@pytest.mark.parametrize("given", ["", "short", "a b c d e f g h", "x" * 65, "line\nbreak-line"])
def test_an_id_that_can_not_be_kept_is_replaced(given):
    with trace.of(given) as id_:
        assert id_ != given
        assert len(id_) == 16


def test_one_outage_is_one_traceback():
    shown = logs.OneTraceback()
    lines = [record("It broke at %s.", page, exc_info=error_at_one_place()) for page in range(10)]
    assert all(shown.filter(line) for line in lines)
    assert [bool(line.exc_info) for line in lines] == [True, *[False] * 9]
    assert lines[9].getMessage() == "It broke at 9. (OperationalError, as before)"


def test_a_traceback_in_the_text_of_the_job_library_is_written_once():
    shown = logs.OneTraceback()
    text = "Failed 'a' - away : Traceback (most recent call last):\n  File x\nOperationalError: away"
    lines = [record("%s", text), record("%s", text)]
    assert all(shown.filter(line) for line in lines)
    assert lines[0].getMessage() == text
    assert lines[1].getMessage() == "Failed 'a' - away : Traceback (most recent call last): (as before)"


def test_each_request_is_one_line_without_what_was_typed(client, jon, caplog):
    client.force_login(jon)
    caplog.set_level(logging.INFO, logger=access_log.logger.name)
    answer = client.get("/requests/?person=somebody@example.com", headers={"X-Request-ID": "proxy-0000001"})
    [line] = [one for one in caplog.records if one.name == access_log.logger.name]
    assert answer["X-Request-ID"] == "proxy-0000001"
    assert line.getMessage().startswith("GET /requests/ 200 in ")
    assert line.getMessage().endswith(f" for person {jon.pk}")
    assert "somebody" not in line.getMessage()


def test_a_line_break_in_an_address_makes_no_second_line(client, caplog):
    caplog.set_level(logging.INFO, logger=access_log.logger.name)
    client.get("/nothing%0AERROR%20forged/")
    assert all("\n" not in one.getMessage() for one in caplog.records)


def test_a_probe_is_no_line_and_a_refused_host_is_one(client, caplog):
    caplog.set_level(logging.INFO)
    client.get("/healthz")
    client.get("/readyz")
    assert caplog.records == []
    client.get("/login/", headers={"host": "evil.example.com"})
    assert [one.name for one in caplog.records] == ["django.security.DisallowedHost"]
    assert caplog.records[0].exc_info is None
