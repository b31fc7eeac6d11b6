"""Fields of forms: lengths of time, typed and shown as 30m, 8h or 1d 12h and kept in seconds; and texts by line."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from access.core import durations

MINUTE: Final = 60
DAY: Final = 86_400


def _read(text: str, *, longest: int) -> int:
    try:
        seconds = durations.parse(text)
    except ValueError:
        raise ValidationError(
            _("“%(text)s” is no length of time: write it like 30m, 8h or 1d 12h.") % {"text": text}
        ) from None
    if not MINUTE <= seconds <= longest:
        raise ValidationError(
            _("%(text)s is out of range: at least %(least)s, at most %(most)s.")
            % {"text": text, "least": durations.written(MINUTE), "most": durations.written(longest)}
        )
    return seconds


class DurationField(forms.CharField):
    """One length. The value is whole seconds."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(max_length=100, **options)
        self.longest = longest

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return durations.written(value) if value else ""
        return value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return _read(text, longest=self.longest) if text else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class DurationsField(DurationField):
    """Several lengths, separated by commas. The value is a list of whole seconds, ascending, each once."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(durations.written, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = forms.CharField.clean(self, value)
        parts = [part.strip() for part in str(text).split(",") if part.strip()]
        if not parts and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return sorted({_read(part, longest=self.longest) for part in parts})


class LinesField(forms.CharField):
    """Several texts, one on each line. The value is a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.clean(data)
