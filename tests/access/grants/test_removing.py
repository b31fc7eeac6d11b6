"""Removing always gets its turn: slow lists, lists of many pages, broken lists, and the question about last roles."""

from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.grants import end_early
from access.models import AuditEvent, Grant, Integration, Target
from integrations.aptible.simulator import seed
from tests import factories

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
LIST = {"method": "GET", "path": f"*/roles/{seed.PROD_ROLE_ID}/memberships"}
OWN_ROLES = {"method": "GET", "path": "*/users/*/roles"}
ALL_ROLES = {"method": "GET", "path": "*/organizations/*/roles/memberships"}
JON = "jon@example.com"


class Clock:
    """Stands still but for the seconds that each call is said to take."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def slow(provider, monkeypatch):
    """Let each call take so many seconds, without anybody waiting for it."""
    clock, send = Clock(), provider._client._http.send
    monkeypatch.setattr("access.core.job_clock.steady", clock.monotonic)
    monkeypatch.setattr("integrations.aptible.client.monotonic", clock.monotonic)

    def slow(seconds, *, only=""):
        def late(method, url, **sent):
            clock.now += seconds if only in url and not url.endswith("/tokens") else 0
            return send(method, url, **sent)

        monkeypatch.setattr(provider._client._http, "send", late)

    return slow


@pytest.fixture
def everyone(aptible):
    """A fallback role, and Jon without any other role than the one that is about to go."""
    for role in ("Everyone", "Staging"):
        aptible.remove_member(role, JON)
    everyone = next(role["id"] for role in aptible.snapshot()["roles"] if role["name"] == "Everyone")
    Integration.objects.update(fallback_role_id=everyone)
    return everyone


def events(grant, prefix="grant."):
    rows = AuditEvent.objects.filter(grant_ref=grant.ref, type__startswith=prefix).order_by("id")
    return list(rows.values_list("type", flat=True))


def on_many_pages(aptible):
    """Twelve people more, each on a page of their own, before Jon."""
    aptible.remove_member("Prod", JON)
    for number in range(12):
        aptible.add_person(f"p{number}@example.com", f"P {number}", ["Prod", "Everyone"])
    aptible.switch(auth_page_size=1)


@pytest.mark.parametrize("seconds", [3, 8, 13])
def test_a_role_whose_every_call_is_slow_is_told_to_remove_in_the_first_pass(active, run, aptible, slow, seconds):
    slow(seconds)
    run(active, active.ends_at)
    assert JON not in aptible.members("Prod")


def test_a_pass_that_ran_out_of_time_says_on_the_grant_what_took_so_long_and_goes_on(active, run, aptible, slow):
    slow(13)
    seen = run(active, active.ends_at)
    assert seen.state == GrantState.REVOKING
    assert "Aptible took 39 s so far" in seen.last_error
    assert seen.due_at <= active.ends_at + 41 * SECOND

    assert run(active, seen.due_at).state == GrantState.ENDED


def test_a_list_of_many_slow_pages_is_gone_on_with_where_it_stopped(grant, run, aptible, slow, now):
    on_many_pages(aptible)
    slow(5)
    at, first_pages = now, []
    for _pass in range(20):
        before = len(aptible.calls)
        seen = run(grant, at)
        first_pages.append(len(aptible.calls) - before)
        if seen.state == GrantState.ACTIVE:
            break
        assert "Aptible took" in seen.last_error
        at = max(seen.due_at, at + SECOND)
    assert seen.state == GrantState.ACTIVE
    assert max(first_pages) <= 8
    assert aptible.posts == 1


def test_many_slow_pages_keep_no_removal_from_its_turn(active, run, aptible, slow):
    for number in range(12):
        aptible.add_person(f"p{number}@example.com", f"P {number}", ["Prod", "Everyone"])
    # Jon's own row is on the last page.
    aptible.switch(auth_page_size=1)
    slow(8)
    at, seen = active.ends_at, run(active, active.ends_at)
    assert JON not in aptible.members("Prod")
    assert aptible.deletes == 1

    for _pass in range(30):
        if seen.state == GrantState.ENDED:
            break
        at = max(seen.due_at, at + SECOND)
        seen = run(active, at)
    assert seen.state == GrantState.ENDED
    assert aptible.deletes == 1
    assert Target.objects.get(pk=active.target_id).reading is None


def test_a_list_that_is_broken_keeps_no_removal_from_its_turn_and_nothing_is_called_ended(active, run, aptible):
    aptible.fail(500, **LIST)
    seen = run(active, active.ends_at)
    assert JON not in aptible.members("Prod")
    assert seen.state == GrantState.REVOKING
    aptible.clear_faults()
    assert run(active, seen.due_at).state == GrantState.ENDED
    assert aptible.deletes == 1


@pytest.fixture
def odd_row(provider, monkeypatch):
    """Prod's list begins with a row that links to nobody."""
    read = provider._client._get

    def with_an_odd_row(url):
        page = read(url)
        if url.endswith(f"/roles/{seed.PROD_ROLE_ID}/memberships"):
            page["_embedded"]["memberships"].insert(0, {"id": "m-odd", "_links": {}})
        return page

    monkeypatch.setattr(provider._client, "_get", with_an_odd_row)


def test_a_row_that_says_nobody_s_name_blocks_no_other(grant, run, odd_row, now):
    active = run(grant, now)
    assert active.state == GrantState.ACTIVE
    assert run(active, active.ends_at).state == GrantState.ENDED


