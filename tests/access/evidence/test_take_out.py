"""Who was added outside: reported, accepted with a reason, or taken out after a grace time and a notice."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.states import GrantState
from access.evidence import take_out
from access.models import AuditEvent, Finding, Grant, Integration, Target
from integrations.aptible.simulator import seed
from tests import factories

pytestmark = pytest.mark.django_db

MIA, RITA = "mia@example.com", "rita@example.com"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def takes_out(seen):
    """Prod's outsiders are taken out after a day."""
    Target.objects.update(outsiders=Target.Outsiders.TAKE_OUT)


@pytest.fixture
def outside(look, aptible, now):
    """Let somebody be put into a role by hand, and be found."""

    def outside(email=MIA, roles=("Everyone", "Prod"), at=now):
        aptible.add_person(email, email.partition("@")[0].title(), roles)
        look(at)
        return Finding.objects.get(kind="outside", email=email, closed_at=None)

    return outside


def carry_out(finding, provider, at):
    take_out.carry_out(finding, provider=provider, now=at, holder="w")
    finding.refresh_from_db()
    return finding


def test_it_is_announced_and_not_due_before_its_grace_is_over(takes_out, outside, provider, aptible, now):
    finding = outside()
    assert finding.take_out_at == now + DAY
    assert AuditEvent.objects.get(type="finding.take_out").data["take_out_at"] == (now + DAY).isoformat()
    carry_out(finding, provider, now + DAY - HOUR)
    assert MIA in aptible.members("Prod")


def test_then_it_is_taken_out_and_seen_to_be_gone(takes_out, outside, provider, aptible, now):
    finding = carry_out(outside(), provider, now + DAY)
    assert MIA not in aptible.members("Prod")
    assert finding.taken_out_at
    assert finding.closed_at
    assert AuditEvent.objects.get(type="finding.taken_out").data["email"] == MIA
    assert Target.objects.get().leased_until is None


def test_where_it_is_reported_nobody_is_taken_out(seen, outside, provider, aptible, now):
    finding = outside()
    assert finding.take_out_at is None
    carry_out(finding, provider, now + 30 * DAY)
    assert MIA in aptible.members("Prod")


def test_a_target_that_reports_again_takes_nobody_out(takes_out, outside, provider, aptible, now):
    finding = outside()
    Target.objects.update(outsiders=Target.Outsiders.REPORT)
    assert carry_out(finding, provider, now + DAY).take_out_at is None
    assert MIA in aptible.members("Prod")


def test_what_was_found_before_the_setting_changed_is_announced_then(seen, outside, look, now):
    finding = outside()
    Target.objects.update(outsiders=Target.Outsiders.TAKE_OUT)
    look(now + HOUR)
    finding.refresh_from_db()
    assert finding.take_out_at == now + HOUR + DAY


def test_an_owner_and_the_bot_are_never_taken_out(takes_out, look, provider, aptible, olga, now):
    aptible.add_member("Prod", RITA)  # of the Account Owners
    aptible.add_member("Prod", seed.BOT)
    look(now)
    for finding in Finding.objects.filter(kind="outside"):
        left = carry_out(finding, provider, now + DAY)
        assert left.take_out_at is None
        assert "never taken out" in left.last_error
        with pytest.raises(Conflict):
            take_out.decide(finding, by=olga, now=now)
    assert aptible.members("Prod") >= {RITA, seed.BOT}
    assert aptible.deletes == 0
    look(now + 2 * DAY)
    assert not Finding.objects.filter(take_out_at__isnull=False).exists()


def test_nobody_loses_the_organization_by_it(takes_out, outside, provider, aptible, now):
    finding = carry_out(outside(roles=["Prod"]), provider, now + DAY)
    assert "last role" in finding.last_error
    assert MIA in aptible.members("Prod")


EVERYBODY = "GET /auth/organizations/<id>/roles/memberships"


def test_who_holds_another_role_is_asked_alone(takes_out, outside, provider, aptible, now):
    finding = outside()
    before = aptible.count(EVERYBODY)
    assert carry_out(finding, provider, now + DAY).taken_out_at
    assert aptible.count(EVERYBODY) == before


@pytest.mark.parametrize("own", ["hides the role", "no answer"])
def test_where_their_own_roles_prove_nothing_everybody_is_asked(takes_out, outside, provider, aptible, now, own):
    """Own roles without the one that the list shows may be somebody else's: nobody loses the organization by it."""
    finding = outside(roles=["Prod"])
    if own == "no answer":
        aptible.fail(403, path="/auth/users/*/roles")
    else:
        provider.roles_of = lambda _account_id: frozenset({"another"})
    assert "last role" in carry_out(finding, provider, now + DAY).last_error
    assert MIA in aptible.members("Prod")


def test_with_a_fallback_role_they_keep_the_organization(takes_out, outside, provider, aptible, now):
    Integration.objects.update(fallback_role_id=aptible.parts.state.role("Everyone").id)
    assert carry_out(outside(roles=["Prod"]), provider, now + DAY).taken_out_at
    assert MIA in aptible.members("Everyone")


def test_a_fallback_role_that_people_have_to_ask_for_is_given_to_nobody(takes_out, outside, provider, aptible, now):
    everyone = aptible.parts.state.role("Everyone").id
    Integration.objects.update(fallback_role_id=everyone)
    factories.target("everyone", "Everyone", everyone)
    assert "last role" in carry_out(outside(roles=["Prod"]), provider, now + DAY).last_error
    assert MIA not in aptible.members("Everyone")


