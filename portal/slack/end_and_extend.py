"""End and extend what one holds, and take back what one asked for."""

from access.core.errors import NotAllowed
from access.grants import active, end_early
from access.grants import extend as extending
from access.models import Grant, User
from access.notify.slack import homes
from access.requests import ask
from portal.slack.caller import Click, nothing_here


def end(click: Click, ref: str) -> None:
    """Let it end now. Raises NotAllowed and Conflict."""
    person = click.person()
    end_early.end(grant=_found(ref, person, click), by=person, now=click.now)
    homes.refresh(click.account_id, now=click.now)


def extend(click: Click, ref: str) -> None:
    """Hold on longer without approval, where the flow allows that. Raises NotAllowed and Conflict."""
    person = click.person()
    extending.extend(grant=_found(ref, person, click), by=person, now=click.now)
    homes.refresh(click.account_id, now=click.now)


def withdraw(click: Click, ref: str) -> None:
    """Take one's own request back while it waits. Raises NotAllowed and Conflict."""
    person, request = click.request(ref)
    ask.withdraw(request=request, by=person, now=click.now)
    homes.refresh(click.account_id, now=click.now)


def _found(ref: str, person: User, click: Click) -> Grant:
    grant = active.ever_visible_to(person, now=click.now).filter(ref=ref).first()
    if grant is None:
        raise NotAllowed(nothing_here())
    return grant
