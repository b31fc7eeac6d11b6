"""The log: read, filtered, taken away as a file, and verified."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access.audit import export, head, keys, listing, scheduled_check, verify_audit
from access.audit.sentences import sentence
from access.evidence.pack import pack
from access.models import AnchorPlace, AuditEvent
from access.people.rules import check_can_read_log
from portal import csv_file, zip_file
from portal.forms.audit import AuditForm
from portal.pages.http import PortalRequest

PAGE: Final = 50
SCRIPT, WHOLE = "verify_audit.py", "usher-log.jsonl"
LOOKS_AGAIN: Final = 2  # seconds, while the log is being verified
COLUMNS: Final = (
    "number", "at", "actor", "actor_name", "type", "subject", "request", "grant", "text", "facts", "hash",
)  # fmt: skip


@never_cache
@require_safe
def show(request: PortalRequest) -> HttpResponse | StreamingHttpResponse:
    check_can_read_log(by=request.user)
    form = AuditForm(request.GET)
    wanted = form.wanted
    if (kind := request.GET.get("format")) in ("csv", "jsonl"):
        return _file(kind, wanted)
    found = listing.part(wanted, older_than=_id(request, "older"), newer_than=_id(request, "newer"), size=PAGE)
    context = {
        "part": found,
        "rows": [_row(one) for one in found.events],
        "filters": form,
        "narrowed": form.is_set,
        "clear": reverse("audit"),
        **_state(),
    }
    return render(request, "pages/audit.html", context)


@never_cache
@require_safe
def state(request: PortalRequest) -> HttpResponse:
    """How far the verification has come."""
    check_can_read_log(by=request.user)
    return render(request, "pages/audit.html#state", _state())


@require_POST
def verify(request: PortalRequest) -> HttpResponse:
    """Let a worker verify the log now."""
    check_can_read_log(by=request.user)
    scheduled_check.ask(by=request.user, now=timezone.now())
    messages.success(request, _("The log is being verified. What comes of it appears here."))
    return redirect("audit")


@never_cache
@require_safe
def whole(request: PortalRequest) -> StreamingHttpResponse:
    """All of the log with its seals, for `verify_audit.py`."""
    check_can_read_log(by=request.user)
    return _lines(export.whole(), WHOLE)


@never_cache
@require_safe
def evidence(request: PortalRequest) -> HttpResponse | StreamingHttpResponse:
    """The evidence of all requests of a person, a target or some days, by the filters of the page."""
    check_can_read_log(by=request.user)
    by = AuditForm(request.GET).wanted
    found = pack.of(person=by.who, target=by.target, since=by.since, until=by.until)
    if not (by.who or by.target or by.since or by.until) or not found.exists():
        messages.error(request, _("Name a person by e-mail, a target or days that have requests, and filter by them."))
        return redirect("audit")
    return zip_file.response(f"evidence-{timezone.now():%Y-%m-%d}", pack.stream(found, now=timezone.now()))


@require_safe
def script(request: PortalRequest) -> HttpResponse:
    """The program that checks an export without the portal."""
    check_can_read_log(by=request.user)
    answer = HttpResponse(Path(verify_audit.__file__).read_bytes(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{SCRIPT}"'
    return answer


def _state() -> dict[str, Any]:
    found, end = scheduled_check.state(), head.seen()
    now = timezone.now()
    is_asked = bool(found.started_at or (found.asked_by and found.due_at <= now))
    return {
        "check": found,
        "end": end,
        "is_verifying": is_asked,
        "percent": 100 * found.seq // end.seq if end.seq else 0,
        "looks_again_every": LOOKS_AGAIN,
        "script": SCRIPT,
        "command": f"python3 {SCRIPT} {WHOLE} --key {keys.ring().newest.public}",
        "places": list(AnchorPlace.objects.order_by("address")),
    }


def _row(event: AuditEvent) -> dict[str, Any]:
    kind, _colon, about = event.subject.partition(":")
    changes = event.data.get("changes")
    facts = {name: value for name, value in event.data.items() if name != "changes"}
    return {
        "event": event,
        "text": sentence(event),
        "target": about if kind == "target" else "",
        "flow": about if kind == "flow" else "",
        "changes": [
            {"name": name.replace("_", " "), "old": _plain(one.get("from")), "new": _plain(one.get("to"))}
            for name, one in (changes.items() if isinstance(changes, dict) else ())
            if isinstance(one, dict)
        ],
        "facts": [(name.replace("_", " "), _plain(value)) for name, value in facts.items()],
    }


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _id(request: PortalRequest, name: str) -> int:
    text = request.GET.get(name, "")[:18]
    return int(text) if text.isascii() and text.isdigit() else 0


def _file(kind: str, wanted: listing.Wanted) -> StreamingHttpResponse:
    found, name = listing.narrowed(wanted), f"audit-{timezone.now():%Y-%m-%d}"
    if kind == "csv":
        return csv_file.response(name, COLUMNS, _rows(found))
    return _lines(export.some(found), f"{name}.jsonl")


def _rows(found: Any) -> Iterator[list[object]]:
    for events in export.slices(found):
        for one in events:
            yield [
                one.number, csv_file.moment(one.at), one.actor, one.actor_name or "", one.type, one.subject,
                one.request_ref, one.grant_ref, sentence(one), json.dumps(one.data, ensure_ascii=False), one.hash,
            ]  # fmt: skip


def _lines(lines: Iterator[bytes], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(lines, content_type="application/x-ndjson; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
