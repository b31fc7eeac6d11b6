"""Who is refused is on record, without what was typed, and nobody can fill the record."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.audit import log
from access.models import AuditEvent
from access.people import refused_sign_ins

pytestmark = pytest.mark.django_db


def events():
    return list(AuditEvent.objects.filter(type="sign_in.failed").order_by("id"))


def sign_in(client, email, password="wrong", address="10.0.0.7"):  # noqa: S107
    return client.post("/login/", {"email": email, "password": password}, REMOTE_ADDR=address)


def test_a_wrong_password_is_an_event_about_the_account_and_without_the_password(client, jon):
    sign_in(client, "JON@example.com", "hunter2-hunter2")
    [event] = events()
    assert (event.subject, event.actor) == ("person:jon@example.com", log.SYSTEM)
    assert event.data == {"way": "password", "text": "It was not let in.", "address": "10.0.0.7", "last": False}


def test_what_is_no_account_is_not_written_down(client, jon):
    sign_in(client, "hunter2-in-the-wrong-field@example.com")
    [event] = events()
    assert event.subject == "person:unknown"
    assert "hunter2" not in str(event.data)


def test_a_refused_token_is_an_event_without_the_token(client, db):
    client.get("/api/v1/me", headers={"authorization": "Bearer usher_made_up"})
    [event] = events()
    assert event.data["way"] == "token"
    assert "made_up" not in str(event.data)


def test_a_call_without_a_token_is_none(client, db):
    client.get("/api/v1/me")
    assert events() == []


def test_a_wrong_signature_of_slack_is_an_event(client, slack_workspace):
    client.post("/slack/command/", b"a=b", content_type="application/x-www-form-urlencoded")
    [event] = events()
    assert event.data["way"] == "slack"


def test_a_flood_from_one_address_is_five_events_of_which_the_last_says_so(client, jon):
    for _try in range(20):
        client.get("/api/v1/me", headers={"authorization": "Bearer usher_made_up"})
    assert [one.data["last"] for one in events()] == [False, False, False, False, True]


def test_a_flood_from_everywhere_has_a_bound_and_is_over_some_day(db):
    now = timezone.now()

    def note(number, at):
        return refused_sign_ins.note(way="token", text="No.", address=f"10.0.{number // 250}.{number % 250}", now=at)

    assert sum(note(number, now) for number in range(300)) == refused_sign_ins.MOST
    assert events()[-1].data["last"]
    assert note(0, now + refused_sign_ins.WINDOW + timedelta(seconds=1))
