"""How much is told to wait for somebody is as much as their lists show, also where they stand in for somebody."""

from datetime import timedelta

import pytest

from access.evidence.access_reviews import begin
from access.models import Finding
from access.policy import access_reviewers, decides_for
from access.requests import approval_queue, break_glass_reviews, waiting_counts
from access.requests.waiting_counts import Waiting
from tests import factories


@pytest.fixture
def group(flow, target, olga, now):
    """It is asked to decide, to look at what was skipped, and whether somebody keeps a role."""
    group = factories.group("Operations")
    flow.stages.get().pools.get().groups.add(group)
    factories.request_at(now=now, requester=factories.person("kim"))
    factories.broken_glass(now=now)
    Finding.objects.create(
        integration=factories.integration(), kind=Finding.Kind.OUTSIDE, key="outside", target=target,
        email="eve@example.com", first_seen_at=now,
    )  # fmt: skip
    begin.start(
        title="Third quarter", targets=[target], every_target=False, reviewers="group", group=group,
        deadline=now + timedelta(days=10), by=olga, now=now,
    )  # fmt: skip
    return group


@pytest.mark.parametrize("stands_in", [False, True])
def test_each_count_is_that_of_its_list(group, adam, rita, now, stands_in):
    group.members.set([rita])
    if stands_in:
        factories.delegation(adam, rita, now=now)
    reach = decides_for.of(rita, now=now)
    assert bool(reach.away) == stands_in
    lists = (
        approval_queue.waiting_for(rita, now=now), break_glass_reviews.waiting_for(rita),
        access_reviewers.waiting(rita),
    )  # fmt: skip
    assert [one.count() for one in lists] == [1, 1, 1]
    assert waiting_counts.count(reach, now=now, rows=True) == Waiting(1, 1, 1)
    assert waiting_counts.count(reach, now=now) == Waiting(1, 1)


def test_whoever_stands_in_decides_for_others_and_looks_at_nothing_for_them(group, adam, rita, now):
    group.members.set([adam])
    factories.delegation(adam, rita, now=now)
    assert waiting_counts.count(decides_for.of(rita, now=now), now=now, rows=True) == Waiting(1, 0, 0)
    assert waiting_counts.count(decides_for.of(adam, now=now), now=now, rows=True) == Waiting(1, 1, 1)
