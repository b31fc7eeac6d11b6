"""The filters of the log, as they stand in the address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.audit.listing import KINDS, Wanted
from portal.forms.fields import DayField
from portal.forms.request_filters import day_after, start_of


class AuditForm(forms.Form):
    """A part that can't be read gets a sentence and narrows nothing."""

    who = forms.CharField(required=False, max_length=320)
    what = forms.CharField(required=False, max_length=60)
    kind = forms.ChoiceField(
        choices=[(one, one) for one in KINDS],
        required=False,
        error_messages={"invalid_choice": _("There is no such kind of events.")},
    )
    target = forms.CharField(required=False, max_length=100)
    flow = forms.CharField(required=False, max_length=100)
    request = forms.CharField(required=False, max_length=12)
    since = DayField(required=False)
    until = DayField(required=False)

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return self.cleaned_data

    @property
    def wanted(self) -> Wanted:
        """The filters that could be read. Both days are whole days of the reader's zone."""
        self.is_valid()
        typed = self.cleaned_data
        texts = {name: typed.get(name) or "" for name in ("who", "what", "kind", "target", "flow")}
        request = (typed.get("request") or "").upper()
        return Wanted(**texts, request=request, since=start_of(typed.get("since")), until=day_after(typed.get("until")))
