"""Groups: people who decide or may ask together. A flow asks whoever is in them at the moment of the decision."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.forms.models import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from access.admin.base import SetUp
from access.admin.site import site
from access.core.states import RequestState
from access.models import AccessRequest, Flow, Group
from access.policy import check_flows


@admin.register(Group, site=site)
class GroupAdmin(SetUp):
    fields = ("label", "name", "members")
    autocomplete_fields = ("members",)
    prepopulated_fields = {"name": ("label",)}
    list_display = ("label", "name", "member_count")
    search_fields = ("label", "name")
    ordering = ("label",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(members_here=Count("members"))

    def needed_by(self, row: Group) -> Iterable[Model]:
        waiting = AccessRequest.objects.filter(asked__group=row, state=RequestState.PENDING)
        # A flow that names no group any more would be open to everybody.
        flows = Flow.objects.filter(Q(stages__pools__groups=row) | Q(requesters=row) | Q(stand_ins=row))
        return [*flows.distinct(), *waiting.distinct()]

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        check_flows.look_soon(now=timezone.now())

    @admin.display(description=gettext_lazy("members"), ordering="members_here")
    def member_count(self, obj: Any) -> int:
        return obj.members_here
