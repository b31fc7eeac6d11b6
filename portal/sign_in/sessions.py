"""Sessions as Django keeps them, read by a question that is put together once: every page begins with it."""

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from access.core.prepared import prepared


class SessionStore(db.SessionStore):
    """Its name is part of what sessions are signed with: under another one all that there are would end."""

    def _get_session_from_db(self) -> Session | None:
        found = _running(str(self.session_key), timezone.now())
        if not found:
            self._session_key = None  # a new one gets a key of its own, and none that a browser has named
            return None
        return found[0]


@prepared
def _running(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)
