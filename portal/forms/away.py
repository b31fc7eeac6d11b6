"""Who decides for whom while they are away. Times are read in the zone that the form says."""

import zoneinfo
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.models import User
from access.people.delegations import REASON_MAX
from portal.forms.fields import LocalTimeField


class _PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the checker alone
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.email})" if obj.name else obj.email


def _moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"})


class AwayForm(forms.Form):
    """Shapes only; whether it fits is judged by the service, whose errors go to the fields of the same names."""

    to_person = _PersonField(
        User.objects.none(), label=gettext_lazy("Who decides for you"), empty_label=gettext_lazy("Choose a person"),
        help_text=gettext_lazy("Those who may stand in where you decide. Who that is says each flow."),
        error_messages={
            "required": gettext_lazy("Choose who decides for you."),
            "invalid_choice": gettext_lazy("Choose somebody from the list: only they may stand in where you decide."),
        },
    )  # fmt: skip
    starts_at = LocalTimeField(
        label=gettext_lazy("From"), required=False, widget=_moment_input(), help_text=gettext_lazy("Empty means now.")
    )
    ends_at = LocalTimeField(
        label=gettext_lazy("Until"), widget=_moment_input(),
        error_messages={"required": gettext_lazy("Say until when: at most 90 days.")},
    )  # fmt: skip
    zone = forms.CharField(label=gettext_lazy("These times are in the zone"), max_length=60)
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=REASON_MAX, help_text=gettext_lazy("Such as: on holiday."),
        error_messages={"required": gettext_lazy("Say why, such as: on holiday.")},
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None, *, people: QuerySet[User]) -> None:
        super().__init__(data)
        self.fields["to_person"].queryset = people  # type: ignore[attr-defined]  # every choice field has one
        self.fields["zone"].initial = timezone.get_current_timezone_name()

    def full_clean(self) -> None:
        with timezone.override(_zone(self.data.get("zone", ""))):
            super().full_clean()

    def clean_zone(self) -> str:
        name = str(self.cleaned_data["zone"])
        if _zone(name) is None:
            text = _("There is no zone “%(zone)s”: write one such as Europe/Prague, America/New_York or UTC.")
            raise forms.ValidationError(text % {"zone": name}, code="unknown")
        return name


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name.strip()) if name.strip() else None
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None
