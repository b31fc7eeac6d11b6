"""What each page asks, at most: statements, bytes, and as many of them beside a long past as beside a short one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import AccessRequest, User
from bench import looks
from bench.past import Past
from tests.portal.pages import HTMX

# Statements with that of the session and of the person. What is over eight is told in docs/benchmarks.md.
MOST = {
    "home": 10, "home, polled": 10, "ask": 12, "ask, fragment": 17, "request, settled": 12,
    "review, for me": 11, "review, decided": 11, "review, all": 11, "active": 9, "search": 9,
    "reports, a person at a target": 11,
    "admin, requests": 9, "admin, grants": 9, "admin, log": 8, "admin, messages": 9,
    "admin, a reference": 8, "admin, a person": 10,
}  # fmt: skip
USUAL = 8
BYTES = 60_000  # of a page of the portal
SHORT, LONG = 130, 260
# What the API asks is held by its own tests, and what is left out of a poll by those of the polls.
PAGES = [one for one in looks.ALL if not one.is_api and not one.unchanged]


@pytest.fixture
def past(db, now):
    """As many requests of two years; the newest wait, or are held."""

    def past(number):
        Past(number, now - timedelta(minutes=1)).write()
        return {one: User.objects.get(email=f"person{one:03}@example.com") for one in looks.NAMES}

    return past


def asked_by(browser, look):
    headers = HTMX if look.htmx else {}
    with CaptureQueriesContext(connection) as seen:
        answer = browser.get(look.path, headers=headers)
    assert answer.status_code == 200, look
    return len(seen), len(answer.content)


def every_page(sign_in, people):
    browsers = {number: sign_in(person) for number, person in people.items()}
    for look in PAGES:
        asked_by(browsers[look.who], look)  # what is read once and kept is read here
    return {(one.name, one.who): asked_by(browsers[one.who], one) for one in PAGES}


def test_no_page_asks_more_or_says_more_than_it_may(past, sign_in):
    found = every_page(sign_in, past(SHORT))
    too_many = {one: told for one, told in found.items() if told[0] > MOST.get(one[0], USUAL)}
    assert too_many == {}
    too_long = {one: told for one, told in found.items() if told[1] > BYTES and not one[0].startswith("admin")}
    assert too_long == {}


def test_twice_the_past_is_told_by_as_many_questions(past, sign_in):
    people = past(LONG)
    many = {one: told[0] for one, told in every_page(sign_in, people).items()}
    newest = AccessRequest.objects.order_by("-pk")[:SHORT]
    assert AccessRequest.objects.count() == 2 * newest.count()
    over = {one: number for one, number in many.items() if number > MOST.get(one[0], USUAL)}
    assert over == {}
