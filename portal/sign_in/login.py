"""Signing in with a provider: who is let in, and what those read who are not.

An account is matched by the provider's subject. The first time it is matched by the e-mail, once, and only by
one that the provider has verified; after that a changed e-mail moves nothing.
"""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from social_core.exceptions import (
    AuthAssociationError,
    AuthCanceled,
    AuthProviderError,
    AuthSessionError,
    SocialAuthBaseException,
)
from social_django import views
from social_django.middleware import SocialAuthExceptionMiddleware
from social_django.models import UserSocialAuth

from access.models import User
from access.people import people, refused_sign_ins, sign_in
from integrations.storable import storable
from portal.pages import login_provider
from portal.sign_in.client_address import client_address
from portal.sign_in.providers import SignInRefused

logger = logging.getLogger(__name__)

# To begin is a POST with a CSRF token, to complete is the provider's redirect.
urls = (
    [
        path("sso/<str:backend>/", login_provider.begin, name="begin"),
        path("sso/<str:backend>/done/", views.complete, name="complete"),
    ],
    "social",
)


def check_email(backend: Any, details: dict[str, Any], response: Any, **_future: Any) -> dict[str, Any]:
    """Let on only an e-mail that the provider vouches for, of a domain that is allowed. Raises SignInRefused."""
    email = backend.vouched_email(response).strip().lower()
    if not email:
        raise SignInRefused(backend, _("Your sign-in provider does not say that your e-mail address is verified."))
    if not _is_plain_address(email):
        raise SignInRefused(backend, _("Your sign-in provider names an e-mail address that can't be used here."))
    domain = email.rpartition("@")[2]
    if settings.ALLOWED_EMAIL_DOMAINS and domain not in settings.ALLOWED_EMAIL_DOMAINS:
        raise SignInRefused(backend, _("Addresses of %(domain)s may not sign in here.") % {"domain": domain})
    return {"details": {**storable(details), "email": email}}


def find_person(
    backend: Any, details: dict[str, Any], user: User | None = None, social: Any = None, **more: Any
) -> dict[str, Any]:
    """Find whose account it is, or make one without any rights. Never the account of a known other subject."""
    if social:
        if user is None or not _may_sign_in(user):
            raise SignInRefused(backend, _("Your account here is switched off. Ask an admin."))
        return {"user": user}
    try:
        found, social = _match(backend, details, user=user, uid=more["uid"], id_key=more.get("id_key", ""))
    except (IntegrityError, ValidationError) as error:
        raise SignInRefused(backend, _("You signed in twice at the same moment. Try again.")) from error
    return {"user": found, "social": social, "new_association": True}


@transaction.atomic
def _match(
    backend: Any, details: dict[str, Any], *, user: User | None, uid: str, id_key: str
) -> tuple[User, UserSocialAuth]:
    """Match by the e-mail, this once, with the account locked: of two subjects at the same moment one is refused."""
    now = timezone.now()
    known = people.with_email(details["email"])
    found = known or people.join(email=details["email"], name=details.get("fullname") or "", now=now)
    found = User.objects.select_for_update(no_key=True).get(pk=found.pk)
    if not _may_sign_in(found):
        raise SignInRefused(backend, _("Your account here is switched off. Ask an admin."))
    if user and user != found:
        raise SignInRefused(backend, _("You are signed in as %(person)s. Sign out first.") % {"person": user})
    if UserSocialAuth.objects.filter(user=found, provider=backend.name).exists():
        text = _("The account %(email)s belongs to another sign-in at your provider. Ask an admin.")
        raise SignInRefused(backend, text % {"email": found.email})
    social = UserSocialAuth.objects.create(user=found, provider=backend.name, uid=uid, id_key=id_key)
    sign_in.matched(user=found, way=type(backend).__name__, now=now)
    return found, social


def _may_sign_in(person: User) -> bool:
    return person.is_active and not person.is_bot


def _is_plain_address(email: str) -> bool:
    """Whether it is an address in ASCII: databases take some foreign letters for the ones that they look like."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return email.isascii()


class RefusedSignInMiddleware(SocialAuthExceptionMiddleware):  # type: ignore[misc]
    """Leads back to the sign-in page with a sentence; what the provider wrote goes to the log at most."""

    def get_message(self, request: HttpRequest, exception: Exception) -> str:
        backend = getattr(getattr(request, "backend", None), "name", "")
        code, stage = getattr(exception, "code", ""), getattr(exception, "stage", "")
        text = type(exception).__name__
        refused_sign_ins.note(way=backend or "provider", text=text, address=client_address(request), now=timezone.now())
        logger.warning("Sign-in refused: %s %s %s %s", backend, type(exception).__name__, code, stage)
        if isinstance(exception, SignInRefused):
            return exception.sentence
        if code in ("response_expired", "response_not_yet_valid"):
            return _("The clocks of this portal and of your sign-in provider differ by too much. Tell an admin.")
        if isinstance(exception, AuthCanceled):
            return _("The sign-in was cancelled.")
        if isinstance(exception, AuthProviderError):
            return _("Your sign-in provider did not answer. Try again in a moment.")
        if isinstance(exception, AuthSessionError):
            return _("The sign-in took too long, or was started in another window. Try again.")
        if isinstance(exception, AuthAssociationError):
            return _("This sign-in belongs to another account. Sign out first.")
        return _("The sign-in did not work. Try again, and tell an admin if it does not get better.")

    def raise_exception(self, request: HttpRequest, exception: Exception) -> bool:
        return not isinstance(exception, SocialAuthBaseException)

    @staticmethod
    def _log_error(exception: SocialAuthBaseException, status: int) -> None:
        """Leave it at the line above: a stranger can cause these, and their text is the provider's."""
