"""One step of a story, for every face that tells it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DONE: Final = "done"
NOW: Final = "now"  # it is happening
NEXT: Final = "next"  # it is still to come
TROUBLE: Final = "trouble"


@dataclass(frozen=True)
class Step:
    kind: str  # the type of the audit event behind it, or of the one that is still to come
    title: str
    tone: str = DONE
    at: datetime | None = None
    who: str = ""
    note: str = ""
    quote: str = ""  # what a person wrote
    then: str = ""  # words before the moment `then_at`
    then_at: datetime | None = None
    took: timedelta | None = None  # since the step before
