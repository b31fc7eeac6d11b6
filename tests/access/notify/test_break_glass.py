"""Everybody whom break-glass skipped hears of it, and again until somebody has looked at it."""

from datetime import timedelta

import pytest

from access.models import AfterReview, MutedTopic, Notification, Topic, User
from access.notify import letters
from access.requests import break_glass_sign_off
from tests import factories

DAY = timedelta(days=1)
# Kind, topic, facts, subject, a sentence of the text.
OF_BREAK_GLASS = [
    (
        "break_glass", "", {}, "Break-glass: Jon Reyes took Prod for 1 h without approval",
        "Jon Reyes used break-glass for Prod: access at once for 1 h, without approval.",
    ),
    (
        "to_review", "reminders", {}, "Not reviewed yet: break-glass of Jon Reyes for Prod",
        "The review is due on Tue 6 Jan 2026, 12:00 UTC.",
    ),
    (
        "review_overdue", "", {}, "Overdue: review of the break-glass of Jon Reyes for Prod",
        "The review of the break-glass of Jon Reyes for Prod was due on Tue 6 Jan 2026, 12:00 UTC.",
    ),
    (
        "reviewed", "own", {"verdict": "justified"}, "Justified: break-glass for Prod",
        "Adam Novak looked at your break-glass for Prod and found it justified.",
    ),
    (
        "reviewed", "own", {"verdict": "not_justified"}, "Not justified: break-glass for Prod",
        "Adam Novak looked at your break-glass for Prod and found it not justified.",
    ),
    (
        "reviewed", "review", {"verdict": "justified"}, "Justified: break-glass for Prod",
        "Adam Novak looked at the break-glass of Jon Reyes for Prod and found it justified.",
    ),
    (
        "reviewed", "review", {"verdict": "not_justified"}, "Not justified: break-glass for Prod",
        "Adam Novak looked at the break-glass of Jon Reyes for Prod and found it not justified.",
    ),
]  # fmt: skip


@pytest.fixture
def request_(flow, rita, olga, now):
    """Jon used break-glass where Adam decides, Rita is asked later, and Olga is the admin."""
    factories.pool(flow.stages.get(), rita, after=3600)
    return factories.broken_glass(now=now)


def come_due(at):
    break_glass_sign_off.come_due(AfterReview.objects.select_related("request").get(), now=at)


def test_everybody_who_was_skipped_is_told_at_once_and_nobody_is_asked(request_, told):
    assert told() == {("adam", "break_glass"), ("rita", "break_glass"), ("olga", "break_glass")}


def test_nobody_can_choose_not_to_hear_it(request_, adam, told):
    MutedTopic.objects.bulk_create(MutedTopic(user=adam, channel="email", topic=topic) for topic in Topic)
    assert ("adam", "break_glass") in told()


def test_those_who_can_still_sign_off_are_reminded_and_later_told_that_it_is_overdue(request_, told, now):
    told()
    come_due(now + DAY / 2)
    assert told(now + DAY / 2) == {("adam", "to_review"), ("rita", "to_review"), ("olga", "to_review")}
    come_due(now + DAY)
    assert told(now + DAY) == {("adam", "review_overdue"), ("rita", "review_overdue"), ("olga", "review_overdue")}


def test_a_new_admin_is_told_when_it_is_overdue(request_, told, now):
    told()
    User.objects.create_superuser("new@example.com", name="New")
    come_due(now + DAY)
    assert ("new", "review_overdue") in told(now + DAY)


def test_the_requester_is_not_told_as_an_admin(flow, olga, told, now):
    factories.broken_glass(now=now, requester=olga)
    assert told() == {("adam", "break_glass")}


def test_the_requester_and_those_who_were_told_hear_what_came_of_it(request_, adam, told, now):
    told()
    break_glass_sign_off.sign_off(request=request_, by=adam, verdict="not_justified", comment="A test.", now=now)
    assert told() == {("jon", "reviewed"), ("rita", "reviewed"), ("olga", "reviewed")}


def test_who_signed_off_is_not_bothered_by_a_message_on_its_way(request_, adam, deliver, box, now):
    deliver()
    come_due(now + DAY)
    box.messages.clear()
    break_glass_sign_off.sign_off(request=request_, by=adam, verdict="justified", comment="Fine.", now=now + DAY)
    deliver(now + DAY)
    assert {subject for _to, subject in box.sent} == {"Justified: break-glass for Prod"}


def test_who_can_no_longer_sign_off_is_not_told_that_it_is_overdue(request_, rita, deliver, box, flow, now):
    User.objects.filter(pk=rita.pk).update(is_active=False)
    deliver()
    come_due(now + DAY)
    deliver(now + DAY)
    assert "rita" not in {to for to, _subject in box.sent}


def test_the_letters_say_who_what_why_and_until_when(request_, deliver, box, now):
    deliver()
    [letter] = [one for one in box.messages if one.to == "adam@example.com"]
    assert letter.subject == "Break-glass: Jon Reyes took Prod for 1 h without approval"
    for text in ("the database is down", "INC-1", "Tue 6 Jan 2026, 12:00 UTC", "it skipped your decision"):
        assert text in letter.text
    assert "in 7 days" not in letter.text


def test_the_second_in_seven_days_is_said(request_, deliver, box, now):
    deliver()
    box.messages.clear()
    factories.broken_glass(now=now + timedelta(hours=2))
    deliver(now + timedelta(hours=2))
    assert all("2nd break-glass of this person in 7 days." in one.text for one in box.messages)
    assert Notification.objects.filter(kind="break_glass").count() == 6


@pytest.mark.parametrize(("kind", "topic", "facts", "subject", "sentence"), OF_BREAK_GLASS)
def test_each_letter_says_it_in_plain_words(request_, adam, now, kind, topic, facts, subject, sentence):
    message = Notification(
        recipient=adam, channel="email", kind=kind, topic=topic, created_at=now, request=request_,
        facts={"by": "Adam Novak", **facts},
    )  # fmt: skip
    said = letters.letter(message)
    assert said.subject == subject
    assert sentence in said.text
