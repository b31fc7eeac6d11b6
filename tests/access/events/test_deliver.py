"""Webhooks: every event once, in order, signed; and what happens when a receiver does not take it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import standardwebhooks
from django.db import connection
from django.utils import timezone

from access.directory import secrets as keep_secret
from access.events import deliver, replay, stream, webhook_secrets
from access.models import AuditEvent, Webhook
from integrations.base import ProviderUnavailable
from integrations.http import Answer
from integrations.secrets import Secret
from integrations.webhooks import signature
from tests import factories, webhook_receiver
from tests.access.events.conftest import at_the_end

pytestmark = pytest.mark.django_db(transaction=True)


class Calls:
    """A sender that answers what it is told, and then 200."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.bodies: list[bytes] = []
        self.then: Callable[[], object] = lambda: None

    def post(self, _url, *, body, headers):
        assert not connection.in_atomic_block, "nobody waits for a receiver inside a transaction"
        self.bodies.append(body)
        self.then()
        found = self.answers.pop(0) if self.answers else 200
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Answer) else Answer(found)


def again(webhook: Webhook, **changes) -> Webhook:
    Webhook.objects.filter(pk=webhook.pk).update(**changes) if changes else None
    return Webhook.objects.get(pk=webhook.pk)


def test_each_event_is_posted_once_in_order_and_signed(ready, key, receiver, sender, events, now):
    first, second = events("request.asked", "grant.active")
    deliver.deliver(ready, sender=sender, now=now)
    deliver.deliver(ready, sender=sender, now=now)

    assert receiver.seqs == [first.seq, second.seq]
    assert all(one.is_signed_with(key) for one in receiver.deliveries)
    assert not receiver.deliveries[0].is_signed_with("whsec_" + 43 * "a" + "=")
    assert [one.headers["webhook-id"] for one in receiver.deliveries] == [
        f"evt_{one.hash[:32]}" for one in (first, second)
    ]
    row = again(ready)
    assert (row.position, row.trouble, row.last_status, row.leased_until) == (second.seq, "", 200, None)
    assert receiver.connections == 1


def test_a_changed_body_or_time_does_not_fit_the_signature(ready, key, receiver, sender, events, now):
    events("request.asked")
    deliver.deliver(ready, sender=sender, now=now)
    [one] = receiver.deliveries
    assert not webhook_receiver.Delivery(one.path, one.headers, one.body + b" ").is_signed_with(key)
    later = {**one.headers, "webhook-timestamp": str(int(one.headers["webhook-timestamp"]) + 1)}
    assert not webhook_receiver.Delivery(one.path, later, one.body).is_signed_with(key)
    other = {**one.headers, "webhook-id": "evt_" + 32 * "0"}
    assert not webhook_receiver.Delivery(one.path, other, one.body).is_signed_with(key)


def test_only_types_that_were_asked_for_are_sent_and_the_rest_is_passed_over(ready, receiver, sender, events, now):
    again(ready, types="grant. request.approved")
    last = events("request.asked", "grant.active", "request.approved", "grants", "person.signed_in")[-1]
    deliver.deliver(ready, sender=sender, now=now)
    assert [one.event["type"] for one in receiver.deliveries] == ["grant.active", "request.approved"]
    assert again(ready).position == last.seq
    assert not stream.webhooks_due(now + timedelta(days=1)).exists()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (500, "It answered with HTTP 500."),
        (400, "It answered with HTTP 400."),
        (302, "It tried to send us to another address (HTTP 302), which is not followed."),
        (ProviderUnavailable("It did not answer in time."), "It did not answer in time."),
    ],
)
def test_what_is_not_taken_is_tried_again_later_and_nothing_overtakes_it(ready, events, now, answer, why):
    first, second = events("request.asked", "grant.active")
    calls = Calls(answer)
    deliver.deliver(ready, sender=calls, now=now)

    row = again(ready)
    assert (len(calls.bodies), row.position, row.trouble, row.attempts) == (1, first.seq - 1, why, 1)
    assert now + timedelta(seconds=2) < row.due_at < now + timedelta(seconds=30)
    deliver.deliver(row, sender=calls, now=now)
    assert len(calls.bodies) == 1

    deliver.deliver(row, sender=calls, now=row.due_at)
    assert calls.bodies[1] == calls.bodies[0]
    row = again(ready)
    assert (len(calls.bodies), row.position, row.attempts, row.failing_since) == (3, second.seq, 0, None)


