"""One thing that somebody has to know at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MOST: Final = 5  # of each kind: the rest is in the log
BAD: Final = "bad"
WAIT: Final = "wait"


@dataclass(frozen=True)
class Alert:
    # worker, overdue, findings, integration, request, flow, messages, webhook, event_log, last_role, written_off,
    # after_review: a page knows them
    kind: str
    tone: str
    text: str
    at: datetime | None = None  # since when
    pk: int | None = None  # of the integration, the flow or the webhook
    ref: str = ""  # of the request behind a grant
