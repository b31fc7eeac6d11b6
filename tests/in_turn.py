"""What may not run at once on both cores: tests that start processes, and tests that wait for a browser."""

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler import LoadScopeScheduling

# Each of these keeps a machine busy by itself; two at once make the other wait past what it allows for.
IN_TURN: Final = ("faults", "browser")


class InTurn(LoadScopeScheduling):
    """Give each test to whichever core is free, but those of one of these folders to one core, and first.

    By xdist's documented hook and not by its mark `xdist_group`, which pytest 9 no longer lets it write.
    """

    def _split_scope(self, nodeid: str) -> str:
        folder = PurePosixPath(nodeid.partition("::")[0]).parts[1]
        return folder if folder in IN_TURN else nodeid
