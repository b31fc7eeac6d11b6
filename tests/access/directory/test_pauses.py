"""A pause that Aptible asks for is kept by every process and for every role: it is the bot that is to slow down."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import GrantState
from access.directory import connect
from access.models import Integration
from access.worker import jobs
from integrations.aptible import login
from integrations.base import ProviderUnavailable
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def no_process_remembers(monkeypatch):
    monkeypatch.setattr(login, "_slots", {})


def provider(now, *, anew=False):
    """As another process would make it."""
    return connect.provider_for(Integration.objects.get(), now=now, anew=anew)


def refused(now, *, anew=False):
    """Ask who is in a role; return how long is to be waited, or None where it was answered."""
    try:
        provider(now, anew=anew).members(factories.target().role_id)
    except ProviderUnavailable as error:
        return error.retry_after
    return None


@pytest.mark.parametrize(("status", "named", "waits"), [(429, 60, 60), (503, 60, 60), (429, 3600, 300)])
def test_no_process_asks_anything_while_it_lasts(aptible, integration, now, status, named, waits):
    aptible.fail(status, times=1, path="*/memberships", retry_after=named)
    assert refused(now) == named
    calls = len(aptible.calls)

    assert refused(now + SECOND) == pytest.approx(waits - 1, abs=1)
    assert refused(now + timedelta(seconds=waits - 2)) is not None
    assert len(aptible.calls) == calls
    assert refused(now + timedelta(seconds=waits + 2)) is None


def test_one_pass_asks_nothing_more_either(aptible, integration, now):
    aptible.fail(429, times=1, path="*/memberships", retry_after=60)
    same = provider(now)
    for _try in range(3):
        with pytest.raises(ProviderUnavailable) as raised:
            same.members(factories.target().role_id)
        assert raised.value.nothing_done
    assert sum(one["path"].endswith("/memberships") for one in aptible.calls) == 1


def test_by_hand_it_is_asked_all_the_same(aptible, integration, now):
    aptible.fail(429, times=1, path="*/memberships", retry_after=60)
    refused(now)
    assert refused(now + SECOND, anew=True) is None


def test_trouble_of_one_call_is_no_pause_for_the_others(aptible, integration, now):
    aptible.fail(500, times=1, path="*/memberships", retry_after=60)
    refused(now)
    assert refused(now + SECOND) is None


def test_a_pause_that_a_wrong_clock_wrote_is_not_believed(aptible, integration, now):
    Integration.objects.update(paused_until=now + timedelta(minutes=50))
    assert refused(now) is None


def test_a_removal_of_another_role_waits_and_says_until_when(aptible, integration, flow):
    now = timezone.now()
    aptible.fail(429, times=1, path="*/memberships", retry_after=90)
    refused(now)
    calls = len(aptible.calls)
    grant = factories.grant(state=GrantState.REVOKING, now=now)
    jobs.converge(grant.target_id)
    seen = grant.refreshed()
    assert seen.state == GrantState.REVOKING
    assert "asks us to slow down. It asks to wait until" in seen.last_error
    assert seen.due_at > now + timedelta(seconds=80)
    assert len(aptible.calls) == calls
