"""The rows of the reviews. Twenty of them are a page, and a template takes long to tell each.

Whatever somebody typed is escaped here, or by a template that is asked for what few rows have.
"""

from html import escape
from typing import Final

from django import template
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from access.core.states import RequestState
from access.directory.accounts import Account
from access.models import AccessRequest, Decision
from access.policy.policy import Approver
from access.requests.approval_queue import Row
from portal.templatetags.tickets import ticket
from portal.templatetags.usher import address, badge, duration, icon, moment, opens, part, person, when

register = template.Library()

OPENS: Final = 2  # environments that are named
ANSWER, REASON = 80, 120  # characters
_ROW: Final = (
    '<article class="card review dense%s" id="row-%s" aria-labelledby="head-%s" tabindex="-1" data-row%s>'
    '<header class="review-head"><h2 id="head-%s">%s</h2>%s%s</header>'
    '<div><p class="clip review-reason">%s</p><p class="review-meta quiet small">%s</p>%s%s%s</div>%s</article>'
)


@register.simple_tag(takes_context=True)
def review_row(context: Context, row: Row, ticks: bool = False, swap: bool = False) -> SafeString:
    """{% review_row row %}: one request that an approver decides in place, in three lines; the rest is on demand.

    With `ticks` it can be decided together with others, with `swap` it takes the place of the row that is there.
    """
    one, ref = row.request, escape(row.request.ref)
    can_tick = ticks and not row.why_not and not row.in_force.passkey
    told = _ROW % (
        " review-closed" if row.why_not else "",
        ref,
        ref,
        ' hx-swap-oob="true"' if swap else "",
        ref,
        f"{_tick(one) if can_tick else ''} {_who_and_what(context, one)}",
        part(context, "requests/by_assistant.html", one=one) if one.assistant else "",
        _state(row),
        escape(_short(one.reason, REASON)),
        _meta(row),
        review_settled(context, row) if row.mine or row.why_not or one.state != RequestState.PENDING else "",
        review_voice(row.speaks_for),
        _only_deny(row),
        _buttons(row),
    )
    return SafeString(told)


@register.simple_tag(takes_context=True)
def review_settled(context: Context, row: Row, refusal: object = None) -> SafeString:
    """{% review_settled row %}: who settled it, or why it does not wait for the reader.

    After a refusal, which says the same, why it does not is left out.
    """
    one, last = row.request, row.decisions[-1] if row.decisions else None
    if row.mine:
        return SafeString(f'<p class="small">{_my_decision(row.mine)}</p>')
    if one.state == RequestState.WITHDRAWN:
        who = _("%(person)s took it back") % {"person": escape(str(one.requester))}
        return SafeString(f'<p class="small">{who} {when(one.settled_at)}.</p>')
    if one.state == RequestState.LAPSED:
        return SafeString(f'<p class="small">{_("Nobody decided in time.")}</p>')
    if one.state != RequestState.PENDING and last:
        said = _("denied it") if last.verdict == Decision.Verdict.DENY else _("approved it")
        return SafeString(f'<p class="small">{person(context, last.by)} {said} {_when_and_why(last)}</p>')
    if row.why_not and one.state == RequestState.PENDING and not refusal:
        return SafeString(f'<p class="small review-why-not">{escape(row.why_not)}</p>')
    return SafeString("")


@register.simple_tag
def review_voice(away: Approver | None) -> SafeString:
    """{% review_voice row.speaks_for %}: for whom the reader would decide; nothing where it is for themselves."""
    if away is None:
        return SafeString("")
    told = _("You decide for <strong>%(away)s</strong>, who is away.") % {"away": escape(away.name)}
    return SafeString(f'<p class="small">{icon("person")} {told}</p>')


def _who_and_what(context: Context, one: AccessRequest) -> str:
    """The line that names it, and for how long."""
    length = _("for %(length)s") % {"length": duration(one.duration)} if one.gives_access else _("approval only")
    begins = f", {_('from')} {moment(one.starts_at)}" if one.starts_at else ""
    where = address("request", one.ref)
    return (
        f'{person(context, one.requester, link=True)} · <a href="{where}">{escape(one.subject)}</a>'
        f'<span class="review-length">{length}{begins}</span>'
    )


