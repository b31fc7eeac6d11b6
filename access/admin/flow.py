"""Flows: what people fill in, who decides, and for how long."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextareaWidget

from access.admin import who_could_approve
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
from access.policy import approvers, check_flows, flow_in_use, limits, simulate
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
            "self_approval", "allow_assistants", "announce_only",
            "approve_with_passkey", "break_glass_passkey",
            "pending_timeout", "reason_example", "keeps_commands",
            "reason_min_length", "ticket_pattern", "ticket_example", "ticket_url", "guests_may_act",
        )  # fmt: skip
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean_name(self) -> str:
        is_renamed = self.instance.pk is not None and "name" in self.changed_data
        if is_renamed and (why := flow_in_use.why_it_keeps_its_name(self.instance)):
            raise ValidationError(why)
        return str(self.cleaned_data["name"])

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


_FIRST: Final = ("label", "name", "description", "strategy", "requesters", "is_active")
_PLAIN: Final = {one.name for one in Flow._meta.fields}


@admin.register(Flow, site=site)
class FlowAdmin(SetUp):
    form = FlowForm
    # What a flow can't be without stands open; the rest where it says something, is wrong, or somebody opens it.
    fieldsets = (
        (None, {"fields": (*_FIRST, "who_could_approve", "as_typed")}),
        (gettext_lazy("How long"), {"fields": ("allowed_durations", "default_duration", "free_extension")}),
        (
            gettext_lazy("How it is decided"),
            {
                "fields": ("self_approval", "allow_assistants", "approve_with_passkey", "pending_timeout", "stand_ins"),
                "classes": ["collapse"],
            },
        ),
        (
            gettext_lazy("Reason and ticket"),
            {
                "fields": ("reason_example", "reason_min_length", "ticket_pattern", "ticket_example", "ticket_url"),
                "classes": ["collapse"],
            },
        ),
        (
            gettext_lazy("Break-glass"),
            {
                "fields": ("break_glass", "break_glass_seconds", "review_within", "break_glass_passkey"),
                "classes": ["collapse"],
            },
        ),
        (gettext_lazy("What was done"), {"fields": ("keeps_commands",), "classes": ["collapse"]}),
        (gettext_lazy("In Slack"), {"fields": ("announce_only", "guests_may_act"), "classes": ["collapse"]}),
    )
    readonly_fields = ("who_could_approve", "as_typed")
    typed_only = ("as_typed",)
    autocomplete_fields = ("requesters", "stand_ins")
    inlines = (StageInline, PromptFieldInline, FastTrackInline, AnnouncementInline)
    prepopulated_fields = {"name": ("label",)}
    list_display = ("label", "name", "strategy", "durations_here", "who_decides", "self_approval", "is_active")
    list_select_related = ("strategy",)
    list_filter = ("is_active", "strategy", "self_approval", "break_glass")
    search_fields = ("label", "name")
    ordering = ("label",)

    def get_fieldsets(self, request: HttpRequest, obj: Flow | None = None) -> Any:
        return [
            (
                name,
                options if obj is None or not _says_something(obj, options["fields"]) else {**options, "classes": ()},
            )
            for name, options in super().get_fieldsets(request, obj)
        ]

    def get_inline_formsets(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get_inline_formsets(*args, **kwargs)
        for one in found:
            if one.formset.initial_form_count() or one.non_form_errors():
                one.classes = ""
        return found

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
            messages.warning(request, who_could_approve.careful())

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
        told = who_could_approve.sentences(obj) if obj.pk else [_("Say below who decides.")]
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in told))

    @admin.display(description=gettext_lazy("by what is typed"))
    def as_typed(self, obj: Flow) -> SafeString:
        return who_could_approve.button(obj)

    def get_urls(self) -> list[URLPattern]:
        asked = self.admin_site.admin_view(self.who_view)
        return [
            path("add/who/", asked, name="access_flow_who"),
            path("<int:pk>/who/", asked, name="access_flow_who"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def who_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Say who could approve by what is typed, as if it had been saved. Nothing is."""
        form = reverse("admin:access_flow_change", args=[pk]) if pk else reverse("admin:access_flow_add")
        return who_could_approve.answer(request, lambda: self.changeform_view(request, str(pk) if pk else None, form))

    def response_add(self, request: HttpRequest, obj: Flow, post_url_continue: str | None = None) -> HttpResponse:
        return who_could_approve.page(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Flow) -> HttpResponse:
        return who_could_approve.page(request, obj) or super().response_change(request, obj)


def _says_something(flow: Flow, names: Iterable[str]) -> bool:
    """Whether any of these fields has another value than in a new flow."""
    new = Flow()
    return any(getattr(flow, name) != getattr(new, name) for name in names if name in _PLAIN)


def _too_short(flow: Flow) -> list[str]:
    return limits.nothing_fits(flow, flow.strategy.targets.order_by("label")) if flow.strategy else []
