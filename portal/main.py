"""The command line of the product: `manage.py`, and `usher-portal` where it is installed as a package."""

import os
import sys
from typing import Any, Final

from django.core.management import ManagementUtility

from portal import garbage_collection

DATABASE_HINT: Final = "Is the server running, and is DATABASE_URL right? “check --deploy” says more."
NOT_MIGRATED: Final = ("no such table", "does not exist", "no such column")


def main() -> None:
    """Run one command. A database that can't be used is one sentence; `--traceback` shows where it happened."""
    garbage_collection.pause()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.db.utils import InterfaceError, OperationalError, ProgrammingError

    from integrations.storable import is_storable

    if unreadable := next((one for one in sys.argv if not is_storable(one)), None):
        shown = unreadable.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        sys.stderr.write(f"“{shown}” is no text in UTF-8.\n")
        sys.exit(2)
    try:
        _CommandLine(sys.argv).execute()
    except (InterfaceError, OperationalError, ProgrammingError) as error:
        if "--traceback" in sys.argv or not _sentence(error):
            raise
        sys.stderr.write(_sentence(error) + "\n")
        sys.exit(1)


class _CommandLine(ManagementUtility):
    def fetch_command(self, subcommand: str) -> Any:
        """What comes before it is loaded code."""
        command = super().fetch_command(subcommand)
        garbage_collection.resume()
        return command


def _sentence(error: Exception) -> str:
    from django.db.utils import ProgrammingError

    from portal.redaction import redacted

    text = str(error).strip()
    if any(words in text for words in NOT_MIGRATED) and "database" not in text:
        return f"The database is not migrated ({text.partition(chr(10))[0]}). Run the command “migrate”."
    if isinstance(error, ProgrammingError):
        return ""  # a mistake of ours
    return f"The database can't be used: {redacted(' '.join(text.split()))}. {DATABASE_HINT}"


if __name__ == "__main__":
    main()