@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_that_a_receiver_asks_for_is_kept(ready, events, now, status):
    events("request.asked")
    deliver.deliver(ready, sender=Calls(Answer(status, retry_after=1800.0)), now=now)
    assert again(ready).due_at >= now + timedelta(seconds=1800)


def test_pauses_grow_to_an_hour_and_no_further():
    assert all(2.5 <= deliver.pause(0) <= 5 for _ in range(50))
    assert all(1800 <= deliver.pause(attempts) <= 3600 for attempts in (12, 50, 10**6))
    assert deliver.pause(0, named=10**9) == 3600


def test_gone_disables_at_once_and_says_so_in_the_log(ready, events, now):
    events("request.asked")
    deliver.deliver(ready, sender=Calls(410), now=now)
    row = again(ready)
    assert (row.is_active, bool(row.disabled_at)) == (False, True)
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.subject, event.data["status"]) == ("webhook.disabled", "webhook:siem", 410)
    assert not stream.webhooks_due(now + timedelta(days=9)).exists()


@pytest.mark.parametrize(
    ("failing", "attempts", "is_disabled"),
    [
        (timedelta(days=3), 19, True),
        (timedelta(days=3), 18, False),
        (timedelta(days=2, hours=23), 200, False),
        (timedelta(days=9), 0, False),
    ],
)
def test_days_of_trouble_disable_it_once_it_was_tried_often_enough(ready, events, now, failing, attempts, is_disabled):
    events("request.asked")
    again(ready, failing_since=now - failing, attempts=attempts)
    deliver.deliver(ready, sender=Calls(500), now=now)
    assert again(ready).is_active is not is_disabled
    assert AuditEvent.objects.filter(type="webhook.disabled").exists() is is_disabled


def test_a_webhook_that_is_started_again_gets_all_that_it_missed(ready, events, now):
    events("request.asked")
    deliver.deliver(ready, sender=Calls(410), now=now)
    events("grant.active")
    again(ready, is_active=True, disabled_at=None)
    replay.start(ready, now=now)
    calls = Calls()
    deliver.deliver(ready, sender=calls, now=now)
    assert len(calls.bodies) == 3  # with the one of its own


def test_a_crash_between_sending_and_recording_sends_the_same_event_again_after_the_lease(
    ready, receiver, sender, events, now, monkeypatch
):
    [event] = events("request.asked")
    monkeypatch.setattr(deliver, "_advance", factories.breaks)
    with pytest.raises(RuntimeError):
        deliver.deliver(ready, sender=sender, now=now)
    monkeypatch.undo()

    deliver.deliver(ready, sender=sender, now=now + timedelta(seconds=59))
    assert len(receiver.deliveries) == 1
    deliver.deliver(ready, sender=sender, now=now + timedelta(seconds=61))
    one, other = receiver.deliveries
    assert one.body == other.body
    assert one.headers["Usher-Event-Id"] == other.headers["Usher-Event-Id"]
    assert again(ready).position == event.seq


def test_a_worker_that_lost_its_lease_stops_and_changes_nothing(ready, events, now):
    events("request.asked", "grant.active")
    before, calls = again(ready).position, Calls()
    calls.then = lambda: again(ready, leased_until=now + timedelta(hours=1))
    deliver.deliver(ready, sender=calls, now=now)
    assert (len(calls.bodies), again(ready).position) == (1, before)


def test_a_replay_while_events_are_sent_is_not_lost(ready, events, olga, now):
    first, _second = events("request.asked", "grant.active")
    calls = Calls()
    calls.then = lambda: replay.replay(ready, from_event="1", actor=olga.email, now=now) if first else None
    deliver.deliver(ready, sender=calls, now=now)
    row = again(ready)
    assert (len(calls.bodies), row.position, row.leased_until) == (1, 0, None)


def test_one_that_is_disabled_meanwhile_gets_no_further_event(ready, events, now):
    events("request.asked", "grant.active")
    calls = Calls()
    calls.then = lambda: again(ready, is_active=False)
    deliver.deliver(ready, sender=calls, now=now)
    assert len(calls.bodies) == 1


