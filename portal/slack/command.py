"""What is typed behind the slash command: `prod 1h fix TICKET-123` fills the form in."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from access.core import durations
from access.core.errors import Refusal
from access.models import Flow, Target
from access.policy import tickets
from integrations.slack.rich_text import escaped
from portal.slack import ask, break_glass
from portal.slack.caller import NOTHING_MORE, Answer, Click

BREAK_GLASS: Final = "break-glass"  # the first word, for the form of an emergency
LONGEST: Final = 3000  # characters that are looked at
_WORDS_IN_A_NAME: Final = 6
_WORDS_LOOKED_AT: Final = 20
_TICKET_MAX: Final = 100

Typed = dict[str, list[str]]


def run(click: Click, text: str) -> Answer:
    """Open the form; say what can be typed when help is asked for. A refusal is told to them alone."""
    if text.strip().lower() == "help":
        return _said(_help(click.desk.command))
    emergency = text.split()[:1] == [BREAK_GLASS]
    form, typed = (break_glass, text.partition(BREAK_GLASS)[2]) if emergency else (ask, text)
    try:
        _person, flows = click.asker()
        why_not = form.show(click, read(typed, flows))
    except Refusal as refusal:
        return _said(str(refusal))
    return _said(_("The form could not be opened. %(why)s") % {"why": why_not}) if why_not else NOTHING_MORE


def read(text: str, flows: Sequence[Flow]) -> Typed:
    """Find a flow, targets and a length of time at the beginning; what follows is the reason, with its ticket."""
    words = text[:LONGEST].split()
    found: Typed = {}
    while words:
        taken = _name(words, flows, found) or _length(words, found) or _unknown(words, found)
        if not taken:
            break
        words = words[taken:]
    if words:
        found["reason"] = [" ".join(words)]
        found |= _ticket(words, flows, found)
    return found


def _name(words: Sequence[str], flows: Sequence[Flow], found: Typed) -> int:
    """Take a flow or a target by its name or its label, the longest that fits. Returns how many words it has."""
    named = [one for one in flows if [one.name] == found.get("flow")]
    for count in range(min(_WORDS_IN_A_NAME, len(words)), 0, -1):
        text = " ".join(words[:count]).casefold()
        flow = next((one for one in flows if text in _names(one)), None)
        if flow and "flow" not in found and "target" not in found:
            found["flow"] = [flow.name]
            return count
        target = next((one for one in _targets(named or flows) if text in _names(one)), None)
        if target:
            found["target"] = [*found.get("target", []), target.name]
            return count
    return 0


def _length(words: Sequence[str], found: Typed) -> int:
    """Take a length of time, such as `1h` or `1d 12h`. Returns how many words it has."""
    if "duration" in found:
        return 0
    for count in (2, 1):
        try:
            seconds = durations.parse(" ".join(words[:count])) if len(words) >= count else 0
        except ValueError:
            continue
        if seconds:
            found["duration"] = [str(seconds)]
            return count
    return 0


def _unknown(words: Sequence[str], found: Typed) -> int:
    """Take a first word that should be a target, as a length of time follows it: the form says that it is none."""
    if found or len(words) < 2 or not _length(words[1:], {}):
        return 0
    found["target"] = [words[0]]
    return 1


def _ticket(words: Sequence[str], flows: Sequence[Flow], found: Typed) -> Typed:
    """Find the ticket in the reason, where the flow says what one looks like. It stays in the reason."""
    wanted = set(found.get("target", []))
    named = [one for one in flows if [one.name] == found.get("flow")]
    offering = [one for one in flows if wanted & {target.name for target in _targets([one])}]
    flow = [*named, *offering, *flows][0] if flows else None
    if flow is None or not flow.ticket_pattern:
        return {}
    # Each word may take a bad pattern as long as a match is given.
    plain = (one.strip(".,;:!?()[]<>\"'") for one in words[:_WORDS_LOOKED_AT])
    ticket = next((one for one in plain if len(one) <= _TICKET_MAX and tickets.fits(flow.ticket_pattern, one)), None)
    return {"ticket": [ticket]} if ticket else {}


def _targets(flows: Sequence[Flow]) -> list[Target]:
    return [target for one in flows if one.strategy for target in one.strategy.targets.all()]


def _names(one: Flow | Target) -> set[str]:
    return {one.name.casefold(), " ".join(one.label.split()).casefold()}


def _said(text: str) -> Answer:
    return {"response_type": "ephemeral", "text": escaped(text)}


def _help(command: str) -> str:
    return _(
        "Type %(command)s to ask for access, or what you need behind it, such as:"
        " %(command)s prod 1h fix TICKET-123. The form opens filled in, and says who will decide before you send it."
        " In an emergency in which nobody can approve in time: %(command)s break-glass prod INC-1."
    ) % {"command": command}
