"""What every form that asks through a flow has in common: the flow, its own fields, and that it is sent once."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Flow
from portal.forms import prompts

OUT_OF_DATE: Final = _("This form is out of date. Please send it again.")


class FormOfFlow(forms.Form):
    """Names in, rows and numbers out. `flows` are those that the person may ask through; `closed` says it is none."""

    closed: ClassVar[Any]

    flow = forms.CharField(error_messages={"required": _("Choose a flow.")})
    reason = forms.CharField(required=False)
    ticket = forms.CharField(required=False)
    submission = forms.UUIDField(error_messages={"required": OUT_OF_DATE, "invalid": OUT_OF_DATE})

    def __init__(self, data: Mapping[str, Any], *, flows: Collection[Flow]) -> None:
        super().__init__(data)
        self.flows = {one.name: one for one in flows}
        self.answers = prompts.sent(data)
        prompts.add_to(self, self.flows.get(str(data.get("flow"))))

    def clean_flow(self) -> Flow:
        flow = self.flows.get(self.cleaned_data["flow"])
        if flow is None:
            raise forms.ValidationError(self.closed, code="unknown")
        return flow
