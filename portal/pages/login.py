"""Signing in and out. In the demo, and on this machine only, as any of its people."""

import ipaddress
from collections.abc import Sequence
from datetime import datetime

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.request import split_domain_port
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from access.core import durations
from access.models import User
from access.people import known_people, people, refused_sign_ins, sign_in
from portal.forms.login import LoginForm
from portal.pages import login_passkey
from portal.pages.http import safe_next
from portal.sign_in import devices
from portal.sign_in.client_address import client_address

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    onward = safe_next(request, resolve_url("home"))
    if request.user.is_authenticated:
        return redirect(onward)
    if request.method == "POST" and not settings.LOCAL_ACCOUNTS:
        return HttpResponseNotAllowed(["GET"])
    form = LoginForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        user, status = _check(request, form, now=timezone.now())
        if user:
            if login_passkey.is_asked(user):
                return login_passkey.begin(request, user, onward=onward, now=timezone.now())
            login(request, user)
            return devices.remember(redirect(onward), user)
    context = {
        "form": form,
        "onward": onward,
        "providers": settings.SIGN_IN_WITH,
        "local_accounts": settings.LOCAL_ACCOUNTS,
        "demo_people": _demo_people(request),
    }
    # The button of a provider leads to its own pages, which may redirect to others.
    answer: HttpResponse = csp_update(settings.LOGIN_CSP_EXTRA)(render)(
        request, "pages/login.html", context, status=status
    )
    return answer


@login_not_required
@require_POST
def enter_demo(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demo's people. Outside of the demo this address does not exist."""
    if not is_demo(request):
        raise Http404
    chosen = request.POST.get("email", "")
    user = next((one.user for one in known_people.known() if one.user.email == chosen), None)
    if user is None:
        raise Http404
    login(request, user, backend=BACKEND)
    return redirect(safe_next(request, resolve_url("home")))


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("login")


def is_demo(request: HttpRequest) -> bool:
    """Whether anybody may come in without a password: in the demo, and only from this machine to this machine."""
    host = split_domain_port(request.get_host())[0].strip("[]")
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return settings.DEMO and not forwarded and _is_loopback(host) and _is_loopback(request.META["REMOTE_ADDR"])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _demo_people(request: HttpRequest) -> Sequence[known_people.Known]:
    return known_people.known() if is_demo(request) else []


def _check(request: HttpRequest, form: LoginForm, *, now: datetime) -> tuple[User | None, int]:
    """Find whose e-mail and password these are; otherwise say on the form why nobody comes in."""
    if not form.is_valid():
        return None, 400
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    # As the account has it: a database takes some foreign letters for plain ones, and each way to write it would be
    # counted by itself.
    meant = people.with_email(email)
    email = meant.email if meant else email
    address = client_address(request)
    known = devices.knows(request, email)
    wait = sign_in.attempt(email=email, address=address, known=known, now=now)
    if wait:
        refused_sign_ins.note(way="password", text=_("Too many attempts."), address=address, now=now, email=email)
        text = _("Too many attempts. Try again in %(wait)s.")
        form.add_error(None, text % {"wait": durations.shown(wait.total_seconds())})
        return None, 429
    user = authenticate(request, username=email, password=password)
    if user is None or user.is_bot:
        refused_sign_ins.note(way="password", text=_("It was not let in."), address=address, now=now, email=email)
        form.add_error(None, _("This e-mail and password do not fit together, or the account is switched off."))
        return None, 400
    sign_in.succeeded(email=email)
    return user, 200
