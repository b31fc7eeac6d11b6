"""What each kind of refusal of the API means: the page that `type` leads to."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.api.kinds import KINDS


@login_not_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/problems.html", {"kinds": KINDS})
