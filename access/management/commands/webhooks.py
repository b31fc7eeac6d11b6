"""`manage.py webhooks`: list them, send a test event, replay."""

import json
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from access.core.errors import Invalid
from access.events import deliver, replay, stream
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import Webhook
from integrations.base import ProviderError
from integrations.webhooks.sender import WebhookSender


class Command(ExampleCommand):
    help = "List the webhooks, send one a test event, or send it events again."
    example = """\
Webhooks are added in the admin, where their secrets are made and shown once.

Exits with 0 when it is done, 1 when the receiver did not take the test or there is no such event, 2 when there is no
such webhook or the usage is wrong.

Example:
  python manage.py webhooks list
  python manage.py webhooks test siem
  python manage.py webhooks replay siem --from 4200
  python manage.py webhooks replay siem --from evt_8c2f5ce8a5b14df0a2a9a16b3c54c0de
"""

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="list | test | replay")
        shared: dict[str, Any] = {"epilog": self.example, "formatter_class": RawDescriptionHelpFormatter}
        listing = ways.add_parser("list", help="show how far each has come", **shared)
        listing.add_argument("--json", action="store_true", help="a list of JSON objects")
        ways.add_parser("test", help="send an event that is in no log", **shared).add_argument("name")
        replaying = ways.add_parser("replay", help="go on from an event, back or ahead", **shared)
        replaying.add_argument("name")
        replaying.add_argument("--from", dest="from_event", required=True, help="the event's number or id")

    def handle(self, *, way: str, **options: Any) -> None:
        {"list": self._list, "test": self._test, "replay": self._replay}[way](options)

    def _list(self, options: dict[str, Any]) -> None:
        head = stream.head(now=timezone.now())
        rows = [_told(one, head) for one in Webhook.objects.order_by("name")]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False))
            return
        for one in rows:
            self.stdout.write(
                f"{one['name']}  {one['state']}  {one['position']}/{head}  {one['url']}  {one['trouble']}"
            )
        if not rows:
            self.stdout.write(_("There is no webhook."))

    def _test(self, options: dict[str, Any]) -> None:
        webhook = _named(options["name"])
        if not webhook.sealed:
            raise CommandError(_("%(name)s has no secret yet: make it in the admin.") % {"name": webhook})
        sender = WebhookSender(networks=settings.WEBHOOK_PRIVATE_NETWORKS)
        try:
            status = deliver.send_test(webhook, sender=sender, now=timezone.now())
        except ProviderError as error:
            raise CommandError(error.summary) from None
        finally:
            sender.close()
        if not 200 <= status < 300:
            raise CommandError(_("It was answered with HTTP %(status)d.") % {"status": status})
        self.stdout.write(_("It was answered with HTTP %(status)d.") % {"status": status})

    def _replay(self, options: dict[str, Any]) -> None:
        webhook = _named(options["name"])
        try:
            count = replay.replay(webhook, from_event=options["from_event"], actor=actor(), now=timezone.now())
        except Invalid as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(_("Events that are gone through again: %(count)d.") % {"count": count})


def _named(name: str) -> Webhook:
    webhook = Webhook.objects.filter(name=name).first()
    if webhook is None:
        raise CommandError(_("There is no webhook %(name)s.") % {"name": name}, returncode=2)
    return webhook


def _told(webhook: Webhook, head: int) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "types": list(webhook.prefixes),
        "state": _state(webhook),
        "position": webhook.position,
        "behind": head - webhook.position,
        "trouble": webhook.trouble,
        "failing_since": webhook.failing_since.isoformat() if webhook.failing_since else None,
        "last_ok_at": webhook.last_ok_at.isoformat() if webhook.last_ok_at else None,
        "last_status": webhook.last_status,
    }


def _state(webhook: Webhook) -> str:
    if webhook.disabled_at:
        return "disabled"
    if not webhook.is_active:
        return "inactive"
    if not webhook.sealed:
        return "no secret"
    return "failing" if webhook.failing_since else "working"
