"""What people write means nothing to Slack, what is cut leads to the whole, and times are in the reader's zone."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from integrations.slack import cards, rich_text
from integrations.slack.simulator import checks

CALLS = ("<!channel>", "<!here|here>", "<@U123>", "@channel", "<https://evil.example|Approve>", "&lt;!here&gt;")
SIGNS = st.sampled_from("<>!@#&|*_~`:\n\t\u202e\u200b\x00 aeichnlr")
NASTY = st.text(alphabet=SIGNS, max_size=3000) | st.sampled_from(CALLS)


def card(text: str) -> cards.Card:
    return cards.Card(
        ref="R-1", title=text, icon="⏳", status=[text], url="https://usher.example/", reason=text,
        facts=[cards.Fact("Target", text), cards.Fact("Ticket", text, "https://tickets.example/1")],
        notes=[cards.Note(text, text)], can_decide=True,
    )  # fmt: skip


def parts(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from parts(one)


@given(NASTY)
def test_no_text_becomes_a_mention_a_link_or_markup(text):
    blocks = cards.blocks(card(text))
    checks.check_message(blocks)
    kinds = {one["type"] for one in parts(blocks) if "type" in one}
    assert kinds <= {
        "rich_text", "rich_text_section", "rich_text_quote", "text", "link", "date", "actions", "button", "plain_text",
    }  # fmt: skip
    links = {one["url"] for one in parts(blocks) if one.get("type") == "link"}
    assert links == {"https://usher.example/", "https://tickets.example/1"}


@given(NASTY)
def test_the_line_of_a_notification_calls_nobody(text):
    line = cards.fallback(card(text))
    assert "<" not in line
    assert "@channel" not in line
    assert "@here" not in line
    assert "\n" not in line


@given(st.text())
def test_what_turns_the_direction_of_a_line_or_hides_in_it_is_left_out(text):
    assert not set(rich_text.plain(text)) & set("\u202e\u200b\u2066\x00\x1b")
    assert len(rich_text.plain(text)) <= rich_text.MOST


def test_times_are_slack_s_own_so_that_each_reader_has_their_zone():
    at = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
    told = replace(card("x"), status=["until", at], facts=[cards.Fact("Start", at)])
    dates = [one for one in parts(cards.blocks(told)) if one.get("type") == "date"]
    assert [one["timestamp"] for one in dates] == 2 * [int(at.timestamp())]
    assert f"<!date^{int(at.timestamp())}^" in cards.fallback(told)


def test_what_does_not_fit_into_a_message_leads_to_the_whole():
    said, last = rich_text.section(rich_text.text("x" * 1500)), rich_text.section(rich_text.text("end"))
    fits, cut = (rich_text.fitting([said] * many, last=last, url="https://usher.example/") for many in (5, 6))
    assert fits == [said] * 5 + [last]
    assert cut[:-2] == [said] * 5
    assert [one["url"] for one in parts(cut[-2]) if one.get("type") == "link"] == ["https://usher.example/"]
    assert cut[-1] == last
