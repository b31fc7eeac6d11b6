"""The form with which people issue API tokens."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Scope, User

DAYS: Final = [(7, _("A week")), (30, _("30 days")), (90, _("90 days")), (365, _("A year"))]
USUAL: Final = 30


class TokenForm(forms.Form):
    """`people` are those for whom the reader may issue one; it is only asked where there is a choice."""

    person = forms.ModelChoiceField(label=_("For"), queryset=User.objects.none(), empty_label=None)
    label = forms.CharField(
        label=_("What it is for"), help_text=_("So that you know it again, such as “Deploys” or “My laptop”.")
    )
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label=_("Expires after"), choices=DAYS, coerce=int, initial=USUAL, widget=forms.RadioSelect
    )

    def __init__(self, data: Mapping[str, Any] | None, *, people: Sequence[User], scopes: Collection[str]) -> None:
        super().__init__(data, initial={"person": people[0]})
        chosen: Any = self.fields["scopes"]
        chosen.choices = [(one.value, one.label) for one in Scope if one.value in scopes]
        whom: Any = self.fields["person"]
        whom.queryset = User.objects.filter(pk__in=[one.pk for one in people]).order_by("is_bot", "name", "email")
        if len(people) == 1:
            del self.fields["person"]
