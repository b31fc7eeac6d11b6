"""`manage.py drill`, really run: the worker is killed, another takes over, and when access ended is told."""

import json
import threading

import pytest
from django.core.management import CommandError, call_command

from access.core.states import GrantState
from access.models import AuditEvent
from tests import factories


def test_a_worker_killed_at_the_end_is_reported_with_how_late_access_ended(stage, jon, capsys):
    worker = stage.worker()
    grant = stage.wait(stage.grant(jon, seconds=2), GrantState.ACTIVE)
    request = grant.requests.get()

    def start_another():
        # As an init system does, once the first is gone.
        worker.process.wait(60)
        stage.start()

    keeper = threading.Thread(target=start_another)
    keeper.start()
    try:
        call_command("drill", request.ref, "--kill-at", "active", "--within", "120", "--json")
    finally:
        keeper.join(60)
    told = json.loads(capsys.readouterr().out)
    assert told["held"] is True
    assert told["killed"]
    assert told["late"] < 90
    assert AuditEvent.objects.get(type="drill.done").data["kill_at"] == "active"
    assert "jon@example.com" not in stage.aptible.members("Prod")


@pytest.mark.django_db
def test_what_has_ended_or_is_none_can_not_be_drilled(flow, now):
    ended = factories.grant(state=GrantState.ENDED, now=now).requests.get()
    for ref in (ended.ref, "R-NONE"):
        with pytest.raises(CommandError) as wrong:
            call_command("drill", ref)
        assert wrong.value.returncode == 2
