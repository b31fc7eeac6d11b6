"""Who knew the log as it was: a seal in the database, or an anchor outside of it. Both say the same and are signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from access.audit import digest, keys
from access.models.audit import Seal

KIND: Final = "usher-anchor"


class NoWitness(Exception):
    """A text that is no anchor."""


@dataclass(frozen=True)
class Witness:
    """At this time the log ended with the event of this number and this hash."""

    seq: int
    hash: str
    at: datetime
    key: str
    signature: str
    what: str = "anchor"

    def is_signed(self) -> bool:
        return keys.is_signed(self.key, self.signature, digest.statement(self.seq, self.hash, self.at))

    def told(self) -> dict[str, Any]:
        """As it is written into anchors, exports and packs."""
        return {
            "kind": KIND,
            "seq": self.seq,
            "hash": self.hash,
            "at": digest.moment(self.at),
            "key": self.key,
            "signature": self.signature,
        }


def of_seal(seal: Seal) -> Witness:
    if seal.sealed_at is None:
        raise NoWitness
    return Witness(seal.sealed_seq, seal.sealed_hash, seal.sealed_at, seal.key, seal.signature, _("seal"))


def read(told: Any) -> Witness:
    """Read an anchor from its JSON. Raises NoWitness; whether it is genuine is another question."""
    try:
        if told["kind"] != KIND:
            raise NoWitness
        at = datetime.fromisoformat(told["at"].replace("Z", "+00:00"))
        facts = [str(told[name]) for name in ("hash", "key", "signature")]
        if at.tzinfo is None or not isinstance(told["seq"], int) or told["seq"] < 1:
            raise NoWitness
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NoWitness from None
    return Witness(told["seq"], facts[0], at, *facts[1:])
