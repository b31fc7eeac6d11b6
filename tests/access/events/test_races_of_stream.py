"""Two workers at one webhook, or at one file, on PostgreSQL with real threads."""

import json
import threading

import pytest

from access.events import deliver, replay, write_lines
from access.models import AuditEvent, Webhook
from integrations.http import Answer
from tests import chain
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
MANY = 6


class Slow:
    """A sender in which many meet, if many get so far."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.inside = 0
        self.most_inside = 0
        self.lock = threading.Lock()
        self.met = threading.Event()

    def post(self, _url, *, body, headers):
        with self.lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
            self.seqs.append(json.loads(body)["seq"])
        self.met.wait(0.02)
        with self.lock:
            self.inside -= 1
        return Answer(200)


def test_many_workers_send_each_event_once_and_in_order(ready, events, now):
    made = events(*["request.asked"] * 10)
    sender = Slow()
    at_once(*[lambda: deliver.deliver(ready, sender=sender, now=now)] * MANY)
    assert sender.seqs == [one.seq for one in made]
    assert sender.most_inside == 1


def test_many_workers_write_each_line_once(events, now):
    events(*["request.asked"] * 10)
    written: list[bytes] = []
    at_once(*[lambda: write_lines.write(append=written.append, now=now)] * MANY)
    assert [json.loads(one)["seq"] for one in b"".join(written).splitlines()] == list(range(1, 11))


def test_a_replay_beside_a_delivery_is_kept(ready, events, olga, now):
    [first, *_rest] = events(*["request.asked"] * 10)
    sender = Slow()
    at_once(
        lambda: deliver.deliver(ready, sender=sender, now=now),
        lambda: replay.replay(ready, from_event=str(first.seq), actor=olga.email, now=now),
    )
    chain.sealed()  # the replay is an event, too
    for _ in range(3):
        Webhook.objects.update(due_at=now)
        deliver.deliver(ready, sender=sender, now=now)
    assert Webhook.objects.get().position == AuditEvent.objects.count()
    assert set(sender.seqs) >= {one.seq for one in AuditEvent.objects.filter(seq__gte=first.seq)}
