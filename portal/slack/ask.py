"""Ask for access in a dialog: the same form as on the page, filled in, looked at and sent the same way."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.http import QueryDict
from django.utils.translation import gettext as _

from access.core.errors import Conflict, NotAllowed
from access.core.states import RequestState
from access.models import AccessRequest, Flow, User
from access.notify.slack import homes
from integrations.slack import blocks, modals
from integrations.slack.modals import View
from portal import links
from portal.forms.ask import AskForm
from portal.pages import ask as page
from portal.slack import ask_view
from portal.slack.caller import Answer, Click, nothing_here, place

# What says the same in every flow, and stays when another one is chosen.
_OF_EVERY_FLOW: Final = ("flow", "reason", "ticket", "submission", "earliest")


def show(click: Click, typed: Mapping[str, list[str]]) -> str:
    """Open the form, filled in with what was typed; say why it could not be opened, or nothing.

    Raises NotAllowed and Conflict as `Click.asker` does.
    """
    person, flows = click.asker()
    filled_in = ask_view.as_sent(typed)
    return click.open(_view(click, person, flows, filled_in, channel=click.channel))


def show_again(click: Click, ref: str) -> None:
    """Open the form filled in with an earlier request of theirs: to extend what it gave. Raises as `show` does."""
    person = click.person()
    request = AccessRequest.objects.select_related("flow", "target").filter(ref=ref, requester=person).first()
    if request is None:
        raise NotAllowed(nothing_here())
    if why_not := show(click, dict(QueryDict(urlsplit(links.ask_again(request)).query).lists())):
        raise Conflict(why_not)


def look_again(click: Click, shown: Mapping[str, Any], *, changed: str) -> None:
    """Show what depends on what was just changed: who decides, what is offered, and which questions come up."""
    person, flows = click.asker()
    typed = ask_view.typed(shown, flows)
    if changed == "flow":
        typed = ask_view.as_sent({name: typed.getlist(name) for name in _OF_EVERY_FLOW})
    click.change(_view(click, person, flows, typed, channel=place(shown)), shown=shown)


def send(click: Click, shown: Mapping[str, Any]) -> Answer:
    """Ask for what is in the form. What is wrong is answered beside its control. Raises NotAllowed and Conflict."""
    person, flows = click.asker()
    typed = ask_view.typed(shown, flows)
    form = AskForm(typed, flows=flows)
    made = page.send(form, by=person, now=click.now, asked_in=place(shown))
    if made:
        homes.refresh(click.account_id, now=click.now)
        return {"response_action": "update", "view": _done(made, form)}
    errors = {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}
    places = modals.places(shown)
    if set(errors) <= set(places):
        return {"response_action": "errors", "errors": {places[name]: text for name, text in errors.items()}}
    view = _view(click, person, flows, typed, channel=place(shown), errors=errors)
    return {"response_action": "update", "view": view}


def _view(
    click: Click,
    person: User,
    flows: Sequence[Flow],
    typed: QueryDict,
    *,
    channel: str,
    errors: Mapping[str, str] | None = None,
) -> View:
    seen = page.page_of(
        typed, flows, dict(errors or {}), reader=person, sent=errors is not None, now=click.now,
        most=blocks.MOST_OPTIONS,
    )  # fmt: skip
    return ask_view.view(seen, typed, channel=channel)


def _done(made: Sequence[AccessRequest], form: AskForm) -> View:
    first, refs = made[0], ", ".join(one.ref for one in made)
    at_once = all(one.state == RequestState.APPROVED for one in made)
    text = _("%(refs)s was approved at once.") if at_once else _("%(refs)s was sent to those who decide it.")
    said = [text % {"refs": refs}]
    if page.was_another(made, form):
        said.append(page.was_sent_before())
    return modals.told(_("Ask for access"), said, link=(_("Look at %(ref)s") % {"ref": first.ref}, links.to(first)))
