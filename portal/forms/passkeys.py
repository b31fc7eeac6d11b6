"""The form with which people register passkeys."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PasskeyForm(forms.Form):
    name = forms.CharField(
        label=_("Its name"), help_text=_("So that you know it again, such as “My laptop” or “Key on my ring”.")
    )
