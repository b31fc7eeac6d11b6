"""Talk on a request: who may, who is told, and that nothing of it is lost or changed."""

import pytest

from access.models import AuditEvent, Kind, Notification
from access.notify import read_log
from tests import factories
from tests.portal.pages import words


@pytest.fixture
def asked(flow, now):
    made = factories.request_at(now=now)
    read_log.read(now=now)
    return made


def write(browser, asked, text="Which database?"):
    return browser.post(f"/requests/{asked.ref}/comment/", {"comment": text})


def told(now) -> set[str]:
    read_log.read(now=now)
    return set(Notification.objects.filter(kind=Kind.COMMENT).values_list("recipient__email", flat=True))


@pytest.fixture
def with_mail(settings):
    settings.EMAIL_IS_SET = True


def test_what_an_approver_asks_stands_in_the_story_and_reaches_the_requester(with_mail, sign_in, adam, jon, asked, now):
    assert write(sign_in(adam), asked).url == f"/requests/{asked.ref}/#story"
    assert "Comment by Adam Novak" in words(sign_in(jon).get(f"/requests/{asked.ref}/"))
    assert "Which database?" in words(sign_in(jon).get(f"/requests/{asked.ref}/"))
    event = AuditEvent.objects.get(type="request.comment")
    assert (event.actor_id, event.data) == (adam.pk, {"comment": "Which database?"})
    assert told(now) == {"jon@example.com"}


def test_the_answer_reaches_those_who_were_asked(with_mail, sign_in, jon, asked, now):
    write(sign_in(jon), asked, "The one of billing.")
    assert told(now) == {"adam@example.com"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "Write what you want to ask"), ("  \n", "Write what you want to ask"), ("x" * 2001, "at most 2000")],
)
def test_what_can_not_be_written_is_said_and_what_was_typed_stays(sign_in, jon, asked, text, sentence):
    page = write(sign_in(jon), asked, text)
    assert page.status_code == 422
    assert sentence in words(page)
    assert not AuditEvent.objects.filter(type="request.comment").exists()


def test_who_may_not_see_it_can_say_nothing(sign_in, rita, asked):
    assert write(sign_in(rita), asked).status_code == 404


def test_an_auditor_reads_and_says_nothing(sign_in, asked):
    avery = factories.person("avery", is_auditor=True)
    browser = sign_in(avery)
    assert "Ask or answer something" not in words(browser.get(f"/requests/{asked.ref}/"))
    assert write(browser, asked).status_code == 403


def test_markup_is_text(sign_in, jon, asked):
    browser = sign_in(jon)
    write(browser, asked, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in browser.get(f"/requests/{asked.ref}/").content.decode()


def test_a_hundred_are_enough(sign_in, jon, asked, monkeypatch):
    monkeypatch.setattr("access.requests.comments.MOST", 1)
    browser = sign_in(jon)
    assert write(browser, asked).status_code == 302
    assert write(browser, asked).status_code == 409
