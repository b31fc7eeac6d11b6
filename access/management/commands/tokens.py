"""`manage.py tokens`: issue API tokens, list them, revoke them."""

import json
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from access.core.errors import Conflict, Invalid
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import Scope, Token, User
from access.people import people, token_status, tokens

DAYS: Final = 90


class Command(ExampleCommand):
    help = "Issue, list and revoke API tokens of people and bots."
    example = f"""\
A token acts as its person and may never do more than they may. It is written once, to the standard output.
Scopes: {", ".join(f"{one.value} ({one.label})" for one in Scope)}.

Exits with 0 when it is done, 1 when it was refused, 2 when there is no such person or token or the usage is wrong.

Example:
  python manage.py tokens issue --person jon@example.com --label "Jon's laptop" --scope read --scope ask
  python manage.py tokens issue --new-bot deploys@example.com --label "Deploys" --scope ask --days 30 --json
  python manage.py tokens list --live
  python manage.py tokens revoke T-7K3QF
"""

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="issue | list | revoke")
        shared: dict[str, Any] = {"epilog": self.example, "formatter_class": RawDescriptionHelpFormatter}
        issuing = ways.add_parser("issue", help="make a token and write it once", **shared)
        whom = issuing.add_mutually_exclusive_group(required=True)
        whom.add_argument("--person", help="the e-mail of the person or bot it acts as")
        whom.add_argument("--new-bot", help="make a bot with this e-mail, which cannot sign in, and a token for it")
        issuing.add_argument("--label", required=True, help="what it is for")
        issuing.add_argument("--scope", action="append", required=True, choices=Scope.values, help="repeatable")
        issuing.add_argument("--days", type=int, default=DAYS, help=f"until it expires; {DAYS}, at most 365")
        issuing.add_argument("--json", action="store_true", help="one JSON object")
        listing = ways.add_parser("list", help="show each token, never what it reads", **shared)
        listing.add_argument("--person", help="of this person or bot only")
        listing.add_argument("--live", action="store_true", help="without the expired and the revoked")
        listing.add_argument("--json", action="store_true", help="a list of JSON objects")
        revoking = ways.add_parser("revoke", help="let a token open nothing any more", **shared)
        revoking.add_argument("token", help="its reference, such as T-7K3QF")

    def handle(self, *, way: str, **options: Any) -> None:
        try:
            {"issue": self._issue, "list": self._list, "revoke": self._revoke}[way](options)
        except (Conflict, Invalid) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _issue(self, options: dict[str, Any]) -> None:
        now, days = timezone.now(), min(max(options["days"], 0), 10**4)
        make = {"label": options["label"], "scopes": options["scope"], "expires_at": now + timedelta(days=days)}
        if options["new_bot"]:
            token, text = people.issue_for_new_bot(email=options["new_bot"], actor=actor(), now=now, **make)
        else:
            token, text = tokens.issue(person=_person(options["person"]), actor=actor(), now=now, **make)
        if options["json"]:
            self.stdout.write(_as_json({**_told(token, now=now), "token": text}))
            return
        self.stdout.write(text)
        words = {"ref": token.ref, "person": token.person.email, "day": _day(token.expires_at)}
        self.stderr.write(_("%(ref)s acts as %(person)s until %(day)s. It is not shown again.") % words)

    def _list(self, options: dict[str, Any]) -> None:
        now, found = timezone.now(), token_status.listed()
        if options["person"]:
            found = found.filter(person=_person(options["person"]))
        rows = [_told(one, now=now) for one in found if not options["live"] or one.is_live(now)]
        self.stdout.write(_as_json(rows) if options["json"] else "\n".join(_as_table(rows)))

    def _revoke(self, options: dict[str, Any]) -> None:
        token = token_status.listed().filter(ref=options["token"].upper()).first()
        if token is None:
            raise CommandError(_("There is no token %(ref)s.") % {"ref": options["token"]}, returncode=2)
        tokens.revoke_as_operator(token=token, actor=actor(), now=timezone.now())
        self.stdout.write(_("%(ref)s opens nothing any more.") % {"ref": token.ref})


def _person(email: str) -> User:
    found = people.with_email(email)
    if found is None:
        raise CommandError(_("There is nobody with the e-mail %(email)s.") % {"email": email}, returncode=2)
    return found


def _told(token: Token, *, now: datetime) -> dict[str, Any]:
    return {
        "ref": token.ref,
        "person": token.person.email,
        "label": token.label,
        "scopes": token.scopes,
        "status": token_status.status(token, now=now),
        "created_at": token.created_at.isoformat(),
        "created_by": token.created_by,
        "created_by_id": token.created_by_id,
        "expires_at": token.expires_at.isoformat(),
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }


def _as_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def _as_table(rows: list[dict[str, Any]]) -> Iterator[str]:
    if not rows:
        yield _("There is no such token.")
        return
    head = ["TOKEN", "PERSON", "STATUS", "EXPIRES", "LAST USED", "SCOPES", "FOR"]
    lines = [
        [one["ref"], one["person"], one["status"], one["expires_at"][:10], (one["last_used_at"] or "never")[:16],
         " ".join(one["scopes"]), one["label"]]
        for one in rows
    ]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    for line in [head, *lines]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _day(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d}"
