"""Home as a cockpit: for what one waits, what one could have, and what others hold that one may end."""

from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.models import AuditEvent
from tests import factories
from tests.portal.pages import HTMX, queries, words

pytestmark = pytest.mark.django_db
NEXT = "/next/"


def told(browser):
    return words(browser.get(NEXT, headers=HTMX))


def test_home_asks_for_it_and_has_the_box(web):
    text = web.get("/").content.decode()
    assert 'hx-get="/next/"' in text
    assert "What do you need?" in words(web.get("/"))


def test_without_scripts_a_link_leads_to_all_of_it_as_a_page(web, now):
    without = web.get("/").content.decode().partition("<noscript>")[2].partition("</noscript>")[0]
    assert f'href="{NEXT}"' in without
    assert "Nothing comes next." not in told(web)
    asked = factories.request_at(now=now)
    page = web.get(NEXT)
    assert f"/requests/{asked.ref}/remind/" in page.content.decode()
    for text in ("What comes next · Usher", "You wait for", "Waits for Adam Novak."):
        assert text in words(page)


def test_whoever_waits_for_nothing_reads_so_on_the_page(sign_in, db):
    assert "Nothing comes next." in words(sign_in(factories.person("nora")).get(NEXT))


def test_a_pending_request_says_who_can_decide_it_and_reminds_them(web, now):
    asked = factories.request_at(now=now)
    assert "Waits for Adam Novak." in told(web)
    assert "Remind them" in told(web)
    answer = web.post(f"/requests/{asked.ref}/remind/", {"next": "/"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "Adam Novak is reminded of R-" in words(web.get("/"))
    again = told(web)
    assert "Remind them" not in again
    assert "You reminded them" in again
    assert web.post(f"/requests/{asked.ref}/remind/").status_code == 409
    assert AuditEvent.objects.filter(type="request.reminded").count() == 1


def test_nobody_reminds_for_others(sign_in, web, adam, rita, now):
    asked = factories.request_at(now=now)
    assert sign_in(adam).post(f"/requests/{asked.ref}/remind/").status_code == 403
    assert sign_in(rita).post(f"/requests/{asked.ref}/remind/").status_code == 404
    assert web.get(f"/requests/{asked.ref}/remind/").status_code == 405


def test_the_page_of_the_request_reminds_too(web, sign_in, adam, now):
    asked = factories.request_at(now=now)
    there = f'action="/requests/{asked.ref}/remind/"'
    assert there in web.get(f"/requests/{asked.ref}/").content.decode()
    assert there not in sign_in(adam).get(f"/requests/{asked.ref}/").content.decode()


def test_what_one_could_have_leads_to_the_form_and_what_is_held_is_not_among_it(web, staging, now):
    factories.grant(now=now, state=GrantState.ACTIVE)
    text = web.get(NEXT, headers=HTMX).content.decode()
    assert "target=staging" in text
    assert "target=prod" not in text


def test_what_others_hold_is_ended_from_there_by_whoever_may(sign_in, web, adam, rita, grant):
    assert "Jon Reyes" in told(sign_in(adam))
    assert f"/grants/{grant.ref}/end/" in sign_in(adam).get(NEXT, headers=HTMX).content.decode()
    assert "End now" not in told(web)
    assert "Jon Reyes" not in told(sign_in(rita))


def test_an_auditor_ends_nothing(sign_in, grant):
    assert "End now" not in told(sign_in(factories.person("uma", is_auditor=True)))


def test_the_counts_say_whose_they_are(sign_in, web, adam, rita, grant, now):
    factories.grant(now=now - timedelta(minutes=45), person=rita)
    told = words(sign_in(adam).get("/"))
    assert "Your active access 0 Yours and others' 2 Of all these, ending soon 1" in told
    assert "Your active access 1 Yours, ending soon 0" in words(web.get("/"))


def test_access_is_given_back_at_one_press_with_scripts_and_by_the_page_without(web, grant):
    text = web.get("/").content.decode()
    assert f'href="/grants/{grant.ref}/end/"' in text
    assert 'data-done="Prod"' in text


def test_as_many_questions_for_any_number(web, sign_in, adam, flow, now):
    browsers = [web, sign_in(adam)]
    factories.request_at(now=now)
    factories.grant(now=now, state=GrantState.ACTIVE, person=factories.person("p"))
    few = [queries(one, NEXT, headers=HTMX) for one in browsers]
    for number in range(8):
        factories.request_at(now=now)
        factories.grant(now=now, state=GrantState.ACTIVE, person=factories.person(f"p{number}"))
    assert [queries(one, NEXT, headers=HTMX) for one in browsers] == few


def test_it_is_extended_by_some_of_the_lengths_that_are_offered(web, grant):
    text = web.get("/").content.decode()
    told = words(web.get("/"))
    for seconds, length in ((3600, "1 h"), (4 * 3600, "4 h"), (8 * 3600, "8 h")):
        assert f"target=prod&amp;duration={seconds}&amp;" in text
        assert f"for {length} Prod" in told
    assert "duration=60&amp;" not in text  # over before what is held ends
