"""How people sign in, as the admin shows it: passwords while there are any, and whom a provider's subject is."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from social_django.models import UserSocialAuth

from access.admin.base import signed_in
from access.admin.person_forms import PersonOfProviderForm
from access.models import User
from access.people import sign_in

PASSWORDS = ("password", "usable_password", "password1", "password2")


class SignIn:
    """For the page of people. Without local accounts nothing on it is about passwords."""

    actions: tuple[str, ...] = ("forget_matches",)

    def get_fieldsets(self: Any, request: HttpRequest, obj: User | None = None) -> Any:
        shown = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if settings.LOCAL_ACCOUNTS:
            return shown
        return [
            (title, {**rest, "fields": [name for name in rest["fields"] if name not in PASSWORDS]})
            for title, rest in shown
        ]

    def get_form(self: Any, request: HttpRequest, obj: User | None = None, change: bool = False, **more: Any) -> Any:
        if obj is None and not settings.LOCAL_ACCOUNTS:
            more["form"] = PersonOfProviderForm
        form: Any = super().get_form(request, obj, change=change, **more)  # type: ignore[misc]
        form.by = signed_in(request)
        return form

    def user_change_password(self: Any, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        # Whoever sets a password can act as that person, an approver for example.
        if not self.has_change_permission(request):
            raise PermissionDenied(_("Only an admin can set somebody's password."))
        if not settings.LOCAL_ACCOUNTS:
            raise PermissionDenied(_("Local accounts are switched off: people sign in with a provider."))
        if UserSocialAuth.objects.filter(user=id).exists():
            raise PermissionDenied(_("They sign in with a provider, so nobody sets a password for them any more."))
        with transaction.atomic():
            answer: HttpResponse = super().user_change_password(request, id, form_url)  # type: ignore[misc]
        return answer

    @admin.action(description=gettext_lazy("Match again by e-mail when they next sign in"), permissions=["change"])
    def forget_matches(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For when somebody has a new account at the provider, or the provider was replaced."""
        now = timezone.now()
        done = sum(sign_in.forget_matches(user=one, by=signed_in(request), now=now) for one in queryset)
        text = ngettext(
            "%(count)d person is matched again when they next sign in.",
            "%(count)d people are matched again when they next sign in.",
            done,
        )
        messages.info(request, text % {"count": done})
