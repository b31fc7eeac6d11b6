"""The page of findings and what was done with an access, light and dark, wide and narrow."""

from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.models import Finding, GrantActivity, Operation
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def story(flow, rita, olga, now):
    """Something of each kind was found, and Jon left a session open."""
    grant = factories.grant(state=GrantState.ENDED, now=now)
    target = grant.target
    for number, kind in enumerate(Finding.Kind):
        Finding.objects.create(
            integration=target.integration, target=target, kind=kind, key=f"k{number}", person=rita, grant=grant,
            account_id=f"a{number}", email=f"a-rather-long-name-{number}@example.com", first_seen_at=now - 90 * MINUTE,
            take_out_at=now + 90 * MINUTE if kind == Finding.Kind.OUTSIDE else None,
        )  # fmt: skip
    GrantActivity.objects.create(grant=grant, read_at=now, end_read_at=now, other_role=True)
    for number, type_ in enumerate(("tunnel", "execute")):
        Operation.objects.create(
            grant=grant, external_id=str(number), at=now, type=type_, status="running", environment="prod",
            resource_kind="apps", resource="api", outlived_at=now if type_ == "execute" else None,
        )  # fmt: skip
    return grant


PAGES = ["/findings/", "/findings/{finding}/accept/", "/requests/{ref}/"]


@pytest.mark.parametrize("address", PAGES)
def test_the_page_looks_right(open_browser, story, olga, address):
    names = {"finding": Finding.objects.get(kind="outside").pk, "ref": story.requests.get().ref}
    browser = open_browser(olga, reduced_motion="reduce")
    assert browser.looks_wrong(address.format(**names)) == []
