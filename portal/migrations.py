"""Whether the database has what this code needs: the migrations on the disk against those that ran."""

from functools import lru_cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import ngettext


def trouble() -> str:
    """Name what the database lacks; nothing when it has all, or more than this code knows. Raises django.db.Error."""
    missing = sorted(_known() - set(MigrationRecorder(connection).applied_migrations()))
    if not missing:
        return ""
    words = {"count": len(missing), "first": ".".join(missing[0])}
    text = ngettext(
        "The database lacks the migration %(first)s: run “manage.py migrate”.",
        "The database lacks %(count)d migrations, first %(first)s: run “manage.py migrate”.",
        len(missing),
    )
    return text % words


@lru_cache(maxsize=1)
def _known() -> frozenset[tuple[str, str]]:
    """Of the code that runs. A squashed one would stand for those that it replaces; there is none."""
    return frozenset(MigrationLoader(None).disk_migrations)
