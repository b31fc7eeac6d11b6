"""The filters of the log, as they stand in the address."""

from django import forms
from django.utils.translation import gettext_lazy as _

from access.audit.listing import KINDS, Wanted
from portal.forms.filters import FilterForm, text_field


class AuditForm(FilterForm):
    field_order = ("who", "kind", "what", "target", "flow", "request", "since", "until")

    who = text_field(_("Who"), longest=320, example=_("Name or e-mail"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", _("Any")), *((one, one) for one in KINDS)],
        required=False,
        error_messages={"invalid_choice": _("There is no such kind of events.")},
    )
    what = text_field(_("What"), longest=60, example="request.approved")
    target = text_field(_("Target"), longest=100)
    flow = text_field(_("Flow"), longest=100)
    request = text_field(_("Request or grant"), longest=12, example="R-7K3QF")

    @property
    def wanted(self) -> Wanted:
        """The filters that could be read."""
        read = self.read
        return Wanted(**{**read, "request": read["request"].upper()})
