"""The fast-track rules of a flow: what approves a request at once, or refuses it."""

from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet, ModelForm
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from access.admin.inlines import PartOf, kept, put_in_order
from access.config import schedule_errors
from access.models import FastTrackRule


class RuleForm(ModelForm):
    position = forms.IntegerField(
        label=gettext_lazy("Number"), required=False, min_value=1, max_value=999, widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("The first rule that approves counts; one that refuses always does. Empty: the last."),
    )  # fmt: skip

    class Meta:
        model = FastTrackRule
        fields = (
            "position", "effect", "reason", "in_group", "not_in_group", "schedule", "is_on_call",
            "held_times", "held_days", "risk_at_most", "risk_at_least", "hours", "within",
        )  # fmt: skip

    def clean_position(self) -> int:
        return self.cleaned_data["position"] or 0

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field, sentence in schedule_errors.of_rule(cleaned).items():
            if field not in self.errors:
                self.add_error(field, sentence)
        return cleaned


class RuleFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        if not any(self.errors):
            put_in_order(kept(self))


class FastTrackInline(PartOf, StackedInline):
    whole = "flow"
    model = FastTrackRule
    form = RuleForm
    formset = RuleFormSet
    extra = 0
    classes = ("collapse",)
    template = "admin/access/flow/part.html"
    verbose_name_plural = gettext_lazy("Fast track: rules that approve at once, or refuse, before anybody is asked")
    fieldsets = (
        (None, {"fields": (("effect", "position"), "reason")}),
        (
            gettext_lazy("When all of this holds (leave empty what does not matter)"),
            {
                "fields": (
                    ("in_group", "not_in_group"),
                    ("schedule", "is_on_call"),
                    ("held_times", "held_days"),
                    ("risk_at_most", "risk_at_least"),
                    ("hours", "within"),
                )
            },
        ),
    )
