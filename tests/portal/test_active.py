"""Active access: who sees what, the filters, the file, and ending it before its time."""

import csv
import io
from datetime import timedelta

import pytest

from access.models import AuditEvent, Grant
from access.services import claim
from access.states import EndReason, GrantState
from tests import factories
from tests.portal.pages import HTMX, is_part_of, queries, words

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def grant(flow, now):
    """Jon holds Prod for another hour."""
    return factories.grant(state=GrantState.ACTIVE, now=now)


@pytest.fixture
def staging(flow):
    target = factories.target("staging", "Staging", role_id="r-staging")
    flow.strategy.targets.add(target)
    return target


def people(count):
    return [factories.person(f"person-{number}") for number in range(count)]


# Who sees what


def test_nobody_is_shown_anything_before_signing_in(client, grant):
    for address in ("/active/", f"/grants/{grant.ref}/end/", "/targets/prod/end/"):
        page = client.get(address)
        assert (page.status_code, page["Location"]) == (302, f"/login/?next={address}")


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
    assert "Overdue Aptible answered 503. Next try due in 9 min. 30 min ago overdue by 30 min" in words(page)


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
    assert "1 to 30 of 31" in words(page)
    assert "?target=prod&amp;page=2" in page.content.decode()
    assert "31 to 31 of 31" in words(sign_in(olga).get("/active/?target=prod&page=2"))


@pytest.mark.parametrize("number", ["0", "99", "x", "-1"])
def test_a_page_that_does_not_exist_is_the_nearest_one(sign_in, olga, grant, number):
    assert len(sign_in(olga).get(f"/active/?page={number}").context["list"].rows) == 1


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
    assert page.status_code == 403
    assert "Only the holder, an approver or an admin can end this access." in words(page)
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


def test_what_does_not_exist_is_not_found(sign_in, jon):
    assert sign_in(jon).get("/grants/G-22222/end/").status_code == 404
    assert sign_in(jon).get("/targets/nothing/end/").status_code == 404


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
