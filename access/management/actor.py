"""Who runs a command, for the log."""

import getpass


def actor() -> str:
    """The account on this machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        # An account without a name, as in some containers.
        return "cli"
