"""What is read of the reader once for each HTTP request: how requests come to them, and how many wait."""

from django.http import HttpRequest
from django.utils import timezone

from access.models import User
from access.policy import decides_for
from access.policy.decides_for import Reach
from access.requests import waiting_counts
from access.requests.waiting_counts import Waiting


def reach_of(request: HttpRequest) -> Reach:
    """Somebody has to be signed in."""
    known: Reach | None = getattr(request, "reach_of_reader", None)
    if known is None:
        known = decides_for.of(_reader(request), now=timezone.now())
        request.reach_of_reader = known  # type: ignore[attr-defined]
    return known


def waiting_of(request: HttpRequest, *, rows: bool = False) -> Waiting:
    """How much waits for the reader, as the navigation and home tell it: the same number on one page.

    With the rows of access reviews where the page that asks first tells them.
    """
    known: Waiting | None = getattr(request, "waiting_of_reader", None)
    if known is None:
        known = waiting_counts.count(reach_of(request), now=timezone.now(), rows=rows)
        request.waiting_of_reader = known  # type: ignore[attr-defined]
    return known


def forget(request: HttpRequest) -> None:
    """Read it anew: something was decided."""
    request.waiting_of_reader = None  # type: ignore[attr-defined]


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  the sign-in was there before
    return request.user
