"""Mail by the real worker to a real server: it arrives, survives a power cut, and is not sent twice without one."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.utils import timezone

from access.core.states import GrantState
from access.models import Kind, Notification
from access.requests import decide
from tests import factories
from tests.integrations import smtp_sink
from tests.worker_process import until


@pytest.fixture
def sink(monkeypatch) -> Iterator[smtp_sink.Sink]:
    with smtp_sink.running() as sink:
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{sink.port}")
        yield sink


def subjects(sink):
    return [letter["Subject"] for letter in sink.letters]


def make_due() -> None:
    """Let the pause or the lease be over."""
    Notification.objects.filter(attempts__gt=0, due_at__isnull=False).update(due_at=timezone.now())


def is_recorded():
    return Notification.objects.filter(kind=Kind.ASKED, sent_at__isnull=False).exists()


def test_the_story_is_told_by_mail_each_step_once(stage, sink, jon):
    stage.worker()
    request = factories.request_at(now=timezone.now(), seconds=2)
    until(lambda: len(sink.letters) == 1, what="the approver is told")
    decide.approve(request=request, by=factories.person("adam"), comment="", now=timezone.now())
    request.refresh_from_db()
    stage.wait(request.grant, GrantState.ENDED)
    until(lambda: "Your access to Prod has ended" in subjects(sink), what="the requester is told of the end")
    until(lambda: not Notification.objects.filter(due_at__isnull=False).exists(), what="nothing is left to tell")
    assert subjects(sink)[0] == "Jon Reyes asks for Prod for 2 s"
    # Two job processes may send what comes after it at the same time.
    assert "Approved: Prod for 2 s" in subjects(sink)
    # That it is there is told only while it is: two seconds are short for a busy machine.
    assert len(sink.letters) == len({letter["Message-ID"] for letter in sink.letters}) in (3, 4)
    assert sink.recipients[0] == "adam@example.com"
    assert set(sink.recipients[1:]) == {"jon@example.com"}


def test_a_power_cut_while_the_server_answers_repeats_the_message_once_under_the_same_id(stage, sink, jon):
    sink.answers = {"END": smtp_sink.SILENCE}
    worker = stage.worker()
    factories.request_at(now=timezone.now(), seconds=60)
    until(lambda: len(sink.letters) == 1, what="the server has the message, and does not answer")
    worker.kill()
    assert not is_recorded()

    sink.answers = {}
    make_due()
    stage.worker()
    until(is_recorded, what="the message is recorded as sent")
    make_due()
    assert Counter(letter["Message-ID"] for letter in sink.letters).most_common() == [
        (sink.letters[0]["Message-ID"], 2)
    ]


def test_a_mail_server_that_is_away_delays_mail_and_nothing_else(stage, sink, jon):
    sink.answers = {"CONNECT": "421 too busy"}
    stage.worker()
    grant = stage.grant(jon)
    stage.wait(grant, GrantState.ENDED)
    told = Notification.objects.filter(grant=grant, kind__in=(Kind.APPROVED, Kind.ENDED))
    until(lambda: told.exclude(last_error="").count() == 2, what="each message was tried")
    assert sink.letters == []

    sink.answers = {}
    make_due()
    said = {"Approved: Prod for 2 s", "Your access to Prod has ended"}
    until(lambda: set(subjects(sink)) == said, what="what is still so is told after all")
    # The worker tries again by itself: a lease that ended here in mid-try repeats a message, under its id.
    assert len({letter["Message-ID"] for letter in sink.letters}) == len(said)
