"""Which integration types exist. To add one is a folder and a line here."""

from importlib import import_module
from typing import Any, Final, cast

from integrations.base import AccessProvider

TYPES: Final[dict[str, str]] = {
    "aptible": "integrations.aptible.provider.AptibleProvider",
}


def build(type_name: str, **settings: Any) -> AccessProvider:
    """Make the provider of this type. Raises KeyError for a type that does not exist."""
    module, _, name = TYPES[type_name].rpartition(".")
    return cast(AccessProvider, getattr(import_module(module), name)(**settings))
