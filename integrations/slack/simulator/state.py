"""What is in the workspace: people, channels, messages, and what each person has open."""

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Final

TEAM: Final = "T0USHER01"
APP: Final = "A0USHER01"
BOT: Final = "U0BOT0001"
TRIGGER_SECONDS: Final = 3.0  # for so long after a click a dialog can be opened

Clock = Callable[[], float]  # seconds since 1970


class SlackSays(Exception):
    """The call is refused with this word."""

    def __init__(self, error: str, **more: str) -> None:
        super().__init__(error)
        self.error, self.more = error, more


@dataclass
class Person:
    id: str
    name: str
    email: str
    confirmed: bool = True
    guest: bool = False
    deleted: bool = False
    team: str = TEAM
    home: dict[str, Any] | None = None  # the view of the app home
    views: list[dict[str, Any]] = field(default_factory=list)  # open dialogs, the one in front last


@dataclass
class Channel:
    id: str
    name: str
    archived: bool = False
    with_app: bool = True
    with_person: str = ""  # of a direct conversation


@dataclass
class Post:
    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    thread: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    only_for: str = ""  # shown to one person alone
    to_all: bool = False  # of a thread, and shown to the whole channel
    edits: int = 0


class State:
    """Everything, behind one lock. Naming what does not exist raises SlackSays with Slack's own word."""

    def __init__(self, clock: Clock) -> None:
        self.lock = RLock()
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.posts: list[Post] = []
        self._triggers: dict[str, tuple[str, float]] = {}  # of whom, and until when
        self._numbers = itertools.count(1)

    def person(self, id: str) -> Person:
        if id not in self.people:
            raise SlackSays("user_not_found")
        return self.people[id]

    def with_email(self, email: str) -> Person:
        found = next((one for one in self.people.values() if one.email.lower() == email.lower()), None)
        if found is None or found.deleted:
            raise SlackSays("users_not_found")
        return found

    def channel(self, id: str) -> Channel:
        """The channel, or the direct conversation that a person's id stands for. Raises SlackSays."""
        if id in self.people:
            return self.conversation(id)
        found = self.channels.get(id)
        if found is None:
            raise SlackSays("channel_not_found")
        return found

    def conversation(self, person_id: str) -> Channel:
        """The conversation of the app with this person, made when it is first needed."""
        person = self.person(person_id)
        id = f"D{person_id[1:]}"
        return self.channels.setdefault(id, Channel(id, f"Usher, with {person.name}", with_person=person_id))

    def add_post(self, channel: Channel, **said: Any) -> Post:
        post = Post(channel=channel.id, ts=f"{self.clock():.0f}.{next(self._numbers):06d}", **said)
        self.posts.append(post)
        return post

    def post(self, channel: str, ts: str) -> Post:
        found = next((one for one in self.posts if (one.channel, one.ts) == (channel, ts)), None)
        if found is None:
            raise SlackSays("message_not_found")
        return found

    def new_trigger(self, person_id: str) -> str:
        trigger = f"{next(self._numbers)}.{secrets.token_hex(8)}"
        self._triggers[trigger] = person_id, self.clock() + TRIGGER_SECONDS
        return trigger

    def use_trigger(self, trigger: str) -> Person:
        """Whose click it was. Each opens one dialog, and not for long. Raises SlackSays."""
        if trigger not in self._triggers:
            raise SlackSays("exchanged_trigger_id" if "." in trigger else "invalid_trigger_id")
        person_id, until = self._triggers.pop(trigger)
        if self.clock() > until:
            raise SlackSays("expired_trigger_id")
        return self.person(person_id)

    def new_view(self, view: dict[str, Any], *, previous: str | None = None) -> dict[str, Any]:
        number = next(self._numbers)
        id = f"V{number:08d}"
        return {**view, "id": id, "hash": f"{number}.{secrets.token_hex(4)}", "team_id": TEAM, "app_id": APP,
                "previous_view_id": previous, "root_view_id": previous or id, "bot_id": "B0USHER01"}  # fmt: skip

    def view(self, id: str) -> tuple[Person, int]:
        """Who has this dialog open, and where in the pile. Raises SlackSays."""
        for person in self.people.values():
            for at, one in enumerate(person.views):
                if one["id"] == id:
                    return person, at
        raise SlackSays("not_found")
