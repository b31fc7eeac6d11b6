"""For those who watch the portal: does the process answer, and does the work get done."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.alerts import alerts
from access.models import Worker

# Longer than this past its end, access is a matter for a person.
OVERDUE_SECONDS = 60


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of the database, so that a database that is away restarts nobody."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Everything works, 200, or somebody has to look, 503. Numbers only: nobody has to sign in to read it."""
    try:
        found = _found()
    except Error:
        found = {"database": False}
    ready = all(value is not False for value in found.values())
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)


def _found() -> dict[str, Any]:
    now = timezone.now()
    late = alerts.overdue(now=now)
    oldest = (now - late.oldest_at).total_seconds() if late.oldest_at else 0.0
    stuck = alerts.integrations_in_trouble()
    return {
        "database": True,
        "worker": Worker.objects.any_running(now=now),
        "punctual": oldest <= OVERDUE_SECONDS,
        "overdue_grants": late.count,
        "oldest_overdue_seconds": round(oldest, 1),
        "integrations": stuck == 0,
        "integrations_that_need_attention": stuck,
    }
