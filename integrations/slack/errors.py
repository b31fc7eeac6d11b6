"""What Slack answers when it says no, put into sentences that repeat nothing it wrote."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.base import ChannelDown, NeedsAttention, ProviderError, ProviderUnavailable


class PlaceGone(ProviderError):
    """The channel, or the conversation with this person, can't be posted to until somebody changes something."""


class PostGone(ProviderError):
    """The message that was to be changed is no longer there, or no longer ours to change."""


class AccountUnknown(ProviderError):
    """The workspace has no such person."""


class TooLate(ProviderError):
    """What was clicked was answered too late: a dialog can be opened for three seconds."""


_BOT: Final = gettext_lazy("Slack does not accept the bot token: install the app again, and set the new token.")
_SAID: Final[Mapping[str, tuple[type[ProviderError], str | Promise]]] = {
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission"),
        (NeedsAttention, _BOT),
    ),
    "access_denied": (NeedsAttention, _BOT),
    "channel_not_found": (PlaceGone, gettext_lazy("Slack has no such channel, or the app is not in it.")),
    "is_archived": (PlaceGone, gettext_lazy("The Slack channel is archived.")),
    "not_in_channel": (PlaceGone, gettext_lazy("The app is not in the Slack channel: invite it.")),
    **dict.fromkeys(
        ("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel"),
        (PlaceGone, gettext_lazy("The app may not post to the Slack channel.")),
    ),
    **dict.fromkeys(
        ("user_disabled", "cannot_dm_bot", "user_is_bot", "messages_tab_disabled"),
        (PlaceGone, gettext_lazy("Nobody can be written to by this Slack account.")),
    ),
    **dict.fromkeys(
        ("message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"),
        (PostGone, gettext_lazy("The message is no longer in Slack.")),
    ),
    **dict.fromkeys(
        ("users_not_found", "user_not_found", "user_not_visible"),
        (AccountUnknown, gettext_lazy("The Slack workspace has no such person.")),
    ),
    **dict.fromkeys(
        ("expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"),
        (TooLate, gettext_lazy("Slack waited too long for the answer. Please try again.")),
    ),
    **dict.fromkeys(
        ("internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"),
        (ChannelDown, gettext_lazy("Slack has trouble of its own.")),
    ),
}


def judged(*, status: int, error: str, needed: str, retry_after: float | None) -> ProviderError:
    """Turn one refusal into the error that says what helps. `retry_after` is in seconds."""
    if status == 429 or error in ("ratelimited", "rate_limited", "message_limit_exceeded"):
        return ProviderUnavailable(_("Slack asks us to slow down."), retry_after=retry_after)
    if status >= 500:
        return ChannelDown(_("Slack has trouble of its own (HTTP %(status)d).") % {"status": status})
    if error == "missing_scope":
        return NeedsAttention(_("The Slack app lacks a scope: %(scope)s.") % {"scope": _word(needed)})
    kind, sentence = _SAID.get(error, (ProviderError, ""))
    return kind(str(sentence) or _("Slack refused: %(error)s.") % {"error": _word(error)})


def _word(text: str) -> str:
    """A word of Slack's own, and nothing that somebody else could have put in its place."""
    plain = "".join(one for one in text[:100] if one.isascii() and (one.isalnum() or one in "_:,.-"))
    return plain or _("unknown")
