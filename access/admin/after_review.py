"""Reviews after break-glass, to be read: signing off is done in the portal."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from access.admin.large_lists import Long
from access.admin.request import portal_link
from access.admin.site import site
from access.models import AfterReview


@admin.register(AfterReview, site=site)
class AfterReviewAdmin(Long):
    list_display = (
        "request",
        "requester",
        "target",
        "opened_at",
        "deadline",
        "escalations",
        "verdict",
        "signed_off_by",
    )
    list_select_related = ("request__requester", "request__target", "signed_off_by")
    list_filter = ("verdict", "request__target")
    references = ("request",)
    people = ("request__requester", "signed_off_by")
    fields = (
        "in_the_portal", "requester", "target", "opened_at", "deadline", "due_at", "escalations",
        "verdict", "comment", "signed_off_by", "signed_off_at",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("in the portal"))
    def in_the_portal(self, obj: AfterReview) -> SafeString:
        return portal_link(obj.request)

    @admin.display(description=gettext_lazy("requester"), ordering="request__requester__name")
    def requester(self, obj: AfterReview) -> str:
        return str(obj.request.requester)

    @admin.display(description=gettext_lazy("target"), ordering="request__target__label")
    def target(self, obj: AfterReview) -> str:
        return obj.request.subject
