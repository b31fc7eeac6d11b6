"""`manage.py mappings`: which account each person has, listed, and as a CSV file out and in."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.core.errors import Conflict, NotAllowed
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import Integration
from access.people import mappings_csv
from access.people.mapping_status import Listed, Status, listed
from access.people.mappings_csv.cells import shown
from access.people.rules import check_maps_by_command

STANDARD: Final = "-"  # input or output


class Command(ExampleCommand):
    help = "List the user mappings, or write them to a CSV file, or change them by one."
    example = """\
A file has the columns integration, email, account_id, account_email, method and status. Which account it is
says its id, its e-mail or both. Sym's table of identities (sym:cloud, aptible:<organization id>, User ID) can be
imported, too. A row that is missing, or has no account, changes nothing. A file with a line that is wrong
changes nothing, and each such line is told. The file - is the standard input or output.

Exits with 0 when all is well, 1 when a file holds something wrong, 2 when it can't be opened or the usage is wrong.

Example:
  python manage.py mappings list --status left --status renamed
  python manage.py mappings export mappings.csv
  python manage.py mappings import mappings.csv --dry-run
  python manage.py mappings import mappings.csv --json
"""

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="list | export | import")
        shared: dict[str, Any] = {"epilog": self.example, "formatter_class": RawDescriptionHelpFormatter}
        listing = ways.add_parser("list", help="show each mapping and how it stands", **shared)
        listing.add_argument("--integration", help="of this integration only")
        listing.add_argument("--status", action="append", choices=Status.values, help="of this status only; repeatable")
        listing.add_argument("--json", action="store_true", help="a list of JSON objects")
        exporting = ways.add_parser("export", help="write all mappings to a CSV file", **shared)
        exporting.add_argument("file", help="where to; a file that is there is replaced; - is the standard output")
        importing = ways.add_parser("import", help="change mappings by a CSV file, all of it or nothing", **shared)
        importing.add_argument("file", help="a CSV file in UTF-8; - is the standard input")
        importing.add_argument("--dry-run", action="store_true", help="show each change and make none")
        importing.add_argument("--json", action="store_true", help="one JSON object: changes, and lines that are wrong")

    def handle(self, *, way: str, **options: Any) -> None:
        {"list": self._list, "export": self._export, "import": self._import}[way](options)

    def _list(self, options: dict[str, Any]) -> None:
        integration = _integration(options["integration"]) if options["integration"] else None
        rows = list(listed(integration=integration, statuses=options["status"] or ()))
        self.stdout.write(_as_json([vars(row) for row in rows]) if options["json"] else "\n".join(_as_table(rows)))

    def _export(self, options: dict[str, Any]) -> None:
        text = "".join(mappings_csv.lines())
        if options["file"] == STANDARD:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["file"]).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise _unusable(options["file"], error) from error

    def _import(self, options: dict[str, Any]) -> None:
        data, dry_run = _read(options["file"]), options["dry_run"]
        try:
            plan = mappings_csv.plan(data) if dry_run else _applied(data)
        except (Conflict, NotAllowed) as error:
            raise CommandError(str(error)) from error
        text = _as_json(_told(plan, dry_run)) if options["json"] else "\n".join(_as_text(plan, dry_run))
        self.stdout.write(text)
        if plan.wrong:
            raise SystemExit(1)


def _applied(data: bytes) -> mappings_csv.Plan:
    check_maps_by_command()
    return mappings_csv.apply(data, actor=actor(), now=timezone.now())


def _integration(name: str) -> Integration:
    found = {one.name: one for one in Integration.objects.order_by("name")}
    if name not in found:
        words = {"name": name, "known": ", ".join(found) or _("none")}
        raise CommandError(_("There is no integration “%(name)s”. There are: %(known)s.") % words, returncode=2)
    return found[name]


def _read(name: str) -> bytes:
    try:
        if name == STANDARD:
            return sys.stdin.buffer.read()
        return Path(name).read_bytes()
    except OSError as error:
        raise _unusable(name, error) from error


def _unusable(name: str, error: OSError) -> CommandError:
    text = _("%(file)s can't be used: %(why)s.") % {"file": name, "why": error.strerror or error}
    return CommandError(text, returncode=2)


def _as_json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def _as_table(rows: list[Listed]) -> Iterator[str]:
    """Write a line for each mapping, in columns."""
    if not rows:
        yield _("There is no such user mapping.")
    lines = [(one.integration, one.email, _account(one.account_id, one.account_email), one.status) for one in rows]
    cells = [[shown(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _account(id_: str, email: str) -> str:
    return (f"{email} ({id_})" if email else id_) or "–"


def _told(plan: mappings_csv.Plan, dry_run: bool) -> dict[str, Any]:
    changes = [
        {
            "line": one.line, "integration": one.integration.name, "email": one.user.email,
            "before": {"account_id": one.before, "account_email": one.before_email},
            "after": {"account_id": one.after, "account_email": one.after_email},
        }
        for one in plan.changes
    ]  # fmt: skip
    remarks = {
        name: [{"line": one.line, "text": one.text} for one in found]
        for name, found in (("wrong", plan.wrong), ("left_out", plan.left_out))
    }
    applied = bool(changes) and not dry_run
    return {"sha256": plan.sha256, "applied": applied, "changes": changes, "unchanged": plan.unchanged, **remarks}


def _as_text(plan: mappings_csv.Plan, dry_run: bool) -> Iterator[str]:
    """Write a line for each remark and each change, and what came of it at the end."""
    for one in (*plan.left_out, *plan.wrong):
        yield _("Line %(line)d: %(text)s") % {"line": one.line, "text": one.text}
    for change in plan.changes:
        words = {
            "line": change.line,
            "person": shown(change.user.email),
            "integration": change.integration.name,
            "before": shown(_account(change.before, change.before_email)),
            "after": shown(_account(change.after, change.after_email)),
        }
        yield _("Line %(line)d: %(person)s in %(integration)s: %(before)s → %(after)s") % words
    yield _outcome(plan, dry_run)


def _outcome(plan: mappings_csv.Plan, dry_run: bool) -> str:
    if plan.wrong:
        count = len({one.line for one in plan.wrong})
        text = ngettext(
            "Nothing was changed: %(count)d line is wrong.", "Nothing was changed: %(count)d lines are wrong.", count
        )
        return text % {"count": count}
    count = len(plan.changes)
    if not count:
        return _("There is nothing to change: all of it is so already.")
    if dry_run:
        text = ngettext("%(count)d user mapping would change.", "%(count)d user mappings would change.", count)
    else:
        text = ngettext("%(count)d user mapping was changed.", "%(count)d user mappings were changed.", count)
    return text % {"count": count}
