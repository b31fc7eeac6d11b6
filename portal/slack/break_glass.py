"""Break-glass in a dialog of its own: the same form as on its page, judged and sent by the same services."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from access.core.errors import NotAllowed
from access.models import Flow, User
from access.notify.slack import homes
from integrations.slack import modals
from integrations.slack.modals import View
from portal import links
from portal.forms.break_glass import BreakGlassForm
from portal.pages import break_glass as page
from portal.slack import ask_view, break_glass_view
from portal.slack.caller import Answer, Click, place

# What says the same in every flow, and stays when another one is chosen.
_OF_EVERY_FLOW: Final = ("flow", "reason", "ticket", "submission")


def show(click: Click, typed: Mapping[str, list[str]]) -> str:
    """Open the form; say why it could not be opened, or nothing. Raises NotAllowed and Conflict as `Click.asker`."""
    person, flows = _flows(click)
    return click.open(_view(click, person, flows, ask_view.as_sent(typed), channel=click.channel))


def look_again(click: Click, shown: Mapping[str, Any], *, changed: str) -> None:
    """Show what depends on what was just changed: who is told, for how long, and what stands in the way."""
    person, flows = _flows(click)
    typed = _typed(shown, flows)
    if changed == "flow":
        typed = ask_view.as_sent({name: typed.getlist(name) for name in _OF_EVERY_FLOW})
        typed[page.CONFIRMED] = "yes"
    click.change(_view(click, person, flows, typed, channel=place(shown)), shown=shown)


def send(click: Click, shown: Mapping[str, Any]) -> Answer:
    """Take the access. What is wrong is answered beside its control. Raises NotAllowed and Conflict."""
    person, flows = _flows(click)
    typed = _typed(shown, flows)
    form = BreakGlassForm(typed, flows=flows)
    made = page.send(form, by=person, now=click.now, asked_in=place(shown))
    if made:
        homes.refresh(click.account_id, now=click.now)
        link = (_("Look at %(ref)s") % {"ref": made.ref}, links.to(made))
        return {"response_action": "update", "view": modals.told(_("Break-glass"), [page.said(made)], link=link)}
    errors = {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}
    places = modals.places(shown)
    if set(errors) <= set(places):
        return {"response_action": "errors", "errors": {places[name]: text for name, text in errors.items()}}
    view = _view(click, person, flows, typed, channel=place(shown), errors=errors)
    return {"response_action": "update", "view": view}


def _flows(click: Click) -> tuple[User, list[Flow]]:
    person, flows = click.asker()
    allowing = [one for one in flows if one.break_glass]
    if not allowing:
        raise NotAllowed(_("No flow allows break-glass. Ask for access instead: somebody has to approve it."))
    return person, allowing


def _typed(shown: Mapping[str, Any], flows: Sequence[Flow]) -> QueryDict:
    """What is in the dialog, as the page's own form sends it."""
    typed = ask_view.typed(shown, flows)
    typed[page.CONFIRMED] = "yes"
    return typed


def _view(
    click: Click,
    person: User,
    flows: Sequence[Flow],
    typed: QueryDict,
    *,
    channel: str,
    errors: Mapping[str, str] | None = None,
) -> View:
    seen = page.page_of(typed, flows, errors or {}, reader=person, now=click.now)
    return break_glass_view.view(seen, typed, channel=channel)
