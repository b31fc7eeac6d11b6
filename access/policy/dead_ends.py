"""Why nobody could approve: the reason of a dead end, in words for the person who asks or for an admin."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.policy import policy


def dead_end(in_force: policy.Policy, circle: policy.Circle) -> str:
    """Say to the person who asks why their request could never be approved, or nothing when it could."""
    found = policy.dead_end(in_force, circle)
    if found is None:
        return ""
    return _("Nobody could approve this request: %(why)s Tell an admin.") % {"why": why_dead(in_force, found)}


def why_dead(in_force: policy.Policy, found: policy.DeadEnd, *, person: str = "") -> str:
    """Give the reason of a dead end with the names that make it one. Without a name of the requester it says "you"."""
    words = {
        "needed": found.needed,
        "able": len(found.able),
        "names": names(found.able),
        "gone": names(found.gone),
        "auditors": names(found.auditors),
        "person": person,
        "stages": _(" and ").join(stage_name(in_force, one) for one in found.stages),
    }
    if len(found.stages) > 1:
        return _why_together(found) % words
    where = _("%(stages)s: ") % words if len(in_force.stages) > 1 else ""
    return where + _why_one(in_force, found, said_to_them=not person) % words


def _why_together(found: policy.DeadEnd) -> str:
    if not found.able:
        return _("nobody could decide in %(stages)s.")
    return ngettext(
        "%(stages)s together need %(needed)d different people, and only one person could decide in them: %(names)s.",
        "%(stages)s together need %(needed)d different people, and only %(able)d could decide in them: %(names)s.",
        len(found.able),
    )


def _why_one(in_force: policy.Policy, found: policy.DeadEnd, *, said_to_them: bool) -> str:
    if found.able:
        return ngettext(
            "it needs %(needed)d approvals and only one person could give one: %(names)s.",
            "it needs %(needed)d approvals and only %(able)d people could give one: %(names)s.",
            len(found.able),
        )
    if found.gone or found.auditors:
        return " ".join(_why_gone(found))
    if found.is_requester:
        return (
            _("you are the only approver, and nobody decides what they asked for themselves.")
            if said_to_them
            else _("%(person)s is the only approver, and nobody decides what they asked for themselves.")
        )
    return _why_nobody(in_force, found, said_to_them=said_to_them)


def _why_gone(found: policy.DeadEnd) -> list[str]:
    parts = [_("those who could decide it can no longer sign in: %(gone)s.")] if found.gone else []
    return [*parts, _("auditors decide nothing: %(auditors)s.")] if found.auditors else parts


def _why_nobody(in_force: policy.Policy, found: policy.DeadEnd, *, said_to_them: bool) -> str:
    pools = [pool for stage in found.stages for pool in in_force.stages[stage].pools]
    groups = ", ".join(dict.fromkeys(group.name for pool in pools for group in pool.groups))
    if groups:
        # A percent sign in a name is no placeholder.
        return _("nobody is in %(groups)s.") % {"groups": groups.replace("%", "%%")}
    if any(pool.managers for pool in pools):
        return _("you have no manager here.") if said_to_them else _("%(person)s has no manager here.")
    return _("no approvers are set for it.")


def names(people: Iterable[policy.Approver]) -> str:
    return ", ".join(one.name for one in people)


def stage_name(in_force: policy.Policy, stage: int) -> str:
    return in_force.stages[stage].label or _("Stage %(number)d") % {"number": stage + 1}
