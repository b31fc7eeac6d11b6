"""Flows: what people fill in, who decides, and for how long."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms.models import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from access.admin.announcement import AnnouncementInline
from access.admin.base import SetUp
from access.admin.fast_track import FastTrackInline
from access.admin.fields import DAY, DurationField, DurationsField
from access.admin.prompt import PromptFieldInline
from access.admin.site import site
from access.admin.stage import StageInline
from access.config import setup_errors
from access.core import durations
from access.models import Flow
from access.models.flow import HOUR, default_durations
from access.policy import approvers, check_flows, limits, policy, simulate
from access.policy import words as policy_words

_MONTH = 30 * DAY


class FlowForm(ModelForm):
    allowed_durations = DurationsField(
        label=gettext_lazy("Allowed durations"),
        longest=_MONTH,
        initial=default_durations,
        required=False,
        help_text=gettext_lazy(
            "Separated by commas, such as: 30m, 1h, 1d. Nobody is asked where there is no strategy."
        ),
    )
    default_duration = DurationField(
        label=gettext_lazy("Recommended duration"), longest=_MONTH, initial=3600, required=False
    )
    free_extension = DurationField(
        label=gettext_lazy("May be extended without approval by"),
        longest=DAY,
        required=False,
        help_text=gettext_lazy("Once for each access, by its holder. Empty: an extension is approved like a request."),
    )
    break_glass_seconds = DurationField(
        label=gettext_lazy("Longest break-glass access"),
        longest=DAY,
        initial=HOUR,
        required=False,
        help_text=gettext_lazy("Of the allowed durations those are offered that fit; if none does, this one."),
    )
    review_within = DurationField(
        label=gettext_lazy("Reviewed within"),
        longest=_MONTH,
        initial=DAY,
        required=False,
        help_text=gettext_lazy("Half of it later people are reminded; after it they and the admins are told for ever."),
    )
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
            "requesters", "stand_ins", "free_extension", "break_glass", "break_glass_seconds", "review_within",
            "self_approval",
            "approve_with_passkey", "break_glass_passkey",
            "pending_timeout", "reason_example", "keeps_commands",
            "reason_min_length", "ticket_pattern", "ticket_example", "ticket_url", "guests_may_act",
        )  # fmt: skip
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean_default_duration(self) -> int:
        return self.cleaned_data["default_duration"] or 0

    def clean_free_extension(self) -> int:
        return self.cleaned_data["free_extension"] or 0

    def clean_break_glass_seconds(self) -> int:
        return self.cleaned_data["break_glass_seconds"] or HOUR

    def clean_review_within(self) -> int:
        return self.cleaned_data["review_within"] or DAY

    def _post_clean(self) -> None:
        """Look at the flow as a whole, once the typed values are on it."""
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, unknown to its stubs
        # The stages are judged for those who may ask from now on.
        self.instance.groups_typed = self.cleaned_data.get("requesters", ())
        if self.errors:
            return
        for field, sentence in setup_errors.of_flow(self.instance).items():
            self.add_error(field, sentence)


@admin.register(Flow, site=site)
class FlowAdmin(SetUp):
    form = FlowForm
    fieldsets = (
        (None, {"fields": ("label", "name", "description", "strategy", "is_active")}),
        (gettext_lazy("Who may ask"), {"fields": ("requesters",)}),
        (gettext_lazy("How long"), {"fields": ("allowed_durations", "default_duration", "free_extension")}),
        (
            gettext_lazy("Reason and ticket"),
            {"fields": ("reason_example", "reason_min_length", "ticket_pattern", "ticket_example", "ticket_url")},
        ),
        (
            gettext_lazy("Break-glass"),
            {"fields": ("break_glass", "break_glass_seconds", "review_within", "break_glass_passkey")},
        ),
        (
            gettext_lazy("Who decides"),
            {"fields": ("self_approval", "approve_with_passkey", "pending_timeout", "stand_ins", "who_could_approve")},
        ),
        (gettext_lazy("What was done"), {"fields": ("keeps_commands",)}),
        (gettext_lazy("In Slack"), {"fields": ("guests_may_act",)}),
    )
    readonly_fields = ("who_could_approve",)
    autocomplete_fields = ("requesters", "stand_ins")
    inlines = (StageInline, PromptFieldInline, FastTrackInline, AnnouncementInline)
    prepopulated_fields = {"name": ("label",)}
    list_display = ("label", "name", "strategy", "durations_here", "who_decides", "self_approval", "is_active")
    list_select_related = ("strategy",)
    list_filter = ("is_active", "strategy", "self_approval", "break_glass")
    search_fields = ("label", "name")
    ordering = ("label",)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # What was read for the page is old now.
        getattr(form.instance, "_prefetched_objects_cache", {}).clear()
        check_flows.look_soon(now=timezone.now())
        for sentence in filter(
            None,
            [
                simulate.nobody_asks(form.instance.requesters.all()),
                *_too_short(form.instance),
                setup_errors.unreviewed(form.instance),
                setup_errors.around_passkeys(form.instance),
            ],
        ):
            messages.warning(request, sentence)
        if form.instance.self_approval:
            messages.warning(request, _self_approval_warning())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return approvers.with_policies(super().get_queryset(request))

    @admin.display(description=gettext_lazy("who decides"))
    def who_decides(self, obj: Flow) -> str:
        return policy_words.sentence(approvers.of_flow(obj))

    @admin.display(description=gettext_lazy("durations"))
    def durations_here(self, obj: Flow) -> str:
        return ", ".join(map(durations.written, obj.allowed_durations)) if obj.gives_access else _("gives no access")

    @admin.display(description=gettext_lazy("who could approve?"))
    def who_could_approve(self, obj: Flow) -> str | SafeString:
        if not obj.pk:
            return _("Shown here once the flow is saved.")
        sentences = filter(None, [*_about(approvers.of_flow(obj)), simulate.trouble(obj)])
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in sentences))


def _too_short(flow: Flow) -> list[str]:
    return limits.nothing_fits(flow, flow.strategy.targets.order_by("label")) if flow.strategy else []


def _about(in_force: policy.Policy) -> list[str]:
    """Say stage by stage who could decide what somebody else asks, and for whom that ends nowhere."""
    known = approvers.circles([in_force], [], now=timezone.now())
    found = simulate.outlook(in_force, simulate.somebody_else(known))
    sentences = [_step(one) for one in found.steps]
    sentences += [found.held_up] if found.held_up else []
    gone = [known.people[one] for one in known.people if one not in known.active]
    gone = [one for one in gone if one.id not in known.auditors]
    if gone:
        sentences.append(_("They can no longer sign in: %(names)s.") % {"names": _names(gone)})
    if known.auditors:
        auditors = [known.people[one] for one in known.auditors]
        sentences.append(_("Auditors decide nothing: %(names)s.") % {"names": _names(auditors)})
    sentences += [_self_approval_warning()] if in_force.self_approval else []
    return sentences


def _step(step: simulate.Step) -> str:
    name = _("%(stage)s: ") % {"stage": step.name} if step.name else ""
    words = {"needed": step.needed, "names": _names(step.at_once, with_manager=0 in step.managers)}
    later = [
        _("After %(length)s also: %(names)s.")
        % {"length": durations.written(after), "names": _names(people, with_manager=after in step.managers)}
        for after, people in step.later
    ]
    return name + " ".join([_("%(needed)d of: %(names)s.") % words, *later])


def _names(people: Iterable[policy.Approver], *, with_manager: bool = False) -> str:
    manager = [_("the manager of whoever asks")] if with_manager else []
    return policy_words.shortened([*map(policy_words.name, people), *manager]) or _("nobody")


def _self_approval_warning() -> str:
    return _("Careful: people may approve their own requests in this flow, so nobody else has to look.")
