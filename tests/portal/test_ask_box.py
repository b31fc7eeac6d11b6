"""One box over everything that may be asked for: the flow follows from the target."""

from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.models import DirectoryEnvironment, Flow, Strategy
from tests import factories
from tests.portal.pages import HTMX, queries, words

pytestmark = pytest.mark.django_db
ASK = "/ask/"


@pytest.fixture
def second(flow, adam):
    """A flow of its own for other roles, and for Prod, too."""
    through = Strategy.objects.create(name="databases", integration=flow.strategy.integration)
    other = Flow.objects.create(
        name="database", label="Database", strategy=through, allowed_durations=[1800], default_duration=1800,
        break_glass=True,
    )  # fmt: skip
    factories.decided_by(other, adam)
    doctors = factories.target("doctors", "Ärzte", role_id="r-doctors")
    other.strategy.targets.add(doctors, factories.target())
    return other


def test_the_box_comes_first_where_there_is_something_to_choose(web, second):
    page = web.get(ASK)
    assert "What do you need?" in words(page)
    assert 'name="reason"' not in page.content.decode()
    assert "Ärzte" in words(page)
    assert "Prod" in words(page)


def test_one_small_flow_is_its_own_box(web):
    assert 'name="reason"' in web.get(ASK).content.decode()
    assert "What do you need?" in words(web.get(f"{ASK}?q=prod"))


@pytest.mark.parametrize("typed", ["arzte", "ärtze", "ARZTE"])
def test_it_forgives_accents_and_typos(web, second, typed):
    found = words(web.get(ASK, {"q": typed}, headers=HTMX))
    assert "Ärzte" in found
    assert "Prod" not in found


def test_an_environment_leads_to_its_roles(web, second):
    assert "Prod" in words(web.get(f"{ASK}?q=prod", headers=HTMX))


def test_an_app_leads_to_the_roles_that_open_it_and_is_named(web, second):
    DirectoryEnvironment.objects.filter(name="prod").update(apps=["billing-api", "billing-worker", "web"])
    found = words(web.get(ASK, {"q": "billing"}, headers=HTMX))
    assert "Prod" in found
    assert "It opens the apps billing-api, billing-worker." in found
    assert "It opens the app web." in words(web.get(ASK, {"q": "web"}, headers=HTMX))
    assert "It opens the app" not in words(web.get(ASK, {"q": "prod"}, headers=HTMX))
    assert "Prod" not in words(web.get(ASK, {"q": "unheard"}, headers=HTMX))


def test_the_flow_follows_from_the_target(web, second):
    text = web.get(ASK, {"q": "arzte"}).content.decode()
    assert 'href="/ask/?flow=database&amp;target=doctors"' in text
    page = web.get(f"{ASK}?target=doctors")
    assert page.context["page"].flow == second
    assert page.context["page"].only.target.name == "doctors"


def test_only_where_several_fit_one_is_asked_to_choose_and_told_what_differs(web, second):
    told = words(web.get(ASK, {"q": "prod"}))
    assert "Production access: Prod Needs 1 of Adam Novak. At most" in told
    assert "Database: Prod Needs 1 of Adam Novak. At most 30 min. With break-glass for an emergency." in told


def test_what_one_asks_for_often_or_did_lately_comes_first_and_what_is_held_says_so(web, second, jon, now):
    factories.grant(now=now - timedelta(minutes=5), state=GrantState.ACTIVE)
    told = words(web.get(ASK))
    assert told.index("Prod") < told.index("Ärzte")
    assert "You hold this already until" in told


def test_nothing_like_it_is_said_with_a_way_on(web, second):
    told = words(web.get(ASK, {"q": "zzzzzz"}))
    assert "Nothing that you may ask for is like “zzzzzz”." in told
    assert "Show all" in told


def test_nobody_finds_what_they_may_not_ask_for(web, second, rita):
    second.requesters.add(factories.group("Doctors", rita))
    assert "Ärzte" not in words(web.get(ASK, {"q": "arzte"}))


def test_an_approval_without_access_is_found_by_its_flow(web, second):
    factories.approval_flow()
    told = words(web.get(ASK, {"q": "deploy"}))
    assert "Deploy" in told
    assert "it gives no access" in told


def test_as_many_questions_for_any_number_of_roles(web, second, flow):
    few = queries(web, ASK)
    for number in range(30):
        flow.strategy.targets.add(factories.target(f"t-{number}", f"Role {number}", role_id=f"r-{number}"))
    assert queries(web, ASK) == few
    assert "12 more: type what it is called." in words(web.get(ASK))
