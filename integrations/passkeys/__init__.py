"""WebAuthn, as far as it is used here: what a browser is asked for, and whether what it answers is genuine.

Bytes are told in base64url without padding, as browsers do. The library behind it is loaded with the first call: most
processes never see a passkey.
"""

import importlib
from typing import TYPE_CHECKING, Any

from integrations.passkeys.values import Known, Registered, Site, Unfit

if TYPE_CHECKING:
    from integrations.passkeys.calls import ALGORITHMS, challenge_of, parts_of, registered, signed, to_register, to_sign

__all__ = [
    "ALGORITHMS", "Known", "Registered", "Site", "Unfit", "challenge_of", "parts_of", "registered", "signed",
    "to_register", "to_sign",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    return getattr(importlib.import_module("integrations.passkeys.calls"), name)
