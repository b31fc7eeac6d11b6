"""How many lines and branches of each room the tests take, from the `.coverage` of a run: see `make coverage`."""

import json
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

from coverage import Coverage

COUNTED: Final = ("covered_lines", "num_statements", "covered_branches", "num_branches")


def table(files: dict[str, dict[str, Counter[str]]]) -> str:
    """A line for each room, in the order of the letters. `files` is that part of coverage's JSON report."""
    rooms: dict[str, Counter[str]] = defaultdict(Counter)
    for name, told in files.items():
        rooms["/".join(Path(name).parts[:2])] += Counter({one: told["summary"][one] for one in COUNTED})
    lines = [f"{'room':<26}{'lines':>8}{'branches':>12}{'not taken':>12}"]
    for room, counts in sorted(rooms.items()):
        lines_share = _share(counts["covered_lines"], counts["num_statements"])
        branch_share = _share(counts["covered_branches"], counts["num_branches"])
        left = counts["num_branches"] - counts["covered_branches"]
        lines.append(f"{room:<26}{lines_share:>8}{branch_share:>12}{left:>12}")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _report() -> dict[str, dict[str, Counter[str]]]:
    coverage = Coverage()
    coverage.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        coverage.json_report(outfile=file.name)
        files: dict[str, dict[str, Counter[str]]] = json.loads(Path(file.name).read_text())["files"]
    return files


if __name__ == "__main__":
    print(table(_report()))
