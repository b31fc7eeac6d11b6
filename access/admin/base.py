"""What every page of the admin has in common."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from access.admin import changed_since
from access.admin.autocomplete_widgets import Picking
from access.admin.fields import DurationField
from access.admin.only_shown import unless_asked
from access.config import record_changes
from access.models import User

_NAMES_SHOWN: Final = 20


# What could be guessed offline once it is known.
_DIGESTS: Final = frozenset({"digest", "secrets_seen", "refused_fingerprint"})


class Page(Picking, ModelAdmin):
    """A list and its pages."""

    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        # A filter in the address could be used to guess a hidden value letter by letter.
        if (record_changes.HIDDEN | _DIGESTS) & set(lookup.split("__")):
            return False
        return bool(super().lookup_allowed(lookup, value, request))


class SetUp(Page):
    """A table of the set-up: whatever is changed is an audit event, in the same transaction.

    The audit log is also the history of a row; the theme's own log is not written.
    """

    warn_unsaved_form = True
    change_form_before_template = "admin/seen.html"
    # What only the form knows. Where nothing can be typed there is nothing of that name to show,
    # or something on the row that is not meant for anybody.
    typed_only: tuple[str, ...] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return sets
        return [(name, {**told, "fields": self._only_read(told["fields"])}) for name, told in sets]

    def _only_read(self, names: Iterable[Any]) -> list[Any]:
        """What is shown where nothing can be typed: lengths of time as they would be typed, not as seconds."""
        typed = getattr(self.form, "declared_fields", {})
        return [
            _as_typed(name, typed[name]) if isinstance(typed.get(name), DurationField) else name
            for name in names
            if name not in self.typed_only
        ]

    def needed_by(self, row: Any) -> Iterable[Model]:
        """What would silently lose something if the row were deleted. The database itself guards the rest."""
        return ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown = {**(extra_context or {}), "show_history": True}
        return super().changeform_view(request, object_id, form_url, shown)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        before = getattr(obj, "facts_before", None)
        why_not = changed_since.why_not(request, obj, before) if before is not None else ""
        return unless_asked(request, super().get_form(request, obj, change=change, **kwargs), why_not)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False,
        form_url: str = "", obj: Any = None,
    ) -> HttpResponse:  # fmt: skip
        if obj is not None and self.has_change_permission(request, obj):
            # What is typed is on the row already, and not what was there.
            before = getattr(obj, "facts_before", None)
            context["seen"] = changed_since.mark(record_changes.facts(obj) if before is None else before)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        query = urlencode({"q": record_changes.subject(row)})
        return redirect(f"{reverse('admin:access_auditevent_changelist')}?{query}")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST" and connection.in_atomic_block:
            changed_since.lock(row)
            row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST":
            row.facts_before = record_changes.facts(row)
        return row

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        record_changes.record_added(obj, by=signed_in(request), now=timezone.now())

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        record_changes.record_changed(obj, before=obj.facts_before, by=signed_in(request), now=timezone.now())

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> None:
        for row in queryset:
            record_changes.record_removed(row, by=signed_in(request), now=timezone.now())

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Name what stands in the way before asking who may delete what."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        needed = [f"{capfirst(other._meta.verbose_name)}: {other}" for row in objs for other in self.needed_by(row)]
        blocking = _shortened([*protected, *needed])
        return deleted, counts, set() if blocking else lacking, blocking


def _shortened(names: list[Any]) -> list[Any]:
    rest = len(names) - _NAMES_SHOWN
    return [*names[:_NAMES_SHOWN], _("And %(count)d more.") % {"count": rest}] if rest > 0 else names


def _as_typed(name: str, field: DurationField) -> Callable[[Model], str]:
    """A column of the page that shows what the field of the form would."""

    @admin.display(description=field.label or name)
    def told(row: Model) -> str:
        return str(field.prepare_value(getattr(row, name)) or "–")

    return told


class Register(Page):
    """A table that is read and never written here, by nobody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404


def signed_in(request: HttpRequest) -> User:
    """The admin who is at it. Nobody else gets to a page of the admin."""
    return cast(User, request.user)


def pretty(data: Any) -> SafeString | str:
    """Show plain data, one fact a line."""
    if not data:
        return "–"
    return format_html("<pre>{}</pre>", json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True))
