"""What Slack's refusals mean to us."""

import pytest

from integrations.base import ChannelDown, NeedsAttention, ProviderError, ProviderUnavailable
from integrations.slack.errors import AccountUnknown, PlaceGone, PostGone, TooLate, judged


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (200, "invalid_auth", NeedsAttention),
        (200, "token_revoked", NeedsAttention),
        (200, "missing_scope", NeedsAttention),
        (200, "channel_not_found", PlaceGone),
        (200, "is_archived", PlaceGone),
        (200, "not_in_channel", PlaceGone),
        (200, "message_not_found", PostGone),
        (200, "users_not_found", AccountUnknown),
        (200, "expired_trigger_id", TooLate),
        (200, "internal_error", ChannelDown),
        (429, "ratelimited", ProviderUnavailable),
        (200, "ratelimited", ProviderUnavailable),
        (503, "", ChannelDown),
        (200, "invalid_blocks", ProviderError),
    ],
)
def test_each_refusal_has_its_kind(status, error, kind):
    said = judged(status=status, error=error, needed="chat:write", retry_after=3.0)
    assert type(said) is kind
    assert said.summary.endswith(".")


def test_a_missing_scope_is_named():
    said = judged(status=200, error="missing_scope", needed="users:read.email", retry_after=None)
    assert "users:read.email" in said.summary


def test_a_pause_that_slack_asks_for_is_kept():
    said = judged(status=429, error="ratelimited", needed="", retry_after=7.0)
    assert isinstance(said, ProviderUnavailable)
    assert said.retry_after == 7.0


def test_what_is_no_word_of_slacks_is_not_repeated():
    said = judged(status=200, error="<b>xoxb-1 secret\n", needed="", retry_after=None)
    assert "<" not in said.summary
    assert "\n" not in said.summary
