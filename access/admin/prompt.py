"""The further questions of a flow, in the order in which they are asked."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import transaction
from django.forms.models import BaseInlineFormSet, ModelForm
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from access.admin.fields import LinesField
from access.admin.inlines import in_order, kept, save_order
from access.admin.stage import PartOfFlow
from access.core import prompts
from access.models import PromptField
from access.policy.prompts import set_fields


class PromptFieldForm(ModelForm):
    """A question with its values as people write them."""

    position = forms.IntegerField(
        label=gettext_lazy("Step"), required=False, min_value=1, max_value=99, widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Questions are asked in this order. Left empty, it comes last."),
    )  # fmt: skip
    default = forms.CharField(
        label=gettext_lazy("Default"), required=False, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("What is filled in already, such as: prod, 5, yes or 30m. None for lists and people."),
    )  # fmt: skip
    allowed = LinesField(
        label=gettext_lazy("Allowed values"), required=False,
        help_text=gettext_lazy("To choose from, one on each line. Empty: anything. For yes or no: what it has to be."),
    )  # fmt: skip
    shown_values = LinesField(
        label=gettext_lazy("has one of these values"), required=False,
        help_text=gettext_lazy("One on each line. Empty: any answer, which for yes or no is yes."),
    )  # fmt: skip

    class Meta:
        model = PromptField
        fields = (
            "label", "name", "position", "type", "help", "required", "default", "visible", "allowed",
            "shown_if", "shown_values",
        )  # fmt: skip
        help_texts = {
            "label": gettext_lazy("What people read, such as: Which customer?"),
            "name": gettext_lazy("For links, the API and other fields, such as: customer. Letters, digits, - and _."),
            "help": gettext_lazy("A line under the field, such as: As it is called in the contract."),
            "required": gettext_lazy("Wherever it is asked at all."),
            "visible": gettext_lazy("Otherwise nobody is asked, and the default is kept on each request."),
            "shown_if": gettext_lazy("The name of a field before this one. Empty: always asked."),
        }

    def write(self, row: prompts.Field, others: Sequence[prompts.Field]) -> None:
        """Show the values of the row as people write them."""
        led = next((one.item for one in others if one.name == row.shown_if), row.item)
        self.initial["default"] = "" if row.default is None else prompts.written(row.item, row.default)
        self.initial["allowed"] = [prompts.written(row.item, one) for one in row.allowed]
        self.initial["shown_values"] = [prompts.written(led, one) for one in row.shown_values]

    def typed(self) -> prompts.Field:
        """The question as it was typed."""
        found = self.cleaned_data
        return prompts.Field(
            name=found["name"], type=found["type"], label=found["label"], help=found["help"],
            required=found["required"], default=found["default"], visible=found["visible"],
            allowed=tuple(found["allowed"]), shown_if=found["shown_if"], shown_values=tuple(found["shown_values"]),
        )  # fmt: skip


class PromptFieldFormSet(BaseInlineFormSet):
    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]  # Django's own hook, unknown to its stubs
        if form.instance.pk:
            form.write(form.instance.plain, [one.plain for one in self.get_queryset()])
        return form

    def clean(self) -> None:
        """Judge all questions together, and say what is wrong beside each."""
        super().clean()
        if any(self.errors):
            return
        found = in_order(kept(self))
        fields, wrong = prompts.settle([form.typed() for form in found])
        for form, field, errors in zip(found, fields, wrong, strict=True):
            for name, sentence in errors.items():
                form.add_error(name, sentence)
            set_fields.put(form.instance, field)

    @transaction.atomic
    def save(self, commit: bool = True) -> Any:
        # One may take the name that another gives up.
        for form in self.initial_forms:
            if form.has_changed():
                PromptField.objects.filter(pk=form.instance.pk).update(name=f"~{form.instance.pk}")
        saved = super().save(commit)
        save_order(kept(self))
        return saved


class PromptFieldInline(PartOfFlow, StackedInline):
    model = PromptField
    form = PromptFieldForm
    formset = PromptFieldFormSet
    extra = 0
    classes = ("collapse",)
    template = "admin/access/flow/part.html"
    verbose_name_plural = gettext_lazy("What else is asked: prompt fields, one after the other")
    fieldsets = (
        (None, {"fields": (("label", "name"), ("type", "position"), "help", "allowed", "default")}),
        (None, {"fields": (("required", "visible"), ("shown_if", "shown_values"))}),
    )  # fmt: skip
