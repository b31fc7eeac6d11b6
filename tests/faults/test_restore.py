"""The procedure of docs/operations.md for a restored database, really run: all is true within a minute."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import EndReason, GrantState
from access.grants import end_early
from access.models import Finding, Integration
from tests import factories, scratch_database
from tests.worker_process import until

JON, RITA = "jon@example.com", "rita@example.com"


@pytest.fixture
def stage(stage):
    stage.environment["SETTLING_SECONDS"] = "1"
    return stage


def open_finding(kind):
    return Finding.objects.filter(kind=kind, closed_at=None).select_related("grant", "target").first()


def test_a_restored_database_is_made_true(stage, jon, tmp_path):
    worker = stage.worker()
    until(lambda: Integration.objects.get().reconciled_at, what="the members were looked at for the first time")
    given_back = stage.wait(stage.grant(jon, seconds=3600), GrantState.ACTIVE)
    kept = stage.wait(stage.grant(jon, seconds=3600, target=stage.target("Night")), GrantState.ACTIVE)
    worker.stop()
    backup = scratch_database.dump(tmp_path)

    worker = stage.worker()
    end_early.end(grant=given_back, by=jon, now=timezone.now())
    stage.wait(given_back, GrantState.ENDED)
    stage.wait(stage.grant(factories.person("rita"), seconds=3600), GrantState.ACTIVE)
    worker.stop()
    scratch_database.restore(backup)

    assert given_back.refreshed().state == GrantState.ACTIVE
    restored = timezone.now()
    stage.worker()
    assert stage.wait(given_back, GrantState.ENDED).end_reason == EndReason.GONE
    until(lambda: open_finding("outside"), what="who was granted after the backup is listed")
    orphan = open_finding("outside")
    assert (orphan.email, orphan.target.name) == (RITA, "prod")
    assert stage.aptible.members("Prod") >= {RITA}
    assert JON not in stage.aptible.members("Prod")
    assert kept.refreshed().state == GrantState.ACTIVE
    assert timezone.now() - restored < timedelta(minutes=1)
