"""How people sign in, as the admin shows it: links to set a password, and whom a provider's subject is."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from access.admin.base import signed_in
from access.core.errors import Conflict
from access.models import User
from access.people import invitations, sign_in


class SignIn:
    """For the page of people. Nobody types another's password here: a link lets them set their own."""

    actions: tuple[str, ...] = ("forget_matches",)
    change_form_outer_before_template = "admin/access/user/panels.html"

    def get_form(self: Any, request: HttpRequest, obj: User | None = None, change: bool = False, **more: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **more)  # type: ignore[misc]
        form.by = signed_in(request)
        return form

    def get_urls(self: Any) -> list[URLPattern]:
        """Django's page for another's password is not among them."""
        every = [one for one in super().get_urls() if one.name != "auth_user_password_change"]  # type: ignore[misc]
        view = self.admin_site.admin_view(self.invite)
        mail = self.admin_site.admin_view(self.invite_by_mail)
        own = [
            path("<int:pk>/invite/", view, name="access_user_invite"),
            path("<int:pk>/invite-by-mail/", mail, name="access_user_mail"),
        ]
        return [*own, *every]

    def changeform_view(
        self: Any, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:  # fmt: skip
        waits = object_id and User.objects.filter(pk=object_id if object_id.isdecimal() else 0, last_login=None).first()
        shown = {
            **(extra_context or {}), "local_accounts": settings.LOCAL_ACCOUNTS,
            "invited_by_mail": bool(waits and not invitations.why_no_mail(waits)),
        }  # fmt: skip
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, shown)  # type: ignore[misc]
        return answer

    @method_decorator(require_POST)
    @method_decorator(never_cache)
    @sensitive_variables("token")
    def invite(self: Any, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the link and show it, this one time."""
        if not self.has_change_permission(request):
            # First, so that nobody else learns who there is.
            raise PermissionDenied(_("Only an admin can invite somebody to set a password."))
        person = get_object_or_404(User, pk=pk)
        if not settings.LOCAL_ACCOUNTS:
            raise PermissionDenied(_("Local accounts are switched off: people sign in with a provider."))
        try:
            token = invitations.invite(person=person, by=signed_in(request), now=timezone.now())
        except Conflict as refusal:
            messages.error(request, str(refusal))
            return redirect(reverse("admin:access_user_change", args=[pk]))
        link = settings.BASE_URL + reverse("invitation", args=[pk, token])
        context = {
            **self.admin_site.each_context(request), "title": _("Invitation of %(person)s") % {"person": person},
            "person": person, "link": link, "opts": self.opts,
        }  # fmt: skip
        return render(request, "admin/access/user/invited.html", context)

    @method_decorator(require_POST)
    def invite_by_mail(self: Any, request: HttpRequest, pk: int) -> HttpResponse:
        """Have somebody who never signed in told how to, as often as they need it."""
        if not self.has_change_permission(request):
            raise PermissionDenied(_("Only an admin can invite somebody."))
        person = get_object_or_404(User, pk=pk)
        try:
            invitations.invite_by_mail(person=person, by=signed_in(request), now=timezone.now())
        except Conflict as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("An invitation to %(email)s is on its way.") % {"email": person.email})
        return redirect(reverse("admin:access_user_change", args=[pk]))

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
