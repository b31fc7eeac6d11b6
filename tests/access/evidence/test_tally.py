"""What is counted for reports, without a database: percentiles, histograms, sums and months."""

import json
from datetime import UTC, date, datetime, timedelta

from access.evidence.reports import months, tally
from access.evidence.reports.tally import Kept, Seen, Tally

SECOND = timedelta(seconds=1)


def took(*seconds: float) -> tally.Times:
    found = Tally()
    found.note(Seen(times=[("end", SECOND * one) for one in seconds]))
    return found.took("end")


def test_a_percentile_is_the_shortest_time_that_so_many_do_not_exceed():
    assert [took(*range(1, 101)).percentile(one) for one in (50, 99)] == [50, 99]
    assert [took(0.1, 7).percentile(one) for one in (50, 51, 99)] == [0.1, 7, 7]
    assert took().percentile(50) is None
    assert took(*range(1, 101)).percentiles(50, 99, 100) == [50, 99, 100]
    assert took().percentiles(50, 99) == [None, None]


def test_times_are_kept_with_two_digits_and_the_longest_whole():
    times = took(0.31415, 12.345, 4000.5)
    assert sorted(times.counts) == [0.31, 12, 4000]
    assert times.longest == 4000.5
    assert took(-3).longest == 0


def test_a_bar_of_the_histogram_goes_up_to_its_bound():
    assert took(1, 1.1, 10, 60, 61, 10**6).histogram == [1, 2, 1, 1, 0, 0, 0, 1]


def test_tallies_add_up_whatever_they_were_kept_in_between():
    one, other = Tally(), Tally()
    one.note(Seen(["asked"], [("end", SECOND)], [("flow", 3)]))
    other.note(Seen(["asked", "late"], [("end", 2 * SECOND), ("decide", SECOND)], [("flow", 3), ("flow", 4)]))
    kept = [Kept(json.loads(json.dumps(tally.kept(each)))) for each in (one, other)]
    assert [each.counts["late"] for each in kept] == [0, 1]
    both = tally.total([*kept, Kept()])
    assert both.counts == {"asked": 2, "late": 1}
    assert both.took("end").counts == {1: 1, 2: 1}
    assert both.most("flow") == [(3, 2), (4, 1)]


def test_what_a_row_tells_of_times_is_kept_with_them():
    one = Tally()
    one.note(Seen(times=[("end", SECOND * each) for each in (1, 2, 70.125)]))
    figures = tally.kept(one)
    assert Kept(figures).told("end") == (3, 2, 70, 70.125)
    assert (Kept(figures).told("begin"), Kept().told("end")) == ((0, None, None, None),) * 2
    # The release before kept nothing but the lengths.
    del figures["times"]["end"]["told"]
    assert Kept(figures).told("end") == (3, 2, 70, 70.125)


def test_months_follow_on_each_other_over_the_end_of_a_year():
    assert months.of(datetime(2026, 1, 1, 0, 30, tzinfo=UTC)) == date(2026, 1, 1)
    assert [months.after(date(2026, 12, 1), one) for one in (1, -12)] == [date(2027, 1, 1), date(2025, 12, 1)]
    assert list(months.between(date(2026, 12, 1), date(2027, 1, 1))) == [date(2026, 12, 1), date(2027, 1, 1)]
