"""Messages to one person in Slack: one more way of the outbox."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from access.models import User
from access.notify.slack import people
from access.notify.slack.workspace import Workspace, workspace
from integrations.base import ChannelDown, Message, NeedsAttention, NotReachable
from integrations.slack import letters, messages
from integrations.slack.errors import AccountUnknown, PlaceGone

LOOK_BACK: Final = 4 * 24 * 3600.0  # seconds: longer than any message is tried


class DirectMessages:
    """Hands messages to the person's own conversation with the app. After a lost answer it looks before it writes."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now

    def send(self, message: Message) -> None:
        """Hand it over for good. Raises NotReachable for somebody without an account; else as every sender."""
        try:
            found = workspace(now=self._now)
            if found is None:
                raise NotReachable(_("No Slack workspace is set up any more."))
            self._hand_over(message, found)
        except NeedsAttention as error:
            # An admin can put that right, and then everybody is told what they missed.
            raise ChannelDown(error.summary) from None
        except (AccountUnknown, PlaceGone) as error:
            raise NotReachable(error.summary) from None

    def _hand_over(self, message: Message, workspace: Workspace) -> None:
        person = User.objects.get(email__iexact=message.to)
        account = people.account_of(person, workspace=workspace, now=self._now)
        if not account:
            raise AccountUnknown(_("%(person)s has no Slack account.") % {"person": person})
        channel = messages.conversation(workspace.client, account)
        since = self._now.timestamp() - LOOK_BACK
        if message.again and messages.find(workspace.client, channel, id=message.id, since=since):
            return
        messages.write(
            workspace.client, channel, id=message.id, text=letters.fallback(message), blocks=letters.blocks(message)
        )
