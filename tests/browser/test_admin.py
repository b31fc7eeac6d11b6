"""Every page of the admin, light and dark: nothing complains, and nothing keeps anybody out."""

import pytest

from access.admin.site import site
from access.core.states import GrantState
from access.models import Group, Schedule
from tests import factories

# So that several workers share them.
PARTS = 4
KINDS = [
    "/admin/access/integration/add/?type=aptible",
    "/admin/access/integration/add/?type=slack",
    "/admin/access/schedule/add/?source=portal",
    "/admin/access/schedule/add/?source=pagerduty",
]


@pytest.fixture
def something_of_each(flow, adam, rita, now):
    """At least one row of what an admin opens most."""
    factories.grant(state=GrantState.ACTIVE, now=now)
    factories.stage(flow, Group.objects.create(name="security", label="Security"), label="Security")
    flow.announcements.create(kind="channel", channel="C0ACCESS1")
    flow.prompt_fields.create(name="why", label="Why now", type="string", position=1)
    Schedule.objects.create(name="on-call", label="On call")
    factories.delegation(adam, rita, now=now)


def addresses(browser) -> list[str]:
    """The start, and of each table its list, its form for a new row and the form of its first row."""
    page, found = browser.page, ["/admin/", "/admin/letters/", *KINDS]
    for model in site._registry:
        name = f"/admin/access/{model._meta.model_name}/"
        first = model._default_manager.order_by("pk").first()
        found += [name, f"{name}add/", *([f"{name}{first.pk}/change/"] if first else [])]
    return [one for one in found if page.request.get(browser.home + one).status == 200]


@pytest.mark.parametrize("part", range(PARTS))
def test_the_admin_keeps_nobody_out_and_fits(open_browser, something_of_each, olga, part):
    browser = open_browser(olga, reduced_motion="reduce")
    wrong = {one: browser.looks_wrong(one) for one in addresses(browser)[part::PARTS]}
    assert {one: found for one, found in wrong.items() if found} == {}


def test_a_letter_is_shown_in_a_frame_of_its_own(open_browser, olga):
    browser = open_browser(olga)
    browser.open("/admin/letters/asked-review/").wait_for_load_state("networkidle")
    said = browser.page.frame_locator("iframe").locator("body").inner_text()
    assert "Jon Example asks for Example production for 1 h." in said
    assert (browser.complaints, browser.strangers) == ([], [])
