"""Ending access before its time: by the right people, with two presses, one or all of a target."""

from datetime import timedelta

import pytest
from django.urls import reverse

from access.core.states import EndReason, GrantState
from access.models import AuditEvent, Grant
from tests import factories
from tests.portal.pages import words

pytestmark = pytest.mark.django_db


def test_nobody_ends_anything_before_signing_in(client, grant):
    for address in (f"/grants/{grant.ref}/end/", "/targets/prod/end/"):
        assert client.get(address)["Location"] == f"/login/?next={address}"
        assert client.post(address)["Location"] == "/login/?next=/"
    assert grant.refreshed().state == GrantState.ACTIVE


# Ending one


@pytest.mark.parametrize(
    ("who", "title", "button"),
    [
        ("jon", "Done with Prod?", "I'm done"),
        ("adam", "End Jon Reyes's access to Prod?", "End now"),
        ("olga", "End Jon Reyes's access to Prod?", "End now"),
    ],
)
def test_to_end_access_is_confirmed_on_a_page_of_its_own(sign_in, request, grant, who, title, button):
    page = sign_in(request.getfixturevalue(who)).get(f"/grants/{grant.ref}/end/")
    assert page.status_code == 200
    assert title in words(page)
    assert button in words(page)
    assert grant.refreshed().state == GrantState.ACTIVE


@pytest.mark.parametrize(
    ("who", "reason"), [("jon", EndReason.RETURNED), ("adam", EndReason.REVOKED), ("olga", EndReason.REVOKED)]
)
def test_holder_approver_and_admin_end_it(sign_in, request, grant, who, reason):
    browser = sign_in(request.getfixturevalue(who))
    answer = browser.post(f"/grants/{grant.ref}/end/", {"comment": "Enough.", "next": "/active/?target=prod"})
    assert (answer.status_code, answer["Location"]) == (302, "/active/?target=prod")
    seen = grant.refreshed()
    assert (seen.state, seen.end_reason) == (GrantState.REVOKING, reason)
    assert AuditEvent.objects.get(type="grant.revoking").data["comment"] == "Enough."
    assert "You ended access to Prod. It is gone once Aptible no longer lists it." in words(browser.get("/"))


def test_what_has_not_begun_is_cancelled(sign_in, jon, flow, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=now + timedelta(days=1))
    browser = sign_in(jon)
    assert "Cancel access to Prod?" in words(browser.get(f"/grants/{grant.ref}/end/"))
    browser.post(f"/grants/{grant.ref}/end/")
    assert grant.refreshed().state == GrantState.ENDED
    assert "Access to Prod was cancelled before it began." in words(browser.get("/"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_else_may_not_end_it(sign_in, rita, grant, method):
    page = getattr(sign_in(rita), method)(f"/grants/{grant.ref}/end/")
    assert page.status_code == 404
    assert grant.refreshed().state == GrantState.ACTIVE


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("state", "sentence"),
    [(GrantState.REVOKING, "This access is ending already."), (GrantState.ENDED, "This access has ended already.")],
)
def test_what_is_ending_or_has_ended_is_not_ended_again(sign_in, jon, flow, now, state, sentence, method):
    grant = factories.grant(state=state, now=now)
    page = getattr(sign_in(jon), method)(f"/grants/{grant.ref}/end/")
    assert page.status_code == 409
    assert sentence in words(page)


def test_ending_is_a_post(sign_in, jon, grant):
    assert sign_in(jon).delete(f"/grants/{grant.ref}/end/").status_code == 405


@pytest.mark.parametrize("address", ["/grants/G-22222/end/", "/grants/%00/end/", "/targets/nothing/end/"])
def test_what_does_not_exist_is_not_found(sign_in, jon, address):
    assert sign_in(jon).get(address).status_code == 404


def test_a_comment_that_is_too_long_is_refused_and_kept(sign_in, adam, grant):
    page = sign_in(adam).post(f"/grants/{grant.ref}/end/", {"comment": "x" * 1001})
    assert page.status_code == 400
    assert "x" * 1001 in page.content.decode()
    assert grant.refreshed().state == GrantState.ACTIVE


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere_afterwards(sign_in, jon, grant, elsewhere):
    assert sign_in(jon).post(f"/grants/{grant.ref}/end/", {"next": elsewhere})["Location"] == "/"


# Ending all of a target


def test_all_access_to_a_target_is_ended_by_typing_its_name(sign_in, adam, grant, rita, staging, now):
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    other = factories.grant(state=GrantState.ACTIVE, now=now, person=rita, for_target=staging)
    browser = sign_in(adam)
    assert "End all access to Prod…" in words(browser.get("/active/?target=prod"))
    assert "This ends all 2 grants at once." in words(browser.get("/targets/prod/end/"))

    assert browser.post("/targets/prod/end/", {"confirmation": "prod"}).status_code == 302

    assert set(Grant.objects.exclude(pk=other.pk).values_list("state", flat=True)) == {GrantState.REVOKING}
    assert other.refreshed().state == GrantState.ACTIVE
    assert "You ended the access of 2 people to Prod." in words(browser.get("/active/"))


@pytest.mark.parametrize("typed", ["", "Prod", "prod2"])
def test_without_the_name_nothing_ends(sign_in, olga, grant, typed):
    page = sign_in(olga).post("/targets/prod/end/", {"confirmation": typed})
    assert page.status_code == 400
    assert "Type prod to confirm." in words(page)
    assert 'aria-invalid="true"' in page.content.decode()
    assert grant.refreshed().state == GrantState.ACTIVE


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_ends_all_who_may_not_end_each(sign_in, rita, grant, now, method):
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    page = getattr(sign_in(rita), method)("/targets/prod/end/", {"confirmation": "prod"})
    assert page.status_code == 403
    assert set(Grant.objects.values_list("state", flat=True)) == {GrantState.ACTIVE}
    assert "End all" not in words(sign_in(rita).get("/active/?target=prod"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_where_nothing_is_held_there_is_nothing_to_end(sign_in, olga, flow, method):
    page = getattr(sign_in(olga), method)("/targets/prod/end/", {"confirmation": "prod"})
    assert page.status_code == 409
    assert "Nobody holds Prod at the moment" in words(page)


def test_whether_anybody_holds_a_target_is_not_for_everybody_to_know(sign_in, rita, target, now):
    there = reverse("target-end", args=[target.name])
    assert sign_in(rita).get(there).status_code == 404
    factories.grant(state=GrantState.ACTIVE, now=now)
    assert sign_in(rita).get(there).status_code == 404
