"""The forms of break-glass: the confirmation before it, and the sign-off afterwards. The services judge them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Target
from portal.forms.fields import DurationField
from portal.forms.of_flow import FormOfFlow


class BreakGlassForm(FormOfFlow):
    """It can't be sent without a tick that nothing sets but a person."""

    closed = _("This flow does not allow break-glass at the moment.")

    target = forms.CharField(error_messages={"required": _("Choose what you need.")})
    duration = DurationField(error_messages={"required": _("Choose how long you need it.")})
    understood = forms.BooleanField(error_messages={"required": _("Tick that this is an emergency.")})

    def clean_target(self) -> Target:
        # Only among what this person is shown: nobody learns of targets that are hidden from them.
        shown = {one.name: one for flow in self.flows.values() if flow.strategy for one in flow.strategy.targets.all()}
        target = shown.get(self.cleaned_data["target"])
        if target is None:
            raise forms.ValidationError(_("Choose one of the roles that are offered."), code="unknown")
        return target

    def clean_reason(self) -> str:
        return str(self.cleaned_data["reason"]).replace("\r\n", "\n")


class SignOffForm(forms.Form):
    verdict = forms.CharField(required=False, max_length=20)
    comment = forms.CharField(required=False, max_length=2000)
