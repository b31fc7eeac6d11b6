"""Each delivery counts once, in whichever process it comes again."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from access.models import SlackDelivery

# Longer than a signature is accepted, and than Slack goes on sending what was not answered.
KEPT: Final = timedelta(hours=2)


def first_time(name: str, *, now: datetime) -> bool:
    """Note what Slack calls a delivery, or signed it with; say whether nobody has noted it before."""
    SlackDelivery.objects.filter(received_at__lt=now - KEPT).delete()
    key = hashlib.sha256(name.encode()).hexdigest()
    _row, is_new = SlackDelivery.objects.get_or_create(key=key, defaults={"received_at": now})
    return is_new
