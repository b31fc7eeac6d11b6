"""The review after break-glass: who signs it off, and that it comes due until somebody does."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from access.audit import sentences
from access.core.errors import Conflict, Invalid, NotAllowed
from access.models import AfterReview, AuditEvent, User
from access.requests import break_glass_reviews, break_glass_sign_off
from access.worker import jobs, queue
from access.worker.sweep import REVIEW, Sweep
from tests import factories

HOUR = timedelta(hours=1)


@pytest.fixture
def request_(flow, now):
    """Jon used break-glass; the review is due in a day."""
    return factories.broken_glass(now=now)


@pytest.fixture
def sign(request_, now):
    def sign(by, *, verdict="justified", comment="The pager says so, too.", at=now):
        return break_glass_sign_off.sign_off(request=request_, by=by, verdict=verdict, comment=comment, now=at)

    return sign


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("adam", None),
        ("olga", None),
        ("jon", "You used break-glass yourself, so somebody else has to sign the review off."),
        ("rita", "Only those who could have decided it and the admins can sign this review off."),
    ],
)
def test_who_may_sign_off(sign, rita, olga, who, refusal):
    by = olga if who == "olga" else factories.person(who)
    if refusal is None:
        assert sign(by).signed_off_by == by
        return
    with pytest.raises(NotAllowed, match=refusal):
        sign(by)
    assert AfterReview.objects.get().signed_off_at is None


def test_whoever_decides_for_somebody_who_is_away_does_not_review_for_them(sign, adam, rita, now):
    """What nobody approved before is for those to look at who were skipped themselves."""
    factories.delegation(adam, rita, now=now)
    with pytest.raises(NotAllowed, match="Only those who could have decided it"):
        sign(rita)
    assert not break_glass_reviews.waiting_for(rita)
    assert break_glass_reviews.waiting_for(adam)


def test_an_admin_never_signs_off_their_own(flow, olga, now):
    factories.also_decided_by(flow, olga)
    flow.self_approval = True
    flow.save()
    request = factories.broken_glass(now=now, requester=olga)
    with pytest.raises(NotAllowed):
        break_glass_sign_off.sign_off(request=request, by=olga, verdict="justified", comment="Mine.", now=now)


def test_who_was_deactivated_may_not(sign, adam):
    adam.is_active = False
    adam.save()
    with pytest.raises(NotAllowed):
        sign(adam)


def test_groups_and_managers_of_the_moment_may(flow, jon, rita, now):
    factories.stage(flow, factories.group("Security"), managers=True)
    boss = factories.person("boss")
    User.objects.filter(pk=jon.pk).update(manager=boss)
    request = factories.broken_glass(now=now, requester=User.objects.get(pk=jon.pk))
    waiting = {
        name: break_glass_reviews.waiting_for(factories.person(name)).count() for name in ("rita", "boss", "adam")
    }
    assert waiting == {"rita": 0, "boss": 1, "adam": 1}
    factories.group("Security", rita)
    assert break_glass_reviews.waiting_for(rita).count() == 1
    break_glass_sign_off.sign_off(request=request, by=rita, verdict="justified", comment="Fine.", now=now)
    assert break_glass_reviews.waiting_for(boss).count() == 0


@pytest.mark.parametrize(
    ("verdict", "comment", "errors"),
    [
        ("", "Fine.", {"verdict": "Choose whether it was justified."}),
        ("maybe", "Fine.", {"verdict": "Choose whether it was justified."}),
        ("justified", " ", {"comment": "Say what you found; it is kept with the request."}),
        ("not_justified", "", {"comment": "Say what you found; it is kept with the request."}),
    ],
)
def test_a_verdict_and_a_comment_are_needed(sign, adam, verdict, comment, errors):
    with pytest.raises(Invalid) as refused:
        sign(adam, verdict=verdict, comment=comment)
    assert refused.value.errors == errors


def test_it_is_signed_off_once_and_the_second_reads_who_was_first(sign, adam, olga):
    sign(adam)
    with pytest.raises(Conflict, match="Adam Novak was first: the review is signed off already, as justified"):
        sign(olga, verdict="not_justified")
    assert AfterReview.objects.get().verdict == "justified"


def test_a_request_that_people_decided_has_no_review(flow, adam, now):
    request = factories.request_at(state="approved", now=now)
    with pytest.raises(Conflict, match="needs no review afterwards"):
        break_glass_sign_off.sign_off(request=request, by=adam, verdict="justified", comment="Fine.", now=now)


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ("justified", "adam@example.com signed the review off: it was justified."),
        ("not_justified", "adam@example.com signed the review off: it was not justified."),
    ],
)
def test_the_log_tells_it(sign, adam, verdict, sentence):
    sign(adam, verdict=verdict)
    event = AuditEvent.objects.get(type="review.signed_off")
    assert sentences.sentence(event) == sentence
    assert event.data == {"verdict": verdict, "comment": "The pager says so, too."}


def test_it_escalates_with_growing_pauses_for_ever(request_, now):
    review, told = AfterReview.objects.get(), []
    for _time in range(9):
        at = review.due_at
        break_glass_sign_off.come_due(review, now=at)
        event = AuditEvent.objects.latest("id")
        told.append((event.type, (at - now) / HOUR))
        review = AfterReview.objects.select_related("request").get()
    # Half of a day; the day; then after 1, 2, 4, 8 and 16 hours, and once a day.
    assert told[0] == ("review.reminded", 12)
    assert [hours for type_, hours in told[1:] if type_ == "review.escalated"] == [24, 25, 27, 31, 39, 55, 79, 103]
    assert review.escalations == 8


def test_what_is_late_to_be_reminded_of_escalates_at_once(request_, now):
    break_glass_sign_off.come_due(AfterReview.objects.get(), now=now + timedelta(days=2))
    assert AuditEvent.objects.latest("id").type == "review.escalated"
    assert AfterReview.objects.get().due_at == now + timedelta(days=2) + HOUR


def test_nothing_comes_due_before_its_time_or_after_it_is_signed_off(request_, sign, adam, now):
    review = AfterReview.objects.get()
    with pytest.raises(Conflict):
        break_glass_sign_off.come_due(review, now=now)
    sign(adam)
    with pytest.raises(Conflict):
        break_glass_sign_off.come_due(review, now=now + timedelta(days=2))
    jobs.review_due(review.pk)  # a task that comes late changes nothing
    assert not AuditEvent.objects.filter(type__in=["review.reminded", "review.escalated"]).exists()


def test_the_sweep_sends_what_is_due(request_, now, monkeypatch):
    sent = []
    monkeypatch.setattr(queue, "send", lambda job, pk, queue: sent.append((job, pk)))
    review = AfterReview.objects.get()
    for at in (review.due_at - HOUR, review.due_at):
        Sweep("w", places=9)(at)
        assert ((REVIEW, review.pk) in sent) == (at == review.due_at)


@pytest.mark.parametrize(
    "wrong",
    [
        {"due_at": None},
        {"verdict": "justified"},
        {"verdict": "justified", "comment": "Fine.", "due_at": None},
    ],
)
def test_the_database_keeps_a_review_due_until_somebody_signs_it_off(request_, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        AfterReview.objects.update(**wrong)
