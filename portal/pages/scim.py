"""The company's directory calls here. The library that reads it is large, and loaded with the first call."""

from importlib import import_module

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def serve(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer by `portal/scim/`: who calls is known by a token, and a session opens nothing here."""
    answer: HttpResponse = import_module("portal.scim.view").serve(request, rest)
    return answer
