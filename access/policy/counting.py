"""Which approvals still count: an approval lasts as long as whoever gave it could give it."""

from dataclasses import dataclass

from access.policy.policy import Circle, Policy, own_voices


@dataclass(frozen=True)
class Vote:
    """One approval: who gave it, whose voice it was (their own, or of somebody who is away), and in which stage."""

    by: int
    voice: int
    stage: int


def counts(policy: Policy, circle: Circle, vote: Vote) -> bool:
    """Whether it could be given now: its giver is active, and its voice is asked in that stage."""
    if vote.by not in circle.active or vote.voice not in own_voices(policy, vote.stage, circle.unheard()):
        return False
    return vote.by == vote.voice or _speaks_for(circle, vote)


def _speaks_for(circle: Circle, vote: Vote) -> bool:
    """A delegation that has ended takes its approvals along; who is back can give their own."""
    runs = any((one.from_id, one.to_id) == (vote.voice, vote.by) for one in circle.delegations)
    return runs and vote.by != circle.requester_id
