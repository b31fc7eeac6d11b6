"""Messages, to be read: who was told of what, and what could not be sent."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from access.admin.base import pretty
from access.admin.large_lists import Long
from access.admin.site import site
from access.models import Notification


@admin.register(Notification, site=site)
class NotificationAdmin(Long):
    list_display = ("created_at", "recipient", "kind", "request", "sent_at", "given_up_at", "due_at", "last_error")
    list_select_related = ("recipient", "request")
    list_filter = (
        "kind",
        "channel",
        ("sent_at", admin.EmptyFieldListFilter),
        ("given_up_at", admin.EmptyFieldListFilter),
    )
    references = ("request", "grant")
    people = ("recipient",)
    fieldsets = (
        (None, {"fields": ("recipient", "kind", "channel", "topic", "request", "grant", "key", "told")}),
        (gettext_lazy("Sending"), {"fields": ("created_at", "due_at", "first_tried_at", "attempts", "last_error")}),
        (gettext_lazy("Outcome"), {"fields": ("sent_at", "given_up_at")}),
    )

    @admin.display(description=gettext_lazy("facts"))
    def told(self, obj: Notification) -> SafeString | str:
        return pretty(obj.facts)
