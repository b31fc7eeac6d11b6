"""What a letter is made of, and the words that all letters share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.models import AccessRequest, Grant, Notification
from integrations.bidi import isolated


@dataclass(frozen=True)
class Quote:
    """What a person wrote, as they wrote it."""

    heading: str
    text: str


@dataclass(frozen=True)
class Link:
    """What to do, and the name of the page where; `argument` is what that page is about."""

    label: str
    page: str
    argument: str | int
    more: str = ""  # where the page is found by two


@dataclass(frozen=True)
class Letter:
    subject: str
    text: tuple[str, ...]  # paragraphs, the most important first
    link: Link
    facts: tuple[tuple[str, str], ...] = ()
    quote: Quote | None = None


def moment(value: datetime | str | None) -> str:
    """Say a time in full, to the minute, with its zone. Texts are as a message keeps them."""
    known = parse_datetime(value) if isinstance(value, str) else value
    return date_format(timezone.localtime(known), "D j M Y, H:i T") if known else ""


def facts(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Leave out what there is nothing to say of."""
    return tuple((isolated(name), isolated(one_line(value))) for name, value in pairs if value)


def request_of(notification: Notification) -> AccessRequest:
    """The request that the message is about. Raises LookupError for a kind that is about none."""
    if notification.request is None:
        raise LookupError(f"A message of kind {notification.kind} is about a request.")
    return notification.request


def grant_of(notification: Notification) -> Grant:
    if notification.grant is None:
        raise LookupError(f"A message of kind {notification.kind} is about a grant.")
    return notification.grant


def grant_facts(grant: Grant) -> tuple[tuple[str, str], ...]:
    """Whose membership of which role it is, for whoever has to look for it at Aptible."""
    return ((_("Grant"), grant.ref), (_("Account"), grant.account_id), (_("Role"), grant.role_id))


def paragraphs(*sentences: str) -> tuple[str, ...]:
    return tuple(one_line(one) for one in sentences if one)


def one_line(text: str) -> str:
    """What somebody put into a name must not look like a paragraph of ours."""
    return " ".join(text.split())


def quote(heading: str, text: str) -> Quote:
    return Quote(one_line(heading), text)


def comment(notification: Notification) -> Quote | None:
    """What whoever did it wrote."""
    text = notification.facts.get("comment", "")
    return quote(_("%(by)s wrote:") % notification.facts, text) if text else None


def about_request(
    notification: Notification,
    subject: str,
    *sentences: str,
    known: Iterable[tuple[str, str]] = (),
    quoted: Quote | None = None,
    label: str = "",
) -> Letter:
    """The usual letter: what happened in a few sentences, what is known of it, and the way to the request."""
    link = open_request(notification.request, label)
    return Letter(subject=subject, text=paragraphs(*sentences), facts=facts(*known), quote=quoted, link=link)


def open_row(label: str, table: str, row: Model | None) -> Link:
    """Lead to a row of the set-up in the admin; to the list of its kind where it is gone."""
    return Link(label, f"admin:access_{table}_{'change' if row else 'changelist'}", row.pk if row else "")


def open_request(request: AccessRequest | None, label: str = "") -> Link:
    """Lead to the request; to the first page where there is none."""
    if request is None:
        return Link(_("Open Usher"), "home", "")
    return Link(label or _("Open the request"), "request", request.ref)
