"""Aptible's members against what the portal believes and ever did: what is ours is made true, the rest is told."""

from datetime import timedelta

import pytest

from access.core.states import EndReason, GrantState
from access.grants import drift, end_early
from access.models import AuditEvent, Finding, Grant, Target
from integrations.base import Membership
from tests import factories
from tests.access.evidence.conftest import LATER, SETTLING

pytestmark = pytest.mark.django_db

JON, MIA = "jon@example.com", "mia@example.com"
SECOND = timedelta(seconds=1)


def found(kind):
    return Finding.objects.filter(kind=kind, closed_at=None)


def events(type_):
    return AuditEvent.objects.filter(type=type_)


def test_where_both_agree_nothing_is_found(seen, active, look, now):
    assert {one.kind for one in look(now + LATER)} == {Finding.Kind.STANDING}
    assert active.refreshed().state == GrantState.ACTIVE


def test_access_that_is_gone_at_aptible_ends_as_found(seen, active, look, run, aptible, now):
    aptible.remove_member("Prod", JON)
    look(now + LATER)
    assert active.refreshed().end_reason == EndReason.GONE
    assert found("gone").get().grant == active
    ended = run(active, now + LATER + SECOND)
    assert ended.state == GrantState.ENDED
    assert ended.end_evidence["memberships_after"] == []
    assert events("grant.gone_while_active").get().grant_ref == active.ref
    assert aptible.deletes == 0


def test_a_list_that_lags_never_ends_what_was_just_added(seen, active, look, aptible, now):
    aptible.remove_member("Prod", JON)
    look(now + SETTLING - SECOND)
    assert active.refreshed().state == GrantState.ACTIVE
    assert not found("gone").exists()


def test_what_one_list_lacks_is_looked_at_once_more(seen, active, provider, aptible, now, monkeypatch):
    """The list of all roles may be wrong where the role's own is right."""
    from access.evidence import reconcile

    directory = provider.directory()
    without = [one for one in directory.memberships if one.account_id != active.account_id]
    short = type(directory)(**{**vars(directory), "memberships": tuple(without)})
    reconcile.hold(seen, short, provider=provider, now=now + LATER)
    assert active.refreshed().state == GrantState.ACTIVE


def test_a_directory_without_roles_says_nothing_of_anybody(seen, active, provider, now):
    from access.evidence import compare

    directory = provider.directory()
    empty = type(directory)(**{**vars(directory), "roles": (), "memberships": ()})
    assert compare.compare(seen, empty, now=now + LATER) == []


@pytest.fixture
def ended(active, run, aptible, now):
    """Jon's access, given back after a minute and confirmed to be gone."""
    at = now + timedelta(minutes=1)
    end_early.end(grant=active, by=active.person, now=at)
    return run(active, at)


@pytest.fixture
def written_off(seen, active, olga, now):
    """Jon's access, called ended although Aptible was never asked: he is still in."""
    end_early.write_off(grant=active, by=olga, reason="It could not be asked.", now=now + SECOND)
    return active.refreshed()


def test_what_we_called_ended_and_is_there_is_taken_out_again(written_off, look, run, aptible, now):
    look(now + LATER)
    again = written_off.refreshed()
    assert (again.state, again.ended_at, again.is_overdue(now + LATER)) == (GrantState.REVOKING, None, True)
    assert events("grant.found_again").get().grant_ref == again.ref
    assert run(again, now + LATER + SECOND).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")
    assert not written_off.refreshed().not_verified


def test_a_list_that_lags_never_finds_again_what_was_just_taken_out(written_off, look, now):
    look(now + SETTLING)
    assert written_off.refreshed().state == GrantState.ENDED
    assert not Finding.objects.exclude(kind="standing").exists()


