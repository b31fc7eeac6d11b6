"""Triggers that refuse to change or delete what the log has, for whoever writes SQL past the models.

One change is let through: an event that has no number gets one, with the hashes of its place in the chain.
"""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

_SENTENCE: Final = "The audit log is append-only."
EVENTS: Final = "access_auditevent"
SEALS: Final = "access_auditseal"
_GIVEN_BY_THE_SEAL: Final = ("seq", "previous", "hash")

_POSTGRESQL: Final = [
    "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_SENTENCE}'; END $$",
    # Compared as whole rows, so that a column that is added later is held as well.
    "CREATE OR REPLACE FUNCTION audit_is_only_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF OLD.seq IS NULL AND NEW.seq IS NOT NULL AND NEW.hash IS NOT NULL THEN "
    "OLD.seq := NEW.seq; OLD.previous := NEW.previous; OLD.hash := NEW.hash; "
    "IF OLD IS NOT DISTINCT FROM NEW THEN RETURN NEW; END IF; END IF; "
    f"RAISE EXCEPTION '{_SENTENCE}'; END $$",
    f"CREATE TRIGGER audit_rows_are_kept BEFORE DELETE ON {EVENTS} "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    f"CREATE TRIGGER audit_rows_are_only_sealed BEFORE UPDATE ON {EVENTS} "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_only_sealed()",
    f"CREATE TRIGGER audit_is_not_truncated BEFORE TRUNCATE ON {EVENTS} "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
    f"CREATE TRIGGER audit_seals_are_kept BEFORE UPDATE OR DELETE ON {SEALS} "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    f"CREATE TRIGGER audit_seals_are_not_truncated BEFORE TRUNCATE ON {SEALS} "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
]
_REMOVE: Final = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {name}"
        for name in (
            "audit_is_not_updated", "audit_is_not_deleted", "audit_is_not_replaced",
            "audit_seals_are_not_updated", "audit_seals_are_not_deleted", "audit_seals_are_not_replaced",
        )
    ],
    "postgresql": [
        *(f"DROP TRIGGER IF EXISTS {name} ON {EVENTS}"
          for name in ("audit_rows_are_kept", "audit_rows_are_only_sealed", "audit_is_not_truncated")),
        *(f"DROP TRIGGER IF EXISTS {name} ON {SEALS}"
          for name in ("audit_seals_are_kept", "audit_seals_are_not_truncated")),
    ],
}  # fmt: skip


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database itself refuse UPDATE, DELETE and TRUNCATE on the log. Once or often makes no difference."""
    remove(connection)
    _run(connection, _POSTGRESQL if connection.vendor == "postgresql" else _sqlite(connection))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the refusal away: while a migration changes the table, and for test databases that are emptied."""
    _run(connection, _REMOVE[connection.vendor])


def _sqlite(connection: BaseDatabaseWrapper) -> list[str]:
    """Name each column, as SQLite has no rows to compare. REPLACE deletes without asking the trigger for deletes."""
    columns = _columns(connection)
    refuse = f"SELECT RAISE(ABORT, '{_SENTENCE}'); END"
    kept = [f"NEW.{one} IS OLD.{one}" for one in columns if one not in _GIVEN_BY_THE_SEAL]
    is_sealed = " AND ".join(["OLD.seq IS NULL", "NEW.seq IS NOT NULL", "NEW.hash IS NOT NULL", *kept])
    known = "EXISTS (SELECT 1 FROM {} WHERE {})"
    same = known.format(EVENTS, "seq = NEW.seq OR hash = NEW.hash")
    key = "id" if "id" in columns else "seq"  # the first migrations have no other
    before = "CREATE TRIGGER audit_{} BEFORE {} ON {} "
    return [
        before.format("is_not_updated", "UPDATE", EVENTS) + f"WHEN NOT ({is_sealed}) OR {same} BEGIN {refuse}",
        before.format("is_not_deleted", "DELETE", EVENTS) + f"BEGIN {refuse}",
        before.format("is_not_replaced", "INSERT", EVENTS)
        + f"WHEN {same} OR {known.format(EVENTS, f'{key} = NEW.{key}')} BEGIN {refuse}",
        before.format("seals_are_not_updated", "UPDATE", SEALS) + f"BEGIN {refuse}",
        before.format("seals_are_not_deleted", "DELETE", SEALS) + f"BEGIN {refuse}",
        before.format("seals_are_not_replaced", "INSERT", SEALS)
        + f"WHEN {known.format(SEALS, 'id = NEW.id')} BEGIN {refuse}",
    ]


def _columns(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        return [one.name for one in connection.introspection.get_table_description(cursor, EVENTS)]


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    has_seals = SEALS in connection.introspection.table_names()  # the first migrations have none
    with connection.cursor() as cursor:
        for statement in statements:
            if has_seals or SEALS not in statement:
                cursor.execute(statement)
