"""Access that really is at the simulator, and looks at it."""

from datetime import timedelta

import pytest

from access.core.states import GrantState
from access.evidence import reconcile
from access.models import Integration
from tests import factories

SETTLING = timedelta(minutes=2)
LATER = timedelta(minutes=10)


@pytest.fixture
def look(integration, provider, now):
    """Read the organization and hold it against the grants."""

    def look(at=now):
        integration.refresh_from_db()
        return reconcile.sync_and_tell(integration=integration, provider=provider, actor="usher", now=at)

    return look


@pytest.fixture
def seen(flow, look, now):
    """Everything agreed an hour ago: whoever is in a role since then came in after Usher looked."""
    look(now - timedelta(hours=1))
    return Integration.objects.get()


@pytest.fixture
def active(flow, aptible, run, now):
    """Jon's confirmed access to Prod."""
    return run(factories.grant(state=GrantState.SCHEDULED, now=now, seconds=4 * 3600), now)
