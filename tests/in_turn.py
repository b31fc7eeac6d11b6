"""What may not run at once on both cores: tests that start processes, and tests that wait for a browser."""

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler import LoadScopeScheduling

# Each of these keeps a machine busy by itself; two at once make the other wait past what it allows for.
IN_TURN: Final = ("faults", "browser")
# Here the tests of a file share what takes long to start.
BY_FILE: Final = ("tests/deploy/", "tests/access/policy/test_migration_stages.py")


class InTurn(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Give each test to whichever core is free; but those of one of these folders, or files, to one core, and first.

    By xdist's documented hook and not by its mark `xdist_group`, which pytest 9 no longer lets it write.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = PurePosixPath(file).parts[1]
        if folder in IN_TURN:
            return folder
        return file if file.startswith(BY_FILE) else nodeid
