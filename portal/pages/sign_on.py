"""Begin to sign in with a provider: not too often, and without leaving more behind than is needed."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from social_django import views
from social_django.models import Association, Nonce

from access.services import sign_in
from portal.pages.login import client_address

# Sign-ins that were begun and never completed are of no use after this time.
KEPT: Final = timedelta(hours=1)


@login_not_required
@never_cache
@require_POST
def begin(request: HttpRequest, backend: str) -> HttpResponse:
    """Lead to the provider. What is begun is kept in the session, so only the same browser can complete it."""
    now = timezone.now()
    if not sign_in.begin(address=client_address(request), now=now):
        messages.error(request, _("Too many sign-ins were begun at your address. Try again in a few minutes."))
        return redirect("login")
    _forget_expired(request, now)
    answer: HttpResponse = views.auth(request, backend)
    return answer


def _forget_expired(request: HttpRequest, now: datetime) -> None:
    Association.cleanup_expired(int(now.timestamp()))
    Nonce.objects.filter(timestamp__lt=int((now - KEPT).timestamp())).delete()
    request.session.clear_expired()
