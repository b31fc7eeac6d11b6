"""The announced files: planned, applied, exported; and access on their flow, from asking to its end, by API alone."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from access.directory import sync
from access.models import Grant, Integration, Target
from access.worker import jobs
from tests import factories
from tests.access.config import files
from tests.access.config.test_command import run

# As it was printed, with its braces closed, its one dangling reference mended, and its two secrets.
ANNOUNCED = """
resource "sym_secrets" "env" {
  type = "env"
  name = "env"
}
resource "sym_secret" "aptible_bot_username" {
  source_id = sym_secrets.env.id
  path = "TEST_BOT_USERNAME"
}
resource "sym_secret" "aptible_bot_password" {
  source_id = sym_secrets.env.id
  path = "TEST_BOT_PASSWORD"
}

resource "sym_integration" "aptible" {
  type = "aptible"
  name = "main-aptible-integration"

  # Your Aptible Organization ID
  external_id = "94a49e57-d046-4d9d-9dbf-f7711e337368"

  settings = {
    username_secret = sym_secret.aptible_bot_username.id
    password_secret = sym_secret.aptible_bot_password.id
  }
}

resource "sym_strategy" "aptible" {
  type = "aptible"
  name = "main-aptible-strategy"
  integration_id = sym_integration.aptible.id
  targets = [sym_target.admin.id]
}

resource "sym_target" "admin" {
  type = "aptible_role"
  name  = "main-aptible-admin-role"
  label = "Aptible Admin"

  settings = {
    role_id = "24463EF7-1D6E-402E-A365-69CB6DB80C6E"
  }
}
"""
FLOW = files.FLOW.replace("production-access", "aptible").replace('["30m", "1h"]', '["1m"]')


@pytest.fixture
def applied(tmp_path, aptible, adam, jon):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "main.tf").write_text(ANNOUNCED + FLOW, encoding="utf-8")
    return folder


@pytest.mark.django_db(transaction=True)
def test_the_files_apply_and_their_flow_gives_access_by_api_alone(
    applied, tmp_path, aptible, provider, adam, jon, caller, monkeypatch, now
):
    assert run("plan", applied) == 2
    assert run("apply", applied, "--auto-approve") == 0
    assert run("plan", applied) == 0
    call_command("config", "export", str(tmp_path / "out"))
    assert run("plan", tmp_path / "out") == 0
    sync.sync(integration=Integration.objects.get(), provider=provider, actor="cli", now=now)

    body = {"flow": "aptible", "target": "main-aptible-admin-role", "duration": "1m", "reason": "to fix Ticket 123"}
    made = caller(jon).post("/requests", body)
    assert made.status_code == 201, made.content
    ref = made.json()["ref"]
    assert caller(adam).post(f"/requests/{ref}/approve", {}).status_code == 200
    target = Target.objects.get()
    jobs.converge(target.pk)
    assert jon.email in aptible.members("Prod")
    assert caller(jon).get(f"/requests/{ref}").json()["grant"]["state"] == "active"

    late = Grant.objects.get().ends_at + timedelta(seconds=1)
    monkeypatch.setattr("access.worker.jobs.clock.now", lambda: late)
    jobs.converge(target.pk)
    assert jon.email not in aptible.members("Prod")
    monkeypatch.undo()
    assert caller(jon).get(f"/requests/{ref}").json()["grant"]["state"] == "ended"
    assert factories.person("jon").grants.get().end_reason == "expired"
