"""Every letter that is sent, about people whom there are not: as text, and as HTML in a frame of its own."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from access.admin.base import signed_in
from access.core.errors import NotAllowed
from access.notify.letters import examples
from integrations.base import Message

# What a letter may do in its frame: look as it does.
_OF_A_LETTER = {
    "default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": [SELF], "base-uri": [NONE],
    "form-action": [NONE], "sandbox": True,
}  # fmt: skip


def urls(site: AdminSite) -> list[URLPattern]:
    """The page of one letter, and the letter alone."""

    @require_safe
    def page(request: HttpRequest, slug: str = "") -> HttpResponse:
        """List all letters and show one: the first, where none is named."""
        slug = slug or examples.EXAMPLES[0].slug
        context = {
            **site.each_context(request), "title": _("Letters"), "message": _message(request, slug), "slug": slug,
            "letters": examples.EXAMPLES,
        }  # fmt: skip
        return render(request, "admin/letters.html", context)

    @require_safe
    def html(request: HttpRequest, slug: str) -> HttpResponse:
        """The HTML of one letter as it is sent, without anything around it."""
        return HttpResponse(_message(request, slug).html)

    # The last word on the policy is had by whoever is outermost.
    framing = csp_update({**settings.ADMIN_CSP_EXTRA, "frame-src": [SELF]})(site.admin_view(page))
    framed = xframe_options_sameorigin(csp(_OF_A_LETTER)(csp_update({})(site.admin_view(html))))
    return [
        path("letters/", framing, name="letters"),
        path("letters/<slug:slug>/", framing, name="letter"),
        path("letters/<slug:slug>/html/", framed, name="letter-html"),
    ]


def _message(request: HttpRequest, slug: str) -> Message:
    reader = signed_in(request)
    if not reader.is_admin:
        raise NotAllowed(_("Only an admin can look at the letters."))
    example = examples.find(slug)
    if example is None:
        raise Http404
    return examples.message(example, zone=reader.time_zone)
