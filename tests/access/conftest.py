"""One grant, and passes over its target."""

import pytest

from access.core.states import GrantState
from access.grants import converge
from access.models import Target
from tests import factories


@pytest.fixture
def grant(flow, aptible, now):
    """Jon's approved access to Prod, due now."""
    return factories.grant(state=GrantState.SCHEDULED, now=now, seconds=3600)


@pytest.fixture
def run(provider):
    """One pass over the grant's target at a time."""

    def run(grant, at):
        converge.target(Target.objects.get(pk=grant.target_id), provider=provider, now=at)
        return grant.refreshed()

    return run


@pytest.fixture
def active(grant, run, now):
    return run(grant, now)
