"""Tests that commit leave rows behind. Afterwards the database is what it was: empty, but for what migrations wrote."""

from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.test import TransactionTestCase

Kept = dict[type[Model], list[dict[str, Any]]]


def restore_after_each() -> None:
    """From now on restore the database after each test that commits, to what it is now.

    In place of Django's flush, which empties every table, with what migrations wrote, and writes the content types and
    permissions anew: for a test that has written to ten tables that is most of its time.
    """
    kept = rows()

    def teardown(_test: TransactionTestCase) -> None:
        restore(kept)

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]


def rows() -> Kept:
    """Every row there is: by now that is what migrations wrote."""
    return {one: found for one in _models() if (found := _of(one))}


def _models() -> list[type[Model]]:
    """One for each table."""
    return [one for one in apps.get_models(include_auto_created=True) if one._meta.managed and not one._meta.proxy]


def _of(model: type[Model]) -> list[dict[str, Any]]:
    return list(model._base_manager.order_by("pk").values())


@transaction.atomic
def restore(kept: Kept) -> None:
    """Leave these rows and no others. Foreign keys are checked at the end of it, so the order doesn't matter."""
    changed = [model for model, found in kept.items() if _of(model) != found]
    left = _filled() - {model._meta.db_table for model in kept}
    with connection.cursor() as cursor:
        for table in (*left, *(model._meta.db_table for model in changed)):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608  our own tables
    for model in changed:
        model._base_manager.bulk_create(model(**row) for row in kept[model])


def _filled() -> set[str]:
    """The tables that have a row, by one question."""
    tables = {one._meta.db_table for one in _models()}
    each = [f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(one)})" for one in tables]  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return {name for (name,) in cursor.fetchall()}
