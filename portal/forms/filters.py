"""What all filters of a list have in common, as they stand in the address."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.forms.fields import DayField


def text_field(label: Any, *, longest: int, example: Any = "") -> forms.CharField:
    attrs = {"type": "search", "autocomplete": "off", **({"placeholder": example} if example else {})}
    return forms.CharField(label=label, required=False, max_length=longest, widget=forms.TextInput(attrs=attrs))


class FilterForm(forms.Form):
    """A part that can't be read gets a sentence and narrows nothing. Both days are whole days of the reader's zone."""

    ends_before_it_begins: Any = _("This day is before the first one.")

    since = DayField(label=_("Since"), required=False)
    until = DayField(label=_("Until"), required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="%s")

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", self.ends_before_it_begins)
        return self.cleaned_data

    @property
    def is_set(self) -> bool:
        """Whether anything was typed, readable or not."""
        return any(self.data.get(name) for name in self.fields)

    @property
    def read(self) -> dict[str, Any]:
        """Every part: "" where nothing was typed or it could not be read, and None for a day. The end of `until`."""
        self.is_valid()
        texts = {name: self.cleaned_data.get(name) or "" for name in self.fields}
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return {**texts, "since": _start_of(since), "until": _start_of(until + timedelta(days=1)) if until else None}


def _start_of(day: date | None) -> datetime | None:
    """The beginning of a day in the reader's zone."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone()) if day else None
