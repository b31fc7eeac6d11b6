"""Which small wrong changes to a room would no test notice? A spot-check: `make mutants ROOM=grants`.

Each mutant is one change, such as `<` for `<=`, in a copy of the project; the room's own tests run against it. One that
survives is a line that no test of the room holds, or a change that makes no difference.
"""

import ast
import random
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.house_doc import ROOMS, ROOT

_OPPOSITE: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    line: int
    change: str
    text: str  # of the whole file


def mutants(text: str) -> Iterator[Mutant]:
    """Make every mutant of a file, one after the other."""
    tree = ast.parse(text)
    for node in [one for part in tree.body for one in ast.walk(part)]:
        for field, was, instead in _changes(node):
            setattr(node, field, instead)
            yield Mutant(getattr(node, "lineno", 0), f"{_name(was)} → {_name(instead)}", ast.unparse(tree))
            setattr(node, field, was)


def _changes(node: ast.AST) -> Iterator[tuple[str, object, object]]:
    """The fields of a node that can be turned round, with what they are and what instead."""
    if isinstance(node, ast.Compare):
        for number, one in enumerate(node.ops):
            if other := _OPPOSITE.get(type(one)):
                yield "ops", node.ops, [*node.ops[:number], other(), *node.ops[number + 1 :]]
    elif isinstance(node, ast.BoolOp | ast.BinOp) and (other := _OPPOSITE.get(type(node.op))):
        yield "op", node.op, other()
    elif isinstance(node, ast.If | ast.IfExp):
        yield "test", node.test, ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Return) and getattr(node.value, "value", node.value) is not None:
        yield "value", node.value, ast.Constant(None)


def _name(what: object) -> str:
    parts = what if isinstance(what, list) else [what]
    return " ".join(ast.unparse(one) if isinstance(one, ast.expr) else type(one).__name__ for one in parts)


def survives(copy: Path, tests: str) -> bool:
    """Whether all the tests pass. One that never ends is seen: it takes longer than any room's tests do."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "auto", "--no-header", tests]
    try:
        done = subprocess.run(command, cwd=copy, capture_output=True, timeout=900, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def check(room: str, *, many: int, seed: int) -> int:
    """Try some mutants of a room, and print those that survive; return how many did."""
    tests = f"tests/access/{room}"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "data", "staticfiles", "__pycache__"))
        if not survives(copy, tests):
            sys.exit(f"{tests} does not pass as it is.")
        known = [
            (path, one) for path in sorted((copy / "access" / room).rglob("*.py")) for one in mutants(path.read_text())
        ]
        chosen = random.Random(seed).sample(known, min(many, len(known)))  # noqa: S311  a sample, not a secret
        return sum(_try(path, one, copy, tests) for path, one in chosen)


def _try(path: Path, mutant: Mutant, copy: Path, tests: str) -> bool:
    right = path.read_text()
    path.write_text(mutant.text)
    survived = survives(copy, tests)
    path.write_text(right)
    word = "SURVIVED" if survived else "seen    "
    print(f"{word} {path.relative_to(copy)}:{mutant.line}: {mutant.change}", flush=True)
    return survived


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("--many", type=int, default=20, help="how many mutants to try")
    parser.add_argument("--seed", type=int, default=0, help="another number, other mutants")
    options = parser.parse_args()
    print(f"{check(options.room, many=options.many, seed=options.seed)} of at most {options.many} survived.")
