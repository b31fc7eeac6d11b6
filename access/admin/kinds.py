"""Rows of several kinds: the kind is chosen first, in words, and its form has nothing but what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Kind:
    label: Promise
    text: Promise  # what it is for, and what one needs before one begins
    fields: tuple[str, ...]  # that no other kind has


class ByKind:
    """For a page of the set-up. A link with the kind in its address leads to each form, so no script is needed."""

    kind_field: str
    kinds: Mapping[str, Kind]
    kind_may_change = False

    def kind_of(self, request: HttpRequest, row: Any = None) -> str:
        """The kind of this row, of what is typed, or of what the address asks for; the first one otherwise."""
        typed = [request.POST.get(self.kind_field, ""), request.GET.get(self.kind_field, "")]
        asked = typed if row is None or self.kind_may_change else []
        asked = asked if row is None else [*asked, getattr(row, self.kind_field)]
        return next((one for one in asked if one in self.kinds), next(iter(self.kinds)))

    def own_fields(self, request: HttpRequest, row: Any = None) -> tuple[str, ...]:
        return self.kinds[self.kind_of(request, row)].fields

    def add_view(
        self: Any, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" or request.GET.get(self.kind_field) in self.kinds:
            answer: HttpResponse = super().add_view(request, form_url, extra_context)  # type: ignore[misc]
            return answer
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add %(thing)s") % {"thing": self.opts.verbose_name},
            "opts": self.opts,
            "choices": [(self._address(request, name), kind) for name, kind in self.kinds.items()],
        }
        return render(request, "admin/kinds.html", context)

    def changeform_view(
        self: Any, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        shown = extra_context or {}
        row = self.get_object(request, object_id) if object_id and self.kind_may_change else None
        if object_id is None or (row is not None and self.has_change_permission(request, row)):
            here = self.kind_of(request, row)
            others = [(self._address(request, name), kind) for name, kind in self.kinds.items() if name != here]
            shown = {**shown, "kind": self.kinds[here], "other_kinds": others}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, shown)  # type: ignore[misc]
        return answer

    def _address(self, request: HttpRequest, name: str) -> str:
        """Whatever else the address carries stays, such as that it is open in a window of its own."""
        query = request.GET.copy()
        query[self.kind_field] = name
        return f"?{query.urlencode()}"
