"""The filters of a list of requests, as they stand in the address."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.requests.lists import STATUSES, Narrowing
from portal.forms.fields import DayField


class NarrowForm(forms.Form):
    """Reads the filters. A part that can't be read gets a sentence and narrows nothing."""

    state = forms.ChoiceField(
        choices=STATUSES, required=False, error_messages={"invalid_choice": _("There is no such state.")}
    )
    target = forms.CharField(required=False, max_length=100)
    person = forms.CharField(required=False, max_length=320)
    since = DayField(required=False)
    until = DayField(required=False)

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return self.cleaned_data

    @property
    def narrowing(self) -> Narrowing:
        """The filters that could be read. Both days are whole days of the reader's zone."""
        self.is_valid()
        typed: Mapping[str, Any] = self.cleaned_data
        since, until = typed.get("since"), typed.get("until")
        return Narrowing(
            status=typed.get("state") or "",
            target=typed.get("target") or "",
            person=typed.get("person") or "",
            since=start_of(since),
            until=day_after(until),
        )


def start_of(day: date | None) -> datetime | None:
    """The beginning of a day in the reader's zone."""
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())


def day_after(day: date | None) -> datetime | None:
    """The end of a day: the beginning of the next, in the reader's zone."""
    return start_of(day + timedelta(days=1)) if day else None
