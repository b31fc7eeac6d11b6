"""The floor: a bare signed-in Django page of 25 rows from one query, and one insert, in the same stack as the product.

Sessions, sign-in and database are the product's; the page has no rule, no navigation and no translation. The insert is
one small row, of whoever calls.
"""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.floor_settings")
django.setup()

from django.contrib.auth.decorators import login_required  # noqa: E402  needs the settings
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

from access.models import AccessRequest, SignInAttempt  # noqa: E402

PAGE = """<!doctype html><html lang="en"><head><title>Floor</title></head><body><nav>{{ user.email }}</nav><main>
<table>{% for row in rows %}<tr><td><a href="/items/{{ row.pk }}/">{{ row.ref }}</a></td><td>{{ row.requester_id }}</td>
<td>{{ row.state }}</td><td>{{ row.created_at|date:"Y-m-d H:i" }}</td><td>{{ row.reason }}</td></tr>
{% endfor %}</table></main></body></html>"""
_template: Any = engines["django"].from_string(PAGE)


@login_required
def page(request: HttpRequest) -> HttpResponse:
    rows = AccessRequest.objects.only("ref", "requester", "state", "created_at", "reason").order_by("-pk")[:25]
    return HttpResponse(_template.render({"rows": list(rows)}, request))


@csrf_exempt
@require_POST
def insert(_request: HttpRequest) -> HttpResponse:
    made = SignInAttempt.objects.create(email="bench@example.com", address="192.0.2.1", at=timezone.now())
    return JsonResponse({"id": made.pk})


urlpatterns = [path("", page), path("insert/", insert)]
application = get_wsgi_application()
