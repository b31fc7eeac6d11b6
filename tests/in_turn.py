"""What may not run at once on both cores: tests that start processes, and tests that wait for a browser."""

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler import LoadScopeScheduling

# Each of these keeps a machine busy by itself; two at once make the other wait past what it allows for.
IN_TURN: Final = ("faults", "browser")
# Here the tests of a file share what takes long to start; or, as with the histories, they compute for minutes, start no
# process, and need not stand in the line of those that do.
BY_FILE: Final = (
    "tests/deploy/",
    "tests/access/policy/test_migration_stages.py",
    "tests/faults/test_random_histories.py",
)


class InTurn(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Give each test to whichever core is free; but those of one of these folders, or files, to one core, and first.

    By xdist's documented hook and not by its mark `xdist_group`, which pytest 9 no longer lets it write.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith(BY_FILE):
            return file
        folder = PurePosixPath(file).parts[1]
        return folder if folder in IN_TURN else nodeid