def test_a_slow_receiver_does_not_hold_the_worker(ready, events, now, monkeypatch):
    events(*["request.asked"] * 5)
    monkeypatch.setattr(deliver, "WINDOW_SECONDS", 0.0)
    calls = Calls()
    deliver.deliver(ready, sender=calls, now=now)
    assert calls.bodies == []
    assert list(stream.webhooks_due(now + timedelta(seconds=5))) == [ready]


def test_a_long_log_is_sent_in_parts(ready, events, now, monkeypatch):
    events(*["request.asked"] * 5)
    monkeypatch.setattr(deliver, "MOST_EVENTS", 2)
    calls = Calls()
    for _ in range(3):
        deliver.deliver(ready, sender=calls, now=timezone.now())
    assert len(calls.bodies) == 5


def test_a_secret_that_does_not_open_is_trouble_and_no_call(ready, events, now, settings):
    events("request.asked")
    settings.ENCRYPTION_KEYS = []
    calls = Calls()
    deliver.deliver(ready, sender=calls, now=now)
    assert calls.bodies == []
    assert again(ready).trouble == "There is no encryption key, so stored secrets cannot be used."


def test_without_a_secret_nothing_is_sent(webhook, events, now):
    events("request.asked")
    calls = Calls()
    deliver.deliver(webhook, sender=calls, now=now)
    assert calls.bodies == []


def test_for_a_day_both_secrets_sign(ready, key, receiver, sender, events, olga, now):
    newer = webhook_secrets.renew(ready, by=olga, now=now)
    at_the_end(ready)
    for at in (now, now + timedelta(hours=25)):
        events("request.asked")
        deliver.deliver(ready, sender=sender, now=at)
    during, after = receiver.deliveries
    assert (during.is_signed_with(newer), during.is_signed_with(key)) == (True, True)
    assert (after.is_signed_with(newer), after.is_signed_with(key)) == (True, False)


def test_the_secret_is_in_no_row_and_no_event(ready, key, events, now):
    row = again(ready)
    assert key not in str(Webhook.objects.values().get(pk=row.pk))
    assert key not in str(list(AuditEvent.objects.values()))
    assert key.startswith("whsec_")


def test_the_library_of_a_receiver_takes_it_and_refuses_what_is_old(ready, key, receiver, sender):
    for ago in (timedelta(0), timedelta(minutes=6)):
        deliver.send_test(ready, sender=sender, now=timezone.now() - ago)
    fresh, old = receiver.deliveries
    told = standardwebhooks.Webhook(key).verify(fresh.body, fresh.headers)
    assert told["id"] == fresh.headers["webhook-id"]
    with pytest.raises(standardwebhooks.WebhookVerificationError, match="too old"):
        standardwebhooks.Webhook(key).verify(old.body, old.headers)


def test_a_secret_of_the_release_before_still_signs(ready, receiver, sender, events, olga, now):
    """It was written with - and _ and without the = at its end: the old headers take it as it is."""
    old = "whsec_-_" + 41 * "a"
    again(ready, sealed=keep_secret.seal(old))
    events("request.asked")
    deliver.deliver(ready, sender=sender, now=now)
    newer = webhook_secrets.renew(again(ready), by=olga, now=now)
    at_the_end(ready)
    events("request.asked")
    deliver.deliver(again(ready), sender=sender, now=now + timedelta(minutes=1))
    in_the_alphabet_of_the_specification = old.replace("-", "+").replace("_", "/").replace("whsec/", "whsec_") + "="
    for one in receiver.deliveries:
        assert one.is_signed_as_before(old)
        assert one.is_signed_with(in_the_alphabet_of_the_specification)
    assert receiver.deliveries[1].is_signed_with(newer)
    assert receiver.deliveries[1].is_signed_as_before(newer)


def test_the_signature_is_the_one_of_the_documentation():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signature.headers(event_id="evt_1", body=b'{"schema":1}', timestamp=1767614400, secrets=[Secret(secret)])
    assert f"`{headers['webhook-signature']}`" in Path("docs/events.md").read_text()
    assert secret in Path("docs/events.md").read_text()
