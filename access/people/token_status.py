"""API tokens for lists."""

from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.models import Token, User

LIVE, EXPIRED, REVOKED, ASLEEP = "live", "expired", "revoked", "inactive"
STATUSES: Final[dict[str, str | Promise]] = {
    LIVE: _("Live"),
    EXPIRED: _("Expired"),
    REVOKED: _("Revoked"),
    ASLEEP: _("Its person is not active"),
}


def listed() -> QuerySet[Token]:
    """List every token, the newest first."""
    return Token.objects.select_related("person").order_by("-created_at", "-pk")


def visible_to(person: User) -> QuerySet[Token]:
    """List a person's own tokens, for an admin everybody's."""
    return listed() if person.is_admin else listed().filter(person=person)


def status(token: Token, *, now: datetime) -> str:
    """Name what has become of it; see STATUSES."""
    if token.revoked_at:
        return REVOKED
    if token.expires_at <= now:
        return EXPIRED
    return LIVE if token.person.is_active else ASLEEP
