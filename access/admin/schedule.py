"""Working hours, and schedules that say who is on call: kept here, or read from PagerDuty."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.forms.models import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from access.admin.base import SetUp
from access.admin.inlines import PartOf, kept, put_in_order
from access.admin.kinds import ByKind, Kind
from access.admin.site import site
from access.config import schedule_errors
from access.core import clocks, hours, rota
from access.models import Flow, Schedule, Shift, Turn, User, WorkingHours
from access.policy.on_call import refresh
from access.policy.on_call import who as known

_TURNS_SHOWN = 5
_PLACE = ("source", "external_id", "token_secret")


class WorkingHoursForm(ModelForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        coerce=int,
        choices=list(
            enumerate(
                [
                    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"),
                    gettext_lazy("Thursday"), gettext_lazy("Friday"), gettext_lazy("Saturday"),
                    gettext_lazy("Sunday"),
                ]
            )
        ),
        initial=[0, 1, 2, 3, 4],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("On which they begin."),
    )  # fmt: skip

    class Meta:
        model = WorkingHours
        fields = ("label", "name", "zone", "weekdays", "opens", "closes")


@admin.register(WorkingHours, site=site)
class WorkingHoursAdmin(SetUp):
    form = WorkingHoursForm
    fields = ("label", "name", "zone", "weekdays", "opens", "closes", "now")
    readonly_fields = ("now",)
    prepopulated_fields = {"name": ("label",)}
    list_display = ("label", "zone", "opens", "closes", "now")
    search_fields = ("label", "name")
    ordering = ("label",)

    @admin.display(description=gettext_lazy("now"))
    def now(self, obj: WorkingHours) -> str:
        if not obj.pk:
            return _("Shown here once it is saved.")
        until = hours.closes_at(obj.plain(), timezone.now())
        return _("Open until %(until)s.") % {"until": _there(until, obj.zone)} if until else _("Closed.")


class ScheduleForm(ModelForm):
    class Meta:
        model = Schedule
        fields = ("label", "name", "zone", "source", "first_day", "hand_over", "every", "external_id", "token_secret")
        widgets = {"source": forms.HiddenInput}

    # Chosen by a link; the page sets it.
    kind = str(Schedule.Source.PORTAL)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial["source"] = self.kind

    def clean_external_id(self) -> str:
        return str(self.cleaned_data["external_id"]).strip()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field, sentence in schedule_errors.of_schedule(cleaned).items():
            if field not in self.errors:
                self.add_error(field, sentence)
        return cleaned


class TurnForm(ModelForm):
    position = forms.IntegerField(
        label=gettext_lazy("Turn"), required=False, min_value=1, max_value=999, widget=UnfoldAdminIntegerFieldWidget
    )

    class Meta:
        model = Turn
        fields = ("position", "person")

    def clean_position(self) -> int:
        return self.cleaned_data["position"] or 0


class TurnFormSet(BaseInlineFormSet):
    instance: Schedule

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        stay = kept(self)
        put_in_order(stay)
        if sentences := schedule_errors.of_rotation(self.instance, len(stay)):
            raise forms.ValidationError(sentences)


class TurnInline(PartOf, TabularInline):
    whole = "schedule"
    model = Turn
    form = TurnForm
    formset = TurnFormSet
    extra = 0
    autocomplete_fields = ("person",)
    verbose_name_plural = gettext_lazy("Rotation: who takes turns, in this order")


class ShiftForm(ModelForm):
    class Meta:
        model = Shift
        fields = ("person", "starts_at", "ends_at")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field, sentence in schedule_errors.of_shift(cleaned.get("starts_at"), cleaned.get("ends_at")).items():
            self.add_error(field, sentence)
        return cleaned


class ShiftInline(PartOf, TabularInline):
    whole = "schedule"
    model = Shift
    form = ShiftForm
    extra = 0
    autocomplete_fields = ("person",)
    verbose_name_plural = gettext_lazy("Shifts: somebody else for a while (times in UTC)")


@admin.register(Schedule, site=site)
class ScheduleAdmin(ByKind, SetUp):
    form = ScheduleForm
    kind_field = "source"
    kind_may_change = True
    kinds = {
        str(Schedule.Source.PORTAL): Kind(
            gettext_lazy("Kept here"),
            gettext_lazy("People take turns of some days in an order that you type, and others stand in by shifts."),
            ("first_day", "hand_over", "every"),
        ),
        str(Schedule.Source.PAGERDUTY): Kind(
            gettext_lazy("Read from PagerDuty"),
            gettext_lazy(
                "A schedule at PagerDuty says who is on call. You need its id, from its address, and a read-only"
                " API key that is kept as a secret."
            ),
            ("external_id", "token_secret"),
        ),
    }
    change_form_outer_before_template = "admin/kind.html"
    readonly_fields = ("who_is_on_call",)
    inlines = (TurnInline, ShiftInline)
    prepopulated_fields = {"name": ("label",)}
    list_display = ("label", "source", "zone", "who_is_on_call_now")
    list_filter = ("source",)
    search_fields = ("label", "name")
    ordering = ("label",)

    def get_fieldsets(self, request: HttpRequest, obj: Schedule | None = None) -> Any:
        kind = self.kinds[self.kind_of(request, obj)]
        who = ("label", "name", "zone", "source", "who_is_on_call")
        return [(None, {"fields": who}), (kind.label, {"fields": kind.fields})]

    def get_form(self, request: HttpRequest, obj: Schedule | None = None, change: bool = False, **more: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **more)
        form.kind = self.kind_of(request, obj)
        return form

    def get_inlines(self, request: HttpRequest, obj: Schedule | None) -> Any:
        """Turns are kept here only; those that are left of another time are shown, to be taken out."""
        is_kept_here = self.kind_of(request, obj) == Schedule.Source.PORTAL
        is_left = obj is not None and (obj.turns.exists() or obj.shifts.exists())
        return self.inlines if is_kept_here or is_left else ()

    def needed_by(self, row: Schedule) -> Iterable[Model]:
        return Flow.objects.filter(fast_track__schedule=row).distinct()

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if set(form.changed_data) & set(_PLACE):
            refresh.forget(form.instance, now=timezone.now())

    @admin.display(description=gettext_lazy("who is on call?"))
    def who_is_on_call(self, obj: Schedule) -> str | SafeString:
        if not obj.pk:
            return _("Shown here once the schedule is saved.")
        return format_html_join("\n", "<p>{}</p>", ((line,) for line in _lines(obj, now=timezone.now())))

    @admin.display(description=gettext_lazy("on call now"))
    def who_is_on_call_now(self, obj: Schedule) -> str:
        return _lines(obj, now=timezone.now())[0]


def _lines(schedule: Schedule, *, now: datetime) -> list[str]:
    if schedule.source == Schedule.Source.PORTAL:
        return _turns(schedule, now=now)
    lines = [
        _named(email=row.email, person=person, until=row.ends_at, zone=schedule.zone)
        for row, person in known.named(schedule)
    ]
    read = (
        _("Last read on %(at)s.") % {"at": _there(schedule.read_at, schedule.zone)}
        if schedule.read_at
        else _("Not read yet.")
    )
    if not known.is_fresh(schedule, now=now):
        return [_("Nobody counts as on call."), *filter(None, [read, schedule.trouble])]
    return [*(lines or [_("Nobody.")]), *filter(None, [read, schedule.trouble])]


def _turns(schedule: Schedule, *, now: datetime) -> list[str]:
    listed = rota.turns(schedule.plain(), now, count=_TURNS_SHOWN)
    people = User.objects.in_bulk([turn.person_id for _begins, turn in listed if turn.person_id])
    lines = []
    for number, (begins, turn) in enumerate(listed):
        who = str(people[turn.person_id]) if turn.person_id else _("Nobody")
        words = {"who": who, "from": _there(begins, schedule.zone), "until": _there(turn.until, schedule.zone)}
        if number == 0:
            lines.append((_("%(who)s until %(until)s.") if turn.until else _("%(who)s.")) % words)
        else:
            lines.append(_("From %(from)s on: %(who)s.") % words)
    return lines


def _named(*, email: str, person: User | None, until: datetime | None, zone: str) -> str:
    who = str(person) if person else _("%(email)s, who is nobody here") % {"email": email}
    return _("%(who)s until %(until)s.") % {"who": who, "until": _there(until, zone)} if until else f"{who}."


def _there(moment: datetime | None, zone: str) -> str:
    """Say a moment as the clocks of the place show it; in UTC where this machine knows no such place."""
    place = ZoneInfo(zone) if clocks.is_zone(zone) else UTC
    return formatted(moment.astimezone(place), "D j M Y, H:i T") if moment else ""
