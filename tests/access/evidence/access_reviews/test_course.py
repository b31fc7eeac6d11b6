"""From the start to the sign-off: who is in it, who joins, who is told when, and when it can be closed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.core.errors import Conflict, Invalid, NotAllowed
from access.core.states import AccessReviewState, RowState
from access.evidence.access_reviews import close
from access.evidence.access_reviews import look as looking
from access.evidence.access_reviews.decide import Verdict, decide
from access.models import AccessReview, AccessReviewRow, AuditEvent, Finding, Target
from tests import factories
from tests.access.evidence.access_reviews.conftest import DAY, row_of

pytestmark = pytest.mark.django_db

MIA = "mia@example.com"
HOUR = timedelta(hours=1)


def types():
    return [one.type for one in AuditEvent.objects.filter(type__startswith="access_review.").order_by("id")]


def again(review):
    return AccessReview.objects.get(pk=review.pk)


def keep(row, by, now):
    decide(row, verdict=Verdict.KEEP, by=by, why="Needed.", now=now)


def test_standing_and_temporary_members_are_in_it_alike(start, member, active, now):
    member()
    review = start()
    assert row_of(review).finding.kind == Finding.Kind.STANDING
    assert row_of(review, "jon@example.com").grant == active
    started = AuditEvent.objects.get(type="access_review.started")
    assert started.data["rows"] == review.rows.count()
    assert started.data["targets"] == ["prod"]


def test_a_row_knows_whose_it_is_by_mapping_or_by_address(start, member, now):
    rita = factories.person("ria")
    member("ria")
    assert row_of(start(), "ria@example.com").person == rita


def test_other_targets_are_not_in_it_unless_every_target_is(start, member, look, aptible, now):
    factories.target("staging", "Staging", aptible.parts.state.role("Staging").id)
    aptible.add_person("sam@example.com", "Sam", ["Staging"])
    look(now)
    assert not start().rows.filter(target__name="staging").exists()
    assert start(every_target=True, targets=[]).rows.filter(finding__email="sam@example.com").exists()


def test_what_appears_after_the_start_joins_it_at_the_next_sync(start, member, look, aptible, now):
    review = start()
    aptible.add_person(MIA, "Mia", ["Everyone", "Prod"])
    look(now + HOUR)
    row = row_of(review)
    assert (row.state, row.joined_at) == (RowState.WAITING, now + HOUR)
    joined = AuditEvent.objects.get(type="access_review.joined", data__who=MIA)
    assert joined.subject == f"access_review:{review.ref}"
    look(now + 2 * HOUR)
    assert review.rows.filter(pk=row.pk).count() == 1


def test_a_target_that_is_made_later_is_in_a_review_of_every_target(start, look, aptible, now):
    review = start(every_target=True, targets=[])
    factories.target("staging", "Staging", aptible.parts.state.role("Staging").id)
    aptible.add_person("sam@example.com", "Sam", ["Staging"])
    look(now + HOUR)
    assert row_of(review, "sam@example.com").state == RowState.WAITING


def test_a_closed_review_takes_nobody_in(start, member, olga, now):
    review = start()
    close.cancel(review, by=olga, comment="By mistake.", now=now)
    member(at=now + HOUR)
    assert not review.rows.filter(finding__email=MIA).exists()


def test_it_is_signed_off_once_everything_is_decided_and_done(start, member, work, adam, olga, now):
    member()
    review = start()
    for row in review.rows.exclude(finding__email=MIA):
        keep(row, olga, now)
    with pytest.raises(Conflict, match="1 row is not decided yet"):
        close.sign_off(review, by=olga, comment="Fine.", now=now)
    decide(row_of(review), verdict=Verdict.REMOVE, by=adam, why="She left.", now=now)
    with pytest.raises(Conflict, match="still being removed"):
        close.sign_off(review, by=olga, comment="Fine.", now=now)
    work(now + HOUR)
    assert again(review).ready_at == now + HOUR
    signed = close.sign_off(review, by=olga, comment="One left.", now=now + HOUR)
    assert (signed.state, signed.closed_by, signed.comment) == (AccessReviewState.SIGNED_OFF, olga, "One left.")
    assert AuditEvent.objects.get(type="access_review.signed_off").data["removed"] == 1
    assert types()[-2:] == ["access_review.ready", "access_review.signed_off"]
    for verb in (close.sign_off, close.cancel):
        with pytest.raises(Conflict, match="Olga Brandt"):
            verb(review, by=olga, comment="Again.", now=now + HOUR)


def test_who_gets_in_before_the_sign_off_is_decided_first(start, member, look, aptible, olga, now):
    review = start()
    for row in review.rows.all():
        keep(row, olga, now)
    Finding.objects.create(
        integration=factories.integration(), target=Target.objects.get(name="prod"), kind=Finding.Kind.OUTSIDE,
        key="new", first_seen_at=now, email=MIA, account_id="a-1",
    )  # fmt: skip
    with pytest.raises(Conflict, match="not decided"):
        close.sign_off(review, by=olga, comment="Fine.", now=now)
    assert row_of(review).state == RowState.WAITING


def test_only_admins_run_it_and_each_end_needs_a_word(start, jon, olga, now):
    with pytest.raises(NotAllowed):
        start(by=jon)
    review = start()
    for verb in (close.sign_off, close.cancel):
        with pytest.raises(NotAllowed):
            verb(review, by=jon, comment="Fine.", now=now)
        with pytest.raises(Invalid):
            verb(review, by=olga, comment=" ", now=now)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 201}),
        ("targets", {"targets": []}),
        ("reviewers", {"reviewers": "nobody"}),
        ("group", {"reviewers": "group"}),
        ("deadline", {"deadline": "before"}),
        ("deadline", {"deadline": "after"}),
    ],
)
def test_what_does_not_fit_is_said(start, now, field, wrong):
    times = {"before": now - HOUR, "after": now + 400 * DAY}
    with pytest.raises(Invalid) as refused:
        start(**{name: times.get(value, value) if name == "deadline" else value for name, value in wrong.items()})
    assert set(refused.value.errors) == {field}
    assert not AccessReview.objects.exists()


def test_people_are_reminded_at_half_of_the_time_a_day_before_and_each_day_after(now):
    told, at = [], now
    for _ in range(5):
        at = looking.next_told(now, now + 10 * DAY, after=at)
        told.append((at - now) / DAY)
    assert told == [5, 9, 10, 11, 12]


def test_what_waits_is_reminded_of_and_then_escalated(start, member, olga, now):
    member()
    review = start()
    for days in (4, 5, 9, 10, 10.5, 11):
        looking.look(review, now=now + days * DAY)
    assert types()[1:] == ["access_review.reminded"] * 2 + ["access_review.escalated"] * 2
    assert again(review).tell_at == now + 12 * DAY


def test_where_nothing_waits_nobody_is_reminded(start, member, olga, now):
    review = start()
    for row in review.rows.all():
        keep(row, olga, now)
    looking.look(review, now=now + 11 * DAY)
    assert "access_review.escalated" not in types()


def test_it_is_looked_at_soon_while_something_is_removed(start, member, adam, now):
    member()
    review = start()
    decide(row_of(review), verdict=Verdict.REMOVE, by=adam, why="She left.", now=now)
    assert again(review).due_at == now + looking.SOON
    looking.look(review, now=now + HOUR)
    assert again(review).due_at == now + HOUR + looking.SOON


def test_starting_takes_the_same_number_of_statements_at_any_size(start, target, now):
    def found(count):
        Finding.objects.bulk_create(
            Finding(integration=target.integration, target=target, kind="standing", key=f"k{count}-{number}",
                    first_seen_at=now, email=f"p{count}-{number}@example.com", account_id=f"a{count}-{number}")
            for number in range(count)
        )  # fmt: skip

    found(3)
    few = statements(start)
    found(40)
    assert statements(start) == few
    assert AccessReviewRow.objects.filter(review=AccessReview.objects.latest("pk")).count() >= 43


def statements(start) -> int:
    with CaptureQueriesContext(connection) as seen:
        start()
    return len(seen)
