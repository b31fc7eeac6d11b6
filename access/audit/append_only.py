"""Triggers that refuse to change or delete an audit event, for whoever writes SQL past the models."""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

_SENTENCE: Final = "The audit log is append-only."

_INSTALL: Final = {
    "sqlite": [
        f"CREATE TRIGGER audit_is_not_{verb.lower()}d BEFORE {verb} ON access_auditevent "
        f"BEGIN SELECT RAISE(ABORT, '{_SENTENCE}'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SENTENCE}'; END $$",
        "CREATE TRIGGER audit_rows_are_kept BEFORE UPDATE OR DELETE ON access_auditevent "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
        "CREATE TRIGGER audit_is_not_truncated BEFORE TRUNCATE ON access_auditevent "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
    ],
}
_REMOVE: Final = {
    "sqlite": ["DROP TRIGGER IF EXISTS audit_is_not_updated", "DROP TRIGGER IF EXISTS audit_is_not_deleted"],
    "postgresql": [
        "DROP TRIGGER IF EXISTS audit_rows_are_kept ON access_auditevent",
        "DROP TRIGGER IF EXISTS audit_is_not_truncated ON access_auditevent",
        "DROP FUNCTION IF EXISTS audit_is_append_only()",
    ],
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database itself refuse UPDATE, DELETE and TRUNCATE on the log."""
    _run(connection, _INSTALL[connection.vendor])


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the refusal away: for undoing the migration, and for test databases that are emptied."""
    _run(connection, _REMOVE[connection.vendor])


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
