"""Grants, to be read: what was held, from when to when, and what proves it."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.admin.base import pretty
from access.admin.large_lists import Long
from access.admin.request import portal_link
from access.admin.site import site
from access.core import durations
from access.models import Grant


@admin.register(Grant, site=site)
class GrantAdmin(Long):
    list_display = ("ref", "person", "target", "state", "confirmed_at", "ends_at", "ended_at", "end_reason", "trouble")
    list_select_related = ("person", "target")
    list_filter = ("state", "target", "end_reason", "standing", "not_verified")
    references = ("ref", "requests")
    people = ("person",)
    exactly = ("account_id",)
    fieldsets = (
        (None, {"fields": ("ref", "of_requests", "state", "person", "target", "role_id", "account_id", "standing")}),
        (gettext_lazy("Start"), {"fields": ("how_long", "created_at", "starts_at", "asked_at", "confirmed_at")}),
        (
            gettext_lazy("End"),
            {
                "fields": (
                    "free_extension_at",
                    "extended_by",
                    "ends_at",
                    "end_due_at",
                    "end_reason",
                    "who_ended",
                    "ended_at",
                    "not_verified",
                )
            },
        ),
        (gettext_lazy("Next"), {"fields": ("due_at", "attempts", "last_error")}),
        (gettext_lazy("Evidence"), {"fields": ("seen_at_start", "seen_at_end")}),
    )

    @admin.display(description=gettext_lazy("requests"))
    def of_requests(self, obj: Grant) -> SafeString:
        return format_html_join(" ", "{}", ((portal_link(one),) for one in obj.requests.order_by("pk")))

    @admin.display(description=gettext_lazy("duration"), ordering="seconds")
    def how_long(self, obj: Grant) -> str:
        return durations.written(obj.seconds)

    @admin.display(description=gettext_lazy("by"))
    def extended_by(self, obj: Grant) -> str:
        return durations.written(obj.free_extension_seconds) if obj.free_extension_seconds else "–"

    @admin.display(description=gettext_lazy("ended by"))
    def who_ended(self, obj: Grant) -> str:
        return obj.ended_by_called or "–"

    @admin.display(description=gettext_lazy("trouble"), ordering="last_error")
    def trouble(self, obj: Grant) -> str:
        return _("End not verified.") if obj.not_verified else Truncator(obj.last_error).chars(80)

    @admin.display(description=gettext_lazy("seen at the start"))
    def seen_at_start(self, obj: Grant) -> SafeString | str:
        return pretty(obj.start_evidence)

    @admin.display(description=gettext_lazy("seen at the end"))
    def seen_at_end(self, obj: Grant) -> SafeString | str:
        return pretty(obj.end_evidence)
