"""The floor: a bare signed-in Django page of 25 rows from one query, in the same stack as the product.

Sessions, sign-in and database are the product's; the page has no rule, no navigation and no translation.
"""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.floor_settings")
django.setup()

from django.contrib.auth.decorators import login_required  # noqa: E402  needs the settings
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402

from access.models import AccessRequest  # noqa: E402

PAGE = """<!doctype html><html lang="en"><head><title>Floor</title></head><body><nav>{{ user.email }}</nav><main>
<table>{% for row in rows %}<tr><td><a href="/items/{{ row.pk }}/">{{ row.ref }}</a></td><td>{{ row.requester_id }}</td>
<td>{{ row.state }}</td><td>{{ row.created_at|date:"Y-m-d H:i" }}</td><td>{{ row.reason }}</td></tr>
{% endfor %}</table></main></body></html>"""
_template: Any = engines["django"].from_string(PAGE)


@login_required
def page(request: HttpRequest) -> HttpResponse:
    rows = AccessRequest.objects.only("ref", "requester", "state", "created_at", "reason").order_by("-pk")[:25]
    return HttpResponse(_template.render({"rows": list(rows)}, request))


urlpatterns = [path("", page)]
application = get_wsgi_application()
