"""What stops a command; the text of each is for whoever typed it."""

from collections.abc import Mapping


class Unusable(Exception):
    """Something that a call needs is not set, or can't be used; its text says what to do."""


class Unreachable(Exception):
    """The portal did not answer, or not as a portal does."""


class Refused(Exception):
    """The portal said no. `errors` has a sentence for each field, by its path."""

    def __init__(self, status: int, detail: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, dict(errors or {})


class WrongUse(Exception):
    """The command can't be meant like that; its text says how."""
