"""`manage.py sync`: what it prints, what it exits with."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.models import AuditEvent, DirectoryRole, Integration, Secret

pytestmark = pytest.mark.django_db


def test_every_integration_is_read(aptible, integration, jon, capsys):
    call_command("sync")
    assert capsys.readouterr().out == (
        "main-aptible-integration has roles: 6, people: 4, environments: 2 and permissions: 7."
        " People here who have an account there: 1, who have none: 0.\n"
    )


def test_it_is_asked_at_once_whatever_pause_is_kept(aptible, integration, jon, capsys):
    Integration.objects.update(paused_until=timezone.now() + timedelta(minutes=4))
    call_command("sync")
    assert "roles: 6" in capsys.readouterr().out


def test_it_says_as_json_what_was_read(aptible, integration, jon, olga, capsys):
    call_command("sync", "main-aptible-integration", json=True)
    [result] = json.loads(capsys.readouterr().out)
    assert result["ok"] is True
    assert result["roles"] == DirectoryRole.objects.filter(gone_at=None).count()
    assert (result["mapped"], result["unmapped"]) == (1, 1)


def test_the_log_says_who_ran_it(aptible, integration):
    call_command("sync")
    assert AuditEvent.objects.get(type="integration.synced").actor.startswith("cli")


def test_an_organization_that_cannot_be_read_exits_with_1_and_a_sentence(aptible, integration, capsys, monkeypatch):
    monkeypatch.delenv("TEST_BOT_PASSWORD")
    with pytest.raises(SystemExit) as left:
        call_command("sync")
    assert left.value.code == 1
    assert "main-aptible-integration could not be read. The environment variable TEST_BOT_PASSWORD is not set" in (
        capsys.readouterr().out
    )


def test_one_that_cannot_be_read_does_not_keep_the_others_from_it(aptible, integration, capsys):
    missing = Secret.objects.create(name="missing", source="env", location="TEST_NOT_SET")
    Integration.objects.create(name="another", external_id="another", username_secret=missing, password_secret=missing)
    with pytest.raises(SystemExit):
        call_command("sync", json=True)
    results = json.loads(capsys.readouterr().out)
    assert [(one["integration"], one["ok"]) for one in results] == [
        ("another", False),
        ("main-aptible-integration", True),
    ]


def test_a_name_of_no_integration_exits_with_2_and_the_names_there_are(integration):
    with pytest.raises(CommandError, match="There are: main-aptible-integration") as refused:
        call_command("sync", "other")
    assert refused.value.returncode == 2


def test_without_any_integration_it_says_where_to_add_one(db):
    with pytest.raises(CommandError, match="Add one in the admin") as refused:
        call_command("sync")
    assert refused.value.returncode == 1


def test_the_help_has_an_example(capsys):
    with pytest.raises(SystemExit):
        call_command("sync", "--help")
    assert "python manage.py sync main-aptible-integration --json" in capsys.readouterr().out
