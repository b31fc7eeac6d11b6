"""The letter about a comment on a request."""

from django.utils.translation import gettext as _

from access.models import Notification
from access.notify.letters.letter import Letter, comment, open_request, paragraphs, request_of


def comment_on(notification: Notification) -> Letter:
    request = request_of(notification)
    words = {"by": notification.facts["by"], "what": request.subject, "person": str(request.requester)}
    return Letter(
        subject=_("%(by)s wrote about %(what)s for %(person)s") % words,
        text=paragraphs(_("%(by)s wrote about the request of %(person)s for %(what)s. Answer on its page.") % words),
        quote=comment(notification),
        link=open_request(request),
    )
