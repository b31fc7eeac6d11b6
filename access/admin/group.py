"""Groups: people who decide or may ask together. A flow asks whoever is in them at the moment of the decision."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, Q, QuerySet
from django.forms.models import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.admin.base import SetUp, signed_in
from access.admin.site import site
from access.config import everybody
from access.config.provisioning import groups, rules
from access.core.states import RequestState
from access.models import AccessRequest, Flow, Group
from access.policy import check_flows


@admin.register(Group, site=site)
class GroupAdmin(SetUp):
    fields = ("label", "name", "claim", "everybody", "members")
    autocomplete_fields = ("members",)
    prepopulated_fields = {"name": ("label",)}
    list_display = ("label", "name", "member_count", "keeper")
    change_form_outer_before_template = "admin/access/group/kept.html"
    search_fields = ("label", "name")
    ordering = ("label",)

    actions = ("let_go",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("provisioned").annotate(members_here=Count("members"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("members",) if obj and rules.why_followed(obj) else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and rules.why_kept(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and rules.why_kept(obj))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        group = self.get_object(request, unquote(object_id)) if object_id else None
        shown = {**(extra_context or {}), "kept": (rules.why_kept(group) or rules.why_followed(group)) if group else ""}
        return super().changeform_view(request, object_id, form_url, shown)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        return actions if signed_in(request).sets_up else {}

    @admin.action(description=gettext_lazy("Take out of the directory's hands: kept by hand from now on"))
    def let_go(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        """For when the directory is not used any more: nobody could change who is in them."""
        by, now = signed_in(request), timezone.now()
        if not by.sets_up:
            raise PermissionDenied
        done = sum(groups.let_go(one, by=by, now=now) for one in queryset)
        messages.info(request, _("So many groups are kept by hand from now on: %(count)d.") % {"count": done})

    def needed_by(self, row: Group) -> Iterable[Model]:
        waiting = AccessRequest.objects.filter(asked__group=row, state=RequestState.PENDING)
        # A flow that names no group any more would be open to everybody.
        flows = Flow.objects.filter(Q(stages__pools__groups=row) | Q(requesters=row) | Q(stand_ins=row))
        return [*flows.distinct(), *waiting.distinct()]

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        everybody.fill(form.instance)
        check_flows.look_soon(now=timezone.now())

    @admin.display(description=gettext_lazy("members"), ordering="members_here")
    def member_count(self, obj: Any) -> int:
        return obj.members_here

    @admin.display(description=gettext_lazy("kept by"))
    def keeper(self, obj: Any) -> str:
        if rules.why_kept(obj):
            return _("the directory")
        return _("everybody") if obj.everybody else _("sign-ins") if rules.why_followed(obj) else _("hand")
