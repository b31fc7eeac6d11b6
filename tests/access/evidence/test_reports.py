"""Reports: what came of the requests of a month, reckoned when something changed and the same on every database."""

from datetime import date, datetime, timedelta

import pytest
from django.db.models import F

from access.audit import seal
from access.evidence.reports import months, read, reckon, rows, tally
from access.evidence.reports.narrowing import Narrowing
from access.evidence.reports.tally import Tally
from access.models import (
    AccessRequest,
    AfterReview,
    AuditEvent,
    Finding,
    Grant,
    GrantActivity,
    Kind,
    Notification,
    Operation,
    ReportFigures,
    ReportMonth,
    User,
)
from access.notify import read_log
from access.worker import sweep
from tests import factories

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def reckoned(now) -> Tally:
    """The figures of this month, as they are kept."""
    reckon.schedule(now=now)
    ReportMonth.objects.update(due_at=now)
    for row in reckon.due(now):
        reckon.month(row, now=now)
    return told(Narrowing(), months.of(now), months.of(now), now).total


def told(narrowing: Narrowing, first: date, last: date, now: datetime) -> read.Report:
    return read.report(narrowing, read.version(first, last, now=now), now=now)


def ended_late(now, seconds: float, **asked) -> Grant:
    grant = factories.grant(state="ended", now=now, **asked)
    Grant.objects.filter(pk=grant.pk).update(ended_at=F("end_due_at") + SECOND * seconds)
    return grant


@pytest.mark.django_db
class TestFigures:
    def test_every_outcome_is_counted_once(self, flow, now):
        for state in ("pending", "denied", "withdrawn", "lapsed", "approved"):
            factories.request_at(state=state, now=now)
        counts = reckoned(now).counts
        names = ("asked", "pending", "denied", "withdrawn", "lapsed", "approved")
        assert [counts[one] for one in names] == [5, 1, 1, 1, 1, 1]

    def test_who_asked_who_decided_and_for_what(self, flow, jon, adam, now):
        factories.request_at(state="approved", now=now)
        factories.request_at(state="denied", now=now)
        found = reckoned(now)
        assert found.most("asked_by") == [(jon.pk, 2)]
        assert (found.most("approved_by"), found.most("denied_by")) == ([(adam.pk, 1)], [(adam.pk, 1)])
        assert found.most("flow") == [(flow.pk, 2)]

    def test_time_to_decide_and_to_access(self, flow, now):
        grant = factories.grant(state="active", now=now)
        AccessRequest.objects.update(settled_at=now + 90 * SECOND)
        Grant.objects.filter(pk=grant.pk).update(created_at=now + 90 * SECOND, confirmed_at=now + 93 * SECOND)
        found = reckoned(now)
        assert (found.took("decide").percentile(50), found.took("begin").percentile(50)) == (90, 3)

    def test_lateness_is_told_of_what_was_held_and_ended_as_it_should(self, flow, jon, rita, now):
        ended_late(now, 0.4)
        ended_late(now, 75, person=rita)
        for reason, fields in (("refused", {}), ("gone", {}), ("expired", {"not_verified": True})):
            Grant.objects.filter(pk=ended_late(now, 999).pk).update(end_reason=reason, **fields)
        found = reckoned(now)
        assert sorted(found.took("end").counts) == [0.4, 75]
        names = ("late", "refused", "gone", "not_verified")
        assert [found.counts[one] for one in names] == [1, 1, 1, 1]

    def test_a_standing_member_was_given_nothing_and_is_late_with_nothing(self, flow, now):
        Grant.objects.filter(pk=ended_late(now, 5).pk).update(standing=True)
        found = reckoned(now)
        assert (found.times.keys() & {"begin", "end"}, found.counts["held"]) == (set(), 0)

    def test_what_extended_access_does_not_count_it_again(self, flow, now):
        grant = ended_late(now, 2)
        other = factories.request_at(state="approved", now=now)
        AccessRequest.objects.filter(pk=other.pk).update(grant=grant)
        found = reckoned(now)
        assert (found.counts["asked"], found.counts["held"], found.took("end").counts.total()) == (2, 1, 1)

    def test_break_glass_and_its_review(self, flow, adam, now):
        one, other = factories.broken_glass(now=now), factories.broken_glass(now=now)
        AfterReview.objects.filter(request=one).update(
            due_at=None, signed_off_at=now, signed_off_by=adam, verdict="not_justified", comment="No."
        )
        AfterReview.objects.filter(request=other).update(opened_at=now - 2 * DAY, deadline=now - DAY)
        counts = reckoned(now).counts
        assert [counts[name] for name in ("break_glass", "not_justified", "review_open", "review_late")] == [2, 1, 1, 1]

    def test_of_what_was_read_to_its_end_it_is_known_whether_it_was_used(self, flow, rita, adam, now):
        used, unused, unknown = (ended_late(now, 1, person=who) for who in (None, rita, factories.person("vera")))
        for grant in (used, unused):
            GrantActivity.objects.create(grant=grant, is_complete=True)
        GrantActivity.objects.create(grant=unknown, due_at=now)
        for id_ in ("1", "2"):
            Operation.objects.create(grant=used, external_id=id_, at=now, type="deploy", outlived_at=now)
        counts = reckoned(now).counts
        assert [counts[name] for name in ("known", "used", "outlived")] == [2, 1, 1]

    def test_findings_and_who_was_listed_at_the_end_of_each_month(self, flow, jon, now):
        before, target = now - 20 * DAY, factories.target()
        where = {"integration": target.integration, "target": target, "person": jon}
        Finding.objects.create(kind="outside", key="a", first_seen_at=before, **where)
        Finding.objects.create(kind="standing", key="b", first_seen_at=now - SECOND, **where)
        Finding.objects.create(kind="gone", key="c", first_seen_at=now, last_seen_at=now, closed_at=now, **where)
        reckon.schedule(now=now)
        month = months.of(now)
        ReportMonth.objects.get_or_create(month=months.after(month, -1), defaults={"due_at": now})
        reckoned(now)
        over = told(Narrowing(target=target.pk), months.after(month, -1), month, now)
        listed = [[one.counts[name] for name in ("found_outside", "found_gone", "listed_outside", "listed_standing")]
                for _month, one in over.months]  # fmt: skip
        assert listed == [[1, 0, 1, 0], [0, 1, 1, 1]]

    def test_kept_figures_of_each_cut_are_those_of_counting_anew(self, flow, jon, rita, now):
        staging = factories.target("staging", "Staging", "r-staging")
        factories.strategy().targets.add(staging)
        factories.approval_flow()
        ended_late(now, 3)
        ended_late(now, 70, person=rita, for_target=staging)
        factories.request_at(state="denied", now=now, in_flow=factories.approval_flow(), for_target=None)
        Finding.objects.create(
            integration=staging.integration, target=staging, person=rita, kind="outside", key="a", first_seen_at=now
        )
        reckoned(now)
        month = months.of(now)
        for wanted in (
            Narrowing(), Narrowing(flow=flow.pk), Narrowing(target=staging.pk), Narrowing(person=rita.pk),
            Narrowing(flow=flow.pk, target=staging.pk),
        ):  # fmt: skip
            [(_month, kept)] = told(wanted, month, month, now).months
            anew = rows.every(month, month, wanted, now=now, ways=lambda _row: ("",))[month, ""]
            row = ReportFigures.objects.get(about=wanted.about)
            assert row.figures == tally.kept(anew) == tally.kept(tally.total([kept]))
            assert kept.counts["asked"]
        both = told(Narrowing(target=staging.pk, person=jon.pk), month, month, now)
        assert both.total.counts["asked"] == 0


