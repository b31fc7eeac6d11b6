"""What the form says before anything is sent: who decides, what is held, what stands in the way."""

import uuid
from datetime import timedelta

import pytest

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, DirectoryMembership, DirectoryRole, Flow, Strategy
from tests import factories
from tests.portal.pages import HTMX, checked, is_part_of, queries, words

ASK = "/ask/"
HOUR = 3600


@pytest.fixture
def web(sign_in, flow, jon):
    factories.mapping(jon)
    return sign_in(jon)


def test_a_link_fills_the_form_in_by_names(web, flow):
    flow.strategy.targets.add(factories.target("staging", "Staging", "r-staging"))
    page = web.get(ASK, {"target": "prod", "duration": "4h", "reason": "Look at <b>it</b>", "ticket": "OPS-1"})
    assert checked(page, "target") == "prod"
    assert checked(page, "duration") == str(4 * HOUR)
    assert "Look at &lt;b&gt;it&lt;/b&gt;" in page.content.decode()
    assert 'value="OPS-1"' in page.content.decode()


@pytest.mark.parametrize(("written", "seconds"), [("1h", HOUR), ("60", 60), ("1m", 60), ("8H", 8 * HOUR)])
def test_a_link_may_write_a_duration_in_words_or_in_seconds(web, written, seconds):
    assert checked(web.get(ASK, {"duration": written}), "duration") == str(seconds)


def test_a_link_to_what_is_not_offered_says_so(web):
    page = web.get(ASK, {"target": "nothing", "duration": "3d"})
    assert "nothing cannot be asked for here." in words(page)
    assert "The duration in the link is not offered here." in words(page)
    assert checked(page, "duration") == str(HOUR)


def test_a_link_without_a_flow_finds_the_one_that_offers_the_target(web, target):
    other = factories.flow(
        "a-first", label="A first one", strategy=Strategy.objects.create(name="other", integration=target.integration)
    )
    other.strategy.targets.set([factories.target("owners", "Owners", "r-owners")])
    assert checked(web.get(ASK, {"target": "prod"}), "target") == "prod"
    assert checked(web.get(ASK, {"target": "owners"}), "target") == "owners"


def test_the_page_names_who_will_decide(web, flow, rita):
    factories.also_decided_by(flow, rita)
    page = words(web.get(ASK))
    assert "Needs 1 of these 2 people: Adam Novak, Rita Moss." in page
    assert "Prod for 1 h from confirmed access, needs 1 approval." in page
    assert "Lapses in 1 d if nobody decides." in page


def test_the_page_tells_how_long_an_answer_usually_takes(web, now):
    for minutes in (2, 12, 90):
        one = factories.request_at(state=RequestState.DENIED, now=now)
        AccessRequest.objects.filter(pk=one.pk).update(created_at=now - timedelta(minutes=minutes))
    assert "Usually answers in 12 min." in words(web.get(ASK))


def test_what_a_role_opens_is_told(web):
    assert "Custom role · prod: Deployment, Tunnel" in words(web.get(ASK))


def test_what_the_person_holds_is_told(web, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    page = words(web.get(ASK))
    assert "You hold this already until" in page
    assert "It extends what you hold now." in page


def test_a_standing_member_is_told_so(web, jon):
    DirectoryMembership.objects.create(
        role=DirectoryRole.objects.get(name="Prod"), account_id=factories.account_id(jon)
    )
    page = words(web.get(ASK))
    assert "You are a standing member of this role already, outside the portal." in page
    assert "nothing is taken away at the end" in page


def many(flow, count=30):
    for number in range(count):
        flow.strategy.targets.add(factories.target(f"t-{number}", f"Team {number}", f"r-{number}"))


def test_many_roles_can_be_searched_and_what_is_chosen_stays(web, flow):
    many(flow)
    page = web.get(ASK, {"target": "prod", "q": "team 7"})
    assert checked(page, "target") == "prod"
    assert 'value="t-7"' in page.content.decode()
    assert 'value="t-8"' not in page.content.decode()
    assert "No role or environment here fits" in words(web.get(ASK, {"flow": flow.name, "q": "nowhere"}))


def test_more_roles_than_fit_are_told(web, flow):
    many(flow, 40)
    assert "16 more: search to find them." in words(web.get(ASK, {"flow": flow.name}))


@pytest.mark.usefixtures("standing_clock")
def test_a_fragment_is_the_same_part_of_a_fresh_page(web):
    asked = {"target": "prod", "duration": "60", "submission": str(uuid.uuid4())}
    fragment, page = web.get(ASK, asked, headers=HTMX), web.get(ASK, asked)
    assert is_part_of(fragment, page)
    assert "<html" not in fragment.content.decode()


def test_the_page_takes_a_fixed_number_of_queries(web, flow, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    few = queries(web, f"{ASK}?target=prod")
    many(flow)
    for number in range(30):
        factories.also_decided_by(flow, factories.person(f"approver{number}"))
    assert queries(web, f"{ASK}?target=prod") == few


def test_a_default_that_is_not_offered_is_not_chosen(web):
    Flow.objects.update(allowed_durations=[1800, 900], default_duration=HOUR)
    assert checked(web.get(ASK), "duration") == "900"


def test_a_fragment_of_a_form_that_is_gone_is_a_fresh_page(web):
    Flow.objects.update(is_active=False)
    assert web.get(ASK, headers=HTMX)["HX-Refresh"] == "true"
