"""Who is told of an access review, when, and in which words."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import resolve

from access.evidence.access_reviews import begin, close, decide
from access.evidence.access_reviews import look as looking
from access.models import AccessReview, Finding, Kind, Notification
from access.notify import letters, still_wanted
from tests import factories

BASE_URL = "https://usher.example.com"
DAY = timedelta(days=1)
# Kind, topic, facts: then the subject, and a sentence of the text.
OF_ACCESS_REVIEWS = [
    (
        "access_review", "review", {}, "Access review: Third quarter",
        "1 row waits for you: keep it or remove it, with a reason.",
    ),
    (
        "access_review_late", "", {}, "Overdue: access review Third quarter",
        "The access review “Third quarter” was due on Thu 15 Jan 2026, 12:00 UTC.",
    ),
    (
        "access_review_done", "", {"outcome": "ready"}, "Decided: access review Third quarter",
        "Look at it and sign it off.",
    ),
    (
        "access_review_done", "", {"outcome": "signed_off", "comment": "Fine."},
        "Signed off: access review Third quarter", "Olga Brandt signed off the access review “Third quarter”.",
    ),
    (
        "access_review_done", "", {"outcome": "cancelled"}, "Cancelled: access review Third quarter",
        "Olga Brandt cancelled the access review “Third quarter”.",
    ),
]  # fmt: skip


@pytest.fixture
def review(flow, target, adam, olga, now):
    """Mia stands in Prod, and Adam, who approves it, decides."""
    Finding.objects.create(
        integration=target.integration, target=target, kind="standing", key="k", first_seen_at=now,
        email="mia@example.com", account_id="a-1",
    )  # fmt: skip
    return begin.start(
        title="Third quarter", targets=[target], every_target=False, reviewers="approvers", group=None,
        deadline=now + 10 * DAY, by=olga, now=now,
    )  # fmt: skip


def kept(review, olga, now):
    for row in review.rows.all():
        decide.decide(row, verdict=decide.Verdict.KEEP, by=olga, why="Needed.", now=now)


def test_whoever_has_something_to_decide_is_told_at_the_start(review, told):
    assert told() == {("adam", "access_review")}


def test_where_the_rule_names_nobody_the_admins_are(review, adam, told, olga):
    AccessReview.objects.update(reviewers="manager")
    assert told() == {("olga", "access_review")}


def test_they_are_told_once_a_day_however_many_join(review, told, target, now):
    told()
    Finding.objects.create(
        integration=target.integration, target=target, kind="outside", key="k2", first_seen_at=now,
        email="sam@example.com", account_id="a-2",
    )  # fmt: skip
    looking.look(review, now=now)
    assert told() == set()
    looking.look(review, now=now + 5 * DAY)
    assert told(now + 5 * DAY) == {("adam", "access_review")}  # at half of the time


def test_when_it_is_overdue_the_admins_are_told_too(review, told, now):
    told()
    looking.look(review, now=now + 11 * DAY)
    assert told(now + 11 * DAY) == {("adam", "access_review"), ("olga", "access_review_late")}


def test_once_all_is_decided_the_admins_can_sign_it_off(review, told, olga, now):
    kept(review, olga, now)
    looking.look(review, now=now)
    assert ("olga", "access_review_done") in told()


def test_that_it_is_signed_off_is_told_to_auditors_and_to_the_other_admins(review, told, olga, now):
    factories.person("avery", is_auditor=True)
    kept(review, olga, now)
    close.sign_off(review, by=olga, comment="Fine.", now=now)
    done = Notification.objects.filter(kind=Kind.ACCESS_REVIEW_DONE)
    told()
    assert {one.recipient.email.partition("@")[0] for one in done if one.facts["outcome"] == "signed_off"} == {"avery"}


def test_nobody_is_asked_for_what_is_decided_by_the_time_it_is_sent(review, told, adam, olga, now):
    told()
    message = Notification.objects.filter(recipient=adam).first()
    assert still_wanted.is_called_for(message, now=now)
    kept(review, olga, now)
    assert not still_wanted.is_called_for(message, now=now)


@pytest.mark.parametrize(("kind", "topic", "facts", "subject", "sentence"), OF_ACCESS_REVIEWS)
def test_what_each_says(review, settings, adam, now, kind, topic, facts, subject, sentence):
    settings.BASE_URL = BASE_URL
    facts = {"at": now.isoformat(), "by": "Olga Brandt", "review": review.ref, **facts}
    message = letters.message(
        Notification(pk=7, recipient=adam, channel="email", kind=kind, topic=topic, key="k", created_at=now,
                     due_at=now, facts=facts)
    )  # fmt: skip
    assert message.subject == subject
    assert sentence in message.text
    assert message.text.count("You are told because") == 1
    assert not re.search(r"None|%\(", message.text + message.html)
    [link, *_] = re.findall(r"https?://\S+", message.text)
    assert resolve(link.removeprefix(BASE_URL)).kwargs == {"ref": review.ref}


def test_who_is_removed_hears_that_a_review_decided_it(review, told, adam, target, now):
    mia = factories.person("mia")
    Finding.objects.update(person=mia)
    row = review.rows.get(finding__isnull=False)
    with transaction.atomic():
        Finding.objects.update(take_out_review=review.ref)
    finding = Finding.objects.get()
    message = letters.message(
        Notification(pk=7, recipient=mia, channel="email", kind="taken_out", topic="own", key="k", created_at=now,
                     due_at=now, facts={"at": now.isoformat(), "by": "", "finding": str(finding.pk)})
    )  # fmt: skip
    assert f"An access review ({review.ref}) found" in message.text
    assert "nobody had approved it" not in message.text
    assert row.person is None
