"""The list of requests, on the page and as a file."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import GrantState, RequestState
from access.models import AccessRequest
from tests import factories
from tests.portal.pages import queries, words

REQUESTS = "/requests/"


@pytest.fixture
def web(sign_in, jon, flow):
    return sign_in(jon)


def lines(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_people_see_their_own_newest_first(web, rita, now):
    older = factories.request_at(now=now - timedelta(hours=1), state=RequestState.DENIED)
    newer = factories.request_at(now=now)
    hers = factories.request_at(now=now, requester=rita)
    page = words(web.get(REQUESTS))
    assert page.index(newer.ref) < page.index(older.ref)
    assert hers.ref not in page
    assert "All that I may see" not in page


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client):
    assert client.get(REQUESTS).url == "/login/?next=/requests/"
    assert client.get(f"{REQUESTS}?format=csv").status_code == 302


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_refused(web, method):
    assert getattr(web, method)(REQUESTS).status_code == 405


def test_an_empty_list_says_what_to_do_next(web):
    page = words(web.get(REQUESTS))
    assert "You have asked for nothing yet" in page
    assert "Ask for access" in page


def test_a_stranger_sees_nothing_of_others_even_when_asking_for_all(sign_in, flow, rita, now):
    factories.request_at(now=now)
    assert "R-" not in words(sign_in(rita).get(f"{REQUESTS}?scope=all"))
    assert lines(sign_in(rita).get(f"{REQUESTS}?scope=all&format=csv")) == []


@pytest.mark.parametrize("who", ["adam", "olga"])
def test_approvers_and_admins_see_what_they_may(sign_in, flow, olga, now, who):
    asked = factories.request_at(now=now)
    page = words(sign_in(factories.person(who)).get(f"{REQUESTS}?scope=all"))
    assert asked.ref in page
    assert "Jon Reyes" in page


def test_the_filters_are_in_the_address(web, now):
    denied = factories.request_at(now=now, state=RequestState.DENIED)
    active = factories.grant(state=GrantState.ACTIVE, now=now).requests.get()
    page = words(web.get(f"{REQUESTS}?state=active&target=prod"))
    assert active.ref in page
    assert denied.ref not in page
    assert "No request fits these filters" in words(web.get(f"{REQUESTS}?state=lapsed"))


def test_days_are_whole_days_in_the_zone_of_the_browser(web, now):
    asked = factories.request_at(now=now)
    midnight = timezone.now().replace(year=2026, month=3, day=10, hour=23, minute=30)
    AccessRequest.objects.update(created_at=midnight, settled_at=None)
    in_utc, in_tokyo = "since=2026-03-10&until=2026-03-10", "since=2026-03-11&until=2026-03-11"
    assert asked.ref in words(web.get(f"{REQUESTS}?{in_utc}"))
    assert asked.ref not in words(web.get(f"{REQUESTS}?{in_tokyo}"))
    web.cookies["usher_zone"] = "Asia/Tokyo"
    assert asked.ref in words(web.get(f"{REQUESTS}?{in_tokyo}"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("since=yesterday", "Write a day such as 2026-01-31."),
        ("until=0001-01-01", "Write a day such as 2026-01-31."),
        ("since=2026-02-02&until=2026-01-01", "This day is before the first one."),
        ("state=gone", "There is no such state."),
    ],
)
def test_a_filter_that_cannot_be_read_says_so_and_narrows_nothing(web, now, wrong, sentence):
    asked = factories.request_at(now=now)
    answer = web.get(f"{REQUESTS}?{wrong}")
    assert answer.status_code == 200
    assert sentence in words(answer)
    if "&" not in wrong:
        assert asked.ref in words(answer)


def test_a_place_that_is_not_there_is_the_beginning(web, now):
    asked = factories.request_at(now=now)
    for place in ("older=R-NONE", "newer=x", "older=", "page=7"):
        assert asked.ref in words(web.get(f"{REQUESTS}?{place}"))


def test_a_long_list_has_parts_that_keep_the_filters(web, now):
    made = [factories.request_at(now=now).ref for _number in range(26)]
    page = web.get(f"{REQUESTS}?state=pending")
    assert made[0] not in words(page)
    assert "Newer" not in words(page)
    older = f"?state=pending&older={made[1]}"
    assert older.replace("&", "&amp;") in page.content.decode()
    page = web.get(f"{REQUESTS}{older}")
    assert made[0] in words(page)
    assert made[1] not in words(page)
    assert "Older" not in words(page)
    assert f"?state=pending&amp;newer={made[0]}" in page.content.decode()
    assert made[25] in words(web.get(f"{REQUESTS}?state=pending&newer={made[0]}"))


def test_asking_again_is_one_step(web, now):
    factories.request_at(now=now, state=RequestState.DENIED, ticket="OPS-1")
    page = web.get(REQUESTS).content.decode()
    assert "/ask/?flow=production-access&amp;target=prod&amp;duration=3600&amp;ticket=OPS-1" in page


def test_the_page_takes_a_fixed_number_of_queries(sign_in, olga, flow, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    few = queries(sign_in(olga), f"{REQUESTS}?scope=all")
    for number in range(30):
        factories.request_at(now=now, requester=factories.person(f"p{number}"))
    assert queries(sign_in(olga), f"{REQUESTS}?scope=all") == few


def test_the_file_has_absolute_times_in_utc_and_the_same_filters(web, now):
    factories.request_at(now=now, state=RequestState.DENIED)
    grant = factories.grant(state=GrantState.ENDED, now=now)
    web.cookies["usher_zone"] = "Asia/Tokyo"
    answer = web.get(f"{REQUESTS}?state=ended&format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    [line] = lines(answer)
    assert line["state"] == "ended"
    assert line["grant"] == grant.ref
    assert line["asked_at"] == f"{now:%Y-%m-%dT%H:%M:%S}.000Z"
    assert line["ended_at"] == line["asked_at"]
    assert line["decided_by"] == "adam@example.com (approve)"
    assert line["why_it_ended"] == "expired"


@pytest.mark.parametrize("reason", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1"])
def test_nothing_in_the_file_is_run_as_a_formula(web, now, reason):
    factories.request_at(now=now)
    AccessRequest.objects.update(reason=reason)
    [line] = lines(web.get(f"{REQUESTS}?format=csv"))
    assert line["reason"] == f"'{reason}"


def test_what_a_person_wrote_is_text_on_the_page(web, now):
    factories.request_at(now=now, reason="<script>alert(1)</script>")
    assert "<script>alert(1)" not in web.get(REQUESTS).content.decode()


@pytest.mark.parametrize("wrong", ["target=%00", "person=%00&scope=all"])
def test_a_filter_that_no_database_keeps_finds_nothing(web, now, wrong):
    factories.request_at(now=now)
    answer = web.get(f"{REQUESTS}?{wrong}")
    assert answer.status_code == 200
    assert "No request fits these filters" in words(answer)
