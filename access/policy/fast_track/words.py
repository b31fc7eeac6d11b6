"""Fast-track rules in words: what is set, and what was found for one ask, said to the requester or of them."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.models import Target
from access.policy.fast_track.rules import (
    Answer,
    Condition,
    Effect,
    Held,
    InGroup,
    OnCall,
    Outcome,
    Risk,
    RiskAtLeast,
    RiskAtMost,
    Rule,
    WithinHours,
)


class Ask(NamedTuple):
    """What is asked for, and when it would begin. Without the requester's name it is said to them."""

    target: str
    at: datetime
    person: str = ""

    def said(self, to_them: str, of_them: str, **words: object) -> str:
        template = of_them if self.person else to_them
        return template % {"person": self.person, "target": self.target, **words}


def rule(one: Rule) -> str:
    """Say what is set, as in: Approved at once when on call in Primary: “They repair production.”"""
    names = {
        Effect.APPROVE: _("Approved at once when %(what)s: “%(reason)s”"),
        Effect.DENY: _("Refused when %(what)s: “%(reason)s”"),
    }
    return names[one.effect] % {"what": _joined([condition(each) for each in one.conditions]), "reason": one.reason}


def because(outcome: Outcome, ask: Ask) -> str:
    """Say what a rule found, as in: you are on call until 18:00 CET."""
    return _joined([_found(*one, ask) for one in zip(outcome.rule.conditions, outcome.answers, strict=True)])


def unread(source: str, answer: Answer, *, now: datetime) -> str:
    """Say since when nobody can tell who is on call."""
    if answer.unread_since is None:
        return _("%(source)s has not been read yet") % {"source": source}
    minutes = int((now - answer.unread_since).total_seconds() // 60)
    text = ngettext(
        "%(source)s was last read %(minutes)d min ago", "%(source)s was last read %(minutes)d min ago", minutes
    )
    return text % {"source": source, "minutes": minutes}


def condition(one: Condition) -> str:
    """Say what has to hold."""
    match one:
        case InGroup(label=label, negated=negated):
            return (_("not in %(label)s") if negated else _("in %(label)s")) % {"label": label}
        case OnCall(label=label, negated=negated):
            return (_("not on call in %(label)s") if negated else _("on call in %(label)s")) % {"label": label}
        case WithinHours(label=label, negated=negated):
            return (_("outside of %(label)s") if negated else _("within %(label)s")) % {"label": label}
        case Held(times=times, days=days):
            text = ngettext(
                "held the target %(times)d × in %(days)d day", "held the target %(times)d × in %(days)d days", days
            )
            return text % {"times": times, "days": days}
        case RiskAtMost(risk=risk):
            return _("the target's risk is at most %(risk)s") % {"risk": _risk(risk)}
        case RiskAtLeast(risk=risk):
            return _("the target's risk is at least %(risk)s") % {"risk": _risk(risk)}
    raise TypeError(one)


def _found(one: Condition, answer: Answer, ask: Ask) -> str:
    match one:
        case InGroup(label=label, negated=False):
            return ask.said(_("you are in %(label)s"), _("%(person)s is in %(label)s"), label=label)
        case InGroup(label=label):
            return ask.said(_("you are not in %(label)s"), _("%(person)s is not in %(label)s"), label=label)
        case OnCall():
            return _found_on_call(one, answer, ask)
        case WithinHours():
            return _found_hours(one, answer, ask)
        case Held(days=days):
            words = {"count": answer.count, "days": days}
            return ask.said(
                ngettext(
                    "you have held %(target)s %(count)d × in the last day",
                    "you have held %(target)s %(count)d × in the last %(days)d days",
                    days,
                ),
                ngettext(
                    "%(person)s has held %(target)s %(count)d × in the last day",
                    "%(person)s has held %(target)s %(count)d × in the last %(days)d days",
                    days,
                ),
                **words,
            )
        case RiskAtMost() | RiskAtLeast():
            return condition(one)
    raise TypeError(one)


def _found_on_call(one: OnCall, answer: Answer, ask: Ask) -> str:
    words = {"label": one.label, "until": _clock(answer.until, one.zone, ask.at)}
    if answer.holds is None:
        return ask.said(
            _("nobody can tell whether you are on call in %(label)s"),
            _("nobody can tell whether %(person)s is on call in %(label)s"),
            **words,
        )
    if one.negated:
        return ask.said(_("you are not on call in %(label)s"), _("%(person)s is not on call in %(label)s"), **words)
    if answer.until is None:
        return ask.said(_("you are on call"), _("%(person)s is on call in %(label)s"), **words)
    return ask.said(
        _("you are on call until %(until)s"), _("%(person)s is on call in %(label)s until %(until)s"), **words
    )


def _found_hours(one: WithinHours, answer: Answer, ask: Ask) -> str:
    if one.negated:
        return _("it is outside of %(label)s") % {"label": one.label}
    words = {"label": one.label, "until": _clock(answer.until, one.hours.zone, ask.at)}
    return _("it is within %(label)s until %(until)s") % words


def _clock(moment: datetime | None, zone: str, at: datetime) -> str:
    """Say a moment as the clocks of a place show it: with the day only when that is not today there."""
    if moment is None:
        return ""
    there, today = moment.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone)).date()
    return formatted(there, "H:i T" if there.date() == today else "j F, H:i T")


def _risk(risk: Risk) -> str:
    return str(Target.Risk(risk).label).lower()


def _joined(parts: list[str]) -> str:
    *first, last = parts or [_("nothing is set")]
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
