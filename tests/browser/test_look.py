"""Every page, light and dark, wide and narrow: nothing sticks out, nothing complains, nothing keeps anybody out."""

from datetime import timedelta

import pytest

from access.core.states import GrantState, RequestState
from access.models import Grant, Integration
from tests import factories

MINUTE = timedelta(minutes=1)
LONG = "Production database (read and write, all customers, and every backup of it)"


@pytest.fixture
def story(flow, rita, olga, now):
    """A busy day: something in every state, long names, trouble, and an admin who has to look."""
    database = factories.target("prod-database", LONG, role_id="r-database")
    flow.strategy.targets.add(database)
    factories.grant(state=GrantState.ACTIVE, now=now)
    factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=now + timedelta(days=1), for_target=database)
    factories.grant(state=GrantState.GRANTING, now=now, person=rita, for_target=database)
    late = factories.grant(state=GrantState.REVOKING, now=now - 90 * MINUTE, person=rita)
    Grant.objects.filter(pk=late.pk).update(last_error="Aptible did not answer in time.", due_at=now + 5 * MINUTE)
    factories.request_at(state=RequestState.DENIED, now=now - timedelta(days=9), reason="Look around.\n" * 9)
    factories.request_at(state=RequestState.PENDING, now=now, requester=rita, reason="Fix-it-" * 40)
    Integration.objects.update(attention="Aptible refused the bot's sign-in.", attention_since=now)
    return late


PAGES = [
    ("jon", "/"),
    ("olga", "/"),
    ("mallory", "/"),
    ("olga", "/active/"),
    ("olga", "/active/?target=prod"),
    ("jon", "/active/?state=soon"),
    ("mallory", "/active/"),
    ("olga", "/targets/prod/"),
    ("olga", "/people/{jon}/"),
    ("jon", "/grants/{held}/end/"),
    ("olga", "/grants/{held}/end/"),
    ("olga", "/targets/prod/end/"),
    ("jon", "/grants/{late}/end/"),
    ("olga", "/account/"),
    ("jon", "/nothing/"),
    ("", "/login/"),
]


@pytest.mark.parametrize(("who", "address"), PAGES)
def test_the_page_looks_right(open_browser, story, settings, who, address):
    settings.DEMO = True
    held = Grant.objects.get(state=GrantState.ACTIVE)
    # Colours that are just changing from light to dark would be measured half way.
    browser = open_browser(factories.person(who) if who else None, reduced_motion="reduce")
    wrong = browser.looks_wrong(address.format(held=held.ref, late=story.ref, jon=held.person_id))
    assert browser.page.title().endswith("· Usher")
    assert [one for one in wrong if "status of 40" not in one] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_menu_and_a_message_keep_nobody_out(open_browser, story, jon, scheme):
    browser = open_browser(jon, color_scheme=scheme)
    page = browser.open("/active/")
    page.get_by_role("link", name="End now").first.click()
    page.get_by_role("button", name="I'm done").click()
    page.get_by_role("button", name="Jon").click()
    assert page.get_by_role("button", name="Sign out").is_visible()
    assert "You ended access to Prod." in browser.text
    assert browser.violations() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_errors_of_a_form_keep_nobody_out(open_browser, story, olga, scheme):
    browser = open_browser(olga, color_scheme=scheme)
    page = browser.open("/targets/prod/end/")
    page.get_by_role("button", name="End all access to Prod").click()
    assert "Type prod to confirm." in browser.text
    assert browser.violations() == []


def test_a_failure_looks_like_the_rest(open_browser, jon, monkeypatch):
    def breaks(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr("access.alerts.home.home", breaks)
    browser = open_browser(jon, color_scheme="dark", width=360)
    browser.open("/")
    assert "Something broke on our side" in browser.text
    assert browser.overflow() <= 0
    assert browser.violations() == []
