"""The button *Try now*, where the pages tell what stands in the way."""

from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.models import Grant
from tests import factories
from tests.portal.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(flow, now):
    grant = factories.grant(state=GrantState.REVOKING, now=now - timedelta(minutes=5))
    Grant.objects.update(due_at=now + timedelta(minutes=1), attempts=9, last_error="The login was refused.")
    return grant.refreshed()


@pytest.mark.parametrize("who", ["jon", "adam", "olga"])
def test_every_page_that_tells_of_the_trouble_has_the_button_and_says_what_to_do(sign_in, request, grant, who):
    browser = sign_in(request.getfixturevalue(who))
    pages = ["/active/", f"/requests/{grant.requests.get().ref}/", *(["/"] if who == "jon" else [])]
    for page in pages:
        answer = browser.get(page)
        assert f'action="/grants/{grant.ref}/try/"' in answer.content.decode(), page
        to_do = "Mend what it says" if who == "olga" else "If that does not help, tell an admin what it says."
        assert to_do in words(answer), page


def test_one_press_makes_it_due_and_comes_back_to_the_same_list(sign_in, adam, grant, now):
    browser = sign_in(adam)
    page = browser.get("/active/?state=overdue").content.decode()
    assert 'name="next" value="/active/?state=overdue"' in page
    answer = browser.post(f"/grants/{grant.ref}/try/", {"next": "/active/?state=overdue"})
    assert (answer.status_code, answer["Location"]) == (302, "/active/?state=overdue")
    assert grant.refreshed().due_at < now + timedelta(minutes=1)
    after = browser.get("/active/")
    assert "Access to Prod is being tried again now." in words(after)
    assert "/try/" not in after.content.decode()


def test_a_second_press_is_told_why_not(sign_in, adam, grant):
    browser = sign_in(adam)
    browser.post(f"/grants/{grant.ref}/try/")
    answer = browser.post(f"/grants/{grant.ref}/try/")
    assert answer.status_code == 409
    assert "It is due already" in words(answer)


def test_an_auditor_reads_and_somebody_else_sees_nothing(sign_in, rita, grant):
    auditor = factories.person("uma", is_auditor=True)
    page = sign_in(auditor).get("/active/")
    assert "The login was refused." in words(page)
    assert "/try/" not in page.content.decode()
    assert sign_in(auditor).post(f"/grants/{grant.ref}/try/").status_code == 403
    assert sign_in(rita).post(f"/grants/{grant.ref}/try/").status_code == 404


def test_it_is_a_post(sign_in, adam, grant):
    assert sign_in(adam).get(f"/grants/{grant.ref}/try/").status_code == 405