def test_nor_the_end_of_what_was_never_asked_for(flow, run, odd_row, jon, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    Grant.objects.update(asked_at=None)
    end_early.end(grant=grant, by=jon, now=now)
    assert run(grant, now).state == GrantState.ENDED


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403, "body": "json", "error": "access_denied"}])
def test_with_a_fallback_role_removal_waits_for_the_answer_whether_it_is_the_last(
    active, run, aptible, everyone, fault
):
    aptible.fail(**fault, **ALL_ROLES)
    seen = run(active, active.ends_at)
    assert JON in aptible.members("Prod")
    until = f"{active.ends_at + timedelta(seconds=60):%H:%M:%S} UTC"
    assert f"last role in the organization is asked first, until {until}" in seen.last_error

    aptible.clear_faults()
    assert run(active, seen.due_at).state == GrantState.ENDED
    assert JON in aptible.members("Everyone")
    assert "grant.fallback_role_added" in events(active)


def test_it_waits_for_a_minute_and_not_longer_and_then_it_is_said(active, run, aptible, everyone):
    aptible.fail(503, **ALL_ROLES)
    at = active.ends_at
    while at < active.ends_at + timedelta(seconds=60):
        seen = run(active, at)
        assert JON in aptible.members("Prod")
        at = max(seen.due_at, at + SECOND)
    assert at < active.ends_at + timedelta(seconds=70)

    assert run(active, at).state == GrantState.ENDED
    assert events(active, "grant.last_role") == ["grant.last_role_unknown"]


def all_were_listed(aptible):
    return any(one["path"].endswith("/roles/memberships") for one in aptible.calls)


def test_who_is_seen_to_hold_another_role_needs_no_list_of_everybody(active, run, aptible):
    aptible.fail(503, **ALL_ROLES)
    assert run(active, active.ends_at).state == GrantState.ENDED
    assert events(active, "grant.last_role") == []
    assert not all_were_listed(aptible)


@pytest.mark.parametrize("answer", [403, 404, 503])
def test_where_the_roles_of_one_person_are_not_told_all_memberships_are_read(active, run, aptible, answer):
    aptible.fail(answer, **OWN_ROLES)
    assert run(active, active.ends_at).state == GrantState.ENDED
    assert events(active, "grant.last_role") == []
    assert all_were_listed(aptible)


def test_a_last_role_is_told_by_the_list_of_everybody_alone(active, run, aptible, everyone):
    assert run(active, active.ends_at).state == GrantState.ENDED
    assert JON in aptible.members("Everyone")
    assert all_were_listed(aptible)


def test_without_a_fallback_role_nobody_waits_and_it_is_said(active, run, aptible):
    aptible.fail(503, **ALL_ROLES)
    aptible.fail(503, **OWN_ROLES)
    assert run(active, active.ends_at).state == GrantState.ENDED
    assert events(active, "grant.last_role") == ["grant.last_role_unknown"]


def test_a_fallback_role_that_was_promised_is_waited_for_until_it_is_seen(active, run, aptible, everyone):
    aptible.switch(late_adds_ms=600_000)
    seen = run(active, active.ends_at)
    assert JON in aptible.members("Prod")
    assert "does not list it yet" in seen.last_error

    aptible.switch(late_adds_ms=0)
    assert run(active, seen.due_at).state == GrantState.ENDED
    assert JON in aptible.members("Everyone")


@pytest.mark.parametrize("moment", ["seen at once", "the list after it fails"])
def test_who_comes_in_by_somebody_else_between_our_list_and_our_add_is_left_as_found(
    grant, run, aptible, provider, now, monkeypatch, moment
):
    add = provider.add

    def second(**whom):
        aptible.add_member("Prod", JON)
        if moment == "the list after it fails":
            aptible.fail(503, times=1, **LIST)
        add(**whom)

    with monkeypatch.context() as patch:
        patch.setattr(provider, "add", second)
        seen = run(grant, now)
    if seen.state == GrantState.GRANTING:
        seen = run(grant, seen.due_at)
    assert (seen.state, seen.standing, seen.asked_at) == (GrantState.ACTIVE, True, None)

    assert run(seen, seen.ends_at).state == GrantState.ENDED
    assert JON in aptible.members("Prod")
    assert aptible.deletes == 0


@pytest.mark.parametrize("slug", ["unprocessable_entity", "not_found", "bad_request"])
def test_a_clear_no_to_the_first_add_makes_nothing_found_later_ours(grant, run, aptible, now, slug):
    aptible.fail(422, method="POST", path="*/memberships", body="json", error=slug)
    seen = run(grant, now)
    assert (seen.state, seen.asked_at) == (GrantState.REVOKING, None)
    aptible.add_member("Prod", JON)

    assert run(grant, now + SECOND).state == GrantState.ENDED
    assert JON in aptible.members("Prod")


def test_who_was_never_asked_for_because_time_was_up_is_not_ours(grant, run, aptible, now, rita, provider, slow):
    factories.mapping(rita)
    other = factories.grant(state=GrantState.SCHEDULED, now=now, person=rita)
    slow(20, only="roles/" + seed.PROD_ROLE_ID)
    run(grant, now)
    assert {grant.refreshed().asked_at, other.refreshed().asked_at} == {None}
    assert aptible.posts == 0
