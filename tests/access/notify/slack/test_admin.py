"""The workspace and the places of a flow in the admin, and the commands of the app."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from access.alerts import slack_alerts
from access.models import Announcement, AuditEvent, Integration
from access.notify.slack import workspace
from tests import factories
from tests.access.admin import pages


@pytest.fixture
def admin(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def row(slack_workspace):
    return workspace.workspace(now=timezone.now()).integration


def test_a_workspace_is_added_without_what_aptible_needs(admin, db):
    sent = {"type": "slack", "name": "our-slack", "external_id": "T024BE7LD"}
    admin.post(reverse("admin:access_integration_add"), sent)
    assert Integration.objects.get().type == "slack"
    assert AuditEvent.objects.filter(type="integration.added", subject="integration:our-slack").exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"type": "slack", "name": "our-slack", "external_id": "our workspace"}, "external_id"),
        ({"type": "aptible", "name": "main", "external_id": "o-1", "sync_every": "10m"}, "username_secret"),
    ],
)
def test_what_a_type_needs_is_asked_for(admin, db, sent, field):
    assert field in pages.errors(admin.post(reverse("admin:access_integration_add"), sent))
    assert not Integration.objects.exists()


def test_the_connection_is_tried_and_each_missing_scope_named(admin, row, slack_workspace, flow):
    Announcement.objects.create(flow=flow, channel=slack_workspace.channel)
    Announcement.objects.create(flow=flow, channel="C0GONE", position=2)
    said = pages.text(admin.post(pages.of(row, "test")))
    assert "Signed in to Slack as usher, in Usher (T0USHER01)." in said
    assert "The app has every scope that it needs." in said
    assert "The app can announce in #access-requests." in said
    assert "C0GONE: Slack has no such channel" in said
    slack_workspace.scopes = slack_workspace.scopes - {"im:history", "users:read.email"}
    said = pages.text(admin.post(pages.of(row, "test")))
    assert "The scope im:history is missing" in said
    assert "The scope users:read.email is missing" in said


def test_a_token_of_another_workspace_is_noticed(admin, row):
    Integration.objects.filter(pk=row.pk).update(external_id="t999")
    assert "and not of T999" in pages.text(admin.post(pages.of(row, "test")))


def test_a_workspace_has_nothing_to_sync(admin, row):
    assert admin.post(pages.of(row, "sync")).status_code == 404
    page = pages.text(admin.get(pages.of(row)))
    assert "Test connection" in page
    assert "Sync now" not in page


def test_where_a_flow_is_announced_is_set_and_in_the_log(admin, flow):
    typed = {
        "announcements-TOTAL_FORMS": "1", "announcements-INITIAL_FORMS": "0", "announcements-0-position": "1",
        "announcements-0-kind": "channel", "announcements-0-channel": "C024BE7LR", "announcements-0-timeout": "15m",
    }  # fmt: skip
    admin.post(pages.of(flow), pages.typed(flow, **typed))
    place = flow.announcements.get()
    assert (place.channel, place.timeout) == ("C024BE7LR", 900)
    changes = AuditEvent.objects.get(type="flow.changed").data["changes"]
    assert changes["announcements"]["to"] == ["C024BE7LR, 15m"]


@pytest.mark.parametrize(("kind", "channel"), [("channel", ""), ("people", "C024BE7LR"), ("channel", "#general")])
def test_a_place_that_names_no_channel_or_one_too_many_is_refused(admin, flow, kind, channel):
    typed = {
        "announcements-TOTAL_FORMS": "1", "announcements-INITIAL_FORMS": "0", "announcements-0-position": "2",
        "announcements-0-kind": kind, "announcements-0-channel": channel, "announcements-0-timeout": "",
    }  # fmt: skip
    assert admin.post(pages.of(flow), pages.typed(flow, **typed)).status_code == 200
    assert not flow.announcements.exists()


@pytest.mark.parametrize("socket", [True, False])
def test_the_manifest_has_what_slack_asks_for(db, capsys, socket):
    call_command("slack_manifest", *(["--socket-mode"] if socket else []))
    made = json.loads(capsys.readouterr().out)
    [slash] = made["features"]["slash_commands"]
    assert slash["command"] == "/access"
    assert made["settings"]["socket_mode_enabled"] is socket
    assert ("url" in slash) is not socket
    assert "chat:write" in made["oauth_config"]["scopes"]["bot"]
    if not socket:
        addresses = made["settings"]["interactivity"]
        assert addresses["request_url"] == "http://127.0.0.1:8000/slack/interactive/"


def test_a_channel_is_an_alert_until_something_is_announced_there_again(db, now):
    request = factories.request_at(now=now)
    failed = request.slack_posts.create(position=0, channel="C1", failed_at=now, last_error="It is gone.")
    [alert] = slack_alerts.for_admin()
    assert alert.text == "Requests can't be announced in Slack (C1). It is gone."
    request.slack_posts.create(position=1, channel="C1", ts="1.1")
    assert slack_alerts.for_admin() == []
    assert failed.last_error
