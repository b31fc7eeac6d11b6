"""The lines of the tables of requests and of active access: a page has 25 of them, and a template takes long for each.

Whatever somebody typed is escaped here, or by a template that is asked for what few lines have.
"""

from collections.abc import Collection, Iterable
from html import escape
from typing import Final
from urllib.parse import quote

from django import template
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from access.core.states import RequestState
from access.grants.active import Row
from access.models import AccessRequest
from portal import links
from portal.templatetags.tickets import ticket
from portal.templatetags.usher import address, badge, countdown, duration, icon, opens, part, person, when

register = template.Library()

BAD: Final = '<tr class="row-bad">'


@register.simple_tag(takes_context=True)
def request_lines(
    context: Context,
    requests: Iterable[AccessRequest],
    again: Collection[int] = (),
    whose: bool = False,
    by_person: bool = False,
) -> SafeString:
    """{% request_lines requests %}: a line of the table for each; what else it takes is told in table.html."""
    asked, why, state, at = _("Request"), _("Why"), _("State"), _("Asked")
    return SafeString(
        "".join(
            [
                f'<tr><td data-label="{asked}"><div>{_asked(context, one, whose, by_person)}</div></td>'
                f'<td class="full" data-label="{why}"><div>{_why(one)}</div></td>'
                f'<td data-label="{state}"><div>{badge(one)}{_path(one)}</div></td>'
                f'<td class="nowrap" data-label="{at}">{when(one.created_at)}</td>'
                f'<td class="end">{_ask_again(one) if one.pk in (again or ()) else ""}</td></tr>'
                for one in requests
            ]
        )
    )


def _asked(context: Context, one: AccessRequest, whose: bool, by_person: bool) -> str:
    """What was asked for, or by whom, with the reference beneath."""
    what = person(context, one.requester) if by_person else escape(one.subject)
    length = f"{_('for')} {duration(one.duration)}" if one.gives_access else _("approval only")
    who = f"{person(context, one.requester, link=True)} · " if whose else ""
    ref = escape(one.ref)
    return (
        f'<a id="request-{ref}" href="{address("request", one.ref)}"><strong>{what}</strong></a> {length}'
        f' <span class="sub">{who}<span class="nowrap">{ref}</span></span>'
    )


def _why(one: AccessRequest) -> str:
    told = f'<span class="clip">{escape(one.reason)}</span>'
    return f'{told}<span class="sub">{ticket(one)}</span>' if one.ticket else told


def _path(one: AccessRequest) -> str:
    if one.path == AccessRequest.Path.BREAK_GLASS:
        return f" {badge(one.path)}"
    return f' <span class="sub">{_path_word(one)}</span>' if one.path == AccessRequest.Path.FAST_TRACK else ""


def _ask_again(one: AccessRequest) -> str:
    if one.state == RequestState.PENDING:
        return ""
    more = _("for %(target)s") % {"target": escape(one.subject)}
    return (
        f'<a id="again-{escape(one.ref)}" class="button button-small" href="{escape(links.ask_again(one))}">'
        f'{icon("again")} {_("Ask again")}<span class="for-readers"> {more}</span></a>'
    )


@register.simple_tag(takes_context=True)
def active_lines(context: Context, rows: Iterable[Row], query: str = "") -> SafeString:
    """{% active_lines list.rows query %}: a line for each grant, with what the reader can do.

    `query` is how the list is narrowed: one comes back to it.
    """
    target, state, since, ends = _("Target"), _("State"), _("Since"), _("Ends in")
    return SafeString(
        "".join(
            [
                f"{BAD if row.is_overdue else '<tr>'}<td>{_holder(context, row)}</td>"
                f'<td class="full" data-label="{target}"><span>{_target(row)}</span></td>'
                f'<td data-label="{state}"><span>{_state(context, row, query)}</span></td>'
                f'<td class="named" data-label="{since}"><span class="nowrap">{_since(row)}</span></td>'
                f'<td class="named" data-label="{ends}"><span class="nowrap">{_ends_in(row)}</span></td>'
                f'<td class="end"><div class="actions">{_more(context, row)}{_end(row, query)}</div></td></tr>'
                for row in rows
            ]
        )
    )


def _holder(context: Context, row: Row) -> str:
    told, latest = f"<strong>{person(context, row.grant.person, link=True)}</strong>", row.latest
    if latest is None:
        return told
    path = f" · {_path_word(latest)}" if latest.path == AccessRequest.Path.FAST_TRACK else ""
    return (
        f'{told} <span class="sub"><a id="story-{escape(row.grant.ref)}" href="{address("request", latest.ref)}">'
        f"{escape(latest.ref)}</a>{path}</span>"
    )


def _target(row: Row) -> str:
    target = row.grant.target
    told = f'<a href="{address("target", target.name)}">{escape(str(target))}</a>'
    return f'{told}<span class="sub">{opens(row.role)}</span>' if row.role else told


def _state(context: Context, row: Row, query: str) -> str:
    told = badge(row.grant) + (f" {badge(AccessRequest.Path.BREAK_GLASS)}" if row.broke_glass else "")
    if row.grant.standing:
        told += f' <span class="sub">{_("Held it before; left as found.")}</span>'
    if row.trouble:
        back = address("active") + query
        told += part(
            context, "grants/trouble.html", grant=row.grant, trouble=row.trouble, can_try=row.can_try_now, next=back
        )  # fmt: skip
    return told


def _since(row: Row) -> str:
    at = row.grant.confirmed_at
    return when(at) if at else f'<span class="quiet">{_("not yet")}</span>'


def _ends_in(row: Row) -> str:
    if row.due_at:
        return countdown(row.due_at)
    return f'<span class="quiet">{_("%(length)s once active") % {"length": duration(row.grant.duration)}}</span>'


def _more(context: Context, row: Row) -> str:
    """How the reader can hold it longer."""
    latest, ref = row.latest, escape(row.grant.ref)
    if row.free_seconds:
        here = address("active")
        return part(
            context, "grants/extend.html", grant=row.grant, seconds=row.free_seconds, next=here, kind="button-small"
        )  # fmt: skip
    if not (latest and row.can_ask_more and row.can_end):
        return ""
    return (
        f'<a id="extend-{ref}" class="button button-small" href="{escape(links.ask_again(latest))}">{icon("plus")}'
        f' {_("Extend")}<span class="for-readers"> {escape(str(row.grant.target))}</span></a>'
    )


def _end(row: Row, query: str) -> str:
    if not row.can_end:
        return ""
    grant = row.grant
    words = {"target": escape(str(grant.target)), "person": escape(str(grant.person))}
    where = f"{address('grant-end', grant.ref)}?next={address('active')}{escape(quote(query))}"
    return (
        f'<a id="end-{escape(grant.ref)}" class="button button-small" href="{where}">{_("End now")}'
        f'<span class="for-readers"> {_("%(target)s of %(person)s") % words}</span></a>'
    )


def _path_word(one: AccessRequest) -> str:
    return escape(str(one.get_path_display()))
