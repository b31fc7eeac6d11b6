"""Each step of telling somebody, with each way to fail at it: told in the end, under one id, and no more than twice."""

from contextlib import ExitStack, suppress
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError

from access.models import Kind, Notification
from access.notify import outbox, read_log
from integrations.base import ChannelDown, ProviderUnavailable
from tests import chain, factories
from tests.access.grants.fault_matrix import AWAY, FULL, Killed
from tests.access.notify.conftest import rows

STEPS = {"write": (read_log, "read"), "claim": (outbox, "_claim"), "send": (None, "send"), "record": (outbox, "_sent")}
FAULTS = {
    "killed before it": (Killed(), False),
    "killed after it": (Killed(), True),
    "the database is away": (AWAY, False),
    "the database takes it and goes away": (AWAY, True),
    "the database is full": (FULL, False),
    "the server is away": (ChannelDown("The mail server could not be reached."), False),
    "the server takes it and says nothing": (ProviderUnavailable("The mail server did not answer."), True),
}
OF_THE_SERVER = ("the server is away", "the server takes it and says nothing")
CELLS = [
    (step, fault)
    for step in STEPS
    for fault in FAULTS
    if (fault in OF_THE_SERVER) <= (step == "send") and (step == "send") <= ("database" not in fault)
]


def broken(place, name, error, after):
    real = getattr(place, name)
    happened: list[str] = []

    def once(*args, **kwargs):
        if happened:
            return real(*args, **kwargs)
        happened.append(name)
        if after:
            real(*args, **kwargs)
        raise error

    return mock.patch.object(place, name, once), happened


def pass_over(box, at):
    """What jobs do: write what the log calls for, and send what is due."""
    read_log.read(now=at)
    for one in Notification.objects.filter(due_at__lte=at):
        outbox.send(one, sender=box, now=at)


@pytest.mark.parametrize(("step", "fault"), CELLS)
def test_whatever_fails_at_whichever_step(flow, box, now, step, fault):
    factories.request_at(now=now)
    place, name = STEPS[step]
    error, after = FAULTS[fault]
    patched, happened = broken(place or box, name, error, after)
    with ExitStack() as stack, suppress(Killed, OperationalError):
        stack.enter_context(patched)
        pass_over(box, now)
    assert happened

    # A lease and the longest first pause are over.
    pass_over(box, now + timedelta(minutes=5))
    pass_over(box, now + timedelta(minutes=10))
    [told] = rows(Kind.ASKED)
    assert (told.due_at, told.sent_at is None) == (None, False)
    # It is sent twice only where nobody could know that it was sent.
    lost = (step, after) == ("send", True) or (step == "record" and not after)
    assert len(box.messages) == 1 + lost
    assert len({one.id for one in box.messages}) == 1
    assert chain.first_bad() is None