def test_what_ended_anew_while_it_was_looked_at_is_not_judged(written_off, now):
    """Under its lock: the list may be older than this end."""
    membership = Membership("m-1", written_off.role_id, written_off.account_id)
    at = written_off.ended_at + SETTLING
    assert not drift.again(written_off, membership, now=at - SECOND)
    assert written_off.refreshed().state == GrantState.ENDED
    assert drift.again(written_off, membership, now=at)


def test_somebody_put_back_by_hand_is_no_access_of_ours(seen, ended, look, aptible, now):
    aptible.add_member("Prod", JON)
    look(now + LATER)
    assert ended.refreshed().state == GrantState.ENDED
    assert found("outside").get().email == JON
    assert JON in aptible.members("Prod")


def test_whoever_holds_it_by_another_grant_is_not_taken_out(written_off, look, run, now):
    second = factories.grant(state=GrantState.SCHEDULED, now=now + 2 * SECOND)
    assert run(second, now + 2 * SECOND).state == GrantState.ACTIVE
    look(now + LATER)
    assert written_off.refreshed().state == GrantState.ENDED


@pytest.fixture
def left_in(seen, active, run, aptible):
    """Jon's access, called ended by a removal that was answered and not done, and by a list that hid him."""
    aptible.switch(void_removes=True, hidden_person=JON)
    return run(active, active.ends_at)


@pytest.mark.parametrize("hidden", [timedelta(minutes=3), timedelta(days=40)])
def test_who_is_left_in_by_two_lies_is_found_by_the_first_list_that_is_true(left_in, look, run, aptible, hidden):
    at = left_in.ended_at + hidden
    assert left_in.state == GrantState.ENDED
    look(at - SECOND)
    assert left_in.refreshed().state == GrantState.ENDED
    aptible.switch(void_removes=False, hidden_person="")
    look(at)
    assert events("grant.found_again").get().grant_ref == left_in.ref
    assert left_in.refreshed().is_overdue(at)
    assert run(left_in, at + SECOND).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")


def test_who_was_left_in_by_two_lies_does_not_stay_by_asking_again(left_in, look, run, aptible):
    """What is found in the role then is left as found at its end, and is the first grant's still."""
    aptible.switch(void_removes=False, hidden_person="")
    again = factories.grant(state=GrantState.SCHEDULED, now=left_in.ended_at + LATER)
    held = run(again, left_in.ended_at + LATER)
    assert (held.state, held.standing) == (GrantState.ACTIVE, True)
    look(held.confirmed_at + LATER)
    assert run(held, held.ends_at).state == GrantState.ENDED
    look(held.ends_at + LATER)
    assert left_in.refreshed().state == GrantState.REVOKING
    assert run(left_in, held.ends_at + LATER + SECOND).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")


def test_a_call_that_took_effect_late_is_ours(seen, flow, look, aptible, now):
    """It was asked for, refused, called ended, and its effect came after that."""
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    factories.move(grant, GrantState.REVOKING, now=now)
    factories.move(grant, GrantState.ENDED, now=now)
    aptible.parts.state.clock = lambda: (now + timedelta(minutes=4)).timestamp()
    aptible.add_member("Prod", JON)
    look(now + LATER)
    assert grant.refreshed().state == GrantState.REVOKING


def test_somebody_added_outside_is_told_and_left(seen, look, aptible, now):
    aptible.add_person(MIA, "Mia Torres", ["Prod"])
    mia = factories.person("mia")
    look(now)
    one = found("outside").get()
    assert (one.email, one.person, one.target.name) == (MIA, mia, "prod")
    assert events("finding.opened").get().data["email"] == MIA
    assert MIA in aptible.members("Prod")


@pytest.fixture
def put_in(seen, look, aptible, jon, now):
    """Jon, who was put into Prod by hand after Usher first looked, and found."""
    aptible.add_member("Prod", JON)
    look(now)
    return found("outside").get()


