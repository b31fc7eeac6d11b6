"""Each part that can be in trouble says so in a sentence, without names."""

from datetime import timedelta

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.core.states import GrantState
from access.models import Channel, EventLog, Integration, Kind, Notification, Webhook, Worker
from portal import migrations, static_files
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture(autouse=True)
def worker(now):
    return Worker.objects.create(name="w-1", host="here", pid=1, started_at=now, beat_at=now, jobs_beat_at=now)


def reasons(client):
    answer = client.get("/readyz")
    assert answer.status_code == (503 if answer.json()["reasons"] else 200)
    for name in answer.json()["reasons"]:
        assert answer.json()[name] is False
    return answer.json()["reasons"]


def test_nothing_is_wrong(client):
    assert reasons(client) == {}


def test_it_asks_the_same_number_of_queries_however_much_is_wrong(client, flow, now):
    client.get("/readyz")  # what is read once and kept is read here
    few = asked(client)
    factories.grant(state=GrantState.REVOKING, now=now - timedelta(hours=1))
    for number in range(9):
        Webhook.objects.create(name=f"w{number}", url="https://a.example.com", is_active=False, disabled_at=now)
    assert asked(client) <= few


def asked(client) -> int:
    """How many queries one look takes."""
    with CaptureQueriesContext(connection) as seen:
        client.get("/readyz")
    return len(seen)


def test_no_worker(client):
    Worker.objects.all().delete()
    assert list(reasons(client)) == ["worker"]


def test_a_worker_whose_clock_is_wrong(client):
    Worker.objects.update(clock_off=2700.0)
    assert "The clock of worker w-1" in reasons(client)["clock"]


def test_access_that_is_held_past_its_end(client, flow, now):
    factories.grant(state=GrantState.ACTIVE, now=now - timedelta(hours=2), seconds=3600)
    assert "1 grant should have ended" in reasons(client)["punctual"]


def test_access_that_nobody_takes_up_is_a_backlog(client, flow, now):
    factories.grant(state=GrantState.SCHEDULED, now=now - timedelta(minutes=5))
    text = reasons(client)["backlog"]
    assert text.startswith("1 grant was due and taken up by nobody")


def test_events_that_can_not_be_written(client, settings, now):
    settings.EVENT_LOG = "/var/log/usher.jsonl"
    EventLog.objects.create(failing_since=now - timedelta(minutes=11))
    assert reasons(client) == {"event_log": "Events can't be written to EVENT_LOG."}


def test_a_webhook_that_was_disabled(client, now):
    Webhook.objects.create(name="siem", url="https://siem.example.com", is_active=False, disabled_at=now)
    assert reasons(client) == {"webhooks": "1 webhook is behind."}


@pytest.mark.parametrize(("channel", "part"), [(Channel.EMAIL, "mail"), (Channel.SLACK, "slack")])
def test_messages_that_can_not_be_sent(client, jon, now, channel, part):
    Notification.objects.create(
        recipient=jon, channel=channel, kind=Kind.ASKED, key="1", created_at=now, due_at=now,
        first_tried_at=now - timedelta(minutes=11), last_error="mx1.hospital.example refused it.",
    )  # fmt: skip
    text = reasons(client)[part]
    assert text.startswith("1 message can't be sent")
    assert "hospital" not in text


def test_a_slack_workspace_that_needs_attention(client, now):
    Integration.objects.create(type="slack", name="acme", external_id="T1", attention="The token is wrong.")
    assert reasons(client) == {"slack": "The Slack workspace needs attention."}


def test_a_database_that_was_not_migrated_names_the_command(client, monkeypatch):
    monkeypatch.setattr(migrations, "_known", lambda: frozenset({("access", "0999_more"), ("access", "0001_initial")}))
    assert reasons(client) == {
        "migrations": "The database lacks the migration access.0999_more: run “manage.py migrate”."
    }


def test_a_database_that_is_ahead_of_the_code_is_fine(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('access', '0999_more', '2026-01-01')"
        )
    assert reasons(client) == {}


@pytest.fixture
def built(tmp_path, settings):
    """Static files that are built into a folder of their own."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "portal.static_files.StaticFiles"}}
    static_files.trouble_at_start.cache_clear()
    yield settings.STATIC_ROOT
    static_files.trouble_at_start.cache_clear()


def load_anew():
    assert isinstance(staticfiles_storage, ManifestStaticFilesStorage)
    found = staticfiles_storage.load_manifest()  # the stubs call it a mapping
    staticfiles_storage.hashed_files, staticfiles_storage.manifest_hash = found  # type: ignore[assignment]


def test_static_files_that_were_not_built_are_told_and_pages_come_without_their_look(client, built):
    assert "collectstatic" in reasons(client)["static_files"]
    page = client.get("/login/")
    assert page.status_code == 200
    assert b"/static/portal/layout.css" in page.content


def test_a_folder_of_static_files_that_is_a_file_is_told_and_pages_come(client, built):
    built.write_text("")
    assert "collectstatic" in reasons(client)["static_files"]
    assert client.get("/login/").status_code == 200


def test_static_files_of_another_release_are_told(client, built):
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "unfold"])
    load_anew()
    assert static_files.trouble() == ""
    assert_only_what_pages_name_is_compressed(built / "portal")
    (built / "portal" / "layout.css").write_text("body { color: red }")
    assert "another release (1 differ, first portal/layout.css)" in static_files.trouble()
    with override_settings(SILENCED_SYSTEM_CHECKS=[]):
        call_command("check", fail_level="CRITICAL")


def assert_only_what_pages_name_is_compressed(folder):
    assert isinstance(staticfiles_storage, ManifestStaticFilesStorage)
    named = staticfiles_storage.hashed_files["portal/layout.css"].removeprefix("portal/")
    assert {one.name for one in folder.glob("layout*.css.*")} == {f"{named}.br", f"{named}.gz"}
