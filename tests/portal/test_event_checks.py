"""What the system checks say of the event stream's settings."""

import os

import pytest
from django.conf import settings as known
from django.core.checks import WARNING

from access.directory import secrets
from access.models import Webhook
from portal import env, event_checks


def ids(check) -> list[str]:
    return [one.id for one in check()]


@pytest.mark.parametrize("place", ["", "stdout", "new.jsonl", "old.jsonl"])
def test_a_place_that_can_be_written_is_fine(settings, tmp_path, place):
    (tmp_path / "old.jsonl").touch()
    settings.EVENT_LOG = str(tmp_path / place) if "." in place else place
    assert ids(event_checks.event_log) == []


@pytest.mark.parametrize("place", ["missing/events.jsonl", ".", "pipe"])
def test_a_place_that_cannot_is_a_warning_and_stops_nothing(settings, tmp_path, place):
    os.mkfifo(tmp_path / "pipe")
    settings.EVENT_LOG = str(tmp_path / place)
    [told] = event_checks.event_log()
    assert (told.id, told.level) == ("usher.W004", WARNING)
    assert settings.EVENT_LOG in told.msg


def test_a_delivery_ends_before_its_job_is_killed(settings):
    assert ids(event_checks.time_limits) == []
    settings.TASK_TIMEOUT = 25
    assert ids(event_checks.time_limits) == ["usher.E040"]


def test_without_a_word_nothing_is_written_and_nothing_inside_is_reached():
    assert (known.EVENT_LOG, known.WEBHOOK_PRIVATE_NETWORKS) == ("", [])


@pytest.mark.parametrize(
    ("text", "networks"),
    [("", []), ("10.20.0.0/16, fd00::/8", ["10.20.0.0/16", "fd00::/8"]), ("10.0.0.7", ["10.0.0.7/32"])],
)
def test_networks_are_read(monkeypatch, text, networks):
    monkeypatch.setattr(env, "problems", [])
    monkeypatch.setenv("SOME_NETWORKS", text)
    assert (env.networks("SOME_NETWORKS"), env.problems) == (networks, [])


@pytest.mark.parametrize("text", ["true", "10.0.0.1/8", "example.com", "10.0.0.0/33"])
def test_what_is_no_network_is_said(monkeypatch, text):
    monkeypatch.setattr(env, "problems", [])
    monkeypatch.setenv("SOME_NETWORKS", text)
    env.networks("SOME_NETWORKS")
    assert env.problems == ["SOME_NETWORKS must be networks such as 10.20.0.0/16, separated by commas."]


def test_a_secret_that_does_not_open_is_named(settings, db):
    Webhook.objects.create(name="siem", url="https://siem.test/", sealed=secrets.seal("whsec_x"))
    assert list(event_checks.webhook_secrets(databases=["default"])) == []
    settings.ENCRYPTION_KEYS = []
    [told] = event_checks.webhook_secrets(databases=["default"])
    assert (told.id, "siem" in told.msg, "whsec_x" in told.msg) == ("usher.E041", True, False)
    assert list(event_checks.webhook_secrets()) == []