def test_who_was_added_outside_is_so_while_they_hold_it_by_an_approval_and_after_it(put_in, look, run, now):
    held = run(factories.grant(state=GrantState.SCHEDULED, now=now), now)
    assert (held.state, held.standing) == (GrantState.ACTIVE, True)
    look(now + LATER)
    assert found("outside").get() == put_in

    assert run(held, held.ends_at).state == GrantState.ENDED
    look(held.ends_at + LATER)
    assert found("outside").get() == put_in


def test_who_was_found_outside_before_is_so_again_whatever_they_held(put_in, look, run, now):
    held = run(factories.grant(state=GrantState.SCHEDULED, now=now), now)
    # As the release before left it: an approval closed it.
    Finding.objects.filter(pk=put_in.pk).update(closed_at=now, last_seen_at=now)
    assert run(held, held.ends_at).state == GrantState.ENDED
    look(held.ends_at + LATER)
    assert found("outside").get().email == JON


def test_who_was_in_before_the_first_look_stays_standing_whatever_they_held(flow, look, run, aptible, now):
    aptible.add_member("Prod", JON)
    look(now)
    before = found("standing").get(email=JON)
    held = run(factories.grant(state=GrantState.SCHEDULED, now=now), now)
    look(now + LATER)
    assert run(held, held.ends_at).state == GrantState.ENDED
    look(held.ends_at + LATER)
    assert found("standing").get(email=JON) == before
    assert not found("outside").exists()


def test_who_was_in_before_the_first_look_is_standing(flow, look, aptible, now):
    look(now)
    assert {one.email for one in found("standing")} == aptible.members("Prod")
    assert events("finding.standing").get().data["count"] == len(aptible.members("Prod"))
    assert not events("finding.opened").exists()


def test_a_finding_closes_when_it_is_no_longer_so(seen, look, aptible, now):
    aptible.add_person(MIA, "Mia Torres", ["Prod"])
    look(now)
    look(now + LATER)
    aptible.remove_member("Prod", MIA)
    look(now + 2 * LATER)
    one = Finding.objects.get(kind="outside")
    assert (one.first_seen_at, one.last_seen_at, one.closed_at) == (now, now + LATER, now + 2 * LATER)


def test_a_role_an_account_and_a_mapping_that_are_gone_or_moved_are_found(seen, active, look, aptible, adam, now):
    factories.target("staging", "Staging", aptible.parts.state.role("Staging").id)
    factories.mapping(adam)
    factories.mapping(active.person, account_id="another")
    aptible.delete_role("Staging")
    aptible.remove_from_organization("adam@example.com", "Example Health")
    look(now + LATER)
    assert found("role_gone").get().target == Target.objects.get(name="staging")
    assert found("account_gone").get().person == adam
    # Somebody with their address is there under another id than the one they are mapped to.
    assert (back := found("account_back").get()).person == active.person
    assert back.account_id == active.account_id
    assert found("mapping_moved").get().grant == active


def test_an_approved_request_is_not_merged_into_access_that_is_gone(seen, active, run, aptible, now):
    aptible.remove_member("Prod", JON)
    at = now + LATER
    second = factories.grant(state=GrantState.SCHEDULED, now=at)
    run(second, at)
    assert active.refreshed().end_reason == EndReason.GONE
    run(second, at + SECOND)
    run(second, at + 2 * SECOND)
    assert Grant.objects.get(pk=second.pk).state == GrantState.ACTIVE
    assert JON in aptible.members("Prod")


def test_an_extension_waits_while_aptible_can_not_be_asked(seen, active, run, aptible, now):
    aptible.fail(503)
    at = now + LATER
    second = factories.grant(state=GrantState.SCHEDULED, now=at)
    waits = run(second, at)
    assert (waits.state, waits.attempts) == (GrantState.SCHEDULED, 1)
    aptible.clear_faults()
    assert run(second, waits.due_at).end_reason == EndReason.MERGED


def test_a_look_costs_one_call_for_each_kind_of_thing(seen, active, look, aptible, now):
    before = len(aptible.calls)
    look(now + LATER)
    assert len(aptible.calls) - before == 5
