"""Refusals. Each carries a sentence for the person it stops; the portal maps them to HTTP once."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _


class Refusal(Exception):
    """The product says no. `str()` of it is fit for the person who reads it."""

    status: ClassVar[int] = 400


class NotAllowed(Refusal):
    """This person may not do this."""

    status = 403


class Conflict(Refusal):
    """Someone or something was first: what was asked for no longer fits the state."""

    status = 409


class Invalid(Refusal):
    """What was typed can't be accepted. `errors` maps a field's name to its sentence."""

    status = 400

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()) or _("Please check what you typed."))
        self.errors = dict(errors)


def allowed(check: Callable[..., object], *args: Any, **kwargs: Any) -> bool:
    """Ask a check for a yes or a no."""
    try:
        check(*args, **kwargs)
    except Refusal:
        return False
    return True
