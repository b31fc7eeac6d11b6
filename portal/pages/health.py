"""For those who watch the portal: does the process answer, and does the work get done.

`/healthz` and `/healthcheck` are for whoever restarts processes and shares out requests, `/readyz` is for an alarm:
an Aptible that is away must not take the web away.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access.alerts import alerts, readiness, write_lock
from access.alerts.readiness import Part
from portal import migrations, static_files

# Nobody has to sign in to read it, and anybody may ask.
FIGURES: Final = ("overdue_grants", "oldest_overdue_seconds", "integrations_that_need_attention")


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
    parts, figures = list(_parts()), _figures()
    reasons = {one.name: one.reason for one in parts if not one.ok}
    told = {"ready": not reasons, **{one.name: one.ok for one in parts}, **figures, "reasons": reasons}
    return JsonResponse(told, status=503 if reasons else 200)


def _parts() -> Iterator[Part]:
    """Each part that can be looked at. Behind a database that is away, or is not migrated, nothing can be."""
    yield Part("static_files", static_files.trouble_at_start())
    try:
        missing = migrations.trouble()
        rows = [] if missing else readiness.parts(now=timezone.now())
    except Error:
        yield Part("database", _("The database can't be used."))
        return
    yield from (Part("database", write_lock.trouble()), Part("migrations", missing), *rows)


def _figures() -> dict[str, Any]:
    now = timezone.now()
    try:
        late, stuck = alerts.overdue(now=now), alerts.integrations_in_trouble()
    except Error:
        return {}
    oldest = (now - late.oldest_at).total_seconds() if late.oldest_at else 0.0
    return dict(zip(FIGURES, (late.count, round(oldest, 1), stuck), strict=True))
