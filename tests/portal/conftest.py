"""Browsers without a screen: one for each person who signs in."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from access.core.states import GrantState
from access.models import Grant, Target, User
from tests import factories


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
def web(sign_in, flow, jon) -> Client:
    """Jon's browser, who has an account at Aptible."""
    factories.mapping(jon)
    browser: Client = sign_in(jon)
    return browser


@pytest.fixture
def grant(flow, now) -> Grant:
    """Jon holds Prod for another hour."""
    return factories.grant(state=GrantState.ACTIVE, now=now)


@pytest.fixture
def mallory(flow) -> User:
    """Somebody who may ask, as everybody may, and who means ill."""
    person = factories.person("mallory")
    factories.mapping(person, account_id="u-mallory")
    return person


@pytest.fixture
def staging(flow) -> Target:
    """A second target of the same flow."""
    target = factories.target("staging", "Staging", role_id="r-staging")
    factories.strategy().targets.add(target)
    return target


@pytest.fixture
def now() -> datetime:
    """Pages read the clock themselves, so their tests live in the present."""
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def standing_clock(now, monkeypatch) -> None:
    """Let no second pass between two looks at a page: what it tells of times is then the same."""
    monkeypatch.setattr(timezone, "now", lambda: now)
