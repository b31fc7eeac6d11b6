"""Delegations that are set at the same moment: on PostgreSQL, with real threads."""

import pytest

from access.core.errors import Invalid
from access.models import Delegation
from tests import factories
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def test_whoever_sets_them_for_others_and_for_themselves_does_not_stand_in_the_way(olga, adam, rita, now):
    """Each of two writes names the person whom the other has locked: once as who is away, once as who set it."""
    for _round in range(20):
        answers = at_once(
            lambda: factories.delegation(adam, rita, now=now, by=olga),
            lambda: factories.delegation(olga, adam, now=now),
        )
        assert {type(one) for one in answers} == {Delegation, Invalid}  # nobody passes on what was delegated
        Delegation.objects.all().delete()


def test_of_many_chains_and_loops_at_once_one_link_is_made(flow, adam, rita, jon, now):
    for _round in range(5):
        answers = at_once(
            lambda: factories.delegation(adam, rita, now=now),
            lambda: factories.delegation(rita, adam, now=now),
            lambda: factories.delegation(rita, jon, now=now),
            lambda: factories.delegation(jon, adam, now=now),
            lambda: factories.delegation(adam, jon, now=now),
        )
        assert all(isinstance(one, Delegation | Invalid) for one in answers)
        made = Delegation.objects.all()
        assert made
        assert not {one.from_person_id for one in made} & {one.to_person_id for one in made}
        made.delete()
