"""A text that tells nobody what it is, and what is raised where it can't be read."""

import hmac
import json
from typing import NoReturn

from integrations.base import NeedsAttention


class SecretUnavailable(NeedsAttention):
    """The credential cannot be read. The sentence names where it was looked for, never its value."""


class Secret:
    """A text that does not show itself: not in a repr, a log line, a traceback's locals or a pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Only for the line that hands it to the outside."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not written anywhere.")


def credential_fingerprint(username: str, password: Secret, key: bytes) -> str:
    """A text that changes with the credentials and tells nothing about them without the key.

    Kept beside a refusal, it lets other processes see that the same credentials were refused already.
    """
    return hmac.digest(key, json.dumps([username, password.reveal()]).encode(), "sha256").hex()
