"""The project's own files, as the tests of its shape read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ("access", "integrations", "portal")
# Distributions of their own, without their environments.
TERRAFORM = ("cli/usher_client", "cli/tests", "terraform/usher_provider", "terraform/tests")
TEXT = {".py", ".html", ".css", ".js", ".md", ".toml", ".txt", ".yml", ".json"}


def python_files(*folders: str) -> list[Path]:
    """List the Python files below these folders, without migrations: those are written by a command."""
    files = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in files if "migrations" not in path.parts]


def text_files() -> list[Path]:
    """List every text file that somebody wrote."""
    folders = (*CODE, *TERRAFORM, "tests", "templates", "docs", "tools")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    files += [path for path in ROOT.iterdir() if not path.name.startswith(".")]
    return sorted(path for path in files if path.is_file() and path.suffix in TEXT)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def name(path: Path) -> str:
    """Name a file as seen from the root, such as access/grants/rules.py."""
    return path.relative_to(ROOT).as_posix()


@cache
def imports(path: Path) -> tuple[str, ...]:
    """List what a file imports, anywhere in it: `from access import audit` counts as access.audit.log."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
