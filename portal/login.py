"""Signing in with an OpenID Connect provider: who is let in, and what those read who are not.

An account is matched by the provider's subject. The first time it is matched by the e-mail, once, and only by
one that the provider has verified; after that a changed e-mail moves nothing.
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import (
    AuthAssociationError,
    AuthCanceled,
    AuthPolicyError,
    AuthProviderError,
    AuthSessionError,
    SocialAuthBaseException,
)
from social_django import views
from social_django.middleware import SocialAuthExceptionMiddleware
from social_django.models import UserSocialAuth

from access.models import User
from access.services import people

logger = logging.getLogger(__name__)

# Only these two of social-auth's pages: to begin is a POST with a CSRF token, to complete is the provider's redirect.
urls = (
    [
        path("sso/<str:backend>/", views.auth, name="begin"),
        path("sso/<str:backend>/done/", views.complete, name="complete"),
    ],
    "social",
)


class SignInRefused(AuthPolicyError):  # type: ignore[misc]
    """The provider knows this person, and we don't let them in. The sentence is for them."""

    def __init__(self, backend: OpenIdConnectAuth, sentence: str) -> None:
        super().__init__(backend)
        self.sentence = sentence


def check_claims(backend: OpenIdConnectAuth, details: dict[str, Any], response: Any, **_future: Any) -> None:
    """Let on only an e-mail that the provider has verified, of a domain that is allowed."""
    email = str(details.get("email") or "")
    # The e-mail and its mark come from the same document, never one from each.
    claims = response if "email" in response else backend.id_token or {}
    if not email or claims.get("email_verified") not in (True, "true"):
        raise SignInRefused(backend, _("Your sign-in provider does not say that your e-mail address is verified."))
    domain = email.rpartition("@")[2].lower()
    if settings.ALLOWED_EMAIL_DOMAINS and domain not in settings.ALLOWED_EMAIL_DOMAINS:
        raise SignInRefused(backend, _("Addresses of %(domain)s may not sign in here.") % {"domain": domain})


def find_person(
    backend: OpenIdConnectAuth, details: dict[str, Any], user: User | None = None, social: Any = None, **_future: Any
) -> dict[str, Any]:
    """Find whose account it is, or make one without any rights. Never the account of a known other subject."""
    email = details["email"]
    found = user if social else people.with_email(email)
    if found is None:
        found = people.join(email=email, name=details.get("fullname") or "", now=timezone.now())
    elif not found.is_active or found.is_bot:
        raise SignInRefused(backend, _("Your account here is switched off. Ask an admin."))
    if user and user != found:
        raise SignInRefused(backend, _("You are signed in as %(person)s. Sign out first.") % {"person": user})
    if social is None and UserSocialAuth.objects.filter(user=found, provider=backend.name).exists():
        text = _("The account %(email)s belongs to another sign-in at your provider. Ask an admin.")
        raise SignInRefused(backend, text % {"email": found.email})
    return {"user": found}


class RefusedSignInMiddleware(SocialAuthExceptionMiddleware):  # type: ignore[misc]
    """Leads back to the sign-in page with a sentence; what the provider wrote goes to the log at most."""

    def get_message(self, request: HttpRequest, exception: Exception) -> str:
        logger.warning("Sign-in refused: %s", getattr(exception, "code", type(exception).__name__))
        if isinstance(exception, SignInRefused):
            return exception.sentence
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
