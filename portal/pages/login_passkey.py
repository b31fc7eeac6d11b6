"""The second step of signing in with a password: a passkey, or registering the first one where that is demanded.

Whose password was right is kept in the session of a browser that is not signed in yet, for a few minutes.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access.core.errors import Conflict, Refusal
from access.models import Challenge, Passkey, User
from access.people import challenges, refused_sign_ins
from access.people import passkeys as service
from portal import passkeys
from portal.forms.passkeys import PasskeyForm
from portal.pages.http import errors_on
from portal.sign_in import devices
from portal.sign_in.client_address import client_address

PENDING: Final = "password_was_right"
LASTS: Final = timedelta(minutes=10)


def is_asked(user: User) -> bool:
    """Whether this person's password does not let them in by itself."""
    return settings.LOCAL_ACCOUNTS_NEED_PASSKEY or Passkey.objects.filter(person=user).exists()


def begin(request: HttpRequest, user: User, *, onward: str, now: datetime) -> HttpResponse:
    """Go on to the second step."""
    request.session.cycle_key()
    request.session[PENDING] = {
        "person": user.pk, "backend": user.backend, "password": user.get_session_auth_hash(), "onward": onward,
        "until": (now + LASTS).isoformat(),
    }  # fmt: skip
    return redirect("login-passkey")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    user = _pending(request, now=now)
    if user is None:
        return redirect("login")
    has_one = Passkey.objects.filter(person=user).exists()
    form = PasskeyForm(request.POST if request.method == "POST" and not has_one else None)
    refusal = ""
    if request.method == "POST" and (has_one or form.is_valid()):
        try:
            with errors_on(form):
                return _enter(request, user, _proven(request, user, form, has_one=has_one, now=now))
        except Refusal as caught:
            refusal = str(caught)
            refused_sign_ins.note(
                way="passkey", text=refusal, address=client_address(request), now=now, email=user.email
            )
    context = {"form": form, "has_one": has_one, "refusal": refusal, "person_here": user}
    return render(request, "pages/login_passkey.html", context, status=403 if refusal else 422 if form.errors else 200)


@login_not_required
@require_POST
@passkeys.told
def options(request: HttpRequest) -> JsonResponse:
    """What the browser is asked for: a signature, or a first passkey."""
    now = timezone.now()
    user = _pending(request, now=now)
    if user is None:
        raise Conflict(_("You waited for too long. Sign in with your password again."))
    if not Passkey.objects.filter(person=user).exists():
        return passkeys.asked(service.to_register(user, site=passkeys.site(), now=now), verb="create")
    said = {"usher": "sign in 1", "person": user.email}
    challenge = challenges.ask(user, Challenge.Purpose.SIGN_IN, said, site=passkeys.site(), now=now)
    return passkeys.asked(service.to_sign(user, challenge, site=passkeys.site()), verb="get")


def _proven(request: HttpRequest, user: User, form: PasskeyForm, *, has_one: bool, now: datetime) -> Passkey:
    """The passkey that signed, or a first one. Raises a refusal."""
    signed = passkeys.signed(request)
    if has_one:
        return challenges.answer(user, Challenge.Purpose.SIGN_IN, signed, now=now).passkey
    name = form.cleaned_data["name"]
    return service.register(person=user, name=name, signed=signed, wait=settings.PASSKEY_WAIT, now=now)


def _enter(request: HttpRequest, user: User, passkey: Passkey) -> HttpResponse:
    pending = request.session.pop(PENDING)
    request.passkey = passkey.name  # type: ignore[attr-defined]  # for the log, which hears of it by a signal
    login(request, user, backend=pending["backend"])
    messages.success(request, _("You signed in with the passkey “%(name)s”.") % {"name": passkey})
    return devices.remember(redirect(pending["onward"] or resolve_url("home")), user)


def _pending(request: HttpRequest, *, now: datetime) -> User | None:
    """Whose password was right a moment ago in this browser, and still is."""
    pending = request.session.get(PENDING)
    if not pending or datetime.fromisoformat(pending["until"]) <= now or not settings.LOCAL_ACCOUNTS:
        return None
    user = User.objects.filter(pk=pending["person"], is_active=True, is_bot=False).first()
    return user if user and user.get_session_auth_hash() == pending["password"] else None
