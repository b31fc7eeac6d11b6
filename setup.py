"""What pyproject.toml can't say: templates and docs stand beside the packages, and go into one of them."""

from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
FOUND = [
    ".".join(one.relative_to(HERE).parent.parts)
    for top in ("access", "integrations", "portal")
    for one in sorted((HERE / top).rglob("__init__.py"))
]

setup(
    packages=[*FOUND, "portal.templates", "portal.docs"],
    package_dir={"portal.templates": "templates", "portal.docs": "docs"},
)
