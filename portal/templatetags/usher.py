"""Times, states and people, told the same way on every page. Loaded in every template by the settings."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape  # of texts: Django's own asks each whether it comes later, which takes it several times as long
from typing import Any, Final

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.core import durations
from access.core.states import AccessReviewState, GrantState, RequestState, RowState
from access.directory.roles import Role
from access.grants.active import GRACE, OVERDUE
from access.models import AccessRequest, AfterReview, Finding, Grant, User
from access.requests import break_glass_reviews, risk
from portal import links, passkeys, times

register = template.Library()

# Every state has one tone, one icon and one word.
LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    RequestState.PENDING: ("wait", "clock"),
    RequestState.APPROVED: ("ok", "check"),
    RequestState.DENIED: ("bad", "cross"),
    RequestState.WITHDRAWN: ("mute", "undo"),
    RequestState.LAPSED: ("mute", "hourglass"),
    GrantState.SCHEDULED: ("move", "calendar"),
    GrantState.GRANTING: ("move", "enter"),
    GrantState.ACTIVE: ("ok", "live"),
    GrantState.REVOKING: ("wait", "leave"),
    GrantState.ENDED: ("mute", "ended"),
    OVERDUE: ("bad", "alert"),
    AccessRequest.Path.BREAK_GLASS: ("bad", "glass"),
    break_glass_reviews.OPEN: ("wait", "clock"),
    break_glass_reviews.OVERDUE: ("bad", "alert"),
    risk.LOW: ("mute", "info"),
    risk.SOME: ("wait", "alert"),
    risk.HIGH: ("bad", "alert"),
    Finding.Kind.STILL_THERE: ("bad", "alert"),
    Finding.Kind.GONE: ("bad", "leave"),
    Finding.Kind.OUTSIDE: ("bad", "enter"),
    Finding.Kind.STANDING: ("mute", "live"),
    Finding.Kind.ROLE_GONE: ("wait", "cross"),
    Finding.Kind.ACCOUNT_GONE: ("wait", "cross"),
    Finding.Kind.ACCOUNT_BACK: ("wait", "cross"),
    Finding.Kind.MAPPING_MOVED: ("wait", "alert"),
    AccessReviewState.OPEN: ("wait", "clock"),
    AccessReviewState.SIGNED_OFF: ("ok", "check"),
    AccessReviewState.CANCELLED: ("mute", "undo"),
    RowState.WAITING: ("wait", "clock"),
    RowState.KEPT: ("ok", "check"),
    RowState.REMOVING: ("move", "leave"),
    RowState.REMOVED: ("mute", "ended"),
    RowState.LEFT_IN: ("bad", "alert"),
    RowState.DROPPED: ("mute", "undo"),
    AfterReview.Verdict.JUSTIFIED: ("ok", "check"),
    AfterReview.Verdict.NOT_JUSTIFIED: ("bad", "cross"),
}
LABELS: Final[Mapping[str, str | Promise]] = {
    **{str(state): state.label for state in RequestState},
    **{str(state): state.label for state in GrantState},
    OVERDUE: gettext_lazy("Overdue"),
    AccessRequest.Path.BREAK_GLASS: AccessRequest.Path.BREAK_GLASS.label,
    break_glass_reviews.OPEN: gettext_lazy("Review due"),
    break_glass_reviews.OVERDUE: gettext_lazy("Review overdue"),
    risk.LOW: gettext_lazy("Low risk"),
    risk.SOME: gettext_lazy("Some risk"),
    risk.HIGH: gettext_lazy("High risk"),
    **{str(kind): kind.label for kind in Finding.Kind},
    **{str(state): state.label for state in AccessReviewState},
    **{str(state): state.label for state in RowState},
    **{str(verdict): verdict.label for verdict in AfterReview.Verdict},
}


def state_of(thing: Grant | AccessRequest | str, *, now: datetime) -> str:
    """The state to show: an approved request is told by its grant, a grant that should be gone is overdue."""
    if isinstance(thing, AccessRequest):
        return state_of(thing.grant, now=now) if thing.grant else thing.state
    if isinstance(thing, Grant):
        return OVERDUE if thing.is_overdue(now - GRACE) else thing.state
    return str(thing)


@register.simple_tag
def badge(thing: Grant | AccessRequest | str) -> SafeString:
    """{% badge grant %}, {% badge request %} or {% badge "pending" %}."""
    state = state_of(thing, now=timezone.now())
    tone, sign = LOOKS[state]
    return SafeString(f'<span class="badge tone-{tone}">{icon(sign)}{escape(str(LABELS[state]))}</span>')


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of icons.svg; always beside a word, so readers skip it."""
    return _icon(name)


