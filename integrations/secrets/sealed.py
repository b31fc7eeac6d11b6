"""Secrets in our own database, encrypted: sealed with the newest key, opened with any of them."""

from collections.abc import Sequence
from contextlib import suppress

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.utils.translation import gettext as _

from integrations.secrets.secret import SecretUnavailable


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


# Each error here is raised outside of where it was caught: a traceback would take along what was read.


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
