"""Proposals: changes of the set-up that wait for another admin. Shown as old and new, confirmed, or declined."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access.admin import second_admin
from access.admin.base import Register, signed_in
from access.admin.site import site
from access.config import api_proposals, proposals
from access.core.errors import Refusal
from access.models import Proposal


@admin.register(Proposal, site=site)
class ProposalAdmin(Register):
    list_display = ("ref", "state", "by", "created_at", "lapses_at", "settled_by", "settled_at")
    list_select_related = ("by", "settled_by")
    list_filter = ("state",)
    search_fields = ("ref", "by__email")
    ordering = ("-created_at", "-pk")
    fields = ("ref", "state", "by", "created_at", "lapses_at", "settled_by", "settled_at", "reason")
    change_form_outer_before_template = "admin/access/proposal/panel.html"

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        rows = Proposal.objects.select_related("by").filter(pk=_number(object_id))
        shown: dict[str, Any] = {}
        for row in rows:
            shown = {"changes": _changes(row), "effects": row.effects, "why_not": self._why_not(request, row)}
            shown["can_be_again"] = bool(row.sealed) and row.state in (row.State.DECLINED, row.State.LAPSED)
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def get_urls(self) -> list[URLPattern]:
        views = {"confirm": self.confirm, "decline": self.decline, "again": self.again}
        return [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"access_proposal_{name}")
            for name, view in views.items()
        ] + super().get_urls()

    @method_decorator(require_POST)
    @method_decorator(never_cache)
    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do again what was proposed; what only its page can show, such as a link, is shown to whoever confirms."""
        row, by, now = self._find(request, pk), signed_in(request), timezone.now()

        def replay(_row: Proposal, sent: Any) -> HttpResponse | None:
            if row.way == second_admin.WAY:
                return second_admin.again(request, sent)
            api_proposals.again(sent, by=by, now=now)
            return None

        try:
            answer = proposals.confirm(row, by=by, now=now, replay=replay)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:access_proposal_change", pk)
        messages.success(request, _("%(ref)s is confirmed, and in force.") % {"ref": row.ref})
        if answer is not None and answer.status_code == 200:
            return answer
        return redirect("admin:access_proposal_change", pk)

    @method_decorator(require_POST)
    def decline(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._find(request, pk)
        try:
            proposals.decline(row, by=signed_in(request), reason=request.POST.get("reason", ""), now=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("%(ref)s is declined.") % {"ref": row.ref})
        return redirect("admin:access_proposal_change", pk)

    @method_decorator(require_safe)
    @method_decorator(never_cache)
    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form of what came to nothing, filled in: saving it proposes it again."""
        row = self._find(request, pk)
        text = _("%(ref)s came to nothing%(why)s. Change what is to be different, and save: that proposes it again.")
        why = text % {"ref": row.ref, "why": f": “{row.reason}”" if row.reason else ""}
        try:
            return second_admin.filled_in(request, proposals.form_of(row, by=signed_in(request)), why=why)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:access_proposal_change", pk)

    def _find(self, request: HttpRequest, pk: int) -> Proposal:
        if not signed_in(request).is_admin:
            # First, so that nobody else learns which there are.
            raise PermissionDenied
        return get_object_or_404(Proposal.objects.select_related("by"), pk=pk)

    def _why_not(self, request: HttpRequest, row: Proposal) -> str:
        try:
            proposals.check_can_confirm(row, by=signed_in(request), now=timezone.now())
        except Refusal as refusal:
            return str(refusal)
        return ""


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isdecimal() else 0


def _changes(row: Proposal) -> list[dict[str, Any]]:
    """Each event with what was before and what is after, as the log tells it."""
    return [{"text": one["text"], "fields": list(_fields(one["data"]))} for one in row.events]


def _fields(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, pair in data.get("changes", {}).items():
        yield name.replace("_", " "), _shown(pair["from"]), _shown(pair["to"])
    for name, value in data.get("facts", {}).items():
        yield name.replace("_", " "), "–", _shown(value)
    if "account_id" in data:
        yield _("account"), _shown(data["before"]), _shown(data["account_id"])


def _shown(value: Any) -> str:
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "–"
