"""The forms of break-glass: the confirmation before it, and the sign-off afterwards. The services judge them."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Flow, Target
from portal.forms import prompts
from portal.forms.fields import DurationField

OUT_OF_DATE: Final = _("This form is out of date. Please send it again.")


class BreakGlassForm(forms.Form):
    """Names in, rows and numbers out. It can't be sent without a tick that nothing sets but a person."""

    flow = forms.CharField(error_messages={"required": _("Choose a flow.")})
    target = forms.CharField(error_messages={"required": _("Choose what you need.")})
    duration = DurationField(error_messages={"required": _("Choose how long you need it.")})
    reason = forms.CharField(required=False)
    ticket = forms.CharField(required=False)
    understood = forms.BooleanField(error_messages={"required": _("Tick that this is an emergency.")})
    submission = forms.UUIDField(error_messages={"required": OUT_OF_DATE, "invalid": OUT_OF_DATE})

    def __init__(self, data: Mapping[str, Any], *, flows: Collection[Flow]) -> None:
        super().__init__(data)
        self.flows = {one.name: one for one in flows}
        self.answers = prompts.sent(data)
        prompts.add_to(self, self.flows.get(str(data.get("flow"))))

    def clean_flow(self) -> Flow:
        flow = self.flows.get(self.cleaned_data["flow"])
        if flow is None:
            raise forms.ValidationError(_("This flow does not allow break-glass at the moment."), code="unknown")
        return flow

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
