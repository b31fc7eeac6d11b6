"""Fields that read what people type: lengths of time, and times in the reader's own zone."""

from datetime import UTC, date, datetime
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core import durations

LONGEST: Final = 10**9  # seconds; more is nonsense and would not fit the column
YEARS: Final = range(2000, 2200)  # others are slips of the keyboard
SHAPES: Final = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M%z")


class DurationField(forms.CharField):
    """Reads seconds from "3600" and from "1h", "30m", "1d 12h"; None when it is empty."""

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            seconds = int(text) if text.isdecimal() else durations.parse(text)
        except ValueError:
            raise forms.ValidationError(_("Write a duration such as 30m, 1h or 1d."), code="invalid") from None
        if not 0 < seconds < LONGEST:
            raise forms.ValidationError(_("Choose one of the durations that are offered."), code="invalid")
        return seconds


class DayField(forms.DateField):
    """Reads a day such as 2026-01-31."""

    widget = forms.DateInput(attrs={"type": "date"})
    default_error_messages = {"invalid": gettext_lazy("Write a day such as 2026-01-31.")}

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and day.year not in YEARS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class LocalTimeField(forms.CharField):
    """Reads a time of the reader's clock, and refuses the hours that a change of the clocks skips or repeats.

    One that names its offset, such as 2026-01-31T14:30Z, is that moment wherever its reader is.
    """

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        return _in_zone(_parsed(text)) if text else None


def _parsed(text: str) -> datetime:
    for shape in SHAPES:
        try:
            parsed = datetime.strptime(text, shape)  # noqa: DTZ007  without an offset it is the reader's, added next
        except ValueError:
            continue
        if parsed.year in YEARS:
            return parsed
    raise forms.ValidationError(_("Write the day and the time, such as 2026-01-31T14:30."), code="invalid")


def _in_zone(local: datetime) -> datetime:
    if local.tzinfo:
        return local.astimezone(UTC)
    zone = timezone.get_current_timezone()
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    told = {"time": f"{local:%H:%M}", "day": f"{local:%Y-%m-%d}", "zone": timezone.get_current_timezone_name()}
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        sentence = _("%(time)s does not exist on %(day)s in %(zone)s: the clocks go forward then. Choose another time.")
    else:
        sentence = _("%(time)s happens twice on %(day)s in %(zone)s: the clocks go back then. Choose another time.")
    raise forms.ValidationError(sentence % told, code="invalid")
