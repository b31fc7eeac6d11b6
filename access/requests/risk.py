"""How much harm an approval could do, by what is known of it: a word to look twice, and nothing that decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from access.core import durations
from access.directory.accounts import Account
from access.directory.roles import Role
from access.models import AccessRequest
from access.requests.history import History

LOW, SOME, HIGH = "risk_low", "risk_some", "risk_high"
LONG: Final = 8 * 3600
FROM: Final = 3  # points that make it high


@dataclass(frozen=True)
class Risk:
    points: int
    reasons: Sequence[str]  # what speaks for it, in sentences; the gravest first

    @property
    def level(self) -> str:
        return HIGH if self.points >= FROM else SOME if self.points else LOW


def of(request: AccessRequest, *, role: Role | None, history: History, account: Account | None) -> Risk:
    """Judge one request by what its role opens, whose account gets in, how long, and whether it is the first time."""
    if not request.gives_access:
        return Risk(0, ())
    found = [*_of_role(role)]
    if account and not account.is_own:
        found.append((2, _("The account is not known as their own.")))
    if not history.ever:
        found.append((1, _("It is the first time.")))
    if request.duration.total_seconds() > LONG:
        found.append((1, _("It is for longer than %(length)s.") % {"length": durations.shown(LONG)}))
    found.sort(key=lambda one: -one[0])
    return Risk(sum(points for points, _reason in found), [reason for _points, reason in found])


def _of_role(role: Role | None) -> list[tuple[int, str]]:
    if role is None or role.gone_at:
        return [(2, _("What it opens is not known: no sync has seen this role."))]
    if role.everything:
        return [(3, _("It opens everything in the organization."))]
    grave = sorted({word for one in role.opens for word in one.grave})
    return [(1, _("It allows: %(permissions)s.") % {"permissions": ", ".join(grave)})] if grave else []
