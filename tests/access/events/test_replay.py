"""Send a webhook back to any event of the log."""

from datetime import timedelta

import pytest

from access.core.errors import Invalid
from access.events import deliver, replay
from access.models import AuditEvent, Webhook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("by_id", [False, True])
def test_everything_from_an_event_on_is_sent_again_with_the_same_ids(ready, receiver, sender, events, olga, now, by_id):
    _first, second, third = events("request.asked", "grant.granting", "grant.active")
    deliver.deliver(ready, sender=sender, now=now)
    text = f" EVT_{second.hash[:32]} " if by_id else str(second.seq)

    assert replay.replay(ready, from_event=text, actor=olga.email, now=now) == 2
    deliver.deliver(ready, sender=sender, now=now + timedelta(seconds=1))

    told = AuditEvent.objects.latest("id")
    assert receiver.seqs[3:] == [second.seq, third.seq, told.seq]
    assert receiver.deliveries[1].body == receiver.deliveries[3].body
    assert (told.type, told.actor, told.data) == (
        "webhook.replayed", olga.email, {"from": second.seq, "position": third.seq},
    )  # fmt: skip


def test_a_replay_does_not_wait_for_the_pause_after_a_failure(ready, sender, receiver, events, olga, now):
    [event] = events("request.asked")
    Webhook.objects.update(due_at=now + timedelta(hours=1))
    replay.replay(ready, from_event=str(event.seq), actor=olga.email, now=now)
    deliver.deliver(ready, sender=sender, now=now)
    assert receiver.seqs[0] == event.seq


@pytest.mark.parametrize("text", ["0", "99999", "-1", "evt_" + "0" * 32, "evt_", "%", "evt_%", "²", "", "1" * 5000])
def test_an_event_that_is_not_there_is_said(ready, events, olga, now, text):
    events("request.asked")
    before = Webhook.objects.get().position
    with pytest.raises(Invalid, match="There is no event"):
        replay.replay(ready, from_event=text, actor=olga.email, now=now)
    assert Webhook.objects.get().position == before
