"""A person's passkeys: register, rename, remove; and for admins, those of others that wait for their word."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access.core.errors import Invalid
from access.models import Passkey, User
from access.people import passkeys as service
from access.people.rules import check_may_change
from portal import passkeys
from portal.forms.passkeys import PasskeyForm
from portal.pages.http import PortalRequest, errors_on


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    now = timezone.now()
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with errors_on(form):
            signed, wait = passkeys.signed(request), settings.PASSKEY_WAIT
            service.register(person=request.user, name=form.cleaned_data["name"], signed=signed, wait=wait, now=now)
            messages.success(request, _("Your passkey is registered. You and the admins are being told."))
            return redirect("passkeys")
    return _page(request, form)


@require_POST
def rename(request: PortalRequest, pk: int) -> HttpResponse:
    passkey = _found(request.user, pk)
    form = PasskeyForm()
    try:
        service.rename(passkey=passkey, name=request.POST.get("name", ""), by=request.user, now=timezone.now())
    except Invalid as refusal:
        return _page(request, form, status=422, renamed=passkey.pk, wrong=str(refusal))
    messages.success(request, _("The passkey has its new name."))
    return redirect("passkeys")


@require_POST
@passkeys.told
def options(request: PortalRequest) -> JsonResponse:
    """What the browser is asked for a new passkey."""
    asked = service.to_register(request.user, site=passkeys.site(), now=timezone.now())
    return passkeys.asked(asked, verb="create")


@require_POST
def remove(request: PortalRequest, pk: int) -> HttpResponse:
    passkey = _found(request.user, pk)
    service.remove(passkey=passkey, by=request.user, now=timezone.now())
    messages.success(request, _("The passkey “%(name)s” signs nothing any more.") % {"name": passkey})
    return _back(request, passkey)


@require_POST
def confirm(request: PortalRequest, pk: int) -> HttpResponse:
    passkey = _found(request.user, pk)
    service.confirm(passkey=passkey, by=request.user, now=timezone.now())
    messages.success(request, _("The passkey “%(name)s” counts from now on.") % {"name": passkey})
    return _back(request, passkey)


def _page(request: PortalRequest, form: PasskeyForm, *, status: int = 200, **more: Any) -> HttpResponse:
    waiting = [(one, False) for one in service.waiting(request.user, now=timezone.now())]
    context = {
        "form": form, "rows": rows(request.user), "wait": settings.PASSKEY_WAIT, "site": passkeys.site(),
        "waiting": waiting, **more,
    }  # fmt: skip
    return render(request, "pages/passkeys.html", context, status=422 if form.errors else status)


def rows(person: User) -> list[tuple[Passkey, bool]]:
    """Each of a person's passkeys, and whether it counts."""
    now = timezone.now()
    return [(one, one.counts(now)) for one in service.of(person)]


def _found(reader: User, pk: int) -> Passkey:
    """One's own, or for an admin anybody's. Raises Http404, and NotAllowed for an auditor."""
    all_ = Passkey.objects.select_related("person")
    found = (all_ if reader.is_admin else all_.filter(person=reader)).filter(pk=pk).first()
    if found is None:
        check_may_change(reader)
        raise Http404(_("There is no such passkey of yours."))
    return found


def _back(request: PortalRequest, passkey: Passkey) -> HttpResponse:
    if passkey.person_id == request.user.pk or request.POST.get("from") == "waiting":
        return redirect("passkeys")
    return redirect("person", pk=passkey.person_id)