def _state(row: Row) -> str:
    """What became of it; how much harm an approval could do as long as the reader can give one."""
    one = row.request
    if row.status == RequestState.PENDING and not row.why_not:
        return f'<span title="{escape(" ".join(row.risk.reasons))}">{badge(row.risk.level)}</span>'
    path = f" {badge(one.path)}" if one.path == AccessRequest.Path.BREAK_GLASS else ""
    return f"<span>{badge(one)}{path}</span>"


def _only_deny(row: Row) -> str:
    shown = row.only_deny and not row.why_not
    return f'<p class="small review-why-not">{escape(row.only_deny)}</p>' if shown else ""


def _my_decision(mine: Decision) -> str:
    told = _("You denied it") if mine.verdict == Decision.Verdict.DENY else _("You approved it")
    told += f" {_('for')} {escape(str(mine.on_behalf_of))}" if mine.on_behalf_of else ""
    return f"{told} {_when_and_why(mine)}"


def _when_and_why(one: Decision) -> str:
    return f"{when(one.at)}: “{escape(one.comment)}”" if one.comment else f"{when(one.at)}."


@register.simple_tag
def account(known: Account) -> SafeString:
    """{% account row.account %}: which account gets in."""
    told = escape(known.email or known.id)
    told += f' <span class="quiet small">{escape(known.id)}</span>' if known.email else ""
    told += "" if known.is_own else f" <strong>{_('This is not their own e-mail.')}</strong>"
    return SafeString(told)


def _meta(row: Row) -> str:
    """What is told beneath the reason."""
    told = [*_known(row), _asked(row), *_approved(row), escape(row.request.ref)]
    return "".join([f"<span>{one}</span>" for one in told])


def _known(row: Row) -> list[str]:
    """What speaks for it, and against it."""
    one, waits = row.request, row.status == RequestState.PENDING
    told = [f"<strong>{escape(row.history.sentence)}</strong>"] if waits and one.gives_access else []
    told += [account(row.account)] if waits and row.account else []
    told += [opens(row.role, OPENS)] if row.role else []
    told += [ticket(one)] if one.ticket else []
    return told + [escape(f"{said.label}: {_short(said.words, ANSWER)}") for said in (one.answered if waits else ())]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else Truncator(text).chars(most)


def _asked(row: Row) -> str:
    told = f"{_('asked')} {when(row.request.created_at)}"
    lapses = row.status == RequestState.PENDING and row.request.due_at
    return f"{told}, {_('lapses')} {when(lapses)}" if lapses else told


def _approved(row: Row) -> list[str]:
    """How many have approved, where one is not all it takes."""
    shown, name = row.shown, row.current.name if row.current else ""
    if shown.needed <= 1 and not name:
        return []
    told = _("%(done)s of %(needed)s") % {"done": shown.approvals, "needed": shown.needed}
    return [f'{told}<span class="for-readers"> {_("approvals")}</span>{escape(f" · {name}") if name else ""}']


def _tick(request: AccessRequest) -> str:
    """To decide it together with others of its kind."""
    label = escape(_("Tick %(ref)s") % {"ref": request.ref})
    return (
        f'<input type="checkbox" form="together" name="ref" value="{escape(request.ref)}"'
        f' data-kind="{request.flow_id}" aria-label="{label}">'
    )


def _buttons(row: Row) -> str:
    """Where htmx puts the answer is said once, around the rows.

    The form of all of them is decide_one.html. A second press finds the row gone.
    """
    ref = row.request.ref
    here = f"{address('request', ref)}#decide"
    more = _("Details") if row.why_not else _("Details and comment")
    told = "" if row.why_not else _approve(row, here) + _press(address("deny", ref), "deny", "cross", _("Deny"))
    return (
        f'<p class="actions review-buttons">{told}<a class="button button-quiet" href="{here}"'
        f' hx-get="{address("review-row", ref)}">{more}<span class="for-readers"> {escape(ref)}</span></a></p>'
    )


def _approve(row: Row, here: str) -> str:
    if not row.in_force.passkey:
        return _press(address("approve", row.request.ref), "approve", "check", _("Approve"))
    return f'<a class="button" href="{here}" data-approve>{icon("key")} {_("Approve with your passkey")}</a>'


def _press(where: str, verdict: str, sign: str, word: str) -> str:
    return (
        f'<button type="submit" class="button" form="decide-one" formaction="{where}" hx-post="{where}"'
        f" data-{verdict}>{icon(sign)} {word}</button>"
    )
