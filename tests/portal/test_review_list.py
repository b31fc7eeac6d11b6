"""The list of an approver at scale: its order, its size, what it finds new, and what stands on home."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.states import RequestState
from access.directory import roles
from access.models import AccessRequest, DirectoryEnvironment, DirectoryPermission, DirectoryRole
from access.requests import ask, decide
from tests import factories
from tests.portal.pages import HTMX, plain, queries, words

REVIEW = "/review/"
HOUR = 3600


@pytest.fixture
def web(sign_in, adam, flow):
    """Adam's browser."""
    return sign_in(adam)


def order(web, refs, sort):
    text = web.get(f"{REVIEW}?sort={sort}").content.decode()
    return sorted(refs, key=lambda ref: text.index(f'id="row-{ref}"'))


def look(page):
    """The address with which the list looks for news."""
    return page.context["look"]


def test_it_is_put_in_the_order_that_is_asked_for(web, flow, rita, staging, now):
    long = factories.request_at(now=now)
    first = factories.request_at(now=now - timedelta(minutes=5), requester=rita)
    AccessRequest.objects.filter(pk=first.pk).update(target=staging)
    AccessRequest.objects.filter(pk=long.pk).update(due_at=now + timedelta(minutes=1))
    every = [long.ref, first.ref]
    assert order(web, every, "lapses") == [long.ref, first.ref]
    assert order(web, every, "asked") == [first.ref, long.ref]
    assert order(web, every, "person") == [long.ref, first.ref]
    assert order(web, every, "target") == [long.ref, first.ref]
    AccessRequest.objects.filter(pk=first.pk).update(due_at=now + timedelta(seconds=30))
    assert order(web, every, "lapses") == order(web, every, "nonsense") == [first.ref, long.ref]


def test_the_riskiest_is_first_if_asked_for_and_each_row_says_why(web, flow, rita, now):
    """Somebody who had it before asks for a moment; somebody else for the first time, and for long."""
    calm = factories.request_at(now=now)
    AccessRequest.objects.filter(pk=calm.pk).update(due_at=now + timedelta(minutes=1))
    bold = factories.request_at(now=now, requester=rita)
    AccessRequest.objects.filter(pk=bold.pk).update(seconds=12 * HOUR)
    given = factories.grant(now=now - timedelta(days=3), state="ended")
    assert given.requests.get().requester == calm.requester
    assert order(web, [calm.ref, bold.ref], "lapses") == [calm.ref, bold.ref]
    assert order(web, [calm.ref, bold.ref], "risk") == [bold.ref, calm.ref]
    told = words(web.get(REVIEW))
    assert "2nd time in 30 days." in told
    assert "It is for longer than 8 h." in web.get(REVIEW).content.decode()


def test_twenty_rows_are_small_though_the_role_opens_much(web, flow, now):
    role = DirectoryRole.objects.get(external_id=factories.target().role_id)
    environments = [
        DirectoryEnvironment.objects.create(
            integration=role.integration, external_id=f"e-{number}", name=f"environment-{number}"
        )
        for number in range(40)
    ]
    DirectoryPermission.objects.bulk_create(
        DirectoryPermission(role=role, environment=one, scope=scope) for one in environments for scope in roles.SCOPES
    )
    for number in range(20):
        person = factories.person(f"someone-with-a-name-{number}")
        factories.request_at(now=now, requester=person, reason="To find out why it fails. " * 30, ticket="OPS-1234")
    page = web.get(REVIEW)
    assert page.content.decode().count('id="row-') == 20
    assert len(page.content) <= 60_000
    assert "and 39 more" in words(page)


def test_three_hundred_are_read_by_as_many_questions_in_any_order(web, flow, jon, now):
    orders = [f"{REVIEW}?sort={one}" for one in ("lapses", "asked", "person", "target", "risk")]
    for _number in range(3):
        factories.request_at(now=now)
    few = [queries(web, one) for one in orders]
    for number in range(25):
        factories.request_at(now=now, requester=factories.person(f"p{number}"))
    assert [queries(web, one) for one in orders] == few


def test_nothing_new_is_found_out_by_one_question(web, now, django_assert_num_queries):
    factories.request_at(now=now)
    address = look(web.get(REVIEW))
    assert web.get(address, headers=HTMX).status_code == 204
    with django_assert_num_queries(3):
        assert web.get(address, headers=HTMX).status_code == 204


