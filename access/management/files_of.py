"""Which files a command of `config` reads, and how: the folder, what lies around it, and what is left aside."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from integrations.terraform import configuration
from integrations.terraform.configuration import Configuration
from integrations.terraform.only import KINDS, only


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--root", type=Path, help="modules and files may lie anywhere below this folder")
    parser.add_argument("--only", choices=KINDS, help="leave strategies of other systems aside, and what is theirs")


def read(options: dict[str, Any]) -> Configuration:
    """Read the files that the options of a command name. Raises CommandError."""
    folder, root = options["folder"], options["root"] or options["folder"]
    for one in (folder, root):
        if not one.is_dir():
            raise CommandError(_("There is no folder %(folder)s.") % {"folder": one}, returncode=2)
    if not folder.resolve().is_relative_to(root.resolve()):
        text = _("%(folder)s does not lie in %(root)s.") % {"folder": folder, "root": root}
        raise CommandError(text, returncode=2)
    files = configuration.read(folder, root=root)
    return only(files, options["only"]) if options["only"] else files


def kept(options: dict[str, Any]) -> dict[str, Any]:
    """What a plan has to know to be applied to the same files."""
    root = options["root"] and str(options["root"].resolve())
    plain = {name: options[name] for name in ("adopt", "offline", "only")}
    return {**plain, "root": root, "folder": str(options["folder"].resolve())}


def options_of(plan: dict[str, Any]) -> dict[str, Any]:
    """Read back what `kept` wrote. A plan of the release before says nothing of `root` and `only`."""
    root = plan.get("root")
    plain = {"adopt": plan["adopt"], "offline": plan["offline"], "only": plan.get("only")}
    return {**plain, "root": Path(root) if root else None, "folder": Path(plan["folder"])}
