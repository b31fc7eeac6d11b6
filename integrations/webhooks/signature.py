"""Sign what is sent, so that its receiver knows whose it is, that nobody changed it, and that it is fresh.

By the specification Standard Webhooks (standardwebhooks.com), which many receivers have a library for.
"""

import base64
import hmac
from collections.abc import Sequence
from typing import Final

from integrations.secrets import Secret

VERSION: Final = "v1"
# Scanners of leaked secrets look for it.
PREFIX: Final = "whsec_"


def headers(*, event_id: str, body: bytes, timestamp: int, secrets: Sequence[Secret]) -> dict[str, str]:
    """What goes with one body: its id, the time in seconds since 1970, and a signature for each secret in use."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    marks = [hmac.digest(_key(one), signed, "sha256") for one in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"{VERSION},{base64.b64encode(one).decode()}" for one in marks),
        **_as_before(event_id=event_id, body=body, timestamp=timestamp, secrets=secrets),
    }


def _key(secret: Secret) -> bytes:
    """What the text of a secret stands for. Those made before have - and _ for + and /, and no = at the end."""
    text = secret.reveal().removeprefix(PREFIX)
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if {"-", "_"} & set(text) else None)


def _as_before(*, event_id: str, body: bytes, timestamp: int, secrets: Sequence[Secret]) -> dict[str, str]:
    """The headers of the releases up to 0.1, for receivers that know no others yet. They go with the next release."""
    signed = f"{timestamp}.".encode() + body
    marks = [f"{VERSION}={hmac.digest(one.reveal().encode(), signed, 'sha256').hex()}" for one in secrets]
    return {
        "Usher-Event-Id": event_id,
        "Usher-Timestamp": str(timestamp),
        "Usher-Signature": ",".join(marks),
    }
