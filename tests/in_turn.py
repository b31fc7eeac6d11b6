"""What may not run at once on both cores: tests that start processes, and tests that wait for a browser."""

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler import LoadScopeScheduling

# Each of these keeps a machine busy by itself; two at once make the other wait past what it allows for.
IN_TURN: Final = ("faults", "browser")
# Of the faults these wait for most of their time, and for so long that another line beside theirs changes nothing. With
# two lines and one worker that computes, two cores are busy, and not more than that.
WAITING: Final = tuple(f"tests/faults/test_{one}.py" for one in ("messages", "time_and_lag", "wrong_clock"))
# Here the tests of a file share what takes long to start; or, as with the histories, they compute for minutes, start no
# process, and need not stand in the line of those that do.
BY_FILE: Final = (
    "tests/deploy/",
    "tests/test_way_back.py",
    "tests/faults/test_random_histories.py",
)


class InTurn(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Give each test to whichever core is free; but those of one line, or file, to one core, and first.

    By xdist's documented hook and not by its mark `xdist_group`, which pytest 9 no longer lets it write.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith(BY_FILE):
            return file
        if file in WAITING:
            return "waiting"
        folder = PurePosixPath(file).parts[1]
        return folder if folder in IN_TURN else nodeid
