"""A policy in words. With a circle it counts and names who can decide at the moment; without, it says what is set."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.core import durations
from access.policy import policy

MOST_NAMES: Final = 20


def sentence(in_force: policy.Policy, circle: policy.Circle | None = None) -> str:
    """Say who decides, as in: First 1 of Adam Novak, Rita Moss; then 1 of the 3 people in Security."""
    told = _who_decides(in_force, circle)
    return _("%(told)s Each approval is signed with a passkey.") % {"told": told} if in_force.passkey else told


def _who_decides(in_force: policy.Policy, circle: policy.Circle | None) -> str:
    parts = [stage(in_force, number, circle) for number in range(len(in_force.stages))]
    if not parts:
        return _("Nobody decides.")
    if len(parts) == 1:
        return _("Needs %(whom)s.") % {"whom": parts[0]}
    first, *rest = parts
    return _("First %(first)s; %(rest)s.") % {
        "first": first,
        "rest": "; ".join(_("then %(whom)s") % {"whom": one} for one in rest),
    }


def stage(in_force: policy.Policy, number: int, circle: policy.Circle | None = None) -> str:
    """Say of one stage how many of whom it needs."""
    one = in_force.stages[number]
    parts = [_("%(needed)d of %(whom)s") % {"needed": policy.quorum(one), "whom": _pools(in_force, number, 0, circle)}]
    for after in sorted({pool.after for pool in one.pools if pool.after}):
        words = {"length": durations.shown(after), "whom": _pools(in_force, number, after, circle)}
        parts.append(_("after %(length)s also of %(whom)s") % words)
    return ", ".join(parts)


def shortened(names: Sequence[str]) -> str:
    """Name the first twenty, and count the rest."""
    rest = len(names) - MOST_NAMES
    if rest <= 0:
        return ", ".join(names)
    return _("%(names)s and %(count)d more") % {"names": ", ".join(names[:MOST_NAMES]), "count": rest}


def _pools(in_force: policy.Policy, number: int, after: int, circle: policy.Circle | None) -> str:
    pools = [pool for pool in in_force.stages[number].pools if pool.after == after]
    parts: list[str] = []
    for pool in pools:
        people = pool.people if circle is None else _able(in_force, number, policy.Pool(people=pool.people), circle)
        parts += [one.name for one in people]
        parts += [_group(in_force, number, group, circle) for group in pool.groups]
        parts += [_manager(in_force, number, circle)] if pool.managers else []
    if not parts:
        return _("nobody")
    return ", ".join(parts)


def _able(
    in_force: policy.Policy, number: int, pool: policy.Pool, circle: policy.Circle
) -> tuple[policy.Approver, ...]:  # fmt: skip
    """Who of this pool alone has a voice."""
    only = replace(in_force.stages[number], pools=(replace(pool, after=0),))
    return policy.candidates(replace(in_force, stages=(only,)), 0, replace(circle, delegations=()))


def name(person: policy.Approver) -> str:
    """Name somebody who may decide, and for whom, where it is for somebody who is away."""
    if not isinstance(person, policy.Delegate):
        return person.name
    until = date_format(timezone.localtime(person.until), "j F, H:i e")
    words = {"person": person.name, "away": person.away.name, "until": until}
    return _("%(person)s for %(away)s until %(until)s") % words


def _group(in_force: policy.Policy, number: int, group: policy.Group, circle: policy.Circle | None) -> str:
    if group.everybody:
        return _("everybody here but whoever asks")
    if circle is None:
        return _("the people in %(group)s") % {"group": group.name}
    count = len(_able(in_force, number, policy.Pool(groups=(group,)), circle))
    text = ngettext("the one person in %(group)s", "the %(count)d people in %(group)s", count)
    return text % {"count": count, "group": group.name}


def _manager(in_force: policy.Policy, number: int, circle: policy.Circle | None) -> str:
    if circle is None:
        return _("the requester's manager")
    able = _able(in_force, number, policy.Pool(managers=True), circle)
    return able[0].name if able else _("nobody as the manager")
