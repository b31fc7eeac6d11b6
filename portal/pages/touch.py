"""A touch of the passkey, before an admin changes what decides who gets in."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access.core.errors import Refusal
from access.models import Challenge
from access.people import challenges
from access.people import passkeys as service
from access.people.rules import check_can_configure
from portal import passkeys
from portal.pages.http import PortalRequest, safe_next
from portal.sign_in import touch


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    check_can_configure(by=request.user)
    onward, now, refusal = safe_next(request, resolve_url("home")), timezone.now(), ""
    if request.method == "POST":
        try:
            found = challenges.answer(request.user, Challenge.Purpose.TOUCH, passkeys.signed(request), now=now)
            challenges.check_counts(found.passkey, now=now)
        except Refusal as caught:
            refusal = str(caught)
        else:
            touch.note(request, found.passkey, now=now)
            return redirect(onward)
    context = {"onward": onward, "refusal": refusal, "rows": service.of(request.user), "lasts": touch.LASTS}
    return render(request, "pages/touch.html", context, status=422 if refusal else 200)


@require_POST
@passkeys.told
def options(request: PortalRequest) -> JsonResponse:
    check_can_configure(by=request.user)
    said = {"usher": "touch 1", "person": request.user.email}
    site, now = passkeys.site(), timezone.now()
    challenge = challenges.ask(request.user, Challenge.Purpose.TOUCH, said, site=site, now=now)
    return passkeys.asked(service.to_sign(request.user, challenge, site=site), verb="get")
