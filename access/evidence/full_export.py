"""Everything that the portal keeps, row by row, to be kept elsewhere: nothing secret is among it."""

from collections.abc import Iterator
from typing import Final

from django.apps import apps
from django.core import serializers
from django.db.models import Model

from access.core.retention import PASSING
from access.core.slices import in_slices

# What opens something, and what is of no use outside of the database that it is in.
SECRET: Final = {
    "Secret": {"sealed"},
    "Webhook": {"sealed", "sealed_before"},
    "Token": {"digest"},
    "User": {"password"},
    "AnchorPlace": {"address"},
    "Proposal": {"sealed", "digest"},
    "Integration": {"secrets_seen"},
}


def rows() -> Iterator[str]:
    """Every row as one line of JSON, in constant memory: its model, its key, and its fields."""
    for model in apps.get_app_config("access").get_models():
        if model._meta.model_name not in PASSING:
            yield from _of(model)


def _of(model: type[Model]) -> Iterator[str]:
    hidden = SECRET.get(model.__name__, set())
    fields = [one.name for one in (*model._meta.concrete_fields, *model._meta.many_to_many) if one.name not in hidden]
    for row in in_slices(model._default_manager.all(), "pk"):
        yield serializers.serialize("jsonl", [row], fields=fields, ensure_ascii=False)
