"""Rows that are a part of another row, on its page: whoever may change the one may change the others."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from access.admin.autocomplete_widgets import Picking

_LAST: Final = 100  # more than can be typed


class PartOf(Picking):
    """Mixed into an inline; `whole` is the model that it is a part of, in lower case."""

    whole: str

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change") or self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view") or self._may(request, "change")

    def _may(self, request: HttpRequest, what: str) -> bool:
        return bool(request.user.has_perm(f"access.{what}_{self.whole}"))


def kept(formset: "BaseInlineFormSet[Any, Any, Any]") -> list[Any]:
    """The forms of the rows that stay."""
    return [one for one in formset.forms if one not in formset.deleted_forms and (one.instance.pk or one.has_changed())]


def put_in_order(forms_kept: Sequence[Any]) -> None:
    """Give those without a position the next ones. Raises ValidationError when two have the same."""
    positions = [one.cleaned_data["position"] for one in forms_kept if one.cleaned_data.get("position")]
    twice = sorted({one for one in positions if positions.count(one) > 1})
    if twice:
        numbers = ", ".join(map(str, twice))
        raise forms.ValidationError(_("More than one has this number: %(numbers)s.") % {"numbers": numbers})
    free = max(positions, default=0)
    for one in forms_kept:
        if not one.cleaned_data.get("position"):
            free += 1
            one.instance.position = free


def in_order(forms_kept: Sequence[Any]) -> list[Any]:
    """Sort by the position that was typed, without one last, and number the rows from 1 in that order.

    Whoever moves a row to a number that another has means to push that one aside, not to leave all as it was.
    """
    found = sorted(forms_kept, key=_place)
    for number, one in enumerate(found, 1):
        one.instance.position = number
    return found


def save_order(forms_kept: Sequence[Any]) -> None:
    """Write the position of every row: one that nobody touched has another when one was put before it."""
    for one in forms_kept:
        rows = type(one.instance)._default_manager.filter(pk=one.instance.pk)
        rows.exclude(position=one.instance.position).update(position=one.instance.position)


def _place(form: Any) -> tuple[int, int]:
    typed = form.cleaned_data.get("position") or _LAST
    was = form.initial.get("position") or typed
    return typed, (typed > was) - (typed < was)
