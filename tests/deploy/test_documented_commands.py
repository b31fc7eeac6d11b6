"""Each command that a document shows is there, and takes what it is shown with: its options and its values."""

import re
import shlex

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from tests import source

DOCUMENTS = [source.ROOT / "README.md", source.ROOT / "CONTRIBUTING.md", *sorted(source.ROOT.glob("docs/*.md"))]
SHOWN = re.compile(r"manage\.py ([a-z][a-z_-]*)([^`\n]*)")
# What comes after it on its line: a remark, another program, the rest of it.
AFTER = re.compile(r"\s(?:#|\||>|&|;).*|\s*\\$|\[[^\]]*\]")
# `manage.py help` is Django's own, and X stands for any.
NOT_OURS = {"help", "x"}


def shown():
    """Each command with what is behind it, and whether it stands in a sentence, which may name a part of it only."""
    for path in DOCUMENTS:
        is_block = False
        for line in path.read_text().splitlines():
            is_block ^= line.lstrip().startswith("```")
            for command, rest in SHOWN.findall(line):
                yield command, AFTER.sub("", rest).replace("…", " x").strip(), not is_block


CASES = sorted(set(shown()))


def test_documents_name_what_is_there():
    assert {command for command, _rest, _is_part in CASES} - set(get_commands()) - NOT_OURS == set()
    assert len(CASES) > 50


@pytest.mark.parametrize(("command", "rest", "is_part"), [one for one in CASES if one[0] in get_commands()])
def test_a_command_takes_what_it_is_shown_with(command, rest, is_part):
    app = get_commands()[command]
    made = load_command_class(app, command) if isinstance(app, str) else app
    parser = made.create_parser("manage.py", command)
    if not rest:
        return
    try:
        parser.parse_args(shlex.split(rest))
    except SystemExit as end:
        if end.code:  # `--help` has none
            raise
    except CommandError as error:
        if not (is_part and "arguments are required" in str(error)):
            raise
