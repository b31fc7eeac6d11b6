"""People: who signs in, who is active, and who may open the admin. Nobody is deleted: the log tells of them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms.models import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.admin.base import SetUp, signed_in
from access.admin.erase_contact import EraseContact
from access.admin.person_forms import PersonAddForm, PersonForm
from access.admin.sign_in import SignIn
from access.admin.site import site
from access.config import deactivate
from access.config.provisioning import people
from access.models import Flow, User
from access.policy import approvers, askers, check_flows, simulate
from access.requests import offboard


@admin.register(User, site=site)
class PersonAdmin(EraseContact, SignIn, SetUp, UserAdmin):  # type: ignore[misc]  # its own log is Django's, which is not written
    form = PersonForm
    actions = ("deactivate", "hand_over", "forget_matches")
    add_form = PersonAddForm
    add_form_template = None
    fieldsets = (
        (None, {"fields": ("email", "name", "manager", "on_call_email", "is_active", "is_bot")}),
        (gettext_lazy("The admin"), {"fields": ("is_staff", "is_superuser", "is_auditor", "user_permissions")}),
        (gettext_lazy("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "is_bot")}),)
    # A person who becomes a bot would keep their sessions, and a bot that becomes a person its tokens.
    readonly_fields = ("is_bot", "joined_at", "last_login")
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "is_auditor", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "is_auditor")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    autocomplete_fields = ("manager",)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        return actions if signed_in(request).is_admin else {}

    @admin.action(description=gettext_lazy("Deactivate: what they hold ends, what they asked for is withdrawn"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Taking away needs no second pair of eyes: it works also where the set-up changes by files alone."""
        by, now = signed_in(request), timezone.now()
        if not by.is_admin:
            raise PermissionDenied
        for person in queryset:
            deactivate.decided_here(person)  # also of whom the directory switched off before
        for person in queryset.filter(is_active=True).exclude(pk=by.pk):
            deactivate.deactivate(person, by=by, now=now)
            messages.info(request, _("%(person)s is deactivated, and what they hold is ending.") % {"person": person})
        check_flows.look_soon(now=now)

    @admin.action(description=gettext_lazy("Let the directory keep them: their name, and whether they are here"))
    def hand_over(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For accounts with rights, which the directory can't take over by their e-mail."""
        by, now = signed_in(request), timezone.now()
        if not by.sets_up:
            raise PermissionDenied
        done = sum(people.hand_over(one, by=by, now=now) for one in queryset)
        text = _("The company's directory keeps so many of them from now on: %(count)d.")
        messages.info(request, text % {"count": done})

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ("joined_at", "last_login")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        decides = request.GET.get("field_name") in ("people", "members", "manager")
        people = queryset.filter(is_active=True, is_auditor=False) if decides else queryset
        return super().get_search_results(request, people, search_term)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data and obj.mappings.exclude(account_id="").exists():
            messages.info(request, _("The user mappings of %(person)s were left as they are.") % {"person": obj})

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        check_flows.look_soon(now=timezone.now())
        person, now = form.instance, timezone.now()
        if change and "is_active" in form.changed_data:
            deactivate.decided_here(person)
        if change and "is_active" in form.changed_data and not person.is_active:
            offboard.leave(user=person, by=signed_in(request), now=now)
        elif change and "is_auditor" in form.changed_data and person.is_auditor:
            offboard.leave(user=person, by=signed_in(request), now=now, why="The person became an auditor.")
        else:
            return
        words = {"person": person, "flows": ", ".join(_stuck_without(person))}
        messages.info(request, _("What %(person)s asked for is withdrawn, and what they hold is ending.") % words)
        if words["flows"]:
            messages.warning(request, _("Without %(person)s nobody can approve a request in: %(flows)s.") % words)


def _stuck_without(user: User) -> list[str]:
    """Name the flows that ask this person, and where nobody's request could be approved now."""
    asking = Q(stages__pools__people=user) | Q(stages__pools__groups__members=user)
    flows = approvers.with_policies(Flow.objects.filter(asking, is_active=True).distinct().order_by("label"))
    return [one.label for one in flows if simulate.reach(approvers.of_flow(one), askers.of_flow(one)).dead_end]
