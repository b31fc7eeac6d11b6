"""Webhooks in the admin: set up, given a secret that is shown once, tried and replayed."""

import re

import pytest
from django.db import connection

from access.events import stream
from access.models import AuditEvent, Webhook
from tests import factories
from tests.access.admin import pages
from tests.access.admin.buttons import WhoMayPress
from tests.webhook_receiver import Receiver

pytestmark = pytest.mark.django_db
BUTTONS = ("secret", "test", "replay")


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with Receiver().start() as receiver:
        yield receiver


@pytest.fixture
def webhook(db) -> Webhook:
    return Webhook.objects.create(name="siem", url="https://siem.example.com/events")


def typed(**changes) -> dict[str, object]:
    return {"name": "siem", "url": "https://siem.example.com/events", "types": "", "is_active": "on", **changes}


def plain_secret(response) -> str:
    [secret] = set(re.findall(r"whsec_[\w+/]{43}=", response.content.decode()))
    return str(secret)


@pytest.mark.parametrize("button", BUTTONS)
class TestWhoMayPress(WhoMayPress):
    model = "webhook"

    @pytest.fixture
    def row(self, webhook):
        return webhook


def test_a_new_webhook_begins_at_the_end_of_the_log_and_waits_for_its_secret(admin, olga, now):
    factories.request_at(now=now)
    before = stream.head(now=now)
    admin.post(pages.of_add("webhook"), typed(types=" grant.   request.approved "))

    added = Webhook.objects.get()
    assert (added.position, added.types, added.created_by) == (before, "grant. request.approved", olga)
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.data["facts"]["url"]) == ("webhook.added", "https://siem.example.com/events")
    assert "sealed" not in event.data["facts"]
    assert "No secret yet." in pages.text(admin.get(pages.of(added)))
    assert "Has no secret yet: nothing is sent." in pages.text(admin.get(pages.of_list("webhook")))


