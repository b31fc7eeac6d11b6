"""The wheel has all that the portal needs: every template and static file, and a command line."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from portal.version import VERSION
from tests import source

TREES = ("access", "integrations", "portal", "templates", "docs")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """What is installed by the wheel."""
    tree = tmp_path_factory.mktemp("tree")
    for name in TREES:
        shutil.copytree(source.ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copyfile(source.ROOT / name, tree / name)
    out = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(out), str(tree)], capture_output=True, check=True)  # noqa: S603
    [wheel] = out.glob("*.whl")
    assert wheel.name == f"usher-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as files:
        files.extractall(out / "site")
    return out / "site"


def names(folder, *kinds):
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() and one.suffix in kinds}


def test_templates_docs_and_static_files_are_in_it(unpacked):
    assert names(unpacked / "portal/templates", ".html", ".txt") == names(source.ROOT / "templates", ".html", ".txt")
    assert names(unpacked / "portal/docs", ".md") == {one.name for one in (source.ROOT / "docs").glob("*.md")}
    for app in ("access", "portal"):
        kinds = (".css", ".js", ".svg")
        assert names(unpacked / app / "static", *kinds) == names(source.ROOT / app / "static", *kinds)
    assert not (unpacked / "tests").exists()


def test_it_has_a_command_line(unpacked):
    [points] = unpacked.glob("usher-*.dist-info/entry_points.txt")
    assert "usher-portal = portal.main:main" in points.read_text()
