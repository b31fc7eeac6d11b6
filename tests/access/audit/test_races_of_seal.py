"""Between the commit of an event and its seal nothing is lost and nothing comes in before it, on PostgreSQL."""

import threading

import pytest
from django.db import connections, transaction

from access.audit import log, seal
from access.events import stream
from access.models import AuditEvent, AuditHead
from tests import chain
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
WRITERS, EACH = 6, 8


def in_a_thread(call) -> threading.Thread:
    def run() -> None:
        try:
            call()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_what_commits_late_gets_a_later_number_though_it_was_written_first(now):
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            log.append("test.early", actor="x", now=now)
            written.set()
            may_commit.wait(20)

    thread = in_a_thread(slow)
    assert written.wait(20)
    log.append("test.late", actor="x", now=now)
    assert seal.seal(now=now) == 1
    may_commit.set()
    thread.join(20)
    assert seal.seal(now=now) == 1
    assert [one.type for one in stream.after(0, up_to=2, most=9)] == ["test.late", "test.early"]
    assert [one.type for one in AuditEvent.objects.order_by("id")] == ["test.early", "test.late"]


def test_an_append_waits_for_no_other_that_has_not_committed(now):
    with transaction.atomic():
        log.append("test.open", actor="x", now=now)
        thread = in_a_thread(lambda: log.append("test.other", actor="x", now=now))
        thread.join(20)
        assert not thread.is_alive()


def test_nothing_is_lost_between_many_writers_sealers_and_a_reader(now):
    read: list[AuditEvent] = []
    done = threading.Barrier(WRITERS + 1)

    def write(number: int) -> None:
        for turn in range(EACH):
            with transaction.atomic():
                log.append("test.a", actor=f"w{number}", now=now, data={"turn": turn})
                if turn % 3 == 2:
                    log.append("test.gone", actor=f"w{number}", now=now)
                    transaction.set_rollback(True)
        done.wait(60)

    def follow() -> None:
        while True:
            last = done.n_waiting == WRITERS
            position = read[-1].number if read else 0
            read.extend(stream.after(position, up_to=stream.head(now=now), most=5))
            if last and position == stream.head(now=now):
                break
        done.wait(60)

    def keep_sealing() -> None:
        while not done.broken and done.n_waiting < WRITERS:
            seal.catch_up(now=now)

    writers = [lambda number=number: write(number) for number in range(WRITERS)]
    at_once(*writers, follow, keep_sealing, keep_sealing)
    kept = [turn for turn in range(EACH) if turn % 3 != 2]
    assert [one.seq for one in read] == list(range(1, WRITERS * len(kept) + 1))
    for number in range(WRITERS):
        assert [one.data["turn"] for one in read if one.actor == f"w{number}"] == kept
    assert AuditHead.objects.get().seq == len(read)
    assert chain.first_bad() is None
