"""The letter about a comment on a request."""

from django.utils.translation import gettext as _

from access.models import Notification
from access.notify.letters.letter import Letter, about_request, comment, request_of


def comment_on(notification: Notification) -> Letter:
    request = request_of(notification)
    words = {"by": notification.facts["by"], "what": request.subject, "person": str(request.requester)}
    return about_request(
        notification,
        _("%(by)s wrote about %(what)s for %(person)s") % words,
        _("%(by)s wrote about the request of %(person)s for %(what)s. Answer on its page.") % words,
        quoted=comment(notification),
    )
