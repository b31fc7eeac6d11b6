"""The forms of access reviews: how one is started, its filters, and how it is closed. The services judge them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.evidence.access_reviews.lists import STATES
from access.models import AccessReview, Group, Target
from portal.forms.fields import DayField
from portal.forms.filters import text_field

EVERY, CHOSEN = "every", "chosen"
USUAL: Final = timedelta(days=14)


class StartForm(forms.Form):
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        help_text=_("Such as: Production, third quarter."),
        error_messages={"required": _("Give it a title, such as: Production, third quarter.")},
    )
    scope = forms.ChoiceField(
        label=_("What is looked at"),
        choices=[(EVERY, _("Every target")), (CHOSEN, _("The targets that are ticked"))],
        initial=EVERY,
        widget=forms.RadioSelect,
    )
    targets = forms.ModelMultipleChoiceField(
        Target.objects.none(), label=_("Targets"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reviewers = forms.ChoiceField(
        label=_("Who decides"),
        choices=AccessReview.Reviewers,
        initial=AccessReview.Reviewers.APPROVERS,
        widget=forms.RadioSelect,
        help_text=_("Admins decide where nobody is named, and may in the place of others. Nobody reviews their own."),
        error_messages={"required": _("Choose who decides.")},
    )
    group = forms.ModelChoiceField(
        Group.objects.none(), label=_("Group"), required=False, empty_label=_("Choose a group"),
        help_text=_("Where the members of a group decide."),
    )  # fmt: skip
    due = DayField(
        label=_("Due at the end of"), error_messages={"required": _("Say by which day everything has to be decided.")}
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["targets"].queryset = Target.objects.order_by("label", "name")  # type: ignore[attr-defined]
        self.fields["group"].queryset = Group.objects.order_by("label")  # type: ignore[attr-defined]
        self.fields["due"].initial = timezone.localdate() + USUAL

    @property
    def given(self) -> dict[str, Any]:
        """What the service takes: until the end of the day that was chosen, in the reader's zone."""
        read = self.cleaned_data
        day = read["due"] + timedelta(days=1)
        deadline = datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())
        return {
            "title": read["title"], "targets": list(read["targets"]), "every_target": read["scope"] == EVERY,
            "reviewers": read["reviewers"], "group": read["group"], "deadline": deadline,
        }  # fmt: skip

    def add_error(self, field: str | None, error: Any) -> None:
        # The service calls it by what it means.
        super().add_error("due" if field == "deadline" else field, error)


class NarrowForm(forms.Form):
    """The filters of one review's rows, as they stand in the address. What is not known narrows nothing."""

    who = text_field(_("Who"), longest=320, example=_("Name or e-mail"))
    target = text_field(_("Target"), longest=100)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any")), *STATES.items()])

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="filter_%s")

    @property
    def read(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class CloseForm(forms.Form):
    """What the review has shown, or why it is cancelled; the service judges it."""

    comment = forms.CharField(
        label=_("What it has shown"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
