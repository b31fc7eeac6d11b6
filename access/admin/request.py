"""Requests and decisions, to be read."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from access.admin.base import pretty
from access.admin.large_lists import Long
from access.admin.site import site
from access.core import durations
from access.models import AccessRequest, Decision


class Decisions(TabularInline):
    model = Decision
    fields = readonly_fields = ("by", "verdict", "comment", "place", "at")
    extra = 0
    hide_title = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AccessRequest, site=site)
class RequestAdmin(Long):
    list_display = ("ref", "requester", "asked_for", "state", "how_long", "created_at", "settled_at")
    list_select_related = ("requester", "target", "flow")
    list_filter = ("state", "flow", "target")
    references = ("ref",)
    people = ("requester",)
    exactly = ("ticket",)
    inlines = (Decisions,)
    fieldsets = (
        (None, {"fields": ("ref", "in_the_portal", "state", "requester", "flow", "target", "grant")}),
        (
            gettext_lazy("What was asked"),
            {"fields": ("how_long", "starts_at", "reason", "ticket", "answers_then", "account_id")},
        ),
        (gettext_lazy("Times"), {"fields": ("created_at", "due_at", "settled_at")}),
        (gettext_lazy("The policy in force then"), {"fields": ("policy_then",)}),
    )

    @admin.display(description=gettext_lazy("asked for"), ordering="target")
    def asked_for(self, obj: AccessRequest) -> str:
        return obj.subject

    @admin.display(description=gettext_lazy("duration"), ordering="seconds")
    def how_long(self, obj: AccessRequest) -> str:
        if not obj.gives_access:
            return _("approval only")
        asked = durations.written(obj.seconds)
        if obj.approved_seconds is None:
            return asked
        words = {"asked": asked, "approved": durations.written(obj.approved_seconds)}
        return _("%(approved)s, asked for %(asked)s") % words

    @admin.display(description=gettext_lazy("in the portal"))
    def in_the_portal(self, obj: AccessRequest) -> SafeString:
        return portal_link(obj)

    @admin.display(description=gettext_lazy("the flow's own fields"))
    def answers_then(self, obj: AccessRequest) -> SafeString | str:
        return format_html_join("", "<p>{}: {}</p>", ((one.label, one.words) for one in obj.answered)) or "–"

    @admin.display(description=gettext_lazy("policy"))
    def policy_then(self, obj: AccessRequest) -> SafeString | str:
        return pretty(obj.policy)


@admin.register(Decision, site=site)
class DecisionAdmin(Long):
    list_display = ("at", "by", "verdict", "request", "comment", "place")
    list_select_related = ("by", "request")
    list_filter = ("verdict", "place")
    references = ("request",)
    people = ("by",)
    # The theme would colour it with styles of its own, which the pages forbid.
    exclude = ("signature",)
    readonly_fields = ("signed",)

    @admin.display(description=gettext_lazy("signature"))
    def signed(self, obj: Decision) -> SafeString | str:
        return pretty(obj.signature)


def portal_link(request: AccessRequest) -> SafeString:
    address = reverse("request", args=[request.ref])
    return format_html('<a class="text-link" href="{}">{}</a>', address, _("Open %(ref)s") % {"ref": request.ref})
