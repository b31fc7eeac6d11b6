"""How the form for an emergency looks in Slack: what will happen, the same fields as on its page, and the tick."""

from datetime import datetime
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from access.core import durations
from access.policy import words
from access.requests import ask_errors
from integrations.slack import modals
from integrations.slack.blocks import MOST_OPTIONS, Choice, Input, Kind
from integrations.slack.modals import Form, View
from portal import links
from portal.pages.break_glass import UNDERSTOOD, Page
from portal.slack import ask_view

_TRUE: Final = "true"


def view(page: Page, typed: QueryDict, *, channel: str) -> View:
    """The form as the page would show it; where a passkey has to sign it, the way to that page alone."""
    link = (_("The form for emergencies, on its page"), links.break_glass_of(page.flow))
    if page.flow.signs_break_glass and len(page.flows) == 1:
        return modals.told(_("Break-glass"), [signed(page)], link=link)
    signs = page.flow.signs_break_glass
    return modals.form(
        Form(
            name=modals.BREAK_GLASS,
            title=_("Break-glass"),
            send=_("Get access now"),
            inputs=[*ask_view.flow_input(page.flows, page.flow), *([] if signs else _inputs(page, typed))],
            wrong=list(dict.fromkeys([*page.outlook.blocked.values(), *page.here.values()])),
            lead=[signed(page)] if signs else [],
            facts=[] if signs else _terms(page),
            link=link,
            kept={"submission": str(page.submission), "channel": channel, "flow": page.flow.name},
        )
    )


def signed(page: Page) -> str:
    """Why it can't be done here."""
    said = _("Break-glass of %(flow)s is signed with a passkey, on its page alone.")
    return said % {"flow": page.flow}


def _terms(page: Page) -> list[tuple[str, str | datetime]]:
    """What happens, as the page says it."""
    told = page.outlook
    at_once = _("You get access at once, without approval, for at most %(longest)s.")
    marked = [_("It is marked as break-glass in the log for good."), told.how_often]
    found: list[tuple[str, str | datetime]] = [
        (_("What happens"), at_once % {"longest": durations.shown(told.longest)}),
        (_("Told at once"), words.shortened([one.name for one in told.told]) if told.told else _("Nobody")),
        (_("One of them signs a review off by"), told.deadline),
        (_("Kept"), " ".join(filter(None, marked))),
    ]
    return found


def _inputs(page: Page, typed: QueryDict) -> list[Input]:
    of_flow, offered = str(page.flow.pk), page.choices[:MOST_OPTIONS]
    chosen = [page.chosen.target.name] if page.chosen else []
    more = len(page.choices) > MOST_OPTIONS
    shown = [page.chosen] if more and page.chosen else [] if more else offered
    lengths = [Choice(str(one), durations.shown(one)) for one in page.outlook.durations]
    found = [
        Input("target", _("What"), Kind.ONE, of_flow, choices=[ask_view.offered(one) for one in shown], chosen=chosen,
              searched=more, looks_again=True),
        Input("duration", _("How long"), Kind.ONE, f"{of_flow}-{page.outlook.longest}", choices=lengths,
              chosen=[str(page.seconds)]),
        Input("reason", _("What is the emergency?"), Kind.LINES, chosen=typed.getlist("reason")[-1:]),
        Input("ticket", _("Ticket or incident"), Kind.TEXT, hint=page.flow.ticket_hint,
              chosen=typed.getlist("ticket")[-1:], longest=ask_errors.TICKET_MAX),
        *ask_view.further(page.prompts, page.flow),
    ]  # fmt: skip
    return [*(found if page.choices else found[1:]), _tick(typed)]


def _tick(typed: QueryDict) -> Input:
    said = _("I know that everybody named above is told, and that I am asked about it afterwards.")
    yes, ticked = Choice(_TRUE, _("This is an emergency.")), typed.get(UNDERSTOOD) == _TRUE
    # Whether it is ticked is judged with the rest, so that everything is said at once.
    return Input(
        UNDERSTOOD, _("An emergency"), Kind.TICK, hint=said, required=False, choices=[yes], chosen=[_TRUE] * ticked
    )
