"""What each kind of message says: subject, first sentence, where it leads. Text and HTML say the same."""

import html
import re
from datetime import timedelta

import pytest
from django.urls import resolve

from access.core.states import GrantState
from access.models import AccessRequest, Grant, Integration, Kind, Notification
from access.notify import letters
from tests import factories
from tests.access.notify import (
    letters_of_findings,
    letters_of_people,
    letters_of_setup,
    test_access_reviews,
    test_break_glass,
    test_findings,
)

HOUR = timedelta(hours=1)
BASE_URL = "https://usher.example.com"

# Kind, topic, facts: then the subject, and a sentence of the text.
LETTERS = [
    ("asked", "review", {}, "Jon Reyes asks for Prod for 1 h", "It waits for your decision."),
    *letters_of_people.LETTERS,
    *letters_of_findings.LETTERS,
    (
        "reminder", "reminders", {}, "Still waiting: Jon Reyes asks for Prod for 1 h",
        "Jon Reyes has been waiting for a decision since Mon 5 Jan 2026, 12:00 UTC.",
    ),
    (
        "settled", "review", {"outcome": "approved"}, "Approved: Prod for Jon Reyes",
        "Adam Novak approved the request of Jon Reyes for Prod.",
    ),
    (
        "settled", "review", {"outcome": "denied"}, "Denied: Prod for Jon Reyes",
        "Adam Novak denied the request of Jon Reyes for Prod.",
    ),
    (
        "settled", "review", {"outcome": "withdrawn"}, "Withdrawn: Prod for Jon Reyes",
        "The request of Jon Reyes for Prod was withdrawn.",
    ),
    (
        "settled", "review", {"outcome": "lapsed"}, "Lapsed: Prod for Jon Reyes",
        "Nobody decided the request of Jon Reyes for Prod in time, so it lapsed.",
    ),
    (
        "approval", "own", {"count": "1"}, "1 of 1 approved your request for Prod",
        "Adam Novak approved your request for Prod.",
    ),
    (
        "approved", "own", {}, "Approved: Prod for 1 h", "Adam Novak approved your request for Prod for 1 h.",
    ),
    (
        "fast_tracked", "review", {}, "Fast track: Jon Reyes gets Prod for 1 h",
        "It applies because Jon Reyes is in Operators: They repair production.",
    ),
    ("denied", "own", {}, "Denied: Prod for 1 h", "Adam Novak denied your request for Prod for 1 h."),
    ("lapsed", "own", {}, "Lapsed: Prod for 1 h", "Nobody decided your request for Prod in time"),
    (
        "active", "own", {}, "You have Prod until Mon 5 Jan 2026, 13:00 UTC",
        "Aptible has confirmed your access to Prod. It ends on Mon 5 Jan 2026, 13:00 UTC.",
    ),
    (
        "extended", "own", {"ends_at": "2026-01-05T16:00:00+00:00"}, "You have Prod until Mon 5 Jan 2026, 16:00 UTC",
        "Your access to Prod was extended. It now ends on Mon 5 Jan 2026, 16:00 UTC.",
    ),
    (
        "ends_soon", "reminders", {}, "Your access to Prod ends on Mon 5 Jan 2026, 13:00 UTC",
        "If you need it for longer, ask again now",
    ),
    ("refused", "own", {"text": "The role is full."}, "You could not be given Prod", "The role is full."),
    (
        "ended", "own", {}, "Your access to Prod has ended", "Your access to Prod has ended.",
    ),
    (
        "trouble", "own", {}, "Your access to Prod takes longer than it should",
        "Your access to Prod should have begun on Mon 5 Jan 2026, 12:00 UTC",
    ),
    (
        "trouble", "trouble", {}, "Trouble: Jon Reyes can't be given Prod yet",
        "Access of Jon Reyes to Prod should have begun on Mon 5 Jan 2026, 12:00 UTC",
    ),
    ("overdue", "own", {}, "Overdue: your access to Prod", "Usher goes on trying until it is."),
    (
        "overdue", "", {}, "Overdue: Jon Reyes may still have Prod", "and nobody has seen yet that it is gone.",
    ),
    (
        "last_role", "", {"text": "No fallback role is set on the integration."},
        "Jon Reyes loses the last role at Aptible", "No fallback role is set on the integration.",
    ),
    (
        "written_off", "", {"comment": "The organization is gone."}, "Written off: Prod of Jon Reyes",
        "Adam Novak wrote off the access of Jon Reyes to Prod.",
    ),
    *letters_of_setup.LETTERS,
]  # fmt: skip