def test_what_comes_is_counted_and_moves_nothing(web, now):
    here = factories.request_at(now=now)
    page = web.get(REVIEW)
    new = factories.request_at(now=timezone.now())
    answer = web.get(look(page), headers=HTMX)
    assert "1 new request waits for you." in words(answer)
    assert "row-" not in answer.content.decode()
    assert 'data-count="2" hx-swap-oob="true"' in plain(answer)
    assert web.get(look(answer), headers=HTMX).status_code == 204
    assert new.ref in words(web.get(REVIEW))
    assert here.ref in words(web.get(REVIEW))


@pytest.mark.parametrize("how", ["denied", "withdrawn", "approved"])
def test_what_somebody_else_settled_says_by_whom(web, flow, rita, now, how):
    factories.also_decided_by(flow, rita)
    asked, stays = factories.request_at(now=now), factories.request_at(now=now)
    page = web.get(REVIEW)
    if how == "denied":
        decide.deny(request=asked, by=rita, comment="Use staging.", now=now)
    elif how == "approved":
        factories.mapping(asked.requester)
        decide.approve(request=asked, by=rita, comment="", seconds=None, now=now)
    else:
        ask.withdraw(request=asked, by=asked.requester, now=now)
    answer = web.get(look(page), headers=HTMX)
    told = words(answer)
    said = {"denied": "Rita Moss denied it", "approved": "Rita Moss approved it", "withdrawn": "Jon Reyes took it back"}
    assert said[how] in told
    text = answer.content.decode()
    assert f'id="row-{asked.ref}"' in text
    assert "formaction" not in text
    assert stays.ref not in told
    assert web.get(look(answer), headers=HTMX).status_code == 204


def test_nobody_learns_of_others_by_asking_for_news(sign_in, rita, web, flow, now):
    asked = factories.request_at(now=now)
    address = look(web.get(REVIEW)).replace("pending", "denied")
    assert asked.ref in words(web.get(address, headers=HTMX))
    assert asked.ref not in words(sign_in(rita).get(address, headers=HTMX))


@pytest.mark.parametrize("query", ["since=nonsense", "since=2026-01-01", "shown=%00:x,,R-2", "since=", "page=9"])
def test_news_of_an_address_that_makes_no_sense_are_none(web, query):
    assert web.get(f"/review/news/?{query}", headers=HTMX).status_code == 200


def test_what_became_of_a_break_glass_stands_apart_from_that_it_was_one(web, rita, now):
    factories.broken_glass(now=now, requester=rita)
    page = web.get("/review/?tab=all").content.decode()
    assert 'Scheduled</span> <span class="badge' in page


def test_the_list_is_a_file_too(web, flow, rita, now):
    asked = factories.request_at(now=now)
    factories.request_at(now=now, requester=rita, state=RequestState.DENIED)
    text = b"".join(web.get(f"{REVIEW}?format=csv").streaming_content).decode()
    assert len(text.splitlines()) == 2
    assert asked.ref in text
    everything = b"".join(web.get(f"{REVIEW}?tab=all&format=csv").streaming_content).decode()
    assert len(everything.splitlines()) == 3


def test_a_row_opens_in_place_for_whoever_may_see_it(web, sign_in, rita, now):
    asked = factories.request_at(now=now)
    page = web.get(f"/requests/{asked.ref}/row/", headers=HTMX)
    assert "Details and comment" in words(page)
    assert '<details class="review-more" open>' in plain(page)
    assert sign_in(rita).get(f"/requests/{asked.ref}/row/", headers=HTMX).status_code == 404


def test_the_most_urgent_three_are_decided_on_home(web, flow, now):
    every = [factories.request_at(now=now - timedelta(minutes=5 - number)) for number in range(4)]
    assert 'hx-trigger="load, waiting from:body"' in web.get("/").content.decode()
    told = words(web.get("/review/urgent/", headers=HTMX))
    assert [one.ref in told for one in every] == [True, True, True, False]
    answer = web.post(
        f"/requests/{every[0].ref}/approve/", {"from": "review"},
        headers={**HTMX, "HX-Current-URL": "http://testserver/"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert "review-tabs" not in answer.content.decode()


def test_home_asks_for_nothing_urgent_where_nothing_waits(web):
    assert 'hx-trigger="waiting from:body"' in web.get("/").content.decode()
    assert words(web.get("/review/urgent/", headers=HTMX)) == ""


def test_a_row_says_which_account_gets_in_and_what_was_answered(web, flow, jon, now):
    account = factories.mapping(jon).account_id
    asked = factories.request_at(now=now)
    facts = [{"name": "customer", "type": "string", "label": "Which customer", "value": "Aarhus", "shown": True}]
    AccessRequest.objects.filter(pk=asked.pk).update(answers=facts)
    said = words(web.get(REVIEW))
    assert f"jon@example.com {account}" in said
    assert "Which customer: Aarhus" in said
