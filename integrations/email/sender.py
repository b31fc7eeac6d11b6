"""Hand one message to the mail server, and tell apart what passes by itself and what does not."""

import contextlib
import smtplib
import ssl
from collections.abc import Mapping
from typing import Final

from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.translation import gettext as _

from integrations.base import Message, ProviderError, ProviderUnavailable

_AUTOMATIC: Final[Mapping[str, str]] = {
    # No answering machine may answer.
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
}


class EmailSender:
    """Sends with Django's own mail settings. One connection a message: there are few, and each is independent."""

    def send(self, message: Message) -> None:
        failure = self._hand_over(message)
        if failure is not None:
            # Raised here, and not where it went wrong: the errors of smtplib carry what the server wrote.
            raise failure

    def _hand_over(self, message: Message) -> ProviderError | None:
        connection = get_connection()
        try:
            mail = _mail(message)
            connection.open()
            mail.connection = connection
            mail.send()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return _judged(error)
        finally:
            # What goes wrong from here on is no concern of a message that was taken.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.close()
        return None


def _mail(message: Message) -> EmailMultiAlternatives:
    headers = {**_AUTOMATIC, "Message-ID": message.id}
    if message.thread:
        headers |= {"References": message.thread, "In-Reply-To": message.thread}
    mail = EmailMultiAlternatives(_line(message.subject), message.text, to=[message.to], headers=headers)
    mail.attach_alternative(message.html, "text/html")
    return mail


def _line(text: str) -> str:
    """One line, whatever somebody put into a name."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _judged(error: Exception) -> ProviderError:
    """Put the failure in a sentence that repeats nothing of what the server wrote."""
    code = _code(error)
    told = {"code": code}
    match error:
        case smtplib.SMTPRecipientsRefused() if code >= 500:
            return ProviderError(_("The mail server refuses this recipient (SMTP %(code)d).") % told)
        case smtplib.SMTPRecipientsRefused():
            return ProviderUnavailable(_("The mail server takes no mail for them now (SMTP %(code)d).") % told)
        case smtplib.SMTPDataError() if code >= 500:
            return ProviderError(_("The mail server refuses this message (SMTP %(code)d).") % told)
        case smtplib.SMTPAuthenticationError():
            return ProviderUnavailable(_("The mail server refuses the sign-in (SMTP %(code)d).") % told)
        case smtplib.SMTPSenderRefused():
            return ProviderUnavailable(_("The mail server refuses our own address (SMTP %(code)d).") % told)
        case smtplib.SMTPNotSupportedError():
            return ProviderUnavailable(_("The mail server does not offer what EMAIL_URL asks for."))
        case smtplib.SMTPResponseException():
            return ProviderUnavailable(_("The mail server has trouble (SMTP %(code)d).") % told)
        case ssl.SSLError():
            return ProviderUnavailable(_("No secure connection to the mail server."))
        case smtplib.SMTPException() | OSError():
            return ProviderUnavailable(_("The mail server could not be reached, or broke off the connection."))
    return ProviderError(_("No mail can be addressed to this person."))


def _code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((int(code) for code, _text in error.recipients.values()), 0)
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else 0
