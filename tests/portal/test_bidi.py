"""What a person writes stands alone in its element, or between signs that isolate it, on every page."""

from html.parser import HTMLParser

import pytest
from django.utils import timezone

from access.models import AccessRequest, Token, User
from access.requests import decide
from tests.bidi import HOSTILE, RIGHT_TO_LEFT, is_isolated
from tests.portal.existence.table import rows
from tests.portal.existence.world import World

pytestmark = pytest.mark.django_db
EMPTY = {"br", "img", "input", "meta", "link", "hr", "use", "path", "source", "col"}
# Of these a browser shows no more than the text, or does not show it.
APART = {"title", "option", "textarea", "script", "style"}


class Texts(HTMLParser):
    """The texts of a page that share their element with other texts, and are not isolated."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[list[str]] = [[]]
        self.names: list[str] = ["html"]
        self.wrong: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.open[-1].append("")
        if tag not in EMPTY:
            self.open.append([])
            self.names.append(tag)

    def handle_endtag(self, tag):
        if tag in self.names:
            while True:
                name = self.names.pop()
                self._judge(self.open.pop(), name)
                if name == tag:
                    break

    def handle_data(self, data):
        if data.strip():
            self.open[-1].append(data)

    def _judge(self, parts, name):
        alone = len(parts) == 1 or name in APART
        for part in parts:
            words = " ".join(part.split())
            # Alone it may begin with its own words, and not with ours.
            if RIGHT_TO_LEFT.search(words) and not is_isolated(words) and not (alone and is_own(words)):
                self.wrong.append(f"<{name}> {words}")


def is_own(words: str) -> bool:
    return words.startswith(HOSTILE.split()[0][:3])


@pytest.fixture
def world():
    made = World()
    User.objects.exclude(is_superuser=True).update(name=HOSTILE)
    AccessRequest.objects.update(reason=HOSTILE, ticket=HOSTILE)
    Token.objects.update(label=HOSTILE)
    asked = AccessRequest.objects.filter(state="pending").order_by("pk").first()
    adam = User.objects.get(email="adam@example.com")
    if asked.flow.name == "production-access":
        decide.deny(request=asked, by=adam, comment=HOSTILE, now=timezone.now())
    return made


@pytest.mark.any_database
@pytest.mark.parametrize("who", ["R", "A", "X", "U"])
def test_no_name_turns_what_stands_beside_it(world, who):
    wrong, seen = {}, 0
    for address in sorted(rows()):
        answer = world.call(who, "GET", address)
        if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
            continue
        page = Texts()
        text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
        seen += bool(RIGHT_TO_LEFT.search(text))
        page.feed(text)
        if page.wrong:
            wrong[address] = sorted(set(page.wrong))
    assert seen > 3
    assert not wrong, "\n".join(f"{address}: {one}" for address, found in wrong.items() for one in found)
