"""Which e-mail of a provider counts: one that it vouches for, of an allowed domain."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from access.config.provisioning.rules import LONGEST_EMAIL
from integrations.storable import storable
from portal.sign_in.providers import SignInRefused


def check_email(backend: Any, details: dict[str, Any], response: Any, **_future: Any) -> dict[str, Any]:
    """Let on only an e-mail that the provider vouches for, of a domain that is allowed. Raises SignInRefused."""
    email = backend.vouched_email(response).strip().lower()
    if not email:
        said = str(details.get("email") or "")
        text = _("Your sign-in provider does not say that your e-mail address is verified.")
        raise SignInRefused(backend, text, reason="not verified" if said else "no e-mail", email=said)
    if not is_plain_address(email):
        text = _("Your sign-in provider names an e-mail address that can't be used here.")
        raise SignInRefused(backend, text, reason="unusable e-mail")
    domain = email.rpartition("@")[2]
    if settings.ALLOWED_EMAIL_DOMAINS and domain not in settings.ALLOWED_EMAIL_DOMAINS:
        text = _("Addresses of %(domain)s may not sign in here.") % {"domain": domain}
        raise SignInRefused(backend, text, reason="domain", email=email)
    return {"details": {**storable(details), "email": email}}


def is_plain_address(email: str) -> bool:
    """Whether it is an address in ASCII: databases take some foreign letters for the ones that they look like.

    And not in quotation marks, which are another way to write the same.
    """
    try:
        validate_email(email)
    except ValidationError:
        return False
    return email.isascii() and '"' not in email and len(email) <= LONGEST_EMAIL
