"""Signing in with a provider: who is let in, and what those read who are not.

An account is matched by the provider's subject. The first time it is matched by the e-mail, once, and only by
one that the provider has verified; after that a changed e-mail moves nothing.
"""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
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
from access.people import people, refused_sign_ins, sign_in, unproven
from portal.pages import login_provider
from portal.sign_in import reasons, trial
from portal.sign_in.client_address import client_address
from portal.sign_in.emails import is_plain_address
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


def find_person(
    backend: Any, details: dict[str, Any], user: User | None = None, social: Any = None, **more: Any
) -> dict[str, Any]:
    """Find whose account it is, or make one without any rights. Never the account of a known other subject."""
    if social:
        if user is None or not _may_sign_in(user):
            raise _switched_off(backend, details["email"])
        return {"user": user}
    try:
        found, social = _match(backend, details, user=user, uid=more["uid"], id_key=more.get("id_key", ""))
    except (IntegrityError, ValidationError) as error:
        text = _("You signed in twice at the same moment. Try again.")
        raise SignInRefused(backend, text, reason="replayed", email=details["email"]) from error
    return {"user": found, "social": social, "new_association": True}


@transaction.atomic
def _match(
    backend: Any, details: dict[str, Any], *, user: User | None, uid: str, id_key: str
) -> tuple[User, UserSocialAuth]:
    """Match by the e-mail, this once, with the account locked: of two subjects at the same moment one is refused."""
    now = timezone.now()
    found = people.with_email(details["email"]) or _newcomer(backend, details, now=now)
    found = User.objects.select_for_update(no_key=True).get(pk=found.pk)
    if not _may_sign_in(found):
        raise _switched_off(backend, found.email)
    if user and user != found:
        text = _("You are signed in as %(person)s. Sign out first.") % {"person": user}
        raise SignInRefused(backend, text, reason="session", email=found.email)
    if UserSocialAuth.objects.filter(user=found, provider=backend.name).exists():
        text = _("The account %(email)s belongs to another sign-in at your provider. Ask an admin.")
        raise SignInRefused(backend, text % {"email": found.email}, reason="other subject", email=found.email)
    if unproven.is_unproven(found):
        text = _("The directory has changed the e-mail of this account to %(email)s. Sign in as you did before, once.")
        raise SignInRefused(backend, text % {"email": found.email}, reason="other subject", email=found.email)
    social = UserSocialAuth.objects.create(user=found, provider=backend.name, uid=uid, id_key=id_key)
    sign_in.matched(user=found, way=type(backend).__name__, now=now)
    return found, social


def _newcomer(backend: Any, details: dict[str, Any], *, now: datetime) -> User:
    """Make an account, unless it would be somebody's second one; of several at the same moment one after the other."""
    email = details["email"]
    people.join_one_at_a_time()
    if known := people.with_email(email):
        return known
    if people.in_the_same_mailbox(email):
        text = _("You are known here by an address that differs by what follows a plus. Sign in with that one.")
        raise SignInRefused(backend, text, reason="same mailbox", email=email)
    if people.in_the_directory_otherwise(email):
        text = _("The directory has you by another address than %(email)s. Ask an admin.") % {"email": email}
        raise SignInRefused(backend, text, reason="other address", email=email)
    return people.join(email=email, name=details.get("fullname") or "", now=now)


def _switched_off(backend: Any, email: str) -> SignInRefused:
    text = _("Your account here is switched off. Ask an admin.")
    return SignInRefused(backend, text, reason="switched off", email=email)


def _may_sign_in(person: User) -> bool:
    return person.is_active and not person.is_bot


def _note(request: HttpRequest, exception: Exception) -> None:
    """Say in both logs why, whom it was about as far as is known, and what to do; never in the provider's words."""
    backend = getattr(request, "backend", None)
    name, reason = getattr(backend, "name", "") or "provider", reasons.of(exception)
    said = getattr(backend, "says", {})
    email = getattr(exception, "email", "") or str(said.get("email") or "") if isinstance(said, dict) else ""
    now, address = timezone.now(), client_address(request)
    refused_sign_ins.note(way=name, text=str(reason), reason=reason.code, address=address, now=now, email=email)
    kind, stage = type(exception).__name__, getattr(exception, "stage", "")
    about = email if is_plain_address(email) else "?"
    logger.warning("Sign-in refused: %s: %s. About %s. %s (%s, %s)", name, reason.code, about, reason, kind, stage)
    trial.note(request, reason)


class RefusedSignInMiddleware(SocialAuthExceptionMiddleware):  # type: ignore[misc]
    """Leads back to the sign-in page with a sentence; what the provider wrote goes to the log at most."""

    def get_message(self, request: HttpRequest, exception: Exception) -> str:
        code = getattr(exception, "code", "")
        _note(request, exception)
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
