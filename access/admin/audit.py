"""The audit log, to be read."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from access.admin.base import pretty
from access.admin.large_lists import Long, one_of
from access.admin.site import site
from access.audit import sentences
from access.models import AuditEvent


def _types() -> list[tuple[str, str]]:
    """The types that events have; some sentences are of a type and what it came to."""
    return [(one, one) for one in sorted({".".join(name.split(".")[:2]) for name in sentences.SENTENCES})]


@admin.register(AuditEvent, site=site)
class AuditAdmin(Long):
    list_display = ("at", "sentence", "actor", "type", "request_ref", "grant_ref")
    list_filter = (one_of("type", gettext_lazy("what"), _types),)
    references = ("request_ref", "grant_ref")
    people = ("actor_id",)
    exactly = ("actor", "subject", "type")
    search_help_text = gettext_lazy("Who, what, about what, or a reference such as R-7K3QF.")
    fields = (
        "seq", "at", "sentence", "actor", "type", "subject", "request_ref", "grant_ref", "facts", "previous", "hash"
    )  # fmt: skip

    @admin.display(description=gettext_lazy("what happened"))
    def sentence(self, obj: AuditEvent) -> str:
        return sentences.sentence(obj)

    @admin.display(description=gettext_lazy("facts"))
    def facts(self, obj: AuditEvent) -> SafeString | str:
        return pretty(obj.data)
