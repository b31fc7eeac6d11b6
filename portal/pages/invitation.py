"""Setting one's password by the link of an invitation: once, within a day."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access.models import User
from access.people import invitations


@login_not_required
@never_cache
@sensitive_post_parameters("new_password1", "new_password2")
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Answer a link that invites nobody, whoever it names, with one and the same page."""
    person = invitations.find(pk, token) if settings.LOCAL_ACCOUNTS else None
    if person is None:
        return render(request, "pages/invitation.html", {}, status=HTTPStatus.NOT_FOUND)
    form: SetPasswordForm[User] = SetPasswordForm(person, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        password = form.cleaned_data["new_password1"]
        invitations.accept(person=person, token=token, password=password, now=timezone.now())
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("login")
    status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    return render(request, "pages/invitation.html", {"form": form, "person": person}, status=status)
