"""Who did something in Slack, and how they are answered: to them alone, and before Slack gives up after 3 seconds."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from access.core.errors import NotAllowed
from access.models import AccessRequest, Flow, User
from access.notify.slack import people
from access.notify.slack.workspace import Workspace
from access.requests import choices, detail
from access.requests.decide import InSlack
from integrations.base import ProviderError
from integrations.slack import modals
from integrations.slack.modals import View

logger = logging.getLogger(__name__)

# For one call while somebody waits: who they are may be one, what is opened for them another.
CALL_SECONDS: Final = 1.2
_CHANNEL: Final = re.compile(r"[CDG][A-Z0-9]{1,29}")

Answer = Mapping[str, Any]
NOTHING_MORE: Final[Answer] = {}


@dataclass(frozen=True)
class Click:
    """One thing that one account did. `trigger` lets a dialog be opened, within three seconds and once."""

    desk: Workspace
    account_id: str
    trigger: str
    channel: str  # where it was done; empty elsewhere than in a channel
    now: datetime

    def person(self, flow: Flow | None = None) -> User:
        """Who it is. Raises NotAllowed and Conflict as `people.person_of` does."""
        return people.person_of(self.account_id, workspace=self.desk, now=self.now, flow=flow)

    def voice(self) -> InSlack:
        """What a decision has to keep of it: the account, and how it was mapped."""
        return InSlack(self.account_id, people.how_mapped(self.account_id, workspace=self.desk))

    def request(self, ref: str) -> tuple[User, AccessRequest]:
        """Who it is, and the request with this reference: a guest only where its flow lets guests act.

        Raises NotAllowed, in the same words for one that is not theirs to see as for one that there is not.
        """
        person = self.person(_open_to_guests())
        found = detail.find(ref, reader=person, now=self.now)
        if found is None:
            raise NotAllowed(nothing_here())
        return self.person(found.flow), found

    def asker(self) -> tuple[User, list[Flow]]:
        """Who it is, and what they may ask for: a guest only where the flow lets guests act.

        Raises NotAllowed, also when that is nothing, and Conflict.
        """
        open_to_guests = _open_to_guests()
        person = self.person(open_to_guests)
        flows = choices.flows(person)
        if open_to_guests and not self._is_member():
            flows = [one for one in flows if one.guests_may_act]
        if not flows:
            raise NotAllowed(_("No flow takes requests from you at the moment. An admin can open one."))
        return person, flows

    def open(self, view: View) -> str:
        """Open a dialog; say why it could not be opened, or nothing."""
        return self._call("views.open", trigger_id=self.trigger, view=view)

    def change(self, view: View, *, shown: Mapping[str, Any]) -> None:
        """Put another dialog in the place of the one that is shown, unless that has changed meanwhile."""
        self._call("views.update", view_id=shown.get("id"), hash=shown.get("hash"), view=view)

    def show(self, view: View) -> None:
        """Open a dialog; where Slack does not let us any more, say it in the channel, to them alone."""
        why_not = self.open(view)
        if why_not and self.channel:
            self._call("chat.postEphemeral", channel=self.channel, user=self.account_id, text=why_not)

    def tell(self, sentence: str) -> None:
        """Say something to them alone."""
        self.show(told(sentence))

    def _is_member(self) -> bool:
        try:
            self.person()
        except NotAllowed:
            return False
        return True

    def _call(self, method: str, **arguments: Any) -> str:
        try:
            self.desk.client.call(method, **arguments)
        except ProviderError as trouble:
            logger.warning("Slack did not do %s: %s", method, trouble.summary)
            return trouble.summary
        return ""


def nothing_here() -> str:
    return _("There is nothing here, or it is not yours to see.")


def _open_to_guests() -> Flow | None:
    return Flow.objects.filter(guests_may_act=True, is_active=True).first()


def channel(named: object) -> str:
    """The id of a channel, or nothing where something else is named."""
    text = str(named or "")
    return text if _CHANNEL.fullmatch(text) else ""


def place(shown: Mapping[str, Any]) -> str:
    """The channel in which a dialog was opened."""
    return channel(modals.kept(shown).get("channel"))


def quick(desk: Workspace) -> Workspace:
    """The workspace for while somebody waits: its calls give up early."""
    return replace(desk, client=desk.client.within(CALL_SECONDS))


def told(sentence: str) -> View:
    """A dialog with one sentence."""
    return modals.told("Usher", [sentence])