@lru_cache(maxsize=256)
def _icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("portal/icons.svg"), name
    )


@register.simple_tag
def when(value: datetime | None) -> SafeString | str:
    """{% when request.created_at %}: relative on the page, absolute with the zone on hover."""
    if value is None:
        return ""
    text = times.relative(value, now=timezone.now())
    return _time("data-when", value, text)


@register.simple_tag
def countdown(value: datetime | None) -> SafeString | str:
    """{% countdown grant.ends_at %}: how much time is left, live in the browser."""
    if value is None:
        return ""
    now = timezone.now()
    # As the browser marks it: bold letters that came with the script would move what stands beside them.
    kind = "data-countdown data-over" if times.is_over(value, now=now) else "data-countdown"
    return _time(kind, value, times.countdown(value, now=now))


@register.simple_tag
def moment(value: datetime | None) -> SafeString | str:
    """{% moment request.starts_at %}: day and time with the zone, for what is planned."""
    if value is None:
        return ""
    return _time("data-moment", value, times.planned(value))


def _time(kind: str, value: datetime, text: str) -> SafeString:
    at = value.astimezone(UTC).isoformat(timespec="seconds")
    return SafeString(f'<time {kind} datetime="{at}" title="{escape(times.absolute(value))}">{escape(text)}</time>')


@register.filter
def duration(value: timedelta | int | float | None) -> str:
    """{{ grant.duration|duration }}; a number is seconds."""
    if value is None:
        return ""
    return durations.shown(value.total_seconds() if isinstance(value, timedelta) else value)


@register.simple_tag
def time_words() -> str:
    """The words for the browser, as JSON for an attribute."""
    return json.dumps(times.words())


@register.simple_tag
def passkey_words() -> str:
    """What a form that a passkey signs says when it did not work, by the name of the browser's error; as JSON."""
    return json.dumps(passkeys.words())


@register.simple_tag(takes_context=True)
def person(context: Context, who: User, link: bool = False) -> SafeString:
    """{% person grant.person %}: the name, the e-mail on hover, and "You" for the reader; a link to their page."""
    reader = context.get("user")
    name = _("You") if reader is not None and reader.pk == who.pk else str(who)
    if link:
        here = links.address("person", who.pk)
        return SafeString(f'<a class="person" title="{escape(who.email)}" href="{here}">{escape(name)}</a>')
    return SafeString(f'<span class="person" title="{escape(who.email)}">{escape(name)}</span>')


@register.filter
def asked_for(request: AccessRequest) -> str:
    """{{ request|asked_for }}: Prod for 1 h, or an approval of Deploy."""
    if not request.gives_access:
        return _("an approval of %(flow)s") % {"flow": request.subject}
    return _("%(target)s for %(length)s") % {"target": request.subject, "length": duration(request.duration)}


@register.simple_tag
def ask_again(request: AccessRequest, seconds: int | None = None) -> str:
    """{% ask_again request %}: the form, filled in with this request; with seconds for so long."""
    return links.ask_again(request, seconds)


@register.simple_tag
def opens(role: Role, most: int | None = None) -> SafeString:
    """{% opens role %}: what a role opens, in all its environments; {% opens role 2 %}: in so many."""
    if role.everything:
        return SafeString(_("Everything in the organization"))
    named = [escape(f"{one.environment}: {', '.join(one.permissions)}") for one in role.opens[:most]]
    told, more = " · ".join(named) or _("No environments"), len(role.opens) - len(named)
    return SafeString(f"{told} {_('and %(more)s more') % {'more': more}}" if more else told)


def part(context: Context, name: str, **told: Any) -> str:
    """What few lines of a list have, as its template tells it."""
    known = context.template.engine.get_template(name)  # type: ignore[union-attr]
    with context.push(**told):
        return known.render(context)


def address(name: str, *args: str | int) -> str:
    """The path of a page, as an attribute has it."""
    return escape(links.address(name, *args))
