"""Many workers at the same messages, on PostgreSQL with real threads."""

import threading
from datetime import timedelta
from functools import partial

import pytest

from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Kind, Notification
from access.notify import outbox, read_log
from access.requests import ask, decide
from integrations.base import ChannelDown, ProviderError
from tests import chain, factories
from tests.at_once import MANY, at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


class Counting:
    """A sender that waits until everybody who could send has had the chance to."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._pause = threading.Event()

    def send(self, message) -> None:
        self.ids.append(message.id)
        self._pause.wait(0.05)


@pytest.fixture
def many(flow):
    people = [factories.person(f"approver{number}") for number in range(MANY)]
    factories.decided_by(flow, *people)
    return people


def test_many_workers_send_a_message_once(flow, now):
    factories.request_at(now=now)
    read_log.read(now=now)
    message, sender = Notification.objects.get(kind=Kind.ASKED), Counting()
    at_once(*[lambda: outbox.send(message, sender=sender, now=now)] * MANY)
    assert len(sender.ids) == 1


def test_many_workers_read_the_log_once(many, now):
    for _request in range(3):
        factories.request_at(now=now)
    at_once(*[lambda: read_log.read(now=now)] * MANY)
    assert Notification.objects.filter(kind=Kind.ASKED).count() == 3 * MANY


def test_a_due_message_is_sent_once_while_it_is_taken_back(many, now):
    for _round in range(3):
        request = factories.request_at(now=now)
        read_log.read(now=now)
        sender, messages = Counting(), list(Notification.objects.filter(kind=Kind.ASKED, request=request))
        sending = [lambda one=one, to=sender: outbox.send(one, sender=to, now=now) for one in messages]
        at_once(
            partial(decide.approve, request=request, by=many[0], comment="", now=now),
            lambda: read_log.read(now=now),
            *sending[: MANY // 2],
            *sending[: MANY // 2],
            lambda: read_log.read(now=now),
        )
        assert len(sender.ids) == len(set(sender.ids))


def test_decisions_readers_and_senders_never_stand_in_each_others_way(many, olga, now):
    """Nobody waits for the head of the log with something that its holder waits for."""

    class Refusing:
        def send(self, message):
            raise ProviderError("The mail server refuses this recipient (SMTP 550).")

    for _round in range(3):
        request, other = factories.request_at(now=now), factories.request_at(now=now)
        read_log.read(now=now)
        messages = list(Notification.objects.filter(kind=Kind.ASKED, request__in=(request, other)))
        at_once(
            partial(decide.deny, request=request, by=many[0], comment="No.", now=now),
            partial(ask.withdraw, request=other, by=other.requester, now=now),
            lambda: read_log.read(now=now + timedelta(seconds=1)),
            lambda: read_log.read(now=now + timedelta(seconds=1)),
            *[lambda one=one: outbox.send(one, sender=Refusing(), now=now) for one in messages[:MANY]],
        )
    assert not AccessRequest.objects.filter(state=RequestState.PENDING).exists()
    given_up = Notification.objects.filter(given_up_at__isnull=False).count()
    assert AuditEvent.objects.filter(type="notification.given_up").count() == given_up
    assert chain.first_bad() is None


def test_workers_that_find_the_mail_server_gone_put_off_what_is_due_together(many, now):
    class Away:
        def send(self, message):
            raise ChannelDown("The mail server could not be reached.")

    for _round in range(3):
        request = factories.request_at(now=now)
        read_log.read(now=now)
        messages = list(Notification.objects.filter(kind=Kind.ASKED, request=request))
        at_once(
            *[lambda one=one: outbox.send(one, sender=Away(), now=now) for one in messages],
            partial(decide.deny, request=request, by=many[0], comment="No.", now=now),
            lambda: read_log.read(now=now),
        )
        assert not Notification.objects.filter(kind=Kind.ASKED, due_at__lte=now).exists()