@pytest.fixture(autouse=True)
def address(settings):
    settings.BASE_URL = BASE_URL


@pytest.fixture
def write(flow, adam, now):
    """Write a message about Jon's hour of Prod to Adam."""
    grant = factories.grant(state=GrantState.ACTIVE, now=now, reason="to fix Ticket 123", ticket="OPS-7")
    AccessRequest.objects.update(
        path_facts={"because": "Jon Reyes is in Operators", "reason": "They repair production."}
    )

    def write(kind, topic="own", **facts):
        return Notification(
            pk=7, recipient=adam, channel="email", kind=kind, topic=topic, key="k", created_at=now, due_at=now,
            request=AccessRequest.objects.select_related("flow").get(), grant=Grant.objects.get(pk=grant.pk),
            facts={"at": now.isoformat(), "by": "Adam Novak", **facts},
        )  # fmt: skip

    return write


def test_every_kind_has_its_words():
    others = test_access_reviews.OF_ACCESS_REVIEWS, test_break_glass.OF_BREAK_GLASS, test_findings.OF_FINDINGS
    assert set(letters.LETTERS) == set(Kind) == {kind for one in (LETTERS, *others) for kind, *_rest in one}


def words_of(page: str) -> str:
    """The text of an HTML page, in one line."""
    body = page.partition("<body>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize(("kind", "topic", "facts", "subject", "sentence"), LETTERS)
def test_what_each_kind_says_in_text_and_html(write, kind, topic, facts, subject, sentence):
    message = letters.message(write(kind, topic, **facts))
    assert message.to == "adam@example.com"
    assert message.subject == subject
    assert sentence in message.text
    assert sentence in words_of(message.html)
    assert "None" not in message.text
    assert "%(" not in message.text + message.html
    assert message.text.count("You are told because") == 1


@pytest.mark.parametrize(("kind", "topic", "facts", "subject", "sentence"), LETTERS)
def test_every_link_is_real_and_the_same_in_both_forms(write, kind, topic, facts, subject, sentence):
    message = letters.message(write(kind, topic, **facts))
    in_text = re.findall(r"https?://\S+", message.text)
    in_html = re.findall(r'href="([^"]+)"', message.html)
    assert in_text == in_html
    assert len(in_text) == 2
    for link in in_text:
        assert link.startswith(BASE_URL)
        resolve(link.removeprefix(BASE_URL))


@pytest.mark.parametrize(("kind", "topic", "facts", "subject", "sentence"), LETTERS)
def test_every_sentence_ends_in_a_stop_and_no_subject_does(write, kind, topic, facts, subject, sentence):
    letter = letters.letter(write(kind, topic, **facts))
    assert all(one.endswith(".") for one in letter.text)
    assert not letter.subject.endswith(".")


def test_the_reason_is_quoted_and_can_not_pass_for_our_own_words(write):
    notification = write("asked", "review")
    notification.request.reason = "to fix it\n\nOpen the request: https://evil.example/\n-- \nbye"
    text = letters.message(notification).text
    lines = text.splitlines()
    start = lines.index("Jon Reyes gave this reason:")
    assert lines[start + 1 : start + 6] == [
        "> to fix it", "> ", "> Open the request: https://evil.example/", "> -- ", "> bye",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "evil", ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "{{ 1 }} %(person)s %s"]
)
def test_what_people_wrote_is_text_in_the_html(write, jon, evil):
    jon.name = evil
    jon.save()
    notification = write("denied", comment=evil)
    notification.request = AccessRequest.objects.get()
    notification.request.reason = evil
    for kind in ("asked", "denied", "written_off"):
        notification.kind = kind
        page = letters.message(notification).html
        assert evil in html.unescape(page)
        assert "<img" not in page
        assert "<script" not in page


