"""The form with which people ask. It reads what was typed; whether it fits the flow is judged by the service."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.models import Flow, Target
from portal.forms.fields import DurationField, LocalTimeField
from portal.forms.of_flow import FormOfFlow

NOW: Final = "now"
LATER: Final = "later"


class AskForm(FormOfFlow):
    """The errors of the service go to the fields of the same names."""

    closed = _("This flow takes no requests at the moment.")

    target = forms.Field(widget=forms.MultipleHiddenInput, error_messages={"required": _("Choose what you need.")})
    duration = DurationField(error_messages={"required": _("Choose how long you need it.")})
    starts = forms.ChoiceField(choices=[(NOW, NOW), (LATER, LATER)], required=False)
    starts_at = LocalTimeField(required=False)

    def clean_flow(self) -> Flow:
        flow = super().clean_flow()
        # These are read next, and only asked for where there is something to hold.
        self.fields["target"].required = self.fields["duration"].required = flow.gives_access
        return flow

    def clean_target(self) -> list[Target]:
        # Only among what this person is shown: nobody learns of targets that are hidden from them.
        strategies = [flow.strategy for flow in self.flows.values() if flow.strategy]
        shown = {one.name: one for strategy in strategies for one in strategy.targets.all()}
        named = list(filter(None, self.cleaned_data["target"] or []))
        if set(named) - set(shown):
            raise forms.ValidationError(_("Choose one of the roles that are offered."), code="unknown")
        if not named and self.fields["target"].required:
            raise forms.ValidationError(self.fields["target"].error_messages["required"], code="required")
        return [shown[name] for name in dict.fromkeys(named)]

    def clean_duration(self) -> int:
        return self.cleaned_data["duration"] or 0

    def clean_reason(self) -> str:
        return str(self.cleaned_data["reason"]).replace("\r\n", "\n")

    def _was_now(self, starts_at: datetime) -> bool:
        """Whether it was no past time when the form was opened, however long ago that is: then it means now."""
        earliest = str(self.data.get("earliest") or "")
        return bool(earliest) and earliest <= str(self.data.get("starts_at")) and starts_at <= timezone.now()

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("starts") != LATER:
            # A time that was typed before the person chose "now" means nothing, be it right or wrong.
            self.errors.pop("starts_at", None)
            typed["starts_at"] = None
        elif typed.get("starts_at") and self._was_now(typed["starts_at"]):
            typed["starts_at"] = None
        elif not typed.get("starts_at") and "starts_at" not in self.errors:
            self.add_error("starts_at", forms.ValidationError(_("Choose when it should start."), code="required"))
        return typed
