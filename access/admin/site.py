"""The admin's site. Only what is registered here can be seen: no other app's tables, and never a stored task."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from access.admin import second_admin
from access.admin.lookups import Accounts, Autocomplete, Lookup, Roles
from access.alerts import alerts, mapping_alerts
from access.config.first_hour import steps
from access.core.errors import NotAllowed
from access.models import DirectoryPerson, DirectoryRole, User


class UsherAdminSite(UnfoldAdminSite):
    index_template = "admin/start.html"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Let staff in, turn others away with a sentence, and loosen the browser's policy as far as the theme needs."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            self._check(request)
            shown = csp_update(settings.ADMIN_CSP_EXTRA)(guarded)
            if second_admin.is_needed(request):
                return second_admin.propose(lambda: shown(request, *args, **kwargs), request)
            return shown(request, *args, **kwargs)

        return update_wrapper(inner, guarded)

    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Send people to the portal's own page: there is one way to sign in."""
        self._check(request)
        home = reverse("admin:index")
        if request.user.is_authenticated:
            return redirect(home)
        return redirect_to_login(request.GET.get("next") or home, settings.LOGIN_URL)

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.opens_admin

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What needs an admin, and the way back to the set-up path until the first access was confirmed."""
        if not signed_in_admin(request):
            return super().index(request, extra_context)
        shown = {
            "setup": None if steps.is_over() else steps.progress(),
            "alerts": [*alerts.for_admin(now=timezone.now()), *mapping_alerts.for_start()],
        }
        return super().index(request, {**shown, **(extra_context or {})})

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one app, and its page is the start."""
        return redirect("admin:index")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if not settings.LOCAL_ACCOUNTS:
            raise NotAllowed(_("Local accounts are switched off: people sign in with a provider."))
        from access.admin.person_forms import OwnPasswordForm  # models' forms need the site's apps to be loaded

        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return Autocomplete.as_view(admin_site=self)(request)

    def extra_urls(self) -> list[URLPattern]:
        from access.admin import letters  # it needs this site's models to be loaded

        roles = Lookup.as_view(admin_site=self, searched=Roles(DirectoryRole, self))
        accounts = Lookup.as_view(admin_site=self, searched=Accounts(DirectoryPerson, self))
        return [
            path("lookup/roles/", self.admin_view(roles), name="roles"),
            path("lookup/accounts/", self.admin_view(accounts), name="accounts"),
            *letters.urls(self),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Only where it is looked at, which no page of ours does: the theme's own list is in its place."""
        return SimpleLazyObject(lambda: super(UsherAdminSite, self).get_app_list(request, app_label))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        # The colours are in our own style sheet: in the page they would need a weaker policy.
        context = {**super().each_context(request), "colors": None}
        if not settings.LOCAL_ACCOUNTS:
            # In the place of the link that changes a password.
            context["account_links"] = [{"title": _("Your account"), "link": reverse("account")}]
        return context

    def _check(self, request: HttpRequest) -> None:
        if request.user.is_authenticated and not self.has_permission(request):
            raise NotAllowed(_("Only people who may open the admin can see this page."))


def signed_in_admin(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_admin


site = UsherAdminSite(name="admin")
site.disable_action("delete_selected")
