"""The longest report: something of everything in each month, by people and targets with long names."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from access.evidence.reports import months, tally
from access.evidence.reports.narrowing import PACKED
from access.evidence.reports.tally import Seen, Tally
from access.models import Finding, ReportFigures, ReportMonth
from portal.reports import by_month
from tests import factories
from tests.portal.test_page_costs import BYTES

# All that is counted of a month, beside what is found.
COUNTED = (
    "fast_track", "break_glass", "denied", "withdrawn", "lapsed", "pending", "refused", "gone", "not_verified", "late",
    "outlived", "justified", "not_justified", "review_open", "review_late", "used", "listed_standing", "listed_outside",
)  # fmt: skip


def report(client, **query) -> str:
    answer = client.get(reverse("reports"), {"since": "2000-01", **query})
    assert answer.status_code == 200
    return b"".join(answer).decode()


def long_past(flow, now, number: int) -> None:
    """So many months in which there was a lot of everything, by people and targets with long names."""
    who = [factories.person(f"person-{one}-of-a-long-name") for one in range(12)]
    about = [
        factories.target(f"target-{one}-of-a-long-name", f"Target {one} " + "x" * 30, f"r-{one}") for one in range(12)
    ]
    chance = random.Random(4711)
    names = ["asked", "approved", "held", "known", *(f"found_{kind}" for kind in Finding.Kind), *COUNTED]
    for month in months.between(months.after(months.of(now), 1 - number), months.of(now)):
        seen = Tally(Counter({name: chance.randint(900, 9900) for name in names}))
        for name in ("decide", "begin", "end"):
            for _each in range(50):
                seen.note(Seen(times=[(name, timedelta(seconds=chance.uniform(20, 200_000)))]))
        for name, rows in (("asked_by", who), ("approved_by", who), ("denied_by", who), ("target", about)):
            seen.by[name] = Counter({one.pk: chance.randint(900, 9900) for one in rows})
        row = ReportMonth.objects.create(month=month, due_at=now, reckoned_at=now, changed_at=now)
        figures = tally.kept(seen)
        ReportFigures.objects.create(month=row, about="", figures=figures)
        ReportFigures.objects.create(month=row, about=PACKED, figures=tally.packed(figures))


@pytest.mark.parametrize(("number", "more"), [(25, 0), (36, 24), (120, 108)])
def test_the_longest_report_is_no_longer_than_a_page_may_be(
    client, olga, flow, now, number, more, django_assert_num_queries
):
    long_past(flow, now, number)
    client.force_login(olga)
    report(client)
    cache.clear()
    with django_assert_num_queries(7):
        seen = report(client)
    assert len(seen.encode()) < BYTES
    assert (f"{more} more are in the file." in seen) is bool(more)
    assert ("Each column is of 4 months." in seen) is (number == 120)
    assert report(client, format="csv", table="requests").count("\n") == 1 + number
    assert report(client, format="csv", table="end").count("\n") == 2 + number


def test_a_column_of_some_months_has_all_of_each_and_of_what_is_listed_the_last():
    [standing] = [kinds for name, _title, _says, kinds in by_month.OF_FINDINGS if name == "standing"]
    flows, counts = [by_month.Kind("", len), by_month.Kind("", len)], [[1, 2], [3, 4], [5, 6]]
    assert by_month._together(counts, 1, flows) == counts
    assert by_month._together(counts, 2, flows) == [[4, 6], [5, 6]]
    assert by_month._together(counts, 2, standing) == [[3, 4], [5, 6]]


def test_a_year_is_named_under_the_column_in_which_it_begins():
    over = list(months.between(date(2023, 12, 1), date(2025, 2, 1)))
    assert by_month._years(over, 4) == ["’24", "", "", "’25"]
