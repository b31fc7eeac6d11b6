"""One message to whoever asks for it, now: the proof that mail works before somebody depends on it."""

from datetime import datetime

from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext as _

from access.core.errors import Conflict
from access.models import User
from integrations import registry
from integrations.base import Message, ProviderError, Said


def send_test(*, to: User, now: datetime) -> None:
    """Hand a message for this person to the mail server. Raises Conflict with what stands in the way."""
    if not settings.EMAIL_IS_SET:
        raise Conflict(_("No mail server is set up: set EMAIL_URL, and start the portal again."))
    try:
        registry.sender("email").send(_message(to, now=now))
    except ProviderError as error:
        raise Conflict(_("The message could not be sent. %(reason)s") % {"reason": error.summary}) from None


def _message(to: User, *, now: datetime) -> Message:
    text = _("Mail from Usher reaches you. You asked for this message on the set-up page.")
    name, link = f"test-{now.timestamp():.0f}", (_("Open Usher"), settings.BASE_URL)
    said = Said(paragraphs=(text,), facts=(), quote=None, link=link, why=_("You asked for it."))
    html = format_html('<p>{}</p><p><a href="{}">{}</a></p>', text, link[1], link[0])
    return Message(
        id=name, thread=name, to=to.email, subject=_("A test message from Usher"),
        text=f"{text}\n\n{link[1]}\n", html=html, said=said,
    )  # fmt: skip
