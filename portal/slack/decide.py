"""Approve and deny from Slack: a dialog with what the approver should know, then the same service as the page's."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from access.core import durations
from access.core.errors import Invalid
from access.models import AccessRequest, Decision, User
from access.notify.slack import homes
from access.requests import approval_queue, decide, signed_approvals
from access.requests.approval_queue import Row
from integrations.bidi import isolated
from integrations.slack import modals
from integrations.slack.blocks import Choice, Input, Kind
from integrations.slack.modals import Form, View
from portal import links
from portal.forms.decide import DecideForm
from portal.slack.caller import Answer, Click

_COMMENT_MAX: Final = 2000

Act = Callable[[AccessRequest, User, Mapping[str, Any]], object]


def show(click: Click, ref: str, *, approve: bool) -> None:
    """Open the dialog, or say why this person can't decide it. Raises NotAllowed and Conflict."""
    person, request = click.request(ref)
    row = approval_queue.rows([request], reader=person, now=click.now)[0]
    why_not = row.why_not or (row.only_deny if approve else "")
    if approve and row.in_force.passkey:
        why_not = why_not or signed_approvals.where(request)
    if why_not:
        link = (_("Look at %(ref)s") % {"ref": request.ref}, links.to(request))
        click.show(modals.told(request.ref, [why_not], link=link))
        return
    click.show(_approving(row) if approve else _denying(row))


def approve(click: Click, shown: Mapping[str, Any]) -> Answer:
    """Approve what the dialog is about. Raises NotAllowed and Conflict; what is wrong is answered beside its field."""

    def act(request: AccessRequest, by: User, said: Mapping[str, Any]) -> object:
        return decide.approve(
            request=request, by=by, comment=said["comment"], seconds=said["duration"], now=click.now,
            place=Decision.Place.SLACK, slack=click.voice(),
        )  # fmt: skip

    return _decide(click, shown, act)


def deny(click: Click, shown: Mapping[str, Any]) -> Answer:
    """Deny it. Raises as `approve` does."""

    def act(request: AccessRequest, by: User, said: Mapping[str, Any]) -> object:
        return decide.deny(
            request=request, by=by, comment=said["comment"], now=click.now, place=Decision.Place.SLACK,
            slack=click.voice(),
        )  # fmt: skip

    return _decide(click, shown, act)


def _decide(click: Click, shown: Mapping[str, Any], act: Act) -> Answer:
    person, request = click.request(modals.kept(shown).get("ref", ""))
    form = DecideForm({name: values[-1] for name, values in modals.typed(shown).items() if values})
    errors = {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}
    if not errors:
        try:
            act(request, person, form.cleaned_data)
        except Invalid as refusal:
            errors = dict(refusal.errors)
        else:
            homes.refresh(click.account_id, now=click.now)
            return {"response_action": "clear"}
    return _wrong(errors, modals.places(shown))


def _wrong(errors: Mapping[str, str], places: Mapping[str, str]) -> Answer:
    """Say it beside the fields; where one is not there, in place of the dialog."""
    if set(errors) <= set(places):
        return {"response_action": "errors", "errors": {places[name]: text for name, text in errors.items()}}
    return {"response_action": "update", "view": modals.told("Usher", list(errors.values()))}


def _approving(row: Row) -> View:
    inputs = []
    if row.can_shorten:
        offered = [Choice(str(one), durations.shown(one)) for one in row.shorter]
        chosen = [str(row.as_asked)] if row.as_asked in row.shorter else []
        inputs.append(
            Input("duration", _("How long"), Kind.ONE, row.request.ref, choices=offered, chosen=chosen,
                  hint=_("You may shorten it."))
        )  # fmt: skip
    inputs.append(_comment(row, _("The requester reads this."), required=False))
    return modals.form(_form(row, modals.APPROVE, _("Approve"), inputs))


def _denying(row: Row) -> View:
    comment = _comment(row, _("Say why you deny it; the requester reads this."), required=True)
    return modals.form(_form(row, modals.DENY, _("Deny"), [comment]))


def _comment(row: Row, hint: str, *, required: bool) -> Input:
    return Input("comment", _("Comment"), Kind.LINES, row.request.ref, hint, required, longest=_COMMENT_MAX)


def _form(row: Row, name: str, verb: str, inputs: list[Input]) -> Form:
    return Form(
        name=name,
        title=f"{verb} {row.request.ref}",
        send=verb,
        inputs=inputs,
        facts=_facts(row),
        lead=_lead(row),
        link=(_("Open the request %(ref)s") % {"ref": row.request.ref}, links.to(row.request)),
        kept={"ref": row.request.ref},
    )


def _facts(row: Row) -> list[tuple[str, str | datetime]]:
    request = row.request
    found: list[tuple[str, str | datetime]] = [
        (_("Who"), f"{request.requester} ({request.requester.email})"),
        (_("What"), request.subject),
    ]
    if row.account:
        mark = "" if row.account.is_own else _(" This is not their own e-mail.")
        found.append((_("Account"), f"{row.account}{mark}"))
    if row.role:
        opens = "; ".join(f"{one.environment}: {', '.join(one.permissions)}" for one in row.role.opens)
        found.append((_("Opens"), _("Everything in the organization") if row.role.everything else opens))
    if request.gives_access:
        found.append((_("How long"), durations.shown(row.as_asked)))
        found += [(_("Start"), request.starts_at)] if request.starts_at else []
        found.append((_("Before"), row.history.sentence))
    found += [(_("Ticket"), request.ticket)] if request.ticket else []
    return found + [(one.label, one.words) for one in request.answered]


def _lead(row: Row) -> list[str]:
    said = [_("Why: %(reason)s") % {"reason": isolated(row.request.reason)}]
    if row.speaks_for:
        said.append(_("You decide for %(person)s, who is away.") % {"person": row.speaks_for.name})
    if row.standing:
        said.append(_("They are in this role already: nothing is added, and nothing is taken away at the end."))
    return said
