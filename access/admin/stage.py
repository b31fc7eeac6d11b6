"""The stages of a flow's policy, each with those who are asked at once and those who are asked later."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from access import policy
from access.admin.fields import DAY, DurationField
from access.admin.pickers import groups_field, people_field
from access.models import Flow, Group, Pool, Stage, User
from access.queries import policies
from access.services import configure_errors


def _managers_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=gettext_lazy("The manager of whoever asks"), required=False, widget=UnfoldBooleanSwitchWidget
    )


class StageForm(ModelForm):
    """A stage with its first pool, and with the next one that it passes to. Further pools are left as they are."""

    position = forms.IntegerField(
        label=gettext_lazy("Step"), required=False, min_value=1, max_value=99, widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Stages decide in this order. Left empty, it comes last."),
    )  # fmt: skip
    people = people_field(label=gettext_lazy("People"), required=False)
    groups = groups_field(
        label=gettext_lazy("Groups"), required=False, help_text=gettext_lazy("Whoever is in them when it is decided.")
    )
    managers = _managers_field()
    later_after = DurationField(
        label=gettext_lazy("Pass it on after"), longest=30 * DAY, required=False,
        help_text=gettext_lazy("Such as 2h without enough approvals. The people below are asked then, too."),
    )  # fmt: skip
    later_people = people_field(label=gettext_lazy("Then also people"), required=False)
    later_groups = groups_field(label=gettext_lazy("Then also groups"), required=False)
    later_managers = _managers_field()

    class Meta:
        model = Stage
        fields = ("label", "position", "approvals_needed")
        widgets = {"label": UnfoldAdminTextInputWidget, "approvals_needed": UnfoldAdminIntegerFieldWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["later_managers"].label = _("Then also the manager of whoever asks")
        first, later = self._pools()
        for prefix, pool in (("", first), ("later_", later)):
            if pool:
                self.initial[f"{prefix}people"] = list(pool.people.values_list("pk", flat=True))
                self.initial[f"{prefix}groups"] = list(pool.groups.values_list("pk", flat=True))
                self.initial[f"{prefix}managers"] = pool.managers
        if later:
            self.initial["later_after"] = later.after

    def _pools(self) -> tuple[Pool | None, Pool | None]:
        """The one that is asked at once, and the first that is asked later."""
        pools = list(self.instance.pools.all()) if self.instance.pk else []
        return next((one for one in pools if not one.after), None), next((one for one in pools if one.after), None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not _asks(cleaned, ""):
            self.add_error("people", _("Pick people, a group, or the manager of whoever asks."))
        if _asks(cleaned, "later_") and not cleaned.get("later_after") and "later_after" not in self.errors:
            self.add_error("later_after", _("Say after how long these people are asked."))
        if cleaned.get("later_after") and not _asks(cleaned, "later_"):
            self.add_error("later_people", _("Say who is asked then."))
        return cleaned

    def clean_people(self) -> QuerySet[User]:
        return _without_auditors(self.cleaned_data["people"])

    def clean_later_people(self) -> QuerySet[User]:
        return _without_auditors(self.cleaned_data["later_people"])

    def in_words(self) -> policy.Stage:
        """The stage as it was typed, as plain data."""
        typed = self.cleaned_data
        pools = [_plain(typed, "", 0)]
        if typed.get("later_after"):
            pools.append(_plain(typed, "later_", typed["later_after"]))
        known = self.instance.pools.all() if self.instance.pk else ()
        pools += [policies.pool_of(one) for one in known if one not in self._pools()]
        return policy.Stage(typed.get("label", ""), typed.get("approvals_needed") or 1, tuple(pools))

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]  # Django's own hook, unknown to its stubs
        first, later = self._pools()
        self._save_pool(first, "", 0)
        if self.cleaned_data.get("later_after"):
            self._save_pool(later, "later_", self.cleaned_data["later_after"])
        elif later:
            later.delete()

    def _save_pool(self, pool: Pool | None, prefix: str, after: int) -> None:
        typed = self.cleaned_data
        pool = pool or Pool(stage=self.instance)
        pool.managers, pool.after = typed[f"{prefix}managers"], after
        pool.save()
        pool.people.set(typed[f"{prefix}people"])
        pool.groups.set(typed[f"{prefix}groups"])


def _without_auditors(people: QuerySet[User]) -> QuerySet[User]:
    found = [str(one) for one in people if one.is_auditor]
    if found:
        text = _("Auditors decide nothing, so take them out: %(names)s.")
        raise forms.ValidationError(text % {"names": ", ".join(found)})
    return people


def _asks(typed: dict[str, Any], prefix: str) -> bool:
    return any(typed.get(f"{prefix}{name}") for name in ("people", "groups", "managers"))


def _plain(typed: dict[str, Any], prefix: str, after: int) -> policy.Pool:
    people: Iterable[User] = typed.get(f"{prefix}people") or ()
    groups: Iterable[Group] = typed.get(f"{prefix}groups") or ()
    return policies.plain_pool(people, groups, managers=bool(typed.get(f"{prefix}managers")), after=after)


class StageFormSet(BaseInlineFormSet):
    instance: Flow

    def clean(self) -> None:
        """Refuse a policy that can never be met, with the names that make it so."""
        super().clean()
        if any(self.errors):
            return
        stages = tuple(form.in_words() for form in self._in_order())
        in_force = policy.Policy(stages, self.instance.self_approval)
        groups = getattr(self.instance, "groups_typed", ())
        if sentences := configure_errors.of_policy(self.instance, in_force, groups=groups):
            raise forms.ValidationError(sentences)

    def _in_order(self) -> list[Any]:
        """The stages that stay, numbered from 1 in the order that was typed."""
        kept = [one for one in self.forms if one not in self.deleted_forms and (one.instance.pk or one.has_changed())]
        kept.sort(key=lambda form: form.cleaned_data.get("position") or 100)
        for number, form in enumerate(kept, 1):
            form.instance.position = number
        return kept


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
    fieldsets = (
        (None, {"fields": ("label", "position", "approvals_needed", "people", "groups", "managers")}),
        (
            gettext_lazy("If it still waits"),
            {"fields": ("later_after", "later_people", "later_groups", "later_managers"), "classes": ("collapse",)},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        # The rest is known to the form alone; whom a stage asks is told in words beside it.
        return [(None, {"fields": ("label", "position", "approvals_needed")})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("pools")

    def get_extra(self, request: HttpRequest, obj: Flow | None = None, **kwargs: Any) -> int:
        return 0 if obj and obj.stages.exists() else 1
