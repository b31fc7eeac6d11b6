"""Strategies: an integration, and the targets it gives access to."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms.models import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from access.admin.base import SetUp
from access.admin.site import site
from access.config import setup_errors
from access.models import Strategy


class StrategyForm(ModelForm):
    class Meta:
        model = Strategy
        fields = ("name", "integration", "targets")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        integration = cleaned.get("integration") or getattr(self.instance, "integration", None)
        if integration and "targets" in cleaned:
            for field, sentence in setup_errors.of_strategy(integration, cleaned["targets"]).items():
                self.add_error(field, sentence)
        return cleaned


@admin.register(Strategy, site=site)
class StrategyAdmin(SetUp):
    form = StrategyForm
    fields = ("name", "integration", "targets")
    autocomplete_fields = ("targets",)
    list_display = ("name", "integration", "target_count", "flow_count")
    list_select_related = ("integration",)
    list_filter = ("integration",)
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted = {"targets_here": Count("targets", distinct=True), "flows_here": Count("flows", distinct=True)}
        return super().get_queryset(request).annotate(**counted)

    def get_readonly_fields(self, request: HttpRequest, obj: Strategy | None = None) -> tuple[str, ...]:
        return ("integration",) if obj and obj.flows.exists() else ()

    @admin.display(description=gettext_lazy("targets"), ordering="targets_here")
    def target_count(self, obj: Any) -> int:
        return obj.targets_here

    @admin.display(description=gettext_lazy("flows"), ordering="flows_here")
    def flow_count(self, obj: Any) -> int:
        return obj.flows_here
