"""A portal with a mail server, and ways to see who was told of what."""

from collections.abc import Callable
from datetime import datetime

import pytest

from access.models import Flow, Kind, Notification
from access.notify import outbox, read_log
from integrations.base import Message
from tests import factories

Told = set[tuple[str, str]]


@pytest.fixture(autouse=True)
def with_mail(settings, db) -> None:
    settings.EMAIL_IS_SET = True


@pytest.fixture
def told(now: datetime) -> Callable[[], Told]:
    """Read the log; return who is told what at once, as pairs of a name and a kind, since this was last asked."""
    seen: set[int] = set()

    def read(at: datetime = now) -> Told:
        read_log.read(now=at)
        fresh = Notification.objects.filter(due_at__lte=at).exclude(pk__in=seen).select_related("recipient")
        seen.update(one.pk for one in fresh)
        return {(one.recipient.get_short_name().lower(), one.kind) for one in fresh}

    return read


class Box:
    """A sender that keeps what it is given, or fails as it is told."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.failure: Exception | None = None

    def send(self, message: Message) -> None:
        if self.failure:
            raise self.failure
        self.messages.append(message)

    @property
    def sent(self) -> list[tuple[str, str]]:
        return [(one.to.partition("@")[0], one.subject) for one in self.messages]


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def deliver(box: Box, now: datetime) -> Callable[..., Box]:
    """Read the log and send everything that is due, as the worker would."""

    def deliver(at: datetime = now) -> Box:
        read_log.read(now=at)
        for one in Notification.objects.filter(due_at__lte=at).order_by("due_at", "pk"):
            outbox.send(one, sender=box, now=at)
        return box

    return deliver


def rows(kind: Kind) -> list[Notification]:
    return list(Notification.objects.filter(kind=kind).order_by("pk"))


@pytest.fixture
def asked(flow: Flow, now: datetime) -> Notification:
    """Adam is to be told of a request."""
    factories.request_at(now=now)
    read_log.read(now=now)
    [message] = rows(Kind.ASKED)
    return message
