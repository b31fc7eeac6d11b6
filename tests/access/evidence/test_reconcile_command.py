"""`manage.py reconcile`: what it tells, what it changes, and its exit codes."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.core.states import EndReason, GrantState
from access.grants import converge
from access.models import Finding, Grant, Integration
from tests import factories

pytestmark = pytest.mark.django_db

JON = "jon@example.com"


@pytest.fixture
def active(flow, provider):
    """Jon's access to Prod, confirmed an hour ago."""
    at = timezone.now() - timedelta(hours=1)
    grant = factories.grant(state=GrantState.SCHEDULED, now=at, seconds=4 * 3600)
    converge.target(grant.target, provider=provider, now=at)
    return grant.refreshed()


def run(capsys, *arguments):
    """Its output, and its exit code."""
    try:
        call_command("reconcile", *arguments)
    except SystemExit as exit_:
        return capsys.readouterr().out, exit_.code
    return capsys.readouterr().out, 0


def test_agreement_is_0(active, capsys):
    said, code = run(capsys)
    assert code == 0
    assert "main-aptible-integration: Aptible and Usher agree." in said


def test_a_dry_run_tells_and_changes_nothing(active, aptible, capsys):
    aptible.remove_member("Prod", JON)
    said, code = run(capsys, "--dry-run")
    assert code == 1
    assert f"Jon Reyes ({JON}) should have Prod ({active.ref})" in said
    assert active.refreshed().state == GrantState.ACTIVE
    assert not Finding.objects.exists()
    assert Integration.objects.get().reconciled_at is None


def test_without_it_what_is_gone_ends(active, aptible, capsys):
    aptible.remove_member("Prod", JON)
    said, code = run(capsys, "--integration", "main-aptible-integration", "--json")
    assert code == 1
    [result] = json.loads(said)
    gone = [one for one in result["findings"] if one["kind"] == "gone"]
    assert [(one["grant"], one["person"], one["target"]) for one in gone] == [(active.ref, JON, "prod")]
    assert Grant.objects.get().end_reason == EndReason.GONE


def test_what_is_accepted_is_no_disagreement(active, aptible, capsys):
    run(capsys)
    aptible.add_member("Prod", "rita@example.com")
    assert run(capsys)[1] == 1
    Finding.objects.filter(kind="outside").update(accepted_at=timezone.now())
    assert run(capsys)[1] == 0


def test_what_can_not_be_read_is_1_and_an_unknown_name_2(active, aptible, capsys):
    aptible.fail(503)
    said, code = run(capsys)
    assert code == 1
    assert "could not be read" in said
    with pytest.raises(CommandError) as wrong:
        run(capsys, "--integration", "another")
    assert wrong.value.returncode == 2
