"""Write docs/faults.md from the tests of faults: what was made to fail, and what has to hold after it."""

import ast
import os
from itertools import zip_longest
from pathlib import Path
from typing import Final

import django

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = ("tests/faults", "tests/access/grants", "tests/access/events", "tests/access/notify")
ABOUT: Final = (
    "trouble",
    "crash",
    "matrix",
    "life",
    "lag",
    "settling",
    "outage",
    "workers",
    "races",
    "clock",
    "restore",
    "upgrade",
)
INTRODUCTION: Final = """\
# What was made to fail

Written from the tests by `make docs`. Each line is a test that runs on SQLite and on PostgreSQL (races on PostgreSQL
alone); real processes are started and killed in those of `tests/faults`. After each of them nothing is held past its
end, nothing is lost or done twice, nobody's standing membership is touched, and the log is whole.

## Random histories

People ask, approve, extend and give back; time passes; a worker makes passes; the database goes away; somebody renames
or deletes the role at Aptible; in any order, {histories} histories of up to twelve steps in each run of the tests, and
as many others on the other database, against the simulated Aptible as the truth. {disconnects} more in which the
database really goes away, at a step that writes or right after it: PostgreSQL ends the session of the worker; SQLite's
file is locked by another process, moved away and back, or may not grow. `make soak MINUTES=60` tries for as long as it
is told, a fifth of that time these. On two cores shared with much else, an hour of it were 5,800 histories on SQLite
(29 November 2026) and 4,404 on PostgreSQL (30 November), and none ended badly. In each pass one of these may go wrong:

"""


MATRIX: Final = """\

## The matrix

What a pass of a worker does, step by step. At each step the worker is killed, before it and after it; at those in
*italics*, which write, the database is away, takes it and goes away, or is full. Once all works again, the person came
and went once, at most a lease and the longest pause ({bound}) after their time. Each of them is tried where lists show
what is, and where they lag by {lag} s and adds take effect as late.

"""
ANSWERS: Final = """
To each call of giving and taking access ({calls}) Aptible answers, with that lag and without, in place of what it
should:

"""


def text() -> str:
    from tests.access.grants import fault_matrix as matrix
    from tests.access.grants.test_fault_matrix import BOUND, LAGS
    from tests.faults import histories, test_random_histories

    many = {"histories": test_random_histories.EXAMPLES, "disconnects": test_random_histories.DISCONNECTS}
    lines = [INTRODUCTION.format(**many), "| Aptible | the worker dies | the database |\n|---|---|---|\n"]
    columns = (
        sorted(set(histories.TROUBLES) - {"none"}),
        [one for one in histories.DEATHS if one != "never"],
        [one for one in histories.DATABASE if one != "stays"],
    )
    lines += [f"| {' | '.join(row)} |\n" for row in zip_longest(*columns, fillvalue="")]
    lines += [MATRIX.format(bound=f"{BOUND.seconds} s", lag=max(LAGS)), "| to | steps |\n|---|---|\n"]
    for situation, steps in matrix.SITUATIONS.items():
        shown = ", ".join(f"*{step}*" if step in matrix.WRITES else step for step in steps)
        lines.append(f"| {situation} | {shown} |\n")
    lines += [ANSWERS.format(calls=", ".join(matrix.CALLS)), *(f"* {answer}\n" for answer in matrix.ANSWERS)]
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).glob("test_*.py")):
            if folder == "tests/faults" or any(word in path.stem for word in ABOUT):
                lines.append(_of(path))
    return "".join(lines)


def _of(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [
        node.name.removeprefix("test_").replace("_", " ")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    title = (ast.get_docstring(tree) or path.stem).splitlines()[0].rstrip(".:")
    return f"\n## {title}\n\n`{path.relative_to(ROOT)}`\n\n" + "".join(f"* {name}\n" for name in names)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    (ROOT / "docs/faults.md").write_text(text(), encoding="utf-8")