@pytest.mark.django_db
class TestReckoning:
    def test_each_month_since_the_first_request_has_its_row(self, flow, now):
        factories.request_at(now=now)
        AccessRequest.objects.update(created_at=now - 65 * DAY)
        reckon.schedule(now=now)
        reckon.schedule(now=now)
        known = list(ReportMonth.objects.order_by("month").values_list("month", flat=True))
        assert known == list(months.between(months.of(now - 65 * DAY), months.of(now)))

    def test_it_is_due_once_a_minute_and_reads_nothing_while_nothing_happened(self, flow, now, monkeypatch):
        factories.request_at(now=now)
        seal.catch_up(now=now)
        reckoned(now)
        row = ReportMonth.objects.get()
        assert row.due_at == now + reckon.SOON
        monkeypatch.setattr(rows, "every", factories.breaks)
        later = row.due_at
        reckon.month(row, now=later)
        assert ReportMonth.objects.get().due_at == later + reckon.SOON
        factories.request_at(now=later)
        seal.catch_up(now=later)
        with pytest.raises(RuntimeError):
            reckon.month(ReportMonth.objects.get(), now=later + reckon.SOON)

    def test_only_one_worker_is_at_it_and_one_that_came_too_late_writes_nothing(self, flow, now, monkeypatch):
        factories.request_at(now=now)
        reckon.schedule(now=now)
        mine, others = ReportMonth.objects.get(), ReportMonth.objects.get()
        real = rows.every

        def slow(*args, **kwargs):
            found = real(*args, **kwargs)
            ReportMonth.objects.update(due_at=now + DAY)  # the lease ran out, and somebody else took it
            return found

        monkeypatch.setattr(rows, "every", slow)
        reckon.month(mine, now=now)
        reckon.month(others, now=now)
        assert not ReportFigures.objects.exists()

    def test_what_is_no_longer_so_is_forgotten(self, flow, now):
        request = factories.request_at(now=now)
        reckoned(now)
        ReportFigures.objects.create(month=ReportMonth.objects.get(), about="target:999999", figures={})
        factories.request_at(now=now)
        seal.catch_up(now=now)
        reckoned(now)
        assert not ReportFigures.objects.filter(about="target:999999").exists()
        assert ReportFigures.objects.filter(about=f"target:{request.target_id}").exists()

    def test_when_figures_became_others_is_kept_and_when_they_were_reckoned_is_not_that(self, flow, now):
        factories.request_at(now=now)
        seen = []
        for minute in range(4):
            if minute == 2:
                factories.request_at(state="denied", now=now)
            ReportMonth.objects.update(seq=99)
            reckoned(now + timedelta(minutes=minute))
            row = ReportMonth.objects.get()
            seen.append(((row.reckoned_at - now).seconds // 60, (row.changed_at - now).seconds // 60))
        assert seen == [(0, 0), (1, 0), (2, 2), (3, 2)]

    def test_what_is_no_longer_there_changed_it_too_and_what_is_not_known_is_now(self, flow, now):
        factories.request_at(now=now)
        reckoned(now)
        ReportFigures.objects.create(month=ReportMonth.objects.get(), about="target:999999", figures={})
        for seconds, was in ((1, now), (2, None)):
            at = now + SECOND * seconds
            ReportMonth.objects.update(seq=99, changed_at=was)
            reckoned(at)
            assert ReportMonth.objects.get().changed_at == at

    def test_a_month_in_which_all_is_over_is_looked_at_seldom_and_an_open_one_soon(self, flow, now):
        settled = factories.request_at(state="denied", now=now)
        AccessRequest.objects.filter(pk=settled.pk).update(created_at=now - 90 * DAY)
        reckoned(now)
        row = ReportMonth.objects.order_by("month").first()
        assert row.due_at > now + DAY
        waiting = factories.request_at(now=now)
        AccessRequest.objects.filter(pk=waiting.pk).update(created_at=now - 90 * DAY)
        reckoned(now)
        assert ReportMonth.objects.order_by("month").first().due_at == now + reckon.SOON

    def test_the_sweep_knows_of_it(self, now, db):
        reckon.schedule(now=now)
        row = ReportMonth.objects.get()
        assert list(sweep._KINDS[sweep.REPORT](now)) == [row.pk]
        assert not list(sweep._KINDS[sweep.REPORT](now - SECOND))


@pytest.mark.django_db
class TestLetter:
    @pytest.fixture
    def audra(self, db):
        who = factories.person("audra")
        User.objects.filter(pk=who.pk).update(is_auditor=True)
        return User.objects.get(pk=who.pk)

    @pytest.fixture
    def mail(self, settings):
        settings.EMAIL_IS_SET = True

    def over(self, now) -> datetime:
        """The second day after this month."""
        return months.end(months.of(now)) + reckon.TELL_AFTER

    def reckon_all(self, now) -> None:
        seal.catch_up(now=now)
        ReportMonth.objects.update(due_at=now)
        for row in reckon.due(now):
            reckon.month(row, now=now)

    def test_it_is_written_once_to_each_auditor_and_to_nobody_else(self, flow, audra, mail, now):
        ended_late(now, 2)
        reckoned(now)
        assert not AuditEvent.objects.filter(type="report.made").exists()
        then = self.over(now)
        for moment in (then - SECOND, then, then + DAY, then + 2 * DAY):
            self.reckon_all(moment)
        [event] = AuditEvent.objects.filter(type="report.made")
        assert (event.data["requests"], event.data["late_max"]) == (1, 2.0)
        read_log.read(now=then)
        [letter] = Notification.objects.filter(kind=Kind.REPORT)
        assert (letter.recipient, letter.facts["requests"]) == (audra, "1")

    def test_months_that_were_over_long_before_are_told_to_nobody(self, flow, audra, mail, now):
        old = factories.request_at(state="denied", now=now)
        AccessRequest.objects.filter(pk=old.pk).update(created_at=now - 200 * DAY)
        reckoned(now)
        told = AuditEvent.objects.filter(type="report.made").values_list("subject", flat=True)
        assert set(told) <= {f"report:{months.after(months.of(now), -1):%Y-%m}"}
        assert not ReportMonth.objects.filter(told_at=None, month__lt=months.after(months.of(now), -1)).exists()
