"""`manage.py access_reviews`: start one, as a schedule does each quarter; list them; write the evidence of one."""

import json
from argparse import RawDescriptionHelpFormatter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import ngettext

from access.core.errors import Refusal
from access.evidence.access_reviews import begin, pack, told
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.models import AccessReview, Group, Target


class Command(ExampleCommand):
    help = "Start an access review, list those there are, and write the evidence of one."
    example = """\
Who decides is one of: approvers (of the target's flows), manager, group (with --group), admins. Rows are decided on the
page, and an admin signs off there.

Exits with 0 when it is done, 1 when it was refused, 2 when there is no such thing or the usage is wrong.

Example:
  python manage.py access_reviews start "Production, 2026 Q3" --target prod --reviewers approvers --days 14
  python manage.py access_reviews start "Everything, 2026" --every-target --reviewers group --group security
  python manage.py access_reviews list --json
  python manage.py access_reviews evidence V-7K3QF --out q3.zip
"""

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="start | list | evidence")
        shared: dict[str, Any] = {"epilog": self.example, "formatter_class": RawDescriptionHelpFormatter}
        start = ways.add_parser("start", help="start one; those who decide are told", **shared)
        start.add_argument("title")
        start.add_argument("--target", action="append", default=[], help="the name of a target; repeatable")
        start.add_argument("--every-target", action="store_true", help="every target, also those made later")
        start.add_argument("--reviewers", choices=AccessReview.Reviewers.values, default="approvers")
        start.add_argument("--group", default="", help="the name of the group that decides")
        start.add_argument("--days", type=int, default=14, help="due after so many days")
        listing = ways.add_parser("list", help="list them, with how many rows are in which state", **shared)
        listing.add_argument("--json", action="store_true", help="a list of JSON objects")
        evidence = ways.add_parser("evidence", help="write one zip", **shared)
        evidence.add_argument("ref", help="a reference such as V-7K3QF")
        evidence.add_argument("--out", default="", help="the file to write; REF-access-review.zip without it")

    def handle(self, *, way: str, **options: Any) -> None:
        {"start": self._start, "list": self._list, "evidence": self._evidence}[way](options)

    def _start(self, options: dict[str, Any]) -> None:
        now, group = timezone.now(), None
        targets = list(Target.objects.filter(name__in=options["target"]))
        if missing := sorted(set(options["target"]) - {one.name for one in targets}):
            raise CommandError(f"There is no target {', '.join(missing)}.", returncode=2)
        if options["group"] and (group := Group.objects.filter(name=options["group"]).first()) is None:
            raise CommandError(f"There is no group {options['group']}.", returncode=2)
        try:
            made = begin.start(
                title=options["title"], targets=targets, every_target=options["every_target"], group=group,
                reviewers=options["reviewers"], deadline=now + timedelta(days=options["days"]), by=actor(), now=now,
            )  # fmt: skip
        except (Refusal, OverflowError) as refusal:
            raise CommandError(str(refusal), returncode=1) from None
        count = made.rows.count()
        text = ngettext(
            "%(ref)s has begun with %(count)d row, due %(day)s.",
            "%(ref)s has begun with %(count)d rows, due %(day)s.",
            count,
        )
        self.stdout.write(text % {"ref": made.ref, "count": count, "day": _day(made.deadline)})

    def _list(self, options: dict[str, Any]) -> None:
        every = [_told(one) for one in AccessReview.objects.order_by("-pk")]
        if options["json"]:
            self.stdout.write(json.dumps(every, indent=2))
            return
        for one in every:
            counts = ", ".join(f"{state} {count}" for state, count in one["rows"].items() if count)
            self.stdout.write(
                f"{one['ref']}  {one['state']}  due {one['deadline']}  {one['title']}: {counts or 'no rows'}"
            )

    def _evidence(self, options: dict[str, Any]) -> None:
        reviews = AccessReview.objects.select_related("started_by", "closed_by", "group")
        review = reviews.filter(ref=options["ref"].upper()).first()
        if review is None:
            raise CommandError(f"There is no access review {options['ref']}.", returncode=2)
        file = Path(options["out"] or f"{review.ref}-access-review.zip")
        try:
            with file.open("wb") as out:
                out.writelines(pack.stream(review, now=timezone.now()))
        except OSError as error:
            raise CommandError(f"It can't be written: {error.strerror}.", returncode=2) from None
        self.stdout.write(f"The evidence of {review.ref} is in {file}.")


def _told(one: AccessReview) -> dict[str, Any]:
    return {
        "ref": one.ref, "title": one.title, "state": one.state, "reviewers": one.reviewers,
        "started_at": one.started_at.isoformat(timespec="seconds"), "deadline": _day(one.deadline),
        "rows": told.counts(one),
    }  # fmt: skip


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
