"""How long access may last: what a flow offers on its targets, and what its holder may add to it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from access.core import durations
from access.core.errors import Conflict, NotAllowed, Refusal
from access.core.states import GrantState
from access.models import AccessRequest, Flow, Grant, Target, User
from access.policy import unapproved_time

SHORTEST_EXTENSION: Final = 60  # seconds: less is not worth a click


def offered(flow: Flow, targets: Iterable[Target] = ()) -> list[int]:
    """List the seconds that can be asked for on all of these targets together, ascending.

    Those of the flow that fit the lowest maximum; where none fits, that maximum itself.
    """
    longest, every = lowest(targets), sorted(flow.allowed_durations)
    if longest is None or not every:
        return every
    return [one for one in every if one <= longest] or [longest]


def recommended(flow: Flow, choices: Sequence[int]) -> int | None:
    """Choose among what is offered: the flow's own recommendation, or the shortest where that is not offered."""
    return flow.default_duration if flow.default_duration in choices else min(choices, default=None)


def lowest(targets: Iterable[Target]) -> int | None:
    """The maximum that holds for all of these targets; None when none of them has one."""
    return min((one.max_seconds for one in targets if one.max_seconds), default=None)


def why_too_long(seconds: int, targets: Iterable[Target]) -> str:
    """Say which target can't be held for so long; empty when each can."""
    for one in targets:
        if one.max_seconds and seconds > one.max_seconds:
            words = {"target": one, "longest": durations.shown(one.max_seconds)}
            return _("%(target)s can be held for %(longest)s at most. Choose a shorter time.") % words
    return ""


def nothing_fits(flow: Flow, targets: Iterable[Target]) -> list[str]:
    """Say of each target that none of the flow's durations fits it, and what is offered instead."""
    text = _("%(flow)s has no duration that fits %(target)s: all that it offers there is %(longest)s.")
    return [
        text % {"flow": flow, "target": one, "longest": durations.shown(one.max_seconds)}
        for one in targets
        if one.max_seconds and flow.allowed_durations and one.max_seconds < min(flow.allowed_durations)
    ]


def check_can_extend(
    grant: Grant,
    *,
    by: User,
    behind: AccessRequest | None,
    open_to_them: Collection[tuple[int, int | None]],
    now: datetime,
) -> int:
    """Return the seconds that the holder may add without asking anybody, at least a minute.

    `behind` is the latest request that gave or extended it; `open_to_them` are the flows in which the holder may
    ask, each with a target that it gives, by primary keys. Raises NotAllowed for anybody but the holder and where
    the flow does not allow it, Conflict when it was done before, or the access is not held or not extendable now.
    """
    if by.pk != grant.person_id or not by.is_active:
        raise NotAllowed(_("Only the person who holds this access can extend it."))
    if behind is None or not _is_open(grant, behind, open_to_them):
        raise NotAllowed(_("An extension of this access needs an approval: ask for it."))
    if grant.free_extension_at is not None:
        raise Conflict(_("This access was extended without approval already, which can be done once. Ask for more."))
    if grant.state != GrantState.ACTIVE or grant.ends_at is None or grant.ends_at <= now:
        raise Conflict(_("Only access that is held now can be extended, before its time is up."))
    seconds = _room(grant, behind.flow)
    if seconds < SHORTEST_EXTENSION:
        words = {"target": grant.target, "longest": durations.shown(grant.target.max_seconds or 0)}
        raise Conflict(_("%(target)s can be held for %(longest)s at most without a new approval.") % words)
    unapproved = _unapproved_room(grant, behind.flow)
    if unapproved < SHORTEST_EXTENSION:
        text = _("%(target)s would be held without anybody's approval for longer than %(flow)s gives it. Ask for more.")
        raise Conflict(text % {"target": grant.target, "flow": behind.flow})
    return min(seconds, unapproved)


def free_seconds(grant: Grant, **of: Any) -> int:
    """Return what `check_can_extend` returns, and 0 where it refuses."""
    try:
        return check_can_extend(grant, **of)
    except Refusal:
        return 0


def _is_open(grant: Grant, behind: AccessRequest, open_to_them: Collection[tuple[int, int | None]]) -> bool:
    # Nothing is added unseen to what a person took without asking, or holds at Aptible anyway.
    alone = grant.standing or behind.path == AccessRequest.Path.BREAK_GLASS
    return bool(behind.flow.free_extension) and not alone and (behind.flow_id, grant.target_id) in open_to_them


def _unapproved_room(grant: Grant, flow: Flow) -> int:
    """What is left of the longest time without an approval, whatever was merged into the grant before."""
    if grant.ends_at is None:
        return 0
    latest = unapproved_time.latest_end(grant, grant.requests.all(), flow)
    return int((latest - grant.ends_at).total_seconds())


def _room(grant: Grant, flow: Flow) -> int:
    """What the flow allows, or less where the whole time since the confirmed start comes to the target's maximum."""
    longest = grant.target.max_seconds
    if not longest or grant.confirmed_at is None or grant.ends_at is None:
        return flow.free_extension
    return min(flow.free_extension, longest - int((grant.ends_at - grant.confirmed_at).total_seconds()))
