"""`manage.py webhooks` and `manage.py events`."""

import io
import json
import signal

import pytest
from django.core.management import CommandError, call_command

from access.audit import event_schema, log
from access.models import AuditEvent, Webhook

pytestmark = pytest.mark.django_db


def run(*words) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def signals():
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_a_list_says_how_far_each_is_and_never_its_secret(ready, key, events, now):
    events("request.asked", "grant.active")
    Webhook.objects.update(failing_since=now, trouble="It answered with HTTP 500.")
    [one] = json.loads(run("webhooks", "list", "--json"))
    assert (one["name"], one["behind"], one["state"]) == ("siem", 2, "failing")
    assert "It answered with HTTP 500." in run("webhooks", "list")
    assert key not in run("webhooks", "list", "--json")


def test_a_list_of_none_says_so(db):
    assert run("webhooks", "list") == "There is no webhook.\n"


def test_a_test_says_what_was_answered(ready, key, receiver, settings):
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    assert run("webhooks", "test", "siem") == "It was answered with HTTP 200.\n"
    assert receiver.deliveries[0].is_signed_with(key)
    receiver.will_answer(404)
    with pytest.raises(CommandError, match="HTTP 404") as raised:
        run("webhooks", "test", "siem")
    assert raised.value.returncode == 1


def test_a_test_reaches_nothing_inside(ready, receiver):
    with pytest.raises(CommandError, match="private network"):
        run("webhooks", "test", "siem")
    assert receiver.deliveries == []


def test_a_test_without_a_secret_is_refused(webhook):
    with pytest.raises(CommandError, match="no secret yet"):
        run("webhooks", "test", "siem")


def test_a_replay_is_written_to_the_log_with_who_did_it(ready, events):
    [event] = events("request.asked")
    assert "2" not in run("webhooks", "replay", "siem", "--from", event_schema.id_of(event))
    told = AuditEvent.objects.latest("id")
    assert (told.type, told.data["from"]) == ("webhook.replayed", event.seq)
    assert told.actor.startswith("cli")


def test_what_does_not_exist_is_said(ready):
    with pytest.raises(CommandError, match="There is no event 99") as raised:
        run("webhooks", "replay", "siem", "--from", "99")
    assert raised.value.returncode == 1
    with pytest.raises(CommandError, match="There is no webhook other") as raised:
        run("webhooks", "test", "other")
    assert raised.value.returncode == 2


def test_tail_writes_every_event_or_those_from_one_on(events):
    made = events("request.asked", "grant.granting", "grant.active")
    lines = [json.loads(one) for one in run("events", "tail").splitlines()]
    assert lines == [event_schema.of(one) for one in AuditEvent.objects.order_by("seq")]
    for start in (str(made[1].seq), event_schema.id_of(made[1])):
        assert [json.loads(one)["seq"] for one in run("events", "tail", "--from", start).splitlines()] == [2, 3]


def test_tail_from_an_event_that_is_not_there_is_refused(events):
    with pytest.raises(CommandError, match="There is no event 7") as raised:
        run("events", "tail", "--from", "7")
    assert raised.value.returncode == 2


def test_tail_follows_until_it_is_told_to_stop(events, now, monkeypatch, signals):
    events("request.asked")

    class Waits:
        """Another event is added in the first wait, and the signal comes in the second."""

        is_set = False

        def set(self):
            self.is_set = True

        def wait(self, _seconds):
            if AuditEvent.objects.count() == 1:
                log.append("grant.active", actor="usher", now=now)
            else:
                signal.raise_signal(signal.SIGTERM)
            return self.is_set

    monkeypatch.setattr("access.management.commands.events.threading.Event", Waits)
    assert [json.loads(one)["seq"] for one in run("events", "tail", "--follow").splitlines()] == [1, 2]
