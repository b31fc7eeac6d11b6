"""A worker that starts when none was at work has each organization held against the grants first."""

from datetime import timedelta

import pytest

from access.models import Integration
from access.worker import catch_up, registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(integration, now):
    """A sync that is due in a while."""
    Integration.objects.update(due_at=now + timedelta(minutes=9))
    return now + timedelta(minutes=9)


def test_after_a_gap_it_is_due_at_once(later, now):
    assert catch_up.after_gap(now=now)
    assert Integration.objects.get().due_at == now


def test_beside_another_worker_it_comes_when_it_was_due(later, now):
    registry.enlist(registry.new_name(), now=now)
    assert not catch_up.after_gap(now=now)
    assert Integration.objects.get().due_at == later
