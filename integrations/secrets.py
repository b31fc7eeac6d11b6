"""Where a credential comes from: the environment, a file, or our own database, sealed."""

import hmac
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.utils.translation import gettext as _

from integrations.base import NeedsAttention

# A credential is a line, not a document: a path such as /dev/zero must not fill the memory.
MAX_FILE_BYTES: Final = 64 * 1024


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


def resolve(source: str, value: str, *, keys: Sequence[str], json_key: str = "") -> str:
    """The credential itself. `source` is env (value: a variable's name), file (a path), stored (sealed text), or
    aws_secrets_manager (a name or an ARN, with the key of a JSON object in it), which can be an outside call.

    Raises SecretUnavailable when it is missing, empty or cannot be opened.
    """
    if source == "env":
        return _from_environment(value)
    if source == "file":
        return _from_file(value)
    if source == "stored":
        return unseal(value, keys=keys)
    if source == "aws_secrets_manager":
        from integrations import aws_secrets  # it needs what is defined here

        return aws_secrets.read(value, json_key).reveal()
    raise SecretUnavailable(_("“%(source)s” is not a place that a secret can come from.") % {"source": source})


def seal(plain: str, *, keys: Sequence[str]) -> str:
    """Encrypt for storage with the newest key, the first. Raises SecretUnavailable without a usable key."""
    return _box(keys).encrypt(plain.encode()).decode()


def unseal(sealed: str, *, keys: Sequence[str]) -> str:
    """Open what `seal` made with any of the keys. Raises SecretUnavailable, and never hands back sealed text."""
    box = _box(keys)
    plain = None
    with suppress(InvalidToken, ValueError):
        plain = box.decrypt(sealed.encode()).decode()
    if plain is None:
        raise SecretUnavailable(_("The stored secret does not open with any of the encryption keys in use."))
    return plain


# Each error below is raised outside of where it was caught: a cause such as UnicodeDecodeError
# carries the bytes that were read, and a traceback would take them along.


def _from_environment(name: str) -> str:
    text = os.environ.get(name, "")
    if not text:
        raise SecretUnavailable(_("The environment variable %(name)s is not set, or empty.") % {"name": name})
    return text


def _from_file(path: str) -> str:
    text = _read(path)
    if text is None:
        raise SecretUnavailable(_("The secret file %(path)s cannot be read as a short text.") % {"path": path})
    if not text:
        raise SecretUnavailable(_("The secret file %(path)s is empty.") % {"path": path})
    return text


def _read(path: str) -> str | None:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        return content.decode().rstrip("\r\n") if len(content) <= MAX_FILE_BYTES else None
    except (OSError, ValueError):
        return None


def _box(keys: Sequence[str]) -> MultiFernet:
    if not keys:
        raise SecretUnavailable(_("There is no encryption key, so stored secrets cannot be used."))
    fernets = [_fernet(key) for key in keys]
    usable = [fernet for fernet in fernets if fernet is not None]
    if len(usable) != len(fernets):
        number = fernets.index(None) + 1
        raise SecretUnavailable(
            _("Encryption key number %(number)d is not 32 bytes in URL-safe base64.") % {"number": number}
        )
    return MultiFernet(usable)


def _fernet(key: str) -> Fernet | None:
    try:
        return Fernet(key)
    except ValueError:
        return None


def credential_fingerprint(username: str, password: Secret, key: bytes) -> str:
    """A text that changes with the credentials and tells nothing about them without the key.

    Kept beside a refusal, it lets other processes see that the same credentials were refused already.
    """
    return hmac.digest(key, json.dumps([username, password.reveal()]).encode(), "sha256").hex()
