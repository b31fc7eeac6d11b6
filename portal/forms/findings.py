"""Why something that was found is right as it is."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AcceptForm(forms.Form):
    why = forms.CharField(
        label=_("Why this is right as it is"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays listed, and alarms nobody any more."),
    )
