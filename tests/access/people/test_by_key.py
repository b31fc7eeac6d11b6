"""A person by the primary key alone: the same as any other way to look for them."""

import pytest
from django.db import transaction

from access.models import User

pytestmark = pytest.mark.django_db


def test_each_is_found_by_their_own(jon, adam):
    for person in (jon, adam, jon):
        assert User.objects.get(pk=person.pk) == User.objects.get(pk=str(person.pk)) == person
        assert User.objects.get(pk=person.pk, is_active=True) == person


@pytest.mark.parametrize("pk", [0, -1, 10**9, 2**63 - 1, 2**63, 2**64, -(2**64)])
def test_nobody_is_found_by_what_is_nobodys(jon, pk):
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=pk)


def test_among_those_of_a_row_only_they_are_found(jon, adam, rita):
    User.objects.filter(pk=rita.pk).update(manager=adam)
    assert adam.reports.get(pk=rita.pk) == rita
    with pytest.raises(User.DoesNotExist):
        adam.reports.get(pk=jon.pk)


def test_it_is_read_anew_each_time(jon):
    assert User.objects.get(pk=jon.pk).is_active
    User.objects.filter(pk=jon.pk).update(is_active=False)
    assert not User.objects.get(pk=jon.pk).is_active
    assert User.objects.get(pk=jon.pk) is not User.objects.get(pk=jon.pk)


def test_it_can_be_locked(jon):
    with transaction.atomic():
        assert User.objects.select_for_update().get(pk=jon.pk) == jon
