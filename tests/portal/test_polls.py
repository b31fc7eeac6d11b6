"""A fragment that looks again is answered by one question while nothing happens, and told at once when it does."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from access.core.states import GrantState
from access.models import Grant
from tests import factories
from tests.portal.pages import HTMX

SIGNED_IN_AND_END_OF_LOG = 3  # the session, the person, and where the log ends


@pytest.fixture
def web(sign_in, jon, flow):
    return sign_in(jon)


@pytest.fixture
def grant(jon, flow, now):
    return factories.grant(state=GrantState.ACTIVE, now=now)


def version(web, address, found):
    return found(web.get(address).context)


def polled(web, page, grant):
    """The address with which this page looks again."""
    address, found = {
        "home": ("/", lambda seen: seen["home"].version),
        "active": ("/active/", lambda seen: seen["list"].version),
        "requests": ("/requests/", lambda seen: seen["version"]),
        "request": (f"/requests/{grant.requests.get().ref}/", lambda seen: seen["told"].version),
    }[page]
    return f"{address}?seen={version(web, address, found)}"


pages = pytest.mark.parametrize("page", ["home", "active", "request", "requests"])
by_time = pytest.mark.parametrize("page", ["home", "active", "request"])


def status(web, address):
    return web.get(address, headers=HTMX).status_code


@pages
def test_nothing_new_is_found_out_by_one_question(web, grant, page, django_assert_num_queries):
    address = polled(web, page, grant)
    assert status(web, address) == 204
    with django_assert_num_queries(SIGNED_IN_AND_END_OF_LOG):
        assert status(web, address) == 204


@pages
def test_an_event_is_told_at_the_next_look(web, grant, page, now):
    address = polled(web, page, grant)
    assert status(web, address) == status(web, address) == 204
    factories.move(grant, GrantState.REVOKING, now=now)
    assert status(web, address) == 200


@pages
def test_an_event_that_changes_nothing_here_is_looked_into_once(web, grant, page, rita, now, django_assert_num_queries):
    address = polled(web, page, grant)
    status(web, address)
    factories.request_at(now=now, requester=rita)
    assert status(web, address) == 204
    with django_assert_num_queries(SIGNED_IN_AND_END_OF_LOG):
        assert status(web, address) == 204


@by_time
def test_nothing_is_kept_beyond_the_moment_at_which_it_changes(web, grant, page, monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "set", lambda _key, _value, timeout: kept.append(timeout))
    soon = timezone.now() + timedelta(seconds=7)
    Grant.objects.update(ends_at=soon, due_at=soon)
    assert status(web, polled(web, page, grant)) == 204
    assert 0 < kept[0] <= 7


def test_a_list_of_what_ends_soon_is_read_each_time(web, grant):
    address = f"/active/?state=soon&seen={version(web, '/active/?state=soon', lambda seen: seen['list'].version)}"
    assert status(web, address) == status(web, address) == 204
    soon = timezone.now() + timedelta(minutes=9)
    Grant.objects.update(ends_at=soon, due_at=soon)
    assert status(web, address) == 200


@pages
def test_what_one_person_has_seen_is_nothing_for_another(web, sign_in, olga, grant, page):
    address = polled(web, page, grant)
    status(web, address)
    assert status(sign_in(olga), address) == 200
