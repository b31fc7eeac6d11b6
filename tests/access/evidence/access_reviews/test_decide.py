"""Keep or remove: who may, that a reason is needed, that what is removed really is, and what is never removed."""

from datetime import timedelta

import pytest

from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.states import EndReason, GrantState, RowState
from access.evidence import take_out
from access.evidence.access_reviews import close
from access.evidence.access_reviews.decide import Verdict, decide, decide_each
from access.models import AuditEvent, Finding, Grant
from integrations.aptible.simulator import seed
from tests import factories
from tests.access.evidence.access_reviews.conftest import row_of

pytestmark = pytest.mark.django_db

MIA = "mia@example.com"
KEEP, REMOVE = Verdict.KEEP, Verdict.REMOVE


def say(row, verdict, by, now, why="They left the team."):
    decide(row, verdict=verdict, by=by, why=why, now=now)
    row.refresh_from_db()
    return row


def test_what_is_kept_stays_and_says_who_and_why(start, member, work, aptible, adam, now):
    member()
    row = say(row_of(start()), KEEP, adam, now, why="She runs it.")
    assert (row.state, row.decided_by, row.why, row.decided_at) == (RowState.KEPT, adam, "She runs it.", now)
    work(now + timedelta(days=1))
    assert MIA in aptible.members("Prod")
    event = AuditEvent.objects.get(type="access_review.kept")
    assert event.actor_id == adam.pk
    assert event.data == {"target": "prod", "who": MIA, "account_id": row.account_id, "comment": "She runs it."}


def test_what_is_removed_is_removed_once_aptible_no_longer_lists_it(start, member, work, aptible, adam, now):
    member()
    row = say(row_of(start()), REMOVE, adam, now)
    assert row.state == RowState.REMOVING
    assert MIA in aptible.members("Prod")
    work(now + timedelta(seconds=5))
    row.refresh_from_db()
    assert MIA not in aptible.members("Prod")
    assert row.state == RowState.REMOVED
    assert row.settled_at == row.finding.taken_out_at
    assert row.finding.take_out_review == row.review.ref
    assert AuditEvent.objects.get(type="finding.taken_out").data["review"] == row.review.ref


def test_a_grant_is_ended_and_read_back(start, active, work, aptible, run, olga, now):
    assert active.state == GrantState.ACTIVE
    row = say(row_of(start(), "jon@example.com"), REMOVE, olga, now)
    grant = Grant.objects.get()
    assert (grant.state, grant.end_reason, grant.ended_by) == (GrantState.REVOKING, EndReason.REVOKED, olga.email)
    assert AuditEvent.objects.get(type="grant.revoking").data["comment"] == (
        f"Access review {row.review.ref}: They left the team."
    )
    for minutes in (1, 5):
        run(grant, now + timedelta(minutes=minutes))
    work(now + timedelta(minutes=6))
    row.refresh_from_db()
    assert "jon@example.com" not in aptible.members("Prod")
    assert row.state == RowState.REMOVED
    assert row.settled_at == Grant.objects.get().ended_at


def test_nobody_decides_without_a_reason(start, member, adam, now):
    member()
    row = row_of(start())
    for verdict in Verdict:
        with pytest.raises(Invalid):
            decide_each([row], verdict=verdict, by=adam, why=" ", now=now)
        with pytest.raises(Invalid):
            decide_each([row], verdict=verdict, by=adam, why="x" * 1001, now=now)
    row.refresh_from_db()
    assert row.state == RowState.WAITING


def test_nobody_reviews_their_own(start, member, look, aptible, olga, adam, now):
    """By their name, by the address of the account, or by their user mapping."""
    member("olga")
    aptible.add_member("Prod", "adam@example.com")
    look(now)
    review = start()
    for person in (olga, adam):
        with pytest.raises(NotAllowed, match="their own"):
            say(row_of(review, person.email), KEEP, person, now)
    odd = member("odd", at=now + timedelta(minutes=1))
    factories.mapping(olga, account_id=odd.account_id)
    with pytest.raises(NotAllowed, match="their own"):
        say(row_of(start(), "odd@example.com"), KEEP, olga, now)


def test_others_than_the_rule_names_do_not_decide(start, member, jon, rita, olga, now):
    member()
    row = row_of(start())
    auditor = factories.person("avery", is_auditor=True)
    for person in (jon, rita, auditor):
        with pytest.raises(NotAllowed):
            say(row, KEEP, person, now)
    assert say(row, KEEP, olga, now).decided_by == olga  # an admin may, in their place


