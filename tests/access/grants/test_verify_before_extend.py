"""The look at the role before access is extended: what waits when it can't be had, and for how long."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from access.core.states import EndReason, GrantState
from access.grants import begin, verify_before_extend
from access.models import Grant
from integrations.base import Listing, ProviderError, ProviderUnavailable, RoleGone
from tests import factories
from tests.access.grants.test_begin import second

pytestmark = pytest.mark.django_db


class Role:
    """A provider whose one list answers what it was given."""

    def __init__(self, answer):
        self.answer = answer

    def read_members(self, _role_id, *, seconds):
        assert seconds <= verify_before_extend.LONGEST
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def waiting(flow, adam, now):
    factories.grant(state=GrantState.ACTIVE, now=now, seconds=3600)
    return second(adam, now).grant


def looked(grant, answer, now):
    provider: Any = Role(answer)
    found = verify_before_extend.before_extending(grant.target, provider=provider, now=now)
    return found, Grant.objects.get(pk=grant.pk)


@pytest.mark.parametrize("named", [45.0, 240.0])
def test_a_pause_that_aptible_names_is_kept(waiting, now, named):
    found, seen = looked(waiting, ProviderUnavailable("Too many calls.", retry_after=named), now)
    assert (found, seen.due_at, seen.attempts) == (None, now + timedelta(seconds=named), 1)
    assert seen.last_error == "Too many calls."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ProviderError("Aptible answered with something odd."), "Aptible answered with something odd."),
        (Listing(members=(), rest="page 2"), "Not all of the role's members could be read."),
        (Listing(members=(), nameless=frozenset({"m-1"})), "Not all of the role's members could be read."),
    ],
)
def test_without_the_whole_list_it_waits_and_says_why(waiting, now, answer, said):
    found, seen = looked(waiting, answer, now)
    assert (found, seen.state, seen.last_error) == (None, GrantState.SCHEDULED, said)
    assert now < seen.due_at <= now + timedelta(seconds=1)


def test_of_a_role_that_is_gone_nobody_is_listed(waiting, now):
    found, seen = looked(waiting, RoleGone("There is no such role."), now)
    assert (found, seen.due_at) == (frozenset(), waiting.due_at)


def test_nobody_is_asked_where_nothing_would_be_extended(flow, now):
    held = factories.grant(state=GrantState.ACTIVE, now=now)
    assert looked(held, AssertionError("asked"), now)[0] is None


def test_a_list_that_lags_behind_the_start_ends_nothing_it_is_extended(waiting, now):
    """Access that has just begun may be in no list yet: to lack it proves nothing until the settling time is over."""
    [held] = Grant.objects.filter(state=GrantState.ACTIVE)
    begin.begin(waiting, now=now + settings.SETTLING - timedelta(seconds=1), held=frozenset())
    assert Grant.objects.get(pk=held.pk).state == GrantState.ACTIVE
    assert not Grant.objects.filter(pk=waiting.pk, state=GrantState.SCHEDULED).exists()


def test_what_a_settled_list_lacks_ends_as_found_and_begins_anew(waiting, now):
    [held] = Grant.objects.filter(state=GrantState.ACTIVE)
    begin.begin(waiting, now=now + settings.SETTLING, held=frozenset())
    held = Grant.objects.get(pk=held.pk)
    assert (held.state, held.end_reason) == (GrantState.REVOKING, EndReason.GONE)
    assert Grant.objects.get(pk=waiting.pk).state == GrantState.SCHEDULED
