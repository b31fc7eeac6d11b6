"""Fragments that look again and again: an unchanged one is answered by one cheap question.

Whatever changes is an event in the log. Where the log is as long as it was when this very fragment was last found to be
what the browser shows, nothing has changed since. What changes by time alone, or without an event, such as a worker
that stops, is looked for again after a short while.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from access.events import stream
from access.grants.active import GRACE
from portal.pages.http import PortalRequest

# For so long what the log does not tell may stay as it was, beyond the longest pause of a page that nobody uses; for
# those who look after the whole, shorter.
KEPT: Final = timedelta(minutes=2)
KEPT_FOR_ADMINS: Final = timedelta(seconds=10)


class Poll:
    """One look of a fragment. How long the log is is read before anything else."""

    def __init__(self, request: PortalRequest) -> None:
        self._request = request
        self._shown = request.GET.get("seen", "") if request.htmx else ""
        self._end = stream.length() if self._shown else 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing can have changed, so that nothing else has to be read."""
        return bool(self._shown) and cache.get(_key(self._request)) == self._end

    def has_seen(self, version: str, *, moments: Iterable[datetime | None] = (), keep: bool = True) -> bool:
        """Whether the browser shows this version. It stays so until the next of these moments, or the next event."""
        if not self._shown or self._shown != version:
            return False
        if not keep:
            return True
        now = timezone.now()
        turns = [at for moment in moments if moment for at in (moment, moment + GRACE) if at > now]
        kept = KEPT_FOR_ADMINS if self._request.user.reads_all else KEPT
        seconds = (min([now + kept, *turns]) - now).total_seconds()
        cache.set(_key(self._request), self._end, timeout=seconds)
        return True


def _key(request: HttpRequest) -> str:
    """The reader and the fragment, with all that it is narrowed to and the version that is shown."""
    shown = hashlib.sha256(request.get_full_path().encode()).hexdigest()
    return f"poll:{request.user.pk}:{shown}"
