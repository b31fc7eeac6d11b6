"""Begin to sign in with a provider: not too often, and without leaving more behind than is needed.

Beside it, what a SAML provider is told of the portal.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from social_django import views
from social_django.models import Association, Nonce
from social_django.utils import load_backend, load_strategy

from access.core.errors import Conflict
from access.people import sign_in
from portal.sign_in.client_address import client_address

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


@login_not_required
@require_safe
def saml_metadata(request: HttpRequest) -> HttpResponse:
    """The portal's names, addresses and certificate, for who sets it up at the provider. Nothing of it is secret."""
    if "saml" not in settings.SIGN_IN_WITH:
        raise Http404
    backend = load_backend(load_strategy(request), "saml", reverse("social:complete", args=["saml"]))
    metadata, problems = backend.generate_metadata_xml()
    if problems:
        raise Conflict(_("The SAML settings do not make valid metadata: %(text)s.") % {"text": ", ".join(problems)})
    return HttpResponse(metadata, content_type="application/samlmetadata+xml")


def _forget_expired(request: HttpRequest, now: datetime) -> None:
    Association.cleanup_expired(int(now.timestamp()))
    Nonce.objects.filter(timestamp__lt=int((now - KEPT).timestamp())).delete()
    request.session.clear_expired()
