"""The stages of a flow's policy, each with those who are asked at once and those who are asked later."""

import re
from collections.abc import Iterable
from itertools import chain, repeat
from typing import Any, ClassVar, Final

from django import forms
from django.db import transaction
from django.db.models import Count, QuerySet
from django.forms.models import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from access.admin.autocomplete_fields import groups_field, people_field
from access.admin.fields import DAY, DurationField
from access.admin.inlines import in_order, kept, save_order
from access.config import setup_errors
from access.models import Flow, Group, Pool, Stage, User
from access.policy import approvers, policy

_LATER: Final = ("after", "people", "groups", "managers")
_SENT: Final = re.compile(r"^stages-\d+-later(\d{0,3})_after$")
_MOST: Final = 100


def _managers_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=gettext_lazy("The manager of whoever asks"), required=False, widget=UnfoldBooleanSwitchWidget
    )


class StageForm(ModelForm):
    """A stage with the pool that is asked at once. `stage_form` adds those that it passes to."""

    laters: ClassVar[tuple[str, ...]] = ()  # what the fields of each later pool begin with

    position = forms.IntegerField(
        label=gettext_lazy("Step"), required=False, min_value=1, max_value=99, widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Stages decide in this order. Left empty, it comes last."),
    )  # fmt: skip
    people = people_field(label=gettext_lazy("People"), required=False)
    groups = groups_field(
        label=gettext_lazy("Groups"), required=False, help_text=gettext_lazy("Whoever is in them when it is decided.")
    )
    managers = _managers_field()

    class Meta:
        model = Stage
        fields = ("label", "position", "approvals_needed")
        widgets = {"label": UnfoldAdminTextInputWidget, "approvals_needed": UnfoldAdminIntegerFieldWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for prefix, pool in self._pools():
            if pool:
                self.initial[f"{prefix}people"] = list(pool.people.values_list("pk", flat=True))
                self.initial[f"{prefix}groups"] = list(pool.groups.values_list("pk", flat=True))
                self.initial[f"{prefix}managers"] = pool.managers
                self.initial[f"{prefix}after"] = pool.after

    def _pools(self) -> list[tuple[str, Pool | None]]:
        """Each part of the form with the pool behind it: the one that is asked at once, then the later ones."""
        pools = list(self.instance.pools.all()) if self.instance.pk else []
        first = next((one for one in pools if not one.after), None)
        later = chain((one for one in pools if one.after), repeat(None))
        return [("", first), *zip(self.laters, later, strict=False)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not _asks(cleaned, ""):
            self.add_error("people", _("Pick people, a group, or the manager of whoever asks."))
        for prefix in self.laters:
            self._clean_later(cleaned, f"{prefix}after", prefix)
        for name in ("people", *(f"{prefix}people" for prefix in self.laters)):
            if auditors := [str(one) for one in cleaned.get(name) or () if one.is_auditor]:
                text = _("Auditors decide nothing, so take them out: %(names)s.")
                self.add_error(name, text % {"names": ", ".join(auditors)})
        return cleaned

    def _clean_later(self, cleaned: dict[str, Any], after: str, prefix: str) -> None:
        if _asks(cleaned, prefix) and not cleaned.get(after) and after not in self.errors:
            self.add_error(after, _("Say after how long these people are asked."))
        if cleaned.get(after) and not _asks(cleaned, prefix):
            self.add_error(f"{prefix}people", _("Say who is asked then."))

    def in_words(self) -> policy.Stage:
        """The stage as it was typed, as plain data."""
        typed = self.cleaned_data
        later = [_plain(typed, one, typed[f"{one}after"]) for one in self.laters if typed.get(f"{one}after")]
        shown = [pool for prefix, pool in self._pools() if self._was_sent(prefix)]
        known = self.instance.pools.all() if self.instance.pk else ()
        later += [approvers.pool_of(one) for one in known if one not in shown]
        pools = (_plain(typed, "", 0), *sorted(later, key=lambda one: one.after))
        return policy.Stage(typed.get("label", ""), typed.get("approvals_needed") or 1, pools)

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]  # Django's own hook, unknown to its stubs
        for prefix, pool in self._pools():
            after = self.cleaned_data.get(f"{prefix}after") if prefix else 0
            if after is not None:
                self._save_pool(pool, prefix, after)
            elif pool and self._was_sent(prefix):
                pool.delete()

    def _was_sent(self, prefix: str) -> bool:
        """A page that was opened before a pool was added does not know it, and leaves it as it is."""
        return not prefix or self.add_prefix(f"{prefix}after") in self.data

    def _save_pool(self, pool: Pool | None, prefix: str, after: int) -> None:
        typed = self.cleaned_data
        pool = pool or Pool(stage=self.instance)
        pool.managers, pool.after = typed[f"{prefix}managers"], after
        pool.save()
        pool.people.set(typed[f"{prefix}people"])
        pool.groups.set(typed[f"{prefix}groups"])


def stage_form(count: int) -> type[StageForm]:
    """Make the form of a stage that can be passed on so many times."""
    laters = tuple(f"later{number}_" if number else "later_" for number in range(count))
    fields = {f"{prefix}{name}": field for prefix in laters for name, field in _later_fields().items()}
    return type("StageForm", (StageForm,), {"laters": laters, **fields})


def _later_fields() -> dict[str, forms.Field]:
    managers = _managers_field()
    managers.label = gettext_lazy("Then also the manager of whoever asks")
    return {
        "after": DurationField(
            label=gettext_lazy("Pass it on after"), longest=30 * DAY, required=False,
            help_text=gettext_lazy("Such as 2h without enough approvals. The people below are asked then, too."),
        ),
        "people": people_field(label=gettext_lazy("Then also people"), required=False),
        "groups": groups_field(label=gettext_lazy("Then also groups"), required=False),
        "managers": managers,
    }  # fmt: skip


def _asks(typed: dict[str, Any], prefix: str) -> bool:
    return any(typed.get(f"{prefix}{name}") for name in ("people", "groups", "managers"))


def _plain(typed: dict[str, Any], prefix: str, after: int) -> policy.Pool:
    people: Iterable[User] = typed.get(f"{prefix}people") or ()
    groups: Iterable[Group] = typed.get(f"{prefix}groups") or ()
    return approvers.plain_pool(people, groups, managers=bool(typed.get(f"{prefix}managers")), after=after)


def _later_pools(request: HttpRequest, flow: Flow | None) -> int:
    """How many later pools the form of a stage has room for: those that there are or were sent, and one more."""
    pools = Pool.objects.filter(stage__flow=flow, after__gt=0) if flow and flow.pk else Pool.objects.none()
    known = max((one["count"] for one in pools.values("stage").annotate(count=Count("pk"))), default=0)
    sent = [int(match[1] or 0) + 1 for name in request.POST if (match := _SENT.search(name))]
    return min(max([known + 1, *sent]), _MOST)


class StageFormSet(BaseInlineFormSet):
    instance: Flow

    def clean(self) -> None:
        """Refuse a policy that can never be met, with the names that make it so."""
        super().clean()
        if any(self.errors):
            return
        stages = tuple(form.in_words() for form in in_order(kept(self)))
        in_force = policy.Policy(stages, self.instance.self_approval)
        groups = getattr(self.instance, "groups_typed", ())
        if sentences := setup_errors.of_policy(self.instance, in_force, groups=groups):
            raise forms.ValidationError(sentences)

    @transaction.atomic
    def save(self, commit: bool = True) -> Any:
        saved = super().save(commit)
        save_order(kept(self))
        return saved


class PartOfFlow:
    """Whoever may change a flow may change its parts."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("access.change_flow") or request.user.has_perm("access.add_flow")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("access.change_flow")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("access.change_flow")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("access.view_flow") or request.user.has_perm("access.change_flow")


class StageInline(PartOfFlow, StackedInline):
    model = Stage
    form = StageForm
    formset = StageFormSet
    verbose_name_plural = gettext_lazy("Who decides: stages, one after the other")

    def get_formset(self, request: HttpRequest, obj: Flow | None = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"form": stage_form(_later_pools(request, obj)), **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Flow | None = None) -> Any:
        first = ("label", "position", "approvals_needed", "people", "groups", "managers")
        title = _("If it still waits (%(number)d)")
        later = [
            (
                title % {"number": number + 1} if number else _("If it still waits"),
                {"fields": [f"{prefix}{name}" for name in _LATER], "classes": ("collapse",)},
            )
            for number, prefix in enumerate(stage_form(_later_pools(request, obj)).laters)
        ]
        return [(None, {"fields": first}), *later]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("pools")

    def get_extra(self, request: HttpRequest, obj: Flow | None = None, **kwargs: Any) -> int:
        return 0 if obj and obj.stages.exists() else 1
