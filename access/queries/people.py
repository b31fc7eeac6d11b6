"""People, and what they are here for."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from access.models import User


@dataclass(frozen=True)
class Known:
    user: User
    role: str  # in words


def known() -> list[Known]:
    """List everybody who can sign in, with what they do here."""
    active = User.objects.filter(is_active=True).prefetch_related("approver_in").order_by("name", "email")
    return [Known(one, _in_words(one)) for one in active]


def _in_words(user: User) -> str:
    flows = ", ".join(sorted(flow.label for flow in user.approver_in.all()))
    if user.is_admin:
        return (
            _("Sets everything up, and approves %(flows)s.") % {"flows": flows} if flows else _("Sets everything up.")
        )
    return _("Approves %(flows)s.") % {"flows": flows} if flows else _("Asks for access.")
