"""Sign what is sent, so that its receiver knows whose it is, that nobody changed it, and that it is fresh."""

import hmac
from collections.abc import Sequence
from typing import Final

from integrations.secrets import Secret

VERSION: Final = "v1"


def headers(*, event_id: str, body: bytes, timestamp: int, secrets: Sequence[Secret]) -> dict[str, str]:
    """What goes with one body: its id, the time in seconds since 1970, and a signature for each secret in use."""
    signed = f"{timestamp}.".encode() + body
    marks = [f"{VERSION}={hmac.digest(one.reveal().encode(), signed, 'sha256').hex()}" for one in secrets]
    return {
        "Usher-Event-Id": event_id,
        "Usher-Timestamp": str(timestamp),
        "Usher-Signature": ",".join(marks),
    }
