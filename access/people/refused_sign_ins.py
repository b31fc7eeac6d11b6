"""Who could not get in, for the log: by which way, from where, and never with what they typed as a secret.

A stranger decides how often this happens, and the log never shrinks: so many are written in a while, and no more.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from access.audit import log
from access.models import AuditEvent
from access.people import people

WINDOW: Final = timedelta(minutes=10)
MOST: Final = 30  # in one window, of all addresses together
MOST_OF_ONE: Final = 5  # of one address
TYPE: Final = "sign_in.failed"


@transaction.atomic
def note(*, way: str, text: str, address: str, now: datetime, email: str = "", reason: str = "") -> bool:
    """Write that somebody was refused, unless as many were written lately; return whether it was written.

    `email` is named only if it is an account's: what else was typed may be a password in the wrong field.
    """
    lately = AuditEvent.objects.filter(type=TYPE, at__gt=now - WINDOW).order_by("-id")[:MOST]
    addresses = [one.data.get("address", "") for one in lately]
    same = addresses.count(address)
    if len(addresses) >= MOST or same >= MOST_OF_ONE:
        return False
    known = people.with_email(email) if email else None
    # The last that is written says so: its silence afterwards is no sign of peace.
    is_last = len(addresses) + 1 == MOST or same + 1 == MOST_OF_ONE
    data = {"way": way, "text": text, "address": address, "last": is_last, **({"reason": reason} if reason else {})}
    log.append(TYPE, actor=log.SYSTEM, now=now, subject=known or "person:unknown", data=data)
    return True
