"""The page of reports: for auditors and admins, narrowed in the address, each table a file, at a fixed cost."""

import csv
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from access.evidence.reports import months, reckon
from access.models import AccessRequest, Flow, Grant, ReportFigures, ReportMonth, Target, User
from portal import charts
from portal.pages import reports
from portal.reports import by_month, by_time
from tests import factories

pytestmark = pytest.mark.django_db

STAGING = {"name": "staging", "label": "Staging", "role_id": "r-staging"}


@pytest.fixture
def auditor(client, db):
    who = factories.person("audra")
    User.objects.filter(pk=who.pk).update(is_auditor=True)
    client.force_login(User.objects.get(pk=who.pk))
    return client


@pytest.fixture
def late(flow, now):
    """Jon's access to Prod, which ended four seconds late."""
    grant = factories.grant(state="ended", now=now)
    Grant.objects.filter(pk=grant.pk).update(ended_at=grant.end_due_at + timedelta(seconds=4))
    return grant


def reckoned(now) -> None:
    reckon.schedule(now=now)
    ReportMonth.objects.update(due_at=now, seq=99)  # something has happened since
    for row in reckon.due(now):
        reckon.month(row, now=now)


def page(client: Client, **query) -> str:
    answer = client.get(reverse("reports"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def table(client: Client, name: str, **query) -> list[list[str]]:
    answer = client.get(reverse("reports"), {**query, "format": "csv", "table": name})
    assert answer.status_code == 200
    return list(csv.reader(b"".join(answer).decode().splitlines()))


def test_it_is_for_auditors_and_admins_and_only_they_find_the_way(client, jon, adam, olga, flow):
    assert client.get(reverse("reports")).status_code == 302
    for who, status in ((jon, 403), (adam, 403), (olga, 200)):
        client.force_login(who)
        assert client.get(reverse("reports")).status_code == status
        assert (reverse("reports") in client.get(reverse("home")).content.decode()) is (status == 200)


def test_a_file_is_for_nobody_else_either(client, jon, flow):
    client.force_login(jon)
    for query in ({"format": "csv", "table": "requests"}, {"target": "prod"}):
        assert client.get(reverse("reports"), query).status_code == 403


def test_before_anything_was_asked_it_says_so(auditor):
    seen = page(auditor)
    assert "Nobody asked for anything like this in these months." in seen
    assert "a worker does that within a minute" in seen


def test_each_chart_has_its_sentence_and_its_tables(auditor, late, now):
    reckoned(now)
    seen = page(auditor)
    assert "1 request, 100 % of them approved." in seen
    assert "Half of them within 4 s, 99 of 100 within 4 s; the longest took 4 s." in seen
    assert "As it was known" in seen
    assert seen.count("<svg viewBox") >= 3
    for heading in ("Requests", "Time to decide", "Time to access", "Lateness of removal", "Not as it should be",
                    "Break-glass and its reviews", "Used, and not used at all", "Members whom nobody approved here",
                    "Findings", "Targets", "Flows", "Who asked", "Who approved", "Who denied"):  # fmt: skip
        assert f">{heading}</h2>" in seen
    assert f'href="{reverse("target", args=["prod"])}#week"' in seen


def test_the_files_hold_plain_values(auditor, late, now):
    reckoned(now)
    month = f"{months.of(now):%Y-%m}"
    assert table(auditor, "end")[-2:] == [[month, "1", "4.0", "4.0", "4.0"], ["All", "1", "4.0", "4.0", "4.0"]]
    assert table(auditor, "end-histogram")[2] == ["≤ 10 s", "1"]
    assert table(auditor, "requests")[-1][:3] == [month, "1", "1"]
    assert table(auditor, "asked_by")[1:] == [["Jon Reyes", "jon@example.com", "1"]]
    assert auditor.get(reverse("reports"), {"format": "csv", "table": "nonsense"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ({}, 3), ({"target": "staging"}, 1), ({"flow": "production-access"}, 2), ({"person": "RITA@example.com"}, 1),
        ({"target": "prod", "person": "jon@example.com"}, 1), ({"target": "prod", "flow": "deploy"}, 0),
        ({"flow": "deploy", "person": "rita@example.com"}, 0), ({"since": "2000-01", "until": "2000-02"}, 0),
    ],
)  # fmt: skip
def test_it_is_narrowed_by_what_stands_in_the_address(auditor, flow, rita, now, query, asked):
    factories.strategy().targets.add(factories.target(**STAGING))
    factories.request_at(now=now)
    factories.request_at(now=now, requester=rita, for_target=Target.objects.get(name="staging"))
    factories.request_at(now=now, in_flow=factories.approval_flow(), for_target=None)
    reckoned(now)
    assert sum(int(row[1]) for row in table(auditor, "requests", **query)[1:]) == asked


def test_a_filter_that_can_not_be_read_is_told_and_narrows_nothing(auditor, late, now):
    reckoned(now)
    seen = page(auditor, target="nonsense", person="x\0", since="x", until="1066-10")
    assert "There is no target of this name." in seen
    assert seen.count("Write a month such as 2026-01.") == 2
    assert "1 request, 100 % of them approved." in seen


def test_a_month_that_ends_before_it_begins_is_told(auditor, late, now):
    assert "This month is before the first one." in page(auditor, since="2026-02", until="2026-01")


def test_a_row_leads_to_the_same_report_of_it_alone(auditor, late, now):
    reckoned(now)
    seen = page(auditor, since="2026-01")
    assert 'href="?since=2026-01&amp;target=prod"' in seen
    assert 'href="?since=2026-01&amp;person=jon%40example.com"' in seen


def test_names_run_as_no_markup_and_no_formula(auditor, late, jon, now):
    User.objects.filter(pk=jon.pk).update(name="=cmd()<script>x")
    Target.objects.update(label='"><img src=x>')
    reckoned(now)
    seen = page(auditor)
    assert "<script>x" not in seen
    assert "<img src=x" not in seen
    assert table(auditor, "asked_by")[1][0] == "'=cmd()<script>x"


@pytest.mark.parametrize("query", [{}, {"target": "prod", "person": "jon@example.com"}])
def test_it_asks_the_same_however_much_there_is(auditor, flow, now, query, django_assert_max_num_queries):
    factories.request_at(now=now)
    reckoned(now)
    page(auditor, **query)
    cache.clear()
    with django_assert_max_num_queries(11 if query else 6) as first:
        page(auditor, **query)
    for number in range(25):
        who = factories.person(f"person-{number}")
        target = factories.target(f"target-{number}", f"Target {number}", f"r-{number}")
        factories.strategy().targets.add(target)
        factories.request_at(now=now, requester=who, for_target=target)
    AccessRequest.objects.filter(requester__name__startswith="Person").update(created_at=now - timedelta(days=100))
    reckoned(now)
    cache.clear()
    with django_assert_max_num_queries(len(first)):
        seen = page(auditor, **query)
    assert query or "16 more are in the file." in seen


@pytest.fixture
def drawn(monkeypatch):
    """Each time that something is drawn."""
    times: list[object] = []
    real = reports._drawn

    def counted(*args):
        times.append(args)
        return real(*args)

    monkeypatch.setattr(reports, "_drawn", counted)
    return times


def test_it_is_drawn_once_until_a_month_is_reckoned_anew(auditor, flow, now, drawn):
    factories.request_at(now=now)
    reckoned(now)
    page(auditor)
    factories.request_at(now=now)
    assert "1 request, " in page(auditor)
    assert len(drawn) == 1
    reckoned(now + timedelta(minutes=1))
    assert "2 requests" in page(auditor)
    page(auditor, target="prod")
    assert len(drawn) == 3


def as_of(seen: str) -> str:
    [found] = re.findall(r'As it was known <time data-moment datetime="([^"]*)"', seen)
    return str(found)


def test_to_reckon_the_same_again_draws_nothing_anew_and_it_is_known_as_of_then(auditor, late, now, drawn):
    reckoned(now)
    assert as_of(page(auditor)) == now.isoformat(timespec="seconds")
    later = now + timedelta(minutes=1)
    reckoned(later)
    assert as_of(page(auditor)) == later.isoformat(timespec="seconds")
    assert len(drawn) == 1


def test_what_the_release_before_reckoned_is_drawn_anew_each_time(auditor, late, now, drawn):
    reckoned(now)
    for minutes in (1, 2):
        at = now + timedelta(minutes=minutes)
        ReportMonth.objects.update(reckoned_at=at, changed_at=None)
        assert as_of(page(auditor)) == at.isoformat(timespec="seconds")
    assert len(drawn) == 2


def test_a_new_name_stands_in_what_was_drawn_before(auditor, late, jon, now):
    reckoned(now)
    assert "Jon Reyes" in page(auditor)
    User.objects.filter(pk=jon.pk).update(name="Jonathan Reyes")
    seen = page(auditor)
    assert "Jonathan Reyes" in seen
    assert "Jon Reyes" not in seen
    Target.objects.update(name="live", label="Live")
    seen = page(auditor)
    assert 'href="?target=live"' in seen
    assert ">Live<" in seen
    assert "target=prod" not in seen


def test_figures_without_what_this_release_keeps_beside_them_are_told_all_the_same(auditor, late, now):
    reckoned(now)
    for row in ReportFigures.objects.all():
        for times in row.figures["times"].values():
            del times["told"]
        row.save()
    assert "Half of them within 4 s, 99 of 100 within 4 s; the longest took 4 s." in page(auditor)
    told = ["1", "4.0", "4.0", "4.0"]
    assert table(auditor, "end")[-2:] == [[f"{months.of(now):%Y-%m}", *told], ["All", *told]]


def test_what_is_drawn_already_is_shown_to_nobody_else(auditor, client, jon, flow, now):
    factories.request_at(now=now)
    reckoned(now)
    page(auditor)
    client.force_login(jon)
    assert client.get(reverse("reports")).status_code == 403


def test_what_is_little_can_be_seen_and_nothing_leaves_the_drawing():
    chart = charts.columns(["a", "b"], [[1, 0], [0, 10_000]], ["ok", "bad"], ["Fine", "Not"])
    [small], [large] = chart.columns[0].parts, chart.columns[1].parts
    assert (small.height, small.y) == (charts.THINNEST, charts.HEIGHT - charts.THINNEST)
    assert (large.height, large.y, large.tone) == (charts.HEIGHT, 0, "bad")
    assert chart.columns[-1].x + chart.columns[-1].width / 2 <= charts.WIDTH
    assert charts.columns([], [], []).highest == 0


def test_many_months_have_room_for_their_names(now):
    over = list(months.between(months.after(months.of(now), -35), months.of(now)))
    assert sum(map(bool, by_month.short(tuple(over), None))) == by_month.MOST_LABELS
    assert len(by_time.bins(None)) == 8


def test_a_flow_has_no_findings_of_its_own(auditor, late, now):
    reckoned(now)
    assert "Members whom nobody approved here" not in page(auditor, flow=Flow.objects.get().name)
