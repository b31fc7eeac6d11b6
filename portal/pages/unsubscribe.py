"""The link below a mail, and the button that programs of mail show for it."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from access.notify import unsubscribe


# The one who sends the POST is a server of mail, which knows of no form and has no cookie.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """A GET only asks: programs that look at links before people do end nothing."""
    found = unsubscribe.find(token)
    if found is None:
        return render(request, "pages/unsubscribe.html", {}, status=HTTPStatus.NOT_FOUND)
    person, topic = found
    if request.method == "POST":
        unsubscribe.mute(person, topic)
    return render(request, "pages/unsubscribe.html", {"topic": topic, "done": request.method == "POST"})
