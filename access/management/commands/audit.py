"""`manage.py audit`: verify the log, export it, anchor its end, and its keys."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.audit import anchors, digest, export, keys, scheduled_check, seal, verify
from access.audit.witness import NoWitness, Witness
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import AnchorPlace
from integrations.anchors import put

STANDARD: Final = "-"


class Command(ExampleCommand):
    help = "Verify the audit log, export it with its proof, send its signed end to the anchors, and show or make keys."
    example = """\
verify names the first event that is missing or bent, and why. With --anchors it compares with anchors that were kept
elsewhere, too: only they show that the end of the log was cut off, or all of it exchanged. export writes JSON lines
that verify_audit.py checks without Usher. anchor sends the signed end to the places of AUDIT_ANCHORS at once.
key makes a key for AUDIT_KEYS; with --public it shows the public half of the one in use. adopt takes the log for whole
as it stands, where the key of its last seal is lost; that is written into the log with your reason.

Exits with 0 when all is well, 1 when the log is bent or an anchor can't be sent, 2 when the usage is wrong.

Example:
  python manage.py audit verify --anchors /mnt/anchors --json
  python manage.py audit export events.jsonl
  python manage.py audit anchor
  python manage.py audit key --public
"""

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="verify | export | anchor | key | adopt")
        shared: dict[str, Any] = {"epilog": self.example, "formatter_class": RawDescriptionHelpFormatter}
        verifying = ways.add_parser("verify", help="look at every event", **shared)
        verifying.add_argument("--anchors", action="append", default=[], help="a folder of anchors; repeatable")
        verifying.add_argument("--json", action="store_true", help="one JSON object")
        exporting = ways.add_parser("export", help="write the log as JSON lines", **shared)
        exporting.add_argument("file", nargs="?", default=STANDARD, help="where to; - is the standard output")
        anchoring = ways.add_parser("anchor", help="send the signed end of the log to every anchor", **shared)
        anchoring.add_argument("--json", action="store_true", help="a list of JSON objects")
        key = ways.add_parser("key", help="make a key for AUDIT_KEYS", **shared)
        key.add_argument("--public", action="store_true", help="show the public half of the key in use")
        adopting = ways.add_parser("adopt", help="take the log for whole as it stands", **shared)
        adopting.add_argument("--reason", required=True, help="why its last seal can't be trusted on; it is logged")

    def handle(self, *, way: str, **options: Any) -> None:
        ways = {"verify": self._verify, "export": self._export, "anchor": self._anchor, "key": self._key}
        {**ways, "adopt": self._adopt}[way](options)

    def _verify(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        seal.seal(now=now)
        result = verify.run(anchors=_anchors(options["anchors"]))
        scheduled_check.tell(result.events, result.bad, actor=actor(), now=now)
        bad = result.bad
        if options["json"]:
            told = {
                "ok": bad is None,
                "events": result.events,
                "sealed_at": result.sealed_at and digest.moment(result.sealed_at),
            }
            if bad:
                since = digest.moment(bad.since) if bad.since else None
                told |= {"event": bad.seq, "why": bad.why, "right_at": since}
            self.stdout.write(json.dumps(told))
        elif bad is None:
            text = ngettext(
                "The log holds: %(count)d event is as it was written.",
                "The log holds: %(count)d events are as they were written.",
                result.events,
            )
            self.stdout.write(text % {"count": result.events})
        if bad and not options["json"]:
            since = _("It was still right at %(at)s.") % {"at": digest.moment(bad.since)} if bad.since else ""
            words = {"seq": bad.seq, "why": bad.why, "since": since}
            raise CommandError((_("The log is bent at event %(seq)d. %(why)s %(since)s") % words).strip(), returncode=1)
        if bad:
            sys.exit(1)

    def _export(self, options: dict[str, Any]) -> None:
        seal.catch_up(now=timezone.now())
        if options["file"] == STANDARD:
            for line in export.whole():
                self.stdout.write(line.decode(), ending="")
            return
        try:
            with Path(options["file"]).open("wb") as file:
                file.writelines(export.whole())
        except OSError as error:
            raise CommandError(_("It can't be written: %(why)s.") % {"why": error.strerror}, returncode=2) from None

    def _anchor(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        anchors.set_places(settings.AUDIT_ANCHORS, now=now)
        if not settings.AUDIT_ANCHORS:
            raise CommandError(_("AUDIT_ANCHORS names no place."), returncode=2)
        AnchorPlace.objects.update(due_at=now, leased_until=None)
        for place in AnchorPlace.objects.order_by("address"):
            anchors.send(place, put=partial(put, networks=settings.WEBHOOK_PRIVATE_NETWORKS), now=now)
        places = list(AnchorPlace.objects.order_by("address"))
        if options["json"]:
            told = [{"address": one.address, "event": one.position, "trouble": one.trouble} for one in places]
            self.stdout.write(json.dumps(told))
        for one in () if options["json"] else places:
            fine = _("has an anchor of event %(seq)d.") % {"seq": one.position}
            self.stdout.write(f"{one.address} {one.trouble or fine}")
        if any(one.trouble for one in places):
            sys.exit(1)

    def _key(self, options: dict[str, Any]) -> None:
        self.stdout.write(keys.ring().newest.public if options["public"] else keys.new())

    def _adopt(self, options: dict[str, Any]) -> None:
        if not options["reason"].strip():
            raise CommandError(_("Say why with --reason."), returncode=2)
        last = seal.adopt(actor=actor(), reason=options["reason"].strip(), now=timezone.now())
        self.stdout.write(_("The log is sealed as it stands, up to event %(seq)d.") % {"seq": last})


def _anchors(folders: Sequence[str]) -> list[Witness]:
    try:
        found = [one for folder in folders for one in anchors.read(Path(folder))]
    except OSError as error:
        text = _("The anchors can't be read: %(why)s.") % {"why": error.strerror}
        raise CommandError(text, returncode=2) from None
    except (NoWitness, UnicodeDecodeError):
        raise CommandError(_("There is a file among the anchors that is none."), returncode=1) from None
    return sorted(found, key=lambda one: (one.seq, one.at))
