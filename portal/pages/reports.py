"""What came of all requests, month by month: with charts, tables, and each table as a file."""

import hashlib
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.core.cache import cache
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
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
from portal.reports import by_month, by_name, by_time, drawn
from portal.reports.tables import Section

KEPT_FOR: Final = 600  # seconds


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse | StreamingHttpResponse:
    check_can_report(request.user)
    form, now = ReportForm(request.GET), timezone.now()
    if request.GET.get("format") == "csv":
        report = read.report(form.narrowing, read.version(*form.period(now), now=now), now=now)
        known = by_name.named(report.total, most=None)
        return _file(request.GET.get("table", ""), _sections(request, form, report, known), now)
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
    """All charts and tables, and as of when: made once for whoever looks, until a figure or a name is another."""
    version = read.version(*form.period(now), now=now)
    if not form.narrowing.is_kept:
        return _drawn(request, form, read.report(form.narrowing, version, now=now))[0], now
    asked = repr((get_language(), request.GET.urlencode(), form.narrowing, version.state))
    key = f"reports:{hashlib.sha256(asked.encode()).hexdigest()}"
    kept: tuple[str, by_name.Known] | None = cache.get(key)
    if kept is None or by_name.named_now(kept[1]) != kept[1]:
        kept = _drawn(request, form, read.report(form.narrowing, version, now=now))
        cache.set(key, kept, KEPT_FOR)
    return SafeString(kept[0]), version.as_of


def _drawn(request: PortalRequest, form: ReportForm, report: read.Report) -> tuple[SafeString, by_name.Known]:
    """With what stands in it by name."""
    if report.total.counts:
        known = by_name.named(report.total)
        sections = _sections(request, form, report, known, months=by_month.SHOWN, names=by_name.SHOWN)
        return drawn.drawn(sections, _files(request)), known
    nothing = {
        "title": _("Nothing here"),
        "text": _("Nobody asked for anything like this in these months. Take a filter away, or choose other months."),
        "icon": "inbox",
    }
    return render_to_string("components/empty.html", nothing), {}


def _files(request: PortalRequest) -> str:
    """The address of each table as a file, up to its name."""
    query = request.GET.copy()
    query["format"] = "csv"
    return _but(query, "table")


def _sections(
    request: PortalRequest,
    form: ReportForm,
    report: read.Report,
    known: by_name.Known,
    *,
    months: int | None = None,
    names: int | None = None,
) -> list[Section]:
    """With so many rows of their tables at most, or all of them."""
    found = [by_month.section(*one, report, months) for one in by_month.SECTIONS]
    found[1:1] = [by_time.section(*one, report, months) for one in by_time.SECTIONS]
    if not form.narrowing.flow:
        found += [by_month.section(*one, report, months) for one in by_month.OF_FINDINGS]
    return [*found, *by_name.sections(report.total, known, partial(_but, request.GET), most=names)]


def _but(query: QueryDict, name: str) -> str:
    """An address with another value of this name, up to that value."""
    rest = query.copy()
    rest.pop(name, None)
    return f"?{rest.urlencode()}&{name}=" if rest else f"?{name}="


def _file(name: str, sections: list[Section], now: datetime) -> StreamingHttpResponse:
    tables: dict[str, Any] = {table.name: table for section in sections for table in section.tables}
    table = tables.get(name)
    if table is None:
        raise Http404(_("There is no such table."))
    return csv_file.response(f"report-{name}-{now:%Y-%m-%d}", *table.file())
