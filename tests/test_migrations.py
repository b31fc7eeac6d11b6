"""A column that is added later has a default in the database, or may be empty: the release before still inserts."""

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED


def added_columns():
    """Each column that was added to a table after the migration that made the table, as it is today."""
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        made = {one.name.lower() for one in migration.operations if isinstance(one, CreateModel)}
        for operation in migration.operations:
            if app != "access" or not isinstance(operation, AddField) or operation.model_name.lower() in made:
                continue
            try:
                field = apps.get_model(app, operation.model_name)._meta.get_field(operation.name)
            except (LookupError, FieldDoesNotExist):
                continue
            yield f"{name}: {operation.model_name}.{operation.name}", field


def test_every_added_column_is_filled_by_the_database():
    found = dict(added_columns())
    assert len(found) > 15
    wrong = [
        name for name, field in found.items()
        if not field.many_to_many and not field.null and field.db_default is NOT_PROVIDED
    ]  # fmt: skip
    assert wrong == []
