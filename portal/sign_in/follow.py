"""After a sign-in: name and e-mail follow the provider, and so do the groups that it names."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from access.config.provisioning import claims, follow_sign_in
from access.models import User
from access.people import unproven


def follow(backend: Any, details: dict[str, Any], response: Any, user: User, **more: Any) -> dict[str, Any]:
    """The first sign-in has matched by the e-mail, and so has nothing to change; the groups follow each one."""
    now = timezone.now()
    if not more.get("new_association"):
        unproven.prove(user, email=details["email"])
        follow_sign_in.follow(user, email=details["email"], name=details.get("fullname") or "", now=now)
        user.refresh_from_db()
    key = {"oidc": settings.OIDC_GROUPS_CLAIM, "saml": settings.SAML_GROUPS_ATTRIBUTE}.get(backend.name, "")
    if key:
        claims.follow(user, named(backend, response, key), now=now)
    return {"user": user}


def named(backend: Any, response: dict[str, Any], key: str) -> list[str]:
    """The groups that the provider names; none where it names none, or too many to name.

    Only where they are looked for: fields that people fill in on their own may have any name elsewhere.
    """
    is_saml = backend.name == "saml"
    places = [response.get("attributes")] if is_saml else [getattr(backend, "id_token", None), response]
    said: Any = next((one[key] for one in places if isinstance(one, dict) and key in one), [])
    return [str(one) for one in (said if isinstance(said, list) else [said]) if one]
