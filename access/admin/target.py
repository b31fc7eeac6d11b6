"""Targets: what can be held. Each is picked from the roles that the organization really has."""

from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms.models import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.admin.base import SetUp
from access.admin.fields import DAY, DurationField
from access.admin.lookups import role_field
from access.admin.site import site
from access.config import setup_errors
from access.core import durations
from access.models import DirectoryPermission, DirectoryRole, Flow, Target
from access.policy import limits, target_in_use


class TargetForm(ModelForm):
    role = role_field(
        label=gettext_lazy("Role"), help_text=gettext_lazy("Type a part of its name. Press Sync now if it is new.")
    )

    max_seconds = DurationField(
        label=gettext_lazy("Held for at most"),
        longest=30 * DAY,
        required=False,
        help_text=gettext_lazy("Such as 8h, where flows offer more. Empty: as long as they offer."),
    )

    outsiders_grace = DurationField(
        label=gettext_lazy("Taken out after"),
        longest=30 * DAY,
        required=False,
        initial=DAY,
        help_text=Target._meta.get_field("outsiders_grace").help_text,
    )

    class Meta:
        model = Target
        fields = (
            "name",
            "label",
            "risk",
            "max_seconds",
            "outsiders",
            "outsiders_grace",
            "open_sessions",
            "owner_role_is_meant",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" not in self.fields:
            return  # it is only looked at
        for name in ("name", "label", "outsiders", "open_sessions"):
            self.fields[name].required = False
        hint = _("Left empty, it is made from the name of the role.")
        self.fields["name"].help_text = self.fields["label"].help_text = hint
        role = role_of(self.instance)
        if why := target_in_use.why_it_keeps_its_role(self.instance) if self.instance.pk else "":
            self.fields["role"].disabled = True
            self.fields["role"].help_text = _("%(why)s Make a new target instead.") % {"why": why}
        if role:
            self.initial["role"] = role.pk

    def clean_outsiders_grace(self) -> int:
        return self.cleaned_data["outsiders_grace"] or self.instance.outsiders_grace

    def clean_outsiders(self) -> str:
        return self.cleaned_data["outsiders"] or self.instance.outsiders

    def clean_open_sessions(self) -> str:
        return self.cleaned_data["open_sessions"] or self.instance.open_sessions

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        role = cleaned.get("role")
        if role is None:
            return cleaned
        meant = bool(cleaned.get("owner_role_is_meant"))
        for field, sentence in setup_errors.of_target(self.instance, role, owner_role_is_meant=meant).items():
            self.add_error(field, sentence)
        cleaned["label"] = cleaned.get("label") or role.name
        cleaned["name"] = cleaned.get("name") or slugify(role.name)[:100] or "target"
        self.instance.integration, self.instance.role_id = role.integration, role.external_id
        return cleaned


@admin.register(Target, site=site)
class TargetAdmin(SetUp):
    form = TargetForm
    typed_only = ("role",)
    fields = (
        "role", "label", "name", "risk", "max_seconds", "owner_role_is_meant", "outsiders", "outsiders_grace",
        "open_sessions", "opens",
    )  # fmt: skip
    readonly_fields = ("opens",)
    list_display = ("label", "name", "role_now", "integration", "risk", "longest", "owner_role_is_meant")
    list_select_related = ("integration",)
    list_filter = ("integration", "risk", "owner_role_is_meant")
    search_fields = ("label", "name")
    ordering = ("label",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        role = DirectoryRole.objects.filter(integration=OuterRef("integration"), external_id=OuterRef("role_id"))
        return super().get_queryset(request).annotate(
            role_name=Subquery(role.values("name")), role_type=Subquery(role.values("type")),
            role_gone_at=Subquery(role.values("gone_at")),
        )  # fmt: skip

    def needed_by(self, row: Target) -> QuerySet[Any]:
        return row.strategies.all()

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        flows = Flow.objects.filter(strategy__targets=form.instance, is_active=True).order_by("label")
        for sentence in [one for flow in flows for one in limits.nothing_fits(flow, [form.instance])]:
            messages.warning(request, sentence)

    @admin.display(description=gettext_lazy("at most"), ordering="max_seconds")
    def longest(self, obj: Target) -> str:
        return durations.written(obj.max_seconds) if obj.max_seconds else "–"

    @admin.display(description=gettext_lazy("role"))
    def role_now(self, obj: Any) -> str:
        if not obj.role_name:
            return _("Not known: press Sync now.")
        words = {"name": obj.role_name, "type": obj.role_type}
        return (_("%(name)s · %(type)s · gone") if obj.role_gone_at else _("%(name)s · %(type)s")) % words

    @admin.display(description=gettext_lazy("what it opens"))
    def opens(self, obj: Target) -> str | SafeString:
        role = role_of(obj)
        if role is None:
            return _("Shown here once a role is picked and saved.")
        rows = DirectoryPermission.objects.filter(role=role).select_related("environment")
        scopes = rows.order_by("environment__name", "scope").values_list("environment__name", "scope")
        by_place = [
            (name, ", ".join(scope for _name, scope in group)) for name, group in groupby(scopes, itemgetter(0))
        ]
        if not by_place:
            return _("No environment, as far as the last sync saw.")
        return format_html_join("", "<div><b>{}</b>: {}</div>", by_place)


def role_of(target: Target) -> DirectoryRole | None:
    if not target.role_id:
        return None
    rows = DirectoryRole.objects.filter(integration=target.integration_id, external_id=target.role_id)
    return rows.select_related("integration").first()
