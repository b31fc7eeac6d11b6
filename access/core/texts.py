"""Texts that people send, by whatever way they come."""

from django.utils.translation import gettext as _

from integrations.storable import is_storable


def wrong(**typed: str) -> dict[str, str]:
    """Say of each of these texts, by its name, that it can't be kept; nothing where all can."""
    return {name: unfit() for name, text in typed.items() if not is_storable(text)}


def unfit() -> str:
    return _("There is a character in this that no text has. Write it again.")
