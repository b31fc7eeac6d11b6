"""What came of all requests, month by month: with charts, tables, and each table as a file."""

from datetime import datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.evidence.reports import read
from access.evidence.rules import check_can_report
from portal import csv_file
from portal.forms.reports import ReportForm
from portal.pages.http import PortalRequest
from portal.reports import by_month, by_name, by_time
from portal.reports.tables import Section


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse | StreamingHttpResponse:
    check_can_report(request.user)
    form, now = ReportForm(request.GET), timezone.now()
    report = read.report(form.narrowing, *form.period(now), now=now)
    as_file = request.GET.get("format") == "csv"
    sections = _sections(request, form, report, most=None if as_file else by_name.SHOWN)
    if as_file:
        return _file(request.GET.get("table", ""), sections, now)
    context = {
        "sections": sections,
        "as_of": report.as_of,
        "is_empty": not report.total.counts,
        "filters": form,
        "narrowed": form.is_set,
        "clear": reverse("reports"),
    }
    return render(request, "pages/reports.html", context)


def _sections(request: PortalRequest, form: ReportForm, report: read.Report, *, most: int | None) -> list[Section]:
    found = [by_month.section(*one, report) for one in by_month.SECTIONS]
    found[1:1] = [by_time.section(*one, report) for one in by_time.SECTIONS]
    if not form.narrowing.flow:
        found += [by_month.section(*one, report) for one in by_month.OF_FINDINGS]
    narrows = partial(_narrowed, request)
    return [*found, *by_name.sections(report.total, narrows, most=most)]


def _narrowed(request: PortalRequest, name: str, value: str) -> str:
    query = request.GET.copy()
    query[name] = value
    return f"?{query.urlencode()}"


def _file(name: str, sections: list[Section], now: datetime) -> StreamingHttpResponse:
    tables: dict[str, Any] = {table.name: table for section in sections for table in section.tables}
    table = tables.get(name)
    if table is None:
        raise Http404(_("There is no such table."))
    return csv_file.response(f"report-{name}-{now:%Y-%m-%d}", *table.file())
