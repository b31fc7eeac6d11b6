"""The audit log, to be read."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from access.admin.base import Register, pretty
from access.admin.site import site
from access.audit import sentences
from access.models import AuditEvent


@admin.register(AuditEvent, site=site)
class AuditAdmin(Register):
    list_display = ("at", "sentence", "actor", "type", "request_ref", "grant_ref")
    list_filter = (("type", admin.AllValuesFieldListFilter),)
    search_fields = ("actor", "type", "subject", "request_ref", "grant_ref")
    search_help_text = gettext_lazy("Who, what, about what, or a reference such as R-7K3QF.")
    date_hierarchy = "at"
    ordering = ("-id",)
    fields = (
        "seq", "at", "sentence", "actor", "type", "subject", "request_ref", "grant_ref", "facts", "previous", "hash"
    )  # fmt: skip

    @admin.display(description=gettext_lazy("what happened"))
    def sentence(self, obj: AuditEvent) -> str:
        return sentences.sentence(obj)

    @admin.display(description=gettext_lazy("facts"))
    def facts(self, obj: AuditEvent) -> SafeString | str:
        return pretty(obj.data)
