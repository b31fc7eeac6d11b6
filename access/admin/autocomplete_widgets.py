"""Picking rows by search. Django's own controls break on what is no number, where its fields already say no."""

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import ForeignKey, ManyToManyField
from django.forms import ModelChoiceField
from django.http import HttpRequest


class _Numbers:
    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Show what is chosen; what names no row was refused, and is left out."""
        numbers = [one for one in value if str(one).isdecimal()]
        return super().optgroups(name, numbers, attrs)  # type: ignore[misc]


class PickOne(_Numbers, AutocompleteSelect):
    pass


class PickSeveral(_Numbers, AutocompleteSelectMultiple):
    pass


class Picking:
    """An admin whose `autocomplete_fields` are picked so."""

    def formfield_for_foreignkey(self: Any, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields:
            kwargs.setdefault("widget", PickOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(
        self: Any, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name in self.autocomplete_fields:
            kwargs.setdefault("widget", PickSeveral(db_field, self.admin_site))
        found: ModelChoiceField | None = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
        return found
