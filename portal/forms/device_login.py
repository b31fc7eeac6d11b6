"""The form with which a person gives a command line a token of theirs."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Scope
from portal.forms.tokens import DAYS, USUAL


class DeviceLoginForm(forms.Form):
    """What is given of what was asked for, and for how long."""

    scopes = forms.MultipleChoiceField(label=_("What it may do in your name"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label=_("Expires after"), choices=DAYS, coerce=int, initial=USUAL, widget=forms.RadioSelect
    )

    def __init__(self, data: Mapping[str, Any] | None, *, scopes: Collection[str]) -> None:
        super().__init__(data, initial={"scopes": list(scopes)})
        chosen: Any = self.fields["scopes"]
        chosen.choices = [(one.value, one.label) for one in Scope if one.value in scopes]
