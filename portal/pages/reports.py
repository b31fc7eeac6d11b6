"""What came of all requests, month by month: with charts, tables, and each table as a file."""

import hashlib
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.core.cache import cache
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
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

KEPT_FOR: Final = 60  # seconds


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse | StreamingHttpResponse:
    check_can_report(request.user)
    form, now = ReportForm(request.GET), timezone.now()
    if request.GET.get("format") == "csv":
        report = read.report(form.narrowing, *form.period(now), now=now)
        return _file(request.GET.get("table", ""), _sections(request, form, report, most=None), now)
    shown, as_of = _shown(request, form, now)
    context = {
        "shown": shown,
        "as_of": as_of,
        "filters": form,
        "narrowed": form.is_set,
        "clear": reverse("reports"),
    }
    return render(request, "pages/reports.html", context)


def _shown(request: PortalRequest, form: ReportForm, now: datetime) -> tuple[SafeString, datetime | None]:
    """All charts and tables, and as of when they are: made once for whoever looks, until a month is reckoned anew.

    What somebody or something is called may be a minute old.
    """
    period = form.period(now)
    if not form.narrowing.is_kept:
        return _drawn(request, form, read.report(form.narrowing, *period, now=now)), now
    version = read.version(*period, now=now)
    asked = repr((get_language(), request.GET.urlencode(), form.narrowing, period, version))
    key = f"reports:{hashlib.sha256(asked.encode()).hexdigest()}"
    kept = cache.get(key)
    if kept is None:
        kept = _drawn(request, form, read.report(form.narrowing, *period, now=now))
        cache.set(key, kept, KEPT_FOR)
    return SafeString(kept), version.as_of


def _drawn(request: PortalRequest, form: ReportForm, report: read.Report) -> SafeString:
    sections = _sections(request, form, report, most=by_name.SHOWN) if report.total.counts else ()
    return render_to_string("evidence/reports/all.html", {"sections": sections}, request)


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
