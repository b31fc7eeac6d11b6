from typing import Any, Final

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

UID: Final = "the log is append-only"


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = _("Access")

    def ready(self) -> None:
        post_migrate.connect(keep_log_append_only, sender=self, dispatch_uid=UID)


def keep_log_append_only(*, using: str, **_: Any) -> None:
    """Set the triggers after each migration: SQLite loses them whenever it builds a table anew."""
    from access.audit import append_only
    from access.models import AuditSeal

    connection = connections[using]
    if AuditSeal._meta.db_table in connection.introspection.table_names():
        append_only.install(connection)
