"""The log as a test looks at it: sealed, and verified from its first event on."""

from django.utils import timezone

from access.audit import seal, verify
from access.models import AuditEvent


def sealed() -> list[AuditEvent]:
    """Seal what has committed, and return all of the log in its order."""
    seal.seal(now=timezone.now())
    return list(AuditEvent.objects.order_by("seq"))


def first_bad() -> int | None:
    """Seal, verify, and return the number of the first event that is missing or bent."""
    seal.seal(now=timezone.now())
    bad = verify.first_bad()
    return bad.seq if bad else None
