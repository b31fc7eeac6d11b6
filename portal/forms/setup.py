"""What an admin types on the way to the first access."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core import durations

LONGEST: Final = 30 * 86400  # seconds


class BotForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the bot"), max_length=320,
        help_text=gettext_lazy("An Aptible user of its own, a Deploy Owner without multi-factor authentication."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "usher-bot@example.com"}),
    )  # fmt: skip
    password = forms.CharField(
        label=gettext_lazy("Password of the bot"), max_length=1000, strip=False,
        help_text=gettext_lazy("Encrypted at once, and never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class DurationsField(forms.CharField):
    """Reads seconds from "1h, 4h, 8h"."""

    def clean(self, value: Any) -> list[int]:
        parts = super().clean(value).replace(",", " ").split()
        try:
            seconds = sorted({durations.parse(one) for one in parts})
        except ValueError:
            raise forms.ValidationError(_("Write durations such as 30m, 1h, 8h."), code="invalid") from None
        if not all(0 < one <= LONGEST for one in seconds):
            raise forms.ValidationError(_("Offer durations of at most 30 days."), code="invalid")
        return seconds


class FlowForm(forms.Form):
    """Shapes only; whether somebody could approve is judged by the service."""

    label = forms.CharField(
        label=gettext_lazy("Name of the flow"), max_length=90, initial=gettext_lazy("Production access")
    )
    durations = DurationsField(
        label=gettext_lazy("For how long"), initial="1h, 4h, 8h", max_length=100,
        help_text=gettext_lazy("What people choose from; the first is recommended."),
    )  # fmt: skip
    needed = forms.IntegerField(
        label=gettext_lazy("Approvals that a request needs"), min_value=1, max_value=10, initial=1
    )
    invite = forms.BooleanField(
        label=gettext_lazy("Invite those who are new by mail"), required=False, initial=True,
        help_text=gettext_lazy("They are told how to sign in. Else they are matched when they first do."),
    )  # fmt: skip

    def __init__(self, *args: Any, has_mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_mail:
            del self.fields["invite"]


def ticked_emails(data: Any, name: str) -> list[str]:
    """Read the boxes with this name that were ticked, as e-mails in lower case."""
    return [one.strip().lower() for one in data.getlist(name) if one.strip()]


def ticked_ids(data: Any, name: str) -> list[int]:
    """Read the boxes with this name that were ticked, as numbers; what is none was not on the page."""
    return [int(one) for one in data.getlist(name) if one.isdecimal() and len(one) < 19]
