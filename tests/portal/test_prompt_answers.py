"""What was filled into a flow's own fields, where it is read: on pages, in letters, in the admin."""

import html

import pytest

from access.core.prompts import Field
from access.models import AccessRequest, Notification
from access.notify import letters
from access.policy.prompts import set_fields
from tests import factories
from tests.access.admin import pages
from tests.portal.pages import queries, words

pytestmark = pytest.mark.django_db
EVIL = '"><img src=x onerror=alert(1)> {{ 1 }} %(person)s https://evil.example'


@pytest.fixture
def request_(flow, now):
    set_fields.set_all(flow, [Field("customer", label="Customer <b>"), Field("cost", default="c-1", visible=False)])
    return factories.request_at(now=now, answers={"customer": EVIL})


def is_told(page, where=words):
    assert "<img" not in page.content.decode()
    assert 'href="https://evil' not in page.content.decode()
    told = html.unescape(where(page))
    assert "Customer <b>" in told
    assert EVIL in told
    assert "c-1" in told


def test_the_page_of_the_request_tells_them(request_, sign_in, jon):
    page = sign_in(jon).get(f"/requests/{request_.ref}/")
    is_told(page)
    assert "c-1 set by the flow" in words(page)


def test_the_row_of_the_review_tells_them(request_, sign_in, adam):
    is_told(sign_in(adam).get(f"/requests/{request_.ref}/row/"))


def test_the_admin_tells_them(request_, sign_in, olga):
    is_told(sign_in(olga).get(pages.of(request_)), pages.text)


@pytest.mark.parametrize("kind", ["asked", "reminder", "approved", "denied"])
def test_the_letters_tell_them(request_, adam, now, kind):
    facts = {"at": now.isoformat(), "by": "Adam Novak", "comment": ""}
    message = letters.message(
        Notification(pk=7, recipient=adam, kind=kind, topic="own", created_at=now, request=request_, facts=facts)
    )
    assert f"Customer <b>: {EVIL}" in message.text
    assert EVIL in html.unescape(message.html)
    assert "<img" not in message.html


def test_a_long_answer_is_cut_in_letters_only(request_, adam, now):
    request_.answers[0]["value"] = "x" * 2000
    message = letters.message(
        Notification(
            pk=7, recipient=adam, kind="asked", topic="review", created_at=now, request=request_,
            facts={"at": now.isoformat()},
        )
    )  # fmt: skip
    assert "x" * 499 + "…" in message.text
    assert "x" * 500 not in message.text


def test_answers_take_no_queries(request_, sign_in, jon):
    browser = sign_in(jon)
    address = f"/requests/{request_.ref}/"
    told = queries(browser, address)
    AccessRequest.objects.update(answers=[])
    assert queries(browser, address) == told
