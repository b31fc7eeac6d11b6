"""Help: the pages of docs/, in the portal's own look."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import help_pages
from portal.pages.http import PortalRequest


@require_safe
def contents(request: PortalRequest) -> HttpResponse:
    return render(request, "pages/help.html", {"contents": help_pages.contents()})


@require_safe
def page(request: PortalRequest, name: str) -> HttpResponse:
    found = help_pages.find(name)
    if found is None:
        raise Http404
    return render(request, "pages/help.html", {"contents": help_pages.contents(), "shown": found})
