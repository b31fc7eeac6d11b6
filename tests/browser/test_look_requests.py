"""Ask, requests, one request and review: light and dark, wide and narrow, and open to everybody."""

from datetime import timedelta

import pytest

from access.audit import log
from access.core.states import GrantState, RequestState
from access.grants import end_early
from access.models import AccessRequest, Flow, Grant
from access.requests import decide
from tests import factories

MINUTE = timedelta(minutes=1)
LONG = "Production database (read and write, all customers, and every backup of it)"


@pytest.fixture
def story(flow, adam, rita, olga, now):
    """Something in every state, with long names and long reasons."""
    factories.also_decided_by(flow, rita)
    Flow.objects.update(ticket_pattern=r"[A-Z]+-\d+", ticket_url="https://tickets.example.com/{ticket}")
    flow.strategy.targets.add(*(factories.target(f"t-{one}", f"{LONG} {one}", f"r-{one}") for one in range(8)))
    factories.request_at(now=now, reason="Look-at-it-" * 60, ticket="OPS-1", seconds=4 * factories.HOUR)
    factories.request_at(now=now, requester=adam, for_target=factories.target("t-1"))
    factories.request_at(now=now, state=RequestState.DENIED, for_target=factories.target("t-2"))
    factories.grant(state=GrantState.ACTIVE, now=now)
    late = factories.grant(state=GrantState.REVOKING, now=now - 90 * MINUTE, person=rita)
    Grant.objects.filter(pk=late.pk).update(last_error="Aptible did not answer in time.", due_at=now + 5 * MINUTE)
    log.append("grant.last_role_lost", actor="usher", now=now, grant=late, data={"text": "No fallback role is set."})
    lost = factories.grant(state=GrantState.REVOKING, now=now, for_target=factories.target("t-3"))
    end_early.write_off(grant=lost, by=olga, reason="The organization is closed.", now=now)


OPEN = "for (const one of document.querySelectorAll('main details')) one.open = true"
PAGES = [
    ("jon", "/ask/"),
    ("jon", "/ask/?target=prod&reason=Because&duration=9d"),
    ("mallory", "/ask/"),
    ("jon", "/requests/"),
    ("mallory", "/requests/"),
    ("olga", "/requests/?scope=all&since=2026-02-02&until=2026-01-01"),
    ("jon", "/requests/{pending}/"),
    ("adam", "/requests/{pending}/"),
    ("jon", "/requests/{active}/"),
    ("olga", "/requests/{revoking}/"),
    ("adam", "/requests/{ended}/"),
    ("adam", "/review/"),
    ("adam", "/review/?tab=all"),
    ("adam", "/review/?tab=decided"),
    ("mallory", "/review/"),
]


@pytest.mark.parametrize(("who", "address"), PAGES)
def test_the_page_looks_right(open_browser, story, who, address):
    refs = {one.grant.state if one.grant else one.state: one.ref for one in AccessRequest.objects.order_by("-pk")}
    # Colours that are just changing from light to dark would be measured half way.
    browser = open_browser(factories.person(who), reduced_motion="reduce")
    assert browser.looks_wrong(address.format(**refs), then=OPEN) == []
    assert browser.page.title().endswith("· Usher")


def test_a_refusal_on_the_requests_page_looks_right(open_browser, story, adam, rita, now):
    asked = AccessRequest.objects.filter(state=RequestState.PENDING).earliest("pk")
    browser = open_browser(adam, width=360)
    page = browser.open(f"/requests/{asked.ref}/")
    decide.deny(request=asked, by=rita, comment="No.", now=now)
    page.get_by_role("button", name="Approve").click()
    assert "Rita Moss was first" in browser.text
    assert browser.overflow() <= 0
    assert browser.violations() == []
