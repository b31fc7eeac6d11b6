"""What pyproject.toml can't say: the client stands beside this folder, and is taken from there and from no registry."""

from pathlib import Path

from setuptools import setup

CLIENT = Path(__file__).resolve().parent.parent / "cli"

setup(
    install_requires=[
        f"usher-cli @ {CLIENT.as_uri()}",
        # Terraform's plugin protocol, in Python.
        "tf",
    ]
)
