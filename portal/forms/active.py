"""The filters of the active list, and what is typed to end access."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.grants.active import STATES, Narrowing
from access.grants.active_list import Labelled


class ActiveForm(forms.Form):
    """Reads the filters. One that names nothing known narrows to nothing and says so."""

    person = forms.ChoiceField(label=_("Person"), required=False)
    target = forms.ChoiceField(label=_("Target"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, data: Mapping[str, Any], *, people: Collection[Labelled], targets: Collection[Labelled]) -> None:
        told = {name: str(data.get(name, "")) for name in self.base_fields}
        super().__init__(told, auto_id="filter_%s")
        self._offer("person", _("Everybody"), people)
        self._offer("target", _("Every target"), targets)
        self._offer("state", _("Every state"), STATES)

    def _offer(self, name: str, everything: Any, known: Collection[tuple[str, Any]]) -> None:
        chosen = self.data.get(name, "")
        # What was chosen stays a choice when the last row of it is gone: the list is then truly empty.
        also = [] if not chosen or chosen in dict(known) else [(chosen, chosen)]
        self.fields[name] = forms.ChoiceField(
            label=self.fields[name].label, required=False, choices=[("", everything), *known, *also]
        )

    @property
    def narrowing(self) -> Narrowing:
        self.is_valid()
        return Narrowing(**{name: self.cleaned_data.get(name, "") for name in self.fields})


class EndForm(forms.Form):
    comment = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The holder and the log get to read it."),
    )


class EndAllForm(forms.Form):
    """The service judges what was typed."""

    confirmation = forms.CharField(
        label=_("Name of the target"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