@pytest.mark.parametrize(
    "url",
    [
        "http://siem.example.com/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://user:word@siem.example.com/",
        "https://siem.example.com/#x",
        "ftp://siem.example.com/",
        "siem.example.com",
        "https://siem.example.com/a b",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_cannot_be_right_is_said(admin, url):
    response = admin.post(pages.of_add("webhook"), typed(url=url))
    assert list(pages.errors(response)) == ["url"]
    assert not Webhook.objects.exists()


def test_networks_that_are_named_may_be_typed_also_without_tls(admin, settings):
    settings.WEBHOOK_PRIVATE_NETWORKS = ["10.20.0.0/16"]
    assert "url" in pages.errors(admin.post(pages.of_add("webhook"), typed(url="http://10.21.0.1/")))
    assert admin.post(pages.of_add("webhook"), typed(url="http://10.20.0.1/")).status_code == 302


@pytest.mark.parametrize("types", ["Grant.", "*", "grant.,request.", "grant.%"])
def test_types_that_cannot_be_right_are_said(admin, types):
    assert list(pages.errors(admin.post(pages.of_add("webhook"), typed(types=types)))) == ["types"]


def test_the_secret_is_shown_once_and_a_newer_one_beside_it(admin, webhook):
    first = admin.post(pages.of(webhook, "secret"))
    second = admin.post(pages.of(webhook, "secret"))
    assert "no-store" in first["Cache-Control"]
    assert "From now on events are sent" in pages.text(first)
    assert "For 24 hours everything is signed with the secret before it, too." in pages.text(second)
    assert plain_secret(first) != plain_secret(second)
    for page in (pages.of(webhook), pages.of_list("webhook"), pages.of_list("auditevent")):
        assert "whsec_" not in admin.get(page).content.decode()
    assert [one.type for one in AuditEvent.objects.order_by("id")] == ["webhook.secret_renewed"] * 2


def test_without_a_key_there_is_no_secret_and_it_says_why(admin, webhook, settings):
    settings.ENCRYPTION_KEYS = []
    [told] = pages.told(admin.post(pages.of(webhook, "secret"), follow=True))
    assert told.startswith("There is no encryption key")


def test_a_test_event_is_sent_signed_and_is_in_no_log(admin, webhook, receiver, monkeypatch):
    Webhook.objects.update(url=receiver.url)
    assert pages.told(admin.post(pages.of(webhook, "test"), follow=True)) == [
        "Make the secret first: without one nothing is sent."
    ]
    key, events = plain_secret(admin.post(pages.of(webhook, "secret"))), AuditEvent.objects.count()
    receiver.will_answer(204, 500)
    assert pages.told(admin.post(pages.of(webhook, "test"), follow=True))[-1] == (
        "The test event was answered with HTTP 204."
    )
    assert pages.told(admin.post(pages.of(webhook, "test"), follow=True))[-1] == (
        "The test event was answered with HTTP 500."
    )
    one, other = receiver.deliveries
    assert one.is_signed_with(key)
    assert (one.event["type"], one.event["seq"]) == ("webhook.test", 0)
    assert one.event["id"] != other.event["id"]
    assert AuditEvent.objects.count() == events


def test_a_test_event_reaches_nothing_inside(admin, webhook, receiver, settings):
    Webhook.objects.update(url=receiver.url)
    admin.post(pages.of(webhook, "secret"))
    settings.WEBHOOK_PRIVATE_NETWORKS = []
    [told] = pages.told(admin.post(pages.of(webhook, "test"), follow=True))
    assert told.startswith("The test event did not arrive. The address leads to a private network")
    assert receiver.deliveries == []


def test_nobody_waits_for_a_receiver_inside_a_transaction(admin, webhook, receiver):
    Webhook.objects.update(url=receiver.url)
    admin.post(pages.of(webhook, "secret"))
    depth = len(connection.savepoint_ids)
    depths: list[int] = []

    def fails(handler):
        depths.append(len(connection.savepoint_ids))
        handler.send_error(500)

    receiver.will_answer(fails)
    admin.post(pages.of(webhook, "test"))
    assert depths == [depth]


def test_a_replay_is_this_admins_act(admin, webhook, olga, now):
    factories.request_at(now=now)
    Webhook.objects.update(position=stream.head(now=now))
    last = stream.head(now=now)
    assert pages.told(admin.post(pages.of(webhook, "replay"), {"from_event": "1"}, follow=True)) == [
        f"{last} event is gone through again." if last == 1 else f"{last} events are gone through again."
    ]
    assert Webhook.objects.get().position == 0
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.actor) == ("webhook.replayed", olga.email)
    assert pages.told(admin.post(pages.of(webhook, "replay"), {"from_event": "999"}, follow=True)) == [
        "There is no event 999 in the log."
    ]


def test_a_change_leaves_what_the_worker_writes(admin, webhook, now):
    stale = admin.get(pages.of(webhook))
    Webhook.objects.update(position=7, leased_until=now)
    assert stale.status_code == 200
    admin.post(pages.of(webhook), typed(url="https://other.example.com/"))
    row = Webhook.objects.get()
    assert (row.position, row.leased_until, row.url) == (7, now, "https://other.example.com/")


def test_one_that_was_disabled_goes_on_once_it_is_active_again(admin, webhook, now):
    failed = {"trouble": "It answered with HTTP 500.", "failing_since": now}
    Webhook.objects.update(is_active=False, disabled_at=now, sealed="x", **failed)
    assert "Disabled on 5 January 2026" in pages.text(admin.get(pages.of(webhook)))
    admin.post(pages.of(webhook), typed())
    row = Webhook.objects.get()
    assert (row.is_active, row.disabled_at, row.trouble, row.failing_since, row.attempts) == (True, None, "", None, 0)


def test_whoever_changes_the_name_only_does_not_enable_it(admin, webhook, now):
    Webhook.objects.update(is_active=False, disabled_at=now, trouble="No.")
    admin.post(pages.of(webhook), typed(name="siem-2", is_active=""))
    row = Webhook.objects.get()
    assert (row.name, row.is_active, row.disabled_at) == ("siem-2", False, now)
