"""Last roles where many people's access ends at one instant: few calls for all of them, and nobody is lost."""

from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.grants import converge
from access.models import AuditEvent, DirectoryMembership, DirectoryRole, Grant, Integration, Target
from integrations.aptible.simulator import seed
from integrations.aptible.simulator.state import lasting_id
from tests import factories

pytestmark = pytest.mark.django_db

ROLES, EACH = 6, 4
JON = "jon@example.com"


def role_id(name):
    return lasting_id("role", f"{seed.ORGANIZATION_ID}:{name}")


def held(aptible, run, now, role, *names):
    """These people hold a role of their own; return when that is over."""
    if role not in ("Prod", "Staging"):
        aptible.add_role(role, seed.ORGANIZATION_ID)
    target = factories.target(role.lower(), role, seed.PROD_ROLE_ID if role == "Prod" else role_id(role))
    target.strategies.add(factories.strategy())
    for name in names:
        factories.mapping(factories.person(name))
        one = factories.grant(state=GrantState.SCHEDULED, now=now, person=factories.person(name), for_target=target)
    return run(one, now).ends_at


@pytest.fixture
def many(flow, aptible, run, now):
    """Four people on each of six roles, all of whom are in another one, too."""
    ends = []
    for number in range(ROLES):
        names = [f"p{number}-{one}" for one in range(EACH)]
        for name in names:
            aptible.add_person(f"{name}@example.com", name, ["Everyone"])
        ends.append(held(aptible, run, now, f"Role {number}", *names))
    return max(ends)


def everybody_was_listed(aptible):
    return sum(one["path"].endswith("/roles/memberships") for one in aptible.calls)


def end_all(provider, at):
    for target in Target.objects.exclude(grants=None):
        converge.target(target, provider=provider, now=at)


def test_everybody_is_listed_once_for_all_roles_that_end_at_one_instant(many, aptible, provider):
    before = len(aptible.calls)
    end_all(provider, many)
    assert set(Grant.objects.values_list("state", flat=True)) == {GrantState.ENDED}
    assert everybody_was_listed(aptible) == 1
    alone = ROLES * (2 + EACH)  # two lists of each role, and a call for each person
    assert len(aptible.calls) - before <= 1.2 * alone
    assert not AuditEvent.objects.filter(type__startswith="grant.last_role").exists()


def test_a_minute_later_it_is_read_again(many, aptible, provider, run, now):
    end_all(provider, many)
    ends_at = held(aptible, run, many, "Later", *[f"p0-{one}" for one in range(EACH)])
    assert ends_at > many + timedelta(minutes=1)
    end_all(provider, ends_at)
    assert everybody_was_listed(aptible) == 2


def test_where_the_list_of_everybody_is_long_people_are_asked_for_one_by_one(many, aptible, provider, monkeypatch):
    monkeypatch.setattr("access.grants.other_roles.ON_A_PAGE", 1)
    role = DirectoryRole.objects.first()
    rows = [DirectoryMembership(role=role, account_id=f"a-{one}") for one in range(ROLES * EACH)]
    DirectoryMembership.objects.bulk_create(rows)
    end_all(provider, many)
    assert set(Grant.objects.values_list("state", flat=True)) == {GrantState.ENDED}
    assert not everybody_was_listed(aptible)


def test_who_is_alone_by_a_list_of_a_moment_ago_is_asked_for_again(many, aptible, provider):
    """Somebody put them into another role meanwhile: nothing is lost, and nothing is said."""
    first, second = Target.objects.exclude(grants=None)[:2]
    name = next(iter(aptible.members(second.label)))
    aptible.remove_member("Everyone", name)
    converge.target(first, provider=provider, now=many)
    aptible.add_member("Staging", name)
    converge.target(second, provider=provider, now=many)
    assert not AuditEvent.objects.filter(type__startswith="grant.last_role").exists()
    assert everybody_was_listed(aptible) == 1


def test_who_is_alone_by_both_loses_the_organization_aloud(many, aptible, provider):
    first, second = Target.objects.exclude(grants=None)[:2]
    name = next(iter(aptible.members(second.label)))
    aptible.remove_member("Everyone", name)
    converge.target(first, provider=provider, now=many)
    converge.target(second, provider=provider, now=many)
    lost = AuditEvent.objects.get(type="grant.last_role_lost")
    assert Grant.objects.get(ref=lost.grant_ref).person.email == name
    assert everybody_was_listed(aptible) == 1


@pytest.fixture
def two(flow, aptible, run, now):
    """Jon is in Prod and Staging for the same hour, by Usher, in the fallback role later, and in nothing else."""
    aptible.remove_member("Staging", JON)
    ends_at = [held(aptible, run, now, role, "jon") for role in ("Prod", "Staging")]
    aptible.remove_member("Everyone", JON)
    Integration.objects.update(fallback_role_id=role_id("Everyone"))
    return max(ends_at)


def test_two_roles_that_go_at_once_do_not_vouch_for_each_other(two, aptible, provider, monkeypatch):
    prod, staging = Target.objects.get(name="prod"), Target.objects.get(name="staging")
    real = provider.roles_of
    asked: list[str] = []

    def answered_before_the_other_went(account_id):
        roles = real(account_id)
        if not asked:
            asked.append(account_id)
            converge.target(staging, provider=provider, now=two)
        return roles

    monkeypatch.setattr(provider, "roles_of", answered_before_the_other_went)
    converge.target(prod, provider=provider, now=two)
    assert JON in aptible.people(seed.ORGANIZATION_ID)
    assert aptible.members("Everyone") >= {JON}
    assert not aptible.members("Prod") & {JON}
    assert not aptible.members("Staging") & {JON}
