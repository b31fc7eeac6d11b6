"""Figures as they add up quickest: the same as those that they are made of."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from access.evidence.reports import months, packed, read, reckon, tally
from access.evidence.reports.narrowing import PACKED, Narrowing
from access.evidence.reports.tally import Kept, Seen, Tally
from access.models import ReportFigures, ReportMonth
from tests import factories

SECOND = timedelta(seconds=1)


def test_packed_or_not_tallies_add_up_to_the_same():
    chance, over = random.Random(4711), []
    for _month in range(6):
        one = Tally()
        for _each in range(200):
            seconds = chance.choice((0, 10 ** chance.uniform(-6, 7)))
            key = chance.choice(chance.choice((range(1, 30), (3, 10**9))))  # near each other, and far
            one.note(Seen(["asked"], [("end", SECOND * seconds)], [("target", key), ("flow", 7)]))
        over.append(json.loads(json.dumps(tally.kept(one))))
    plain, small = [Kept(one) for one in over], [Kept(json.loads(json.dumps(tally.packed(one)))) for one in over]
    for parts in (small, [*small[:3], *plain[3:]], [*small, Kept()]):
        assert tally.kept(tally.total(parts)) == tally.kept(tally.total(plain))
    assert [one.told("end") for one in small] == [one.told("end") for one in plain]
    assert isinstance(small[0].figures["by"]["flow"], list)
    assert isinstance(small[0].figures["by"]["target"], dict)


def test_what_is_packed_is_no_longer_than_it_has_to_be():
    assert packed.packed({}) is None
    assert packed.packed({1: 2, 10**9: 3}) is None
    assert packed.packed({-3: 1, -2: 2}) == [-3, "200000001"]
    assert packed.added([(-3, "200000001"), (-2, f"{5:x}")]) == {-3: 1, -2: 7}


@pytest.mark.parametrize("power", range(-6, 9))
def test_each_length_of_two_digits_has_a_place_in_their_order(power):
    lengths = [float(f"{digits}e{power - 1}") for digits in range(10, 100)]
    places = [packed.place(one) for one in lengths]
    assert places == list(range(places[0], places[0] + 90))
    assert [packed.length(one) for one in places] == lengths
    assert packed.place(0) < places[0]
    assert packed.length(packed.place(0)) == 0


def reckoned(now) -> None:
    reckon.schedule(now=now)
    ReportMonth.objects.update(due_at=now, seq=99)  # something has happened since
    for row in reckon.due(now):
        reckon.month(row, now=now)


def told(now) -> dict[str, Any]:
    version = read.version(months.of(now), months.of(now), now=now)
    return tally.kept(read.report(Narrowing(), version, now=now).total)


@pytest.mark.django_db
def test_of_all_requests_these_are_read_and_where_they_are_missing_the_others(flow, now, django_assert_num_queries):
    factories.grant(state="ended", now=now)
    reckoned(now)
    before = told(now)
    assert before["counts"]["asked"] == 1
    assert isinstance(ReportFigures.objects.get(about=PACKED).figures["by"]["flow"], list)
    ReportFigures.objects.filter(about="").update(figures=tally.NOTHING)
    with django_assert_num_queries(2):
        assert told(now) == before
    reckoned(now)
    ReportFigures.objects.filter(about=PACKED).delete()  # as the release before does
    with django_assert_num_queries(3):
        assert told(now) == before
