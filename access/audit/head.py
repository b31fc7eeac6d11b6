"""The end of the chain: whether it is the one that was sealed last, and its signature."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.audit import digest, keys
from access.core.prepared import prepared
from access.core.slices import in_slices
from access.models import AuditEvent, AuditHead, AuditSeal
from access.models.audit import Seal

BEGAN: Final = "audit.sealing_began"
# For so long after sealing began, processes of the release before may append as they did.
OLD_WAY_FOR: Final = timedelta(days=1)


class Unsealable(Exception):
    """The end of the log can't be signed, as it isn't the one that was sealed last. `why` says it in a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def seen() -> AuditHead:
    """The end of the chain as it is now. An empty log has no row yet, and no trouble."""
    return next(iter(_the_one()), None) or AuditHead(trouble="")


def locked() -> AuditHead:
    """The end of the chain, which nobody else moves until this transaction ends."""
    return next(iter(_the_one_locked()), None) or AuditHead.objects.select_for_update().get_or_create(pk=1)[0]


@prepared
def _the_one() -> QuerySet[AuditHead]:
    return AuditHead.objects.filter(pk=1)


@prepared
def _the_one_locked() -> QuerySet[AuditHead]:
    return AuditHead.objects.filter(pk=1).select_for_update()


def check(head: AuditHead, ring: keys.Ring) -> None:
    """Raises Unsealable unless the log ends with what was sealed last: so nobody gets a bent log signed."""
    if not head.sealed_at:
        if head.seq or AuditEvent.objects.filter(seq__isnull=False).exists():
            raise Unsealable(_("The log has events, and its end was never sealed."))
    elif head.key not in ring.public:
        raise Unsealable(_("The end of the log is sealed with a key that AUDIT_KEYS does not have."))
    elif not is_signed(head):
        raise Unsealable(_("The seal of the end of the log is not genuine."))
    elif (head.seq, head.hash) != (head.sealed_seq, head.sealed_hash):
        _check_old_way(head, head.sealed_at)


def is_signed(seal: Seal) -> bool:
    if seal.sealed_at is None:
        return False
    signed = digest.statement(seal.sealed_seq, seal.sealed_hash, seal.sealed_at)
    return keys.is_signed(seal.key, seal.signature, signed)


def sign(head: AuditHead, key: keys.Key, *, now: datetime) -> None:
    """Sign where the chain ends. The row is not saved."""
    head.sealed_seq, head.sealed_hash, head.sealed_at, head.key = head.seq, head.hash, now, key.public
    head.signature = key.sign(digest.statement(head.seq, head.hash, now))


def keep(head: AuditHead) -> AuditSeal:
    """Keep the seal of the end of the chain for good."""
    return AuditSeal.objects.create(
        sealed_seq=head.sealed_seq,
        sealed_hash=head.sealed_hash,
        sealed_at=head.sealed_at,
        key=head.key,
        signature=head.signature,
    )


def is_old_way(sealed_at: datetime | None) -> bool:
    """Whether an event that follows a seal of this time may be of the first format."""
    began = AuditEvent.objects.filter(type=BEGAN).order_by("id").values_list("at", flat=True).first()
    return bool(began and sealed_at and sealed_at < began + OLD_WAY_FOR)


def _check_old_way(head: AuditHead, sealed_at: datetime) -> None:
    """Follow what processes of the release before have chained by themselves since the last seal."""
    seq, previous = head.sealed_seq, head.sealed_hash
    for event in in_slices(AuditEvent.objects.filter(seq__gt=head.sealed_seq), "seq"):
        expected = digest.hash_of(1, seq + 1, previous, digest.facts_of(event))
        if (event.seq, event.previous, event.hash, event.format) != (seq + 1, previous, expected, 1):
            break
        seq, previous = seq + 1, expected
    if (seq, previous) != (head.seq, head.hash) or not is_old_way(sealed_at):
        raise Unsealable(_("The log does not end with what was sealed last."))
