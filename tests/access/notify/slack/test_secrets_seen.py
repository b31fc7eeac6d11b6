"""Slack's secrets change behind the admin, in the environment or a file: that is noticed, told, and never kept."""

import pytest

from access.models import AuditEvent, Integration, Notification, Secret
from access.notify import read_log
from access.notify.slack.workspace import workspace

pytestmark = pytest.mark.django_db
TOLD = "integration.secrets_changed"


@pytest.fixture
def slack(settings):
    settings.SLACK_TEAM_ID, settings.SLACK_BOT_TOKEN = "T1", "xoxb-first"
    settings.SLACK_SIGNING_SECRET, settings.SLACK_APP_TOKEN = "sign-first", ""
    return settings


def told() -> list[list[str]]:
    return [one.data["secrets"] for one in AuditEvent.objects.filter(type=TOLD).order_by("pk")]


def test_the_first_time_and_what_is_the_same_are_no_news(slack, now):
    for _again in range(3):
        workspace(now=now)
    assert told() == []


@pytest.mark.parametrize(
    ("setting", "name"), [("SLACK_SIGNING_SECRET", "signing secret"), ("SLACK_BOT_TOKEN", "bot token")]
)
def test_another_one_in_the_environment_is_told_once_and_never_kept(slack, setting, name, now):
    workspace(now=now)
    setattr(slack, setting, "xoxb-of-mallory")
    workspace(now=now)
    workspace(now=now)
    assert told() == [[name]]
    kept = str([Integration.objects.values(), AuditEvent.objects.values()])
    assert "mallory" not in kept
    assert "first" not in kept


def test_processes_that_have_the_old_and_the_new_one_for_a_while_tell_it_once(slack, now):
    workspace(now=now)
    for value in ("two", "sign-first", "two", "sign-first"):
        slack.SLACK_SIGNING_SECRET = value
        workspace(now=now)
    assert told() == [["signing secret"]]


def test_a_process_without_the_token_for_sockets_is_no_change(slack, now):
    for token in ("xapp-1", "", "xapp-1", "", "xapp-2"):
        slack.SLACK_APP_TOKEN = token
        workspace(now=now)
    assert told() == [["app-level token"]]


def test_a_file_that_was_replaced_is_noticed_too(slack, tmp_path, now):
    slack.SECRETS_DIR = [str(tmp_path)]
    path = tmp_path / "signing"
    path.write_text("one")
    row = Secret.objects.create(name="signing", source="file", location=str(path))
    workspace(now=now)
    Integration.objects.filter(type="slack").update(signing_secret=row)
    workspace(now=now)
    path.write_text("two")
    workspace(now=now)
    assert told() == [["signing secret"], ["signing secret"]]


def test_the_admins_are_told(slack, olga, jon, settings, now):
    settings.EMAIL_IS_SET = True
    workspace(now=now)
    slack.SLACK_SIGNING_SECRET = "two"
    workspace(now=now)
    read_log.read(now=now)
    rows = Notification.objects.filter(kind="concerned", channel="email")
    assert {one.recipient for one in rows} == {olga}
    assert "signing secret" in rows[0].facts["said"]
