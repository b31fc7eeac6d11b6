"""Active access: who sees what, the filters, and the file."""

import csv
import io
from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.grants import claim
from access.models import Grant
from tests import factories
from tests.portal.pages import HTMX, is_part_of, queries, words

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def people(count):
    return [factories.person(f"person-{number}") for number in range(count)]


# Who sees what


def test_nobody_is_shown_anything_before_signing_in(client, grant):
    page = client.get("/active/")
    assert (page.status_code, page["Location"]) == (302, "/login/?next=/active/")


def test_the_list_is_only_read(sign_in, olga):
    assert sign_in(olga).post("/active/").status_code == 405


def test_an_admin_sees_all_an_approver_what_they_decide_a_holder_their_own(sign_in, grant, jon, adam, rita, olga, now):
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    for reader, count in ((olga, 2), (adam, 2), (jon, 1), (rita, 1)):
        page = sign_in(reader).get("/active/")
        assert len(page.context["list"].rows) == count
    assert "You" in words(sign_in(jon).get("/active/"))
    assert "Rita" not in words(sign_in(jon).get("/active/"))


def test_somebody_who_decides_nothing_and_holds_nothing_sees_nothing(sign_in, grant):
    page = sign_in(factories.person("mallory")).get("/active/")
    assert "Nobody holds temporary access that you can see." in words(page)


def test_a_row_says_who_holds_what_since_when_and_until_when(sign_in, grant, olga):
    text = words(sign_in(olga).get("/active/"))
    assert "Jon Reyes" in text
    assert "Prod prod: Deployment, Tunnel Active just now 59 min" in text


def test_only_live_access_is_listed(sign_in, olga, flow, now):
    for state in (GrantState.SCHEDULED, GrantState.ENDED):
        factories.grant(state=state, now=now)
    assert sign_in(olga).get("/active/").context["list"].rows == []


def test_the_overdue_is_on_top_in_red_with_its_trouble(sign_in, grant, olga, rita, now):
    late = factories.grant(state=GrantState.REVOKING, now=now - 30 * MINUTE, person=rita)
    Grant.objects.filter(pk=late.pk).update(last_error="Aptible answered 503.", due_at=now + 10 * MINUTE)
    page = sign_in(olga).get("/active/")
    assert page.context["list"].rows[0].grant == late
    assert 'class="row-bad"' in page.content.decode()
    told = words(page)
    assert "Overdue Aptible answered 503. Next try due in 9 min. Mend what it says" in told
    assert "Try now Prod, Rita Moss 30 min ago overdue by 30 min" in told


def test_what_a_worker_is_at_is_said_to_be_tried_right_now(sign_in, olga, flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    claim.take(grant.target, holder="w-1", now=now)
    Grant.objects.filter(pk=grant.pk).update(last_error="Aptible answered 503.")
    assert "It is being tried right now." in words(sign_in(olga).get("/active/"))


# Filters, pages, fragments


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"jon", "rita", "olga"}),
        ("person=rita@example.com", {"rita"}),
        ("target=staging", {"olga"}),
        ("target=prod&person=jon@example.com", {"jon"}),
        ("state=granting", {"olga"}),
        ("state=overdue", {"rita"}),
        ("state=soon", {"jon"}),
        ("person=nobody@example.com", set()),
        ("state=nonsense", set()),
        ("target=%00", set()),
    ],
)
def test_the_filters_are_in_the_address(sign_in, adam, rita, olga, flow, staging, now, query, expected):
    factories.grant(state=GrantState.ACTIVE, now=now - 40 * MINUTE)
    factories.grant(state=GrantState.ACTIVE, now=now - 70 * MINUTE, person=rita)
    factories.grant(state=GrantState.GRANTING, now=now, person=olga, for_target=staging)
    page = sign_in(adam).get(f"/active/?{query}")
    assert page.status_code == 200
    assert {row.grant.person.email.partition("@")[0] for row in page.context["list"].rows} == expected
    if not expected:
        assert "Nothing matches these filters." in words(page)


def test_a_long_list_has_pages_that_keep_the_filters(sign_in, olga, flow, now):
    for person in people(31):
        factories.grant(state=GrantState.ACTIVE, now=now, person=person)
    page = sign_in(olga).get("/active/?target=prod")
    assert "1 to 20 of 31" in words(page)
    assert "?target=prod&amp;page=2" in page.content.decode()
    assert "21 to 31 of 31" in words(sign_in(olga).get("/active/?target=prod&page=2"))


@pytest.mark.parametrize("number", ["0", "99", "x", "-1"])
def test_a_page_that_does_not_exist_is_the_nearest_one(sign_in, olga, grant, number):
    assert len(sign_in(olga).get(f"/active/?page={number}").context["list"].rows) == 1


@pytest.mark.usefixtures("standing_clock")
def test_the_fragment_is_what_a_fresh_page_has_there(sign_in, olga, grant):
    browser = sign_in(olga)
    fragment = browser.get("/active/?target=prod", headers=HTMX)
    assert fragment.content.decode().strip().startswith('<div id="list"')
    assert is_part_of(fragment, browser.get("/active/?target=prod"))


def test_nothing_moves_on_the_page_while_nothing_has_changed(sign_in, olga, grant, rita, now):
    browser = sign_in(olga)
    seen = browser.get("/active/").context["list"].version
    assert browser.get(f"/active/?seen={seen}", headers=HTMX).status_code == 204
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    changed = browser.get(f"/active/?seen={seen}", headers=HTMX)
    assert changed.status_code == 200
    assert "Rita Moss" in words(changed)


def test_the_links_of_a_fragment_lead_back_to_the_page_and_not_to_the_fragment(sign_in, olga, grant):
    fragment = sign_in(olga).get("/active/?target=prod&seen=0", headers=HTMX).content.decode()
    assert f"/grants/{grant.ref}/end/?next=/active/%3Ftarget%3Dprod" in fragment


def test_the_number_of_queries_does_not_grow(sign_in, adam, flow, now):
    first, *others = people(30)
    factories.grant(state=GrantState.ACTIVE, now=now, person=first)
    browser = sign_in(adam)
    few = queries(browser, "/active/?target=prod")
    for person in others:
        factories.grant(state=GrantState.ACTIVE, now=now, person=person)
    assert queries(browser, "/active/?target=prod") == few


# The file


def lines(response):
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_has_the_same_rows_with_absolute_times(sign_in, olga, grant, rita, now):
    factories.grant(state=GrantState.ACTIVE, now=now, person=rita)
    answer = sign_in(olga).get("/active/?format=csv&person=jon@example.com")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="active-access.csv"' in answer["Content-Disposition"]
    (line,) = lines(answer)
    assert line["grant"] == grant.ref
    assert line["requests"] == grant.requests.get().ref
    assert (line["email"], line["target_name"], line["state"]) == ("jon@example.com", "prod", "active")
    assert line["environments"] == "prod: Deployment, Tunnel"
    assert line["ends_at"] == (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (line["overdue"], line["due_to_end"]) == ("no", "")


def test_the_file_runs_no_formula(sign_in, olga, grant, jon):
    jon.name = "=HYPERLINK(1)"
    jon.save()
    assert lines(sign_in(olga).get("/active/?format=csv"))[0]["person"] == "'=HYPERLINK(1)"


def test_the_file_shows_nobody_more_than_the_page_does(sign_in, grant):
    assert lines(sign_in(factories.person("mallory")).get("/active/?format=csv")) == []
