"""Let a rule of the flow approve an ask at once, or refuse it, and write down why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from access.models import Flow, Target, User
from access.policy import unapproved_time
from access.policy.fast_track import facts as fast_tracks
from access.policy.fast_track import rules as fast_track
from access.policy.fast_track import words


@dataclass(frozen=True)
class Verdict:
    """What the rules say to one ask."""

    outcome: fast_track.Outcome | None  # None: people decide
    target: str
    at: datetime
    doubts: Sequence[str] = ()  # sentences on rules that would apply, if somebody could tell

    @property
    def approves(self) -> bool:
        return self.outcome is not None and self.outcome.is_approval

    @property
    def refuses(self) -> bool:
        return self.outcome is not None and not self.outcome.is_approval

    @property
    def reason(self) -> str:
        return self.outcome.rule.reason if self.outcome else ""

    @property
    def because(self) -> str:
        """What the rule found, said to the one who asks, such as: you are on call until 18:00 CET."""
        return self.because_of("")

    @property
    def errors(self) -> dict[str, str]:
        """A sentence for the form when a rule refuses."""
        if not self.refuses:
            return {}
        text = _("A rule of this flow refuses it, because %(because)s: %(reason)s")
        return {"flow": text % {"because": self.because, "reason": self.reason}}

    def said_of(self, person: str) -> str:
        """What a rule decides and why, said of a person; nothing when no rule does."""
        words_of = {"because": self.because_of(person), "reason": self.reason}
        if self.approves:
            return _("Approved at once by a rule, because %(because)s: %(reason)s") % words_of
        return _("Refused by a rule, because %(because)s: %(reason)s") % words_of if self.refuses else ""

    def because_of(self, person: str) -> str:
        """The same, said of a person."""
        return words.because(self.outcome, words.Ask(self.target, self.at, person)) if self.outcome else ""


def judge(
    *, flow: Flow, target: Target | None, requester: User, starts_at: datetime | None, now: datetime,
    rules: Sequence[fast_track.Rule] | None = None, by_assistant: bool = False,
) -> Verdict:  # fmt: skip
    """Ask the flow's rules about the moment at which access would begin. Reads only.

    Only what begins at once is approved by a rule: who is on call next week, nobody knows today. Of a flow that
    gives no access only refusals count. As long as no target is chosen where there is one, nothing is judged.
    Of the flow's `rules`, where they are known, only what they look at is read.
    """
    if target is None and flow.gives_access:
        return Verdict(None, "", now)
    at = max(starts_at or now, now)
    rules = fast_tracks.of_flow(flow) if rules is None else rules
    facts = fast_tracks.facts(rules, requester=requester, target=target, at=at, now=now)
    # What a passkey has to sign, no rule approves; nor what nobody has asked for with their own hands.
    by_rule = not flow.approve_with_passkey and not by_assistant
    may_approve = by_rule and target is not None and starts_at is None and requester.is_active
    outcome = fast_track.judge(rules, facts, may_approve=may_approve)
    approves = outcome is not None and outcome.is_approval
    if target and approves and (held := unapproved_time.why_not(requester, target, now=now)):
        return Verdict(None, str(target), at, (held,))
    doubts = _doubts(rules, facts, now=now) if may_approve and outcome is None else ()
    return Verdict(outcome, str(target or ""), at, doubts)


def _doubts(rules: Sequence[fast_track.Rule], facts: fast_track.Facts, *, now: datetime) -> list[str]:
    text = _("%(unread)s, so this rule does not apply: %(reason)s")
    return [
        text % {"unread": words.unread(condition.source, answer, now=now), "reason": rule.reason}
        for rule, condition, answer in fast_track.undecided(rules, facts)
        if isinstance(condition, fast_track.OnCall)
    ]
