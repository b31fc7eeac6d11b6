"""What the form says below its fields, before it is sent: who will decide, and what stands in the way."""

from django.utils.translation import gettext as _

from access.core import durations
from access.core.states import GrantState
from access.policy import words
from access.policy.simulate import Step
from access.requests.choices import Choice
from portal.pages.ask import AskPage


def outcome(page: AskPage) -> list[str]:
    """What the page says beside its form, as sentences."""
    told = page.preview
    if told.blocked:
        return [*told.blocked.values(), _("This cannot be sent as it is.")]
    if told.fast_track.approves:
        said = [_("Fast track: %(why)s.") % {"why": told.fast_track.because}, told.fast_track.reason]
        return [" ".join([*filter(None, said), _("Nobody has to approve. The approvers are told, and can end it.")])]
    said = [*told.fast_track.doubts, told.outlook.sentence]
    said += [line for step in told.outlook.steps for line in _people(step, told.outlook.sentence)]
    if told.at_once:
        names = ", ".join(map(str, told.at_once))
        said.append(_("Approved at once by fast track: %(names)s.") % {"names": names})
    said.append(_waiting(page))
    said += [_("You hold %(target)s already: this extends it.") % {"target": one.target} for one in _held(page)]
    return said


def _people(step: Step, said: str) -> list[str]:
    """Name those whom `said` only counts."""
    lines = []
    if any(one.name not in said for one in step.at_once):
        names = words.shortened([one.name for one in step.at_once])
        stage = f"{step.name}: " if step.name else ""
        lines.append(stage + _("Can decide: %(names)s.") % {"names": names})
    for after, people in step.later:
        if people:
            names = words.shortened([one.name for one in people])
            lines.append(_("After %(length)s also: %(names)s.") % {"length": durations.shown(after), "names": names})
    return lines


def _waiting(page: AskPage) -> str:
    lapses = _("Lapses in %(timeout)s if nobody decides.") % {"timeout": durations.shown(page.flow.pending_timeout)}
    if page.usual_wait is None:
        return lapses
    usual = _("Usually answers in %(wait)s.") % {"wait": durations.shown(page.usual_wait.total_seconds())}
    return f"{usual} {lapses}"


def _held(page: AskPage) -> list[Choice]:
    return [one for one in page.chosen if one.grant and one.grant.state == GrantState.ACTIVE]
