"""The reports, light and dark, wide and narrow, with all tables open."""

from datetime import timedelta

import pytest

from access.evidence.reports import reckon
from access.models import AccessRequest, Finding, Grant, ReportMonth
from tests import factories


@pytest.fixture
def story(flow, rita, olga, now):
    """Something of each kind in these two months, which were reckoned."""
    grant = factories.grant(state="ended", now=now)
    Grant.objects.filter(pk=grant.pk).update(ended_at=grant.end_due_at + timedelta(seconds=90))
    for state in ("pending", "denied", "withdrawn", "lapsed"):
        factories.request_at(state=state, now=now)
    factories.broken_glass(now=now, requester=rita)
    target = grant.target
    for kind in ("outside", "standing"):
        Finding.objects.create(
            integration=target.integration, target=target, kind=kind, key=kind, person=rita,
            first_seen_at=now - timedelta(hours=1),
        )  # fmt: skip
    denied = AccessRequest.objects.filter(state="denied")
    denied.update(created_at=now - timedelta(days=40), settled_at=now - timedelta(days=39))
    reckon.schedule(now=now)
    for month in ReportMonth.objects.all():
        reckon.month(month, now=now)


OPEN = "for (const one of document.querySelectorAll('details')) one.open = true"


def test_the_page_looks_right(open_browser, story, olga):
    browser = open_browser(olga, reduced_motion="reduce")
    assert browser.looks_wrong("/reports/?target=prod&flow=nonsense", then=OPEN) == []
