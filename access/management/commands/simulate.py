"""`manage.py simulate`: who could approve a request before anybody asks, stage by stage, and where it dead-ends."""

import json
from datetime import datetime
from typing import Any, TypeVar

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from access.core import durations
from access.management.example_command import ExampleCommand
from access.models import Flow, Target, User
from access.people import people
from access.policy import approvers, askers, limits, policy, simulate
from access.policy.fast_track import judge
from access.requests import ask_errors

Facts = dict[str, Any]
Row = TypeVar("Row", Flow, Target, User)


class Command(ExampleCommand):
    help = "Tell who could approve a request, stage by stage, and where it would dead-end. Nothing is written."
    example = """Exits with 0 when it could be approved, with 1 at a dead end, with 2 for a name that is not there.

Example:
  python manage.py simulate --flow production-access --target prod --requester jon@example.com
  python manage.py simulate --flow production-access --target prod --requester jon@example.com --duration 4h --json
  python manage.py simulate --flow deploy --requester jon@example.com
  python manage.py simulate --all
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--flow", help="the name of a flow")
        parser.add_argument("--target", help="the name of one of its targets, unless it gives no access")
        parser.add_argument("--requester", help="the e-mail of the person who would ask")
        parser.add_argument("--at", help="when it would be asked, such as 2026-01-05T12:00Z; now when left out")
        parser.add_argument("--duration", help="for how long, such as 4h")
        parser.add_argument("--all", action="store_true", help="try every flow that takes requests for every person")
        parser.add_argument("--json", action="store_true", help="the same as JSON")

    def handle(self, *, json: bool, **options: Any) -> None:
        if options["all"]:
            self._tell([_of_flow(one) for one in _open_flows()], as_json=json, line=_as_line)
            return
        for name in ("flow", "requester"):
            if not options[name]:
                raise CommandError(_("Say --%(name)s, or --all for everything.") % {"name": name}, returncode=2)
        self._tell([_of_ask(options, now=timezone.now())], as_json=json, line=_as_text)

    def _tell(self, found: list[Facts], *, as_json: bool, line: Any) -> None:
        if as_json:
            self.stdout.write(json.dumps(found if line is _as_line else found[0], indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(map(line, found)) or _("No flow takes requests."))
        if not all(one["could_be_approved"] for one in found):
            raise CommandError(_("There is a dead end."), returncode=1)


def _open_flows() -> list[Flow]:
    return list(approvers.with_policies(Flow.objects.filter(is_active=True).order_by("name")))


def _of_flow(flow: Flow) -> Facts:
    found = simulate.trouble(flow)
    return {"flow": flow.name, "could_be_approved": not found, "dead_end": found}


def _of_ask(options: Facts, *, now: datetime) -> Facts:
    flow = _found(Flow.objects.filter(name=options["flow"]).first(), _("There is no flow %(name)s."), options["flow"])
    target = _target(flow, options["target"])
    requester = _found(
        people.with_email(options["requester"]), _("There is no person %(name)s."), options["requester"]
    )  # fmt: skip
    asked_at = _moment(options["at"]) if options["at"] else now
    seconds = _offered(flow, target, options["duration"])
    outlook = simulate.of_flow(flow, requester, at=asked_at)
    verdict = judge.judge(flow=flow, target=target, requester=requester, starts_at=None, now=asked_at)
    ruled = verdict.said_of(str(requester))
    dead_end = _closed(flow, requester) or ("" if verdict.approves else outlook.why_not_for(str(requester)))
    dead_end = ruled if verdict.refuses else dead_end
    return {
        "flow": flow.name,
        "target": target.name if target else None,
        "requester": requester.email,
        "asked_at": asked_at.isoformat(),
        "seconds": seconds,
        "could_be_approved": not dead_end,
        "dead_end": dead_end,
        "fast_track": ruled if verdict.approves else "",
        "held_up": outlook.held_up,
        "policy": outlook.sentence,
        "stages": [_stage(number, one) for number, one in enumerate(outlook.steps, 1)],
    }


def _target(flow: Flow, name: str | None) -> Target | None:
    if not name and flow.gives_access:
        raise CommandError(_("Say --%(name)s, or --all for everything.") % {"name": "target"}, returncode=2)
    rows = Target.objects.filter(name=name)
    target = _found(rows.first(), _("There is no target %(name)s."), name) if name else None
    if wrong := ask_errors.of_target(flow, target):
        raise CommandError(" ".join(wrong.values()), returncode=2)
    return target


def _found(row: Row | None, sentence: str, name: str) -> Row:
    if row is None:
        raise CommandError(sentence % {"name": name}, returncode=2)
    return row


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment):
        sentence = _("“%(text)s” is no moment with a zone: write 2026-01-05T12:00Z.")
        raise CommandError(sentence % {"text": text}, returncode=2)
    return moment


def _offered(flow: Flow, target: Target | None, text: str | None) -> int:
    choices = limits.offered(flow, [target]) if target else []
    if not text:
        return limits.recommended(flow, choices) or 0
    try:
        seconds = durations.parse(text)
    except ValueError:
        seconds = 0
    if seconds not in choices:
        words = {"flow": flow.name, "durations": ", ".join(map(durations.written, choices))}
        sentence = _("%(flow)s offers these durations: %(durations)s.")
        raise CommandError((sentence if flow.gives_access else _("%(flow)s gives no access.")) % words, returncode=2)
    return seconds


def _closed(flow: Flow, requester: User) -> str:
    if not flow.is_active:
        return _("the flow takes no requests at the moment.")
    if not requester.is_active:
        return _("%(person)s can no longer sign in.") % {"person": requester}
    if not askers.open_to(requester).filter(pk=flow.pk).exists():
        return _("%(person)s may not ask in this flow.") % {"person": requester}
    return ""


def _stage(number: int, step: simulate.Step) -> Facts:
    return {
        "stage": number,
        "label": step.name,
        "needed": step.needed,
        "at_once": [one.email for one in step.at_once],
        "delegates": [
            {"person": one.email, "for": one.away.email, "until": one.until.isoformat()}
            for one in step.able
            if isinstance(one, policy.Delegate)
        ],
        "later": [{"after_seconds": after, "people": [one.email for one in able]} for after, able in step.later],
    }


def _as_text(facts: Facts) -> str:
    about = _("%(requester)s asks for %(target)s in %(flow)s, %(length)s from %(asked_at)s on.")
    if facts["target"] is None:
        about = _("%(requester)s asks for an approval of %(flow)s at %(asked_at)s.")
    lines = [about % {**facts, "length": durations.written(facts["seconds"])}, facts["policy"]]
    for one in facts["stages"]:
        name = one["label"] or _("Approval")
        lines.append(f"  {name}: {one['needed']} / {_listed(one['at_once'])}")
        lines += [
            f"    +{durations.written(more['after_seconds'])}: {_listed(more['people'])}" for more in one["later"]
        ]
        lines += [_("    %(person)s for %(for)s until %(until)s") % more for more in one["delegates"]]
    lines += [facts["fast_track"]] if facts["fast_track"] else []
    lines += [facts["held_up"]] if facts["held_up"] else []
    dead = _("Dead end: %(dead_end)s") % facts
    return "\n".join([*lines, _("It could be approved.") if facts["could_be_approved"] else dead])


def _listed(emails: list[str]) -> str:
    return ", ".join(emails) or _("nobody")


def _as_line(facts: Facts) -> str:
    return f"{facts['flow']}: {facts['dead_end'] or _('Every request could be approved.')}"
