"""`manage.py config`: flows as code. What files declare is checked, planned, applied, and written out again."""

import json
import time
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from access.config.declared import check_online, check_rows, destroy, export, plan, wanted
from access.config.declared.apply_changes import Broken
from access.config.declared.plan import Plan
from access.core.errors import Refusal
from access.management import files_of
from access.management.actor import actor
from access.management.example_command import ExampleCommand
from access.management.plan_words import as_facts, as_text
from integrations.terraform.configuration import Configuration
from integrations.terraform.problems import Problem

LONGEST_WAIT: Final = 60.0  # seconds for access to end


class Command(ExampleCommand):
    help = "Keep the set-up by Terraform files: check them, plan what they change, apply it, or write them."
    example = """\
plan exits with 0 when there is nothing to do, 2 when there are changes, and 1 for an error. The others exit with 0
when all is well, 1 when the files have mistakes or nothing was changed, and 2 when the usage is wrong.

Example:
  python manage.py config validate access/
  python manage.py config validate sym/main --root sym --only aptible
  python manage.py config plan access/ --out plan.json
  python manage.py config apply plan.json
  python manage.py config apply access/ --auto-approve --adopt
  python manage.py config export access/
"""

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="validate | plan | apply | export")
        shared: dict[str, Any] = {"epilog": self.example, "formatter_class": RawDescriptionHelpFormatter}
        ways.add_parser("validate", help="tell every mistake that plan --offline would tell", **shared)
        ways.add_parser("plan", help="tell what an apply would change, and whom it touches", **shared)
        ways.add_parser("apply", help="make the set-up what the files or the plan say", **shared)
        ways.add_parser("export", help="write the set-up as files that plan to nothing", **shared)
        for name, one in ways.choices.items():
            one.add_argument("folder", type=Path, help="a folder of .tf files" + (", or a plan" * (name == "apply")))
            one.add_argument("--json", action="store_true", help="one JSON object")
            if name != "export":
                files_of.add_arguments(one)
                one.add_argument("--adopt", action="store_true", help="take over rows that nobody's files keep")
            if name in ("plan", "apply"):
                one.add_argument(
                    "--offline", action="store_true", help="do not ask Aptible whether the roles are there"
                )
        ways.choices["validate"].add_argument(
            "--files-only", action="store_true", help="ask no database: who and what is here already is not looked at"
        )
        ways.choices["plan"].add_argument("--out", type=Path, help="write the plan to this file, for apply")
        ways.choices["apply"].add_argument(
            "--end-access", action="store_true", help="first end what is held of targets that would be destroyed"
        )
        ways.choices["apply"].add_argument("--auto-approve", action="store_true", help="do not ask before it")

    def handle(self, *, way: str, **options: Any) -> None:
        {"validate": self._validate, "plan": self._plan, "apply": self._apply, "export": self._export}[way](options)

    def _validate(self, options: dict[str, Any]) -> None:
        files = files_of.read(options)
        if options["files_only"]:
            found = wanted.read(files)
            problems = [*found.problems, *check_rows.without_approval(found.rows)]
            self._tell_problems(files, problems, found.warnings, as_json=options["json"])
        else:
            made = self._planned(files, options | {"offline": True})
            self._tell_problems(files, [], made.warnings, as_json=options["json"])
        if not options["json"]:
            self.stdout.write(_("The files are right."))

    def _plan(self, options: dict[str, Any]) -> None:
        made = self._planned(files_of.read(options), options)
        if options["out"]:
            _write(options["out"], _kept(options, made))
        self._tell(made, as_json=options["json"])
        if not made.is_empty:
            raise SystemExit(2)

    def _apply(self, options: dict[str, Any]) -> None:
        expected: dict[str, str] | None = None
        if options["folder"].is_file():
            expected = _read_plan(options["folder"])
            options |= files_of.options_of(expected)
        files = files_of.read(options)
        planned = self._planned(files, options)
        if expected and (expected["files"], expected["base"]) != (planned.digest, planned.base):
            raise CommandError(_("The plan is out of date: the files or the set-up have changed since. Plan again."))
        if not (expected or options["auto_approve"]) and not planned.is_empty:
            self._tell(planned, as_json=options["json"])
            if input(_("Apply this? Only “yes” does: ")) != "yes":
                raise CommandError(_("Nothing was changed."))
        if options["end_access"]:
            self._end_access(planned)
        made = self._trying(
            files, options,
            lambda: plan.apply(files, adopt=options["adopt"], actor=actor(), now=timezone.now(), expected=planned),
        )  # fmt: skip
        self._tell(made, as_json=options["json"])
        if not options["json"] and not made.is_empty:
            self.stdout.write(_("Applied."))

    def _end_access(self, planned: Plan) -> None:
        """Let the access to targets that would be destroyed end, and wait until the worker has seen it gone."""
        count = destroy.end_access(planned.changes, actor=actor(), now=timezone.now())
        if count:
            self.stderr.write(_("Ending the access of %(count)d.") % {"count": count})
        over = time.monotonic() + LONGEST_WAIT
        while destroy.open_grants(planned.changes).exists():
            if time.monotonic() > over:
                raise CommandError(_("The access is still ending: is a worker running? Apply again when it is gone."))
            time.sleep(0.2)

    def _export(self, options: dict[str, Any]) -> None:
        folder: Path = options["folder"]
        files = export.files()
        taken = [name for name in files if (folder / name).exists()]
        if taken:
            text = _("%(folder)s has %(names)s already: name an empty folder.")
            raise CommandError(text % {"folder": folder, "names": ", ".join(taken)}, returncode=2)
        for name, text in files.items():
            _write(folder / name, text)
        self.stdout.write("\n".join(str(folder / name) for name in files) or _("There is nothing to write."))

    def _planned(self, files: Configuration, options: dict[str, Any]) -> Plan:
        if not options["offline"] and (found := check_online.problems(files, now=timezone.now())):
            self._tell_problems(files, found, [], as_json=options["json"])
        return self._trying(
            files,
            options,
            lambda: plan.plan(
                files, adopt=options["adopt"], now=timezone.now(), ends_access=options.get("end_access", False)
            ),
        )

    def _trying(self, files: Configuration, options: dict[str, Any], attempt: Any) -> Plan:
        try:
            made: Plan = attempt()
        except Broken as error:
            self._tell_problems(files, error.problems, error.warnings, as_json=options["json"])
            raise CommandError(str(error)) from error
        except Refusal as error:
            raise CommandError(str(error)) from error
        return made

    def _tell(self, made: Plan, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(as_facts(made), indent=2, ensure_ascii=False))
            return
        self._tell_notes(made.warnings)
        self.stdout.write(as_text(made))

    def _tell_notes(self, warnings: list[Problem]) -> None:
        for one in warnings:
            self.stdout.write(_("Note: %(text)s") % {"text": f"{one.place}: {one.sentence}"})

    def _tell_problems(
        self, files: Configuration, problems: list[Problem], warnings: list[Problem], *, as_json: bool
    ) -> None:
        """Write what is wrong, and end the command when something is."""
        if as_json:
            told = {
                name: [{"place": str(one.place), "text": one.sentence} for one in some]
                for name, some in (("problems", problems), ("warnings", warnings))
            }
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            self._tell_notes(warnings)
            for one in problems:
                self.stderr.write(one.shown(files.sources))
        if problems:
            raise CommandError(_("The files have mistakes, so nothing is changed."))


def _kept(options: dict[str, Any], made: Plan) -> str:
    facts = as_facts(made)
    return json.dumps({"usher_plan": 1, **files_of.kept(options), **facts}, indent=2, ensure_ascii=False) + "\n"


def _read_plan(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or found.get("usher_plan") != 1:
        raise CommandError(_("%(path)s is not a plan that this version has written.") % {"path": path}, returncode=2)
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        where = {"path": path, "why": error.strerror}
        raise CommandError(_("%(path)s can't be written: %(why)s.") % where, returncode=2) from error
