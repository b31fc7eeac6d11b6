"""Programs that are not Python's and that only tests run: on PATH, or where `tools/programs` has put them.

Where one is missing, what needs it is skipped, and the run says so in its last lines; `.ci/run` lets it fail.
"""

import os
import shutil
from typing import Final

import pytest

from tests import source

FOLDER: Final = source.ROOT / "build/programs"
MISSING: Final = "NOT TRIED: there is no "


def needed(name: str) -> str:
    """The path of the program."""
    found = shutil.which(name, path=f"{FOLDER}{os.pathsep}{os.environ.get('PATH', '')}")
    if found:
        return found
    if os.environ.get("EVERY_PROGRAM"):
        pytest.fail(f"There is no {name}, and EVERY_PROGRAM is set.")
    pytest.skip(f"{MISSING}{name} on this machine.")


def missed(reports: list[pytest.TestReport]) -> list[str]:
    """The sentences for those that were skipped since a program is missing."""
    reasons = {report.longrepr[2] for report in reports if isinstance(report.longrepr, tuple)}
    return sorted(text.removeprefix("Skipped: ") for text in reasons if MISSING in text)
