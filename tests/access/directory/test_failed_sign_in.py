"""A sign-in that failed oddly is not a wrong password: it is tried again, rarely, and told when it goes on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import GrantState
from access.directory import connect, sync
from access.models import AuditEvent, Integration
from access.worker import jobs
from integrations.aptible import login
from integrations.base import LoginFailed, LoginRefused, ProviderError
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def try_it(aptible, integration, monkeypatch):
    """Sync as another process would, which remembers nothing of its own."""

    def try_it(now, *, anew=False):
        monkeypatch.setattr(login, "_slots", {})
        row = Integration.objects.get(pk=integration.pk)
        try:
            provider = connect.provider_for(row, now=now, anew=anew)
            sync.sync(integration=row, provider=provider, actor="usher", now=now)
        except ProviderError as error:
            return error
        return None

    return try_it


@pytest.fixture
def odd(aptible):
    aptible.fail(403, method="POST", path="*/tokens", body="json", error="geo_blocked")
    return aptible


def told():
    in_order = AuditEvent.objects.order_by("id").values_list("type", flat=True)
    return list(in_order.filter(type__startswith="integration."))


def test_it_is_tried_again_with_growing_pauses_and_told_at_the_third_and_then_hourly(odd, try_it, integration, now):
    due = [now, now + MINUTE, now + 3 * MINUTE]
    for number, at in enumerate(due, start=1):
        assert isinstance(try_it(at), LoginFailed)
        assert isinstance(try_it(at + timedelta(seconds=30)), LoginFailed if number < 3 else LoginRefused)
        integration.refresh_from_db()
        assert odd.sign_ins == number
        assert bool(integration.attention) == (number == 3)
    assert told() == ["integration.needs_attention"]

    assert isinstance(try_it(due[-1] + 59 * MINUTE), ProviderError)
    assert odd.sign_ins == 3
    try_it(due[-1] + 61 * MINUTE)
    assert odd.sign_ins == 4
    assert told() == ["integration.needs_attention"]

    odd.clear_faults()
    assert try_it(due[-1] + 122 * MINUTE) is None
    integration.refresh_from_db()
    assert (integration.attention, integration.login_failures, integration.login_retry_at) == ("", 0, None)
    assert "integration.works_again" in told()


def test_by_hand_it_is_tried_at_once(odd, try_it, now):
    try_it(now)
    odd.clear_faults()
    assert try_it(now + timedelta(seconds=1), anew=True) is None


def test_a_new_secret_is_tried_at_once(odd, try_it, now, monkeypatch):
    try_it(now)
    odd.clear_faults()
    odd.set_password("another")
    monkeypatch.setenv("TEST_BOT_PASSWORD", "another")
    assert try_it(now + timedelta(seconds=1)) is None


def test_of_many_processes_whose_pause_is_over_one_tries(odd, try_it, integration, now):
    try_it(now)
    rows = [Integration.objects.get(pk=integration.pk) for _process in range(4)]
    connect.provider_for(rows[0], now=now + MINUTE)
    for row in rows[1:]:
        with pytest.raises(LoginFailed, match="Another process is trying"):
            connect.provider_for(row, now=now + MINUTE)


def test_aptible_s_own_word_for_a_wrong_password_stops_it_for_good(aptible, try_it, now):
    aptible.set_password("changed")
    assert isinstance(try_it(now), LoginRefused)
    assert isinstance(try_it(now + timedelta(days=1)), LoginRefused)
    assert aptible.sign_ins == 1


def test_the_log_says_an_outage_first_and_then_once_a_minute(aptible, try_it, now, caplog):
    aptible.fail(503)
    for seconds in range(0, 130, 10):
        try_it(now + timedelta(seconds=seconds))
    lines = [one for one in caplog.records if "can't be asked" in one.getMessage()]
    assert len(lines) == 3
    assert "main-aptible-integration" in lines[0].getMessage()


def test_a_job_that_finds_the_pause_not_over_says_so_on_the_grant(odd, try_it, flow, integration, now):
    try_it(timezone.now())
    grant = factories.grant(state=GrantState.SCHEDULED, now=timezone.now())
    jobs.converge(grant.target_id)
    seen = grant.refreshed()
    assert seen.state == GrantState.GRANTING
    assert "says nothing of the bot's password" in seen.last_error
    assert odd.sign_ins == 1
