"""Picking by search: roles and accounts that an organization really has, and people."""

from typing import Any, Final

from django import forms
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminAutocompleteWidget

from access.models import DirectoryPerson, DirectoryRole, Integration, User


def role_label(role: DirectoryRole) -> str:
    kind = _("%(type)s, made by SCIM") % {"type": role.type} if role.scim_created else role.type
    words = {"name": role.name, "kind": kind, "integration": role.integration.name}
    if role.gone_at:
        return _("%(name)s · %(kind)s · gone from %(integration)s") % words
    return _("%(name)s · %(kind)s · %(integration)s") % words


def account_label(account: DirectoryPerson) -> str:
    words = {"name": account.name, "email": account.email, "integration": account.integration.name}
    if account.gone_at:
        return _("%(name)s · %(email)s · gone from %(integration)s") % words
    return _("%(name)s · %(email)s · %(integration)s") % words


def person_label(user: User) -> str:
    label = f"{user.name} · {user.email}" if user.name else user.email
    return label if user.is_active else _("%(person)s (inactive)") % {"person": label}


def label(row: Model) -> str:
    """Say which one it is, to somebody who picks from a list."""
    if isinstance(row, DirectoryRole):
        return role_label(row)
    if isinstance(row, DirectoryPerson):
        return account_label(row)
    return person_label(row) if isinstance(row, User) else str(row)


class Autocomplete(AutocompleteJsonView):
    """The theme's own search over registered tables, with our labels."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, Any]:
        return {**super().serialize_result(obj, to_field_name), "text": label(obj)}


# Databases sort what is empty to different ends.
_STILL_THERE_FIRST: Final = F("gone_at").asc(nulls_first=True)


class _OfIntegration(ModelAdmin):
    """Never registered: it only searches. `?integration=3` narrows it."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("integration")
        integration = request.GET.get("integration", "")
        return rows.filter(integration=int(integration)) if integration.isdecimal() else rows


class Roles(_OfIntegration):
    search_fields = ("name",)
    ordering = (_STILL_THERE_FIRST, "name", "pk")


class Accounts(_OfIntegration):
    search_fields = ("email", "name")
    ordering = (_STILL_THERE_FIRST, "email", "pk")


class Lookup(Autocomplete):
    """Answers as the theme's search does; what is gone is shown and can't be picked."""

    searched: Any = None

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Any, str]:
        return request.GET.get("term", ""), self.searched, None, "pk"

    def get_queryset(self) -> Any:
        everything = self.model_admin.get_queryset(self.request)
        found, _twice = self.model_admin.get_search_results(self.request, everything, self.term)
        return found.order_by(*self.searched.ordering)

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, Any]:
        return {**super().serialize_result(obj, to_field_name), "disabled": obj.gone_at is not None}


class Picker(UnfoldAdminAutocompleteWidget):
    """A select that asks `address`, a lookup's name, while one types. It holds the chosen row only."""

    option_template_name = "django/forms/widgets/select_option.html"

    def __init__(self, address: str, integration: Integration | None = None) -> None:
        super().__init__()
        self.address = address
        self.integration = integration

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        query = f"?{urlencode({'integration': self.integration.pk})}" if self.integration else ""
        attrs = {**super().build_attrs(base_attrs, extra_attrs), "data-ajax--url": reverse(self.address) + query}
        attrs["data-ajax--cache"] = "false"
        return attrs

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        field = self.choices.field
        known = [one for one in value if one.isdecimal()]
        rows = field.queryset.filter(pk__in=known) if known else ()
        options = [(row.pk, field.label_from_instance(row)) for row in rows]
        created = [self.create_option(name, pk, text, str(pk) in value, at) for at, (pk, text) in enumerate(options, 1)]
        return [(None, [self.create_option(name, "", "", False, 0), *created], 0)]


class PickField(forms.ModelChoiceField):
    """One row of a directory, picked by search."""

    def label_from_instance(self, obj: Model) -> str:
        return label(obj)


def role_field(integration: Integration | None = None, **options: Any) -> PickField:
    rows = DirectoryRole.objects.select_related("integration")
    rows = rows.filter(integration=integration) if integration else rows
    return PickField(rows, widget=Picker("admin:roles", integration), **options)


def account_field(integration: Integration | None = None, **options: Any) -> PickField:
    rows = DirectoryPerson.objects.select_related("integration")
    rows = rows.filter(integration=integration) if integration else rows
    return PickField(rows, widget=Picker("admin:accounts", integration), **options)