def test_who_holds_it_by_a_grant_by_now_is_left_in(takes_out, outside, provider, aptible, now):
    finding = outside()
    factories.grant(state=GrantState.SCHEDULED, now=now, person=factories.person("mia"))
    Grant.objects.update(account_id=finding.account_id)
    assert "by a grant" in carry_out(finding, provider, now + DAY).last_error
    assert MIA in aptible.members("Prod")


def test_an_approval_puts_it_off_and_no_more(takes_out, look, run, provider, aptible, olga, now):
    jon = "jon@example.com"
    aptible.add_member("Prod", jon)
    look(now)
    finding = Finding.objects.get(kind="outside", email=jon)
    grant = factories.grant(state=GrantState.SCHEDULED, now=now + DAY - HOUR / 2, seconds=3600)
    held = run(grant, now + DAY - HOUR / 2)
    look(now + DAY)
    waits = carry_out(finding, provider, now + DAY)
    assert jon in aptible.members("Prod")
    assert "by a grant" in waits.last_error
    with pytest.raises(Conflict, match="End that first"):
        take_out.decide(finding, by=olga, now=now + DAY)

    assert run(held, held.ends_at).state == GrantState.ENDED
    assert carry_out(finding, provider, max(waits.take_out_at, held.ends_at)).taken_out_at
    assert jon not in aptible.members("Prod")


def test_nobody_is_called_taken_out_by_one_list_that_does_not_show_them(outside, takes_out, provider, aptible, now):
    finding, members = outside(), provider.members
    provider.members = lambda role_id: tuple(one for one in members(role_id) if one.account_id != finding.account_id)
    waits = carry_out(finding, provider, now + DAY)
    assert MIA in aptible.members("Prod")
    assert waits.taken_out_at is None
    assert "own roles" in waits.last_error

    provider.members = members
    assert carry_out(finding, provider, waits.take_out_at).taken_out_at


def test_nor_by_a_removal_that_is_not_found_and_a_list_that_hides_them(
    outside, takes_out, provider, aptible, now, monkeypatch
):
    finding, members, read = outside(), provider.members, []

    def hides(role_id):
        read.append(role_id)
        return members(role_id) if len(read) == 1 else ()

    with monkeypatch.context() as patch:
        patch.setattr(provider, "members", hides)
        aptible.fail(404, times=1, method="DELETE", path="*/memberships/*", body="json", error="not_found")
        finding = carry_out(finding, provider, now + DAY)
    assert MIA in aptible.members("Prod")
    assert finding.closed_at is None
    assert "their own roles do" in finding.last_error

    assert carry_out(finding, provider, finding.take_out_at).taken_out_at
    assert MIA not in aptible.members("Prod")


def test_trouble_is_written_down_and_it_is_tried_again(takes_out, outside, provider, aptible, now):
    finding = outside()
    aptible.fail(503, method="DELETE")
    finding = carry_out(finding, provider, now + DAY)
    assert finding.last_error
    assert finding.take_out_at > now + DAY
    aptible.clear_faults()
    assert carry_out(finding, provider, finding.take_out_at).taken_out_at


def test_while_another_worker_is_at_the_target_it_waits(takes_out, outside, provider, aptible, now):
    finding = outside()
    Target.objects.update(leased_until=now + DAY + HOUR, leased_by="another")
    assert carry_out(finding, provider, now + DAY).take_out_at == now + DAY + timedelta(seconds=1)
    assert MIA in aptible.members("Prod")


def test_an_admin_takes_out_a_standing_member_at_once(flow, look, provider, aptible, olga, now):
    aptible.add_person(MIA, "Mia", ["Everyone", "Prod"])
    look(now)
    finding = Finding.objects.get(kind="standing", email=MIA)
    take_out.decide(finding, by=olga, now=now)
    assert carry_out(finding, provider, now).taken_out_at
    assert MIA not in aptible.members("Prod")


def test_what_is_accepted_stays_and_says_why(takes_out, outside, provider, aptible, olga, now):
    finding = outside()
    with pytest.raises(Invalid):
        take_out.accept(finding, by=olga, why=" ", now=now)
    take_out.accept(finding, by=olga, why="She runs it.", now=now)
    finding = carry_out(finding, provider, now + DAY)
    assert (finding.accepted_by, finding.accepted_why, finding.take_out_at) == (olga.email, "She runs it.", None)
    assert MIA in aptible.members("Prod")
    with pytest.raises(Conflict):
        take_out.accept(finding, by=olga, why="Again.", now=now)


@pytest.mark.parametrize("theirs", ["name", "address", "mapping"])
def test_nobody_accepts_their_own(takes_out, outside, provider, aptible, olga, now, theirs):
    """Nor undoes by it what others have decided, at once or in an access review."""
    finding = outside()
    if theirs == "name":
        Finding.objects.update(person=olga)
    elif theirs == "address":
        Finding.objects.update(email=olga.email.upper())
    else:
        factories.mapping(olga, account_id=finding.account_id)
    take_out.decide_in_review(finding, review="V-1", by=factories.person("rita"), why="Not needed.", now=now)
    with pytest.raises(NotAllowed, match="another admin"):
        take_out.accept(finding, by=olga, why="I like it.", now=now)
    finding.refresh_from_db()
    assert (finding.accepted_at, finding.take_out_at) == (None, now)


def test_only_admins_decide(takes_out, outside, jon, now):
    finding = outside()
    with pytest.raises(NotAllowed):
        take_out.accept(finding, by=jon, why="Me, too.", now=now)
    with pytest.raises(NotAllowed):
        take_out.decide(finding, by=jon, now=now)
