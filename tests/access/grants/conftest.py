"""A grant that somebody asked for and somebody approved, for files of which each test begins with it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import override_settings

from access.core.states import GrantState
from access.models import Grant
from tests import factories, made_once

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def approved_at_noon(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker) -> Iterator[int]:
    """The key of a grant of Prod for Jon that is due, for as many seconds as the file says."""
    with django_db_blocker.unblock(), override_settings(AUDIT_KEYS=[factories.AUDIT_KEY]), made_once.rows():
        made = factories.grant(state=GrantState.SCHEDULED, now=NOON, seconds=request.module.SECONDS)
        yield made.pk


@pytest.fixture
def approved(approved_at_noon: int, db: None) -> Grant:
    return Grant.objects.get(pk=approved_at_noon)
