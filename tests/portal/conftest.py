"""Browsers without a screen: one for each person who signs in."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from access.models import User


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What one test's polls have found is not for the next one."""
    cache.clear()


@pytest.fixture
def sign_in(db) -> Callable[[User], Client]:
    """Open a browser of its own for this person."""

    def sign_in(user: User) -> Client:
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return sign_in


@pytest.fixture
def now() -> datetime:
    """Pages read the clock themselves, so their tests live in the present."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def standing_clock(now, monkeypatch) -> None:
    """Let no second pass between two looks at a page: what it tells of times is then the same."""
    monkeypatch.setattr(timezone, "now", lambda: now)
