"""The filters of a list of requests, as they stand in the address."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from access.requests.lists import STATUSES, Narrowing
from access.requests.review_order import LAPSES, ORDERS
from portal.forms.fields import DayField
from portal.forms.filters import FilterForm, text_field


class NarrowForm(FilterForm):
    field_order: tuple[str, ...] = ("state", "target", "person", "since", "until")

    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Any")), *STATUSES],
        required=False,
        error_messages={"invalid_choice": _("There is no such state.")},
    )
    # What is chosen need not be among what is offered: its last request may be one that the reader can't see now.
    target = forms.CharField(label=_("Target"), required=False, max_length=100, widget=forms.Select)
    person = text_field(_("Person"), longest=320, example=_("Name or e-mail"))
    since = DayField(label=_("Asked since"), required=False)

    def shown(self, *names: str, targets: Collection[tuple[str, str]]) -> list[BoundField]:
        """The controls that a list has, with the targets to choose from."""
        choices: list[tuple[str, Any]] = [("", _("Any")), *targets]
        self.fields["target"].widget.choices = choices
        return [self[name] for name in names]

    @property
    def narrowing(self) -> Narrowing:
        """The filters that could be read."""
        read = self.read
        return Narrowing(status=read.pop("state"), **read)


class ReviewForm(NarrowForm):
    """The same, with the order that an approver likes."""

    field_order = ("sort", *NarrowForm.field_order)

    sort = forms.ChoiceField(label=_("Order"), choices=ORDERS, required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.initial["sort"] = LAPSES

    @property
    def is_set(self) -> bool:
        return any(self.data.get(name) for name in self.fields if name != "sort")

    @property
    def order(self) -> str:
        return str(self.read["sort"]) or LAPSES

    @property
    def narrowing(self) -> Narrowing:
        read = self.read
        return Narrowing(status=read.pop("state"), **{name: one for name, one in read.items() if name != "sort"})
