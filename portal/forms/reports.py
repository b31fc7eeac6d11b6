"""The filters of the reports, as they stand in the address."""

from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core.prepared import prepared
from access.evidence.reports import months
from access.evidence.reports.narrowing import Narrowing
from access.models import Flow, Target, User
from portal.forms.fields import DayField
from portal.forms.filters import FilterForm, text_field

MONTHS: Final = 12  # that are shown where nothing else is wanted
LONGEST: Final = 120


class MonthField(DayField):
    """Reads a month such as 2026-01, or a day of it, as its first day."""

    widget = forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "2026-01"})
    default_error_messages = {"invalid": gettext_lazy("Write a month such as 2026-01.")}
    input_formats = ("%Y-%m", "%Y-%m-%d")

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        return months.of(day) if day else None


class ReportForm(FilterForm):
    ends_before_it_begins = gettext_lazy("This month is before the first one.")
    field_order = ("since", "until", "target", "flow", "person")

    since = MonthField(label=gettext_lazy("From the month"), required=False)
    until = MonthField(label=gettext_lazy("To the month"), required=False)
    target = text_field(gettext_lazy("Target"), longest=100, example="prod")
    flow = text_field(gettext_lazy("Flow"), longest=100)
    person = text_field(gettext_lazy("Who asked"), longest=320, example="jon@example.com")

    def clean_target(self) -> int | None:
        return self._named(Target, "name", "target", _("There is no target of this name."))

    def clean_flow(self) -> int | None:
        return self._named(Flow, "name", "flow", _("There is no flow of this name."))

    def clean_person(self) -> int | None:
        return self._named(User, "email__iexact", "person", _("There is nobody with this e-mail."))

    def _named(self, model: type[Model], by: str, field: str, sentence: str) -> int | None:
        text = self.cleaned_data[field]
        if not text:
            return None
        for pk in _keys(text, model=model, by=by):
            return pk
        raise forms.ValidationError(sentence)

    @property
    def narrowing(self) -> Narrowing:
        """The filters that could be read."""
        self.is_valid()
        return Narrowing(**{name: self.cleaned_data.get(name) for name in ("flow", "target", "person")})

    def period(self, now: datetime) -> tuple[date, date]:
        """The first and the last month: the last twelve, unless something else is wanted."""
        self.is_valid()
        last = min(self.cleaned_data.get("until") or months.of(now), months.of(now))
        first = self.cleaned_data.get("since") or months.after(last, 1 - MONTHS)
        return max(first, months.after(last, 1 - LONGEST)), last


@prepared
def _keys(text: str, *, model: type[Model], by: str) -> QuerySet[Any, int]:
    return model._default_manager.filter(**{by: text}).order_by("pk").values_list("pk", flat=True)[:1]
