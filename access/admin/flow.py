"""Flows: what people fill in, who decides, and for how long."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.forms.models import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextareaWidget

from access import durations
from access.admin.base import SetUp
from access.admin.fields import DAY, DurationField, DurationsField
from access.admin.lookups import person_label
from access.admin.site import site
from access.models import Flow, User
from access.models.flow import default_durations
from access.policy import Approver
from access.services import configure_errors
from access.services.pool import Pool, pool

_MONTH = 30 * DAY


class FlowForm(ModelForm):
    allowed_durations = DurationsField(
        label=gettext_lazy("Allowed durations"),
        longest=_MONTH,
        initial=default_durations,
        help_text=gettext_lazy("Separated by commas, such as: 30m, 1h, 1d."),
    )
    default_duration = DurationField(label=gettext_lazy("Recommended duration"), longest=_MONTH, initial=3600)
    pending_timeout = DurationField(
        label=gettext_lazy("A request lapses after"),
        longest=_MONTH,
        initial=DAY,
        help_text=gettext_lazy("When nobody has decided it by then, such as 24h."),
    )

    class Meta:
        model = Flow
        fields = (
            "name", "label", "description", "is_active", "strategy", "allowed_durations", "default_duration",
            "approvers", "approvals_needed", "self_approval", "pending_timeout", "reason_example",
            "reason_min_length", "ticket_pattern", "ticket_url",
        )  # fmt: skip
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        approvers: Any = self.fields.get("approvers")
        if approvers:
            known = Q(approver_in=self.instance.pk) if self.instance.pk else Q()
            approvers.queryset = User.objects.filter(Q(is_active=True) | known).distinct()
            approvers.label_from_instance = person_label
            approvers.help_text = _("Active people only.")

    def _post_clean(self) -> None:
        """Look at the flow as a whole, once the typed values are on it."""
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, unknown to its stubs
        if self.errors:
            return
        for field, sentence in configure_errors.of_flow(self.instance, self.cleaned_data["approvers"]).items():
            self.add_error(field, sentence)


@admin.register(Flow, site=site)
class FlowAdmin(SetUp):
    form = FlowForm
    fieldsets = (
        (None, {"fields": ("label", "name", "description", "strategy", "is_active")}),
        (gettext_lazy("How long"), {"fields": ("allowed_durations", "default_duration")}),
        (
            gettext_lazy("Who decides"),
            {"fields": ("approvers", "approvals_needed", "self_approval", "pending_timeout", "who_could_approve")},
        ),
        (
            gettext_lazy("Reason and ticket"),
            {"fields": ("reason_example", "reason_min_length", "ticket_pattern", "ticket_url")},
        ),
    )
    readonly_fields = ("who_could_approve",)
    autocomplete_fields = ("approvers",)
    prepopulated_fields = {"name": ("label",)}
    list_display = ("label", "name", "strategy", "durations_here", "approvals_needed", "self_approval", "is_active")
    list_select_related = ("strategy",)
    list_filter = ("is_active", "strategy", "self_approval")
    search_fields = ("label", "name")
    ordering = ("label",)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance.self_approval:
            messages.warning(request, _self_approval_warning())

    @admin.display(description=gettext_lazy("durations"))
    def durations_here(self, obj: Flow) -> str:
        return ", ".join(map(durations.written, obj.allowed_durations))

    @admin.display(description=gettext_lazy("who could approve?"))
    def who_could_approve(self, obj: Flow) -> str | SafeString:
        if not obj.pk:
            return _("Shown here once the flow is saved.")
        sentences = _about(pool(obj, list(obj.approvers.all())), obj)
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in sentences))


def _about(found: Pool, flow: Flow) -> list[str]:
    if not found.is_enough:
        sentences = [_("Nobody: a request would lapse undecided.")]
    else:
        text = ngettext("%(needed)d of: %(names)s.", "%(needed)d of: %(names)s.", found.needed)
        sentences = [text % {"needed": found.needed, "names": _names(found.able)}]
    if found.stuck:
        text = _("Too few others could approve what these people ask for themselves: %(names)s.")
        sentences.append(text % {"names": _names(found.stuck)})
    if found.gone:
        sentences.append(_("They can no longer sign in: %(names)s.") % {"names": _names(found.gone)})
    return [*sentences, _self_approval_warning()] if flow.self_approval else sentences


def _names(people: tuple[Approver, ...]) -> str:
    return ", ".join(one.name for one in people)


def _self_approval_warning() -> str:
    return _("Careful: people may approve their own requests in this flow, so nobody else has to look.")
