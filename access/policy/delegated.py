"""Whose voice a person gives who decides for others, and what that leaves for later: over access/policy/policy.py."""

from collections.abc import Mapping

from access.policy.policy import Circle, DeadEnd, Policy, candidates, current, dead_end, short, voices


def voice(policy: Policy, circle: Circle, given: Mapping[int, int], person_id: int) -> int | None:
    """Whose voice this person would give now: their own if they have one, else that of somebody who is away.

    Of several, one that leaves enough people for the later stages. None when they may not decide.
    """
    theirs = voices(policy, circle, given, person_id)
    fine = (one for one in theirs if _leaves_short(policy, circle, given, person_id, one) is None)
    return next(fine, theirs[0] if theirs else None)


def hold_up(policy: Policy, circle: Circle, given: Mapping[int, int] | None = None) -> DeadEnd | None:
    """Find stages that get their quorum only if somebody decides who is away at the moment."""
    given, circle = given or {}, circle.at_last()
    able = [{who.id for who in candidates(policy, one, circle, given)} for one in range(len(policy.stages))]
    return short(policy, circle, given, [one - circle.away for one in able]) if circle.delegations else None


def made_impossible(policy: Policy, circle: Circle, given: Mapping[int, int], person_id: int) -> int | None:
    """Find the later stage that could no longer get its quorum if this person approved now; None when all could."""
    whose = voice(policy, circle, given, person_id)
    return None if whose is None else _leaves_short(policy, circle, given, person_id, whose)


def _leaves_short(policy: Policy, circle: Circle, given: Mapping[int, int], person_id: int, whose: int) -> int | None:
    stage = current(policy, given, requester_id=circle.requester_id)
    # In the last stage nobody is needed later.
    if stage is None or stage == len(policy.stages) - 1 or dead_end(policy, circle, given):
        return None
    after = dead_end(policy, circle.with_voice(whose, person_id), {**given, person_id: stage})
    return max(after.stages) if after else None
