"""The workspace of the portal: from the admin, and from the environment where that leaves a gap."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from access.models import Integration, Secret
from access.notify.slack.workspace import app_token, is_set, workspace
from integrations.base import NeedsAttention

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment(settings) -> None:
    settings.SLACK_TEAM_ID = "T0001"
    settings.SLACK_BOT_TOKEN = "xoxb-1"
    settings.SLACK_SIGNING_SECRET = "from the environment"


def test_without_any_setting_there_is_none():
    assert workspace(now=timezone.now()) is None
    assert not is_set()


def test_the_environment_alone_is_enough_and_gets_one_row(environment):
    found = workspace(now=timezone.now())
    assert found is not None
    assert is_set()
    assert (found.team_id, found.command) == ("T0001", "/access")
    assert found.signing_secret.reveal() == "from the environment"
    assert workspace(now=timezone.now()).integration == Integration.objects.get(type="slack")
    assert "xoxb" not in repr(found)
    assert "environment" not in repr(found)


def test_what_the_admin_sets_comes_before_the_environment(environment, monkeypatch):
    monkeypatch.setenv("SIGNING", "from the admin")
    row = Secret.objects.create(name="signing", source="env", location="SIGNING")
    Integration.objects.create(type="slack", name="ours", external_id="T0002", signing_secret=row)
    found = workspace(now=timezone.now())
    assert (found.team_id, found.signing_secret.reveal()) == ("T0002", "from the admin")


def test_a_secret_that_is_missing_is_named(environment, settings):
    settings.SLACK_SIGNING_SECRET = ""
    with pytest.raises(NeedsAttention, match="signing secret of the Slack workspace is not set"):
        workspace(now=timezone.now())
    settings.SLACK_SIGNING_SECRET = "one"
    with pytest.raises(NeedsAttention, match="app-level token"):
        app_token(workspace(now=timezone.now()).integration)


def test_there_is_one_workspace_at_most():
    Integration.objects.create(type="slack", name="one", external_id="T0001")
    with pytest.raises(IntegrityError):
        Integration.objects.create(type="slack", name="two", external_id="T0002")


def test_aptible_is_never_without_its_credentials():
    with pytest.raises(IntegrityError):
        Integration.objects.create(type="aptible", name="one", external_id="o-1")
