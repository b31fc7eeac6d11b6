"""For the page of people: erase how somebody who has left could be reached, once their address is typed."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.admin.base import signed_in
from access.core.errors import Conflict
from access.models import User
from access.people import contact


class EraseContact:
    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.erase_contact)
        return [path("<int:pk>/erase/", view, name="access_user_erase"), *super().get_urls()]  # type: ignore[misc]

    @method_decorator(require_http_methods(["GET", "POST"]))
    @method_decorator(never_cache)
    def erase_contact(self: Any, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the address as a confirmation, and erase. Taking away needs no second pair of eyes."""
        by = signed_in(request)
        if not by.is_admin:
            # First, so that nobody else learns who there is.
            raise PermissionDenied(_("Only an admin can erase somebody's contact data."))
        person = get_object_or_404(User, pk=pk)
        wrong = ""
        try:
            contact.check_can_erase(person, by=by)
            if request.method == "POST":
                if request.POST.get("email", "").strip().lower() == person.email.lower():
                    return self._erase(request, person)
                wrong = _("Type %(email)s to confirm.") % {"email": person.email}
        except Conflict as refusal:
            messages.error(request, str(refusal))
            return redirect(reverse("admin:access_user_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request), "person": person, "opts": self.opts, "wrong": wrong,
            "title": _("Erase the contact data of %(person)s") % {"person": person},
        }  # fmt: skip
        return render(request, "admin/access/user/erase.html", context, status=422 if wrong else 200)

    def _erase(self: Any, request: HttpRequest, person: User) -> HttpResponse:
        done = contact.erase(person, by=signed_in(request), now=timezone.now())
        messages.success(request, done.told(str(person)))
        return redirect(reverse("admin:access_user_change", args=[person.pk]))
