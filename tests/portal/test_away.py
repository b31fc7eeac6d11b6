"""The page on which people say who decides for them while they are away."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from access.models import Delegation, User
from tests import factories
from tests.portal.pages import queries, words

pytestmark = pytest.mark.django_db
AWAY = "/account/away/"


@pytest.fixture(autouse=True)
def rita_stands_in(flow, rita):
    factories.stands_in(rita)


def typed(to, now, **more):
    local = {name: f"{value:%Y-%m-%dT%H:%M}" for name, value in (("ends_at", now + timedelta(days=2)),)}
    return {"to_person": to.pk, "starts_at": "", "zone": "UTC", "reason": "On holiday.", **local, **more}


def test_it_needs_somebody_signed_in(client):
    assert reverse("login") in client.get(AWAY).url
    assert reverse("login") in client.post("/account/away/1/end/").url


def test_somebody_is_named_and_listed_on_both_sides(sign_in, adam, rita, now):
    response = sign_in(adam).post(AWAY, typed(rita, now))
    assert (response.status_code, response.url) == (302, AWAY)
    row = Delegation.objects.get()
    assert (row.from_person, row.to_person, row.created_by) == (adam, rita, adam)
    assert "They decide for me Rita Moss" in words(sign_in(adam).get(AWAY))
    assert "I decide for them Adam Novak" in words(sign_in(rita).get(AWAY))


def test_times_are_read_in_the_zone_that_the_form_says(sign_in, adam, rita, now):
    end = (now + timedelta(days=2)).replace(hour=12, minute=0, second=0)
    sign_in(adam).post(AWAY, typed(rita, now, zone="America/New_York", ends_at=f"{end:%Y-%m-%dT%H:%M}"))
    assert Delegation.objects.get().ends_at in (end + timedelta(hours=4), end + timedelta(hours=5))


def test_the_form_begins_in_the_zone_of_the_browser(sign_in, adam):
    browser = sign_in(adam)
    browser.cookies["usher_zone"] = "Europe/Prague"
    assert 'value="Europe/Prague"' in browser.get(AWAY).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"zone": "Mars/Olympus"}, "There is no zone “Mars/Olympus”"),
        ({"zone": "../etc"}, "There is no zone “../etc”"),
        ({"to_person": ""}, "Choose who decides for you."),
        ({"to_person": "0"}, "Choose somebody from the list: only they may stand in where you decide."),
        ({"ends_at": ""}, "Say until when: at most 90 days."),
        ({"ends_at": "2001-01-01T12:00"}, "The end is over already."),
        ({"ends_at": "soon"}, "Write the day and the time"),
        ({"reason": " "}, "Say why, such as: on holiday."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(sign_in, adam, rita, now, wrong, sentence):
    response = sign_in(adam).post(AWAY, typed(rita, now, **wrong))
    assert response.status_code == 400
    assert sentence in words(response)
    assert not Delegation.objects.exists()


def test_a_loop_is_refused_with_the_names(sign_in, adam, rita, flow, now):
    factories.stage(flow, rita)
    factories.stands_in(adam)
    factories.delegation(adam, rita, now=now)
    response = sign_in(rita).post(AWAY, typed(adam, now))
    assert response.status_code == 400
    assert "That would be a loop: Rita Moss decides for Adam Novak" in words(response)


def test_nobody_who_left_is_offered(sign_in, adam, rita):
    User.objects.filter(pk=rita.pk).update(is_active=False)
    assert "Rita Moss" not in words(sign_in(adam).get(AWAY))


@pytest.mark.parametrize("who", ["adam", "rita"])
def test_either_of_them_ends_it_now(sign_in, adam, rita, now, who):
    row = factories.delegation(adam, rita, now=now)
    response = sign_in(factories.person(who)).post(f"/account/away/{row.pk}/end/", follow=True)
    assert "The delegation has ended." in words(response)
    assert Delegation.objects.get().ended_at


def test_nobody_else_ends_it_and_nobody_ends_it_twice(sign_in, adam, rita, jon, now):
    row = factories.delegation(adam, rita, now=now)
    assert sign_in(jon).post(f"/account/away/{row.pk}/end/").status_code == 404
    Delegation.objects.update(ended_at=timezone.now(), due_at=None)
    assert sign_in(adam).post(f"/account/away/{row.pk}/end/").status_code == 409
    assert sign_in(adam).post("/account/away/0/end/").status_code == 404


def test_other_methods_are_refused(sign_in, adam):
    assert sign_in(adam).delete(AWAY).status_code == 405
    assert sign_in(adam).get("/account/away/1/end/").status_code == 405


def test_any_number_of_delegations_takes_the_same_queries(sign_in, adam, rita, now):
    factories.delegation(rita, adam, now=now)
    browser = sign_in(adam)
    few = queries(browser, AWAY)
    for number in range(9):
        factories.delegation(factories.person(f"p{number}"), adam, now=now)
    assert queries(browser, AWAY) == few


def test_the_review_page_says_for_whom(sign_in, adam, rita, now):
    asked = factories.request_at(now=now)
    factories.delegation(adam, rita, now=now)
    browser = sign_in(rita)
    assert "You decide for Adam Novak, who is away." in words(browser.get("/review/"))
    browser.post(f"/requests/{asked.ref}/approve/", {"comment": ""})
    assert "by Rita Moss for Adam Novak" in words(browser.get(f"/requests/{asked.ref}/"))
    assert "Rita Moss for Adam Novak" in words(sign_in(adam).get(f"/requests/{asked.ref}/"))


def test_the_delegate_accepts_on_the_page_and_nobody_else(sign_in, adam, rita, now):
    sign_in(adam).post(AWAY, typed(rita, now))
    address = f"{AWAY}{Delegation.objects.get().pk}/accept/"
    assert "Not accepted yet" in words(sign_in(adam).get(AWAY))
    assert sign_in(adam).post(address).status_code == 403
    browser = sign_in(rita)
    assert "Accept" in words(browser.get(AWAY))
    assert "Decline" in words(browser.get(AWAY))
    assert browser.get(address).status_code == 405
    assert browser.post(address).url == AWAY
    assert Delegation.objects.get().accepted_at is not None
    assert browser.post(f"{AWAY}0/accept/").status_code == 404


def test_who_can_name_nobody_is_told_so(sign_in, adam, flow):
    flow.stand_ins.clear()
    page = words(sign_in(adam).get(AWAY))
    assert "lets anybody else stand in for you" in page
    assert "Let them decide for me" not in page
