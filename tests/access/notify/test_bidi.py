"""A name or a reason that runs from right to left turns nothing in a mail, a message of Slack, or a card."""

import re

import pytest

from access.core.states import RequestState
from access.models import AccessRequest, User
from access.notify import letters
from access.notify.slack import card, home_view
from integrations.slack import cards
from integrations.slack import letters as slack_letters
from tests import factories
from tests.access.notify.test_letters import LETTERS, write  # noqa: F401  a fixture
from tests.bidi import HOSTILE, RIGHT_TO_LEFT, is_isolated

pytestmark = pytest.mark.django_db
QUOTED = re.compile(r"<blockquote dir=\"auto\">.*?</blockquote>", re.DOTALL)


def texts(value):
    """Each text of a message in Block Kit that stands beside others; a quote is a paragraph of its own."""
    if isinstance(value, dict) and value.get("type") == "rich_text_quote":
        return
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        yield value["text"]
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)


def hostile(name):
    return f"{HOSTILE} {name}"


@pytest.fixture
def nasty(flow):
    """Everybody has such a name; what they write is like it."""
    for one in User.objects.all():
        User.objects.filter(pk=one.pk).update(name=hostile(one.email.partition("@")[0]))
    AccessRequest.objects.update(reason=HOSTILE, ticket=HOSTILE)


@pytest.mark.parametrize(("kind", "topic", "facts"), [one[:3] for one in LETTERS])
def test_a_mail_and_a_message(write, nasty, kind, topic, facts):  # noqa: F811
    one = write(kind, topic, **facts)
    for related in filter(None, (one.request, one.grant)):
        related.refresh_from_db()
    one.recipient.refresh_from_db()
    message = letters.message(one)
    assert is_isolated(message.subject)
    # In a quote each line is the person's alone.
    assert all(is_isolated(line) for line in message.text.splitlines() if not line.startswith("> "))
    assert is_isolated(QUOTED.sub("", message.html))
    assert all(map(is_isolated, texts(slack_letters.blocks(message))))


@pytest.mark.parametrize("state", [RequestState.PENDING, RequestState.APPROVED, RequestState.DENIED])
def test_a_card_and_a_home(flow, jon, adam, now, state):
    for one in (jon, adam):
        one.name = hostile(one.name)
        one.save()
    request = factories.request_at(now=now, state=state, reason=HOSTILE, ticket=HOSTILE)
    request.decisions.update(comment=HOSTILE)
    shown = card.card(request)
    found = list(texts(cards.blocks(shown)))
    assert any(map(RIGHT_TO_LEFT.search, found))
    assert [text for text in found if not is_isolated(text)] == []
    assert is_isolated(cards.fallback(shown))
    alone = re.compile(f"^{HOSTILE.split()[0][:3]} Levi$")  # a cell for itself
    shown = texts(home_view.of(adam, now=now))
    assert [text for text in shown if not is_isolated(text) and not alone.match(text)] == []
