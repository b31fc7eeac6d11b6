"""Queries that are put together once: the same rows as without it, and a refusal where that can't be known."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Q

from access.core import prepared as module
from access.core.prepared import NotPrepared, prepared
from access.models import AccessRequest, User
from tests import factories

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Wanted:
    whom: User
    ids: Collection[int] = ()
    word: str = ""


@prepared
def known(wanted, now=None, *, most=9):
    rows = User.objects.filter(Q(pk=wanted.whom.pk) | Q(manager=wanted.whom) | Q(pk__in=wanted.ids))
    rows = rows.filter(name__icontains=wanted.word) if wanted.word else rows
    rows = rows.filter(joined_at__gt=now - timedelta(days=1)) if now else rows
    return rows.order_by("pk")[:most]


@pytest.fixture
def people():
    jon, adam, rita = (factories.person(name) for name in ("jon", "adam", "rita"))
    User.objects.filter(pk=rita.pk).update(manager=adam, name="100 % Rita_")
    return jon, adam, rita


@pytest.mark.parametrize("checked", [True, False])
def test_each_value_finds_its_own_rows(people, now, monkeypatch, checked):
    monkeypatch.setattr(module, "CHECKED", {} if checked else None)
    jon, adam, rita = people
    for _time in range(2):
        assert known(Wanted(jon)) == [jon]
        assert known(Wanted(adam)) == [adam, rita]
        assert known(Wanted(adam), most=1) == [adam]
        assert known(Wanted(jon, (rita.pk,))) == [jon, rita]
        assert known(Wanted(jon, (rita.pk, adam.pk, rita.pk))) == [jon, adam, rita]
        assert known(Wanted(jon, range(rita.pk, rita.pk + 11))) == [jon, rita]
        joined = rita.joined_at
        assert known(Wanted(adam), joined) == [adam, rita]
        assert known(Wanted(adam), joined + timedelta(days=2)) == []


def test_what_was_typed_stays_text_within_a_pattern(people):
    jon, adam, rita = people
    assert known(Wanted(adam, word="100 % R")) == known(Wanted(adam, word="ta_")) == [rita]
    assert known(Wanted(adam, word="1%R")) == known(Wanted(adam, word="'")) == []
    assert known(Wanted(jon, word="_one3_")) == []


def test_a_submission_is_looked_for_by_what_it_is(people, monkeypatch, now):
    monkeypatch.setattr(module, "CHECKED", None)
    asked, other = (factories.request_at(now=now) for _time in range(2))
    of = prepared(lambda submission: AccessRequest.objects.filter(submission=submission))
    AccessRequest.objects.filter(pk=asked.pk).update(submission=(one := uuid.uuid4()))
    AccessRequest.objects.filter(pk=other.pk).update(submission=(another := uuid.uuid4()))
    assert (of(one), of(another), of(uuid.uuid4())) == ([asked], [other], [])


@pytest.mark.django_db(transaction=True)
def test_a_lock_without_a_transaction_is_refused_also_once_it_is_kept(monkeypatch):
    monkeypatch.setattr(module, "CHECKED", None)
    jon = factories.person("jon")
    locked = prepared(lambda number: User.objects.select_for_update().filter(pk=number))
    with transaction.atomic():
        assert locked(jon.pk) == [jon]
    with pytest.raises(transaction.TransactionManagementError):
        locked(jon.pk)


def test_what_belongs_to_a_row_is_kept_with_it(people, django_assert_num_queries):
    jon, adam, _rita = people
    module.read_along(adam, "reports", [jon])
    with django_assert_num_queries(0):
        assert list(adam.reports.all()) == [jon]


def test_what_is_gone_is_no_row(people):
    assert module.the_one(people) == people[0]
    with pytest.raises(ObjectDoesNotExist):
        module.the_one([])


def test_the_kept_query_is_put_together_once_for_a_shape(people, monkeypatch):
    monkeypatch.setattr(module, "CHECKED", None)
    asked = []

    @prepared
    def ids(some):
        asked.append(some)
        return User.objects.filter(pk__in=some).values_list("pk", flat=True)

    found = [ids([one.pk]) for one in people]
    assert found == [[one.pk] for one in people]
    assert len(asked) == 2  # with each of the stand-ins
    assert ids([]) == []
    assert ids(range(1, 12)) == ids(range(1, 13))


def test_each_of_many_values_is_found_without_a_look_at_all_others(people, monkeypatch):
    tried: list[object] = []
    real = module._WAYS[int]

    def counted(*args):
        tried.append(args)
        return real(*args)

    monkeypatch.setitem(module._WAYS, int, counted)
    many = 40 * module.STEP
    known(Wanted(people[0], range(many)))
    assert many <= len(tried) < 3 * many


@pytest.mark.parametrize(
    "build",
    [
        lambda person, number: User.objects.filter(pk=number + 1),
        lambda person, number: User.objects.filter(pk__in=[1, 2] if number % 2_000_000_000 == 2 else [1]),
        lambda person, number: User.objects.filter(email=person.email.upper()),
        lambda person, number: User.objects.filter(pk=number)[:number],
    ],
)
def test_what_reckons_with_a_value_is_refused(people, build):
    with pytest.raises(NotPrepared):
        prepared(build)(people[0], 1)


def test_what_is_not_known_of_a_row_is_not_taken_from_another(people):
    with pytest.raises(User.DoesNotExist):
        prepared(lambda person: User.objects.filter(zone=person.zone))(people[0])


def test_a_look_at_a_value_that_leaves_no_trace_is_found_by_the_check(people):
    jon = people[0]
    wrong = prepared(lambda number: User.objects.filter(pk=number, is_bot=number == jon.pk))
    with pytest.raises(NotPrepared, match="asked"):
        wrong(jon.pk)
