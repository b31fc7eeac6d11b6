"""`usher wait`: for what was asked before, by another command or on the page."""

import argparse

from usher_client import commands
from usher_client.commands import Shell


def wait(shell: Shell, given: argparse.Namespace) -> int:
    """Wait until the access is there, or was refused. What is settled already is told at once."""
    limit = commands.in_seconds(given.timeout)
    asked = shell.client.get(f"/requests/{commands.part(given.ref)}").body
    return commands.waited(shell, asked, limit)
