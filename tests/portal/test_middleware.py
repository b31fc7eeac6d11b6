"""What happens around every page: the sign-in, the redirects that htmx follows, the reader's time zone."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from access.core.errors import Conflict
from access.core.states import GrantState
from portal.middleware import RefusalMiddleware, TimeZoneMiddleware
from tests import factories
from tests.portal.pages import HTMX, words

# Signing in


def test_a_page_is_opened_again_after_signing_in(client, db):
    assert client.get("/active/?target=prod")["Location"] == "/login/?next=/active/%3Ftarget%3Dprod"


def test_a_session_that_ended_under_a_fragment_opens_the_sign_in_and_then_the_page(client, db):
    headers = HTMX | {"HX-Current-URL": "http://testserver/active/?target=prod"}
    answer = client.get("/active/?target=prod&seen=1", headers=headers)
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/login/?next=/active/%3Ftarget%3Dprod"
    assert "Location" not in answer


@pytest.mark.parametrize(
    ("referer", "onward"),
    [("http://testserver/active/", "/active/"), ("http://elsewhere.example/active/", "/"), ("", "/")],
)
def test_a_session_that_ended_under_a_form_leads_back_to_its_page_and_not_to_the_post(client, db, referer, onward):
    answer = client.post("/grants/G-22222/end/", headers={"Referer": referer})
    assert answer["Location"] == f"/login/?next={onward}"


def test_what_no_database_keeps_is_shown_as_that_and_looked_for_as_nothing_else(sign_in, jon):
    page = sign_in(jon).get("/requests/?q=a%00b&target=%00")
    assert page.status_code == 200
    assert (page.wsgi_request.GET["q"], page.wsgi_request.GET["target"]) == ("a\ufffdb", "\ufffd")


def test_nor_is_it_read_from_a_cookie(client, db):
    page = client.get("/login/", headers={"Cookie": 'zone="a\\000b"'})
    assert page.status_code == 200
    assert page.wsgi_request.COOKIES["zone"] == "a\ufffdb"


# Redirects


def test_a_redirect_opens_the_page_and_is_not_put_into_the_fragment(sign_in, jon, flow, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    answer = sign_in(jon).post(f"/grants/{grant.ref}/end/", headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/")


def test_what_sets_a_cookie_still_does_when_it_redirects(client, db, settings):
    settings.DEMO = True
    factories.person("jon")
    answer = client.post("/login/demo/", {"email": "jon@example.com"}, headers=HTMX | {"Host": "localhost"})
    assert settings.SESSION_COOKIE_NAME in answer.cookies


def test_caches_tell_pages_from_fragments(sign_in, jon):
    assert "HX-Request" in sign_in(jon).get("/")["Vary"]


# Refusals are the only exceptions that become answers


def test_other_exceptions_stay_exceptions(rf):
    request = rf.get("/")
    request.user = AnonymousUser()
    middleware = RefusalMiddleware(lambda _request: HttpResponse())
    assert middleware.process_exception(request, ValueError()) is None
    assert middleware.process_exception(request, Conflict("No.")).status_code == 409


# Times


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [
        ("", "UTC"),
        ("Europe%2FBerlin", "Europe/Berlin"),
        ("America/New_York", "America/New_York"),
        ("Nowhere/Land", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("%00", "UTC"),
        ("/etc/localtime", "UTC"),
        ("x" * 5000, "UTC"),
    ],
)
def test_times_are_in_the_zone_of_the_browser_or_in_utc(cookie, zone):
    seen = []

    def view(_request):
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    request = RequestFactory().get("/")
    request.COOKIES["usher_zone"] = cookie
    TimeZoneMiddleware(view)(request)
    assert seen == [zone]


def test_the_zone_is_told_on_the_page_and_on_hover(sign_in, jon, flow, now):
    factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=now + timedelta(days=1))
    browser = sign_in(jon)
    browser.cookies["usher_zone"] = "Asia%2FTokyo"
    page = browser.get("/")
    assert "Times are shown in Asia/Tokyo." in words(page)
    assert "JST" in page.content.decode()