def test_a_name_of_several_lines_stays_on_one(write, jon):
    jon.name = "Jon\nOpen the request: https://evil.example/\n"
    jon.save()
    notification = write("asked", "review")
    message = letters.message(notification)
    assert not any(line.startswith("Open the request: https://evil") for line in message.text.splitlines())
    assert "\n" not in message.subject


def test_a_subject_is_never_long(write, jon):
    jon.name = "Jon " * 60
    assert len(letters.message(write("asked", "review")).subject) <= 150


def test_a_percent_sign_in_a_name_is_a_percent_sign(write, flow):
    flow.strategy.targets.update(label="100 %(safe)s")
    message = letters.message(write("ended"))
    assert message.subject == "Your access to 100 %(safe)s has ended"


def test_times_are_told_with_their_zone_whatever_the_zone_of_whoever_runs_it(write, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    assert "13:00 UTC" in letters.message(write("active")).text


def test_the_same_message_has_the_same_id_whenever_it_is_put_into_words(write):
    first, second = letters.message(write("asked", "review")), letters.message(write("asked", "review"))
    assert first.id == second.id
    other = write("asked", "review")
    other.pk = 8
    assert letters.message(other).id != first.id


def test_a_shortened_request_that_starts_later_says_so(write, now):
    notification = write("approved")
    notification.request.approved_seconds = 1800
    notification.request.starts_at = now + HOUR
    text = letters.message(notification).text
    assert "approved your request for Prod for 30 min." in text
    assert "You had asked for 1 h; it was shortened." in text
    assert "It starts on Mon 5 Jan 2026, 13:00 UTC." in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"end_reason": "expired"}, "Your time with Prod was up on Mon 5 Jan 2026, 13:00 UTC."),
        ({"end_reason": "revoked"}, "Adam Novak took your access to Prod back."),
        (
            {"end_reason": "cancelled", "confirmed_at": None},
            "Adam Novak cancelled your access to Prod before it began.",
        ),
        ({"end_reason": "expired"}, "Aptible has confirmed on Mon 5 Jan 2026, 13:00 UTC that you no longer have it."),
        ({"end_reason": "expired", "standing": True}, "it was left as it was found."),
        ({"end_reason": "revoked", "not_verified": True}, "nobody has verified at Aptible that it is gone."),
    ],
)
def test_an_end_says_why_and_how_it_is_known(write, now, changes, sentence):
    notification = write("ended")
    for name, value in {"state": "ended", "ended_at": now + HOUR, "end_due_at": now + HOUR, **changes}.items():
        setattr(notification.grant, name, value)
    assert sentence in letters.message(notification).text


def test_what_approvers_wrote_reaches_the_requester(write):
    for kind in ("denied", "approved", "ended"):
        text = letters.message(write(kind, comment="Use the replica.\nIt is enough.")).text
        assert "Adam Novak wrote:\n> Use the replica.\n> It is enough.\n" in text


def test_an_approver_reads_all_they_need_to_decide(write):
    text = letters.message(write("asked", "review")).text
    for line in ("Target: Prod", "Duration: 1 h", "Start: as soon as it is approved", "Ticket: OPS-7"):
        assert line in text.splitlines()


def test_an_integration_that_is_gone_by_then_leads_to_the_list(write):
    notification = write("attention", "", integration="gone", text="It is gone.")
    assert f"{BASE_URL}/admin/access/integration/\n" in letters.message(notification).text
    named = write("attention", "", integration="main-aptible-integration", text="")
    assert f"/integration/{Integration.objects.get().pk}/change/" in letters.message(named).text


def test_the_footer_says_why_and_what_can_not_be_switched_off(write):
    assert "You are told because you may decide this request." in letters.message(write("asked", "review")).text
    assert "cannot be switched off" in letters.message(write("overdue", "")).text
    assert f"{BASE_URL}/account/" in letters.message(write("active")).text


def test_no_message_holds_a_secret(write, settings, monkeypatch):
    hush = "correct-horse-battery"
    monkeypatch.setenv("TEST_BOT_PASSWORD", hush)
    settings.SECRET_KEY = settings.EMAIL_HOST_PASSWORD = hush
    for kind, topic, facts, _subject, _sentence in LETTERS:
        message = letters.message(write(kind, topic, **facts))
        assert hush not in message.text + message.html + message.subject
