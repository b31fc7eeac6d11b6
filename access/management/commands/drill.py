"""`manage.py drill`: kill the workers at a chosen step of one access, and report when it really ended."""

import json
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from access.core.states import GrantState, RequestState
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import AccessRequest
from access.worker import drill

BOUND: Final = 90.0  # seconds: a lease, and the time to start a worker


class Command(ExampleCommand):
    help = "Follow one access, kill the workers of this machine at a chosen step, and report when access ended."
    example = """Use a role that opens nothing, and whatever keeps your workers running: each worker of this machine
is killed once. The request is asked and approved as always, by people or by a fast track: a drill gives nobody
access. Its result is written into the log.

Exits with 0 when access ended within the bound, 1 when it did not, 2 for a request that is none or has ended.

Example:
  python manage.py drill R-7K3QF --kill-at revoking
  python manage.py drill R-7K3QF --kill-at active --bound 90 --within 900 --json
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("request", help="the reference of a request for a canary role, pending or approved")
        parser.add_argument(
            "--kill-at", choices=[one.value for one in drill.STEPS], default=GrantState.REVOKING.value,
            help="the state of the grant in which the workers are killed (revoking)",
        )  # fmt: skip
        parser.add_argument("--bound", type=float, default=BOUND, help="seconds that the end may be late (90)")
        parser.add_argument("--within", type=float, default=3600.0, help="seconds after which to give up (3600)")
        parser.add_argument("--json", action="store_true", help="the result as one JSON object")

    def handle(
        self, *, request: str, kill_at: str, bound: float, within: float, json: bool, **_options: Any
    ) -> None:  # fmt: skip
        found = _found(request)
        say = self.stderr.write if json else self.stdout.write
        result = drill.run(found, kill_at=kill_at, within=within, actor=actor(), say=say)
        held = result.late is not None and result.late <= bound and bool(result.killed)
        self.stdout.write(_as_json(result, held) if json else _as_text(result, held))
        if not held:
            raise SystemExit(1)


def _found(ref: str) -> AccessRequest:
    found = AccessRequest.objects.select_related("grant", "target", "flow").filter(ref=ref.upper()).first()
    is_open = found is not None and found.state in (RequestState.PENDING, RequestState.APPROVED)
    if found is None or not is_open or (found.grant and found.grant.state == GrantState.ENDED):
        raise CommandError(
            _("%(ref)s is no request whose access is still to come or to end.") % {"ref": ref}, returncode=2
        )
    return found


def _as_text(result: drill.Result, held: bool) -> str:
    if not result.killed:
        return _("No worker of this machine was killed: there was none, or the access was never seen in that state.")
    if result.late is None:
        return _("Nobody has seen the access end. Look at it: manage.py explain.")
    words = {"late": f"{result.late:.1f}", "step": result.kill_at, "workers": ", ".join(result.killed)}
    verdict = _("That is within the bound.") if held else _("That is later than the bound.")
    return _("Killed %(workers)s at “%(step)s”. Access ended %(late)s s after it was due.") % words + f" {verdict}"


def _as_json(result: drill.Result, held: bool) -> str:
    return json.dumps({"held": held, **result.as_facts()}, indent=2, ensure_ascii=False)