def test_the_second_hears_who_was_first(start, member, olga, adam, now):
    member()
    row = say(row_of(start()), KEEP, adam, now, why="She runs it.")
    with pytest.raises(Conflict, match=r"Adam Novak.*kept.*She runs it"):
        say(row, REMOVE, olga, now)
    row.refresh_from_db()
    assert row.state == RowState.KEPT


def test_of_several_those_are_decided_that_can_be(start, member, look, aptible, adam, now):
    member()
    aptible.add_member("Prod", "adam@example.com")
    look(now)
    review = start()
    rows = list(review.rows.filter(finding__isnull=False))
    told = decide_each(rows, verdict=KEEP, by=adam, why="Both run it.", now=now)
    refused = {str(one.row): str(one.refusal) for one in told if one.refusal}
    assert len(refused) == 1
    assert "their own" in next(iter(refused.values()))
    assert row_of(review).state == RowState.KEPT


def test_an_owner_and_the_bot_are_never_removed(start, aptible, look, olga, now):
    aptible.add_member("Prod", "rita@example.com")  # of the Account Owners
    aptible.add_member("Prod", seed.BOT)
    look(now)
    review = start()
    for email in ("rita@example.com", seed.BOT):
        with pytest.raises(Conflict, match="never taken out"):
            say(row_of(review, email), REMOVE, olga, now)
        assert row_of(review, email).state == RowState.WAITING
        assert say(row_of(review, email), KEEP, olga, now, why="It has to be.").state == RowState.KEPT
    assert aptible.deletes == 0


def test_the_last_role_is_left_and_the_row_says_so(start, member, work, aptible, adam, olga, now):
    member(roles=["Prod"])
    row = say(row_of(start()), REMOVE, adam, now)
    work(now)
    row.refresh_from_db()
    assert row.state == RowState.LEFT_IN
    assert "last role" in row.result
    assert MIA in aptible.members("Prod")
    aptible.add_member("Everyone", MIA)
    with pytest.raises(Conflict):
        say(row, KEEP, olga, now)
    with pytest.raises(Conflict):
        say(row, REMOVE, adam, now)  # to try it again is an admin's
    say(row, REMOVE, olga, now, why="Again.")
    work(now)
    row.refresh_from_db()
    assert row.state == RowState.REMOVED


def test_who_left_before_the_decision_is_gone(start, member, look, aptible, adam, now):
    member()
    review = start()
    aptible.remove_member("Prod", MIA)
    look(now + timedelta(hours=1))
    row = row_of(review)
    assert row.state == RowState.DROPPED
    with pytest.raises(Conflict, match="gone"):
        say(row, REMOVE, adam, now)


def test_a_list_that_is_stale_at_the_removal_takes_nothing_else_out(start, member, work, aptible, adam, now):
    """Between the decision and the call they left by themselves: nothing is asked for, and it is read back all the
    same."""
    member()
    row = say(row_of(start()), REMOVE, adam, now)
    aptible.remove_member("Prod", MIA)
    before = aptible.deletes
    work(now)
    row.refresh_from_db()
    assert row.state == RowState.REMOVED
    assert aptible.deletes == before


def test_while_aptible_does_not_answer_it_is_on_its_way(start, member, work, aptible, adam, now):
    member()
    row = say(row_of(start()), REMOVE, adam, now)
    aptible.fail(503, method="DELETE")
    work(now)
    row.refresh_from_db()
    assert row.state == RowState.REMOVING
    assert row.finding.last_error
    aptible.clear_faults()
    work(now + timedelta(minutes=5))
    row.refresh_from_db()
    assert row.state == RowState.REMOVED


def test_a_finding_that_is_accepted_meanwhile_is_not_called_removed(start, member, work, adam, olga, now):
    member()
    row = say(row_of(start()), REMOVE, adam, now)
    take_out.accept(Finding.objects.get(pk=row.finding_id), by=olga, why="She is needed.", now=now)
    work(now)
    row.refresh_from_db()
    assert row.state == RowState.LEFT_IN
    assert "She is needed." in row.result


def test_in_a_closed_review_nothing_is_decided(start, member, olga, adam, now):
    member()
    review = start()
    close.cancel(review, by=olga, comment="By mistake.", now=now)
    with pytest.raises(Conflict, match="Olga Brandt"):
        say(row_of(review), KEEP, adam, now)
