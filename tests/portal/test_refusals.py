"""Every no, and every failure, in one look: as a page, and as the fragment that htmx asked for."""

import pytest
from django.test import Client

from access.core.states import GrantState
from access.models import Grant
from tests import factories
from tests.portal.pages import HTMX, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(flow, now):
    return f"/grants/{factories.grant(state=GrantState.ENDED, now=now).ref}/end/"


@pytest.fixture
def held(flow, now):
    return f"/grants/{factories.grant(state=GrantState.ACTIVE, now=now).ref}/end/"


def is_page(response):
    return "<html" in response.content.decode()


def test_a_refusal_is_a_page_with_its_status_its_sentence_and_a_way_back(sign_in, jon, ended):
    page = sign_in(jon).post(ended, headers={"Referer": "http://testserver/active/?target=prod"})
    assert page.status_code == 409
    assert is_page(page)
    assert "This has changed in the meantime This access has ended already." in words(page)
    assert 'href="/active/?target=prod"' in page.content.decode()


def test_the_way_back_leads_nowhere_else(sign_in, jon, ended):
    page = sign_in(jon).post(ended, headers={"Referer": "http://elsewhere.example/active/"})
    assert "elsewhere" not in page.content.decode()
    assert "Back to where you were" not in words(page)


@pytest.mark.parametrize("header", ["Referer", "HX-Current-URL"])
@pytest.mark.parametrize(
    "odd", ["http://[", "http://[::1", "//", "http://testserver:x/active/", "\u00e9", "javascript:x"]
)
def test_an_address_that_is_none_is_no_way_back_and_breaks_nothing(sign_in, jon, ended, header, odd):
    page = sign_in(jon).post(ended, headers={header: odd})
    assert page.status_code == 409
    assert "Back to where you were" not in words(page)


def test_htmx_gets_the_refusal_as_a_fragment(sign_in, jon, ended):
    part = sign_in(jon).post(ended, headers=HTMX | {"HX-Current-URL": "http://testserver/active/"})
    assert part.status_code == 409
    assert not is_page(part)
    assert words(part) == "This access has ended already. Back to where you were"
    assert 'role="alert"' in part.content.decode()


def test_htmx_on_a_page_puts_refusals_where_the_answer_would_have_been(sign_in, jon):
    page = sign_in(jon).get("/").content.decode()
    assert "400|403|404|409|422|500" in page
    assert "&quot;allowEval&quot;: false" in page
    assert "&quot;includeIndicatorStyles&quot;: false" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_does_not_exist_looks_the_same(sign_in, jon, headers):
    page = sign_in(jon).get("/nothing/here/", headers=headers)
    assert page.status_code == 404
    assert is_page(page) is not bool(headers)
    assert "Perhaps the address was mistyped" in words(page)


def test_what_does_not_exist_looks_the_same_before_signing_in(client, db):
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert "There is nothing here" in words(page)


def test_a_host_that_is_not_ours_is_a_bad_request(db, settings):
    settings.ALLOWED_HOSTS = ["usher.example.com"]
    page = Client(HTTP_HOST="elsewhere.example").get("/login/")
    assert page.status_code == 400
    assert "This cannot be accepted" in words(page)


def test_a_stale_form_is_refused_in_words(jon, held):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(jon, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.post(held)
    assert page.status_code == 403
    assert "This page was open for too long" in words(page)
    assert Grant.objects.get().state == GrantState.ACTIVE


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_failure_says_so_without_a_database_and_without_details(sign_in, jon, monkeypatch, headers, caplog):
    def breaks(*_args, **_kwargs):
        raise RuntimeError("password=hunter2")

    browser = sign_in(jon)
    browser.raise_request_exception = False
    monkeypatch.setattr("access.alerts.home.home", breaks)
    monkeypatch.setattr("portal.context.navigation", breaks)
    page = browser.get("/", headers=headers)
    assert page.status_code == 500
    assert is_page(page) is not bool(headers)
    assert "It was written to the log." in words(page)
    assert "hunter2" not in page.content.decode()


def test_the_pages_of_an_error_have_a_strict_policy(client, db):
    policy = client.get("/nothing/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_method_that_an_address_does_not_take_is_said_in_words(sign_in, jon, held):
    page = sign_in(jon).get("/requests/R-22222/withdraw/")
    assert page.status_code == 405
    assert page["Allow"] == "POST"
    assert "This cannot be opened this way" in words(page)
    assert is_page(page)


@pytest.mark.parametrize(("address", "tone"), [("/nothing/here/", "tone-mute"), ("/setup/", "tone-bad")])
def test_what_is_not_there_is_no_alarm(sign_in, jon, address, tone):
    assert tone in sign_in(jon).get(address).content.decode()
