"""One search over targets, requests, people and pages: it finds what its reader may see, and nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import Group
from tests import factories
from tests.portal.pages import HTMX, queries, words

SEARCH = "/search/"


def found(browser, typed):
    return words(browser.get(SEARCH, {"q": typed}, headers=HTMX))


@pytest.fixture
def asked(flow, now):
    return factories.request_at(now=now)


def test_everybody_finds_what_they_may_ask_for_and_their_pages(web, asked):
    assert "Ask for Prod" in found(web, "prdo")
    assert f"{asked.ref} · Prod" in found(web, "prod")
    assert f"{asked.ref} · Prod" in found(web, asked.ref.lower())
    assert f"{asked.ref} · Prod" in found(web, asked.ref[2:])
    assert "I'm away" in found(web, "away")
    assert "jon@example.com" in found(web, "jon")


def test_a_requester_finds_neither_others_nor_their_requests_nor_what_is_for_admins(web, sign_in, rita, asked, now):
    other = factories.request_at(now=now, requester=rita)
    for typed in (other.ref, "rita", "moss", "prod"):
        assert f'href="/requests/{other.ref}/"' not in web.get(SEARCH, {"q": typed}, headers=HTMX).content.decode()
        assert "rita@example.com" not in found(web, typed)
    for typed in ("audit", "findings", "admin", "set-up"):
        assert "/admin/" not in web.get(SEARCH, {"q": typed}).content.decode().split("<main")[1]
        assert f"Nothing that you may see is like “{typed}”." in found(web, typed)


def test_an_approver_finds_whoever_asked_them(sign_in, adam, asked):
    told = found(sign_in(adam), "ryes")
    assert "jon@example.com" in told
    assert asked.ref in found(sign_in(adam), asked.ref)


def test_whoever_asked_an_approver_last_is_named_first(sign_in, adam, flow, now):
    first, last = (factories.person(name) for name in ("zoe", "amy"))
    for one in (first, last, first):
        factories.request_at(now=now, requester=one)
    told = found(sign_in(adam), "example")
    assert told.index("zoe@example.com") < told.index("amy@example.com")


def test_a_target_for_others_is_not_found(sign_in, flow, rita):
    group = Group.objects.create(name="g", label="G")
    flow.requesters.add(group)
    assert "Prod" not in found(sign_in(rita), "prod").replace("“prod”", "")


def test_admins_find_everybody_and_every_target(sign_in, olga, asked, rita):
    browser = sign_in(olga)
    assert "rita@example.com" in found(browser, "moss")
    assert "Admin" in found(browser, "admin")
    assert asked.ref in found(browser, asked.ref)


def test_it_is_a_page_without_scripts(web, asked):
    page = web.get(SEARCH, {"q": "prod"})
    assert "Ask for Prod" in words(page)
    assert 'value="prod"' in page.content.decode()
    assert "<dialog" in page.content.decode()


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "R-", "r", "' OR 1=1", "x" * 5000, "\0"])
def test_whatever_is_typed_is_answered(web, asked, typed):
    assert web.get(SEARCH, {"q": typed}).status_code == 200


def test_as_many_questions_for_any_number(sign_in, olga, adam, asked, now):
    browsers = [sign_in(olga), sign_in(adam)]
    few = [queries(one, f"{SEARCH}?q=prod") for one in browsers]
    for number in range(20):
        factories.request_at(now=now, requester=factories.person(f"p{number}"))
    assert [queries(one, f"{SEARCH}?q=prod") for one in browsers] == few
    assert max(few) <= 13


@pytest.mark.parametrize("of_it", [2, 4, 7])
def test_a_reference_is_found_by_an_index_and_not_by_reading_all_of_them(sign_in, olga, asked, of_it):
    browser = sign_in(olga)
    for _twice in range(2):  # what is put together once is put together by the first
        with CaptureQueriesContext(connection) as caught:
            assert asked.ref in found(browser, asked.ref[:of_it] if of_it > 2 else asked.ref[2])
    [by_ref] = [one["sql"] for one in caught if '"ref"' in one["sql"].partition(" WHERE ")[2]]
    if connection.vendor == "postgresql":
        assert f"LIKE '{asked.ref[:of_it] if of_it > 2 else asked.ref[:3]}%'" in by_ref  # for which it has an index
        return
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + by_ref)
        assert "SEARCH access_accessrequest USING INDEX" in str(cursor.fetchall())
