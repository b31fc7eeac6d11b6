"""The file of JSON lines: every event, in order, through full disks, rotations and crashes."""

import json
import os
import stat
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from access.audit import event_schema
from access.events import stream, write_lines
from access.models import AuditEvent, EventLog
from integrations import json_lines
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "events.jsonl"


def write(file, now):
    write_lines.write(append=partial(json_lines.append, str(file)), now=now)


def read(file) -> list[dict[str, Any]]:
    return [json.loads(one) for one in file.read_text().splitlines()]


def test_every_event_is_a_line_from_the_first_on(file, events, now):
    events("request.asked", "grant.active")
    assert stream.event_log_due(now).exists()
    write(file, now)
    write(file, now)
    events("grant.ended")
    write(file, now + timedelta(seconds=1))
    assert read(file) == [event_schema.of(one) for one in AuditEvent.objects.order_by("seq")]
    assert not stream.event_log_due(now + timedelta(days=1)).exists()


def test_nothing_is_due_before_the_first_event(db, now):
    assert not stream.event_log_due(now).exists()


def test_a_long_log_is_written_in_parts(file, events, now, monkeypatch):
    monkeypatch.setattr(write_lines, "MOST_EVENTS", 2)
    events(*["request.asked"] * 5)
    write(file, now)
    assert [one["seq"] for one in read(file)] == [1, 2, 3, 4, 5]


def test_a_file_that_is_renamed_is_begun_anew(file, events, now):
    events("request.asked")
    write(file, now)
    file.rename(file.with_suffix(".1"))
    events("grant.active")
    write(file, now + timedelta(seconds=1))
    assert [one["seq"] for one in read(file)] == [2]


def test_nobody_else_may_read_it(file, events, now):
    events("request.asked")
    write(file, now)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_line_that_was_cut_short_stays_alone(file, events, now):
    file.write_bytes(b'{"schema":1,"id":"evt_')
    events("request.asked")
    write(file, now)
    torn, whole = file.read_text().splitlines()
    assert torn == '{"schema":1,"id":"evt_'
    assert json.loads(whole)["seq"] == 1


def test_a_crash_before_the_position_is_kept_writes_the_line_again(file, events, now, monkeypatch):
    events("request.asked")
    monkeypatch.setattr(write_lines, "_advance", factories.breaks)
    with pytest.raises(RuntimeError):
        write(file, now)
    monkeypatch.undo()
    write(file, now + timedelta(seconds=61))
    one, other = read(file)
    assert one == other


def pipe(path):
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (lambda folder: folder / "missing" / "events.jsonl", "No such file or directory."),
        (lambda folder: folder, "Is a directory."),
        (lambda folder: pipe(folder / "pipe"), "It is not a file."),
        (lambda _folder: "/dev/full", "It is not a file."),
    ],
)
def test_a_place_that_cannot_be_written_is_trouble_and_tried_again(tmp_path, events, now, place, why):
    events("request.asked")
    write(place(tmp_path), now)
    row = EventLog.objects.get()
    assert row.trouble == f"The events can't be written: {why}"
    assert (row.position, row.attempts, row.leased_until) == (0, 1, None)
    assert now <= row.failing_since < row.due_at
    assert now < row.due_at < now + timedelta(minutes=2)
    file = tmp_path / "right.jsonl"
    write(file, row.due_at)
    row.refresh_from_db()
    assert (row.trouble, row.attempts, row.failing_since, len(read(file))) == ("", 0, None, 1)


def test_trouble_is_told_in_the_log_of_the_worker_once_and_when_it_is_over(tmp_path, events, now, caplog):
    events("request.asked")
    file = tmp_path / "gone" / "events.jsonl"
    write(file, now)
    write(file, now + timedelta(hours=1))
    told = [one.getMessage() for one in caplog.records if one.name == "access.events.write_lines"]
    assert told == ["EVENT_LOG can't be written, it is tried again each minute: No such file or directory."]
    file.parent.mkdir()
    write(file, now + timedelta(hours=2))
    assert caplog.messages[-1] == "EVENT_LOG can be written again."
    write(file, now + timedelta(hours=3))
    assert caplog.messages.count("EVENT_LOG can be written again.") == 1


def test_what_somebody_is_writing_is_written_by_nobody_else(events, now):
    events("request.asked")
    inner: list[bytes] = []

    def append(_lines):
        assert not connection.in_atomic_block
        write_lines.write(append=inner.append, now=now)

    write_lines.write(append=append, now=now)
    assert inner == []


def test_the_standard_output_is_written_too(capfdbinary, events, now):
    events("request.asked")
    write("stdout", now)
    assert json.loads(capfdbinary.readouterr().out)["type"] == "request.asked"
