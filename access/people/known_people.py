"""People, and what they are here for."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from access.models import Flow, User


@dataclass(frozen=True)
class Known:
    user: User
    role: str  # in words


def known() -> list[Known]:
    """List everybody who can sign in, with what they do here: those who ask first, then those who approve it."""
    labels: dict[int, set[str]] = {}
    for path in ("stages__pools__people", "stages__pools__groups__members"):
        for label, pk in Flow.objects.filter(**{f"{path}__isnull": False}).values_list("label", path):
            labels.setdefault(pk, set()).add(label)
    active = User.objects.filter(is_active=True, is_bot=False).order_by("name", "email")
    in_turn = sorted(active, key=lambda one: (one.is_auditor, one.is_admin, one.pk in labels))
    return [Known(one, _in_words(one, ", ".join(sorted(labels.get(one.pk, ()))))) for one in in_turn]


def _in_words(user: User, flows: str) -> str:
    if user.is_admin:
        return (
            _("Sets everything up, and approves %(flows)s.") % {"flows": flows} if flows else _("Sets everything up.")
        )
    if user.is_auditor:
        return _("Reads everything and changes nothing.")
    return _("Approves %(flows)s.") % {"flows": flows} if flows else _("Asks for access.")
