"""Hand one message to the mail server, and tell apart what passes by itself and what does not."""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.translation import gettext as _

from integrations.base import ChannelDown, Message, ProviderError, ProviderUnavailable
from integrations.deadline import run_within

_AUTOMATIC: Final[Mapping[str, str]] = {
    # No answering machine may answer.
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
}


# All of one message. A server that answers slowly must not hold a worker for long: a job is killed at its time limit.
TOTAL_SECONDS: Final = 40.0


class EmailSender:
    """Sends with Django's own mail settings. One connection a message: there are few, and each is independent."""

    def send(self, message: Message) -> None:
        delivery = _Delivery(message)
        outcome = run_within(TOTAL_SECONDS, delivery.run)
        if outcome is None:
            delivery.cut()
            raise ChannelDown(_("The mail server did not answer in time."))
        if outcome.failure is not None:
            # Raised here, and not where it went wrong: the errors of smtplib carry what the server wrote.
            raise outcome.failure


@dataclass(frozen=True)
class _Outcome:
    failure: ProviderError | None


class _Delivery:
    """One message on its way, which another thread can cut off."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._connection = get_connection()
        self._is_cut = threading.Event()

    def run(self) -> _Outcome:
        try:
            mail = _mail(self._message)
            self._connection.open()
            if self._is_cut.is_set():
                raise ConnectionAbortedError
            mail.connection = self._connection
            mail.send()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return _Outcome(_judged(error))
        finally:
            # What goes wrong from here on is no concern of a message that was taken.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._connection.close()
        return _Outcome(None)

    def cut(self) -> None:
        """Break off: what was not handed over yet never is, and a blocked read returns."""
        self._is_cut.set()
        for name in ("connection", "_partial_connection"):
            smtp = getattr(self._connection, name, None)
            sock = getattr(smtp, "sock", None)
            if sock is not None:
                with contextlib.suppress(OSError):
                    # Not SSLSocket.shutdown: it changes state that the other thread is reading with.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _mail(message: Message) -> EmailMultiAlternatives:
    headers = {**_AUTOMATIC, "Message-ID": message.id}
    if message.thread:
        headers |= {"References": message.thread, "In-Reply-To": message.thread}
    if message.unsubscribe:
        # RFC 8058: programs of mail show a button of their own for it.
        headers |= {
            "List-Unsubscribe": f"<{message.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    mail = EmailMultiAlternatives(_line(message.subject), message.text, to=[message.to], headers=headers)
    mail.attach_alternative(message.html, "text/html")
    return mail


def _line(text: str) -> str:
    """One line, whatever somebody put into a name."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _judged(error: Exception) -> ProviderError:
    """Put the failure in a sentence that repeats nothing of what the server wrote."""
    told = {"code": _code(error)}
    match error:
        case smtplib.SMTPRecipientsRefused() | smtplib.SMTPDataError():
            return _of_this_message(error, **told)
        case smtplib.SMTPAuthenticationError():
            return ChannelDown(_("The mail server refuses the sign-in (SMTP %(code)d).") % told)
        case smtplib.SMTPSenderRefused():
            return ChannelDown(_("The mail server refuses our own address (SMTP %(code)d).") % told)
        case smtplib.SMTPNotSupportedError():
            return ChannelDown(_("The mail server does not offer what EMAIL_URL asks for."))
        case smtplib.SMTPResponseException():
            return ChannelDown(_("The mail server has trouble (SMTP %(code)d).") % told)
        case ssl.SSLError():
            return ChannelDown(_("No secure connection to the mail server."))
        case smtplib.SMTPException() | OSError():
            return ChannelDown(_("The mail server could not be reached, or broke off the connection."))
    return ProviderError(_("No mail can be addressed to this person."))


def _of_this_message(error: Exception, *, code: int) -> ProviderError:
    told, for_good = {"code": code}, code >= 500
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        if for_good:
            return ProviderError(_("The mail server refuses this recipient (SMTP %(code)d).") % told)
        return ProviderUnavailable(_("The mail server takes no mail for this person now (SMTP %(code)d).") % told)
    if for_good:
        return ProviderError(_("The mail server refuses this message (SMTP %(code)d).") % told)
    return ProviderUnavailable(_("The mail server does not take this message now (SMTP %(code)d).") % told)


def _code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((int(code) for code, _text in error.recipients.values()), 0)
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else 0
