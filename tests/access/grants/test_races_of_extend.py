"""Extending against everything that ends access at the same moment: on PostgreSQL, with real threads."""

from datetime import timedelta
from functools import partial

import pytest

from access.core.errors import Refusal
from access.core.states import GrantState
from access.grants import claim, end_early, extend
from access.models import AuditEvent, Flow, Grant, Target
from tests import chain, factories
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
HALF = 1800


@pytest.fixture
def held(flow, now):
    Flow.objects.update(free_extension=HALF)
    return factories.grant(now=now)


def test_many_presses_extend_once(held, jon, now):
    answers = at_once(*[lambda: extend.extend(grant=held, by=jon, now=now)] * 12)
    assert sum(isinstance(one, Grant) for one in answers) == 1
    assert held.refreshed().ends_at == held.ends_at + timedelta(seconds=HALF)
    assert AuditEvent.objects.filter(type="grant.extended").count() == 1


def test_at_its_last_moment_it_either_ends_or_is_extended(flow, jon, now):
    Flow.objects.update(free_extension=HALF)
    for _round in range(6):
        held = factories.grant(now=now)
        [answer, *_passes] = at_once(
            partial(extend.extend, grant=held, by=jon, now=held.ends_at - timedelta(milliseconds=1)),
            *[lambda one=held: claim.take(Target.objects.get(), holder="w", now=one.ends_at)] * 2,
        )
        seen = held.refreshed()
        if isinstance(answer, Grant):
            assert (seen.state, seen.ends_at) == (GrantState.ACTIVE, held.ends_at + timedelta(seconds=HALF))
        else:
            assert isinstance(answer, Refusal)
            assert (seen.state, seen.free_extension_at) == (GrantState.REVOKING, None)
        _finish(seen, now)
    assert chain.first_bad() is None


def test_ended_early_it_stays_ended_whoever_was_first(flow, jon, adam, now):
    Flow.objects.update(free_extension=HALF)
    for _round in range(6):
        held = factories.grant(now=now)
        at_once(
            partial(extend.extend, grant=held, by=jon, now=now),
            partial(end_early.end, grant=held, by=adam, now=now),
        )
        assert held.refreshed().state == GrantState.REVOKING
        _finish(held, now)


def _finish(grant: Grant, now) -> None:
    """Bring it to its end, so that the next round can begin."""
    for state in (GrantState.REVOKING, GrantState.ENDED)[grant.refreshed().state == GrantState.REVOKING :]:
        factories.move(grant, state, now=now)
    Target.objects.update(leased_until=None, leased_by="")
